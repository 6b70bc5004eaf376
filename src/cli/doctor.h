/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/findings.h"
#include "config/config.h"

/*
 * Doctor: from what is seen to what is at fault, and the command that mends it
 *
 * Looks at what check looks at, and at what happens: the queue of Postfix, its next hops, the mail of the last day, the
 * clock. All that it finds is a finding, and each belongs to one fault. Changes nothing.
 */

/* What can be at fault: X(name, word, Japanese, English), in the order in which it is said. */
#define MG_FAULTS(X)                                                                                                   \
        X(CONFIG, "config", "設定を読み込めない", "The configuration does not load")                                   \
        X(DOWN, "down", "動いていない役割がある", "A role does not run")                                               \
        X(ROOM, "room", "保管庫に空きがない", "The store has no room")                                                 \
        X(KEYS, "keys", "鍵が開かれていない、証明書の期限が近い", "A key is locked, or a certificate ends")            \
        X(WIRING, "wiring", "Postfix のつなぎ方が正しくない", "Postfix is not wired as it must be")                    \
        X(BYPASS, "bypass", "mugai を通らないメールがある", "Mail does not pass mugai")                                \
        X(HOP, "next-hop", "配送先がメールを受け取らない", "The next hop does not take mail")                          \
        X(RELEASE, "release", "払い出しのポートが使えない", "The port for releases does not work")                     \
        X(SCANNER, "scanner", "ウイルス検査が働いていない", "The scanner does not work")                               \
        X(CLOCK, "clock", "時計が合っていない", "The clock is wrong")                                                  \
        X(MAILS, "mails", "届かなかったメール、変換できなかったメールがある", "Mail was put off or not converted")     \
        X(RULES, "rules", "規則を読み込めない、期限が切れた", "Rules do not load, or have expired")                    \
        X(HOST, "host", "このホストの準備が足りない", "This host lacks something")

typedef enum MgDoctorFault {
#define MG_DOCTOR_FAULT(name, word, japanese, english) MG_DOCTOR_##name,
        MG_FAULTS(MG_DOCTOR_FAULT)
#undef MG_DOCTOR_FAULT
                _MG_DOCTOR_N,
} MgDoctorFault;

typedef struct MgDoctor {
        const MgConfig *config; /* NULL where it does not load */
        const char *path;       /* its file, or NULL */
        const char *folder;     /* of Postfix's configuration; NULL: its own */
        GArray *findings;       /* gets what is found */
        guint answers;          /* those from this one on answer a symptom, whatever they are about */
} MgDoctor;

/* Postfix's queue: mail that waits, and mail for us that no row knows. Next hops that do not answer. */
void mg_doctor_queue(const MgDoctor *doctor);
/* The ports of release.smtp and release.letters, where the role runs. */
void mg_doctor_ports(const MgDoctor *doctor);
/* Mail of the last day that failed, was put off or refused, and the commonest reason. */
void mg_doctor_mails(const MgDoctor *doctor);
/* Mail that came later than it is, and a clock that nobody sets. */
void mg_doctor_clock(const MgDoctor *doctor);

/* What people complain of. */
typedef struct MgSymptom {
        const char *word; /* as it is typed */
        const char *japanese_word;
        const char *japanese;
        const char *english;
        guint32 faults;   /* bits 1 << MgDoctorFault: what can explain it */
        gboolean of_mail; /* ask is about one mail: without one it is not asked */
        /* What became of that mail; NULL where none is asked for. EX_OK, or an exit status after one line on standard error. */
        int (*ask)(const MgDoctor *doctor, const char *mail);
        const char *next; /* where nothing was found: commands that look further, ended by newlines */
} MgSymptom;

/* Static, ended by one without word. */
const MgSymptom *mg_symptoms(void);
/* By either word; NULL where there is none. */
const MgSymptom *mg_symptom_find(const char *word);

/* To which fault a finding belongs, and the command that mends it, or "" where none does. Caller frees. */
MgDoctorFault mg_doctor_fault(const char *id);
char *mg_doctor_command(const MgDoctor *doctor, const MgFinding *finding);
/* {"symptom": word or "", "unsafe": bool, "findings": [findings as in check, with "fault" and "command"], "next": [lines]} */
char *mg_doctor_json(const MgDoctor *doctor, const MgSymptom *symptom);
char *mg_doctor_text(const MgDoctor *doctor, const MgSymptom *symptom);
