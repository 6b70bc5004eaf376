/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a query to rows. Which mails come into question is said by an index of the database or by the terms of
 * posting.c, as a set of them by segment; whether one is meant is said by its record alone. Changes nothing.
 */
#include "store/search.h"

#include <string.h>

#include "base/error.h"
#include "store/posting.h"
#include "store/sql.h"

/* No page may take longer. */
#define PAGE_SECONDS 20
/* So few mails are looked up one by one and sorted; where more come into question they are met soon in the order
 * of time. */
#define FEW_MAILS 4096
/* Of so many mails the times are looked through for the segments that they stand in. */
#define TIMES_MOST 65536

/* A row that comes into question. */
typedef struct Place {
        gint64 time;
        gint64 id;
} Place;

struct MgSearch {
        sqlite3 *db;
        const MgQuery *query;
        char *const *own;
        const char *organization; /* whose mail alone is meant, NULL: anybody's */
        gint64 since;             /* up to that second it is looked at whoever's it is */
        MgWanted wanted;
        gboolean begun;
        GArray *sets;  /* of MgMailSet by segment; NULL: all mails come into question */
        guint8 *known; /* by segment: its set is filled */
        gboolean few;  /* all are, with FEW_MAILS at most */
        sqlite3_stmt *pending;
        MgPostings *postings;
        GArray *places; /* of Place, newest first; NULL: all in the order of time are looked at */
        guint next;     /* in places */
        Place before;   /* where the last page ended */
        guint32 unreadable;
};

#define ANY_FIELD ((1u << _MG_SEARCH_N) - 1)

static void add_needle(GPtrArray *needles, const char *text, guint32 fields) {
        if (text)
                g_ptr_array_add(needles, mg_needle_new(text, fields));
}

MgSearch *mg_search_new(MgLookup *lookup, const MgQuery *query, char *const *own) {
        MgSearch *search = g_new0(MgSearch, 1);

        search->db = mg_lookup_db(lookup);
        search->query = query;
        search->own = own;
        search->before =
                (Place){query->until > 0 ? query->until : G_MAXINT64, query->until > 0 ? G_MININT64 : G_MAXINT64};
        search->wanted.outcomes = query->outcomes;
        search->wanted.scans = query->scans;
        search->wanted.all = g_ptr_array_new_with_free_func((GDestroyNotify)mg_needle_free);
        search->wanted.any = own ? g_ptr_array_new_with_free_func((GDestroyNotify)mg_needle_free) : NULL;
#define ADD_NEEDLE(field, withheld) add_needle(search->wanted.all, query->field, 1u << MG_SEARCH_##field);
        MG_SEARCH_FIELDS(ADD_NEEDLE)
#undef ADD_NEEDLE
        for (guint i = 0; query->words && query->words[i]; i++)
                add_needle(search->wanted.all, query->words[i], ANY_FIELD);
        for (guint i = 0; own && own[i]; i++)
                add_needle(search->wanted.any, own[i], 1u << MG_SEARCH_to);
        return search;
}

void mg_search_within(MgSearch *search, const char *organization, gint64 since) {
        search->organization = organization;
        search->since = since;
}

void mg_search_free(MgSearch *search) {
        if (!search)
                return;
        g_ptr_array_unref(search->wanted.all);
        g_clear_pointer(&search->wanted.any, g_ptr_array_unref);
        g_clear_pointer(&search->sets, g_array_unref);
        g_free(search->known);
        sqlite3_finalize(search->pending);
        mg_postings_free(search->postings);
        g_clear_pointer(&search->places, g_array_unref);
        g_free(search);
}

guint32 mg_search_unreadable(const MgSearch *search) {
        return search->unreadable;
}

/* --- which mails come into question
 * ------------------------------------------------------------------------------- */

#define PLACES "SELECT time, id FROM mail WHERE (time, id) < (?1, ?2) AND time >= ?3"
#define NEWEST_FIRST " ORDER BY time DESC, id DESC"
static const char by_time[] = PLACES NEWEST_FIRST;
/* ?4 is "[1,2,3]". */
#define OF_IDS " AND id IN (SELECT value FROM json_each(?4))"
static const char by_ids[] = PLACES OF_IDS NEWEST_FIRST;
/* The same of the organization ?5, and of all mail up to ?6. */
static const char by_time_within[] =
        "SELECT time, mail FROM mail_organization WHERE organization = ?5 AND (time, mail) < (?1, ?2) AND time >= ?3"
        " AND time > ?6 UNION ALL " PLACES " AND time <= ?6 ORDER BY 1 DESC, 2 DESC";
static const char by_ids_within[] = PLACES OF_IDS " AND (time <= ?6 OR EXISTS(SELECT 1 FROM mail_organization WHERE "
                                                  "mail = id AND organization = ?5))" NEWEST_FIRST;

