/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements about holds. Erases no mail and decides about none: what is due is said by expiry.c.
 */
#include "store/hold.h"

#include "base/error.h"
#include "store/act_receipts.h"
#include "store/audit.h"
#include "store/sql.h"

/* The hold of that name: its id and organization; id 0 where there is none. */
static gboolean find(sqlite3 *db, const char *name, gint64 *id, char **organization, GError **error) {
        sqlite3_stmt *row = mg_sql_kept(db, "SELECT id, organization FROM hold WHERE name = ?1", error);
        int result;

        *id = 0;
        if (!row)
                return FALSE;
        mg_sql_bind_text(row, 1, name);
        result = sqlite3_step(row);
        if (result == SQLITE_ROW) {
                *id = sqlite3_column_int64(row, 0);
                *organization = g_strdup((const char *)sqlite3_column_text(row, 1));
        }
        sqlite3_reset(row);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "find hold", error);
}

/* Who is of no organization, as the machine's owner, is there for all. */
static gboolean is_of(const MgActor *actor, const char *organization) {
        return *actor->organization == '\0' || g_str_equal(actor->organization, organization);
}

/* The hold of that name, which the actor may touch; *id 0 where there is none. */
static gboolean find_own(sqlite3 *db, const MgActor *actor, const char *name, gint64 *id, GError **error) {
        g_autofree char *organization = NULL;

        if (!find(db, name, id, &organization, error))
                return FALSE;
        if (*id == 0 || is_of(actor, organization))
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_DENIED, "case %s is a hold of another organization", name);
        return FALSE;
}

static gboolean put_hold(sqlite3 *db, const MgActor *actor, const MgHold *hold, gint64 now, GError **error) {
        sqlite3_stmt *insert = mg_sql_kept(db,
                                           "INSERT INTO hold(name, organization, until, made, actor)"
                                           " VALUES(?1, ?2, ?3, ?4, ?5)"
                                           " ON CONFLICT(name) DO UPDATE SET until = excluded.until",
                                           error);

        if (!insert)
                return FALSE;
        mg_sql_bind_text(insert, 1, hold->name);
        mg_sql_bind_text(insert, 2, actor->organization);
        sqlite3_bind_int64(insert, 3, hold->until);
        sqlite3_bind_int64(insert, 4, now);
        mg_sql_bind_text(insert, 5, actor->name);
        return mg_sql_run(db, insert, "put hold", error);
}

/* The mail of a receipt, 0 where there is none of the actor's organization. */
static gboolean find_mail(sqlite3 *db, const MgActor *actor, const char *receipt, gint64 *mail, GError **error) {
        sqlite3_stmt *row = mg_sql_kept(db,
                                        "SELECT id FROM mail WHERE receipt = ?1 AND (?2 OR EXISTS(SELECT 1 FROM"
                                        " mail_organization WHERE mail = id AND organization = ?3))",
                                        error);
        int result;

        if (!row)
                return FALSE;
        mg_sql_bind_text(row, 1, receipt);
        sqlite3_bind_int(row, 2, *actor->organization == '\0');
        mg_sql_bind_text(row, 3, actor->organization);
        result = sqlite3_step(row);
        *mail = result == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
        sqlite3_reset(row);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "find mail", error);
}

static gboolean add_mail(sqlite3 *db, const MgActor *actor, gint64 hold, const char *receipt, GError **error) {
        sqlite3_stmt *insert = mg_sql_kept(db, "INSERT OR IGNORE INTO hold_mail(mail, hold) VALUES(?1, ?2)", error);
        gint64 mail;

        if (!insert || !find_mail(db, actor, receipt, &mail, error))
                return FALSE;
        if (mail == 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no mail with receipt %s%s", receipt,
                            *actor->organization == '\0' ? "" : " of your organization");
                return FALSE;
        }
        sqlite3_bind_int64(insert, 1, mail);
        sqlite3_bind_int64(insert, 2, hold);
        return mg_sql_run(db, insert, "hold mail", error);
}

