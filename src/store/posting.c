/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms and their postings. What is in a record is needle.c's to say, which rows a query asks for search.c's.
 */
#include "store/posting.h"

#include <string.h>

#include "base/error.h"
#include "base/reading.h"
#include "store/fold.h"
#include "store/sql.h"

/* Characters of one mail that become terms. A mail with more has none: two hundred attachments with names of a
 * thousand characters must not make a segment that is larger than its originals. Usual mail has a hundred. */
#define CHARS_MOST 2048
/* Terms of a needle that are looked up; more would hardly leave out a mail more. */
#define TERMS_MOST 16

/*
 * The number of a term, in the order in which they are kept: first character, second one (0: it is the last of its
 * text), field. Fields of no text: with the first character 0 an outcome is kept as second one, or, from SCANS on, the
 * verdict of a scanner.
 */
#define FIELD_BITS 3
#define FIELD_ALL ((1u << FIELD_BITS) - 1)
#define FIELD_OUTCOME 6u
#define FIELD_BARE 7u
#define SCANS 32u
G_STATIC_ASSERT(_MG_SEARCH_N <= FIELD_OUTCOME && _MG_OUTCOME_N <= SCANS);

static guint64 term_of(gunichar first, gunichar second, guint field) {
        return ((guint64)first << 21 | second) << FIELD_BITS | field;
}

/* A term and the place of a mail in its segment in one number, so that they are sorted as such. */
#define PLACE_BITS 10
G_STATIC_ASSERT(MG_SEGMENT_MAILS == 1 << PLACE_BITS);

typedef struct Cutter {
        GArray *keys; /* of guint64 */
        guint place;
        guint field;
        guint left; /* characters that may still come */
} Cutter;

static void add_key(Cutter *cutter, gunichar first, gunichar second, guint field) {
        guint64 key = term_of(first, second, field) << PLACE_BITS | cutter->place;

        g_array_append_val(cutter->keys, key);
}

static gboolean cut_text(const char *text, gpointer data) {
        g_autofree char *folded = mg_fold(text);
        Cutter *cutter = data;

        for (const char *at = folded; *at; at = g_utf8_next_char(at)) {
                const char *next = g_utf8_next_char(at);

                if (cutter->left-- == 0)
                        return FALSE;
                add_key(cutter, g_utf8_get_char(at), *next ? g_utf8_get_char(next) : 0, cutter->field);
        }
        return TRUE;
}

static void cut_record(Cutter *cutter, const MgRecord *record) {
        guint before = cutter->keys->len;
        gboolean whole = record != NULL;

        cutter->left = CHARS_MOST;
        for (cutter->field = 0; whole && cutter->field < _MG_SEARCH_N; cutter->field++)
                whole = mg_each_text(record, cutter->field, cut_text, cutter);
        if (whole) {
                add_key(cutter, 0, record->outcome, FIELD_OUTCOME);
                if (record->scan.verdict != MG_SCAN_NONE)
                        add_key(cutter, 0, SCANS + record->scan.verdict, FIELD_OUTCOME);
                return;
        }
        g_array_set_size(cutter->keys, before);
        add_key(cutter, 0, 0, FIELD_BARE);
}

static gint compare_keys(gconstpointer a, gconstpointer b) {
        guint64 one = *(const guint64 *)a, other = *(const guint64 *)b;

        return one < other ? -1 : one > other;
}

/* A text may have a term more than once. */
static void sort_keys(GArray *keys) {
        guint64 *key = (guint64 *)(gpointer)keys->data;
        guint n = 0;

        g_array_sort(keys, compare_keys);
        for (guint i = 0; i < keys->len; i++)
                if (i == 0 || key[i] != key[i - 1])
                        key[n++] = key[i];
        g_array_set_size(keys, n);
}

/* The keys of a segment in their order, each once. */
static GArray *cut_segment(sqlite3 *db, gint64 segment, GError **error) {
        g_autoptr(sqlite3_stmt) rows =
                mg_sql_prepare(db, "SELECT id, record FROM mail WHERE id >= ?1 AND id < ?2", error);
        g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(guint64));
        Cutter cutter = {.keys = keys};
        int result;

        if (!rows)
                return NULL;
        sqlite3_bind_int64(rows, 1, segment * MG_SEGMENT_MAILS);
        sqlite3_bind_int64(rows, 2, (segment + 1) * MG_SEGMENT_MAILS);
        while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
                g_autoptr(MgRecord) record = mg_sql_record(rows, 1, NULL);

                cutter.place = (guint)(sqlite3_column_int64(rows, 0) % MG_SEGMENT_MAILS);
                cut_record(&cutter, record);
        }
        if (result != SQLITE_DONE) {
                mg_sql_fail(db, "terms of mail", error);
                return NULL;
        }
        sort_keys(keys);
        return g_steal_pointer(&keys);
}

