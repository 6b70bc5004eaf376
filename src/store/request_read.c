/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests as they are in the tables. Changes nothing, so that any connection will do.
 */
#include <string.h>

#include "base/error.h"
#include "store/request.h"
#include "store/sql.h"

/* Of a person that is in the register; else of the machine's owner. */
#define NAME_OF(person) "coalesce((SELECT name FROM person WHERE person.number = " person "), 'root')"

static char *text_at(sqlite3_stmt *statement, int at) {
        const char *text = (const char *)sqlite3_column_text(statement, at);

        return g_strdup(text ? text : "");
}

static void take(char **at, char *text) {
        g_free(*at);
        *at = text;
}

char *mg_request_name_of(sqlite3 *db, gint64 person) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, "SELECT " NAME_OF("?1"), NULL);

        if (!statement)
                return g_strdup("");
        sqlite3_bind_int64(statement, 1, person);
        return sqlite3_step(statement) == SQLITE_ROW ? text_at(statement, 0) : g_strdup("");
}

static void take_part(sqlite3_stmt *row, MgRequest *request) {
        MgRequestPart *part = mg_request_part_new();

        take(&part->path, text_at(row, 0));
        take(&part->name, text_at(row, 1));
        take(&part->found, text_at(row, 2));
        part->size = (guint64)sqlite3_column_int64(row, 3);
        if (sqlite3_column_bytes(row, 4) == sizeof part->sha256)
                memcpy(part->sha256, sqlite3_column_blob(row, 4), sizeof part->sha256);
        g_ptr_array_add(request->parts, part);
}

static void take_address(sqlite3_stmt *row, MgRequest *request) {
        g_ptr_array_add(request->addresses, text_at(row, 0));
}

static void take_approval(sqlite3_stmt *row, MgRequest *request) {
        MgApproval *approval = mg_approval_new();

        approval->person = sqlite3_column_int64(row, 0);
        take(&approval->name, text_at(row, 1));
        approval->time = sqlite3_column_int64(row, 2);
        take(&approval->reason, text_at(row, 3));
        g_ptr_array_add(request->approvals, approval);
}

static void take_request(sqlite3_stmt *row, MgRequest *request) {
        take(&request->receipt, text_at(row, 0));
        take(&request->organization, text_at(row, 1));
        request->requester = sqlite3_column_int64(row, 2);
        take(&request->requester_name, text_at(row, 3));
        request->state = mg_request_state_of((const char *)sqlite3_column_text(row, 4));
        request->needed = (guint32)sqlite3_column_int64(row, 5);
        request->made = sqlite3_column_int64(row, 6);
        request->decided = sqlite3_column_int64(row, 7);
        request->ended = sqlite3_column_int64(row, 8);
        request->erased = sqlite3_column_int(row, 9) != 0;
        take(&request->reason, text_at(row, 10));
        take(&request->result, text_at(row, 11));
        take(&request->from, text_at(row, 12));
        take(&request->subject, text_at(row, 13));
}

/* What of a request stands in which rows; ?1 is its number. */
static const struct {
        const char *text;
        void (*take)(sqlite3_stmt *row, MgRequest *request);
} parts[] = {
        {"SELECT request.receipt, organization, person, " NAME_OF(
                 "request.person") ", state, needed, made, decided, ended, erased, request.reason, result, "
                                   "coalesce(sender, ''),"
                                   " coalesce(subject, '') FROM request LEFT JOIN mail ON mail.receipt = "
                                   "request.receipt WHERE number = ?1",
         take_request},
        {"SELECT path, name, found, size, sha256 FROM request_part WHERE request = ?1 ORDER BY position", take_part},
        {"SELECT address FROM request_address WHERE request = ?1 ORDER BY address", take_address},
        {"SELECT person, " NAME_OF(
                 "approval.person") ", time, reason FROM approval WHERE request = ?1 ORDER BY time, person",
         take_approval},
};

/* Rows that were read, or -1 with error. */
static int take_rows(sqlite3 *db, const char *text, gint64 number,
                     void (*take_row)(sqlite3_stmt *row, MgRequest *request), MgRequest *request, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);
        int result, rows = 0;

        if (!statement)
                return -1;
        sqlite3_bind_int64(statement, 1, number);
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
                take_row(statement, request);
                rows++;
        }
        if (result == SQLITE_DONE)
                return rows;
        mg_sql_fail(db, "read a request", error);
        return -1;
}

MgRequest *mg_request_load(sqlite3 *db, gint64 number, GError **error) {
        g_autoptr(MgRequest) request = mg_request_new();

        request->number = number;
        for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
                int rows = take_rows(db, parts[i].text, number, parts[i].take, request, error);

                if (i == 0 && rows == 0)
                        g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no request %" G_GINT64_FORMAT, number);
                if (rows < 0 || (i == 0 && rows == 0))
                        return NULL;
        }
        if (request->state < _MG_REQUEST_STATE_N)
                return g_steal_pointer(&request);
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "request %" G_GINT64_FORMAT " has no state that there is", number);
        return NULL;
}

