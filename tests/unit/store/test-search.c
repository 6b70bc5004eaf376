/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches: what is found is what stands in the rows, whether their terms are written or pending; nothing outlives a
 * row; a row that cannot be read stops nothing.
 */
#include "crowd.h"
#include "index_fixture.h"

#include <sqlite3.h>
#include <string.h>

#include "base/receipt.h"
#include "store/domains.h"
#include "store/fold.h"
#include "store/posting.h"
#include "store/search.h"

#define SEGMENT MG_SEGMENT_MAILS

static void run_sql(Fixture *fixture, const char *text) {
        char *fault = NULL;

        sqlite3_exec(mg_index_db(fixture->index), text, NULL, NULL, &fault);
        g_assert_cmpstr(fault, ==, NULL);
}

static gint64 number_of(Fixture *fixture, const char *text) {
        sqlite3_stmt *statement;
        gint64 number;

        g_assert_cmpint(sqlite3_prepare_v2(mg_index_db(fixture->index), text, -1, &statement, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
        number = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        return number;
}

/* Puts records, which may have no receipt, in one transaction. */
static void put_records(Fixture *fixture, GPtrArray *records) {
        g_assert_true(mg_index_begin(fixture->index, NULL));
        for (guint i = 0; i < records->len; i++) {
                MgRecord *record = g_ptr_array_index(records, i);
                g_autoptr(GError) error = NULL;
                guint8 key[32];
                const guint8 *kept = *record->receipt ? key : NULL;
                gboolean retry;

                crowd_digest(g_str_hash(record->receipt), key);
                mg_index_put(fixture->index, record, kept, kept, (char *[]){"", NULL}, &retry, &error);
                g_assert_no_error(error);
        }
        g_assert_true(mg_index_commit(fixture->index, NULL));
}

/* Rows that no query of these tests means, older than all others, until the first segment is full. */
static void fill_segment(Fixture *fixture) {
        gint64 rows = number_of(fixture, "SELECT max(id) FROM mail");
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

        for (gint64 i = rows; i < SEGMENT; i++) {
                MgRecord *record = mg_record_new();

                record->outcome = MG_OUTCOME_REFUSED;
                g_ptr_array_add(record->envelope->rcpts, g_strdup("-"));
                g_ptr_array_add(records, record);
        }
        put_records(fixture, records);
}

/* Writes all segments that are full; says how many. */
static guint write_terms(Fixture *fixture) {
        gboolean wrote = TRUE;
        guint n;

        for (n = 0; wrote; n += wrote ? 1 : 0) {
                g_autoptr(GError) error = NULL;

                mg_index_write_postings(fixture->index, &wrote, &error);
                g_assert_no_error(error);
        }
        return n;
}

/* The queue ids that are found, in pages of so many, each with a blank after it. */
static char *found(Fixture *fixture, const MgQuery *query, guint page, guint32 *unreadable) {
        g_autoptr(MgSearch) search = mg_search_new(fixture->lookup, query, NULL);
        GString *all = g_string_new(NULL);
        guint n = page;

        while (n == page) {
                g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
                g_autoptr(GError) error = NULL;

                mg_search_next(search, page, records, &error);
                g_assert_no_error(error);
                for (n = 0; n < records->len; n++) {
                        const MgRecord *record = g_ptr_array_index(records, n);

                        g_string_append_printf(all, "%s ", record->envelope->queue_id);
                }
        }
        if (unreadable)
                *unreadable = mg_search_unreadable(search);
        return g_string_free(all, FALSE);
}

static void assert_found(Fixture *fixture, const MgQuery *query, const char *want) {
        g_autofree char *ids = found(fixture, query, 3, NULL);

        if (!g_str_equal(ids, want))
                g_test_message("of subject %s, or words %s", query->subject, query->words ? query->words[0] : NULL);
        g_assert_cmpstr(ids, ==, want);
}

static void assert_word(Fixture *fixture, const char *word, const char *want) {
        const char *const words[] = {word, NULL};

        assert_found(fixture, &(MgQuery){.words = words}, want);
}

/* --- spelling
 * ----------------------------------------------------------------------------------------------------- */

/* The short way of the plain characters says the same as the tables. */
static void test_fold_plain(void) {
        for (gunichar c = 1; c < 0x20000; c++) {
                char text[8] = {0};
                g_autofree char *composed = NULL, *cased = NULL, *folded = NULL;

                if (!g_unichar_validate(c))
                        continue;
                g_unichar_to_utf8(c, text);
                composed = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
                cased = g_utf8_casefold(composed, -1);
                folded = mg_fold(text);
                if (g_utf8_get_char(cased) < 0x3041 || g_utf8_get_char(cased) > 0x309e)
                        g_assert_cmpstr(folded, ==, cased);
        }
}

static void test_fold(void) {
        static const char *const rows[][2] = {
                {"Tanaka@EXAMPLE.jp", "tanaka@example.jp"},
                {"ＡＢＣ１２３", "abc123"},
                {"ｶﾀﾛｸﾞ", "カタログ"},
                {"かたろぐ", "カタログ"},
                {"か\u3099", "ガ"},
                {"いすゞ", "イスヾ"},
                {"㈱①", "(株)1"},
                {"会計", "会計"},
                {"Ä", "ä"},
                {"", ""},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *folded = mg_fold(rows[i][0]);

                g_assert_cmpstr(folded, ==, rows[i][1]);
        }
}

/* --- fields
 * ------------------------------------------------------------------------------------------------------- */

static void set(char **field, const char *value) {
        g_free(*field);
        *field = g_strdup(value);
}

/* A mail of serial n, received at 1000 + n, with one file of two names. */
static MgRecord *mail_of(guint n, const char *queue_id, const char *from, const char *rcpts, const char *subject,
                         const char *name, const char *other) {
        g_autoptr(MgEnvelope) envelope = envelope_of(queue_id, from, "soumu@city.example.lg.jp", 1000 + n);
        MgRecord *record = record_of(envelope, MG_OUTCOME_CONVERTED);
        MgFacts *facts = g_ptr_array_index(record->reading->parts, 0);
        g_auto(GStrv) all = g_strsplit(rcpts, " ", -1);

        record->receipt = (g_free(record->receipt), mg_receipt_make(1, n));
        for (guint i = 0; all[i]; i++)
                g_ptr_array_add(record->envelope->rcpts, g_strdup(all[i]));
        g_ptr_array_set_size(record->reading->values, 0);
        mg_reading_add_value(record->reading, MG_FIELD_SUBJECT, subject, NULL);
        set(&facts->name, name);
        if (other)
                g_ptr_array_add(facts->names, g_strdup(other));
        g_ptr_array_add(record->reading->link_hosts, g_strdup_printf("www%u.link.invalid", n));
        crowd_digest(n, facts->sha256);
        crowd_digest(1000 + n, record->sha256);
        return record;
}

static void put_mails(Fixture *fixture) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        MgRecord *failed;

        g_ptr_array_add(records, mail_of(1, "A", "Tanaka@Shop.example", "zaisei@city.example.lg.jp", "会計の件",
                                         "会計.XLSX", "kaikei.xlsx.exe"));
        g_ptr_array_add(records, mail_of(2, "B", "100%_sure@example.com", "z_z@city.example.lg.jp", "ｶﾀﾛｸﾞ１００％",
                                         "back\\slash.zip", NULL));
        g_ptr_array_add(records, mail_of(3, "C", "", "田中@city.example.lg.jp", "田中様 御中", "議事録.pdf", NULL));
        failed = mail_of(4, "D", "abc@example.org", "def@city.example.lg.jp", "会議と計画", "", NULL);
        failed->outcome = failed->decision->outcome = MG_OUTCOME_FAILED;
        failed->scan.verdict = MG_SCAN_INFECTED;
        ((MgRecord *)records->pdata[0])->scan.verdict = MG_SCAN_CLEAN;
        g_ptr_array_add(records, failed);
        put_records(fixture, records);
}

static void assert_words(Fixture *fixture) {
        static const char *const rows[][2] = {
                {"会計", "A "},       {"計会", ""},
                {"会", "D A "},       {"計", "D A "},
                {"件", "A "},         {"田中", "C "},
                {"カタログ", "B "},   {"かたろぐ", "B "},
                {"ｶﾀﾛｸﾞ", "B "},      {"ガ", ""},
                {"100%", "B "},       {"%", "B "},
                {"_", "B "},          {"\\", "B "},
                {"tanaka", "A "},     {"TANAKA@SHOP", "A "},
                {"kaikei", "A "},     {"xlsx", "A "},
                {".exe", "A "},       {"example", "D C B A "},
                {"議事録.pdf", "C "}, {"議事録．ＰＤＦ", "C "},
                {"様 御", "C "},      {"c@e", "D "},
                {"' OR 1=1 --", ""},  {"abcdef", ""},
                {"orgdef", ""},       {"龍宮城", ""},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                assert_word(fixture, rows[i][0], rows[i][1]);
}

static void assert_queries(Fixture *fixture) {
        guint8 file[32], mail[32], none[32];
        g_autofree char *receipt = mg_receipt_make(1, 3);
        const struct {
                MgQuery query;
                const char *found;
        } rows[] = {
                {{.words = (const char *const[]){"会計", "tanaka", NULL}}, "A "},
                {{.words = (const char *const[]){"会計", "abc", NULL}}, ""},
                {{.from = "田中"}, ""},
                {{.to = "田中"}, "C "},
                {{.subject = "田中"}, "C "},
                {{.name = "会計"}, "A "},
                {{.name = "会議"}, ""},
                {{.host = "www2.link"}, "B "},
                {{.host = "LINK.INVALID"}, "D C B A "},
                {{.host = "shop"}, ""},
                {{.subject = "会", .since = 1002}, "D "},
                {{.subject = "会", .until = 1004}, "A "},
                {{.subject = "会", .outcomes = 1u << MG_OUTCOME_FAILED}, "D "},
                {{.outcomes = 1u << MG_OUTCOME_FAILED}, "D "},
                {{.outcomes = 1u << MG_OUTCOME_FAILED | 1u << MG_OUTCOME_CONVERTED}, "D C B A "},
                {{.outcomes = 1u << MG_OUTCOME_DEFERRED}, ""},
                {{.scans = 1u << MG_SCAN_INFECTED}, "D "},
                {{.scans = 1u << MG_SCAN_INFECTED | 1u << MG_SCAN_CLEAN}, "D A "},
                {{.scans = 1u << MG_SCAN_UNSCANNED}, ""},
                {{.scans = 1u << MG_SCAN_CLEAN, .outcomes = 1u << MG_OUTCOME_FAILED}, ""},
                {{.sha256 = file}, "B "},
                {{.sha256 = mail}, "C "},
                {{.sha256 = none}, ""},
                {{.sha256 = file, .subject = "会計"}, ""},
                {{.receipt = receipt}, "C "},
                {{.receipt = receipt, .from = "tanaka"}, ""},
                {{.queue_id = "C"}, "C "},
                {{.queue_id = "C", .sha256 = file}, ""},
                {{.kept_only = TRUE}, "D C B A "},
        };

        crowd_digest(2, file);
        crowd_digest(1003, mail);
        crowd_digest(99, none);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                assert_found(fixture, &rows[i].query, rows[i].found);
}

/* Pending, written, and pending again. */
static void test_fields(Fixture *fixture, gconstpointer data) {
        put_mails(fixture);
        assert_words(fixture);
        assert_queries(fixture);
        g_assert_cmpuint(write_terms(fixture), ==, 0);
        fill_segment(fixture);
        g_assert_cmpuint(write_terms(fixture), ==, 1);
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM posting WHERE segment = 0"), >, 100);
        assert_words(fixture);
        assert_queries(fixture);
        run_sql(fixture, "UPDATE mail SET record = record WHERE id = 1000");
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM posting"), ==, 0);
        assert_words(fixture);
        assert_queries(fixture);
}

/* Only mail to one of the addresses, however it is spelt. */
static void test_own(Fixture *fixture, gconstpointer data) {
        static char *const own[] = {"nobody@example.jp", "ZAISEI@city.example.lg.jp", "def@city.example.lg.jp", NULL};
        static char *const part[] = {"zaisei@city.example.lg", NULL}, *const nobody[] = {NULL};
        static const struct {
                char *const *own;
                guint found;
        } rows[] = {{own, 2}, {part, 0}, {nobody, 0}, {NULL, 4}};

        put_mails(fixture);
        for (guint pass = 0; pass < 2; pass++) {
                for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                        const MgQuery query = {.kept_only = TRUE};
                        g_autoptr(MgSearch) search = mg_search_new(fixture->lookup, &query, rows[i].own);
                        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

                        g_assert_true(mg_search_next(search, 10, records, NULL));
                        g_assert_cmpuint(records->len, ==, rows[i].found);
                }
                fill_segment(fixture);
                write_terms(fixture);
        }
}

/* Queue ids of what is found within an organization, newest first. */
static char *found_within(Fixture *fixture, const MgQuery *query, const char *organization, gint64 since) {
        g_autoptr(MgSearch) search = mg_search_new(fixture->lookup, query, NULL);
        g_autoptr(GString) ids = g_string_new(NULL);

        mg_search_within(search, organization, since);
        for (guint got = 1; got > 0;) {
                g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

                g_assert_true(mg_search_next(search, 1, records, NULL));
                got = records->len;
                for (guint i = 0; i < got; i++)
                        g_string_append(ids, ((MgRecord *)g_ptr_array_index(records, i))->envelope->queue_id);
        }
        return g_string_free(g_steal_pointer(&ids), FALSE);
}

/* Of mail after a moment the rows say whose it is; what came before is looked at whoever it is of. */
static void test_within(Fixture *fixture, gconstpointer data) {
        const MgQuery all = {.kept_only = TRUE}, words = {.words = (const char *const[]){"会", NULL}};
        const gint64 first = number_of(fixture, "SELECT 0");
        gint64 second;

        put_mails(fixture);
        run_sql(fixture, "UPDATE mail_organization SET organization = 'ward' WHERE mail IN"
                         " (SELECT id FROM mail WHERE queue_id IN ('B', 'D'))");
        second = number_of(fixture, "SELECT time FROM mail WHERE queue_id = 'A'");
        const struct {
                const MgQuery *query;
                const char *organization;
                gint64 since;
                const char *found;
        } rows[] = {
                {&all, "ward", first, "DB"},    {&all, "ward", second, "DBA"}, {&all, "ward", G_MAXINT64, "DCBA"},
                {&all, "", first, "CA"},        {&all, "gone", first, ""},     {&words, "ward", first, "D"},
                {&words, "ward", second, "DA"}, {&words, "", first, "A"},      {&all, NULL, 0, "DCBA"},
        };

        for (guint pass = 0; pass < 2; pass++) {
                for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                        g_autofree char *ids =
                                found_within(fixture, rows[i].query, rows[i].organization, rows[i].since);

                        g_test_message("%u: %s", i, ids);
                        g_assert_cmpstr(ids, ==, rows[i].found);
                }
                if (pass == 0)
                        write_terms(fixture);
        }
}

