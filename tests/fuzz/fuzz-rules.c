/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules: a rule file, and behind a NUL what a list file holds; "/LIST" in the rules stands for its path. No other file
 * is read: rules that name one are passed over. What does not load changes nothing and says why; what loads decides on
 * a mail.
 */
#include <string.h>

#include "base/fd.h"
#include "config/rules.h"
#include "config/syntax.h"
#include "fuzz.h"
#include "rules/decide.h"

#define LIST "/LIST"

static MgConfig *config;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        g_autoptr(GError) error = NULL;

        config = mg_config_load(NULL, &error);
        if (!config)
                g_error("%s", error->message);
        mg_organizations_add(config->organizations, "city");
        g_free(config->authserv_id);
        config->authserv_id = g_strdup("mx.example.jp");
        g_free(config->scan_socket);
        config->scan_socket = g_strdup("/run/clamd.sock");
        return 0;
}

/* Whether some value names a file; one that does not parse names none. */
static gboolean names_files(const char *text, gsize n) {
        g_autoptr(GArray) entries = mg_syntax_parse("rules", text, n, NULL);

        for (guint i = 0; entries && i < entries->len; i++) {
                const char *value = g_array_index(entries, MgEntry, i).value;
                g_auto(GStrv) words = g_strsplit_set(value ? value : "", " \t\n", -1);

                for (char **word = words; *word; word++)
                        if (**word == '/' && strcmp(*word, LIST) != 0)
                                return TRUE;
        }
        return FALSE;
}

/* The list as a file without a name. */
static int list_of(const char *octets, gsize n) {
        g_autoptr(GError) error = NULL;
        int fd = mg_fd_memory("list", &error);

        FUZZ_CHECK(fd >= 0 && mg_fd_write(fd, octets, n, &error));
        return fd;
}

static void check_rule(const MgRule *rule) {
        FUZZ_CHECK(*rule->name && strlen(rule->name) <= MG_RULE_NAME);
        FUZZ_CHECK((rule->mail != MG_MAIL_NONE) != (rule->part != MG_PART_ACTION_NONE));
        FUZZ_CHECK(!rule->exemption || (*rule->reason && *rule->approved_by && rule->expires > 0));
        FUZZ_CHECK((rule->mail == MG_MAIL_REJECT) == (*rule->text != '\0'));
        for (guint i = 0; i < rule->conditions->len; i++) {
                const MgCondition *condition = &g_array_index(rule->conditions, MgCondition, i);

                FUZZ_CHECK(condition->match < _MG_MATCH_N && condition->value);
                FUZZ_CHECK(!condition->words || g_strv_length(condition->words) <= MG_RULE_WORDS);
        }
}

/* A mail with one part of everything, from a sender of the list. */
static void check_decides(const MgPolicy *policy) {
        const MgHeaderTrust trust = {"mx.example.jp", 4};
        g_autoptr(MgHeader) header = mg_header_new();
        const MgMailFacts mail = {"city", "a@b.jp", "c@example.jp", 5000, 1795703400, header, MG_SCAN_CLEAN};
        g_autoptr(MgReading) reading = mg_reading_new();
        g_autoptr(MgDecision) decision = NULL;
        MgFacts *facts = mg_facts_new();

        mg_header_take(header, &trust, "Authentication-Results", "mx.example.jp; spf=pass", 23);
        g_free(facts->name);
        facts->name = g_strdup("a.pdf.exe");
        facts->flags = _MG_PART_FLAGS_ALL;
        g_ptr_array_add(reading->parts, facts);
        reading->marks = _MG_MARK_ALL;
        decision = mg_decide(policy, &mail, reading);
        FUZZ_CHECK(decision->parts->len == 1);
        FUZZ_CHECK(g_array_index(decision->parts, MgPartDecision, 0).action == MG_ACTION_REMOVE);
}

/* Where the path of the list stands in a sentence it is this process's: nothing is said of it. */
static void check(const char *text, gsize n) {
        g_autoptr(GError) error = NULL;
        guint8 before[32], once[32];

        memcpy(before, config->policy->rules_digest, sizeof before);
        if (!mg_rules_parse("rules", text, n, config, &error)) {
                FUZZ_CHECK(error && *error->message && !config->policy->rules);
                FUZZ_CHECK(memcmp(before, config->policy->rules_digest, sizeof before) == 0);
                return;
        }
        FUZZ_CHECK(config->policy->rules->len <= MG_RULES_MAX);
        for (guint i = 0; i < config->policy->rules->len; i++)
                check_rule(g_ptr_array_index(config->policy->rules, i));
        check_decides(config->policy);
        memcpy(once, config->policy->rules_digest, sizeof once);
        g_clear_pointer(&config->policy->rules, g_ptr_array_unref);
        FUZZ_CHECK(mg_rules_parse("rules", text, n, config, &error));
        FUZZ_CHECK(memcmp(once, config->policy->rules_digest, sizeof once) == 0);
        g_clear_pointer(&config->policy->rules, g_ptr_array_unref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
        gsize n = nul ? (gsize)(nul - data) : size;
        mg_autofd list = nul ? list_of((const char *)nul + 1, size - n - 1) : -1;
        g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", list);
        g_autoptr(GString) text = g_string_new_len((const char *)data, (gssize)n);

        if (names_files(text->str, text->len))
                return 0;
        if (list >= 0)
                g_string_replace(text, LIST, path, 8);
        else if (strstr(text->str, LIST))
                return 0;
        check(text->str, text->len);
        return 0;
}
