/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that find what is due. The days of each organization stand in a table of the connection, so that what is
 * due is said once, in SQL.
 */
#include "store/expiry.h"

#include "mugai/policy.h"
#include "store/sql.h"

#define DAY 86400

/* When a mail is due: the last of its organizations' ends, and not before the rule's that decided on it. */
#define END                                                                                                            \
        "(SELECT max(p.time + " G_STRINGIFY(                                                                           \
                DAY) " * max(m.retention, iif(m.outcome = 'failed', r.days_failed, r.days)))"                          \
                     " FROM mail_organization AS p JOIN temp.rule AS r ON r.name = "                                   \
                     "p.organization WHERE p.mail = m.id)"
#define DUE_AT(at) END " <= " at " AND NOT EXISTS(SELECT 1 FROM hold_mail WHERE mail = m.id)"
/* Of one organization no mail is due that is younger than the shorter one of its times. */
#define OF_ONE                                                                                                         \
        " FROM mail_organization AS o JOIN mail AS m ON m.id = o.mail"                                                 \
        " WHERE o.organization = ?1 AND o.time <= ?2 - " G_STRINGIFY(                                                  \
                DAY) " * (SELECT min(days, days_failed) FROM temp.rule WHERE name = ?1) AND " DUE_AT("?2")
#define OF_ALL                                                                                                         \
        " FROM mail AS m WHERE m.time <= ?2 - " G_STRINGIFY(                                                           \
                DAY) " * (SELECT min(min(days, days_failed)) FROM temp.rule) AND ?1 IS NULL AND " DUE_AT("?2")
#define COUNTS                                                                                                         \
        "SELECT count(*), coalesce(sum("                                                                               \
        "(SELECT count(*) FROM request WHERE receipt = m.receipt AND state IN ('waiting', 'approved'))), 0)"

typedef enum Statement { DUE, COUNT_ONE, COUNT_ALL, KEPT, _STATEMENT_N } Statement;

static const char *const statements[_STATEMENT_N] = {
        [DUE] = "SELECT o.time, o.mail" OF_ONE " AND (o.time, o.mail) > (?3, ?4)"
                " ORDER BY o.time, o.mail LIMIT ?5",
        [COUNT_ONE] = COUNTS OF_ONE " AND m.receipt IS NOT NULL",
        [COUNT_ALL] = COUNTS OF_ALL " AND m.receipt IS NOT NULL",
        [KEPT] = "SELECT mails, octets, (SELECT count(DISTINCT h.mail) FROM hold_mail AS h JOIN mail_organization AS o"
                 " ON o.mail = h.mail WHERE o.organization = ?1) FROM organization WHERE name = ?1",
};

struct MgExpiry {
        sqlite3 *db;
        char **names;
        sqlite3_stmt *statements[_STATEMENT_N];
};

static void add_name(GPtrArray *names, const char *name) {
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(name));
}

static gboolean read_names(MgExpiry *expiry, const MgTerms *terms, GError **error) {
        g_autoptr(sqlite3_stmt) rows = mg_sql_prepare(expiry->db, "SELECT name FROM organization", error);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        int result = SQLITE_DONE;

        for (guint i = 0; i < mg_organizations_count(terms->organizations); i++)
                add_name(names, mg_organizations_get(terms->organizations, i)->name);
        while (rows && (result = sqlite3_step(rows)) == SQLITE_ROW)
                add_name(names, (const char *)sqlite3_column_text(rows, 0));
        if (!rows || result != SQLITE_DONE)
                return rows && mg_sql_fail(expiry->db, "read organizations", error);
        g_ptr_array_add(names, NULL);
        expiry->names = (char **)g_ptr_array_steal(names, NULL);
        return TRUE;
}

static gboolean write_rules(MgExpiry *expiry, const MgTerms *terms, GError **error) {
        static const char table[] = "PRAGMA temp_store = MEMORY;"
                                    "CREATE TABLE temp.rule("
                                    " name TEXT PRIMARY KEY,"
                                    " days INTEGER NOT NULL,"
                                    " days_failed INTEGER NOT NULL"
                                    ") STRICT, WITHOUT ROWID;";
        g_autoptr(sqlite3_stmt) insert = NULL;

        if (!mg_sql_do(expiry->db, table, error))
                return FALSE;
        insert = mg_sql_prepare(expiry->db, "INSERT INTO temp.rule VALUES(?1, ?2, ?3)", error);
        for (char **name = expiry->names; insert && *name; name++) {
                const MgOrganization *organization = mg_organizations_named(terms->organizations, *name);

                mg_sql_bind_text(insert, 1, *name);
                sqlite3_bind_int64(insert, 2, organization->retention);
                sqlite3_bind_int64(insert, 3, organization->retention_failed);
                if (!mg_sql_run(expiry->db, insert, "add rule", error))
                        return FALSE;
        }
        return insert != NULL;
}