/* Since when the rows say what the configuration says: from when that was noted, and anew with other domains. */
static void test_domains(Fixture *fixture, gconstpointer data) {
        g_autoptr(MgOrganizations) none = mg_organizations_new(), town = mg_organizations_new();
        MgOrganization *added = mg_organizations_add(town, "town");
        sqlite3 *db = mg_index_db(fixture->index);

        g_free(added->domains);
        added->domains = g_strdup("town.example.jp");
        g_assert_cmpint(mg_domains_since(db, none), ==, G_MAXINT64);
        g_assert_true(mg_domains_note(db, none, 1000, NULL));
        g_assert_true(mg_domains_note(db, none, 2000, NULL));
        g_assert_cmpint(mg_domains_since(db, none), ==, 1000);
        g_assert_cmpint(mg_domains_since(db, town), ==, G_MAXINT64);
        g_assert_true(mg_domains_note(db, town, 3000, NULL));
        g_assert_cmpint(mg_domains_since(db, town), ==, 3000);
        g_assert_cmpint(mg_domains_since(db, none), ==, G_MAXINT64);
        /* Mail that a wrong clock has put into the future. */
        put_mails(fixture);
        run_sql(fixture, "UPDATE mail SET time = 5000000000 WHERE queue_id = 'A'");
        g_assert_true(mg_domains_note(db, none, 4000, NULL));
        g_assert_cmpint(mg_domains_since(db, none), ==, 5000000000);
}

