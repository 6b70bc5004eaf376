/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: what is written follows from what was there; every change in the database is seen, at the entry
 * that was changed.
 */
#include "harness.h"

#include <string.h>

#include "base/audit_check.h"
#include "base/error.h"
#include "base/fd.h"
#include "store/audit.h"
#include "store/index.h"
#include "store/sql.h"

#define ENTRIES 8
#define TIME 1700000000

typedef struct Fixture {
        char *dir;
        MgMeter meter;
        MgVfs *vfs;
        MgIndex *index;
        sqlite3 *db;
} Fixture;

static void add(Fixture *fixture, MgActKind kind, const char *receipt, gint64 time) {
        const MgAct act = {.kind = kind, .time = time, .actor = "p:12", .words = {{"receipt", receipt}, {"x", "y/z"}}};
        g_autoptr(GError) error = NULL;

        g_assert_true(mg_audit_add(fixture->db, &act, &error));
        g_assert_no_error(error);
}

static void set_up(Fixture *fixture, gconstpointer data) {
        g_autofree char *path = NULL;

        fixture->dir = g_dir_make_tmp("mugai-audit-XXXXXX", NULL);
        path = g_build_filename(fixture->dir, "index.db", NULL);
        fixture->vfs = mg_vfs_new(&fixture->meter, NULL);
        fixture->index = mg_index_open(path, fixture->vfs, NULL);
        g_assert_nonnull(fixture->index);
        fixture->db = mg_index_db(fixture->index);
        for (guint i = 1; i <= ENTRIES; i++) {
                g_autofree char *receipt = g_strdup_printf("10000000%02u", i);

                add(fixture, i % 2 ? MG_ACT_SHOWN : MG_ACT_READ, receipt, TIME + i);
        }
}

static void tear_down(Fixture *fixture, gconstpointer data) {
        mg_index_free(fixture->index);
        mg_vfs_free(fixture->vfs);
        remove_tree(fixture->dir);
        g_free(fixture->dir);
}

static GPtrArray *all_of(Fixture *fixture) {
        GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);

        g_assert_true(mg_audit_page(fixture->db, G_MININT64, G_MAXINT64, 1000, entries, NULL));
        return entries;
}

/* What a check says of the trail as it is: the kind of break, and the entry's number. */
static MgBreak verdict(Fixture *fixture, GArray *anchors, gint64 *number) {
        g_autoptr(GPtrArray) entries = all_of(fixture);
        g_auto(MgAuditCheck) check = {0};
        guint i = 0;

        mg_audit_check_init(&check, anchors);
        while (i < entries->len && mg_audit_check_entry(&check, g_ptr_array_index(entries, i)))
                i++;
        g_assert_cmpint(mg_audit_check_end(&check), ==, check.fault == MG_BREAK_NONE);
        g_assert_cmpint(check.fault == MG_BREAK_NONE, ==, check.en == NULL);
        *number = check.number;
        return check.fault;
}

static void assert_verdict(Fixture *fixture, GArray *anchors, MgBreak fault, gint64 number) {
        gint64 named;

        g_assert_cmpstr(mg_break_name(verdict(fixture, anchors, &named)), ==, mg_break_name(fault));
        g_assert_cmpint(named, ==, number);
}

static void run(Fixture *fixture, const char *statements) {
        g_autoptr(GError) error = NULL;

        mg_sql_do(fixture->db, statements, &error);
        g_assert_no_error(error);
}

/* The first octets of an entry are known, and its hash is what anybody can compute. */
static void test_written(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) entries = all_of(fixture);
        const MgEntry *first = g_ptr_array_index(entries, 0);
        g_autofree char *line = g_strndup(g_bytes_get_data(first->line, NULL), g_bytes_get_size(first->line));
        g_autofree char *exported = mg_entry_export(first);
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        const guint8 zeros[32] = {0};
        g_autofree char *wanted = NULL;

        g_assert_cmpuint(entries->len, ==, ENTRIES);
        g_assert_cmpstr(line, ==,
                        "{\"number\":1,\"time\":1700000001,\"act\":\"shown\",\"actor\":\"p:12\","
                        "\"receipt\":\"1000000001\",\"x\":\"y/z\"}");
        g_checksum_update(sum, zeros, sizeof zeros);
        g_checksum_update(sum, (const guchar *)line, -1);
        wanted = g_strdup_printf("%.*s,\"hash\":\"%s\"}", (int)strlen(line) - 1, line, g_checksum_get_string(sum));
        g_assert_cmpstr(exported, ==, wanted);
        assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
}

