/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes entries and reads them. The head of the chain is read from the table each time: after a rollback nothing
 * else could know it. Does not judge what it reads.
 */
#include "store/audit.h"

#include <string.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "store/sql.h"

/* Entries that one look takes. */
#define SCAN_ENTRIES 1000
#define NO_ENTRY G_MININT64

static GBytes *column(sqlite3_stmt *statement, int at) {
        gconstpointer data = sqlite3_column_blob(statement, at);

        return g_bytes_new(data, (gsize)sqlite3_column_bytes(statement, at));
}

static void copy_hash(guint8 hash[MG_CHAIN_HASH], gconstpointer kept, gsize n) {
        memset(hash, 0, MG_CHAIN_HASH);
        if (n > 0)
                memcpy(hash, kept, MIN(n, MG_CHAIN_HASH));
}

gboolean mg_audit_head(sqlite3 *db, MgChain *head, GError **error) {
        sqlite3_stmt *select = mg_sql_kept(db, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", error);
        int result;

        *head = (MgChain){0};
        if (!select)
                return FALSE;
        result = sqlite3_step(select);
        if (result == SQLITE_ROW) {
                head->number = sqlite3_column_int64(select, 0);
                copy_hash(head->hash, sqlite3_column_blob(select, 1), (gsize)sqlite3_column_bytes(select, 1));
        }
        sqlite3_reset(select);
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(db, "head of the audit trail", error);
}

static gboolean is_token(const char *value) {
        return mg_text_is(value, strlen(value), MG_CLASS_TOKEN);
}

/* NULL with error where a value is none that a trail may hold. */
static char *line_of(const MgAct *act, gint64 number, GError **error) {
        GString *line = g_string_new(NULL);
        gboolean well = is_token(act->actor);

        g_string_append_printf(
                line, "{\"number\":%" G_GINT64_FORMAT ",\"time\":%" G_GINT64_FORMAT ",\"act\":\"%s\",\"actor\":\"%s\"",
                number, act->time, mg_act_name(act->kind), act->actor);
        for (guint i = 0; i < MG_ACT_WORDS_MAX && act->words[i].name; i++) {
                well = well && is_token(act->words[i].name) && is_token(act->words[i].value);
                g_string_append_printf(line, ",\"%s\":\"%s\"", act->words[i].name, act->words[i].value);
        }
        g_string_append_c(line, '}');
        if (well && line->len <= MG_CHAIN_LINE_MAX)
                return g_string_free(line, FALSE);
        g_string_free(line, TRUE);
        g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "an act \"%s\" has a value that is no token%s",
                    mg_act_name(act->kind), well ? " of a bearable length" : "");
        return NULL;
}

gboolean mg_audit_add(sqlite3 *db, const MgAct *act, GError **error) {
        sqlite3_stmt *insert = NULL;
        g_autofree char *line = NULL;
        guint8 hash[MG_CHAIN_HASH];
        MgChain head;

        if (!mg_audit_head(db, &head, error))
                return FALSE;
        if (head.number == G_MAXINT64) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "the audit trail has a number beyond all numbers");
                return FALSE;
        }
        line = line_of(act, head.number + 1, error);
        insert = line ? mg_sql_kept(db, "INSERT INTO audit(number, entry, hash) VALUES(?1, ?2, ?3)", error) : NULL;
        if (!insert)
                return FALSE;
        mg_chain_hash(head.hash, line, strlen(line), hash);
        sqlite3_bind_int64(insert, 1, head.number + 1);
        mg_sql_bind_text(insert, 2, line);
        mg_sql_bind_blob(insert, 3, hash, sizeof hash);
        return mg_sql_run(db, insert, "add to the audit trail", error);
}

gboolean mg_audit_key(sqlite3 *db, guint8 key[MG_CHAIN_HASH], GError **error) {
        g_autoptr(sqlite3_stmt) insert =
                mg_sql_prepare(db, "INSERT OR IGNORE INTO secret(name, value) VALUES('audit', ?1)", error);
        g_autoptr(sqlite3_stmt) select =
                insert ? mg_sql_prepare(db, "SELECT value FROM secret WHERE name = 'audit'", error) : NULL;

        if (!select)
                return FALSE;
        if (getrandom(key, MG_CHAIN_HASH, 0) != MG_CHAIN_HASH) {
                mg_error_system(error, "no random octets");
                return FALSE;
        }
        mg_sql_bind_blob(insert, 1, key, MG_CHAIN_HASH);
        if (!mg_sql_run(db, insert, "make the key of digests", error))
                return FALSE;
        if (sqlite3_step(select) != SQLITE_ROW)
                return mg_sql_fail(db, "key of digests", error);
        copy_hash(key, sqlite3_column_blob(select, 0), (gsize)sqlite3_column_bytes(select, 0));
        return TRUE;
}

char *mg_audit_digest(const guint8 key[MG_CHAIN_HASH], const char *text) {
        g_autofree char *lower = g_utf8_strdown(text, -1), *hex = NULL;
        guint8 digest[MG_CHAIN_HASH];

        mg_digest_keyed(key, lower, strlen(lower), digest);
        hex = mg_text_hex(digest, sizeof digest / 2);
        return g_strconcat("h:", hex, NULL);
}

/* Of what is too long to be ours one octet more than we would write is read, so that it cannot pass for ours. */
#define PAGE                                                                                                           \
        "SELECT number, substr(CAST(entry AS BLOB), 1, ?4), substr(CAST(hash AS BLOB), 1, ?5) FROM audit"              \
        " WHERE number BETWEEN ?1 AND ?2 ORDER BY number"