/* --- against a look at every row
 * ---------------------------------------------------------------------------------- */

static gboolean has_text(const MgRecord *record, const char *word) {
        g_autoptr(GString) all = g_string_new(record->envelope->from);

        for (guint i = 0; i < record->envelope->rcpts->len; i++)
                g_string_append_printf(all, "\n%s", (char *)g_ptr_array_index(record->envelope->rcpts, i));
        for (guint i = 0; i < record->reading->parts->len; i++)
                g_string_append_printf(all, "\n%s", ((MgFacts *)g_ptr_array_index(record->reading->parts, i))->name);
        for (guint i = 0; i < record->reading->link_hosts->len; i++)
                g_string_append_printf(all, "\n%s", (char *)g_ptr_array_index(record->reading->link_hosts, i));
        g_string_append_printf(all, "\n%s", mg_reading_value(record->reading, MG_FIELD_SUBJECT)->text);
        return strstr(all->str, word) != NULL;
}

/* For words that no other spelling has. */
static char *expected(const GPtrArray *mails, const char *word, const char *other) {
        GString *all = g_string_new(NULL);

        for (guint i = mails->len; i > 0; i--) {
                const MgRecord *record = g_ptr_array_index(mails, i - 1);

                if (has_text(record, word) && has_text(record, other))
                        g_string_append_printf(all, "%s ", record->envelope->queue_id);
        }
        return g_string_free(all, FALSE);
}

