/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai rules check: what is wrong with a rule file, or which rules it has, in order, until when, and which of
 * them no mail reaches. Asks no role.
 */
#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "cli/rules.h"
#include "rules/explain.h"

/* An exemption that ends within so many days is spoken of. */
#define SOON_DAYS 30

/* What is known of one rule beside what stands in it. */
typedef struct Remark {
        gboolean expired;
        gint days;               /* until its end, the last day being 0; of one that has an end */
        const MgRule *unreached; /* the one before it that takes all, or NULL */
} Remark;

static gboolean is_expired(const MgRule *rule, guint32 today) {
        return rule->expires != 0 && rule->expires < today;
}

static Remark remark_on(const GPtrArray *rules, guint i, guint32 today) {
        const MgRule *rule = g_ptr_array_index(rules, i);
        Remark remark = {.expired = is_expired(rule, today)};

        if (rule->expires != 0)
                remark.days = mg_rule_days_between(today, rule->expires);
        for (guint j = 0; j < i && !remark.expired && remark.unreached == NULL; j++) {
                const MgRule *before = g_ptr_array_index(rules, j);
                if (!is_expired(before, today) && mg_rule_covers(before, rule))
                        remark.unreached = before;
        }
        return remark;
}

static void add_remarks(GString *text, const MgRule *rule, const Remark *remark) {
        if (rule->expires != 0) {
                g_autofree char *day = mg_rules_day(rule->expires);
                g_string_append_printf(text, "        until %s, approved by %s: %s\n", day, rule->approved_by,
                                       rule->reason);
        }
        if (remark->expired)
                g_string_append(
                        text,
                        "        ! 期限切れ: もう当てはまりません / expired: matches no longer; take it out, or have "
                        "it approved again and set expires anew\n");
        else if (rule->expires != 0 && remark->days <= SOON_DAYS)
                g_string_append_printf(text, "        ! あと %d 日で期限切れ / ends in %d days\n", remark->days,
                                       remark->days);
        if (remark->unreached != NULL)
                g_string_append_printf(
                        text,
                        "        ! 到達しません / never reached: %s %s of line %u takes all that this one "
                        "could; put this one before it, or take it out\n",
                        mg_rules_section(remark->unreached), remark->unreached->name, remark->unreached->line);
}

static void add_rule(GString *text, const MgConfig *config, const MgRule *rule, const Remark *remark) {
        g_autofree char *settings =
                rule->policy != NULL ? mg_rules_settings(rule->policy, config->policy) : g_strdup("");

        g_string_append_printf(text, "%5u  %s %s: %s%s%s\n", rule->line, mg_rules_section(rule), rule->name,
                               mg_rules_action(rule), *settings != '\0' ? ", " : "", settings);
        if (rule->conditions->len == 0)
                g_string_append(text, "        all\n");
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);
                g_autofree char *value = mg_text_quote(condition->value, 400);
                g_string_append_printf(text, "        %s = %s\n", mg_match_word(condition->match), value);
        }
        add_remarks(text, rule, remark);
}

static json_t *json_rule(const MgConfig *config, const MgRule *rule, const Remark *remark) {
        json_t *object = json_object(), *conditions = json_array();
        g_autofree char *settings =
                rule->policy != NULL ? mg_rules_settings(rule->policy, config->policy) : g_strdup("");

        json_object_set_new(object, "name", json_string(rule->name));
        json_object_set_new(object, "line", json_integer(rule->line));
        json_object_set_new(object, "section", json_string(mg_rules_section(rule)));
        json_object_set_new(object, "action", json_string(mg_rules_action(rule)));
        json_object_set_new(object, "settings", json_string(settings));
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);
                json_array_append_new(conditions, json_pack("{s:s,s:s}", "asks", mg_match_word(condition->match),
                                                            "value", condition->value));
        }
        json_object_set_new(object, "conditions", conditions);
        json_object_set_new(object, "reason", json_string(rule->reason));
        if (rule->expires != 0) {
                g_autofree char *day = mg_rules_day(rule->expires);
                json_object_set_new(object, "approved_by", json_string(rule->approved_by));
                json_object_set_new(object, "expires", json_string(day));
                json_object_set_new(object, "expired", json_boolean(remark->expired));
                json_object_set_new(object, "days", json_integer(remark->days));
        }
        if (remark->unreached != NULL)
                json_object_set_new(object, "unreached_by", json_string(remark->unreached->name));
        return object;
}

static char *dump(json_t *root) {
        char *raw = json_dumps(root, JSON_INDENT(2)), *text = g_strconcat(raw != NULL ? raw : "{}", "\n", NULL);

        free(raw);
        json_decref(root);
        return text;
}

/* All of them; *mend where one is expired or never reached. */
static char *list(const MgConfig *config, const char *file, gboolean json, gboolean *mend) {
        const GPtrArray *rules = config->policy->rules;
        guint minute, weekday, n = rules != NULL ? rules->len : 0;
        guint32 today = mg_rule_day(g_get_real_time() / G_USEC_PER_SEC, &minute, &weekday);
        GString *text = g_string_new(NULL);
        json_t *array = json_array();

        if (*file == '\0')
                g_string_append(text, "no rules: policy.rules is empty; text alone crosses\n");
        else
                g_string_append_printf(text, "%s: %u rules, in this order; behind the last one text alone crosses\n",
                                       file, n);
        for (guint i = 0; i < n; i++) {
                const MgRule *rule = g_ptr_array_index(rules, i);
                const Remark remark = remark_on(rules, i, today);

                *mend |= remark.expired || remark.unreached != NULL;
                add_rule(text, config, rule, &remark);
                json_array_append_new(array, json_rule(config, rule, &remark));
        }
        if (json) {
                g_string_free(text, TRUE);
                return dump(json_pack("{s:s,s:b,s:o}", "file", file, "mend", *mend, "rules", array));
        }
        json_decref(array);
        return g_string_free(text, FALSE);
}

int mg_rules_check(const MgRulesOptions *options) {
        const char *named = options->operands[1] != NULL ? options->operands[1] : options->rules;
        gboolean mend = FALSE;
        int code = EX_OK;

        if (named != NULL && *named == '\0')
                return mg_cli_fail(EX_USAGE, "the name of the rule file is empty");
        g_autoptr(MgConfig) config = mg_cli_config_with(options->config, named, &code);
        if (config == NULL)
                return code;
        g_autofree char *file = g_filename_display_name(named != NULL ? named : config->rules);
        g_autofree char *text = list(config, file, options->json, &mend);
        mg_cli_print(text);
        code = mg_cli_flush();
        return code == EX_OK && mend ? 1 : code;
}
