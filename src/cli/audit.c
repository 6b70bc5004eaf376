/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai audit: verify, list, export, anchor.
 * Walks along the trail itself: the store hands out entries as they are and is not asked whether they are well.
 */
#include "cli/audit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/audit_check.h"
#include "base/error.h"
#include "base/receipt.h"
#include "base/text.h"

#define LIST_ROWS 100
/* What is wrong was found: as check says it. */
#define EX_FOUND 1

static void options_clear(MgAuditOptions *options) {
        g_free(options->config_file);
        g_strfreev(options->anchors);
        g_free(options->actor);
        g_free(options->act);
        g_free(options->receipt);
        g_free(options->about);
        g_free(options->since);
        g_free(options->until);
        g_free(options->output);
        mg_config_free(options->config);
}
typedef MgAuditOptions Options;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean take_time(const char *text, gint64 *time) {
        GError *error = NULL;

        if (text == NULL || mg_cli_time(text, g_get_real_time() / G_USEC_PER_SEC, time, &error))
                return TRUE;
        mg_cli_fail_error(NULL, error);
        return FALSE;
}

gboolean mg_audit_options_query(const MgAuditOptions *options, MgActKind purpose, MgAuditQuery *query) {
        *query = (MgAuditQuery){.purpose = purpose,
                                .actor = options->actor,
                                .act = options->act,
                                .receipt = options->receipt,
                                .about = options->about};
        if (options->act != NULL && !mg_act_is(options->act)) {
                mg_cli_fail(EX_USAGE, "there is no act \"%s\"; mugai(1) lists them", options->act);
                return FALSE;
        }
        return take_time(options->since, &query->since) && take_time(options->until, &query->until);
}

