/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of letters. Writes no mail: whoever is given a letter does.
 */
#include "store/letter.h"

#include "base/error.h"
#include "mugai/act.h"
#include "store/sql.h"

#define RETRY_SECONDS 300
/* Of one that was sent: longer than any time between two digests. */
#define KEEP_SECONDS 172800

static const char *const kinds[_MG_LETTER_KIND_N] = {
        [MG_LETTER_APPROVED] = "approved", [MG_LETTER_DENIED] = "denied", [MG_LETTER_EXPIRED] = "expired",
        [MG_LETTER_RELEASED] = "released", [MG_LETTER_FAILED] = "failed", [MG_LETTER_WAITING] = "waiting",
};

/* ?1 is now, in all of these. */
#define NEXT                                                                                                           \
        "SELECT number, kind, address, time, request, coalesce((SELECT receipt FROM request WHERE number = "           \
        "letter.request), ''), count, oldest FROM letter WHERE sent = 0 AND given = 0 AND try_after <= ?1"             \
        " AND (SELECT count(*) FROM letter AS other WHERE other.address = letter.address AND other.sent > ?1 - 3600) " \
        "< " G_STRINGIFY(MG_LETTERS_AN_HOUR) " ORDER BY number LIMIT 1"
/* ?2: seconds between two digests; ?3: the bit of an approver. */
#define DIGESTS                                                                                                        \
        "SELECT 'waiting', person.number,"                                                                             \
        " (SELECT min(address) FROM person_address WHERE person = person.number), ?1, max(request.number), count(*), " \
        "min(request.made)"                                                                                            \
        " FROM person JOIN request ON request.organization = person.organization"                                      \
        " WHERE request.state = 'waiting' AND request.person <> person.number AND person.duties & ?3"                  \
        " AND person.disabled IS NULL AND coalesce(person.until > ?1, 1)"                                              \
        " AND NOT EXISTS(SELECT 1 FROM approval WHERE request = request.number AND person = person.number)"            \
        " AND EXISTS(SELECT 1 FROM person_address WHERE person = person.number)"                                       \
        " GROUP BY person.number HAVING " LAST " <= ?1 - ?2"                                                           \
        " AND (max(request.number) > " NEWEST " OR " LAST " <= ?1 - " G_STRINGIFY(MG_LETTER_SECONDS) ")"
#define LAST "coalesce((SELECT max(time) FROM letter WHERE person = person.number AND kind = 'waiting'), 0)"
#define NEWEST "coalesce((SELECT max(request) FROM letter WHERE person = person.number AND kind = 'waiting'), 0)"

/* What is of no use any more. */
#define OLD                                                                                                            \
        "SELECT number FROM letter WHERE time < ?1 - " G_STRINGIFY(                                                    \
                KEEP_SECONDS) " OR (sent = 0 AND time < ?1 - " G_STRINGIFY(MG_LETTER_SECONDS) ")"

static const char add[] =
        "INSERT INTO letter(kind, person, address, time, request, count, oldest)"
        " SELECT ?1, request.person, address, ?2, request.number, 0, 0 FROM request"
        " JOIN person_address ON person_address.person = request.person WHERE request.number = ?3"
        " ORDER BY EXISTS(SELECT 1 FROM mail JOIN recipient ON recipient.mail = mail.id WHERE mail.receipt = "
        "request.receipt AND recipient.address = person_address.address COLLATE NOCASE) DESC, address LIMIT 1";

gboolean mg_letter_add(sqlite3 *db, MgLetterKind kind, gint64 request, gint64 now, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, add, error);

        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, kinds[kind]);
        sqlite3_bind_int64(statement, 2, now);
        sqlite3_bind_int64(statement, 3, request);
        return mg_sql_run(db, statement, "add a letter", error);
}

/* Runs a statement whose parameters are numbers. */
static gboolean run(sqlite3 *db, const char *text, const gint64 *numbers, guint n, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        for (guint i = 0; i < n; i++)
                sqlite3_bind_int64(statement, (int)i + 1, numbers[i]);
        return mg_sql_run(db, statement, text, error);
}