/* A part of some text of some mail, mostly short. */
static char *part_of(GRand *rand, const GPtrArray *mails) {
        const MgRecord *record = g_ptr_array_index(mails, (guint)g_rand_int_range(rand, 0, (gint)mails->len));
        const char *text = g_rand_boolean(rand) ? record->envelope->from
                                                : mg_reading_value(record->reading, MG_FIELD_SUBJECT)->text;
        glong n = g_utf8_strlen(text, -1), from = g_rand_int_range(rand, 0, (gint)n);
        glong to = from + g_rand_int_range(rand, 1, 5);

        return g_utf8_substring(text, from, MIN(n, to));
}

#define CROWD (2 * SEGMENT + 500)
#define QUERIES 200

static void test_crowd(Fixture *fixture, gconstpointer data) {
        g_autoptr(Crowd) crowd = crowd_new(7);
        g_autoptr(GPtrArray) mails = crowd_batch(crowd, CROWD);
        g_autoptr(GRand) rand = g_rand_new_with_seed(7);

        put_records(fixture, mails);
        g_assert_cmpuint(write_terms(fixture), ==, 2);
        for (guint i = 0; i < QUERIES; i++) {
                g_autofree char *word = part_of(rand, mails), *other = part_of(rand, mails);
                const char *const words[] = {word, i % 2 ? other : NULL, NULL};
                g_autofree char *want = NULL, *ids = NULL;

                if (g_regex_match_simple("[A-Zぁ-ん]", word, 0, 0) || g_regex_match_simple("[A-Zぁ-ん]", other, 0, 0))
                        continue;
                want = expected(mails, word, i % 2 ? other : "");
                ids = found(fixture, &(MgQuery){.words = words}, 1 + i % 90, NULL);
                g_assert_cmpstr(ids, ==, want);
        }
}