gboolean mg_audit_page(sqlite3 *db, gint64 from, gint64 to, guint n, GPtrArray *entries, GError **error) {
        sqlite3_stmt *select = mg_sql_kept(db, from <= to ? PAGE " LIMIT ?3" : PAGE " DESC LIMIT ?3", error);
        int result;

        if (!select)
                return FALSE;
        sqlite3_bind_int64(select, 1, MIN(from, to));
        sqlite3_bind_int64(select, 2, MAX(from, to));
        sqlite3_bind_int64(select, 3, n);
        sqlite3_bind_int64(select, 4, MG_CHAIN_LINE_MAX + 1);
        sqlite3_bind_int64(select, 5, MG_CHAIN_HASH + 1);
        while ((result = sqlite3_step(select)) == SQLITE_ROW) {
                gint64 number = sqlite3_column_int64(select, 0);
                GBytes *line = column(select, 1);

                g_ptr_array_add(entries, mg_entry_new(number, line, column(select, 2)));
        }
        sqlite3_reset(select);
        return result == SQLITE_DONE || mg_sql_fail(db, "read the audit trail", error);
}

static gboolean is_in_time(const MgAuditQuery *query, const MgEntryFacts *facts) {
        return facts->time >= query->since && (query->until == 0 || facts->time < query->until);
}

/* name NULL is any. */
static gboolean has_word(const MgEntryFacts *facts, const char *name, const char *value) {
        for (guint i = 0; i + 1 < facts->words->len; i += 2)
                if ((!name || g_str_equal(g_ptr_array_index(facts->words, i), name)) &&
                    g_str_equal(g_ptr_array_index(facts->words, i + 1), value))
                        return TRUE;
        return FALSE;
}

/* Whether an act is about a mail: about it alone, or about many (act_receipts.h). */
static gboolean has_receipt(const MgEntryFacts *facts, const char *receipt) {
        for (guint i = 0; i + 1 < facts->words->len; i += 2) {
                g_auto(GStrv) receipts = NULL;

                if (!g_str_equal(g_ptr_array_index(facts->words, i), "receipts"))
                        continue;
                receipts = g_strsplit(g_ptr_array_index(facts->words, i + 1), "+", -1);
                if (g_strv_contains((const char *const *)receipts, receipt))
                        return TRUE;
        }
        return has_word(facts, "receipt", receipt);
}

gboolean mg_audit_matches(const MgAuditQuery *query, const char *about, const MgEntry *entry) {
        g_auto(MgEntryFacts) facts = {0};
        gboolean all = !query->actor && !query->act && !query->receipt && query->since == 0 && query->until == 0;

        if (query->whole || (all && !about))
                return TRUE;
        return mg_entry_read(entry, &facts) && is_in_time(query, &facts) &&
               (!query->actor || g_str_equal(query->actor, facts.actor)) &&
               (!query->act || g_str_equal(query->act, facts.act)) &&
               (!query->receipt || has_receipt(&facts, query->receipt)) && (!about || has_word(&facts, NULL, about));
}

/* The number of the first entry, from one number towards another, whose time the query asks for, or NO_ENTRY. */
static gboolean find_time(sqlite3 *db, const MgAuditQuery *query, gint64 from, gint64 to, gint64 *found,
                          GError **error) {
        const gint64 step = from <= to ? 1 : -1;

        *found = NO_ENTRY;
        for (gint64 at = from;; at += step) {
                g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);

                if (!mg_audit_page(db, at, to, SCAN_ENTRIES, entries, error))
                        return FALSE;
                for (guint i = 0; i < entries->len; i++) {
                        const MgEntry *entry = g_ptr_array_index(entries, i);
                        g_auto(MgEntryFacts) facts = {0};

                        at = entry->number;
                        if (!mg_entry_read(entry, &facts) || !is_in_time(query, &facts))
                                continue;
                        *found = at;
                        return TRUE;
                }
                if (entries->len < SCAN_ENTRIES || at == to)
                        return TRUE;
        }
}

/* The entry before the first of the span: where its chain begins. */
static gboolean find_before(sqlite3 *db, MgAuditSpan *span, GError **error) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);

        if (span->first == G_MININT64)
                return TRUE;
        if (!mg_audit_page(db, span->first - 1, G_MININT64, 1, entries, error))
                return FALSE;
        if (entries->len > 0) {
                const MgEntry *entry = g_ptr_array_index(entries, 0);
                gconstpointer kept;
                gsize n;

                span->before.number = entry->number;
                kept = g_bytes_get_data(entry->hash, &n);
                copy_hash(span->before.hash, kept, n);
        }
        return TRUE;
}

gboolean mg_audit_span(sqlite3 *db, const MgAuditQuery *query, MgAuditSpan *span, GError **error) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);

        *span = (MgAuditSpan){.first = 1};
        if (!mg_audit_head(db, &span->head, error) || !mg_audit_page(db, G_MININT64, G_MAXINT64, 1, entries, error))
                return FALSE;
        if (entries->len == 0)
                return TRUE;
        span->first = ((const MgEntry *)g_ptr_array_index(entries, 0))->number;
        span->last = span->head.number;
        if (query->whole && (!find_time(db, query, span->first, span->last, &span->first, error) ||
                             !find_time(db, query, span->last, span->first, &span->last, error)))
                return FALSE;
        if (span->first != NO_ENTRY)
                return find_before(db, span, error);
        *span = (MgAuditSpan){.head = span->head, .first = 1};
        return TRUE;
}
