/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules cost a mail, in CPU time of mg_decide(): 500 rules that name 50,000 entries of lists against none, for
 * mails that no rule takes, so that all are looked at, and of one that the last rule takes. Medians of some rounds,
 * with and without by turns. The bar is 0.2 ms; asserts nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "config/rules.h"
#include "mugai/header.h"
#include "rules/decide.h"
#include "rules/match.h"

#define RULES 500
#define ENTRIES 50000
#define LISTS 100
#define ROUNDS 15
#define CALLS 200
#define TIME 1795703400

/* --- rules ------------------------------------------------------------------------------------------------------- */

static void write_lists(const char *dir) {
        for (guint list = 0, entry = 0; list < LISTS; list++) {
                g_autofree char *path = g_strdup_printf("%s/%u.list", dir, list);
                g_autoptr(GString) text = g_string_new("# partners\n");

                for (guint i = 0; i < ENTRIES / LISTS; i++, entry++)
                        switch (entry % 3) {
                        case 0:
                                g_string_append_printf(text, "person%u@partner%u.example.jp\n", entry, entry % 977);
                                break;
                        case 1:
                                g_string_append_printf(text, "partner%u.example.co.jp\n", entry);
                                break;
                        default:
                                g_string_append_printf(text, ".partner%u.example.lg.jp\n", entry);
                        }
                g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
        }
}

/* One of each kind by turns; none of them takes what a mail below has. */
static const char *const kinds[] = {
        "sender = \"LIST\"\n part = remove",
        "recipient = \"LIST\"\n mail = hold",
        "sender = \"person@partner.example.jp .partner.example.jp\"\n part_extension = \"pdf xlsx docx\"\n part = "
        "remove",
        "part_extension = \"exe scr com bat cmd js vbs lnk hta iso img vhd one jar\"\n mail = hold",
        "part_name = \"*invoice*.doc *urgent*.xls *payment*.htm* *order*.pdf.*\"\n mail = hold",
        "part_found = \"application/x-dosexec application/java-archive\"\n part = remove",
        "part_class = program\n part = remove",
        "part_flag = \"macro script launch name-double\"\n mail = hold",
        "header = \"X-Spam-Flag X-Virus X-Mailer-Unknown\"\n mail = hold",
        "larger_than = 40 MB\n mail = hold",
        "hours = 00:00-00:01\n part_kind = attachment\n mail = hold",
        "mark = \"partial encrypted\"\n mail = hold",
        "part_larger_than = 30 MB\n part_claimed = image/\n part = remove",
};

static char *rule_text(const char *dir) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < RULES - 1; i++) {
                g_auto(GStrv) pieces = g_strsplit(kinds[i % G_N_ELEMENTS(kinds)], "LIST", -1);
                g_autofree char *list = g_strdup_printf("%s/%u.list", dir, i % LISTS);
                g_autofree char *body = g_strjoinv(list, pieces);

                g_string_append_printf(text, "rule r%u {\n %s\n}\n", i, body);
        }
        g_string_append(text, "rule last {\n sender = \"taken@example.net\"\n mail = hold\n}\n");
        return g_string_free(text, FALSE);
}

static guint count_entries(const MgPolicy *policy) {
        guint n = 0;

        for (guint i = 0; i < policy->rules->len; i++) {
                const MgRule *rule = g_ptr_array_index(policy->rules, i);

                n += mg_rule_asks(rule, MG_MATCH_SENDER, MG_MATCH_RECIPIENT + 1) ? 1 : 0;
        }
        return n;
}

static MgConfig *config_with_rules(const char *dir) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);
        g_autofree char *text = rule_text(dir);

        g_assert_no_error(error);
        mg_rules_parse("bench", text, strlen(text), config, &error);
        g_assert_no_error(error);
        return config;
}

/* --- mails ------------------------------------------------------------------------------------------------------- */

typedef struct Kind {
        const char *label;
        const char *sender;
        guint parts, names, fields;
} Kind;

static const Kind mails[] = {
        {"a text", "sato@sender.example.jp", 0, 0, 20},
        {"a text with two files", "sato@sender.example.jp", 2, 1, 20},
        {"the same, of a sender deep below a domain", "sato@a.b.c.d.e.f.g.h.i.j.k.l.m.sender.example.jp", 2, 1, 20},
        {"a text with 20 files of three names each", "sato@sender.example.jp", 20, 3, 20},
        {"a text with two files and 200 header fields", "sato@sender.example.jp", 2, 1, 200},
        {"two files, taken by the last of the rules", "taken@example.net", 2, 1, 20},
};

