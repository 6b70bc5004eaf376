/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule file: sections in order, what each key of one is, and what they say about each other and about the
 * configuration. How the value of a condition is read is said by rule_value.c.
 */
#include "config/rules.h"

#include <stddef.h>
#include <string.h>

#include "base/address_set.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/kept_type.h"
#include "base/text.h"
#include "config/rule_value.h"
#include "config/syntax.h"
#include "config/table.h"

#define RULE "rule"
#define EXEMPTION "exemption"

typedef struct Loading {
        const char *name;
        MgConfig *config;
        const GArray *entries;
        GPtrArray *rules;
        GPtrArray *policies; /* of MgPolicy: settings that several rules have alike are kept once */
        MgRuleValues values;
} Loading;

/* How a rule rewrites mail: keys that are those of the section policy. */
static const char *const settings[] = {"links", "charset", "languages", "subject_tag"};

static const MgChoice mail_actions[] = {
        {"rewrite", MG_MAIL_REWRITE}, {"hold", MG_MAIL_HOLD}, {"reject", MG_MAIL_REJECT}, {NULL, 0}};
static const MgChoice part_actions[] = {{"remove", MG_PART_ACTION_REMOVE}, {"keep", MG_PART_ACTION_KEEP}, {NULL, 0}};
static const MgChoice releases[] = {{"staff", MG_RELEASE_BY_STAFF},
                                    {"officer", MG_RELEASE_BY_OFFICER},
                                    {"nobody", MG_RELEASE_BY_NOBODY},
                                    {NULL, 0}};
static const MgChoice yes_or_no[] = {{"yes", TRUE}, {"no", FALSE}, {NULL, 0}};

#define FIELD(field) .offset = offsetof(MgRule, field), .width = sizeof(((MgRule *)0)->field)

static const MgKey keys[] = {
        {.name = "mail", .type = MG_KEY_CHOICE, FIELD(mail), .choices = mail_actions},
        {.name = "part", .type = MG_KEY_CHOICE, FIELD(part), .choices = part_actions},
        {.name = "text", .type = MG_KEY_TEXT, FIELD(text), .max = MG_RULE_TEXT},
        {.name = "retention", .type = MG_KEY_DAYS, FIELD(terms.retention), .min = 1, .max = 36500},
        {.name = "approvals", .type = MG_KEY_COUNT, FIELD(terms.approvals), .min = 1, .max = 2},
        {.name = "release", .type = MG_KEY_CHOICE, FIELD(terms.release), .choices = releases},
        {.name = "priority", .type = MG_KEY_CHOICE, FIELD(priority), .choices = yes_or_no},
        {.name = "reason", .type = MG_KEY_TEXT, FIELD(reason), .max = 200},
        {.name = "approved_by", .type = MG_KEY_TEXT, FIELD(approved_by), .max = 200},
};

static const MgKey *find_key(const char *word) {
        for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
                if (strcmp(keys[i].name, word) == 0)
                        return &keys[i];
        return NULL;
}

static const MgKey *find_setting(const char *word) {
        for (guint i = 0; i < G_N_ELEMENTS(settings); i++)
                if (strcmp(settings[i], word) == 0) {
                        g_autofree char *name = g_strconcat("policy.", word, NULL);
                        return mg_key_find(name);
                }
        return NULL;
}

static char *no_such_key(const char *word) {
        g_autoptr(GString) all = g_string_new(NULL);
        for (MgMatch match = 0; match < _MG_MATCH_N; match++)
                g_string_append_printf(all, "%s, ", mg_match_word(match));
        for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
                g_string_append_printf(all, "%s, ", keys[i].name);
        for (guint i = 0; i < G_N_ELEMENTS(settings); i++)
                g_string_append_printf(all, "%s, ", settings[i]);
        return g_strdup_printf("a rule has no key \"%s\"; there are %sexpires", word, all->str);
}

static char *take_expires(MgRule *rule, const char *value) {
        rule->expires = mg_rule_date(value);
        return rule->expires != 0 ? NULL
                                  : g_strdup_printf("\"expires\" is \"%s\"; it should be the last day on which the "
                                                    "exemption holds, as in 2026-12-31",
                                                    value);
}

static char *take_condition(Loading *loading, MgRule *rule, MgMatch match, const char *value, gboolean *whole) {
        MgCondition condition = {.match = match};
        char *fault = mg_rule_value(&loading->values, &condition, value, whole);
        g_array_append_val(rule->conditions, condition);
        return fault;
}

