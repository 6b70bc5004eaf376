/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules over the model of a Postfix configuration: how one is applied, and how its sentences are filled.
 * Knows no rule.
 */
#include "cli/postfix_rule.h"

#include <string.h>

const char *mg_postfix_text(const MgPostfixContext *context, const MgPostfixService *service, const char *name) {
        const char *value = mg_postfix_value(context->postfix, service, name);

        return value != NULL ? value : "";
}

gboolean mg_postfix_has_ours(const MgPostfixContext *context, const MgPostfixService *service, const char *name) {
        g_autoptr(GPtrArray) milters = mg_postfix_milters(mg_postfix_text(context, service, name));

        for (guint i = 0; i < milters->len; i++) {
                const MgPostfixMilter *milter = milters->pdata[i];
                if (mg_postfix_reach(context->postfix, service, milter->address, context->side->milter_socket) !=
                    MG_POSTFIX_OTHER)
                        return TRUE;
        }
        return FALSE;
}

gboolean mg_postfix_has_word(const char *list, const char *word) {
        g_auto(GStrv) words = mg_postfix_words(list);

        return g_strv_contains((const char *const *)words, word);
}

char *mg_postfix_label(const MgPostfixService *service) {
        return g_strdup_printf("%s/%s", service->name, service->type);
}

gboolean mg_postfix_not_empty(const MgPostfixContext *context, const char *value) {
        return *value != '\0';
}

/* Replaces {value}, {service}, {number} in a sentence of a rule. */
typedef struct Words {
        const char *value;
        const char *service;
        const char *number;
} Words;

static char *fill(const char *text, const Words *words) {
        const struct {
                const char *key;
                const char *value;
        } keys[] = {
                {"{value}", words->value},
                {"{service}", words->service},
                {"{number}", words->number},
        };
        GString *out = g_string_new(text);

        for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
                g_string_replace(out, keys[i].key, keys[i].value != NULL ? keys[i].value : "", 0);
        return g_string_free(out, FALSE);
}

void mg_postfix_report(const MgPostfixContext *context, const char *id, MgSeverity severity, const char *subject,
                       const char *ja, const char *en, const char *mend) {
        for (guint i = 0; i < context->findings->len; i++) {
                const MgFinding *finding = &g_array_index(context->findings, MgFinding, i);
                if (g_str_equal(finding->id, id) && g_str_equal(finding->subject, subject))
                        return;
        }
        mg_findings_add(context->findings, id, severity, subject, ja, en, mend);
}

/* master.cf splits at blanks, but not in braces. */
char *mg_postfix_mend(const MgPostfixService *service, gboolean own, const char *name, const char *good) {
        if (!own)
                return g_strdup_printf("main.cf: %s =%s%s", name, *good != '\0' ? " " : "", good);
        if (strchr(good, ' ') != NULL && !g_str_has_prefix(good, "{"))
                return g_strdup_printf("master.cf, %s %s: -o { %s = %s }", service->name, service->type, name, good);
        return g_strdup_printf("master.cf, %s %s: -o %s=%s", service->name, service->type, name, good);
}

void mg_postfix_apply(const MgPostfixContext *context, const MgPostfixRule *rule, const MgPostfixService *service,
                      const MgPostfixMilter *milter, MgPostfixPlace place) {
        const char *setting =
                milter != NULL && rule->setting != NULL ? g_hash_table_lookup(milter->settings, rule->setting) : NULL;
        const char *value = setting != NULL ? setting : mg_postfix_text(context, service, rule->name);
        gboolean own = service != NULL &&
                       (place == MG_POSTFIX_MASTER ||
                        g_hash_table_contains(service->overrides, setting != NULL ? "smtpd_milters" : rule->name));

        if (!rule->wrong(context, value))
                return;
        g_autofree char *number =
                rule->number != NULL ? g_strdup_printf("%" G_GUINT64_FORMAT, rule->number(context)) : NULL;
        g_autofree char *subject = own ? mg_postfix_label(service) : g_strdup("main.cf");
        const Words words = {.value = *value != '\0' ? value : "(empty)", .service = subject, .number = number};
        g_autofree char *ja = fill(rule->ja, &words);
        g_autofree char *en = fill(rule->en, &words);
        g_autofree char *good = fill(rule->good, &words);
        g_autofree char *braces =
                g_strdup_printf("{ %s, %s=%s }", milter != NULL ? milter->address : "", rule->setting, good);
        g_autofree char *mend = setting != NULL ? mg_postfix_mend(service, own, "smtpd_milters", braces)
                                                : mg_postfix_mend(service, own, rule->name, good);
        mg_postfix_report(context, rule->id, rule->severity, subject, ja, en, mend);
}
