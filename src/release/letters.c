/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One letter after the other: claimed, composed, sent, answered for. Knows no original and no key.
 */
#include "release/letters.h"

#include "base/error.h"
#include "base/log.h"
#include "base/request_client.h"
#include "compose/letter.h"

static gboolean send_one(const MgConfig *config, const MgLetter *letter, MgLetterSend send, gpointer data,
                         GError **error) {
        const MgLetterhead head = {.from = config->release_from, .node = config->node};
        g_autoptr(MgGrammarView) view = mg_compose_letter(config->policy, &head, letter, error);

        return view && send(letter->to, view->message, data, error);
}

/* FALSE where there is none, or where the next one would fare no better. */
static gboolean work(const MgAsker *store, const MgConfig *config, MgLetterSend send, gpointer data) {
        MgLetter *claimed = NULL;
        g_autoptr(GError) fault = NULL, unheard = NULL;
        gboolean well = mg_letter_claim(store, &claimed, &fault);
        g_autoptr(MgLetter) letter = claimed;
        gboolean sent = letter && send_one(config, letter, send, data, &fault);

        if (letter && !mg_letter_result(store, letter->number, sent, &unheard))
                mg_log(MG_LOG_WARNING, "letter %" G_GINT64_FORMAT " is not answered for: %s", letter->number,
                       unheard->message);
        if (letter && !sent)
                mg_log(MG_LOG_WARNING, "letter %" G_GINT64_FORMAT " was not sent: %s", letter->number, fault->message);
        else if (!well)
                mg_log(MG_LOG_WARNING, "letters cannot be asked for: %s", fault->message);
        return sent && !unheard;
}

guint mg_letters_send(const MgAsker *store, const MgConfig *config, MgLetterSend send, gpointer data) {
        guint sent = 0;

        while (sent < MG_LETTERS_A_TURN && work(store, config, send, data))
                sent++;
        return sent;
}
