/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding mail: by the receipt number that people have, else by what they remember.
 */
#include "console/find.h"

#include <string.h>

#include "base/day.h"
#include "base/error.h"
#include "base/receipt.h"
#include "base/store_client.h"
#include "base/text.h"
#include "console/handlers.h"
#include "console/names.h"

#define ROWS 100
#define WORDS_MAX 400

void mg_find_receipt_form(MgPage *page, const char *typed, gboolean first) {
        mg_page_form_get(page, "/receipt");
        mg_page_input(page, "text", "receipt", T(page, N_("Receipt number")), typed,
                      T(page, N_("Ten digits from the notice below the mail, such as 1234-5678-90. Spaces, hyphens and "
                                 "full-width digits are fine.")),
                      "off", MG_INPUT_REQUIRED | MG_INPUT_DIGITS | (first ? MG_INPUT_FOCUS : 0));
        mg_page_submit(page, NULL, NULL, T(page, N_("Show the mail")), "main");
        mg_page_form_end(page);
}

/* --- a receipt number ------------------------------------------------------------------------------------------- */

static guint count_digits(const char *typed) {
        guint n = 0;

        for (const char *p = typed; *p; p = g_utf8_next_char(p))
                n += g_unichar_isdigit(g_utf8_get_char(p)) ? 1 : 0;
        return n;
}

/* What is wrong with what was typed, in the language of who typed it. Caller frees. */
static char *say_wrong(gboolean english, const char *typed) {
        const guint n = count_digits(typed);

        if (*typed == '\0')
                return g_strdup(mg_words(english, N_("Type the receipt number.")));
        if (n != 10)
                return g_strdup_printf(
                        mg_words(english, N_("A receipt number has ten digits and nothing else; this has %u digits.")),
                        n);
        return g_strdup(mg_words(english, N_("A digit of this number is wrong: its last digit, by which that is seen, "
                                             "does not fit. Compare it with the notice, or have it read to you once "
                                             "more.")));
}

void mg_handle_receipt(MgVisit *visit) {
        const gboolean english = visit->http->english;
        const char *typed = mg_http_field(visit->http, "receipt");
        g_autofree char *receipt = mg_receipt_read(typed, NULL);
        g_autofree char *path = receipt ? g_strconcat("/mail/", receipt, NULL) : NULL;
        g_autofree char *wrong = NULL;

        if (path) {
                mg_http_reply_see(visit->reply, path);
                return;
        }
        wrong = say_wrong(english, typed);
        if (visit->http->wants_json) {
                mg_visit_refuse(visit, 400, wrong);
                return;
        }
        visit->reply->status = 400;
        mg_visit_begin(visit, mg_words(english, N_("Receipt number")));
        mg_page_say(&visit->page, "warning", wrong);
        mg_find_receipt_form(&visit->page, typed, TRUE);
        mg_page_link(&visit->page, "/find",
                     T(&visit->page, N_("Without the number: find the mail by sender, subject or time")));
        mg_visit_end(visit);
}

/* --- a search --------------------------------------------------------------------------------------------------- */

/* What is asked for, and what it is kept in. */
typedef struct Search {
        MgQuery query;
        char **words;
        guint8 digest[MG_QUERY_DIGEST];
        gboolean is_asked; /* anything was filled in */
} Search;

static void search_clear(Search *search) {
        g_strfreev(search->words);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)

/* The texts of a query, by their names. */
static const struct {
        const char *name;
        const char *label;
        gsize offset;
} texts[] = {
        {"from", N_("Sender"), G_STRUCT_OFFSET(MgQuery, from)},
        {"to", N_("Recipient"), G_STRUCT_OFFSET(MgQuery, to)},
        {"subject", N_("Subject"), G_STRUCT_OFFSET(MgQuery, subject)},
        {"name", N_("Name of a file"), G_STRUCT_OFFSET(MgQuery, name)},
        {"host", N_("Host of a link"), G_STRUCT_OFFSET(MgQuery, host)},
};

static gboolean read_texts(MgVisit *visit, Search *search) {
        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                const char *text;

                if (!mg_visit_line(visit, texts[i].name, mg_words(visit->http->english, texts[i].label), WORDS_MAX,
                                   FALSE, &text))
                        return FALSE;
                if (*text)
                        G_STRUCT_MEMBER(const char *, &search->query, texts[i].offset) = text;
                search->is_asked = search->is_asked || *text;
        }
        return TRUE;
}