/* Ids of mails, by what an index of the database has. */
static const char of_queue_id[] =
        "SELECT id FROM mail WHERE queue_id = ?1 UNION ALL SELECT mail FROM attempt WHERE queue_id = ?1";
static const char of_receipt[] = "SELECT id FROM mail WHERE receipt = ?1";
static const char of_digest[] =
        "SELECT id FROM mail WHERE sha256 = ?1 UNION ALL SELECT mail FROM part WHERE sha256 = ?1";

static sqlite3_stmt *places_from(MgSearch *search, const char *text, GError **error) {
        sqlite3_stmt *statement = mg_sql_prepare(search->db, text, error);

        if (!statement)
                return NULL;
        sqlite3_bind_int64(statement, 1, search->before.time);
        sqlite3_bind_int64(statement, 2, search->before.id);
        sqlite3_bind_int64(statement, 3, search->query->since > 0 ? search->query->since : G_MININT64);
        if (search->organization) {
                mg_sql_bind_text(statement, 5, search->organization);
                sqlite3_bind_int64(statement, 6, search->since);
        }
        return statement;
}

static MgMailSet *set_of(MgSearch *search, gint64 segment) {
        return &g_array_index(search->sets, MgMailSet, segment);
}

/* A set for each segment up to the newest; in none of them is a mail. */
static gboolean make_sets(MgSearch *search, GError **error) {
        gint64 last;

        if (!mg_sql_number(search->db, "SELECT coalesce(max(id), 0) FROM mail", &last, error))
                return FALSE;
        search->sets = g_array_new(FALSE, TRUE, sizeof(MgMailSet));
        g_array_set_size(search->sets, (guint)(last / MG_SEGMENT_MAILS + 1));
        search->known = g_malloc0(search->sets->len);
        return TRUE;
}

static gboolean fill_from_ids(MgSearch *search, sqlite3_stmt *ids, GError **error) {
        int result;

        while ((result = sqlite3_step(ids)) == SQLITE_ROW) {
                gint64 id = sqlite3_column_int64(ids, 0);

                if (id >= 0 && id / MG_SEGMENT_MAILS < search->sets->len)
                        mg_mail_set_add(set_of(search, id / MG_SEGMENT_MAILS), (guint)(id % MG_SEGMENT_MAILS));
        }
        return result == SQLITE_DONE || mg_sql_fail(search->db, "search", error);
}

/* Ids of mails in a time, if there are not too many. */
static const char of_times[] = "SELECT id FROM mail WHERE time >= ?1 AND time < ?2 LIMIT " G_STRINGIFY(TIMES_MOST);

/* Where few mails are of the times that are asked for, none in another segment than theirs comes into question. */
static gboolean leave_out_times(MgSearch *search, GError **error) {
        const gint64 since = search->query->since, until = search->query->until;
        g_autoptr(sqlite3_stmt) ids = mg_sql_prepare(search->db, of_times, error);
        g_autofree guint8 *in_times = g_malloc0(search->sets->len);
        int result, rows = 0;

        if (!ids)
                return FALSE;
        sqlite3_bind_int64(ids, 1, since > 0 ? since : G_MININT64);
        sqlite3_bind_int64(ids, 2, until > 0 ? until : G_MAXINT64);
        for (; (result = sqlite3_step(ids)) == SQLITE_ROW; rows++) {
                gint64 segment = sqlite3_column_int64(ids, 0) / MG_SEGMENT_MAILS;

                if (segment >= 0 && segment < search->sets->len)
                        in_times[segment] = 1;
        }
        for (guint segment = 0; rows < TIMES_MOST && segment < search->sets->len; segment++)
                search->known[segment] = !in_times[segment];
        return result == SQLITE_DONE || mg_sql_fail(search->db, "search", error);
}

/* By the terms; of a segment that is pending all mails come into question. */
static gboolean fill_segment(MgSearch *search, gint64 segment, GError **error) {
        int result;

        sqlite3_bind_int64(search->pending, 1, segment);
        result = sqlite3_step(search->pending);
        sqlite3_reset(search->pending);
        search->known[segment] = 1;
        if (result == SQLITE_ROW)
                memset(set_of(search, segment), 0xff, sizeof(MgMailSet));
        else if (result != SQLITE_DONE)
                return mg_sql_fail(search->db, "search", error);
        return result == SQLITE_ROW ||
               mg_postings_find(search->postings, segment, &search->wanted, set_of(search, segment), error);
}

static guint count_set(const MgMailSet *set) {
        guint count = 0;

        for (guint i = 0; i < G_N_ELEMENTS(set->bits); i++)
                count += (guint)__builtin_popcountll(set->bits[i]);
        return count;
}