/*
 * Mails as they are kept: a few as a list of places of 16 bits, more as MgMailSet, all little-endian. The length
 * tells which it is.
 */
#define LIST_MOST 63

static void add_mails(MgMailSet *mails, const MgMailSet *others) {
        for (guint i = 0; i < G_N_ELEMENTS(mails->bits); i++)
                mails->bits[i] |= others->bits[i];
}

static void turn_octets(MgMailSet *mails) {
        for (guint i = 0; i < G_N_ELEMENTS(mails->bits); i++)
                mails->bits[i] = GUINT64_TO_LE(mails->bits[i]);
}

typedef union Kept {
        guint16 list[LIST_MOST];
        MgMailSet set;
} Kept;
G_STATIC_ASSERT(sizeof(guint16) * LIST_MOST < sizeof(MgMailSet));

/* How many octets of it are kept. */
static gsize encode(const guint64 *keys, guint n, Kept *kept) {
        *kept = (Kept){0};
        for (guint i = 0; i < n; i++) {
                guint place = keys[i] & (MG_SEGMENT_MAILS - 1);

                if (n > LIST_MOST)
                        mg_mail_set_add(&kept->set, place);
                else
                        kept->list[i] = GUINT16_TO_LE((guint16)place);
        }
        if (n <= LIST_MOST)
                return n * sizeof kept->list[0];
        turn_octets(&kept->set);
        return sizeof kept->set;
}

/* Adds to mails. What cannot be stands for every mail of the segment, since rows are looked at anyway. */
static void decode(gconstpointer data, gsize n, MgMailSet *mails) {
        Kept kept;

        if (n > sizeof kept || n % sizeof kept.list[0] != 0) {
                memset(mails, 0xff, sizeof *mails);
                return;
        }
        memcpy(&kept, data, n);
        if (n < sizeof kept.set) {
                for (gsize i = 0; i < n / sizeof kept.list[0]; i++)
                        mg_mail_set_add(mails, GUINT16_FROM_LE(kept.list[i]));
                return;
        }
        turn_octets(&kept.set);
        add_mails(mails, &kept.set);
}

static gboolean write_keys(sqlite3 *db, gint64 segment, const GArray *keys, GError **error) {
        g_autoptr(sqlite3_stmt) insert =
                mg_sql_prepare(db, "INSERT INTO posting(segment, term, mails) VALUES(?1, ?2, ?3)", error);
        const guint64 *key = (const guint64 *)(gconstpointer)keys->data;
        gboolean well = insert != NULL;

        for (guint i = 0, end; well && i < keys->len; i = end) {
                Kept kept;

                for (end = i; end < keys->len && key[end] >> PLACE_BITS == key[i] >> PLACE_BITS;)
                        end++;
                sqlite3_bind_int64(insert, 1, segment);
                sqlite3_bind_int64(insert, 2, (gint64)(key[i] >> PLACE_BITS));
                mg_sql_bind_blob(insert, 3, &kept, encode(key + i, end - i, &kept));
                well = mg_sql_run(db, insert, "postings", error);
        }
        return well;
}

/* -1 where there is none. */
static gboolean oldest_full(sqlite3 *db, gint64 *segment, GError **error) {
        return mg_sql_number(db,
                             "SELECT coalesce(min(segment), -1) FROM pending"
                             " WHERE segment < (SELECT max(id) FROM mail) / " G_STRINGIFY(MG_SEGMENT_MAILS),
                             segment, error);
}

gboolean mg_posting_write(sqlite3 *db, gboolean *wrote, GError **error) {
        g_autoptr(GArray) keys = NULL;
        g_autofree char *done = NULL;
        gint64 segment;

        *wrote = FALSE;
        if (!oldest_full(db, &segment, error))
                return FALSE;
        if (segment < 0)
                return TRUE;
        keys = cut_segment(db, segment, error);
        done = g_strdup_printf("DELETE FROM pending WHERE segment = %" G_GINT64_FORMAT, segment);
        *wrote = keys && write_keys(db, segment, keys, error) && mg_sql_do(db, done, error);
        return *wrote;
}