static gboolean sees_others(const MgActor *actor) {
        return (actor->duties & (MG_DUTY_APPROVER | MG_DUTY_OFFICER)) != 0;
}

gboolean mg_requests_find(sqlite3 *db, const MgActor *actor, const MgRequestQuery *query, gint64 before, guint n,
                          GArray *numbers, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db,
                                                           "SELECT number FROM request WHERE number < ?1"
                                                           " AND (?2 = 0 OR number = ?2)"
                                                           " AND (?3 IS NULL OR state = ?3)"
                                                           " AND (person = ?4 OR organization = ?5)"
                                                           " ORDER BY number DESC LIMIT ?6",
                                                           error);
        gboolean others = !query->mine && sees_others(actor);
        int result;

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, before);
        sqlite3_bind_int64(statement, 2, query->number);
        mg_sql_bind_text(statement, 3,
                         query->state == MG_REQUEST_ANY_STATE ? NULL : mg_request_state_name(query->state));
        sqlite3_bind_int64(statement, 4, actor->person);
        mg_sql_bind_text(statement, 5, others ? actor->organization : NULL);
        sqlite3_bind_int64(statement, 6, n);
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
                gint64 number = sqlite3_column_int64(statement, 0);

                g_array_append_val(numbers, number);
        }
        return result == SQLITE_DONE || mg_sql_fail(db, "look for requests", error);
}

gboolean mg_requests_waiting(sqlite3 *db, const MgActor *actor, MgRequestWaiting *waiting, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db,
                               "SELECT count(*) FILTER (WHERE person != ?1 AND organization = ?2),"
                               " coalesce(min(made) FILTER (WHERE person != ?1 AND organization = ?2), 0),"
                               " count(*) FILTER (WHERE person = ?1) FROM request WHERE state = 'waiting'",
                               error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, actor->person);
        mg_sql_bind_text(statement, 2, sees_others(actor) ? actor->organization : NULL);
        if (sqlite3_step(statement) != SQLITE_ROW)
                return mg_sql_fail(db, "count requests", error);
        *waiting = (MgRequestWaiting){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                                      sqlite3_column_int64(statement, 2)};
        return TRUE;
}

/* A number that is read by a statement with a time and another number; none is 0, -1 with error. */
static gint64 number_by_time(sqlite3 *db, const char *text, gint64 time, gint64 number, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);
        int result;

        if (!statement)
                return -1;
        sqlite3_bind_int64(statement, 1, time);
        sqlite3_bind_int64(statement, 2, number);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                return sqlite3_column_int64(statement, 0);
        if (result == SQLITE_DONE)
                return 0;
        mg_sql_fail(db, text, error);
        return -1;
}

gint64 mg_request_next(sqlite3 *db, gint64 after, gint64 now, GError **error) {
        return number_by_time(db,
                              "SELECT number FROM request WHERE state = 'approved' AND try_after <= ?1 AND number > ?2"
                              " ORDER BY number LIMIT 1",
                              now, after, error);
}

gboolean mg_requests_count(sqlite3 *db, MgRequestCounts *counts, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db,
                               "SELECT (SELECT count(*) FROM request WHERE state = 'waiting'), count(*),"
                               " (SELECT count(*) FROM request WHERE state = 'unknown'), coalesce(min(decided), 0)"
                               " FROM request WHERE state = 'approved'",
                               error);

        if (!statement)
                return FALSE;
        if (sqlite3_step(statement) != SQLITE_ROW)
                return mg_sql_fail(db, "count requests", error);
        *counts = (MgRequestCounts){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                                    sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3)};
        return TRUE;
}

int mg_requests_allow(sqlite3 *db, const char *receipt, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db,
                                                           "SELECT EXISTS(SELECT 1 FROM request WHERE receipt = ?1"
                                                           " AND state IN ('approved', 'handed-over'))",
                                                           error);

        if (!statement)
                return -1;
        mg_sql_bind_text(statement, 1, receipt);
        if (sqlite3_step(statement) == SQLITE_ROW)
                return sqlite3_column_int(statement, 0);
        mg_sql_fail(db, "look for requests", error);
        return -1;
}

int mg_requests_ask_for(sqlite3 *db, const char *receipt, const char *organization, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(
                db, "SELECT EXISTS(SELECT 1 FROM request WHERE receipt = ?1 AND organization = ?2)", error);

        if (!statement)
                return -1;
        mg_sql_bind_text(statement, 1, receipt);
        mg_sql_bind_text(statement, 2, organization);
        if (sqlite3_step(statement) == SQLITE_ROW)
                return sqlite3_column_int(statement, 0);
        mg_sql_fail(db, "look for requests", error);
        return -1;
}

int mg_requests_due(sqlite3 *db, gint64 made, GError **error) {
        return (int)number_by_time(db, "SELECT EXISTS(SELECT 1 FROM request WHERE state = 'waiting' AND made <= ?1)",
                                   made, 0, error);
}