static void set(char **field, char *value) {
        g_free(*field);
        *field = value;
}

static MgReading *reading_of(const Kind *kind) {
        MgReading *reading = mg_reading_new();

        for (guint i = 0; i <= kind->parts; i++) {
                MgFacts *facts = mg_facts_new();

                facts->kind = i == 0 ? MG_PART_BODY : MG_PART_ATTACHMENT;
                set(&facts->found, g_strdup(i == 0 ? "text/plain" : "image/jpeg"));
                set(&facts->claimed, g_strdup(facts->found));
                facts->size = 100000;
                if (i > 0)
                        set(&facts->name, g_strdup_printf("令和8年度 調達仕様書(案)その%u.jpeg", i));
                for (guint n = 1; i > 0 && n < kind->names; n++)
                        g_ptr_array_add(facts->names, g_strdup_printf("specification of procurement %u-%u.jpeg", i, n));
                g_ptr_array_add(reading->parts, facts);
        }
        return reading;
}

static MgHeader *fields_of(const Kind *kind) {
        const MgHeaderTrust nobody = {"", 0};
        MgHeader *header = mg_header_new();

        for (guint i = 0; i < kind->fields; i++) {
                g_autofree char *name = g_strdup_printf("X-Field-Number-%u", i);

                mg_header_take(header, &nobody, name, "", 0);
        }
        return header;
}

/* --- measuring --------------------------------------------------------------------------------------------------- */

static double cpu_us(void) {
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(gconstpointer a, gconstpointer b) {
        const double one = *(const double *)a, other = *(const double *)b;

        return (one > other) - (one < other);
}

static double one_round(const MgPolicy *policy, const MgMailFacts *mail, const MgReading *reading) {
        const double begun = cpu_us();

        for (guint i = 0; i < CALLS; i++)
                mg_decision_free(mg_decide(policy, mail, reading));
        return (cpu_us() - begun) / CALLS;
}

static void measure(const Kind *kind, const MgPolicy *with, const MgPolicy *without) {
        g_autoptr(MgReading) reading = reading_of(kind);
        g_autoptr(MgHeader) header = fields_of(kind);
        const MgMailFacts mail = {"", kind->sender, "tanaka@city.example.jp", 250000, TIME, header};
        double costs[2][ROUNDS];

        for (guint i = 0; i < ROUNDS; i++) {
                costs[0][i] = one_round(without, &mail, reading);
                costs[1][i] = one_round(with, &mail, reading);
        }
        for (guint i = 0; i < 2; i++)
                qsort(costs[i], ROUNDS, sizeof **costs, compare);
        printf("  %-48s %8.1f us without, %8.1f us with: %+.3f ms\n", kind->label, costs[0][ROUNDS / 2],
               costs[1][ROUNDS / 2], (costs[1][ROUNDS / 2] - costs[0][ROUNDS / 2]) / 1000);
}

/* What a further recipient of the same mail costs at RCPT. */
static void measure_share(const MgPolicy *policy) {
        const MgMailFacts one = {"", "sato@sender.example.jp", "tanaka@city.example.jp", 0, TIME, NULL};
        const MgMailFacts other = {"", "sato@sender.example.jp", "suzuki@city.example.jp", 0, TIME, NULL};
        double costs[ROUNDS];

        for (guint i = 0; i < ROUNDS; i++) {
                const double begun = cpu_us();

                for (guint call = 0; call < CALLS; call++)
                        g_assert_true(mg_rules_share(policy->rules, &one, &other));
                costs[i] = (cpu_us() - begun) / CALLS;
        }
        qsort(costs, ROUNDS, sizeof *costs, compare);
        printf("  %-48s %8.1f us\n", "a further recipient: one policy for both?", costs[ROUNDS / 2]);
}

int main(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-bench-XXXXXX", NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) bare = mg_config_load(NULL, &error), full = NULL;

        g_assert_no_error(error);
        write_lists(dir);
        full = config_with_rules(dir);
        printf("%u rules, %u of them by address; %u entries in %u lists\n", full->policy->rules->len,
               count_entries(full->policy), ENTRIES, LISTS);
        for (guint i = 0; i < G_N_ELEMENTS(mails); i++)
                measure(&mails[i], full->policy, bare->policy);
        measure_share(full->policy);
        for (guint i = 0; i < LISTS; i++) {
                g_autofree char *path = g_strdup_printf("%s/%u.list", dir, i);

                remove(path);
        }
        remove(dir);
        return 0;
}