static void test_facts(Fixture *fixture, gconstpointer data) {
        static const char *const none[] = {
                "",
                "{}",
                "{\"number\":1}",
                "{\"number\":,\"time\":2,\"act\":\"a\",\"actor\":\"b\"}",
                "{\"number\":1,\"time\":2,\"act\":\"a\",\"actor\":\"b\"",
                "{\"number\":1,\"time\":2,\"act\":\"a\",\"actor\":\"b\"} ",
                "{\"number\":1,\"time\":2,\"act\":\"a b\",\"actor\":\"b\"}",
                "{\"number\":1,\"time\":2,\"act\":\"a\",\"actor\":\"\"}",
                "{\"number\":1,\"time\":2,\"act\":\"a\",\"actor\":\"b\",}",
                "{\"number\":1,\"time\":2,\"act\":\"a\",\"actor\":\"b\",\"c\"}",
                "{\"number\":1,\"time\":2,\"act\":\"a\",\"actor\":\"b\",\"c\":\"d",
                "{\"number\":1111111111111111111,\"time\":2,\"act\":\"a\",\"actor\":\"b\"}",
        };
        g_autoptr(GPtrArray) entries = all_of(fixture);
        g_auto(MgEntryFacts) facts = {0};

        g_assert_true(mg_entry_read(g_ptr_array_index(entries, 1), &facts));
        g_assert_cmpint(facts.number, ==, 2);
        g_assert_cmpint(facts.time, ==, TIME + 2);
        g_assert_cmpstr(facts.act, ==, "read");
        g_assert_cmpstr(facts.actor, ==, "p:12");
        g_assert_cmpuint(facts.words->len, ==, 4);
        g_assert_cmpstr(g_ptr_array_index(facts.words, 1), ==, "1000000002");
        for (guint i = 0; i < G_N_ELEMENTS(none); i++) {
                g_autoptr(MgEntry) entry =
                        mg_entry_new(1, g_bytes_new_static(none[i], strlen(none[i])), g_bytes_new_static("", 0));
                g_auto(MgEntryFacts) read = {0};

                g_assert_false(mg_entry_read(entry, &read));
        }
}

/* What is no token never gets in: neither its octets nor a line that is longer than a reader takes. */
static void test_tokens(Fixture *fixture, gconstpointer data) {
        g_autofree char *much = g_strnfill(MG_CHAIN_LINE_MAX, 'a');
        const char *const bad[] = {"a@example.jp", "", "a b", "\"", "a\nb", "資料.pdf", "{", "\\", much};

        for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
                const MgAct acts[] = {
                        {.kind = MG_ACT_SHOWN, .actor = bad[i]},
                        {.kind = MG_ACT_SHOWN, .actor = "root", .words = {{bad[i], "x"}}},
                        {.kind = MG_ACT_SHOWN, .actor = "root", .words = {{"x", "y"}, {"x", bad[i]}}},
                };

                for (guint j = 0; j < G_N_ELEMENTS(acts); j++) {
                        g_autoptr(GError) error = NULL;

                        g_assert_false(mg_audit_add(fixture->db, &acts[j], &error));
                        g_assert_error(error, MG_ERROR, MG_ERROR_PROTOCOL);
                }
        }
        assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
}

/* Writes octets over one column of an entry, as whoever has the file could. */
static void overwrite(sqlite3_stmt *update, const guint8 *octets, gsize n, gint64 number) {
        mg_sql_bind_blob(update, 1, octets, n);
        sqlite3_bind_int64(update, 2, number);
        g_assert_cmpint(sqlite3_step(update), ==, SQLITE_DONE);
        sqlite3_reset(update);
}