static char *take_key(Loading *loading, MgRule *rule, const MgEntry *entry, gboolean *whole) {
        const char *word = strchr(entry->key, '.') + 1;
        const MgKey *key = find_key(word), *setting = find_setting(word);
        MgMatch match = mg_match_find(word);
        *whole = FALSE;
        if (match < _MG_MATCH_N)
                return take_condition(loading, rule, match, entry->value, whole);
        if (strcmp(word, "expires") == 0)
                return take_expires(rule, entry->value);
        if (key != NULL)
                return mg_key_set_in(key, rule, entry->value);
        if (setting == NULL)
                return no_such_key(word);
        if (rule->policy == NULL)
                rule->policy = mg_policy_copy(loading->config->policy);
        return mg_key_set_in(setting, rule->policy, entry->value);
}

static char *check_exemption(const MgRule *rule) {
        if (!rule->exemption)
                return *rule->approved_by == '\0' && rule->expires == 0
                               ? NULL
                               : g_strdup_printf("rule \"%s\" has \"%s\", which belongs to an exemption; write "
                                                 "exemption %s { ... }",
                                                 rule->name, rule->expires != 0 ? "expires" : "approved_by",
                                                 rule->name);
        const char *missing = *rule->reason == '\0'        ? "reason"
                              : *rule->approved_by == '\0' ? "approved_by"
                              : rule->expires == 0         ? "expires"
                                                           : NULL;
        return missing == NULL ? NULL
                               : g_strdup_printf("exemption \"%s\" has no \"%s\"; it needs reason, approved_by and "
                                                 "expires, so that somebody looks at it again",
                                                 rule->name, missing);
}

/* The text goes into an SMTP reply. */
static char *check_text(const MgRule *rule, gboolean behind_relay) {
        if (rule->mail != MG_MAIL_REJECT)
                return *rule->text == '\0' ? NULL
                                           : g_strdup_printf("rule \"%s\" has \"text\" but does not reject; it goes "
                                                             "with mail = reject only",
                                                             rule->name);
        if (behind_relay)
                return g_strdup_printf(
                        "rule \"%s\" rejects, but \"milter.behind_relay\" is yes: the server in front has "
                        "taken the mail and would send a bounce; use mail = hold",
                        rule->name);
        if (*rule->text == '\0')
                return g_strdup_printf(
                        "rule \"%s\" rejects without a text; add text = \"...\", which the sender is told", rule->name);
        for (const char *c = rule->text; *c != '\0'; c++)
                if (!g_ascii_isprint(*c) || *c == '%')
                        return g_strdup_printf(
                                "the \"text\" of rule \"%s\" should be printable ASCII without %%, since "
                                "it stands in an SMTP reply",
                                rule->name);
        return NULL;
}

/* Decided at MAIL, when nothing else is known. */
static char *check_priority(const MgRule *rule) {
        if (!rule->priority || (rule->conditions->len == 1 && mg_rule_asks(rule, MG_MATCH_SENDER, MG_MATCH_SENDER) &&
                                (rule->mail == MG_MAIL_REWRITE || rule->mail == MG_MAIL_HOLD)))
                return NULL;
        return g_strdup_printf(
                "rule \"%s\" has priority, which is decided before a mail comes; it should have \"sender\" "
                "as its only condition, and mail = rewrite or hold",
                rule->name);
}

static gboolean has_terms(const MgRule *rule) {
        return rule->terms.retention > 0 || rule->terms.approvals > 0 || rule->terms.release != MG_RELEASE_BY_STAFF;
}

static char *check_actions(const Loading *loading, const MgRule *rule) {
        gboolean of_parts = rule->part != MG_PART_ACTION_NONE;
        if ((rule->mail != MG_MAIL_NONE) == of_parts)
                return g_strdup_printf(of_parts ? "rule \"%s\" has \"mail\" and \"part\"; make two rules of it"
                                                : "rule \"%s\" does nothing; it should have mail = rewrite, hold or "
                                                  "reject, or part = remove or keep",
                                       rule->name);
        if (rule->policy != NULL && (of_parts || rule->mail == MG_MAIL_REJECT))
                return g_strdup_printf("rule \"%s\" has settings of the rewritten mail (links, charset, languages, "
                                       "subject_tag), which go with mail = rewrite or hold only",
                                       rule->name);
        if (has_terms(rule) && (rule->part != MG_PART_ACTION_NONE || rule->mail == MG_MAIL_REJECT))
                return g_strdup_printf("rule \"%s\" says how a mail is kept and released (retention, approvals, "
                                       "release), which goes with mail = rewrite or hold only",
                                       rule->name);
        if (rule->policy != NULL && !rule->exemption && rule->policy->links == MG_LINKS_TEXT &&
            loading->config->policy->links != MG_LINKS_TEXT)
                return g_strdup_printf("rule \"%s\" lets links through as they stand; make it an exemption: exemption "
                                       "%s { ... } with reason, approved_by and expires",
                                       rule->name, rule->name);
        return NULL;
}

