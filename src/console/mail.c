/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail as facts: where it came from, what was in it, what was done with that and why. No content of it stands here
 * but subject and names, to who may see them.
 */
#include "console/mail.h"

#include <string.h>

#include "base/error.h"
#include "base/receipt.h"
#include "base/store_client.h"
#include "base/text.h"
#include "console/handlers.h"
#include "console/names.h"
#include "console/said.h"

static void put_recipients(MgPage *page, const MgEnvelope *envelope) {
        if (page->is_json)
                mg_json_begin(&page->json, "to", '[');
        for (guint i = 0; i < envelope->rcpts->len; i++) {
                const char *address = g_ptr_array_index(envelope->rcpts, i);

                if (page->is_json)
                        mg_json_text(&page->json, NULL, address);
                else
                        mg_page_fact(page, NULL, T(page, N_("Recipient")), address);
        }
        if (page->is_json)
                mg_json_end(&page->json, ']');
}

static void put_digest(MgPage *page, const MgRecord *record) {
        g_autofree char *digest = mg_text_hex(record->sha256, sizeof record->sha256);

        if (!(record->withheld & MG_WITHHELD_DIGESTS) && *record->receipt)
                mg_page_fact(page, "sha256", T(page, N_("SHA-256 of the original")), digest);
}

/* What verifiers that are trusted said of the sender: "spf=pass, dkim=fail". */
static void put_authentication(MgPage *page, const MgHeader *header) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < header->authentication->len; i++)
                g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                                       (const char *)g_ptr_array_index(header->authentication, i));
        mg_page_fact(page, "authentication", T(page, N_("Authentication of the sender")), text->str);
}

static void put_envelope(MgVisit *visit, const MgRecord *record) {
        MgPage *page = &visit->page;
        const MgValue *subject = mg_reading_value(record->reading, MG_FIELD_SUBJECT);
        g_autofree char *printed = mg_receipt_print(record->receipt), *reason = mg_said(page->english, record->reason);
        g_autofree char *scan = mg_name_scan(page->english, &record->scan);

        mg_page_fact_word(page, "receipt", T(page, N_("Receipt number")), record->receipt, printed);
        mg_page_fact_time(page, "time", T(page, N_("Arrived")), record->envelope->time);
        mg_page_fact(page, "subject", T(page, N_("Subject")), subject ? subject->text : "");
        mg_page_fact(page, "from", T(page, N_("Sender (envelope)")), record->envelope->from);
        put_recipients(page, record->envelope);
        mg_page_fact(page, "client", T(page, N_("Came from")), record->envelope->client);
        mg_page_fact(page, "queue_id", T(page, N_("Queue ID")), record->envelope->queue_id);
        mg_page_fact_word(page, "outcome", T(page, N_("Outcome")), mg_outcome_name(record->outcome),
                          mg_name_outcome(page->english, record->outcome));
        mg_page_fact_word(page, "reason", T(page, N_("Why")), record->reason, reason);
        put_authentication(page, record->header);
        if (page->is_json || record->scan.verdict != MG_SCAN_NONE)
                mg_page_fact_word(page, "scan", T(page, N_("Virus scan of the original")),
                                  mg_scan_verdict_name(record->scan.verdict), scan);
        mg_page_fact(page, "reply", T(page, N_("Answer to the sender's server")), record->reply);
        mg_page_fact_size(page, "size", T(page, N_("Size of the original")), record->size);
        mg_page_fact_number(page, "body_chars", T(page, N_("Characters of the text")), (gint64)record->body_chars);
        mg_page_fact(page, "charset", T(page, N_("Character set")), record->reading->body_charset);
        put_digest(page, record);
}

/* X(mark, word, text) */
static const struct {
        guint32 mark;
        const char *word;
        const char *text;
} marks[] = {
        {MG_MARK_AMBIGUOUS, "ambiguous", N_("Mail programs may disagree about what is in this mail.")},
        {MG_MARK_BODY_CUT, "body-cut", N_("The text was longer than what is delivered, and was cut.")},
        {MG_MARK_DATE_UNREADABLE, "date-unreadable", N_("Its date cannot be read.")},
        {MG_MARK_FROM_UNREADABLE, "from-unreadable", N_("Its sender cannot be read.")},
        {MG_MARK_PARTIAL, "partial", N_("It is one fragment of a mail.")},
        {MG_MARK_SIGNED, "signed", N_("It carries a signature, which was not checked.")},
        {MG_MARK_ENCRYPTED, "encrypted", N_("Its text is encrypted.")},
        {MG_MARK_NAME_ADDRESS, "name-address", N_("The sender's name holds another address: this may be a deception.")},
        {MG_MARK_NAME_SCRIPT, "name-script",
         N_("The sender's name mixes letters that look alike: this may be a deception.")},
        {MG_MARK_NAME_HIDDEN, "name-hidden", N_("The sender's name held invisible characters.")},
        {MG_MARK_OPAQUE, "opaque", N_("Its text lies in a signed file that was not opened.")},
        {MG_MARK_STYLE_CUT, "style-cut", N_("Its style sheet was read in part.")},
};

static void put_marks(MgVisit *visit, const MgReading *reading) {
        MgPage *page = &visit->page;

        if (page->is_json)
                mg_json_begin(&page->json, "marks", '[');
        for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
                if (!(reading->marks & marks[i].mark))
                        continue;
                if (page->is_json)
                        mg_json_text(&page->json, NULL, marks[i].word);
                else
                        mg_page_say(page, "note", T(page, marks[i].text));
        }
        if (page->is_json)
                mg_json_end(&page->json, ']');
}