static guint flip_all(Fixture *fixture, const char *statement, gint64 number, GBytes *kept) {
        g_autoptr(sqlite3_stmt) update = mg_sql_prepare(fixture->db, statement, NULL);
        g_autofree guint8 *octets = NULL;
        gsize n;
        gconstpointer was = g_bytes_get_data(kept, &n);

        octets = g_memdup2(was, n);
        for (gsize bit = 0; bit < n * 8; bit++) {
                octets[bit / 8] ^= (guint8)(1 << bit % 8);
                overwrite(update, octets, n, number);
                assert_verdict(fixture, NULL, MG_BREAK_ALTERED, number);
                octets[bit / 8] ^= (guint8)(1 << bit % 8);
        }
        overwrite(update, octets, n, number);
        return (guint)n * 8;
}

static void test_bits(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) entries = all_of(fixture);
        guint bits = 0;

        /* What is flipped need not be durable. */
        run(fixture, "BEGIN");
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = g_ptr_array_index(entries, i);

                bits += flip_all(fixture, "UPDATE audit SET entry = CAST(?1 AS TEXT) WHERE number = ?2", entry->number,
                                 entry->line);
                bits += flip_all(fixture, "UPDATE audit SET hash = ?1 WHERE number = ?2", entry->number, entry->hash);
        }
        assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
        run(fixture, "ROLLBACK");
        g_test_message("%u bits of %u entries", bits, entries->len);
        g_assert_cmpuint(bits, >, ENTRIES * 8 * 100);
}

/* Every bit of an entry's number: it is missing where it was, or another one is in the way of the database itself. */
static void test_numbers(Fixture *fixture, gconstpointer data) {
        for (guint bit = 0; bit < 64; bit++) {
                for (gint64 number = 1; number <= ENTRIES; number++) {
                        gint64 other = (gint64)((guint64)number ^ (guint64)1 << bit), named;
                        g_autofree char *change = g_strdup_printf("UPDATE audit SET number = %" G_GINT64_FORMAT
                                                                  " WHERE number = %" G_GINT64_FORMAT,
                                                                  other, number);
                        MgBreak fault;

                        run(fixture, "BEGIN");
                        if (!mg_sql_do(fixture->db, change, NULL)) {
                                g_assert_true(other >= 1 && other <= ENTRIES);
                                run(fixture, "ROLLBACK");
                                continue;
                        }
                        fault = verdict(fixture, NULL, &named);
                        g_assert_cmpint(fault, ==, other < 1 ? MG_BREAK_INSERTED : MG_BREAK_MISSING);
                        g_assert_cmpint(named, ==, other < 1 ? other : number);
                        run(fixture, "ROLLBACK");
                }
        }
}