/* The types of which the octets have to be for a condition to be met; each has to be one that can be kept at all. */
static char *check_kept_types(const MgRule *rule, const MgCondition *condition) {
        g_autofree char *all = mg_kept_type_words();
        for (char **word = condition->words; *word != NULL; word++)
                if (mg_kept_type(*word) == NULL)
                        return g_strdup_printf("exemption \"%s\" keeps \"%s\", which no rule can keep; \"part_found\" "
                                               "should have types of %s",
                                               rule->name, *word, all);
        return NULL;
}

/* A file crosses by an exemption alone, by what its octets are, and only where a scanner looks at every mail. */
static char *check_keep(const Loading *loading, const MgRule *rule) {
        if (rule->part != MG_PART_ACTION_KEEP)
                return NULL;
        if (!rule->exemption)
                return g_strdup_printf("rule \"%s\" keeps a file; make it an exemption: exemption %s { ... } with "
                                       "reason, approved_by and expires",
                                       rule->name, rule->name);
        if (*loading->config->scan_socket == '\0')
                return g_strdup_printf("exemption \"%s\" keeps a file, but no scanner is configured: what was not "
                                       "scanned does not cross; set \"scan.socket\"",
                                       rule->name);
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);
                if (condition->match == MG_MATCH_PART_FOUND)
                        return check_kept_types(rule, condition);
        }
        return g_strdup_printf("exemption \"%s\" keeps a file without saying what it is by its octets; add "
                               "part_found = TYPE, as in application/pdf",
                               rule->name);
}

/* Behind one that takes all mail (or parts) none is reached. */
static char *check_reached(const Loading *loading, const MgRule *rule) {
        for (guint i = 0; i < loading->rules->len; i++) {
                const MgRule *before = g_ptr_array_index(loading->rules, i);
                if ((before->part == MG_PART_ACTION_NONE) == (rule->part == MG_PART_ACTION_NONE) &&
                    before->conditions->len == 0 && before->expires == 0)
                        return g_strdup_printf("rule \"%s\" is never reached: rule \"%s\" of line %u has no condition "
                                               "and takes all; put it last",
                                               rule->name, before->name, before->line);
        }
        return NULL;
}

static gboolean same_settings(const MgPolicy *a, const MgPolicy *b) {
        return a->links == b->links && a->charset == b->charset && a->languages == b->languages &&
               strcmp(a->subject_tag, b->subject_tag) == 0;
}

static void share_policy(Loading *loading, MgRule *rule) {
        for (guint i = 0; rule->policy != NULL && i < loading->policies->len; i++) {
                MgPolicy *known = g_ptr_array_index(loading->policies, i);
                if (!same_settings(known, rule->policy))
                        continue;
                mg_policy_unref(rule->policy);
                rule->policy = mg_policy_ref(known);
                return;
        }
        if (rule->policy != NULL) {
                mg_policy_seal(rule->policy);
                g_ptr_array_add(loading->policies, mg_policy_ref(rule->policy));
        }
}

static gint by_match(gconstpointer a, gconstpointer b) {
        return (gint)((const MgCondition *)a)->match - (gint)((const MgCondition *)b)->match;
}

/* Takes the rule whose section has ended. */
static gboolean end_section(Loading *loading, MgRule *taken, GError **error) {
        g_autoptr(MgRule) rule = taken;
        g_autofree char *fault = NULL;
        if (rule == NULL)
                return TRUE;
        if ((fault = check_exemption(rule)) == NULL && (fault = check_actions(loading, rule)) == NULL &&
            (fault = check_keep(loading, rule)) == NULL && (fault = check_priority(rule)) == NULL &&
            (fault = check_text(rule, loading->config->behind_relay)) == NULL)
                fault = check_reached(loading, rule);
        if (fault != NULL) {
                mg_syntax_error(error, loading->name, rule->line, "%s", fault);
                return FALSE;
        }
        g_array_sort(rule->conditions, by_match);
        share_policy(loading, rule);
        g_ptr_array_add(loading->rules, g_steal_pointer(&rule));
        return TRUE;
}

