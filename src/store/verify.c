/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a verification, and those that look at no single mail: folder, pages of the index, references, counters,
 * trail. What a mail's row and object say of each other is in verify_rows.c and verify_objects.c.
 */
#include "store/verify.h"

#include <string.h>

#include "base/audit_check.h"
#include "base/error.h"
#include "store/audit.h"
#include "store/posting.h"
#include "store/sql.h"

#define TELL_US G_USEC_PER_SEC
/* Steps of SQLite's machine between two looks at the clock. */
#define STEPS 100000
#define MESSAGES_MAX 100
#define PAGE_ENTRIES 500

gboolean mg_verify_found(MgVerify *verify, MgFlaw flaw, MgMend mend, const char *subject, const char *detail) {
        const MgFinding finding = {flaw, mend, subject, detail};

        verify->verdict.found++;
        verify->verdict.repaired += mend == MG_MEND_DONE;
        verify->verdict.lost += mend == MG_MEND_NONE;
        verify->gone = verify->gone || !verify->finding(&finding, verify->data);
        return !verify->gone;
}

gboolean mg_verify_tell(MgVerify *verify, const char *step, guint64 done, guint64 of) {
        const MgProgress progress = {step, done, of};
        const gint64 now = g_get_monotonic_time();

        if (now - verify->told_at < TELL_US)
                return !verify->gone;
        verify->told_at = now;
        verify->gone = verify->gone || !verify->progress(&progress, verify->data);
        return !verify->gone;
}

gboolean mg_verify_forgive(MgVerify *verify, const char *step, GError *fault, GError **error) {
        g_autoptr(GError) taken = fault;

        if (!taken)
                return FALSE;
        if (g_error_matches(taken, MG_ERROR, MG_ERROR_STORE))
                return mg_verify_found(verify, MG_FLAW_INDEX_DAMAGED, MG_MEND_NONE, step, taken->message);
        g_propagate_error(error, g_steal_pointer(&taken));
        return FALSE;
}

static gboolean check_folder(MgVerify *verify, GError **error) {
        g_autoptr(GError) fault = NULL;

        if (!mg_objects_writable(verify->objects, &fault)) {
                if (!mg_verify_found(verify, MG_FLAW_FOLDER_READ_ONLY, MG_MEND_POSSIBLE, "objects", fault->message))
                        return FALSE;
                g_clear_error(&fault);
        }
        if (mg_objects_room(verify->objects, 0, verify->reserve, &fault))
                return TRUE;
        if (g_error_matches(fault, MG_ERROR, MG_ERROR_FULL))
                return mg_verify_found(verify, MG_FLAW_DISK_FULL, MG_MEND_POSSIBLE, "state_dir", fault->message);
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}

static int tell_index(void *data) {
        return !mg_verify_tell(data, "index", 0, 0);
}

/* Whether what SQLite says is wrong with an index of a table alone, which is made anew from the table. */
static gboolean is_of_index(const char *message) {
        return strstr(message, " missing from index ") || strstr(message, "wrong # of entries in index ") ||
               strstr(message, "non-unique entry in index ") || strstr(message, " out of order in index ");
}

/* What integrity_check says, but "ok"; a message for a database that cannot be looked through at all. */
static gboolean read_messages(MgVerify *verify, GPtrArray *messages, GError **error) {
        g_autoptr(sqlite3_stmt) check = mg_sql_prepare(verify->db, "PRAGMA integrity_check(100)", error);
        int result = SQLITE_DONE;

        sqlite3_progress_handler(verify->db, STEPS, tell_index, verify);
        while (check && messages->len < MESSAGES_MAX && (result = sqlite3_step(check)) == SQLITE_ROW) {
                g_auto(GStrv) lines = g_strsplit((const char *)sqlite3_column_text(check, 0), "\n", -1);

                for (char **line = lines; *line; line++)
                        if (!g_str_equal(*line, "ok") && !g_str_has_prefix(*line, "*** in database"))
                                g_ptr_array_add(messages, g_strdup(*line));
        }
        sqlite3_progress_handler(verify->db, 0, NULL, NULL);
        return check &&
               (result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(verify->db, "integrity_check", error));
}

static gboolean reindex(sqlite3 *db, gpointer data, GError **error) {
        return mg_sql_do(db, "REINDEX", error);
}

/* Whether all that is wrong is of indexes, so that they can be made anew. */
static gboolean all_of_indexes(const GPtrArray *messages) {
        for (guint i = 0; i < messages->len; i++)
                if (!is_of_index(g_ptr_array_index(messages, i)))
                        return FALSE;
        return messages->len > 0;
}

static gboolean tell_messages(MgVerify *verify, const GPtrArray *messages, MgMend mend_of_indexes) {
        for (guint i = 0; i < messages->len; i++) {
                const char *message = g_ptr_array_index(messages, i);

                if (!mg_verify_found(verify, MG_FLAW_INDEX_DAMAGED,
                                     is_of_index(message) ? mend_of_indexes : MG_MEND_NONE, "index.db", message))
                        return FALSE;
        }
        return TRUE;
}