/* statements -> what is wrong, and where. */
static void test_changes(Fixture *fixture, gconstpointer data) {
        static const struct {
                const char *statements;
                MgBreak fault;
                gint64 number;
        } rows[] = {
                {"DELETE FROM audit WHERE number = 1", MG_BREAK_MISSING, 1},
                {"DELETE FROM audit WHERE number = 4", MG_BREAK_MISSING, 4},
                {"DELETE FROM audit WHERE number IN (3, 4, 7)", MG_BREAK_MISSING, 3},
                /* Taken out and the gap closed. */
                {"DELETE FROM audit WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 5;"
                 "UPDATE audit SET number = 5 WHERE number = 6; UPDATE audit SET number = 6 WHERE number = 7;"
                 "UPDATE audit SET number = 7 WHERE number = 8",
                 MG_BREAK_ALTERED, 4},
                /* Two have changed places, with and without their hashes. */
                {"UPDATE audit SET number = 99 WHERE number = 5; UPDATE audit SET number = 5 WHERE number = 6;"
                 "UPDATE audit SET number = 6 WHERE number = 99",
                 MG_BREAK_ALTERED, 5},
                {"CREATE TEMP TABLE t AS SELECT number, entry FROM audit;"
                 "UPDATE audit SET entry = (SELECT entry FROM t WHERE t.number = 11 - audit.number)"
                 " WHERE number IN (5, 6); DROP TABLE t",
                 MG_BREAK_ALTERED, 5},
                /* Put in before all, at the end, and in the middle with room made for it. */
                {"INSERT INTO audit SELECT 0, entry, hash FROM audit WHERE number = 1", MG_BREAK_INSERTED, 0},
                {"INSERT INTO audit SELECT -7, entry, hash FROM audit WHERE number = 1", MG_BREAK_INSERTED, -7},
                {"INSERT INTO audit SELECT 9, entry, hash FROM audit WHERE number = 8", MG_BREAK_ALTERED, 9},
                {"INSERT INTO audit SELECT 10, entry, hash FROM audit WHERE number = 8", MG_BREAK_MISSING, 9},
                {"UPDATE audit SET number = -number WHERE number > 3;"
                 "UPDATE audit SET number = 1 - number WHERE number < 0;"
                 "INSERT INTO audit SELECT 4, entry, hash FROM audit WHERE number = 3",
                 MG_BREAK_ALTERED, 4},
                /* Values that are none. */
                {"UPDATE audit SET hash = x'' WHERE number = 6", MG_BREAK_ALTERED, 6},
                {"UPDATE audit SET hash = CAST(hash || x'00' AS BLOB) WHERE number = 6", MG_BREAK_ALTERED, 6},
                {"UPDATE audit SET entry = '' WHERE number = 6", MG_BREAK_ALTERED, 6},
                {"UPDATE audit SET entry = entry || CAST(zeroblob(100000) AS TEXT) WHERE number = 6", MG_BREAK_ALTERED,
                 6},
                {"UPDATE audit SET entry = entry || ' ' WHERE number = 8", MG_BREAK_ALTERED, 8},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                run(fixture, "BEGIN");
                run(fixture, rows[i].statements);
                assert_verdict(fixture, NULL, rows[i].fault, rows[i].number);
                run(fixture, "ROLLBACK");
        }
        assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
}

/* Anchors of these entries as the trail is now; 0 ends the list. */
static GArray *anchors_of(Fixture *fixture, const gint64 *numbers) {
        g_autoptr(GPtrArray) entries = all_of(fixture);
        g_autoptr(GString) log = g_string_new("Nov 26 10:00:00 gw mugai-store[1]: ready\n");

        for (; *numbers > 0; numbers++) {
                const MgEntry *entry = g_ptr_array_index(entries, *numbers - 1);
                MgAnchor anchor = {{.number = *numbers}, TIME};
                g_autofree char *line = NULL;

                memcpy(anchor.head.hash, g_bytes_get_data(entry->hash, NULL), MG_CHAIN_HASH);
                line = mg_anchor_line(&anchor);
                g_string_append_printf(log, "Nov 26 10:00:00 gw mugai-store[1]: %s\r\n", line);
        }
        return mg_audit_anchors(log->str);
}

/* Everything from a number on, written anew as the store itself would: the chain is whole again. */
static void rewrite_from(Fixture *fixture, gint64 number) {
        g_autofree char *cut = g_strdup_printf("DELETE FROM audit WHERE number >= %" G_GINT64_FORMAT, number);

        run(fixture, cut);
        for (gint64 i = number; i <= ENTRIES; i++)
                add(fixture, MG_ACT_SHOWN, "1999999999", TIME + i);
}