static gboolean read_words(MgVisit *visit, Search *search) {
        const gboolean english = visit->http->english;
        g_autofree char *sentence = NULL;
        const char *text;
        guint n;

        if (!mg_visit_line(visit, "words", mg_words(english, N_("Words")), WORDS_MAX, FALSE, &text))
                return FALSE;
        search->words = g_regex_split_simple("[\\s\\x{3000}]+", text, G_REGEX_OPTIMIZE, 0);
        n = *text ? g_strv_length(search->words) : 0;
        if (n > MG_QUERY_WORDS_MAX) {
                sentence = g_strdup_printf(mg_words(english, N_("%u words are too many; %d may be")), n,
                                           MG_QUERY_WORDS_MAX);
                mg_visit_refuse(visit, 400, sentence);
                return FALSE;
        }
        if (n > 0)
                search->query.words = (const char *const *)search->words;
        search->is_asked = search->is_asked || n > 0;
        return TRUE;
}

static gboolean read_digest(MgVisit *visit, Search *search) {
        const char *text = mg_http_field(visit->http, "hash");

        if (*text == '\0')
                return TRUE;
        if (strlen(text) != 2 * MG_QUERY_DIGEST || strspn(text, "0123456789abcdefABCDEF") != 2 * MG_QUERY_DIGEST) {
                mg_visit_refuse(visit, 400,
                                mg_words(visit->http->english, N_("A SHA-256 has 64 digits of 0-9 and a-f.")));
                return FALSE;
        }
        for (guint i = 0; i < MG_QUERY_DIGEST; i++)
                search->digest[i] =
                        (guint8)(g_ascii_xdigit_value(text[2 * i]) * 16 + g_ascii_xdigit_value(text[2 * i + 1]));
        search->query.sha256 = search->digest;
        search->is_asked = TRUE;
        return TRUE;
}

static gboolean read_times(MgVisit *visit, Search *search) {
        const char *since = mg_http_field(visit->http, "since"), *until = mg_http_field(visit->http, "until");

        search->is_asked = search->is_asked || *since || *until;
        if (mg_day_read(since, FALSE, &search->query.since) && mg_day_read(until, TRUE, &search->query.until))
                return TRUE;
        mg_visit_refuse(visit, 400, mg_words(visit->http->english, N_("A day is written as 2026-11-26.")));
        return FALSE;
}

static gboolean read_outcome(MgVisit *visit, Search *search) {
        const char *word = mg_http_field(visit->http, "outcome");

        if (*word == '\0')
                return TRUE;
        for (guint i = 0; i < _MG_OUTCOME_N; i++)
                if (g_str_equal(word, mg_outcome_name((MgOutcome)i)))
                        search->query.outcomes = 1u << i;
        search->is_asked = TRUE;
        if (search->query.outcomes == 0)
                mg_visit_refuse(visit, 400, NULL);
        return search->query.outcomes != 0;
}

static void put_outcomes(MgVisit *visit) {
        const gboolean english = visit->http->english;
        const char *choices[2 * _MG_OUTCOME_N + 3] = {"", mg_words(english, N_("all"))};

        for (guint i = 0; i < _MG_OUTCOME_N; i++) {
                choices[2 * i + 2] = mg_outcome_name((MgOutcome)i);
                choices[2 * i + 3] = mg_name_outcome(english, (MgOutcome)i);
        }
        mg_page_choose(&visit->page, "outcome", mg_words(english, N_("Outcome")), mg_http_field(visit->http, "outcome"),
                       choices);
}

/* Who sees no addresses and no subjects cannot search by them either. */
static void put_search_form(MgVisit *visit) {
        MgPage *page = &visit->page;
        const MgHttpRequest *http = visit->http;

        mg_page_form_get(page, "/find");
        if (mg_visit_is(visit, MG_DUTY_OFFICER | MG_DUTY_STAFF)) {
                mg_page_input(
                        page, "text", "words", T(page, N_("Words")), mg_http_field(http, "words"),
                        T(page, N_("Of addresses, subject, names of files or hosts; all of them must stand there. "
                                   "Case, width and kana do not matter.")),
                        "off", MG_INPUT_WIDE);
                for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
                        mg_page_input(page, "text", texts[i].name, T(page, texts[i].label),
                                      mg_http_field(http, texts[i].name), NULL, "off", MG_INPUT_PLAIN);
                mg_page_input(page, "text", "hash", T(page, N_("SHA-256 of a file or mail")),
                              mg_http_field(http, "hash"), NULL, "off", MG_INPUT_WIDE);
        }
        mg_page_input(page, "date", "since", T(page, N_("From this day")), mg_http_field(http, "since"), NULL, "off",
                      MG_INPUT_PLAIN);
        mg_page_input(page, "date", "until", T(page, N_("Up to this day")), mg_http_field(http, "until"), NULL, "off",
                      MG_INPUT_PLAIN);
        put_outcomes(visit);
        mg_page_submit(page, NULL, NULL, T(page, N_("Search")), "main");
        mg_page_form_end(page);
}