MgExpiry *mg_expiry_open(const char *index_path, const MgVfs *vfs, const MgTerms *terms, GError **error) {
        g_autoptr(MgExpiry) expiry = g_new0(MgExpiry, 1);

        expiry->db = mg_sql_open(index_path, vfs, SQLITE_OPEN_READONLY, error);
        if (!expiry->db || !read_names(expiry, terms, error) || !write_rules(expiry, terms, error))
                return NULL;
        for (guint i = 0; i < _STATEMENT_N; i++) {
                expiry->statements[i] = mg_sql_prepare(expiry->db, statements[i], error);
                if (!expiry->statements[i])
                        return NULL;
        }
        return g_steal_pointer(&expiry);
}

void mg_expiry_free(MgExpiry *expiry) {
        if (!expiry)
                return;
        for (guint i = 0; i < _STATEMENT_N; i++)
                sqlite3_finalize(expiry->statements[i]);
        mg_sql_close(expiry->db);
        g_strfreev(expiry->names);
        g_free(expiry);
}

char **mg_expiry_names(const MgExpiry *expiry) {
        return expiry->names;
}

/* FALSE with error where the statement did not end well. Resets it. */
static gboolean ended(MgExpiry *expiry, sqlite3_stmt *statement, int result, GError **error) {
        gboolean well = result == SQLITE_DONE || mg_sql_fail(expiry->db, "look for what is due", error);

        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return well;
}

gboolean mg_expiry_kept(MgExpiry *expiry, const char *name, gint64 *mails, guint64 *octets, gint64 *held,
                        GError **error) {
        sqlite3_stmt *row = expiry->statements[KEPT];
        int result;

        mg_sql_bind_text(row, 1, name);
        *mails = *held = 0;
        *octets = 0;
        while ((result = sqlite3_step(row)) == SQLITE_ROW) {
                *mails = sqlite3_column_int64(row, 0);
                *octets = (guint64)sqlite3_column_int64(row, 1);
                *held = sqlite3_column_int64(row, 2);
        }
        return ended(expiry, row, result, error);
}

gboolean mg_expiry_wrong(MgExpiry *expiry, gint64 *organizations, GError **error) {
        static const char text[] =
                "SELECT count(*) FROM (SELECT name FROM organization LEFT JOIN mail_organization ON organization = name"
                " LEFT JOIN mail ON id = mail GROUP BY name HAVING organization.mails <> count(receipt)"
                " OR organization.octets <> coalesce(sum(size) FILTER (WHERE receipt IS NOT NULL), 0))";

        return mg_sql_number(expiry->db, text, organizations, error);
}

gboolean mg_expiry_due(MgExpiry *expiry, const char *name, gint64 at, MgExpiryCursor *cursor, guint n, GArray *ids,
                       GError **error) {
        sqlite3_stmt *rows = expiry->statements[DUE];
        int result;

        mg_sql_bind_text(rows, 1, name);
        sqlite3_bind_int64(rows, 2, at);
        sqlite3_bind_int64(rows, 3, cursor->time);
        sqlite3_bind_int64(rows, 4, cursor->mail);
        sqlite3_bind_int64(rows, 5, n);
        while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
                cursor->time = sqlite3_column_int64(rows, 0);
                cursor->mail = sqlite3_column_int64(rows, 1);
                g_array_append_val(ids, cursor->mail);
        }
        return ended(expiry, rows, result, error);
}

gboolean mg_expiry_count(MgExpiry *expiry, const char *name, gint64 at, MgExpiryCount *count, GError **error) {
        sqlite3_stmt *row = expiry->statements[name ? COUNT_ONE : COUNT_ALL];
        int result;

        mg_sql_bind_text(row, 1, name);
        sqlite3_bind_int64(row, 2, at);
        while ((result = sqlite3_step(row)) == SQLITE_ROW) {
                count->mails = sqlite3_column_int64(row, 0);
                count->requests = sqlite3_column_int64(row, 1);
        }
        return ended(expiry, row, result, error);
}