/* What the database alone cannot show: a trail that was cut, or written anew. */
static void test_anchors(Fixture *fixture, gconstpointer data) {
        static const gint64 numbers[] = {7, 3, 5, 5, 0}, none[] = {0};
        g_autoptr(GArray) empty = anchors_of(fixture, none), some = anchors_of(fixture, numbers);

        g_assert_cmpuint(empty->len, ==, 0);
        g_assert_cmpuint(some->len, ==, 4);
        assert_verdict(fixture, anchors_of(fixture, numbers), MG_BREAK_NONE, 0);
        /* cut off at the end: not seen without anchors, nor behind the last one */
        for (gint64 last = 0; last < ENTRIES; last++) {
                GArray *anchors = anchors_of(fixture, numbers);
                g_autofree char *cut = g_strdup_printf("DELETE FROM audit WHERE number > %" G_GINT64_FORMAT, last);

                run(fixture, "BEGIN");
                run(fixture, cut);
                assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
                assert_verdict(fixture, anchors, last < 7 ? MG_BREAK_MISSING : MG_BREAK_NONE, last < 7 ? last + 1 : 0);
                run(fixture, "ROLLBACK");
        }
        /* chained anew: the first of those that may be it is named */
        for (gint64 from = 1; from <= ENTRIES; from++) {
                static const gint64 named[] = {0, 1, 1, 1, 4, 4, 6, 6, 0};
                GArray *anchors = anchors_of(fixture, numbers);

                run(fixture, "BEGIN");
                rewrite_from(fixture, from);
                assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
                assert_verdict(fixture, anchors, named[from] ? MG_BREAK_ALTERED : MG_BREAK_NONE, named[from]);
                run(fixture, "ROLLBACK");
        }
}

/* After a restore the trail is another one from there on: anchors of what was lost are counted, not held against it.
 * Others still count, and so does every one where the act says it of an earlier time. */
static void test_restored(Fixture *fixture, gconstpointer data) {
        static const gint64 numbers[] = {3, 7, 8, 0};
        static const struct {
                gint64 from;
                gint64 time; /* of the act; the anchors are of TIME */
                MgBreak fault;
                gint64 number;
                guint lost;
        } rows[] = {{6, TIME, MG_BREAK_NONE, 0, 2},
                    {6, TIME + 5, MG_BREAK_NONE, 0, 2},
                    {8, TIME + 5, MG_BREAK_NONE, 0, 1},
                    {6, TIME - 1, MG_BREAK_MISSING, 7, 0},
                    {3, TIME + 5, MG_BREAK_NONE, 0, 3}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *cut =
                        g_strdup_printf("DELETE FROM audit WHERE number >= %" G_GINT64_FORMAT, rows[i].from);
                g_auto(MgAuditCheck) check = {0};
                g_autoptr(GPtrArray) entries = NULL;

                mg_audit_check_init(&check, anchors_of(fixture, numbers));
                run(fixture, "BEGIN");
                run(fixture, cut);
                add(fixture, MG_ACT_RESTORED, "1", rows[i].time);
                entries = all_of(fixture);
                for (guint j = 0; j < entries->len; j++)
                        mg_audit_check_entry(&check, g_ptr_array_index(entries, j));
                mg_audit_check_end(&check);
                g_assert_cmpint(check.fault, ==, rows[i].fault);
                g_assert_cmpint(check.number, ==, rows[i].number);
                g_assert_cmpuint(check.lost, ==, rows[i].lost);
                run(fixture, "ROLLBACK");
        }
}

/* Which numbers a span has and what stands before it. */
static void test_span(Fixture *fixture, gconstpointer data) {
        static const struct {
                gint64 since, until;
                gboolean whole;
                gint64 first, last, before;
        } rows[] = {
                {0, 0, FALSE, 1, 8, 0},
                {0, 0, TRUE, 1, 8, 0},
                {TIME + 3, TIME + 6, FALSE, 1, 8, 0},
                {TIME + 3, TIME + 6, TRUE, 3, 5, 2},
                {TIME + 8, 0, TRUE, 8, 8, 7},
                {0, TIME + 2, TRUE, 1, 1, 0},
                {TIME + 9, 0, TRUE, 1, 0, 0},
                {0, TIME, TRUE, 1, 0, 0},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgAuditQuery query = {.since = rows[i].since, .until = rows[i].until, .whole = rows[i].whole};
                MgAuditSpan span;

                g_assert_true(mg_audit_span(fixture->db, &query, &span, NULL));
                g_assert_cmpint(span.head.number, ==, ENTRIES);
                g_assert_cmpint(span.first, ==, rows[i].first);
                g_assert_cmpint(span.last, ==, rows[i].last);
                g_assert_cmpint(span.before.number, ==, rows[i].before);
        }
}

