/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/act.h"

/*
 * Person: somebody who may ask the store for something, and how he is known to it
 *
 * Persons are known by login; their number stands in the audit trail and is never given to another. None is ever deleted: who
 * leaves is disabled, or was registered until a day.
 */

/* Fields of a person: X(name, word, Japanese). The word stands in CSV files, JSON and the audit trail. */
#define MG_PERSON_FIELDS(X)                                                                                            \
        X(LOGIN, "login", "ログイン名")                                                                                \
        X(NAME, "name", "氏名")                                                                                        \
        X(ORGANIZATION, "organization", "組織")                                                                        \
        X(DUTIES, "duties", "役割")                                                                                    \
        X(UNIX_USER, "unix_user", "UNIXユーザー")                                                                      \
        X(ADDRESSES, "addresses", "メールアドレス")                                                                    \
        X(SCOPE, "scope", "監査範囲")                                                                                  \
        X(UNTIL, "until", "有効期限")                                                                                  \
        X(DISABLED, "disabled", "停止")

enum {
#define MG_PERSON_FIELD_NUMBER(name, word, japanese) MG_PERSON_FIELD_NUMBER_##name,
        MG_PERSON_FIELDS(MG_PERSON_FIELD_NUMBER)
#undef MG_PERSON_FIELD_NUMBER
                _MG_PERSON_FIELD_N,
};
typedef enum MgPersonField {
#define MG_PERSON_FIELD_BIT(name, word, japanese) MG_PERSON_##name = 1 << MG_PERSON_FIELD_NUMBER_##name,
        MG_PERSON_FIELDS(MG_PERSON_FIELD_BIT)
#undef MG_PERSON_FIELD_BIT
                _MG_PERSON_ALL = (1 << _MG_PERSON_FIELD_N) - 1,
} MgPersonField;

/* Of one bit. */
const char *mg_person_field_name(MgPersonField field);
const char *mg_person_field_japanese(MgPersonField field);
/* By either name, case of ASCII letters aside; 0 for a word that is none. */
guint32 mg_person_field_of(const char *word);

/* Octets at most. */
#define MG_PERSON_LOGIN_MAX 64
#define MG_PERSON_NAME_MAX 300
#define MG_PERSON_WORD_MAX 64 /* organization, scope, Unix user */
#define MG_PERSON_ADDRESSES_MAX 20
#define MG_PERSON_ADDRESS_MAX 320

typedef struct MgPerson {
        gint64 number; /* 0: not registered yet */
        char *login;   /* lower case letters, digits and ._- ; begins with a letter or digit */
        char *name;    /* LINE: what people call him, not "" */
        char *organization;   /* TOKEN: whose mail he sees and decides on; "" is the default one */
        guint32 duties;       /* bits of MgDuty, or 0 */
        char *unix_user;      /* name or number of the Unix user that asks as him, or "" */
        GPtrArray *addresses; /* of char *, ADDRESS in lower case: at which he gets mail */
        char *scope;          /* TOKEN, or "": the group whose acts its own auditors look at */
        gint64 until;         /* from then on he may do nothing; 0: no end */
        gint64 disabled;      /* since when; 0: he is not */
        /* What the store adds. */
        gboolean has_password;
        gboolean has_totp;
        guint32 recovery_codes; /* that are left */
        guint32 tokens;         /* that are valid, sessions aside */
} MgPerson;

MgPerson *mg_person_new(void);
void mg_person_free(MgPerson *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPerson, mg_person_free)

/* The fields, out of those, in which the two differ. */
guint32 mg_person_differs(const MgPerson *a, const MgPerson *b, guint32 fields);
/* Copies those fields. */
void mg_person_copy(MgPerson *to, const MgPerson *from, guint32 fields);
/* What is wrong with the first of those fields that cannot be so, "login: ..." in a sentence that helps; NULL where all are well.
 * Whether the Unix user exists is the store's to say. Caller frees. */
