/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai rules: the table of its acts, which stand in rules_check.c, rules_explain.c and rules_rehearse.c, and how they
 * write what a rule is. Changes nothing: a gateway takes new rules at a reload.
 */
#include "cli/rules.h"

#include <string.h>

#include "config/table.h"

static void options_clear(MgRulesOptions *options) {
        g_free(options->config);
        g_free(options->rules);
        g_free(options->from);
        g_free(options->to);
        g_free(options->time);
        g_free(options->scan);
        g_free(options->since);
        g_free(options->until);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgRulesOptions, options_clear)

const char *mg_rules_section(const MgRule *rule) {
        return rule->exemption ? "exemption" : "rule";
}

const char *mg_rules_action(const MgRule *rule) {
        static const char *const mail[] = {[MG_MAIL_REWRITE] = "mail = rewrite",
                                           [MG_MAIL_HOLD] = "mail = hold",
                                           [MG_MAIL_REJECT] = "mail = reject"};
        static const char *const part[] = {
                [MG_PART_ACTION_REMOVE] = "part = remove", [MG_PART_ACTION_KEEP] = "part = keep"};

        return rule->part != MG_PART_ACTION_NONE ? part[rule->part] : mail[rule->mail];
}

/* Of a choice, or of several. */
static char *choice_text(const MgKey *key, guint32 value) {
        GString *text = g_string_new(NULL);

        for (const MgChoice *choice = key->choices; choice->word != NULL; choice++)
                if (key->type == MG_KEY_CHOICES ? (value & (guint32)choice->value) != 0
                                                : value == (guint32)choice->value)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", choice->word);
        return g_string_free(text, FALSE);
}

static char *setting_text(const MgKey *key, const MgPolicy *policy) {
        const char *at = (const char *)policy + key->offset;
        guint32 value;

        if (key->type == MG_KEY_TEXT) {
                char *text;
                memcpy(&text, at, sizeof text);
                return g_strdup_printf("\"%s\"", text);
        }
        memcpy(&value, at, sizeof value);
        return choice_text(key, value);
}

char *mg_rules_settings(const MgPolicy *a, const MgPolicy *b) {
        static const char *const settings[] = {"policy.links", "policy.charset", "policy.languages",
                                               "policy.subject_tag"};
        GString *text = g_string_new(NULL);

        for (guint i = 0; a != b && i < G_N_ELEMENTS(settings); i++) {
                const MgKey *key = mg_key_find(settings[i]);
                g_autofree char *ours = setting_text(key, a), *theirs = setting_text(key, b);

                if (!g_str_equal(ours, theirs))
                        g_string_append_printf(text, "%s%s = %s", text->len > 0 ? ", " : "",
                                               strchr(settings[i], '.') + 1, ours);
        }
        return g_string_free(text, FALSE);
}

char *mg_rules_day(guint32 day) {
        return g_strdup_printf("%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
}

static const struct {
        const char *name;
        guint least, most; /* operands, its name included */
        int (*run)(const MgRulesOptions *options);
} acts[] = {
        {"check", 1, 2, mg_rules_check}, {"explain", 2, 2, mg_rules_explain}, {"rehearse", 2, 2, mg_rules_rehearse}};

int mg_command_rules(const MgCommand *command, int argc, char **argv) {
        g_auto(MgRulesOptions) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"rules", 0, 0, G_OPTION_ARG_FILENAME, &options.rules,
                 "Rules (explain; default: those of policy.rules)", "FILE"},
                /* FILENAME: octets as they are, so that Japanese can be asked for whatever the locale. */
                {"from", 'f', 0, G_OPTION_ARG_FILENAME, &options.from,
                 "Envelope sender (explain; default: the null sender)", "ADDRESS"},
                {"to", 't', 0, G_OPTION_ARG_FILENAME, &options.to, "Envelope recipient (explain)", "ADDRESS"},
                {"time", 0, 0, G_OPTION_ARG_STRING, &options.time, "Time of arrival (explain; default: now)", "TIME"},
                {"scan", 0, 0, G_OPTION_ARG_STRING, &options.scan,
                 "What the scanner says: clean, infected, unscanned (explain; default: there is none)", "WORD"},
                {"since", 's', 0, G_OPTION_ARG_STRING, &options.since,
                 "Mail not older: 2026-11-20, 7d (rehearse; default: 7d)", "TIME"},
                {"until", 'u', 0, G_OPTION_ARG_STRING, &options.until, "Mail older (rehearse; default: now)", "TIME"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "JSON", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 2);
        if (options.operands == NULL)
                return EX_USAGE;
        guint n = g_strv_length(options.operands);
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
                if (g_str_equal(acts[i].name, options.operands[0]) && n >= acts[i].least && n <= acts[i].most)
                        return acts[i].run(&options);
        return mg_cli_fail(EX_USAGE, "usage: mugai rules %s", command->parameters);
}