/* So many mails come into question that the oldest are looked into only when they are met: one of their rows was
 * changed by then, and its terms are away. */
static void test_many(Fixture *fixture, gconstpointer data) {
        g_autoptr(Crowd) crowd = crowd_new(7);
        g_autoptr(GPtrArray) mails = crowd_batch(crowd, 6 * SEGMENT + 10);
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        const MgRecord *from = g_ptr_array_index(mails, 100), *to = g_ptr_array_index(mails, 200);
        const MgQuery all = {.to = "city.mihon"};
        const MgQuery some = {.to = "city.mihon", .since = from->envelope->time, .until = to->envelope->time};
        g_autoptr(MgSearch) search = mg_search_new(fixture->lookup, &all, NULL);
        g_autofree char *ids = NULL, *want = NULL;

        put_records(fixture, mails);
        g_assert_cmpuint(write_terms(fixture), ==, 6);
        g_assert_true(mg_search_next(search, 1000, records, NULL));
        run_sql(fixture, "UPDATE mail SET record = record WHERE id = 500");
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM pending WHERE segment = 0"), ==, 1);
        for (guint before = 0; records->len > before;) {
                before = records->len;
                g_assert_true(mg_search_next(search, 1000, records, NULL));
        }
        g_assert_cmpuint(records->len, ==, mails->len);
        ids = found(fixture, &some, 33, NULL);
        g_ptr_array_set_size(mails, 200);
        g_ptr_array_remove_range(mails, 0, 100);
        want = expected(mails, "mihon", "");
        g_assert_cmpstr(ids, ==, want);
}