/* The newest segments first, until more than a few mails come into question; older ones are filled when met. */
static gboolean fill_from_terms(MgSearch *search, GError **error) {
        guint count = 0;

        search->pending = mg_sql_prepare(search->db, "SELECT 1 FROM pending WHERE segment = ?1", error);
        search->postings = search->pending ? mg_postings_new(search->db, error) : NULL;
        if (!search->postings ||
            ((search->query->since > 0 || search->query->until > 0) && !leave_out_times(search, error)))
                return FALSE;
        for (guint segment = search->sets->len; segment > 0 && count <= FEW_MAILS; segment--) {
                if (!search->known[segment - 1] && !fill_segment(search, segment - 1, error))
                        return FALSE;
                count += count_set(set_of(search, segment - 1));
        }
        search->few = count <= FEW_MAILS;
        return TRUE;
}

/* Where the query names a mail or a content by what there is an index of, that is asked. */
static gboolean fill_from_index(MgSearch *search, const char *text, GError **error) {
        const MgQuery *query = search->query;
        g_autoptr(sqlite3_stmt) ids = mg_sql_prepare(search->db, text, error);
        guint count = 0;

        if (!ids)
                return FALSE;
        memset(search->known, 1, search->sets->len);
        if (query->queue_id || query->receipt)
                mg_sql_bind_text(ids, 1, query->queue_id ? query->queue_id : query->receipt);
        else
                mg_sql_bind_blob(ids, 1, query->sha256, MG_QUERY_DIGEST);
        if (!fill_from_ids(search, ids, error))
                return FALSE;
        for (guint segment = 0; segment < search->sets->len; segment++)
                count += count_set(set_of(search, segment));
        search->few = count <= FEW_MAILS;
        return TRUE;
}

static gboolean fill_sets(MgSearch *search, GError **error) {
        const MgQuery *query = search->query;
        const char *text = query->queue_id  ? of_queue_id
                           : query->receipt ? of_receipt
                           : query->sha256  ? of_digest
                                            : NULL;

        return text ? fill_from_index(search, text, error) : fill_from_terms(search, error);
}

/* Whether a mail comes into question. One that was added after the sets were made does. */
static gboolean is_in_sets(const MgSearch *search, gint64 id) {
        gint64 segment = id / MG_SEGMENT_MAILS;
        guint place = (guint)(id % MG_SEGMENT_MAILS);

        if (!search->sets || segment >= search->sets->len)
                return TRUE;
        return mg_mail_set_has(&g_array_index(search->sets, MgMailSet, segment), place);
}

static char *list_ids(const MgSearch *search) {
        GString *list = g_string_new("[");

        for (gint64 id = 0; id < (gint64)search->sets->len * MG_SEGMENT_MAILS; id++)
                if (is_in_sets(search, id))
                        g_string_append_printf(list, "%s%" G_GINT64_FORMAT, list->len > 1 ? "," : "", id);
        g_string_append_c(list, ']');
        return g_string_free(list, FALSE);
}

/* The mails of the sets, if they are few. */
static gboolean take_places(MgSearch *search, GError **error) {
        g_autofree char *ids = list_ids(search);
        g_autoptr(sqlite3_stmt) places = places_from(search, search->organization ? by_ids_within : by_ids, error);
        int result;

        if (!places)
                return FALSE;
        mg_sql_bind_text(places, 4, ids);
        search->places = g_array_new(FALSE, FALSE, sizeof(Place));
        while ((result = sqlite3_step(places)) == SQLITE_ROW) {
                Place place = {sqlite3_column_int64(places, 0), sqlite3_column_int64(places, 1)};

                g_array_append_val(search->places, place);
        }
        return result == SQLITE_DONE || mg_sql_fail(search->db, "search", error);
}

static gboolean asks_for_all(const MgSearch *search) {
        const MgQuery *query = search->query;

        return !query->queue_id && !query->receipt && !query->sha256 && search->wanted.all->len == 0 &&
               !search->wanted.any && search->wanted.outcomes == 0 && search->wanted.scans == 0;
}

static gboolean begin(MgSearch *search, GError **error) {
        search->begun = TRUE;
        if (asks_for_all(search))
                return TRUE;
        if (!make_sets(search, error) || !fill_sets(search, error))
                return FALSE;
        return !search->few || take_places(search, error);
}

/* --- which are meant
 * ---------------------------------------------------------------------------------------------- */

static gboolean has_digest(const MgRecord *record, const guint8 *sha256) {
        if (memcmp(record->sha256, sha256, MG_QUERY_DIGEST) == 0)
                return TRUE;
        for (guint i = 0; i < record->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);

                if (memcmp(facts->sha256, sha256, MG_QUERY_DIGEST) == 0)
                        return TRUE;
        }
        return FALSE;
}