/* An entry whose time lies outside is within a span that has to be whole. */
static void test_span_gap(Fixture *fixture, gconstpointer data) {
        const MgAuditQuery query = {.since = TIME + 4, .until = TIME + 7, .whole = TRUE};
        MgAuditSpan span;

        add(fixture, MG_ACT_SHOWN, "1000000009", TIME + 100);
        add(fixture, MG_ACT_SHOWN, "1000000010", TIME + 6);
        g_assert_true(mg_audit_span(fixture->db, &query, &span, NULL));
        g_assert_cmpint(span.first, ==, 4);
        g_assert_cmpint(span.last, ==, 10);
}

static void test_empty(Fixture *fixture, gconstpointer data) {
        const MgAuditQuery query = {.whole = TRUE};
        MgAuditSpan span;

        run(fixture, "DELETE FROM audit");
        assert_verdict(fixture, NULL, MG_BREAK_NONE, 0);
        g_assert_true(mg_audit_span(fixture->db, &query, &span, NULL));
        g_assert_cmpint(span.head.number, ==, 0);
        g_assert_cmpint(span.first, ==, 1);
        g_assert_cmpint(span.last, ==, 0);
}

/* How many entries match, with the numbers joined. */
typedef struct Seen {
        GString *numbers;
        MgAuditSpan span;
} Seen;

static gboolean see_span(const MgAuditSpan *span, gpointer data, GError **error) {
        ((Seen *)data)->span = *span;
        return TRUE;
}

static gboolean see_entry(const MgEntry *entry, gpointer data, GError **error) {
        g_string_append_printf(((Seen *)data)->numbers, "%" G_GINT64_FORMAT " ", entry->number);
        return TRUE;
}

static char *ask(const Store *store, const MgAuditQuery *query) {
        const MgAuditFuncs funcs = {see_span, see_entry};
        const MgAsker asker = {.socket_path = store->socket};
        Seen seen = {.numbers = g_string_new(NULL)};
        g_autoptr(GError) error = NULL;

        g_assert_true(mg_audit_query(&asker, query, &funcs, &seen, &error));
        g_assert_no_error(error);
        return g_string_free(seen.numbers, FALSE);
}

/* The store as it is asked: filters, order, bounds; and that somebody asked stands in the trail. */
static void test_store(void) {
        g_autoptr(Store) store = store_new();
        g_autoptr(GPtrArray) receipts = g_ptr_array_new_with_free_func(g_free);
        const MgAuditQuery all = {.purpose = MG_ACT_VERIFIED};
        g_autofree char *numbers = NULL, *one = NULL, *newest = NULL, *none = NULL, *listed = NULL;

        for (guint i = 0; i < 3; i++) {
                g_autofree char *text = g_strdup_printf("%u", i);
                g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME + i);

                g_ptr_array_add(receipts, put_mail(store->socket, envelope, text, strlen(text), NULL));
        }
        numbers = ask(store, &all);
        g_assert_cmpstr(numbers, ==, "1 2 3 4 ");
        one = ask(
                store,
                &(MgAuditQuery){.purpose = MG_ACT_LISTED, .receipt = g_ptr_array_index(receipts, 1), .act = "decided"});
        g_assert_cmpstr(one, ==, "3 ");
        newest = ask(store, &(MgAuditQuery){.purpose = MG_ACT_LISTED,
                                            .act = "decided",
                                            .actor = "gateway",
                                            .newest_first = TRUE,
                                            .max = 2});
        g_assert_cmpstr(newest, ==, "4 3 ");
        none = ask(store, &(MgAuditQuery){.purpose = MG_ACT_LISTED, .actor = "p:1"});
        g_assert_cmpstr(none, ==, "");
        listed = ask(store, &(MgAuditQuery){.purpose = MG_ACT_LISTED, .act = "trail-listed"});
        g_assert_cmpstr(listed, ==, "6 7 8 ");
}