/* Whether the rows of a statement, term and mails, are these keys and no others. */
static gboolean same_keys(sqlite3_stmt *rows, const GArray *keys) {
        const guint64 *key = (const guint64 *)(gconstpointer)keys->data;
        guint i = 0, end;

        for (; sqlite3_step(rows) == SQLITE_ROW; i = end) {
                Kept kept;
                gsize n;

                if (i == keys->len || sqlite3_column_int64(rows, 0) != (gint64)(key[i] >> PLACE_BITS))
                        return FALSE;
                for (end = i; end < keys->len && key[end] >> PLACE_BITS == key[i] >> PLACE_BITS;)
                        end++;
                n = encode(key + i, end - i, &kept);
                if ((gsize)sqlite3_column_bytes(rows, 1) != n || memcmp(sqlite3_column_blob(rows, 1), &kept, n) != 0)
                        return FALSE;
        }
        return i == keys->len;
}

gboolean mg_posting_check(sqlite3 *db, gint64 segment, gboolean *right, GError **error) {
        g_autofree char *of = g_strdup_printf("%" G_GINT64_FORMAT, segment);
        g_autofree char *pending = g_strconcat("SELECT count(*) FROM pending WHERE segment = ", of, NULL);
        g_autofree char *kept =
                g_strconcat("SELECT term, mails FROM posting WHERE segment = ", of, " ORDER BY term", NULL);
        g_autoptr(sqlite3_stmt) rows = mg_sql_prepare(db, kept, error);
        g_autoptr(GArray) keys = NULL;
        gint64 is_pending;

        if (!rows || !mg_sql_number(db, pending, &is_pending, error))
                return FALSE;
        keys = is_pending ? g_array_new(FALSE, FALSE, sizeof(guint64)) : cut_segment(db, segment, error);
        *right = keys && same_keys(rows, keys);
        return keys != NULL;
}

gboolean mg_posting_forget(sqlite3 *db, gint64 segment, GError **error) {
        g_autofree char *text = g_strdup_printf(
                "DELETE FROM posting WHERE segment = %" G_GINT64_FORMAT
                "; INSERT OR IGNORE INTO pending(segment) SELECT %" G_GINT64_FORMAT
                " WHERE EXISTS(SELECT 1 FROM mail WHERE id >= %" G_GINT64_FORMAT " AND id < %" G_GINT64_FORMAT ")",
                segment, segment, segment * MG_SEGMENT_MAILS, (segment + 1) * MG_SEGMENT_MAILS);

        return mg_sql_do(db, text, error);
}

struct MgPostings {
        sqlite3 *db;
        sqlite3_stmt *range;
};

MgPostings *mg_postings_new(sqlite3 *db, GError **error) {
        MgPostings *postings = g_new0(MgPostings, 1);

        postings->db = db;
        postings->range = mg_sql_prepare(
                db, "SELECT term, mails FROM posting WHERE segment = ?1 AND term BETWEEN ?2 AND ?3", error);
        if (!postings->range)
                g_clear_pointer(&postings, mg_postings_free);
        return postings;
}

void mg_postings_free(MgPostings *postings) {
        if (!postings)
                return;
        sqlite3_finalize(postings->range);
        g_free(postings);
}

/* The mails of all terms from first to last, by field. */
static gboolean read_range(MgPostings *postings, gint64 segment, guint64 first, guint64 last,
                           MgMailSet fields[FIELD_ALL + 1], GError **error) {
        sqlite3_stmt *range = postings->range;
        int result;

        memset(fields, 0, (FIELD_ALL + 1) * sizeof *fields);
        sqlite3_bind_int64(range, 1, segment);
        sqlite3_bind_int64(range, 2, (gint64)first);
        sqlite3_bind_int64(range, 3, (gint64)last);
        while ((result = sqlite3_step(range)) == SQLITE_ROW)
                decode(sqlite3_column_blob(range, 1), (gsize)sqlite3_column_bytes(range, 1),
                       &fields[sqlite3_column_int64(range, 0) & FIELD_ALL]);
        sqlite3_reset(range);
        return result == SQLITE_DONE || mg_sql_fail(postings->db, "postings", error);
}

/* Whether any is left. */
static gboolean keep_common(MgMailSet *mails, const MgMailSet *others) {
        guint64 any = 0;

        for (guint i = 0; i < G_N_ELEMENTS(mails->bits); i++)
                any |= mails->bits[i] &= others->bits[i];
        return any != 0;
}