/* --- erasing
 * ------------------------------------------------------------------------------------------------------ */

/* Whether the octets stand in the database or its log. */
static gboolean is_on_disk(Fixture *fixture, gconstpointer octets, gsize n) {
        static const char *const suffixes[] = {"", "-wal"};

        for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
                g_autofree char *path = g_strconcat(fixture->path, suffixes[i], NULL);
                g_autofree char *content = NULL;
                gsize length;

                if (g_file_get_contents(path, &content, &length, NULL) && memmem(content, length, octets, n))
                        return TRUE;
        }
        return FALSE;
}

/* 鰑龘 in the field subject, as SQLite writes the number: six octets, most significant first. */
static void rare_term(guint8 octets[6]) {
        guint64 term = ((guint64)0x9c11 << 21 | 0x9f98) << 3 | MG_SEARCH_subject;

        for (guint i = 0; i < 6; i++)
                octets[i] = (guint8)(term >> (40 - 8 * i));
}

static gint64 rare_postings(Fixture *fixture) {
        return number_of(fixture, "SELECT count(*) FROM posting WHERE term >> 24 IN (0x9c11, 0x9f98)");
}

static void assert_erased(Fixture *fixture) {
        guint8 term[6];

        rare_term(term);
        assert_word(fixture, "鰑龘", "");
        assert_words(fixture);
        g_assert_cmpint(rare_postings(fixture), ==, 0);
        g_assert_true(mg_index_checkpoint(fixture->index, TRUE, NULL));
        g_assert_false(is_on_disk(fixture, term, sizeof term));
        g_assert_false(is_on_disk(fixture, "鰑龘", strlen("鰑龘")));
}