/* More than one page, in both directions and with a bound at every place of a page. */
static void test_pages(void) {
        g_autoptr(Store) store = store_new();
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);

        for (guint i = 0; i < 2 * MG_AUDIT_PAGE + 1; i++) {
                g_autofree char *text = g_strdup_printf("%u", i);
                g_autofree char *receipt = put_mail(store->socket, envelope, text, strlen(text), NULL);

                g_assert_nonnull(receipt);
        }
        for (guint max = 1; max <= 2 * MG_AUDIT_PAGE + 2; max++) {
                const MgAuditQuery query = {
                        .purpose = MG_ACT_LISTED, .act = "decided", .max = max, .newest_first = max % 2};
                g_autofree char *numbers = ask(store, &query);
                g_auto(GStrv) words = g_strsplit(g_strchomp(numbers), " ", -1);
                const guint wanted = MIN(max, 2 * MG_AUDIT_PAGE + 1);

                g_assert_cmpuint(g_strv_length(words), ==, wanted);
                for (guint i = 0; i < wanted; i++)
                        g_assert_cmpint(g_ascii_strtoll(words[i], NULL, 10), ==,
                                        max % 2 ? 2 * MG_AUDIT_PAGE + 2 - i : i + 2);
        }
}

/* The entries of a store as lines, from the first that is no mail's and no start on. */
static gboolean see_line(const MgEntry *entry, gpointer data, GError **error) {
        GString *all = data;
        g_auto(MgEntryFacts) facts = {0};

        g_assert_true(mg_entry_read(entry, &facts));
        if (g_str_equal(facts.act, "decided") || g_str_equal(facts.act, "trail-listed"))
                return TRUE;
        g_string_append_printf(all, "%s %s", facts.actor, facts.act);
        for (guint i = 0; i + 1 < facts.words->len; i += 2)
                g_string_append_printf(all, " %s=%s", (const char *)g_ptr_array_index(facts.words, i),
                                       (const char *)g_ptr_array_index(facts.words, i + 1));
        g_string_append_c(all, '\n');
        return TRUE;
}

static char *lines_of(const Store *store, const char *about) {
        const MgAuditFuncs funcs = {.entry = see_line};
        const MgAuditQuery query = {.purpose = MG_ACT_LISTED, .about = about};
        const MgAsker asker = {.socket_path = store->socket};
        GString *all = g_string_new(NULL);

        g_assert_true(mg_audit_query(&asker, &query, &funcs, all, NULL));
        return g_string_free(all, FALSE);
}

static gboolean see_record(const MgRecord *record, gpointer data) {
        return TRUE;
}

