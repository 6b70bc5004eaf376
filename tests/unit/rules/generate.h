/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Mails and rules by chance, from small stocks so that conditions are met about as often as not. A seed makes the same
 * ones again.
 */
#include <string.h>

#include "base/address_set.h"
#include "mugai/header.h"
#include "mugai/policy.h"
#include "mugai/reading.h"
#include "mugai/rule.h"

/* What a condition asks for by chance: of words, a blank between, or of a number; where neither is set it is not made. */
typedef struct GenerateStock {
        const char *words;
        guint64 most;  /* a number below it */
        gboolean sets; /* the words are addresses */
} GenerateStock;

static const GenerateStock generate_stocks[_MG_MATCH_N] = {
        [MG_MATCH_ORGANIZATION] = {.words = "city town ward"},
        [MG_MATCH_LARGER] = {.most = 2000},
        [MG_MATCH_SMALLER] = {.most = 2000},
        [MG_MATCH_HOURS] = {.most = 1440},
        [MG_MATCH_DAYS] = {.most = 128},
        [MG_MATCH_SENDER] = {.words = "a@one.example b@two.example .example two.example <>", .sets = TRUE},
        [MG_MATCH_RECIPIENT] = {.words = "c@city.example d@town.example town.example", .sets = TRUE},
        [MG_MATCH_HEADER] = {.words = "list-id x-kind precedence"},
        [MG_MATCH_AUTHENTICATION] = {.words = "spf=pass spf=fail dkim=pass"},
        [MG_MATCH_MARK] = {.most = 64},
        [MG_MATCH_SCAN] = {.most = 16},
        [MG_MATCH_PART_KIND] = {.most = 128},
        [MG_MATCH_PART_FLAG] = {.most = 256},
        [MG_MATCH_PART_CLASS] = {.most = 8},
        [MG_MATCH_PART_LARGER] = {.most = 2000},
        [MG_MATCH_PART_SMALLER] = {.most = 2000},
        [MG_MATCH_PART_FOUND] = {.words = "application/pdf image/ text/plain application/x-dosexec"},
        [MG_MATCH_PART_CLAIMED] = {.words = "application/ image/png text/html"},
        [MG_MATCH_PART_EXTENSION] = {.words = "exe pdf txt"},
        [MG_MATCH_PART_NAME] = {.words = "*.pdf a* b.exe"},
        [MG_MATCH_ARCHIVE_EXTENSION] = {.words = "exe pdf txt"},
        [MG_MATCH_ARCHIVE_NAME] = {.words = "*.pdf a* b.exe"},
};

static char *generate_word(GRand *chance, const char *stock) {
        g_auto(GStrv) words = g_strsplit(stock, " ", -1);

        return g_strdup(words[g_rand_int_range(chance, 0, (gint32)g_strv_length(words))]);
}

static void generate_words(GRand *chance, const GenerateStock *stock, MgCondition *condition) {
        g_autofree char *one = generate_word(chance, stock->words), *two = generate_word(chance, stock->words);

        condition->value = g_strdup_printf("%s %s", one, two);
        mg_condition_set_words(condition, g_strsplit(condition->value, " ", -1));
        if (!stock->sets)
                return;
        MgAddressSet *set = mg_address_set_new();
        g_assert_true(mg_address_set_add(set, one));
        mg_address_set_add(set, two);
        condition->sets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_address_set_unref);
        g_ptr_array_add(condition->sets, set);
}

/* Conditions in the order of MgMatch, as the loader leaves them. */
static void generate_conditions(GRand *chance, MgRule *rule) {
        for (MgMatch match = 0; match < _MG_MATCH_N; match++) {
                const GenerateStock *stock = &generate_stocks[match];
                MgCondition condition = {.match = match};

                if ((!stock->words && stock->most == 0) || g_rand_int_range(chance, 0, 8) > 0)
                        continue;
                if (stock->words) {
                        generate_words(chance, stock, &condition);
                } else {
                        condition.number = (guint64)g_rand_int_range(chance, 0, (gint32)stock->most);
                        condition.last = (guint64)g_rand_int_range(chance, 0, (gint32)stock->most);
                        condition.value = g_strdup_printf("%" G_GUINT64_FORMAT, condition.number);
                }
                g_array_append_val(rule->conditions, condition);
        }
}

