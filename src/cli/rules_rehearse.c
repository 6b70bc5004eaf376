/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai rules rehearse: what new rules would have made of the mail that came. Asks the store for its records page by
 * page and keeps counts and a few receipts alone.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/receipt.h"
#include "base/text.h"
#include "cli/rehearse.h"
#include "cli/rules.h"

#define SINCE "7d"
/* Rows between two words on progress. */
#define PROGRESS_ROWS 500

typedef struct Run {
        MgRehearsal *rehearsal;
        gint64 since, until;
        gint64 second;       /* of the last row */
        GHashTable *of_then; /* what came in that second: the next page begins with it again */
        guint64 rows;        /* of this page */
        guint64 looked_at;
        guint32 unreadable;
        gboolean progress;
} Run;

static void run_clear(Run *run) {
        g_clear_pointer(&run->rehearsal, mg_rehearsal_free);
        g_clear_pointer(&run->of_then, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static gboolean take_row(const MgRecord *record, gpointer data) {
        Run *run = data;

        run->rows++;
        if (record->envelope->time != run->second)
                g_hash_table_remove_all(run->of_then);
        run->second = record->envelope->time;
        if (!g_hash_table_add(run->of_then,
                              g_strconcat(record->receipt, " ", record->envelope->queue_id, " ", record->reply, NULL)))
                return TRUE;
        mg_rehearsal_take(run->rehearsal, record);
        run->looked_at++;
        if (run->progress && run->looked_at % PROGRESS_ROWS == 0)
                fprintf(stderr, "\r%" G_GUINT64_FORMAT, run->looked_at);
        return TRUE;
}

/* Newest first; where a page is full the next one goes on in the second that it ended in. */
static gboolean ask(Run *run, const MgAsker *asker, GError **error) {
        gint64 before = run->until;

        do {
                const MgQuery query = {.since = run->since, .until = before, .max = MG_QUERY_ROWS_MAX};

                run->rows = 0;
                if (!mg_store_query(asker, &query, take_row, run, &run->unreadable, error))
                        return FALSE;
                before = run->second + 1 < before ? run->second + 1 : run->second;
        } while (run->rows >= MG_QUERY_ROWS_MAX && before > run->since);
        if (run->progress && run->looked_at >= PROGRESS_ROWS)
                fputs("\r", stderr);
        return TRUE;
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

static const struct {
        const char *word, *sentence;
} changes[] =
        {
#define CHANGE(name, word, sentence) {word, sentence},
                MG_CHANGES(CHANGE)
#undef CHANGE
},
  unreplayed[] = {
#define WHY(name, word, sentence) {word, sentence},
          MG_UNREPLAYED(WHY)
#undef WHY
};

static char *time_text(gint64 time) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(time);

        return when != NULL ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S") : g_strdup("-");
}

static void add_change(GString *text, const MgRehearsed *rehearsed, MgChange change) {
        const GArray *examples = rehearsed->examples[change];

        if (rehearsed->counts[change] == 0)
                return;
        g_string_append_printf(text, "  %s: %" G_GUINT64_FORMAT, changes[change].sentence, rehearsed->counts[change]);
        if (change == MG_CHANGE_PARTS)
                g_string_append_printf(text, " (%" G_GUINT64_FORMAT " parts)", rehearsed->parts);
        g_string_append_c(text, '\n');
        for (guint i = 0; i < examples->len; i++) {
                const MgExample *example = &g_array_index(examples, MgExample, i);
                g_autofree char *receipt = mg_receipt_print(example->receipt);
                g_string_append_printf(text, "      %s  %s\n", receipt, example->what);
        }
}

static char *in_words(const Run *run) {
        const MgRehearsal *rehearsal = run->rehearsal;
        g_autofree char *since = time_text(run->since), *until = time_text(run->until);
        GString *text = g_string_new(NULL);
        guint64 changed = 0;

        for (guint i = 0; i < rehearsal->organizations->len; i++) {
                const MgRehearsed *rehearsed = g_ptr_array_index(rehearsal->organizations, i);
                changed += rehearsed->changed;
                g_string_append_printf(
                        text, "organization %s: %" G_GUINT64_FORMAT " mails, %" G_GUINT64_FORMAT " otherwise\n",
                        *rehearsed->name != '\0' ? rehearsed->name : "-", rehearsed->mails, rehearsed->changed);
                for (MgChange change = 0; change < _MG_CHANGE_N; change++)
                        add_change(text, rehearsed, change);
        }
        g_string_append_printf(text, "%" G_GUINT64_FORMAT " mails from %s to %s replayed; %s\n", rehearsal->replayed,
                               since, until, changed == 0 ? "nothing would be otherwise" : "the rest as it was");
        if (rehearsal->separate > 0)
                g_string_append_printf(text,
                                       "%" G_GUINT64_FORMAT " recipients would get their mail separately (452 4.5.3)\n",
                                       rehearsal->separate);
        if (rehearsal->of_no_known > 0)
                g_string_append_printf(text,
                                       "%" G_GUINT64_FORMAT " mails were decided by another policy than policy.rules "
                                       "is now: whether they would be written otherwise (links, charset, languages, "
                                       "subject_tag) is not known\n",
                                       rehearsal->of_no_known);
        for (guint i = 0; i < _MG_UNREPLAYED_N; i++)
                if (rehearsal->unreplayed[i] > 0)
                        g_string_append_printf(text, "not replayed: %" G_GUINT64_FORMAT ", %s\n",
                                               rehearsal->unreplayed[i], unreplayed[i].sentence);
        if (run->unreadable > 0)
                g_string_append_printf(text, "not replayed: %u, rows that cannot be read\n", run->unreadable);
        return g_string_free(text, FALSE);
}

static json_t *json_change(const MgRehearsed *rehearsed, MgChange change) {
        const GArray *examples = rehearsed->examples[change];
        json_t *array = json_array();

        for (guint i = 0; i < examples->len; i++) {
                const MgExample *example = &g_array_index(examples, MgExample, i);
                json_array_append_new(array,
                                      json_pack("{s:s,s:s}", "receipt", example->receipt, "what", example->what));
        }
        return json_pack("{s:I,s:o}", "count", (json_int_t)rehearsed->counts[change], "examples", array);
}

static json_t *json_organization(const MgRehearsed *rehearsed) {
        json_t *object = json_pack("{s:s,s:I,s:I,s:I}", "name", rehearsed->name, "mails", (json_int_t)rehearsed->mails,
                                   "changed", (json_int_t)rehearsed->changed, "parts", (json_int_t)rehearsed->parts);
        json_t *all = json_object();

        for (MgChange change = 0; change < _MG_CHANGE_N; change++)
                json_object_set_new(all, changes[change].word, json_change(rehearsed, change));
        json_object_set_new(object, "changes", all);
        return object;
}

static char *in_json(const Run *run) {
        const MgRehearsal *rehearsal = run->rehearsal;
        json_t *organizations = json_array(), *not = json_object();

        for (guint i = 0; i < rehearsal->organizations->len; i++)
                json_array_append_new(organizations, json_organization(g_ptr_array_index(rehearsal->organizations, i)));
        for (guint i = 0; i < _MG_UNREPLAYED_N; i++)
                json_object_set_new(not, unreplayed[i].word, json_integer((json_int_t)rehearsal->unreplayed[i]));
        json_object_set_new(not, "unreadable", json_integer(run->unreadable));
        json_t *root = json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "since", (json_int_t)run->since, "until",
                                 (json_int_t)run->until, "replayed", (json_int_t)rehearsal->replayed, "separate",
                                 (json_int_t)rehearsal->separate, "other_policy", (json_int_t)rehearsal->of_no_known,
                                 "unreplayed", not, "organizations", organizations);
        char *raw = json_dumps(root, JSON_INDENT(2)), *text = g_strconcat(raw != NULL ? raw : "{}", "\n", NULL);

        free(raw);
        json_decref(root);
        return text;
}

static int read_times(const MgRulesOptions *options, Run *run) {
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;
        GError *error = NULL;

        run->until = now + 1;
        if (!mg_cli_time(options->since != NULL ? options->since : SINCE, now, &run->since, &error))
                return mg_cli_fail_error("--since", error);
        if (options->until != NULL && !mg_cli_time(options->until, now, &run->until, &error))
                return mg_cli_fail_error("--until", error);
        return EX_OK;
}

int mg_rules_rehearse(const MgRulesOptions *options) {
        g_auto(Run) run = {.second = G_MININT64, .progress = !options->json && isatty(STDERR_FILENO)};
        const char *rules = options->operands[1];
        int code = read_times(options, &run);
        GError *error = NULL;

        if (code != EX_OK)
                return code;
        if (*rules == '\0')
                return mg_cli_fail(EX_USAGE, "the name of the rule file is empty");
        g_autoptr(MgConfig) next = mg_cli_config_with(options->config, rules, &code);
        if (next == NULL)
                return code;
        /* A faulty one is told of by check, and here it only means that less can be compared. */
        g_autoptr(MgConfig) now = mg_config_load(next->path, NULL);
        g_autofree char *path = mg_config_socket(next, "store.sock");
        const MgAsker asker = mg_cli_asker(path);

        run.of_then = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        run.rehearsal = mg_rehearsal_new(next, now);
        if (!ask(&run, &asker, &error))
                return mg_cli_fail_role(next, "mugai-store", error);
        g_autofree char *text = options->json ? in_json(&run) : in_words(&run);
        mg_cli_print(text);
        return mg_cli_flush();
}