/* A running store does not make indexes anew: mail would wait for as long as that takes. */
static gboolean check_pages(MgVerify *verify, GError **error) {
        g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) after = g_ptr_array_new_with_free_func(g_free);
        MgMend mend = verify->keeper ? MG_MEND_OFFLINE : MG_MEND_POSSIBLE;

        if (!read_messages(verify, messages, error))
                return FALSE;
        if (verify->repair && !verify->keeper && all_of_indexes(messages)) {
                if (!verify->write(verify->write_data, reindex, NULL, error) || !read_messages(verify, after, error))
                        return FALSE;
                mend = after->len == 0 ? MG_MEND_DONE : MG_MEND_NONE;
        }
        return tell_messages(verify, messages, mend);
}

/* A table whose rows name some of another that are not there. The names are the schema's own. */
typedef struct Stranded {
        char *table;
        char *from;
        char *parent;
        char *to;
        gint64 rows;
} Stranded;

static void stranded_free(gpointer data) {
        Stranded *stranded = data;

        g_free(stranded->table);
        g_free(stranded->from);
        g_free(stranded->parent);
        g_free(stranded->to);
        g_free(stranded);
}

static char *column_text(sqlite3_stmt *statement, int at) {
        return g_strdup((const char *)sqlite3_column_text(statement, at));
}

/* All references of the schema, with how many rows of each are stranded. */
static GPtrArray *read_stranded(sqlite3 *db, GError **error) {
        g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(stranded_free);
        g_autoptr(sqlite3_stmt) select = mg_sql_prepare(
                db,
                "SELECT m.name, f.\"from\", f.\"table\", coalesce(f.\"to\", (SELECT p.name FROM "
                "pragma_table_info(f.\"table\") p"
                " WHERE p.pk = 1)) FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
                error);
        int result = SQLITE_DONE;

        while (select && (result = sqlite3_step(select)) == SQLITE_ROW) {
                Stranded *stranded = g_new0(Stranded, 1);

                stranded->table = column_text(select, 0);
                stranded->from = column_text(select, 1);
                stranded->parent = column_text(select, 2);
                stranded->to = column_text(select, 3);
                g_ptr_array_add(all, stranded);
        }
        if (!select || (result != SQLITE_DONE && !mg_sql_fail(db, "references", error)))
                return NULL;
        return g_steal_pointer(&all);
}

#define WHERE_STRANDED " FROM \"%s\" WHERE \"%s\" IS NOT NULL AND \"%s\" NOT IN (SELECT \"%s\" FROM \"%s\")"

static char *statement_of(const Stranded *stranded, const char *what) {
        return g_strdup_printf("%s" WHERE_STRANDED, what, stranded->table, stranded->from, stranded->from, stranded->to,
                               stranded->parent);
}

static gboolean delete_stranded(sqlite3 *db, gpointer data, GError **error) {
        g_autofree char *statement = statement_of(data, "DELETE");

        return mg_sql_do(db, statement, error);
}

static gboolean check_references(MgVerify *verify, GError **error) {
        g_autoptr(GPtrArray) all = read_stranded(verify->db, error);

        for (guint i = 0; all && i < all->len; i++) {
                Stranded *stranded = g_ptr_array_index(all, i);
                g_autofree char *count = statement_of(stranded, "SELECT count(*)"), *detail = NULL;
                MgMend mend = MG_MEND_POSSIBLE;

                if (!mg_sql_number(verify->db, count, &stranded->rows, error))
                        return FALSE;
                if (!mg_verify_tell(verify, "references", i, all->len))
                        return FALSE;
                if (stranded->rows == 0)
                        continue;
                if (verify->repair) {
                        if (!verify->write(verify->write_data, delete_stranded, stranded, error))
                                return FALSE;
                        mend = MG_MEND_DONE;
                }
                detail = g_strdup_printf("%" G_GINT64_FORMAT " rows name a %s that is not there", stranded->rows,
                                         stranded->parent);
                if (!mg_verify_found(verify, MG_FLAW_ROW_STRANDED, mend, stranded->table, detail))
                        return FALSE;
        }
        return all != NULL;
}

static gboolean forget_segment(sqlite3 *db, gpointer data, GError **error) {
        return mg_posting_forget(db, *(const gint64 *)data, error);
}

/* Rows and terms of one moment: a mail may come to a segment meanwhile. */
static gboolean check_segment(MgVerify *verify, gint64 segment, GError **error) {
        g_autofree char *subject = g_strdup_printf("segment %" G_GINT64_FORMAT, segment);
        gboolean right = TRUE, well;

        if (!mg_sql_do(verify->db, "BEGIN", error))
                return FALSE;
        well = mg_posting_check(verify->db, segment, &right, error);
        if (!mg_sql_do(verify->db, "COMMIT", well ? error : NULL) || !well)
                return FALSE;
        if (right)
                return TRUE;
        if (verify->repair && !verify->write(verify->write_data, forget_segment, &segment, error))
                return FALSE;
        return mg_verify_found(verify, MG_FLAW_SEARCH_WRONG, verify->repair ? MG_MEND_DONE : MG_MEND_POSSIBLE, subject,
                               "is searched row by row until its terms are written anew");
}

