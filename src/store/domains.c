/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest of who has which domains, and when it became that. Looks at no mail.
 */
#include "store/domains.h"

#include <string.h>

#include "base/digest.h"
#include "store/sql.h"

#define DIGEST 32

/* As it is kept: the digest, then the time as eight octets, the greatest first. */
typedef struct Note {
        guint8 digest[DIGEST];
        guint64 since;
} Note;

static void digest_of(const MgOrganizations *organizations, guint8 digest[DIGEST]) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 1; i < mg_organizations_count(organizations); i++) {
                const MgOrganization *organization = mg_organizations_get((MgOrganizations *)organizations, i);

                g_string_append_printf(text, "%s %s\n", organization->name, organization->domains);
        }
        mg_digest(text->str, text->len, digest);
}

/* Whether there is a note. */
static gboolean read_note(sqlite3 *db, Note *note) {
        g_autoptr(sqlite3_stmt) select = mg_sql_prepare(db, "SELECT value FROM secret WHERE name = 'domains'", NULL);

        if (!select || sqlite3_step(select) != SQLITE_ROW || sqlite3_column_bytes(select, 0) != sizeof *note)
                return FALSE;
        memcpy(note, sqlite3_column_blob(select, 0), sizeof *note);
        note->since = GUINT64_FROM_BE(note->since);
        return TRUE;
}

gint64 mg_domains_since(sqlite3 *db, const MgOrganizations *organizations) {
        guint8 digest[DIGEST];
        Note note;

        digest_of(organizations, digest);
        return read_note(db, &note) && memcmp(note.digest, digest, DIGEST) == 0 ? (gint64)note.since : G_MAXINT64;
}

/* A clock that was ahead may have left mail behind that came from the future. */
gboolean mg_domains_note(sqlite3 *db, const MgOrganizations *organizations, gint64 now, GError **error) {
        gint64 last;
        Note note;

        if (mg_domains_since(db, organizations) != G_MAXINT64)
                return TRUE;
        if (!mg_sql_number(db, "SELECT coalesce(max(time), 0) FROM mail", &last, error))
                return FALSE;
        g_autoptr(sqlite3_stmt) insert =
                mg_sql_prepare(db, "INSERT OR REPLACE INTO secret(name, value) VALUES('domains', ?1)", error);
        if (!insert)
                return FALSE;
        digest_of(organizations, note.digest);
        note.since = GUINT64_TO_BE((guint64)MAX(now, last));
        mg_sql_bind_blob(insert, 1, &note, sizeof note);
        return mg_sql_run(db, insert, "note domains", error);
}
