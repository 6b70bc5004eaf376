/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an order to a mail. Takes no part out of anything: the octets come from outside.
 */
#include "compose/release.h"

#include <string.h>

#include "base/receipt.h"
#include "base/text.h"
#include "compose/compose.h"
#include "compose/notice.h"

/* Characters of what a sender wrote, in our text. */
#define QUOTED_CHARS 200

char *mg_release_message_id(guint node, gint64 number) {
        return g_strdup_printf("request.%u.%" G_GINT64_FORMAT "@mugai.invalid", node, number);
}

static gboolean is_whole(const MgOrder *order) {
        return order->parts->len == 0;
}

static GPtrArray *files_of(const MgReleaseInput *input) {
        g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)mg_outgoing_file_free);

        for (guint i = 0; i < input->contents->len; i++) {
                const MgRequestPart *part = is_whole(input->order) ? NULL : input->order->parts->pdata[i];
                g_autofree char *whole = g_strconcat(input->order->receipt, ".eml", NULL);
                g_autofree char *name = mg_files_unique_name(part ? part->name : whole, i + 1, taken);

                g_ptr_array_add(files, mg_outgoing_file_new(name, input->contents->pdata[i]));
        }
        return files;
}

/* "- a.pdf (24 KB)" a line. Caller frees. */
static char *list_of(const GPtrArray *files) {
        GString *list = g_string_new(NULL);

        for (guint i = 0; i < files->len; i++) {
                const MgOutgoingFile *file = g_ptr_array_index(files, i);
                g_autofree char *size = mg_text_size(g_bytes_get_size(file->content));

                g_string_append_printf(list, "- %s (%s)\n", file->name, size);
        }
        return g_string_free(list, FALSE);
}

static char *names_of(const GPtrArray *names) {
        GString *all = g_string_new(NULL);

        for (guint i = 0; i < names->len; i++)
                g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(names, i));
        return g_string_free(all, FALSE);
}

static char *quoted(const char *text) {
        return mg_text_clean(text, strlen(text), MG_CLASS_LINE, QUOTED_CHARS, NULL);
}

static char *expand(const MgReleaseInput *input, guint language, MgTextId id, const GPtrArray *files) {
        const MgOrder *order = input->order;
        g_autofree char *request = g_strdup_printf("%" G_GINT64_FORMAT, order->number);
        g_autofree char *receipt = mg_receipt_print(order->receipt), *time = mg_notice_time(order->time);
        g_autofree char *from = quoted(order->from), *subject = quoted(order->subject);
        g_autofree char *approvers = names_of(order->approvers), *list = list_of(files);

        g_autofree char *found = quoted(order->scan.said);

        return mg_notice_expand(input->policy->texts[language][id], "found", found, "request", request, "receipt",
                                receipt, "requester", order->requester, "approvers", approvers, "from", from, "subject",
                                subject, "time", time, "files", list, NULL);
}

/* What is said behind the text for a verdict, or _MG_TEXT_N. */
static MgTextId text_for(MgScanVerdict verdict) {
        static const MgTextId texts[_MG_SCAN_N] = {
                [MG_SCAN_NONE] = _MG_TEXT_N,
                [MG_SCAN_CLEAN] = _MG_TEXT_N,
                [MG_SCAN_INFECTED] = MG_TEXT_release_infected,
                [MG_SCAN_UNSCANNED] = MG_TEXT_release_unscanned,
        };

        return texts[verdict];
}

static char *words_of(const MgReleaseInput *input, const GPtrArray *files) {
        GString *words = g_string_new(NULL);

        for (guint language = 0; language < 2; language++) {
                g_autofree char *text = NULL;

                if (!(input->policy->languages & (language == 0 ? MG_LANGUAGE_JA : MG_LANGUAGE_EN)))
                        continue;
                text = expand(input, language, MG_TEXT_release_text, files);
                g_string_append_printf(words, "%s%s", words->len > 0 ? "\n" : "", text);
                if (text_for(input->order->scan.verdict) != _MG_TEXT_N) {
                        g_autofree char *warning = expand(input, language, text_for(input->order->scan.verdict), files);

                        g_string_append(words, warning);
                }
        }
        return g_string_free(words, FALSE);
}

/* What the header says, as values of a mail of our own. */
static MgReading *values_of(const MgReleaseInput *input, const GPtrArray *files) {
        MgReading *reading = mg_reading_new();
        g_autofree char *text = expand(input, mg_notice_language(input->policy), MG_TEXT_release_subject, files);
        g_autofree char *subject = mg_text_clean(text, strlen(text), MG_CLASS_LINE, 0, NULL);
        g_autofree char *id = mg_release_message_id(input->node, input->order->number);
        const MgValue *original = mg_reading_value(input->reading, MG_FIELD_MESSAGE_ID);

        reading->date = input->now;
        mg_reading_add_value(reading, MG_FIELD_FROM, "", input->from);
        for (guint i = 0; i < input->order->addresses->len; i++)
                mg_reading_add_value(reading, MG_FIELD_TO, "", g_ptr_array_index(input->order->addresses, i));
        mg_reading_add_value(reading, MG_FIELD_SUBJECT, subject, NULL);
        mg_reading_add_value(reading, MG_FIELD_MESSAGE_ID, id, NULL);
        if (original)
                mg_reading_add_value(reading, MG_FIELD_IN_REPLY_TO, original->text, NULL);
        mg_reading_add_value(reading, MG_FIELD_AUTO_SUBMITTED, "auto-generated", NULL);
        return reading;
}

GBytes *mg_compose_release(const MgReleaseInput *input, GError **error) {
        g_autoptr(GPtrArray) files = files_of(input);
        g_autofree char *words = words_of(input, files);
        g_autoptr(MgReading) reading = values_of(input, files);
        g_autoptr(MgEnvelope) envelope = mg_envelope_new();
        g_autoptr(MgDecision) decision = mg_decision_new();
        const MgOutgoingInput outgoing = {.policy = input->policy,
                                          .envelope = envelope,
                                          .reading = reading,
                                          .decision = decision,
                                          .receipt = input->order->receipt,
                                          .words = words,
                                          .files = files};
        g_autoptr(GBytes) message = mg_compose(&outgoing);
        g_autoptr(MgGrammarView) view = mg_grammar_check_files(message, input->policy, files->len, error);

        return view ? g_steal_pointer(&message) : NULL;
}