static char *check_name(const Loading *loading, const MgEntry *entry) {
        static const char *const built_in[] = {"text-only", "failed", "body", "alternative", "inline-picture", NULL};
        if (strcmp(entry->key, RULE) != 0 && strcmp(entry->key, EXEMPTION) != 0)
                return g_strdup_printf("there is a section \"%s %s\"; a rule file has rule NAME { ... } and exemption "
                                       "NAME { ... }",
                                       entry->key, entry->title);
        if (strlen(entry->title) > MG_RULE_NAME)
                return g_strdup_printf("the name \"%s\" has %zu characters; a rule's may have %d", entry->title,
                                       strlen(entry->title), MG_RULE_NAME);
        if (g_strv_contains(built_in, entry->title))
                return g_strdup_printf("\"%s\" is the name of a rule that is built in; take another one", entry->title);
        for (guint i = 0; i < loading->rules->len; i++) {
                const MgRule *other = g_ptr_array_index(loading->rules, i);
                if (strcmp(other->name, entry->title) == 0)
                        return g_strdup_printf("there is a rule \"%s\" in line %u; take another name", other->name,
                                               other->line);
        }
        return loading->rules->len < MG_RULES_MAX ? NULL
                                                  : g_strdup_printf("this is rule number %u; there may be %d",
                                                                    loading->rules->len + 1, MG_RULES_MAX);
}

/* *rule is the one whose section is open, or NULL. */
static gboolean take_entry(Loading *loading, const MgEntry *entry, MgRule **rule, GError **error) {
        g_autofree char *fault = NULL;
        gboolean whole = FALSE;
        if (entry->title == NULL)
                fault = g_strdup_printf("\"%s\" stands outside of a rule; write rule NAME { ... } around it",
                                        entry->key);
        else if (entry->value != NULL)
                fault = take_key(loading, *rule, entry, &whole);
        else if (!end_section(loading, g_steal_pointer(rule), error))
                return FALSE;
        else if ((fault = check_name(loading, entry)) == NULL) {
                *rule = mg_rule_new(entry->title);
                (*rule)->line = entry->line;
                (*rule)->exemption = strcmp(entry->key, EXEMPTION) == 0;
        }
        if (fault == NULL)
                return TRUE;
        if (whole)
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s", fault);
        else
                mg_syntax_error(error, loading->name, entry->line, "%s", fault);
        return FALSE;
}

/* Over what was written, and the lists as they were. */
static void digest(Loading *loading) {
        GString *all = loading->values.digested;
        for (guint i = 0; i < loading->entries->len; i++) {
                const MgEntry *entry = &g_array_index(loading->entries, MgEntry, i);
                g_string_append_printf(all, "\n%s\n%s\n%s", entry->key, entry->title,
                                       entry->value != NULL ? entry->value : "");
        }
        mg_digest(all->str, all->len, loading->config->policy->rules_digest);
}

static gboolean take_entries(Loading *loading, GError **error) {
        g_autoptr(MgRule) rule = NULL;
        for (guint i = 0; i < loading->entries->len; i++)
                if (!take_entry(loading, &g_array_index(loading->entries, MgEntry, i), &rule, error))
                        return FALSE;
        if (!end_section(loading, g_steal_pointer(&rule), error))
                return FALSE;
        digest(loading);
        return TRUE;
}

static gboolean load(const char *name, const GArray *entries, MgConfig *config, GError **error) {
        g_autoptr(GPtrArray) rules = g_ptr_array_new_with_free_func((GDestroyNotify)mg_rule_free);
        g_autoptr(GPtrArray) policies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_policy_unref);
        g_autoptr(GHashTable) lists =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mg_address_set_unref);
        g_autoptr(GString) digested = g_string_new(NULL);
        Loading loading = {name,  config,   entries,
                           rules, policies, {config->organizations, config->authserv_id, lists, digested}};
        if (!take_entries(&loading, error))
                return FALSE;
        config->policy->rules = g_steal_pointer(&rules);
        return TRUE;
}

gboolean mg_rules_parse(const char *name, const char *text, gsize n, MgConfig *config, GError **error) {
        g_autoptr(GArray) entries = mg_syntax_parse(name, text, n, error);
        return entries != NULL && load(name, entries, config, error);
}

gboolean mg_rules_load(const char *path, MgConfig *config, GError **error) {
        g_autoptr(GArray) entries = mg_syntax_read(path, error);
        return entries != NULL && load(path, entries, config, error);
}