/* The queue id and the times are held by the statements; an attempt's queue id is in no record. */
static gboolean is_meant(const MgSearch *search, const MgRecord *record) {
        const MgQuery *query = search->query;

        if ((query->kept_only && *record->receipt == '\0') ||
            (query->outcomes && !(query->outcomes & 1u << record->outcome)) ||
            (query->scans && !(query->scans & 1u << record->scan.verdict)) ||
            (query->receipt && strcmp(record->receipt, query->receipt) != 0) ||
            (query->sha256 && !has_digest(record, query->sha256)) ||
            (search->own && !mg_record_is_to(record, search->own)))
                return FALSE;
        for (guint i = 0; i < search->wanted.all->len; i++)
                if (!mg_needle_in(g_ptr_array_index(search->wanted.all, i), record))
                        return FALSE;
        return TRUE;
}

typedef struct Page {
        MgSearch *search;
        sqlite3_stmt *times;  /* NULL where the search has places */
        sqlite3_stmt *record; /* of an id */
} Page;

static gboolean next_place(Page *page, Place *place, gboolean *more, GError **error) {
        MgSearch *search = page->search;
        int result;

        if (search->places) {
                *more = search->next < search->places->len;
                if (*more)
                        *place = g_array_index(search->places, Place, search->next++);
                return TRUE;
        }
        result = sqlite3_step(page->times);
        *more = result == SQLITE_ROW;
        if (*more)
                *place = (Place){sqlite3_column_int64(page->times, 0), sqlite3_column_int64(page->times, 1)};
        return *more || result == SQLITE_DONE || mg_sql_fail(page->search->db, "search", error);
}

/* A row may be gone since its place was taken. */
static gboolean look_at(Page *page, gint64 id, GPtrArray *records, GError **error) {
        g_autoptr(MgRecord) record = NULL;
        int result;

        sqlite3_bind_int64(page->record, 1, id);
        result = sqlite3_step(page->record);
        if (result == SQLITE_ROW) {
                record = mg_sql_record(page->record, 0, NULL);
                if (!record)
                        page->search->unreadable++;
        }
        sqlite3_reset(page->record);
        if (record && is_meant(page->search, record))
                g_ptr_array_add(records, g_steal_pointer(&record));
        return result == SQLITE_ROW || result == SQLITE_DONE || mg_sql_fail(page->search->db, "search", error);
}

/* Of a segment that was not looked into yet. */
static gboolean know(MgSearch *search, gint64 id, GError **error) {
        gint64 segment = id / MG_SEGMENT_MAILS;

        return !search->sets || segment < 0 || segment >= search->sets->len || search->known[segment] ||
               fill_segment(search, segment, error);
}

static gboolean fill_page(Page *page, guint n, GPtrArray *records, GError **error) {
        gboolean more = TRUE;
        Place place;

        while (records->len < n) {
                if (!next_place(page, &place, &more, error))
                        return FALSE;
                if (!more)
                        return TRUE;
                page->search->before = place;
                if (!know(page->search, place.id, error) ||
                    (is_in_sets(page->search, place.id) && !look_at(page, place.id, records, error)))
                        return FALSE;
        }
        return TRUE;
}

static gboolean next_page(MgSearch *search, guint n, GPtrArray *records, GError **error) {
        g_autoptr(sqlite3_stmt) times = NULL, record = NULL;

        if (!search->begun && !begin(search, error))
                return FALSE;
        record = mg_sql_prepare(search->db, "SELECT record FROM mail WHERE id = ?1", error);
        times = record && !search->places ? places_from(search, search->organization ? by_time_within : by_time, error)
                                          : NULL;
        if (!record || (!search->places && !times))
                return FALSE;
        return fill_page(&(Page){search, times, record}, n, records, error);
}

static int past_deadline(void *data) {
        return g_get_monotonic_time() > *(gint64 *)data;
}

gboolean mg_search_next(MgSearch *search, guint n, GPtrArray *records, GError **error) {
        gint64 deadline = g_get_monotonic_time() + PAGE_SECONDS * G_USEC_PER_SEC;
        sqlite3 *db = search->db;
        g_autoptr(GError) fault = NULL;
        gboolean well;

        sqlite3_progress_handler(db, 10000, past_deadline, &deadline);
        well = mg_sql_do(db, "BEGIN", &fault) && next_page(search, records->len + n, records, &fault);
        sqlite3_progress_handler(db, 0, NULL, NULL);
        if (!sqlite3_get_autocommit(db))
                sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        if (g_error_matches(fault, MG_ERROR, MG_ERROR_TIMEOUT))
                g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT,
                            "the search took more than %d s: ask for more of a mail, or for a shorter time",
                            PAGE_SECONDS);
        else if (fault)
                g_propagate_error(error, g_steal_pointer(&fault));
        return well;
}
