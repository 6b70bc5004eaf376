/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter: from numbers and times to a mail of the gateway's own
 *
 * Says nothing that came with a mail: no subject, no name of a file, no address but the reader's.
 */
#include "compose/letter.h"

#include <string.h>

#include "base/receipt.h"
#include "base/text.h"
#include "compose/notice.h"

static const struct {
        MgTextId subject;
        MgTextId text;
} rows[_MG_LETTER_KIND_N] = {
        [MG_LETTER_APPROVED] = {MG_TEXT_letter_approved_subject, MG_TEXT_letter_approved},
        [MG_LETTER_DENIED] = {MG_TEXT_letter_denied_subject, MG_TEXT_letter_denied},
        [MG_LETTER_EXPIRED] = {MG_TEXT_letter_expired_subject, MG_TEXT_letter_expired},
        [MG_LETTER_RELEASED] = {MG_TEXT_letter_released_subject, MG_TEXT_letter_released},
        [MG_LETTER_FAILED] = {MG_TEXT_letter_failed_subject, MG_TEXT_letter_failed},
        [MG_LETTER_WAITING] = {MG_TEXT_letter_waiting_subject, MG_TEXT_letter_waiting},
};

/* A text of the policy with the letter's values in it. Caller frees. */
static char *expand(const MgPolicy *policy, guint language, MgTextId id, const MgLetter *letter) {
        g_autofree char *request = g_strdup_printf("%" G_GINT64_FORMAT, letter->request);
        g_autofree char *count = g_strdup_printf("%u", letter->count);
        g_autofree char *receipt = mg_receipt_print(letter->receipt);
        g_autofree char *time = mg_notice_time(letter->time), *oldest = mg_notice_time(letter->oldest);

        return mg_notice_expand(policy->texts[language][id], "request", request, "receipt", receipt, "time", time,
                                "count", count, "oldest", oldest, NULL);
}

static char *words_of(const MgPolicy *policy, const MgLetter *letter) {
        GString *words = g_string_new(NULL);

        for (guint language = 0; language < 2; language++) {
                g_autofree char *text = NULL;

                if (!(policy->languages & (language == 0 ? MG_LANGUAGE_JA : MG_LANGUAGE_EN)))
                        continue;
                text = expand(policy, language, rows[letter->kind].text, letter);
                if (words->len > 0)
                        g_string_append_c(words, '\n');
                g_string_append(words, text);
                g_string_append_printf(words, "\n%s", policy->texts[language][MG_TEXT_letter_own_receipt]);
        }
        return g_string_free(words, FALSE);
}

MgGrammarView *mg_compose_letter(const MgPolicy *policy, const MgLetterhead *head, const MgLetter *letter,
                                 GError **error) {
        g_autofree char *template = expand(policy, mg_notice_language(policy), rows[letter->kind].subject, letter);
        g_autofree char *subject = mg_text_clean(template, strlen(template), MG_CLASS_LINE, 0, NULL);
        g_autofree char *id = g_strdup_printf("letter.%u.%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "@mugai.invalid",
                                              head->node, letter->number, letter->time);
        g_autofree char *words = words_of(policy, letter);
        g_autoptr(MgEnvelope) envelope = mg_envelope_new();
        g_autoptr(MgReading) reading = mg_reading_new();
        g_autoptr(MgDecision) decision = mg_decision_new();
        g_autoptr(GBytes) message = NULL;
        const MgOutgoingInput input = {.policy = policy,
                                       .envelope = envelope,
                                       .reading = reading,
                                       .decision = decision,
                                       .receipt = letter->receipt,
                                       .words = words};

        reading->date = letter->time;
        mg_reading_add_value(reading, MG_FIELD_FROM, "", head->from);
        mg_reading_add_value(reading, MG_FIELD_TO, "", letter->to);
        mg_reading_add_value(reading, MG_FIELD_SUBJECT, subject, NULL);
        mg_reading_add_value(reading, MG_FIELD_MESSAGE_ID, id, NULL);
        mg_reading_add_value(reading, MG_FIELD_AUTO_SUBMITTED, "auto-generated", NULL);
        message = mg_compose(&input);
        return mg_grammar_check(message, policy, error);
}