/* At once, and after the rest was made searchable again. */
static void test_erase(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        guint8 term[6];

        rare_term(term);
        put_mails(fixture);
        g_ptr_array_add(records, mail_of(5, "E", "-@-", "-@-", "鰑龘", "", NULL));
        put_records(fixture, records);
        fill_segment(fixture);
        g_assert_cmpuint(write_terms(fixture), ==, 1);
        assert_word(fixture, "鰑龘", "E ");
        g_assert_cmpint(rare_postings(fixture), ==, 2);
        g_assert_true(is_on_disk(fixture, term, sizeof term));
        run_sql(fixture, "DELETE FROM mail WHERE queue_id = 'E'");
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM posting"), ==, 0);
        assert_erased(fixture);
        g_assert_cmpuint(write_terms(fixture), ==, 1);
        assert_erased(fixture);
}

static gboolean is_right(Fixture *fixture, gint64 segment) {
        g_autoptr(GError) error = NULL;
        gboolean right;

        g_assert_true(mg_posting_check(mg_index_db(fixture->index), segment, &right, &error));
        g_assert_no_error(error);
        return right;
}

/* Postings that were written are right; with any of them changed, taken away or added they are not. */
static void test_check(Fixture *fixture, gconstpointer data) {
        static const char *const changes[] = {
                "DELETE FROM posting WHERE term = (SELECT min(term) FROM posting)",
                "DELETE FROM posting WHERE term = (SELECT max(term) FROM posting)",
                "DELETE FROM posting",
                "INSERT INTO posting VALUES(0, 1, x'0000')",
                "UPDATE posting SET mails = x'0100' WHERE term = (SELECT max(term) FROM posting)",
                "UPDATE posting SET term = term + 1 WHERE term = (SELECT max(term) FROM posting)",
                "UPDATE mail SET subject = subject, record = (SELECT record FROM mail WHERE id = 2) WHERE id = 1;"
                "DELETE FROM pending WHERE segment = 0",
        };

        put_mails(fixture);
        g_assert_true(is_right(fixture, 0));
        fill_segment(fixture);
        g_assert_cmpuint(write_terms(fixture), ==, 1);
        g_assert_true(is_right(fixture, 0));
        g_assert_true(is_right(fixture, 1));
        for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
                run_sql(fixture, changes[i]);
                g_assert_false(is_right(fixture, 0));
                g_assert_true(mg_posting_forget(mg_index_db(fixture->index), 0, NULL));
                g_assert_true(is_right(fixture, 0));
                g_assert_cmpuint(write_terms(fixture), ==, 1);
                g_assert_true(is_right(fixture, 0));
        }
}

/* A mail that comes again may be read otherwise. */
static void test_retry(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) again = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

        put_mails(fixture);
        fill_segment(fixture);
        write_terms(fixture);
        assert_word(fixture, "会計", "A ");
        g_ptr_array_add(again,
                        mail_of(1, "A2", "Tanaka@Shop.example", "zaisei@city.example.lg.jp", "予算の件", "", NULL));
        put_records(fixture, again);
        for (guint pass = 0; pass < 2; pass++) {
                assert_word(fixture, "会計", "");
                assert_word(fixture, "予算", "A2 ");
                assert_found(fixture, &(MgQuery){.queue_id = "A"}, "A2 ");
                g_assert_cmpuint(write_terms(fixture), ==, pass == 0 ? 1 : 0);
        }
}

/* The id of a row that is gone is given to the next one where it was the newest. */
static void test_ids_again(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

        put_mails(fixture);
        fill_segment(fixture);
        write_terms(fixture);
        run_sql(fixture, "DELETE FROM mail WHERE id > 900");
        g_ptr_array_add(records, mail_of(5, "E", "-@-", "-@-", "鰑龘", "", NULL));
        put_records(fixture, records);
        g_assert_cmpint(number_of(fixture, "SELECT max(id) FROM mail"), ==, 901);
        assert_word(fixture, "鰑龘", "E ");
        assert_word(fixture, "会計", "A ");
}