int mg_audit_ask(const MgAuditOptions *options, const MgAuditQuery *query, const MgAuditFuncs *funcs, gpointer data) {
        g_autofree char *path = mg_config_socket(options->config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        GError *error = NULL;

        if (mg_audit_query(&asker, query, funcs, data, &error))
                return EX_OK;
        return mg_cli_fail_role(options->config, "mugai-store", error);
}

static char *time_text(gint64 time) {
        g_autoptr(GDateTime) value = g_date_time_new_from_unix_local(time);

        return value != NULL ? g_date_time_format(value, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
}

/* An entry on a line: time, number, act, actor, and what else stands in it. One that is none is shown quoted. */
static void append_entry(GString *text, const MgEntry *entry) {
        g_auto(MgEntryFacts) facts = {0};

        if (!mg_entry_read(entry, &facts)) {
                gsize n;
                const char *line = g_bytes_get_data(entry->line, &n);
                g_autofree char *copy = g_strndup(line, n), *quoted = mg_text_quote(copy, 200);

                g_string_append_printf(text, "?  %" G_GINT64_FORMAT "  %s\n", entry->number, quoted);
                return;
        }
        g_autofree char *time = time_text(facts.time);
        g_string_append_printf(text, "%s  %8" G_GINT64_FORMAT "  %-14s  %-8s", time, entry->number, facts.act,
                               facts.actor);
        for (guint i = 0; i + 1 < facts.words->len; i += 2)
                g_string_append_printf(text, "  %s=%s", (const char *)g_ptr_array_index(facts.words, i),
                                       (const char *)g_ptr_array_index(facts.words, i + 1));
        g_string_append_c(text, '\n');
}

static gboolean print_entry(const MgEntry *entry, gpointer data, GError **error) {
        const MgAuditOptions *options = data;
        g_autoptr(GString) text = g_string_new(NULL);

        if (options->json) {
                g_autofree char *line = mg_entry_export(entry);
                g_string_append_printf(text, "%s\n", line);
        } else {
                append_entry(text, entry);
        }
        mg_cli_print(text->str);
        return TRUE;
}

static int audit_list(const MgAuditOptions *options) {
        const MgAuditFuncs funcs = {.entry = print_entry};
        MgAuditQuery query;

        if (!mg_audit_options_query(options, MG_ACT_LISTED, &query))
                return EX_USAGE;
        query.newest_first = TRUE;
        query.max = options->max > 0 ? (guint32)options->max : LIST_ROWS;
        int code = mg_audit_ask(options, &query, &funcs, (gpointer)options);
        return code != EX_OK ? code : mg_cli_flush();
}

static gboolean print_anchor(const MgAuditSpan *span, gpointer data, GError **error) {
        const MgAnchor anchor = {span->head, g_get_real_time() / G_USEC_PER_SEC};
        g_autofree char *line = mg_anchor_line(&anchor), *whole = g_strconcat(line, "\n", NULL);

        mg_cli_print(whole);
        return FALSE;
}

static int audit_anchor(const MgAuditOptions *options) {
        const MgAuditFuncs funcs = {.begin = print_anchor};
        const MgAuditQuery query = {.purpose = MG_ACT_ANCHORED, .max = 1};
        int code = mg_audit_ask(options, &query, &funcs, NULL);

        return code != EX_OK ? code : mg_cli_flush();
}

/* Those of the file that the store adds them to, where it can be read by who asks. */
static void add_own_anchors(const MgConfig *config, GArray *all) {
        g_autofree char *text = NULL;
        g_autoptr(GArray) some = NULL;

        if (*config->anchor_file == '\0' || !g_file_get_contents(config->anchor_file, &text, NULL, NULL))
                return;
        some = mg_audit_anchors(text);
        g_array_append_vals(all, some->data, some->len);
}

/* All anchors of all files. NULL after one line on standard error; *code is the exit status then. */
static GArray *read_anchors(char *const *files, int *code) {
        g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(MgAnchor));

        for (; files != NULL && *files != NULL; files++) {
                g_autofree char *text = NULL;
                g_autoptr(GError) error = NULL;

                if (!g_file_get_contents(*files, &text, NULL, &error)) {
                        *code = mg_cli_fail(EX_NOINPUT, "%s", error->message);
                        return NULL;
                }
                g_autoptr(GArray) some = mg_audit_anchors(text);
                if (some->len == 0) {
                        *code = mg_cli_fail(EX_DATAERR,
                                            "%s holds no line of the form \"audit-anchor NUMBER HASH TIME\"", *files);
                        return NULL;
                }
                g_array_append_vals(all, some->data, some->len);
        }
        return g_steal_pointer(&all);
}

static char *verdict_text(const MgAuditCheck *check) {
        GString *text = g_string_new(NULL);
        g_autofree char *time = time_text(check->time);
        const MgAnchor head = {check->chain, check->time};
        g_autofree char *anchor = mg_anchor_line(&head);

        if (check->fault != MG_BREAK_NONE) {
                g_string_append_printf(text, "%s\n%s\n", check->ja, check->en);
                return g_string_free(text, FALSE);
        }
        g_string_append_printf(text,
                               "監査記録 %" G_GINT64_FORMAT " 件はすべて正しく連なっています (最後は %s)。\n"
                               "All %" G_GINT64_FORMAT " entries follow from each other; the last one is of %s.\n",
                               check->chain.number, time, check->chain.number, time);
        if (check->anchors->len > 0)
                g_string_append_printf(text, "控え %u 件と一致しました。 / %u anchors agree.\n", check->agreed,
                                       check->agreed);
        else
                g_string_append(text,
                                "控えがないため、末尾の切り取りと全体の作り直しは調べていません (--anchors FILE)。\n"
                                "Without anchors a trail that was cut at its end, or chained anew as a whole, "
                                "is not seen (--anchors FILE).\n");
        if (check->lost > 0)
                g_string_append_printf(text,
                                       "控え %u 件は、バックアップからの復元で失われた記録のものです。\n"
                                       "%u anchors are of entries that were lost by a restore from a backup.\n",
                                       check->lost, check->lost);
        g_string_append_printf(text, "%s\n", anchor);
        return g_string_free(text, FALSE);
}

static char *verdict_json(const MgAuditCheck *check) {
        g_autofree char *hash = mg_text_hex(check->chain.hash, MG_CHAIN_HASH);
        json_t *root = json_pack("{s:b,s:I,s:s,s:{s:i,s:i,s:i}}", "valid", check->fault == MG_BREAK_NONE, "entries",
                                 (json_int_t)check->chain.number, "hash", hash, "anchors", "given",
                                 (int)(check->anchors->len + check->lost), "agreed", (int)check->agreed, "lost",
                                 (int)check->lost);
        json_t *fault = json_null();

        if (check->fault != MG_BREAK_NONE)
                fault = json_pack("{s:I,s:s,s:s,s:s}", "number", (json_int_t)check->number, "kind",
                                  mg_break_name(check->fault), "ja", check->ja, "en", check->en);
        json_object_set_new(root, "fault", fault);
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

static gboolean walk(const MgEntry *entry, gpointer data, GError **error) {
        return mg_audit_check_entry(data, entry);
}

static int audit_verify(const MgAuditOptions *options) {
        const MgAuditFuncs funcs = {.entry = walk};
        const MgAuditQuery query = {.purpose = MG_ACT_VERIFIED};
        g_auto(MgAuditCheck) check = {0};
        int code = EX_OK;
        GArray *anchors = read_anchors(options->anchors, &code);

        if (anchors == NULL)
                return code;
        if (options->anchors == NULL)
                add_own_anchors(options->config, anchors);
        mg_audit_check_init(&check, anchors);
        code = mg_audit_ask(options, &query, &funcs, &check);
        if (code != EX_OK)
                return code;
        gboolean well = mg_audit_check_end(&check);
        g_autofree char *text = options->json ? verdict_json(&check) : verdict_text(&check);
        mg_cli_print(text);
        code = mg_cli_flush();
        return code != EX_OK || well ? code : EX_FOUND;
}

static const struct {
        const char *name;
        int (*run)(const MgAuditOptions *options);
} parts[] = {{"verify", audit_verify}, {"list", audit_list}, {"export", mg_audit_export}, {"anchor", audit_anchor}};

int mg_command_audit(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config_file, "Configuration", "FILE"},
                {"anchors", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.anchors,
                 "Anchors that left before, in any text; may be given more than once (verify)", "FILE"},
                {"actor", 'a', 0, G_OPTION_ARG_STRING, &options.actor, "Acts of this actor: p:12, gateway, root (list)",
                 "ACTOR"},
                {"act", 0, 0, G_OPTION_ARG_STRING, &options.act, "Acts of this kind (list)", "ACT"},
                {"receipt", 'r', 0, G_OPTION_ARG_STRING, &options.receipt, "Acts on this mail (list)", "RECEIPT"},
                {"about", 0, 0, G_OPTION_ARG_STRING, &options.about,
                 "Searches for this text: it stands in the trail as a digest (list)", "TEXT"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.since, "Not older (list, export)", "TIME"},
                {"until", 'u', 0, G_OPTION_ARG_STRING, &options.until, "Older (list, export)", "TIME"},
                {"max", 'n', 0, G_OPTION_ARG_INT, &options.max, "At most so many, 100 (list)", "N"},
                {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "Write it there (export)", "FILE"},
                {"force", 0, 0, G_OPTION_ARG_NONE, &options.force, "Over an existing file (export)", NULL},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "An object (verify), an object a line (list)", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        int code = EX_OK;

        if (operands == NULL)
                return EX_USAGE;
        if (options.receipt != NULL) {
                g_autofree char *typed = g_steal_pointer(&options.receipt);
                options.receipt = mg_cli_receipt(typed);
                if (options.receipt == NULL)
                        return EX_DATAERR;
        }
        options.config = mg_cli_config(options.config_file, &code);
        for (guint i = 0; options.config != NULL && i < G_N_ELEMENTS(parts); i++)
                if (g_str_equal(parts[i].name, operands[0]))
                        return parts[i].run(&options);
        return options.config == NULL ? code : mg_cli_fail(EX_USAGE, "usage: mugai audit %s", command->parameters);
}