static void put_recipients(MgPage *page, const MgEnvelope *envelope) {
        g_autofree char *text = NULL;
        const guint n = envelope->rcpts->len;

        if (page->is_json) {
                mg_json_begin(&page->json, "to", '[');
                for (guint i = 0; i < n; i++)
                        mg_json_text(&page->json, NULL, g_ptr_array_index(envelope->rcpts, i));
                mg_json_end(&page->json, ']');
                return;
        }
        text = n == 0   ? g_strdup("")
               : n == 1 ? g_strdup(g_ptr_array_index(envelope->rcpts, 0))
                        : g_strdup_printf(T(page, N_("%s and %u more")), (char *)g_ptr_array_index(envelope->rcpts, 0),
                                          n - 1);
        mg_page_cell(page, NULL, text);
}

static void put_row(MgVisit *visit, const MgRecord *record) {
        MgPage *page = &visit->page;
        const MgValue *subject = mg_reading_value(record->reading, MG_FIELD_SUBJECT);
        g_autofree char *path = g_strconcat("/mail/", record->receipt, NULL);
        g_autofree char *printed = *record->receipt ? mg_receipt_print(record->receipt) : NULL;

        mg_page_row(page);
        mg_page_cell_time(page, "time", record->envelope->time);
        if (printed)
                mg_page_cell_link(page, "receipt", path, record->receipt, printed);
        else
                mg_page_cell(page, "receipt", "");
        mg_page_cell(page, "from", record->envelope->from);
        put_recipients(page, record->envelope);
        mg_page_cell(page, "subject", subject ? subject->text : "");
        mg_page_cell_word(page, "outcome", mg_outcome_name(record->outcome),
                          mg_name_outcome(page->english, record->outcome));
        mg_page_row_end(page);
}

typedef struct Found {
        MgVisit *visit;
        guint rows;
        gboolean more;
} Found;

static gboolean take_row(const MgRecord *record, gpointer data) {
        Found *found = data;
        MgPage *page = &found->visit->page;

        if (found->rows == ROWS) {
                found->more = TRUE;
                return FALSE;
        }
        if (found->rows++ == 0)
                mg_page_table(page, "mails", T(page, N_("Mails that were found, the newest first")),
                              T(page, N_("Arrived")), T(page, N_("Receipt number")), T(page, N_("Sender")),
                              T(page, N_("Recipient")), T(page, N_("Subject")), T(page, N_("Outcome")), NULL);
        put_row(found->visit, record);
        return TRUE;
}

static void put_found(MgVisit *visit, const Found *found, guint32 unreadable) {
        MgPage *page = &visit->page;

        if (found->rows > 0) {
                mg_page_table_end(page);
        } else {
                if (page->is_json) {
                        mg_json_begin(&page->json, "mails", '[');
                        mg_json_end(&page->json, ']');
                }
                mg_page_say(
                        page, "empty",
                        T(page, N_("No mail was found. Try fewer or shorter words, or a longer time; what is past its "
                                   "retention is erased.")));
        }
        if (page->is_json)
                mg_json_boolean(&page->json, "more", found->more);
        if (found->more)
                mg_page_say(page, "note",
                            T(page, N_("There are more; these are the newest 100. Ask for a shorter time.")));
        if (unreadable > 0)
                mg_page_say(page, "warning",
                            T(page, N_("Some rows of the index cannot be read; tell an administrator.")));
}

void mg_handle_find(MgVisit *visit) {
        g_auto(Search) search = {.query = {.max = ROWS + 1}};
        Found found = {.visit = visit};
        GError *error = NULL;
        guint32 unreadable = 0;

        if (!read_texts(visit, &search) || !read_words(visit, &search) || !read_digest(visit, &search) ||
            !read_times(visit, &search) || !read_outcome(visit, &search))
                return;
        mg_visit_begin(visit, mg_words(visit->http->english, N_("Find mail")));
        mg_find_receipt_form(&visit->page, "", !search.is_asked);
        mg_page_heading(&visit->page, T(&visit->page, N_("Without the number")));
        put_search_form(visit);
        /* Staff see their own mail of the last days at once. */
        if (!search.is_asked && mg_visit_is(visit, MG_DUTY_STAFF) && !mg_visit_is(visit, MG_DUTY_OFFICER)) {
                search.query.since = g_get_real_time() / G_USEC_PER_SEC - 14 * 86400;
                search.is_asked = TRUE;
                mg_page_heading(&visit->page, T(&visit->page, N_("My mail of the last 14 days")));
        }
        if (search.is_asked) {
                if (!mg_store_query(&visit->asker, &search.query, take_row, &found, &unreadable, &error)) {
                        mg_visit_fault(visit, error);
                        return;
                }
                put_found(visit, &found, unreadable);
        }
        mg_visit_end(visit);
}