char *mg_person_fault(const MgPerson *person, guint32 fields);

/* "officer staff"; "" for 0. Caller frees. */
char *mg_duties_text(guint32 duties, const char *separator);
/* "監査人" of MG_DUTY_AUDITOR (one bit). */
const char *mg_duty_japanese(MgDuty duty);
/* Back, Japanese or English, blanks (ideographic ones too), commas or plus signs between. FALSE where a word is none: *wrong is that word then (caller frees). */
gboolean mg_duties_read(const char *text, guint32 *duties, char **wrong);

/* What becomes of a person by an edit. */
typedef enum MgEditResult {
        MG_EDIT_SAME,    /* was so already */
        MG_EDIT_ADDED,
        MG_EDIT_CHANGED, /* fields say in what */
        MG_EDIT_FAULT,   /* cannot be: text says why, and nothing of the whole edit is done */
        _MG_EDIT_RESULT_N,
} MgEditResult;

/* Which persons an edit may be about. */
typedef enum MgEditHow {
        MG_EDIT_NEW,    /* such as are not registered */
        MG_EDIT_KNOWN,  /* such as are */
        MG_EDIT_EITHER, /* an import */
        _MG_EDIT_HOW_N,
} MgEditHow;

/* Persons of one edit at most: one transaction, which mail waits for. */
#define MG_EDIT_PERSONS_MAX 100000

/* A change of many persons, done as a whole or not at all. */
typedef struct MgEdit {
        MgEditHow how;
        gboolean apply;           /* FALSE: only say what it would do */
        gboolean disable_missing; /* who is not in it, and may be disabled by who asks, is */
        guint32 fields;           /* of MgPersonField: which are set; a new person has the rest empty */
        GPtrArray *persons;       /* of MgPerson */
} MgEdit;

MgEdit *mg_edit_new(void);
void mg_edit_free(MgEdit *edit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgEdit, mg_edit_free)

/* What an edit does to one person. */
typedef struct MgEditRow {
        guint32 at;     /* index in persons; MG_EDIT_MISSING: not in it */
        MgEditResult result;
        char *login;    /* LINE */
        guint32 fields; /* of CHANGED */
        char *text;     /* LINE: of FAULT */
} MgEditRow;
#define MG_EDIT_MISSING G_MAXUINT32

void mg_edit_row_free(MgEditRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgEditRow, mg_edit_row_free)

/* --- signing in ---------------------------------------------------------------------------------------------- */

/* Octets of a password. NIST SP 800-63B: length is what helps; libcrypt takes no more than 511. */
#define MG_PASSWORD_LEAST 12 /* characters */
#define MG_PASSWORD_MAX 500
/* Time-based codes (RFC 6238): SHA-1, six digits, 30 seconds; the code before and the one after are taken, each once. */
#define MG_TOTP_DIGITS 6
#define MG_TOTP_STEP 30
#define MG_TOTP_WINDOW 1
/* Recovery codes: sixteen characters of base32 each, "abcd-efgh-ijkl-mnop", each once. */
#define MG_RECOVERY_CODES 10
/* A session ends when it is not used for so long, and at the latest after so long. */
#define MG_SESSION_IDLE_S 1800
#define MG_SESSION_END_S 36000
/* Who approves by a session has said password and code not longer ago than that. */
#define MG_STEP_UP_S 600
/* Characters of a session's id: the first eight octets of its token's digest, in hexadecimal. */
#define MG_SESSION_ID_CHARS 16
/* Days that a token lasts: where nothing is said, and at most. */
#define MG_TOKEN_DAYS 90
#define MG_TOKEN_DAYS_MAX 400

/* A session that began. */
typedef struct MgSession {
        char *token;    /* a secret */
        gint64 person;
        guint32 duties;
        guint32 idle;   /* seconds */
        gint64 until;   /* seconds since the epoch */
        gboolean second; /* a code was asked for, too */
} MgSession;
