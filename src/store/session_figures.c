/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of what came: one statement a kind, on a connection of its own, so that no count holds up a mail. Reads no
 * record and no text of a mail.
 */
#include "store/session_figures.h"

#include "base/error.h"
#include "base/figures_client.h"
#include "store/sql.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, mg_sql_close)

/* All counts of one question together; a million mails take a few seconds. */
#define COUNT_SECONDS 30

/* ?1 and ?2 are the times, ?3 an organization or NULL for all. Columns: organization, name, n. */
/* Organization by organization, so that each is a range of the index of times. */
#define MAILS                                                                                                          \
        " FROM organization AS n CROSS JOIN mail_organization AS o ON o.organization = n.name AND o.time >= ?1"        \
        " AND o.time < ?2"
#define THEN " WHERE (?3 IS NULL OR n.name = ?3)"
#define PARTS(what) MAILS " CROSS JOIN part ON part.mail = o.mail" THEN " AND action = '" what "'"
#define OWN " AND (?3 IS NULL OR organization = ?3)"
#define ORDER " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
static const char waiting[] =
        "SELECT organization, 'requests', count(*) FROM request WHERE state = 'waiting'" OWN
        " GROUP BY 1 UNION ALL SELECT organization, 'oldest-s', max(unixepoch() - min(made), 0) FROM request"
        " WHERE state = 'waiting'" OWN " GROUP BY 1 ORDER BY 1, 2 DESC";
/* The median is that of the lower half's end. */
static const char releases[] =
        "WITH done AS (SELECT organization, ended - made AS took, row_number() OVER per AS place,"
        " count(*) OVER (PARTITION BY organization) AS n FROM request WHERE state = 'released' AND ended >= ?1"
        " AND ended < ?2" OWN " WINDOW per AS (PARTITION BY organization ORDER BY ended - made))"
        " SELECT organization, 'requests', n FROM done WHERE place = 1"
        " UNION ALL SELECT organization, 'median-s', took FROM done WHERE place = (n + 1) / 2"
        " UNION ALL SELECT organization, 'longest-s', took FROM done WHERE place = n ORDER BY 1, 2 DESC";
static const char *const statements[_MG_COUNT_N] = {
        [MG_COUNT_OUTCOME] = "SELECT n.name, outcome, count(*)" MAILS " CROSS JOIN mail ON id = o.mail" THEN ORDER,
        [MG_COUNT_SCAN] = "SELECT n.name, scan, count(*)" MAILS
                          " CROSS JOIN mail INDEXED BY mail_scan ON id = o.mail" THEN " AND scan <> 'none'" ORDER,
        [MG_COUNT_REASON] = "SELECT n.name, part.reason, count(*)" PARTS("remove") ORDER,
        [MG_COUNT_TYPE] = "SELECT n.name, part.found, count(*)" PARTS("remove") ORDER,
        [MG_COUNT_KEPT] = "SELECT n.name, part.found, count(*)" PARTS("keep") ORDER,
        [MG_COUNT_REQUEST] =
                "SELECT organization, state, count(*) FROM request WHERE made >= ?1 AND made < ?2" OWN ORDER,
        [MG_COUNT_WAITING] = waiting,
        [MG_COUNT_RELEASE] = releases,
};

/* A question on its way. */
typedef struct Question {
        gint64 since, until;
        const char *organization; /* NULL: all */
        gint64 deadline;          /* monotonic microseconds */
        int sock;
} Question;

static int is_late(void *data) {
        const Question *question = data;

        return g_get_monotonic_time() > question->deadline;
}

static gboolean send_count(const Question *question, MgCount count, const char *organization, const char *name,
                           gint64 n) {
        const MgCountRow row = {(char *)organization, count, (char *)name, n};
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_count_row_put(&writer, &row);
        return mg_packet_send(question->sock, MG_FIGURES_ROW, &writer, NULL, 0, NULL);
}

/* What the rows of one organization leave out, as a row. */
static gboolean send_rest(const Question *question, MgCount count, const char *organization, gint64 *rest) {
        const gint64 n = *rest;

        *rest = 0;
        return n == 0 || send_count(question, count, organization, "...", n);
}

/* FALSE with error, or without where the client went away. */
static gboolean send_counts(sqlite3 *db, const Question *question, MgCount count, GError **error) {
        g_autoptr(sqlite3_stmt) select = mg_sql_prepare(db, statements[count], error);
        g_autofree char *organization = NULL;
        guint rows = 0;
        gint64 rest = 0;
        int result;

        if (!select)
                return FALSE;
        sqlite3_bind_int64(select, 1, question->since);
        sqlite3_bind_int64(select, 2, question->until);
        mg_sql_bind_text(select, 3, question->organization);
        while ((result = sqlite3_step(select)) == SQLITE_ROW) {
                const char *of = (const char *)sqlite3_column_text(select, 0);
                const gint64 n = sqlite3_column_int64(select, 2);

                if (g_strcmp0(of, organization) != 0) {
                        if (!send_rest(question, count, organization, &rest))
                                return FALSE;
                        g_free(organization);
                        organization = g_strdup(of);
                        rows = 0;
                }
                if (rows++ >= MG_COUNT_ROWS_MAX)
                        rest += n;
                else if (!send_count(question, count, of, (const char *)sqlite3_column_text(select, 1), n))
                        return FALSE;
        }
        return (result == SQLITE_DONE || mg_sql_fail(db, "count", error)) &&
               send_rest(question, count, organization, &rest);
}

static gboolean send_all(MgStore *store, Question *question, GError **error) {
        g_autoptr(sqlite3) db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);
        g_autoptr(GError) fault = NULL;

        if (!db || !mg_sql_do(db, "BEGIN", error))
                return FALSE;
        sqlite3_progress_handler(db, 10000, is_late, question);
        for (guint count = 0; count < _MG_COUNT_N; count++) {
                if (send_counts(db, question, (MgCount)count, &fault))
                        continue;
                if (is_late(question))
                        g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT,
                                    "counting took more than %d s: ask for a shorter time", COUNT_SECONDS);
                else if (fault)
                        g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        return TRUE;
}

gboolean mg_session_figures(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        Question question = {.sock = sock,
                             .organization = actor->duties & MG_DUTY_ADMINISTRATOR ? NULL : actor->organization,
                             .deadline = g_get_monotonic_time() + COUNT_SECONDS * G_USEC_PER_SEC};
        MgReader reader;

        mg_reader_init(&reader, request->record);
        question.since = mg_get_i64(&reader, "since");
        question.until = mg_get_i64(&reader, "until");
        return mg_reader_end(&reader, error) && send_all(store, &question, error) &&
               mg_packet_send(sock, MG_STORE_END, NULL, NULL, 0, NULL);
}