/* What a person sees of mail is in the trail, with the receipt; what was searched for only as a digest. */
static void test_reads(void) {
        g_autoptr(Store) store = store_new();
        const MgAsker asker = {.socket_path = store->socket};
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);
        g_autofree char *receipt = put_mail(store->socket, envelope, "text", 4, NULL);
        const MgQuery query = {.from = "A@example", .queue_id = "Q"}, nothing = {.to = "nobody@"};
        const MgQuery all = {.subject = "会計",
                             .name = "pdf",
                             .host = "example",
                             .words = (const char *const[]){"a", "b", NULL},
                             .sha256 = (const guint8[MG_QUERY_DIGEST]){1},
                             .receipt = receipt};
        g_autofree char *lines = NULL, *wanted = NULL, *found = NULL, *other = NULL;
        g_autoptr(MgRecord) record = mg_store_show(&asker, receipt, NULL);
        g_autoptr(GRegex) digest = g_regex_new("h:[0-9a-f]{32}", 0, 0, NULL);
        g_autoptr(MgRecord) none = NULL;
        gboolean sealed;
        mg_autofd original = mg_store_get(&asker, receipt, &sealed, NULL);

        g_assert_nonnull(record);
        g_assert_cmpint(original, >=, 0);
        none = mg_store_show(&asker, "3000000999", NULL);
        g_assert_null(none);
        g_assert_true(mg_store_query(&asker, &query, see_record, NULL, NULL, NULL));
        g_assert_true(mg_store_query(&asker, &nothing, see_record, NULL, NULL, NULL));
        g_assert_true(mg_store_query(&asker, &all, see_record, NULL, NULL, NULL));
        lines = lines_of(store, NULL);
        wanted = g_strdup_printf("gateway started version=" MG_VERSION "\n"
                                 "root shown receipt=%s\n"
                                 "root read receipt=%s as=original\n"
                                 "root refused what=show why=missing receipt=3000000999\n"
                                 "root searched from=h queue-id=h\n"
                                 "root found rows=1\n"
                                 "root searched to=h\n"
                                 "root searched subject=h name=h host=h word=h word-2=h sha256=h receipt=%s\n",
                                 receipt, receipt, receipt);
        other = g_regex_replace_literal(digest, lines, -1, 0, "h", 0, NULL);
        g_assert_cmpstr(other, ==, wanted);
        g_assert_null(strstr(lines, "example"));
        found = lines_of(store, "a@EXAMPLE");
        g_assert_true(g_str_has_prefix(found, "root searched from=h:"));
        g_assert_cmpint(strchr(found, '\n')[1], ==, '\0');
        /* The key of digests outlives the process. */
        g_assert_cmpint(store_drain(store), ==, 0);
        g_assert_true(store_start(store, NULL));
        g_free(other);
        other = lines_of(store, "a@example");
        g_assert_cmpstr(other, ==, found);
}

/* A store whose trail cannot be written hands nothing out. */
static void test_no_record_no_answer(void) {
        Shared *shared = store_shared();
        g_autoptr(Store) store = store_new();
        const MgAsker asker = {.socket_path = store->socket};
        g_autoptr(MgEnvelope) envelope = envelope_of("Q", "a@example.jp", "b@example.jp", TIME);
        g_autofree char *receipt = put_mail(store->socket, envelope, "text", 4, NULL);
        g_autoptr(MgRecord) record = NULL;
        const MgQuery query = {0};
        g_autoptr(GError) error = NULL;
        gboolean sealed;

        g_atomic_int_set(&shared->fail_at, g_atomic_int_get(&shared->syncs) + 1);
        record = mg_store_show(&asker, receipt, &error);
        g_assert_null(record);
        g_assert_nonnull(error);
        g_clear_error(&error);
        g_atomic_int_set(&shared->fail_at, g_atomic_int_get(&shared->syncs) + 1);
        g_assert_cmpint(mg_store_get(&asker, receipt, &sealed, &error), ==, -1);
        g_assert_nonnull(error);
        g_clear_error(&error);
        g_atomic_int_set(&shared->fail_at, g_atomic_int_get(&shared->syncs) + 1);
        g_assert_false(mg_store_query(&asker, &query, see_record, NULL, NULL, &error));
        g_assert_nonnull(error);
        g_clear_error(&error);
        record = mg_store_show(&asker, receipt, &error);
        g_assert_no_error(error);
        g_assert_nonnull(record);
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(Fixture *fixture, gconstpointer data);
        } rows[] = {{"/store/audit/written", test_written}, {"/store/audit/facts", test_facts},
                    {"/store/audit/tokens", test_tokens},   {"/store/audit/bits", test_bits},
                    {"/store/audit/numbers", test_numbers}, {"/store/audit/changes", test_changes},
                    {"/store/audit/anchors", test_anchors}, {"/store/audit/restored", test_restored},
                    {"/store/audit/span", test_span},       {"/store/audit/gap", test_span_gap},
                    {"/store/audit/empty", test_empty}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add(rows[i].name, Fixture, NULL, set_up, rows[i].func, tear_down);
        g_test_add_func("/store/audit/store", test_store);
        g_test_add_func("/store/audit/pages", test_pages);
        g_test_add_func("/store/audit/reads", test_reads);
        g_test_add_func("/store/audit/no-record-no-answer", test_no_record_no_answer);
        return g_test_run();
}
