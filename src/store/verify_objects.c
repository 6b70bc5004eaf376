/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each original against its row, and each file against the rows. A mail may come, or its time be over, at any moment:
 * what does not agree is looked at once more before it is said.
 */
#include "store/verify.h"

#include <string.h>

#include "base/error.h"
#include "store/sql.h"

/* What a row says of its object. */
typedef struct Kept {
        gint64 id;
        char *receipt;
        guint64 size;
        guint8 sha256[32];
        gboolean has_stored;
        guint8 stored[32];
} Kept;

static gboolean copy_digest(sqlite3_stmt *row, int at, guint8 digest[32]) {
        gboolean whole = sqlite3_column_bytes(row, at) == 32;

        memset(digest, 0, 32);
        if (whole)
                memcpy(digest, sqlite3_column_blob(row, at), 32);
        return whole;
}

static gboolean read_kept(MgVerify *verify, gint64 after, Kept *kept, gboolean *there, GError **error) {
        sqlite3_stmt *select = mg_sql_kept(verify->db,
                                           "SELECT id, receipt, size, sha256, stored FROM mail"
                                           " WHERE id > ?1 AND receipt IS NOT NULL ORDER BY id LIMIT 1",
                                           error);
        int result;

        if (!select)
                return FALSE;
        sqlite3_bind_int64(select, 1, after);
        result = sqlite3_step(select);
        *there = result == SQLITE_ROW;
        if (*there) {
                kept->id = sqlite3_column_int64(select, 0);
                kept->receipt = g_strdup((const char *)sqlite3_column_text(select, 1));
                kept->size = (guint64)sqlite3_column_int64(select, 2);
                copy_digest(select, 3, kept->sha256);
                kept->has_stored = copy_digest(select, 4, kept->stored);
        }
        sqlite3_reset(select);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(verify->db, "rows of objects", error);
}

static gboolean has_row(MgVerify *verify, const char *receipt, gboolean *has, GError **error) {
        sqlite3_stmt *select = mg_sql_kept(verify->db, "SELECT 1 FROM mail WHERE receipt = ?1", error);
        int result;

        if (!select)
                return FALSE;
        mg_sql_bind_text(select, 1, receipt);
        result = sqlite3_step(select);
        *has = result == SQLITE_ROW;
        sqlite3_reset(select);
        sqlite3_clear_bindings(select);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(verify->db, "look for a receipt", error);
}

static gboolean check_kept(MgVerify *verify, const Kept *kept, GError **error) {
        g_autoptr(GError) fault = NULL;
        gboolean has, missing;

        if (mg_objects_check(verify->objects, kept->receipt, kept->size, kept->sha256,
                             kept->has_stored ? kept->stored : NULL, &fault))
                return TRUE;
        if (!has_row(verify, kept->receipt, &has, error))
                return FALSE;
        /* Its time was over while it was looked at. */
        if (!has)
                return TRUE;
        missing = g_error_matches(fault, MG_ERROR, MG_ERROR_MISSING);
        return mg_verify_found(verify, missing ? MG_FLAW_OBJECT_MISSING : MG_FLAW_OBJECT_DAMAGED, MG_MEND_NONE,
                               kept->receipt, fault->message);
}

gboolean mg_verify_objects(MgVerify *verify, GError **error) {
        gboolean there = TRUE, well = TRUE;
        gint64 at = G_MININT64, all;

        if (!mg_sql_number(verify->db, "SELECT count(receipt) FROM mail", &all, error))
                return FALSE;
        while (there && well) {
                Kept kept = {0};

                well = read_kept(verify, at, &kept, &there, error) && (!there || check_kept(verify, &kept, error)) &&
                       mg_verify_tell(verify, "objects", verify->verdict.objects, (guint64)all);
                at = kept.id;
                verify->verdict.objects += well && there;
                g_free(kept.receipt);
        }
        return well;
}

/* A walk over the files; its error stays here, since the walk knows none. */
typedef struct Walk {
        MgVerify *verify;
        guint64 seen;
        GError *error;
} Walk;

/* In this order: a session writes the object, then the row, and is the keeper's until both are there. */
static gboolean is_orphan(Walk *walk, const char *receipt, gboolean *orphan) {
        MgKeeper *keeper = walk->verify->keeper;
        gboolean has;

        *orphan = FALSE;
        if (!has_row(walk->verify, receipt, &has, &walk->error))
                return FALSE;
        if (has || (keeper && mg_keeper_has(keeper, receipt)))
                return TRUE;
        if (!has_row(walk->verify, receipt, &has, &walk->error))
                return FALSE;
        *orphan = !has && mg_objects_has(walk->verify->objects, receipt);
        return TRUE;
}

static gboolean tell_orphan(Walk *walk, const char *receipt) {
        g_autoptr(GError) fault = NULL;

        if (!walk->verify->repair)
                return mg_verify_found(walk->verify, MG_FLAW_OBJECT_ORPHAN, MG_MEND_POSSIBLE, receipt,
                                       "belongs to no mail");
        if (mg_objects_set_aside(walk->verify->objects, receipt, &fault))
                return mg_verify_found(walk->verify, MG_FLAW_OBJECT_ORPHAN, MG_MEND_DONE, receipt,
                                       "belongs to no mail; moved to lost+found");
        return mg_verify_found(walk->verify, MG_FLAW_OBJECT_ORPHAN, MG_MEND_POSSIBLE, receipt, fault->message);
}

static gboolean look_at_file(const char *receipt, guint64 size, gboolean sealed, gpointer data) {
        Walk *walk = data;
        gboolean orphan;

        return is_orphan(walk, receipt, &orphan) && (!orphan || tell_orphan(walk, receipt)) &&
               mg_verify_tell(walk->verify, "files", ++walk->seen, walk->verify->verdict.objects);
}

gboolean mg_verify_files(MgVerify *verify, GError **error) {
        Walk walk = {.verify = verify};

        if (!mg_objects_each(verify->objects, look_at_file, &walk, error))
                return FALSE;
        if (!walk.error)
                return !verify->gone;
        g_propagate_error(error, walk.error);
        return FALSE;
}