/* --- rows without terms
 * ------------------------------------------------------------------------------------------- */

/* Damaged by length, by content, and of a version that is not known. */
static void test_unreadable(Fixture *fixture, gconstpointer data) {
        put_mails(fixture);
        run_sql(fixture, "UPDATE mail SET record = substr(record, 1, 40) WHERE queue_id = 'A'");
        run_sql(fixture, "UPDATE mail SET record = CAST(x'63' || substr(record, 2) AS BLOB) WHERE queue_id = 'B'");
        for (guint pass = 0; pass < 2; pass++) {
                guint32 unreadable = 0;
                g_autofree char *all = found(fixture, &(MgQuery){.kept_only = TRUE}, 2, &unreadable);
                g_autofree char *word = NULL, *receipt = NULL;

                g_assert_cmpstr(all, ==, "D C ");
                g_assert_cmpuint(unreadable, ==, 2);
                word = found(fixture, &(MgQuery){.subject = "田中"}, 5, &unreadable);
                g_assert_cmpstr(word, ==, "C ");
                g_assert_cmpuint(unreadable, ==, 2);
                receipt = found(fixture, &(MgQuery){.queue_id = "B"}, 5, &unreadable);
                g_assert_cmpstr(receipt, ==, "");
                g_assert_cmpuint(unreadable, ==, 1);
                fill_segment(fixture);
                g_assert_cmpuint(write_terms(fixture), ==, pass == 0 ? 1 : 0);
        }
}

/* Postings that are damaged stand for every mail. */
static void test_damaged_postings(Fixture *fixture, gconstpointer data) {
        put_mails(fixture);
        fill_segment(fixture);
        write_terms(fixture);
        run_sql(fixture, "UPDATE posting SET mails = x'ffffff'");
        assert_words(fixture);
        assert_queries(fixture);
}

/* A mail to very many is found as well, by its first and its last one. */
static void test_long(Fixture *fixture, gconstpointer data) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        MgRecord *record = mail_of(1, "A", "a@example.jp", "first@example.jp", "会計", "", NULL);

        for (guint i = 0; i < 1000; i++)
                g_ptr_array_add(record->envelope->rcpts, g_strdup_printf("staff%u@city.example.lg.jp", i));
        g_ptr_array_add(records, record);
        put_records(fixture, records);
        fill_segment(fixture);
        g_assert_cmpuint(write_terms(fixture), ==, 1);
        g_assert_cmpint(number_of(fixture, "SELECT count(*) FROM posting"), <, 20);
        assert_word(fixture, "first@", "A ");
        assert_word(fixture, "staff999@", "A ");
        assert_word(fixture, "会計", "A ");
        assert_word(fixture, "staff1000@", "");
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(Fixture *fixture, gconstpointer data);
        } rows[] = {{"/store/search/fields", test_fields},
                    {"/store/search/own", test_own},
                    {"/store/search/within", test_within},
                    {"/store/search/domains", test_domains},
                    {"/store/search/crowd", test_crowd},
                    {"/store/search/many", test_many},
                    {"/store/search/erase", test_erase},
                    {"/store/search/check", test_check},
                    {"/store/search/retry", test_retry},
                    {"/store/search/ids-again", test_ids_again},
                    {"/store/search/unreadable", test_unreadable},
                    {"/store/search/damaged-postings", test_damaged_postings},
                    {"/store/search/long", test_long}};

        harness_main(&argc, &argv);
        g_test_add_func("/store/search/fold-plain", test_fold_plain);
        g_test_add_func("/store/search/fold", test_fold);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add(rows[i].name, Fixture, NULL, set_up, rows[i].func, tear_down);
        return g_test_run();
}