int mg_letters_due(sqlite3 *db, gint64 every, gint64 now, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "SELECT EXISTS(" NEXT ") OR EXISTS(" DIGESTS ") OR EXISTS(" OLD ")", error);

        if (!statement)
                return -1;
        sqlite3_bind_int64(statement, 1, now);
        sqlite3_bind_int64(statement, 2, every);
        sqlite3_bind_int64(statement, 3, MG_DUTY_APPROVER);
        if (sqlite3_step(statement) == SQLITE_ROW)
                return sqlite3_column_int(statement, 0);
        mg_sql_fail(db, "look for letters", error);
        return -1;
}

static char *text_at(sqlite3_stmt *row, int at) {
        return g_strdup((const char *)sqlite3_column_text(row, at));
}

static MgLetter *letter_of(sqlite3_stmt *row, GError **error) {
        MgLetter *letter = g_new0(MgLetter, 1);
        const char *word = (const char *)sqlite3_column_text(row, 1);

        letter->number = sqlite3_column_int64(row, 0);
        while (letter->kind < _MG_LETTER_KIND_N && !g_str_equal(kinds[letter->kind], word))
                letter->kind++;
        letter->to = text_at(row, 2);
        letter->time = sqlite3_column_int64(row, 3);
        letter->request = sqlite3_column_int64(row, 4);
        letter->receipt = text_at(row, 5);
        letter->count = (guint32)sqlite3_column_int64(row, 6);
        letter->oldest = sqlite3_column_int64(row, 7);
        if (letter->kind < _MG_LETTER_KIND_N)
                return letter;
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "letter %" G_GINT64_FORMAT " is of no kind that there is",
                    letter->number);
        mg_letter_free(letter);
        return NULL;
}

/* The next one that may be sent, or NULL: with error, or where there is none. */
static MgLetter *find_next(sqlite3 *db, gint64 now, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, NEXT, error);
        int result;

        if (!statement)
                return NULL;
        sqlite3_bind_int64(statement, 1, now);
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
                return letter_of(statement, error);
        if (result != SQLITE_DONE)
                mg_sql_fail(db, "look for a letter", error);
        return NULL;
}

gboolean mg_letter_next(sqlite3 *db, gint64 every, gint64 now, MgLetter **letter, GError **error) {
        const gint64 digest[] = {now, every, MG_DUTY_APPROVER};
        g_autoptr(GError) fault = NULL;

        *letter = NULL;
        if (!run(db, "INSERT INTO letter(kind, person, address, time, request, count, oldest) " DIGESTS, digest,
                 G_N_ELEMENTS(digest), error) ||
            !run(db, "DELETE FROM letter WHERE number IN (" OLD ")", &now, 1, error))
                return FALSE;
        *letter = find_next(db, now, &fault);
        if (fault) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        return !*letter || run(db, "UPDATE letter SET given = 1, tries = tries + 1 WHERE number = ?1",
                               &(*letter)->number, 1, error);
}

gboolean mg_letter_end(sqlite3 *db, gint64 number, gboolean sent, gint64 now, GError **error) {
        const gint64 values[] = {number, now, RETRY_SECONDS};
        const gint64 spent[] = {number, MG_LETTER_TRIES};

        if (sent)
                return run(db, "UPDATE letter SET given = 0, sent = ?2 WHERE number = ?1", values, 2, error);
        return run(db, "UPDATE letter SET given = 0, try_after = ?2 + ?3 * tries WHERE number = ?1", values, 3,
                   error) &&
               run(db, "DELETE FROM letter WHERE number = ?1 AND tries >= ?2", spent, 2, error);
}

gboolean mg_letters_lose(sqlite3 *db, GError **error) {
        return run(db, "UPDATE letter SET given = 0 WHERE given = 1", NULL, 0, error);
}