/* --- parts ------------------------------------------------------------------------------------------------------ */

/* Who else received these octets is one search away. */
static void put_digest_cell(MgPage *page, const MgRecord *record, const MgFacts *facts) {
        g_autofree char *digest = mg_text_hex(facts->sha256, sizeof facts->sha256);
        g_autofree char *path = g_strconcat("/find?hash=", digest, NULL);
        g_autofree char *cut = g_strndup(digest, 12);

        if (record->withheld & MG_WITHHELD_DIGESTS)
                mg_page_cell_word(page, "sha256", NULL, "");
        else
                mg_page_cell_link(page, "sha256", path, digest, cut);
}

/* What was done with a part; nobody knows of one without a decision. */
static const char *said_of(const MgPage *page, MgAction action) {
        static const char *const said[_MG_ACTION_N] = {
                [MG_ACTION_CONVERT] = N_("stands in the text"),
                [MG_ACTION_REMOVE] = N_("taken out"),
                [MG_ACTION_KEEP] = N_("came along as a file"),
        };

        return T(page, said[action]);
}

static void put_part(MgVisit *visit, const MgRecord *record, guint i) {
        MgPage *page = &visit->page;
        const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);
        const MgPartDecision *decision =
                i < record->decision->parts->len ? &g_array_index(record->decision->parts, MgPartDecision, i) : NULL;
        const MgAction action = decision ? decision->action : MG_ACTION_REMOVE;
        g_autofree char *reason = mg_said(page->english, decision ? decision->reason : "");

        mg_page_row(page);
        mg_page_cell(page, "path", facts->path);
        mg_page_cell(page, "name", facts->name);
        mg_page_cell_word(page, "kind", mg_part_kind_name(facts->kind), mg_name_part(page->english, facts->kind));
        mg_page_cell_word(page, "found", facts->found,
                          decision && decision->type[page->english ? 1 : 0] && *decision->type[page->english ? 1 : 0]
                                  ? decision->type[page->english ? 1 : 0]
                                  : mg_name_type(page->english, facts->found));
        mg_page_cell_size(page, "size", facts->size);
        mg_page_cell_word(page, "action", mg_action_name(action), said_of(page, action));
        mg_page_cell_word(page, "reason", decision ? decision->reason : "", reason);
        put_digest_cell(page, record, facts);
        mg_page_row_end(page);
}

static void put_parts(MgVisit *visit, const MgRecord *record) {
        MgPage *page = &visit->page;

        mg_page_heading(page, T(page, N_("What was in it")));
        if (record->reading->parts->len == 0 && !page->is_json) {
                mg_page_say(page, "empty", T(page, N_("Of its parts nothing is known: it was not read.")));
                return;
        }
        mg_page_table(page, "parts", T(page, N_("Parts of the mail")), T(page, N_("Part")),
                      T(page, N_("Name of a file")), T(page, N_("What it is")), T(page, N_("Type, by its content")),
                      T(page, N_("Size")), T(page, N_("What was done")), T(page, N_("Why")), "SHA-256", NULL);
        for (guint i = 0; i < record->reading->parts->len; i++)
                put_part(visit, record, i);
        mg_page_table_end(page);
}

static void put_withheld(MgVisit *visit, const MgRecord *record) {
        MgPage *page = &visit->page;

        if (record->withheld != 0)
                mg_page_say(page, "hint",
                            T(page, N_("Addresses, subject, names and digests are left out here: your duties do not "
                                       "show them.")));
}

static void say_missing(MgVisit *visit, const char *printed) {
        g_autofree char *sentence = g_strdup_printf(
                mg_words(
                        visit->http->english,
                        N_("There is no mail with the receipt number %s that you may see. Its digits fit, so it may be "
                           "past its retention and erased, or belong to somebody else.")),
                printed);

        mg_visit_refuse(visit, 404, sentence);
}

void mg_handle_mail(MgVisit *visit) {
        const gboolean english = visit->http->english;
        g_autofree char *receipt = mg_receipt_read(visit->argument, NULL);
        g_autofree char *printed = receipt ? mg_receipt_print(receipt) : NULL, *title = NULL;
        g_autoptr(MgRecord) record = NULL;
        GError *error = NULL;

        if (!receipt) {
                mg_visit_refuse(visit, 404, mg_words(english, N_("This is no receipt number.")));
                return;
        }
        record = mg_store_show(&visit->asker, receipt, &error);
        if (g_error_matches(error, MG_ERROR, MG_ERROR_MISSING)) {
                say_missing(visit, printed);
                g_clear_error(&error);
                return;
        }
        if (!record) {
                mg_visit_fault(visit, error);
                return;
        }
        title = g_strdup_printf(mg_words(english, N_("Mail %s")), printed);
        mg_visit_begin(visit, title);
        mg_page_facts(&visit->page, "mail");
        put_envelope(visit, record);
        mg_page_facts_end(&visit->page);
        put_marks(visit, record->reading);
        put_withheld(visit, record);
        mg_ask_form(visit, record);
        put_parts(visit, record);
        mg_text_form(visit, receipt);
        mg_visit_end(visit);
}
