/* SPDX-License-Identifier: Apache-2.0 */
/* header: which names of fields are kept, and how many fields a mail has. */
#include "mugai/header.h"

#include <string.h>

static const MgHeaderTrust nobody = {"", 30}, trust = {"mx.example.jp", 3};

static char *names_of(const MgHeader *header) {
        g_autoptr(GString) all = g_string_new(NULL);

        for (guint i = 0; i < header->names->len; i++)
                g_string_append_printf(all, "%s%s", i > 0 ? " " : "", (char *)g_ptr_array_index(header->names, i));
        return g_string_free(g_steal_pointer(&all), FALSE);
}

static void test_take(void) {
        static const char *const fields[] = {"Subject",
                                             "to",
                                             "SUBJECT",
                                             "X_1.2",
                                             "bad name",
                                             "",
                                             "b\xc3\xa4",
                                             "x(y)",
                                             "x234567890123456789012345678901234567890123456789012345678901234",
                                             "y2345678901234567890123456789012345678901234567890123456789012345"};
        g_autoptr(MgHeader) header = mg_header_new();
        g_autofree char *names = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
                mg_header_take(header, &nobody, fields[i], "", 0);
        names = names_of(header);
        g_assert_cmpstr(names, ==, "subject to x234567890123456789012345678901234567890123456789012345678901234 x_1.2");
        g_assert_true(mg_header_has(header, "x_1.2"));
        g_assert_false(mg_header_has(header, "x_1"));
        g_assert_false(mg_header_has(header, ""));
}

/* As many names as a mail may have fields, whatever their order. */
static void test_many(void) {
        g_autoptr(MgHeader) header = mg_header_new();

        for (guint i = 0; i < 1000; i++) {
                g_autofree char *name = g_strdup_printf("X-%04u", (i * 7) % 1000);

                mg_header_take(header, &nobody, name, "", 0);
                mg_header_take(header, &nobody, name, "", 0);
        }
        g_assert_cmpuint(header->names->len, ==, 1000);
        for (guint i = 0; i < 1000; i++) {
                g_autofree char *name = g_strdup_printf("x-%04u", i);

                g_assert_cmpstr(g_ptr_array_index(header->names, i), ==, name);
        }
}

static void test_scan(void) {
        static const struct {
                const char *mail;
                guint64 max, fields;
                const char *names;
        } rows[] = {
                {"", 9, 0, ""},
                {"\r\n", 9, 0, ""},
                {"\r\nA: 1\r\n", 9, 0, ""},
                {"A: 1\r\n", 9, 1, "a"},
                {"A:", 9, 1, "a"},
                {"A: 1\r\nB: 2\r\n C: 2\r\n\tD: 2\r\nE: 3\r\n\r\nF: 4\r\n", 9, 3, "a b e"},
                {"A: 1\nB: 2\n\nC: 3\n", 9, 2, "a b"},
                {"B : 1\r\nA\t: 2\r\nno colon\r\n: none\r\na: 3\r\n", 9, 5, "a b"},
                {"A: 1\r\nB: 2\r\nC: 3\r\n", 2, 3, "a b"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgHeader) header = mg_header_new();
                g_autofree char *names = NULL;

                g_assert_cmpuint(mg_header_scan(header, &nobody, rows[i].max, (const guint8 *)rows[i].mail,
                                                strlen(rows[i].mail)),
                                 ==, rows[i].fields);
                names = names_of(header);
                g_assert_cmpstr(names, ==, rows[i].names);
        }
}

/* The field of a verifier of ours, above what travelled. */
#define OURS "Authentication-Results: mx.example.jp; "

static const struct {
        const char *mail, *results;
        guint64 all;
} verified[] = {
        {OURS "spf=pass\r\nReceived: x\r\n\r\n", "spf=pass", 1},
        {OURS "\r\n\tdmarc=pass\r\n" OURS "dkim=pass; spf=fail\r\nX: y\r\n", "dmarc=pass dkim=pass spf=fail", 3},
        {"Received-SPF: pass\r\nAUTHENTICATION-RESULTS: mx.example.jp;spf=PASS\r\n", "spf=pass", 1},
        /* of others */
        {"Authentication-Results: mx.example; spf=pass\r\n", "", 0},
        {"ARC-" OURS "spf=pass\r\nX-" OURS "spf=pass\r\n", "", 0},
        {"Subject: x\r\n " OURS "spf=pass\r\n", "", 0},
        /* what travelled */
        {"Received: x\r\n" OURS "spf=pass\r\n", "", 0},
        {OURS "spf=fail\r\nReceived: x\r\n" OURS "spf=pass; dkim=pass\r\n", "spf=fail", 1},
        {"received : x\r\n" OURS "spf=pass\r\n", "", 0},
        {"X: y\r\n\r\n" OURS "spf=pass\r\n", "", 0},
        /* an upper field is not overruled; one field may say a method twice */
        {OURS "spf=fail\r\n" OURS "spf=pass; dkim=pass\r\n", "spf=fail dkim=pass", 3},
        {OURS "dkim=fail; dkim=pass\r\n" OURS "dkim=neutral\r\n", "dkim=fail dkim=pass", 3},
        /* not well-formed: nothing of it counts */
        {OURS "spf=pass; dkim\r\n" OURS "dkim=fail\r\n", "dkim=fail", 1},
        /* more than are kept */
        {OURS "dkim=fail; dkim=fail; spf=none; dmarc=fail\r\n" OURS "arc=pass\r\n", "dkim=fail dkim=fail spf=none", 5},
};

static char *results_of(const MgHeader *header) {
        g_autoptr(GString) all = g_string_new(NULL);

        for (guint i = 0; i < header->authentication->len; i++)
                g_string_append_printf(all, "%s%s", i > 0 ? " " : "",
                                       (char *)g_ptr_array_index(header->authentication, i));
        return g_string_free(g_steal_pointer(&all), FALSE);
}

static void test_authentication(void) {
        for (guint i = 0; i < G_N_ELEMENTS(verified); i++) {
                const guint8 *mail = (const guint8 *)verified[i].mail;
                g_autoptr(MgHeader) header = mg_header_new(), untrusting = mg_header_new();
                g_autoptr(MgReading) reading = mg_reading_new();
                g_autofree char *results = NULL;

                mg_header_scan(header, &trust, 99, mail, strlen(verified[i].mail));
                results = results_of(header);
                if (!g_str_equal(results, verified[i].results))
                        g_error("row %u: %s", i, results);
                g_assert_cmpuint(header->authentication_all, ==, verified[i].all);
                mg_header_reach(header, &trust, reading);
                g_assert_cmpuint(reading->reached->len, ==, verified[i].all > 3);
                mg_header_scan(untrusting, &nobody, 99, mail, strlen(verified[i].mail));
                g_assert_cmpuint(untrusting->authentication->len, ==, 0);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/header/take", test_take);
        g_test_add_func("/header/many", test_many);
        g_test_add_func("/header/scan", test_scan);
        g_test_add_func("/header/authentication", test_authentication);
        return g_test_run();
}
