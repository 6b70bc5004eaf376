/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/store_call.h"

/*
 * Upkeep client: looking through the store, keeping a copy of it, making a store of the copy
 *
 *   VERIFY how            -> (PROGRESS | FINDING)* VERDICT
 *   BACKUP {folder}       -> PROGRESS* BACKED_UP
 *   RESTORE how {folder}  -> PROGRESS* RESTORED    of a store that does not run alone
 * A folder is an open descriptor, so that it need not be where the store could find it by name. A running store answers on its socket, mail goes on meanwhile. A store that does not run is looked through by mugai-store itself,
 * which answers the same on a socket that it was started with (store/upkeep.h).
 */
typedef enum MgUpkeepKind {
        MG_UPKEEP_VERIFY = 290,
        MG_UPKEEP_PROGRESS,
        MG_UPKEEP_FINDING,
        MG_UPKEEP_VERDICT,
        MG_UPKEEP_BACKUP,
        MG_UPKEEP_BACKED_UP,
        MG_UPKEEP_RESTORE,
        MG_UPKEEP_RESTORED,
} MgUpkeepKind;

/* What can be wrong: X(name, word, Japanese, English). */
#define MG_FLAWS(X)                                                                                                    \
        X(FOLDER_READ_ONLY, "folder-read-only", "フォルダーに書き込めません", "the folder cannot be written")          \
        X(DISK_FULL, "disk-full", "空き容量が足りません", "there is too little space")                                 \
        X(INDEX_DAMAGED, "index-damaged", "索引が壊れています", "the index is damaged")                                \
        X(ROW_STRANDED, "row-stranded", "属する先のない行があります", "rows belong to something that is not there")    \
        X(ROW_UNREADABLE, "row-unreadable", "記録を読めません", "the record of a mail cannot be read")                 \
        X(ROW_DIFFERS, "row-differs", "索引の項目が記録と一致しません", "columns do not say what the record says")     \
        X(SEARCH_WRONG, "search-wrong", "検索用の索引が違います", "terms that are searched by are not those of the rows") \
        X(COUNT_WRONG, "count-wrong", "組織ごとの集計が違います", "what was counted of organizations is wrong")        \
        X(OBJECT_MISSING, "object-missing", "原本がありません", "an original is missing")                              \
        X(OBJECT_DAMAGED, "object-damaged", "原本が壊れています", "an original is damaged")                            \
        X(OBJECT_ORPHAN, "object-orphan", "索引にない原本があります", "an object has no row")                          \
        X(TRAIL_BROKEN, "trail-broken", "監査記録が改変されています", "the audit trail is not as it was")

typedef enum MgFlaw {
#define MG_FLAW_NUMBER(name, word, japanese, english) MG_FLAW_##name,
        MG_FLAWS(MG_FLAW_NUMBER)
#undef MG_FLAW_NUMBER
                _MG_FLAW_N,
} MgFlaw;

const char *mg_flaw_name(MgFlaw flaw);
const char *mg_flaw_japanese(MgFlaw flaw);
const char *mg_flaw_english(MgFlaw flaw);

typedef enum MgMend {
        MG_MEND_POSSIBLE, /* is mended if asked for, or by a person */
        MG_MEND_OFFLINE,  /* ... while the store does not run */
        MG_MEND_DONE,
        MG_MEND_NONE,     /* is lost here; a backup may have it */
        _MG_MEND_N,
} MgMend;

/* "possible", "offline", "repaired", "lost". */
const char *mg_mend_name(MgMend mend);

typedef struct MgFinding {
        MgFlaw flaw;
        MgMend mend;
        const char *subject; /* a receipt, a table, a number; LINE */
        const char *detail;  /* LINE */
} MgFinding;

typedef struct MgProgress {
        const char *step; /* TOKEN */
        guint64 done;
        guint64 of; /* 0: nobody knows */
} MgProgress;

typedef struct MgVerdict {
        guint64 rows; /* that were looked at */
        guint64 objects;
        guint64 entries;
        guint64 found; /* findings */
        guint64 repaired;
        guint64 lost;
} MgVerdict;

typedef struct MgBackupSummary {
        gint64 made;      /* the moment that it is of */
        guint64 objects;  /* originals that the index names */
        guint64 copied;   /* of them: the others were there from an earlier backup */
        guint64 octets;   /* copied */
        guint64 removed;  /* files that nothing names any more */
        guint64 left_out; /* originals that are missing or damaged: mugai verify-store names them */
} MgBackupSummary;

typedef struct MgRestoreSummary {
        gint64 made;      /* the moment that the backup is of */
        guint64 objects;  /* originals that were restored */
        guint64 left_out; /* that the backup has not, or not whole */
        guint64 erased;   /* whose time was over since */
        guint64 unknown;  /* requests of which nobody knows if they were sent */
        gint64 serial;    /* of the next receipt */
} MgRestoreSummary;

void mg_finding_put(MgWriter *writer, const MgFinding *finding);
void mg_progress_put(MgWriter *writer, const MgProgress *progress);
void mg_verdict_put(MgWriter *writer, const MgVerdict *verdict);
void mg_backup_summary_put(MgWriter *writer, const MgBackupSummary *summary);
void mg_restore_summary_put(MgWriter *writer, const MgRestoreSummary *summary);

typedef struct MgUpkeepFuncs {
        void (*finding)(const MgFinding *finding, gpointer data);
        void (*progress)(const MgProgress *progress, gpointer data);
} MgUpkeepFuncs;

/* Asks the running store. The connection that it answers on, which the caller closes, or -1 with error. */
int mg_upkeep_ask(const MgAsker *asker, gboolean repair, GError **error);
/* Asks on a connection that is there. */
gboolean mg_upkeep_ask_on(int sock, gboolean repair, GError **error);
/* Hears the answers to the end, however long they take. */
gboolean mg_upkeep_hear(int sock, const MgUpkeepFuncs *funcs, gpointer data, MgVerdict *verdict, GError **error);

/* funcs->finding is never called by these. */
gboolean mg_upkeep_backup(const MgAsker *asker, int folder, const MgUpkeepFuncs *funcs, gpointer data,
                          MgBackupSummary *summary, GError **error);
/* after: the highest serial that is known to have been given out, or -1. */
gboolean mg_upkeep_restore(int sock, int folder, gint64 after, const MgUpkeepFuncs *funcs, gpointer data,
                           MgRestoreSummary *summary, GError **error);
