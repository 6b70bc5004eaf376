/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to a query of the store: what cannot be meant is said before anybody is asked.
 */
#include "cli/question.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"

void mg_asked_clear(MgAsked *asked) {
#define ASKED_FREE(field, withheld) g_free(asked->field);
        MG_SEARCH_FIELDS(ASKED_FREE)
#undef ASKED_FREE
        g_free(asked->queue_id);
        g_free(asked->receipt);
        g_free(asked->hash);
        g_free(asked->since);
        g_free(asked->until);
        g_strfreev(asked->outcomes);
        g_strfreev(asked->scans);
}

void mg_question_clear(MgQuestion *question) {
        g_free(question->receipt);
}

static int check_text(const char *name, const char *text) {
        if (text == NULL)
                return EX_OK;
        if (*text == '\0')
                return mg_cli_fail(EX_USAGE, "%s is empty: leave it away, or write a part of what you look for", name);
        if (strlen(text) > MG_QUERY_TEXT_MAX)
                return mg_cli_fail(EX_USAGE, "%s has %zu octets, but may have %d", name, strlen(text),
                                   MG_QUERY_TEXT_MAX);
        if (!mg_text_is(text, strlen(text), MG_CLASS_LINE))
                return mg_cli_fail(EX_USAGE, "%s is no line of UTF-8, or has characters that no kept text has", name);
        return EX_OK;
}

static int read_texts(const MgAsked *asked, char *const *words, MgQuery *query) {
        int code = check_text("--queue-id", asked->queue_id);

#define READ_TEXT(field, withheld)                                                                                     \
        if (code == EX_OK)                                                                                             \
                code = check_text("--" #field, query->field = asked->field);
        MG_SEARCH_FIELDS(READ_TEXT)
#undef READ_TEXT
        for (guint i = 0; code == EX_OK && words[i] != NULL; i++)
                code = check_text("a word", words[i]);
        query->queue_id = asked->queue_id;
        query->words = (const char *const *)words;
        return code;
}

static int read_hash(const char *hash, MgQuestion *question) {
        if (hash == NULL)
                return EX_OK;
        for (guint i = 0; i < MG_QUERY_DIGEST; i++) {
                /* The second digit is looked at only where the first is one: the text may end anywhere. */
                int high = g_ascii_xdigit_value(hash[2 * i]),
                    low = high < 0 ? -1 : g_ascii_xdigit_value(hash[2 * i + 1]);

                if (low < 0 || (i == MG_QUERY_DIGEST - 1 && hash[2 * i + 2] != '\0'))
                        return mg_cli_fail(EX_USAGE,
                                           "--hash is \"%s\", but must be 64 hexadecimal digits: the SHA-256 of a file "
                                           "or of a whole mail, as sha256sum prints it",
                                           hash);
                question->sha256[i] = (guint8)(high << 4 | low);
        }
        question->query.sha256 = question->sha256;
        return EX_OK;
}

static int read_outcomes(char *const *words, guint32 *outcomes) {
        for (guint i = 0; words != NULL && words[i] != NULL; i++) {
                guint outcome = 0;

                while (outcome < _MG_OUTCOME_N && !g_str_equal(words[i], mg_outcome_name(outcome)))
                        outcome++;
                if (outcome == _MG_OUTCOME_N)
                        return mg_cli_fail(
                                EX_USAGE,
                                "--outcome is \"%s\", but must be converted, failed, deferred, refused or held",
                                words[i]);
                *outcomes |= 1u << outcome;
        }
        return EX_OK;
}

static int read_scans(char *const *words, guint32 *scans) {
        for (guint i = 0; words != NULL && words[i] != NULL; i++) {
                guint verdict = MG_SCAN_NONE + 1;

                while (verdict < _MG_SCAN_N && !g_str_equal(words[i], mg_scan_verdict_name(verdict)))
                        verdict++;
                if (verdict == _MG_SCAN_N)
                        return mg_cli_fail(EX_USAGE, "--scan is \"%s\", but must be clean, infected or unscanned",
                                           words[i]);
                *scans |= 1u << verdict;
        }
        return EX_OK;
}

static int read_receipt(const char *typed, MgQuestion *question) {
        if (typed == NULL)
                return EX_OK;
        question->query.receipt = question->receipt = mg_cli_receipt(typed);
        return question->receipt != NULL ? EX_OK : EX_DATAERR;
}

static int read_time(const char *name, const char *text, gint64 *time) {
        GError *error = NULL;

        if (text == NULL || mg_cli_time(text, g_get_real_time() / G_USEC_PER_SEC, time, &error))
                return EX_OK;
        return mg_cli_fail_error(name, error);
}

int mg_question_read(const MgAsked *asked, char *const *words, MgQuestion *question) {
        int code = read_texts(asked, words, &question->query);

        if (asked->max < 1 || asked->max > MG_QUERY_ROWS_MAX)
                return mg_cli_fail(EX_USAGE, "--max is %d, but must be 1 to %d", asked->max, MG_QUERY_ROWS_MAX);
        question->query.max = (guint32)asked->max;
        if (code == EX_OK)
                code = read_hash(asked->hash, question);
        if (code == EX_OK)
                code = read_outcomes(asked->outcomes, &question->query.outcomes);
        if (code == EX_OK)
                code = read_scans(asked->scans, &question->query.scans);
        if (code == EX_OK)
                code = read_receipt(asked->receipt, question);
        if (code == EX_OK)
                code = read_time("--since", asked->since, &question->query.since);
        if (code == EX_OK)
                code = read_time("--until", asked->until, &question->query.until);
        return code;
}

gboolean mg_question_asks_nothing(const MgQuestion *question) {
        const MgQuery *query = &question->query;
        const MgQuery nothing = {.words = query->words, .kept_only = query->kept_only, .max = query->max};

        return query->words[0] == NULL && memcmp(query, &nothing, sizeof nothing) == 0;
}