/* The mails that have these two characters of a needle, by field; those that have a needle of one character. */
static gboolean read_pair(MgPostings *postings, gint64 segment, const MgNeedle *needle, guint at,
                          MgMailSet found[FIELD_ALL + 1], GError **error) {
        gunichar first = needle->chars[at], second = at + 1 < needle->n ? needle->chars[at + 1] : 0;
        guint lowest = (guint)g_bit_nth_lsf(needle->fields, -1), highest = g_bit_storage(needle->fields) - 1;
        guint64 last = needle->n > 1 ? term_of(first, second, highest) : term_of(first + 1, 0, 0) - 1;

        return read_range(postings, segment, term_of(first, second, lowest), last, found, error);
}

/* The mails that may have the text of a needle. What was rare in the last segment mostly is in the next one, too. */
static gboolean find_needle(MgPostings *postings, gint64 segment, MgNeedle *needle, MgMailSet *mails, GError **error) {
        MgMailSet found[FIELD_ALL + 1], held[FIELD_ALL + 1];
        guint pairs = needle->n > 1 ? needle->n - 1 : 1, step = (pairs + TERMS_MOST - 1) / TERMS_MOST;
        guint32 left = needle->fields;

        *mails = (MgMailSet){0};
        memset(held, 0xff, sizeof held);
        for (guint seen = 0, at = needle->rare; seen < pairs && left != 0; seen += step) {
                if (!read_pair(postings, segment, needle, at, found, error))
                        return FALSE;
                for (guint field = 0; field < _MG_SEARCH_N; field++)
                        if (!keep_common(&held[field], &found[field]))
                                left &= ~(1u << field);
                needle->rare = left == 0 ? at : needle->rare;
                at = at + step < pairs ? at + step : 0;
        }
        for (guint field = 0; field < _MG_SEARCH_N; field++)
                if (left & 1u << field)
                        add_mails(mails, &held[field]);
        return TRUE;
}

static gboolean find_any(MgPostings *postings, gint64 segment, const GPtrArray *needles, MgMailSet *mails,
                         GError **error) {
        *mails = (MgMailSet){0};
        for (guint i = 0; i < needles->len; i++) {
                MgMailSet found;

                if (!find_needle(postings, segment, g_ptr_array_index(needles, i), &found, error))
                        return FALSE;
                add_mails(mails, &found);
        }
        return TRUE;
}

/* Those with one of n terms that follow each other, by bits. */
static gboolean find_bits(MgPostings *postings, gint64 segment, guint from, guint n, guint32 bits, MgMailSet *mails,
                          GError **error) {
        MgMailSet found[FIELD_ALL + 1];

        *mails = (MgMailSet){0};
        for (guint i = 0; i < n; i++) {
                guint64 term = term_of(0, from + i, FIELD_OUTCOME);

                if (!(bits & 1u << i))
                        continue;
                if (!read_range(postings, segment, term, term, found, error))
                        return FALSE;
                add_mails(mails, &found[FIELD_OUTCOME]);
        }
        return TRUE;
}

static gboolean find_terms(MgPostings *postings, gint64 segment, const MgWanted *wanted, MgMailSet *mails,
                           GError **error) {
        MgMailSet found;

        memset(mails, 0xff, sizeof *mails);
        if (wanted->outcomes) {
                if (!find_bits(postings, segment, 0, _MG_OUTCOME_N, wanted->outcomes, &found, error))
                        return FALSE;
                keep_common(mails, &found);
        }
        if (wanted->scans) {
                if (!find_bits(postings, segment, SCANS, _MG_SCAN_N, wanted->scans, &found, error))
                        return FALSE;
                keep_common(mails, &found);
        }
        if (wanted->any) {
                if (!find_any(postings, segment, wanted->any, &found, error))
                        return FALSE;
                keep_common(mails, &found);
        }
        for (guint i = 0; i < wanted->all->len; i++) {
                if (!find_needle(postings, segment, g_ptr_array_index(wanted->all, i), &found, error))
                        return FALSE;
                if (!keep_common(mails, &found))
                        break;
        }
        return TRUE;
}

gboolean mg_postings_find(MgPostings *postings, gint64 segment, const MgWanted *wanted, MgMailSet *mails,
                          GError **error) {
        guint64 bare = term_of(0, 0, FIELD_BARE);
        MgMailSet found[FIELD_ALL + 1];

        if (!find_terms(postings, segment, wanted, mails, error) ||
            !read_range(postings, segment, bare, bare, found, error))
                return FALSE;
        add_mails(mails, &found[FIELD_BARE]);
        return TRUE;
}