gboolean mg_hold_add(sqlite3 *db, const MgActor *actor, const MgHold *hold, const GPtrArray *receipts, gint64 now,
                     GError **error) {
        g_autofree char *until = g_strdup_printf("%" G_GINT64_FORMAT, hold->until);
        const MgAct act = {.kind = MG_ACT_HELD,
                           .time = now,
                           .actor = actor->name,
                           .words = {{"case", hold->name}, {"until", until}}};
        gint64 id;

        if (hold->until <= now) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "the end of a hold is in the past");
                return FALSE;
        }
        if (!find_own(db, actor, hold->name, &id, error) || !put_hold(db, actor, hold, now, error) ||
            !find_own(db, actor, hold->name, &id, error))
                return FALSE;
        for (guint i = 0; i < receipts->len; i++)
                if (!add_mail(db, actor, id, g_ptr_array_index(receipts, i), error))
                        return FALSE;
        return mg_act_receipts(db, &act, receipts, error);
}

static gboolean count_mails(sqlite3 *db, gint64 id, gint64 *mails, GError **error) {
        sqlite3_stmt *row = mg_sql_kept(db, "SELECT count(*) FROM hold_mail WHERE hold = ?1", error);
        gboolean well;

        if (!row)
                return FALSE;
        sqlite3_bind_int64(row, 1, id);
        well = sqlite3_step(row) == SQLITE_ROW || mg_sql_fail(db, "count mail on hold", error);
        *mails = well ? sqlite3_column_int64(row, 0) : 0;
        sqlite3_reset(row);
        return well;
}

static gboolean end_hold(sqlite3 *db, const char *actor, const char *name, gint64 id, gint64 now, GError **error) {
        sqlite3_stmt *delete = mg_sql_kept(db, "DELETE FROM hold WHERE id = ?1", error);
        g_autofree char *number = NULL;
        MgAct act = {
                .kind = MG_ACT_HOLD_ENDED, .time = now, .actor = actor, .words = {{"case", name}, {"mails", NULL}}};
        gint64 mails;

        if (!delete || !count_mails(db, id, &mails, error))
                return FALSE;
        number = g_strdup_printf("%" G_GINT64_FORMAT, mails);
        act.words[1].value = number;
        sqlite3_bind_int64(delete, 1, id);
        return mg_sql_run(db, delete, "end hold", error) && mg_audit_add(db, &act, error);
}

gboolean mg_hold_end(sqlite3 *db, const MgActor *actor, const char *name, gint64 now, GError **error) {
        gint64 id;

        if (!find_own(db, actor, name, &id, error))
                return FALSE;
        if (id != 0)
                return end_hold(db, actor->name, name, id, now, error);
        g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no hold for case %s", name);
        return FALSE;
}

gboolean mg_hold_lapse(sqlite3 *db, gint64 now, GError **error) {
        g_autoptr(sqlite3_stmt) rows = mg_sql_prepare(db, "SELECT id, name FROM hold WHERE until <= ?1", error);
        int result;

        if (!rows)
                return FALSE;
        sqlite3_bind_int64(rows, 1, now);
        /* One at a time: a row is not deleted under the statement that reads it. */
        while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
                g_autofree char *name = g_strdup((const char *)sqlite3_column_text(rows, 1));
                gint64 id = sqlite3_column_int64(rows, 0);

                sqlite3_reset(rows);
                if (!end_hold(db, "gateway", name, id, now, error))
                        return FALSE;
        }
        return result == SQLITE_DONE || mg_sql_fail(db, "look for holds that are over", error);
}

gboolean mg_hold_list(sqlite3 *db, const MgActor *actor, GPtrArray *holds, GError **error) {
        g_autoptr(sqlite3_stmt) rows =
                mg_sql_prepare(db,
                               "SELECT name, until, organization, actor, made, (SELECT count(*) FROM hold_mail WHERE"
                               " hold = id) FROM hold ORDER BY name",
                               error);
        int result;

        if (!rows)
                return FALSE;
        while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
                MgHold *hold = g_new0(MgHold, 1);

                hold->name = g_strdup((const char *)sqlite3_column_text(rows, 0));
                hold->until = sqlite3_column_int64(rows, 1);
                hold->organization = g_strdup((const char *)sqlite3_column_text(rows, 2));
                hold->actor = g_strdup((const char *)sqlite3_column_text(rows, 3));
                hold->made = sqlite3_column_int64(rows, 4);
                hold->mails = sqlite3_column_int64(rows, 5);
                if (is_of(actor, hold->organization))
                        g_ptr_array_add(holds, hold);
                else
                        mg_hold_free(hold);
        }
        return result == SQLITE_DONE || mg_sql_fail(db, "list holds", error);
}