static MgRule *generate_rule(GRand *chance, guint number) {
        g_autofree char *name = g_strdup_printf("rule-%u", number);
        MgRule *rule = mg_rule_new(name);

        rule->line = number + 1;
        generate_conditions(chance, rule);
        rule->mail = (guint32)g_rand_int_range(chance, MG_MAIL_NONE, MG_MAIL_REJECT + 1);
        rule->part = rule->mail == MG_MAIL_NONE ? MG_PART_ACTION_REMOVE : MG_PART_ACTION_NONE;
        if (g_rand_int_range(chance, 0, 4) == 0)
                rule->expires = g_rand_boolean(chance) ? 20260101 : 20991231;
        return rule;
}

static GPtrArray *generate_rules(GRand *chance) {
        GPtrArray *rules = g_ptr_array_new_with_free_func((GDestroyNotify)mg_rule_free);

        for (guint i = 0, n = (guint)g_rand_int_range(chance, 0, 9); i < n; i++)
                g_ptr_array_add(rules, generate_rule(chance, i));
        return rules;
}

static MgFacts *generate_part(GRand *chance, guint number) {
        MgFacts *part = mg_facts_new();

        g_free(part->path), g_free(part->found), g_free(part->claimed), g_free(part->name);
        part->path = g_strdup_printf("%u", number + 1);
        part->kind = (MgPartKind)g_rand_int_range(chance, 0, _MG_PART_KIND_N);
        part->flags = (guint32)g_rand_int_range(chance, 0, 256) & (guint32)g_rand_int_range(chance, 0, 256);
        part->found = generate_word(chance, "application/pdf image/png text/plain application/x-dosexec "
                                            "application/encrypted");
        part->claimed = generate_word(chance, "application/pdf image/png text/html text/plain");
        part->name = g_rand_boolean(chance) ? generate_word(chance, "a.pdf b.exe c.txt") : g_strdup("");
        if (g_rand_int_range(chance, 0, 3) == 0)
                g_ptr_array_add(part->names, generate_word(chance, "a.exe b.pdf"));
        if (g_rand_boolean(chance)) {
                MgMember *member = g_new0(MgMember, 1);

                member->name = generate_word(chance, "a.pdf c/b.exe c.txt");
                g_ptr_array_add(part->members, member);
        }
        part->size = (guint64)g_rand_int_range(chance, 0, 2000);
        return part;
}

static MgReading *generate_reading(GRand *chance) {
        MgReading *reading = mg_reading_new();

        reading->marks = (guint32)g_rand_int_range(chance, 0, 64) & (guint32)g_rand_int_range(chance, 0, 64);
        if (g_rand_int_range(chance, 0, 8) == 0)
                reading->failure = (MgFailure)g_rand_int_range(chance, MG_FAILURE_LIMIT, _MG_FAILURE_N);
        for (guint i = 0, n = (guint)g_rand_int_range(chance, 0, 5); i < n; i++)
                g_ptr_array_add(reading->parts, generate_part(chance, i));
        return reading;
}

static MgHeader *generate_header(GRand *chance) {
        const MgHeaderTrust trust = {"mx.example", 10};
        MgHeader *header = mg_header_new();
        g_autofree char *name = generate_word(chance, "List-Id X-Kind Subject"),
                        *said = generate_word(chance, "spf=pass spf=fail dkim=none"),
                        *value = g_strconcat("mx.example; ", said, NULL);

        mg_header_take(header, &trust, name, "x", 1);
        if (g_rand_boolean(chance))
                mg_header_take(header, &trust, "Authentication-Results", value, strlen(value));
        return header;
}

/* Its strings are static, or sender and recipient, which the caller frees. */
static MgMailFacts generate_mail(GRand *chance, char **sender, char **recipient) {
        static const char *const organizations[] = {"city", "town", ""};

        *sender = generate_word(chance, "a@one.example b@two.example B@TWO.example x@else.test ");
        *recipient = generate_word(chance, "c@city.example d@town.example");
        return (MgMailFacts){
                .organization = organizations[g_rand_int_range(chance, 0, G_N_ELEMENTS(organizations))],
                .sender = *sender,
                .recipient = *recipient,
                .size = (guint64)g_rand_int_range(chance, 0, 2000),
                .time = 1795703400 + g_rand_int_range(chance, 0, 7 * 86400),
                .scan = (MgScanVerdict)g_rand_int_range(chance, 0, _MG_SCAN_N),
        };
}