static gboolean check_search(MgVerify *verify, GError **error) {
        gint64 of_mail, of_terms;

        if (!mg_sql_number(verify->db, "SELECT coalesce(max(id), -1) FROM mail", &of_mail, error) ||
            !mg_sql_number(verify->db, "SELECT coalesce(max(segment), -1) FROM posting", &of_terms, error))
                return FALSE;
        of_mail = of_mail < 0 ? -1 : of_mail / MG_SEGMENT_MAILS;
        for (gint64 segment = 0; segment <= MAX(of_mail, of_terms); segment++)
                if (!check_segment(verify, segment, error) ||
                    !mg_verify_tell(verify, "search", (guint64)segment, (guint64)MAX(of_mail, of_terms)))
                        return FALSE;
        return TRUE;
}

/* What is counted of each organization as its mail comes and goes (schema.c), against what is there. */
#define COUNTED "(SELECT count(receipt) FROM mail_organization JOIN mail ON id = mail WHERE organization = name)"
#define SUMMED                                                                                                         \
        "(SELECT coalesce(sum(size), 0) FROM mail_organization JOIN mail ON id = mail"                                 \
        " WHERE organization = name AND receipt IS NOT NULL)"

static gboolean count_again(sqlite3 *db, gpointer data, GError **error) {
        return mg_sql_do(db, "UPDATE organization SET mails = " COUNTED ", octets = " SUMMED, error);
}

static gboolean check_counts(MgVerify *verify, GError **error) {
        g_autofree char *detail = NULL;
        gint64 wrong;

        if (!mg_sql_number(verify->db,
                           "SELECT count(*) FROM organization WHERE mails != " COUNTED " OR octets != " SUMMED, &wrong,
                           error))
                return FALSE;
        if (wrong == 0)
                return TRUE;
        if (verify->repair && !verify->write(verify->write_data, count_again, NULL, error))
                return FALSE;
        detail = g_strdup_printf("of %" G_GINT64_FORMAT " organizations", wrong);
        return mg_verify_found(verify, MG_FLAW_COUNT_WRONG, verify->repair ? MG_MEND_DONE : MG_MEND_POSSIBLE,
                               "organization", detail);
}

static GArray *read_anchors(const MgVerify *verify) {
        g_autofree char *text = NULL;

        if (!verify->anchor_file || !*verify->anchor_file ||
            !g_file_get_contents(verify->anchor_file, &text, NULL, NULL))
                return NULL;
        return mg_audit_anchors(text);
}

/* FALSE with error, or without where nobody listens; the check says whether an entry was wrong. */
static gboolean walk_trail(MgVerify *verify, MgAuditCheck *check, gint64 last, GError **error) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);
        gint64 at = G_MININT64;

        do {
                g_ptr_array_set_size(entries, 0);
                if (!mg_audit_page(verify->db, at, last, PAGE_ENTRIES, entries, error))
                        return FALSE;
                for (guint i = 0; i < entries->len; i++) {
                        const MgEntry *entry = g_ptr_array_index(entries, i);

                        if (!mg_audit_check_entry(check, entry))
                                return TRUE;
                        at = entry->number + 1;
                        verify->verdict.entries++;
                }
                if (!mg_verify_tell(verify, "trail", verify->verdict.entries, (guint64)last))
                        return FALSE;
        } while (entries->len == PAGE_ENTRIES && at <= last);
        return TRUE;
}

static gboolean check_trail(MgVerify *verify, GError **error) {
        g_auto(MgAuditCheck) check = {0};
        g_autofree char *number = NULL;
        MgChain head;

        /* Anchors first: one that is younger than the head that is read would name an entry that is not looked at. */
        mg_audit_check_init(&check, read_anchors(verify));
        if (!mg_audit_head(verify->db, &head, error) || !walk_trail(verify, &check, head.number, error))
                return FALSE;
        if (mg_audit_check_end(&check))
                return TRUE;
        number = g_strdup_printf("%" G_GINT64_FORMAT, check.number);
        return mg_verify_found(verify, MG_FLAW_TRAIL_BROKEN, MG_MEND_NONE, number, check.en);
}

/* What is mended first is what later steps go by. */
gboolean mg_verify_run(MgVerify *verify, GError **error) {
        static const struct {
                const char *name;
                gboolean (*run)(MgVerify *verify, GError **error);
        } steps[] = {
                {"folder", check_folder},       {"index", check_pages},     {"references", check_references},
                {"rows", mg_verify_rows},       {"search", check_search},   {"counts", check_counts},
                {"objects", mg_verify_objects}, {"files", mg_verify_files}, {"trail", check_trail},
        };

        for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
                GError *fault = NULL;

                if (!steps[i].run(verify, &fault) && !mg_verify_forgive(verify, steps[i].name, fault, error))
                        return FALSE;
        }
        return !verify->gone;
}
