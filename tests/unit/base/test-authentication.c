/* SPDX-License-Identifier: Apache-2.0 */
/* authentication: what is read of a field Authentication-Results, and when nothing is. */
#include "base/authentication.h"

#include <string.h>

#define ID "mx.city.example.jp"

/* joined by a blank; "" where nothing is read. */
static char *read_of(const char *value, gsize n, guint max, guint *all) {
        g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(g_free);

        *all = mg_authentication_read(value, n, ID, max, results);
        g_assert_cmpuint(results->len, ==, MIN(*all, max));
        g_ptr_array_add(results, NULL);
        return g_strjoinv(" ", (char **)results->pdata);
}

static const struct {
        const char *value, *results;
} rows[] = {
        {ID "; spf=pass smtp.mailfrom=a@b.example", "spf=pass"},
        {" " ID ";\r\n\tdkim=pass (2048-bit key; unprotected) header.d=b.example header.i=@b.example;\r\n\tdmarc=fail",
         "dkim=pass dmarc=fail"},
        {"MX.City.Example.JP 1; SPF=Pass", "spf=pass"},
        {ID ";\tspf=softfail", "spf=softfail"},
        {" " ID " (by (us)) 1 (c) ; (c) dkim (c) / (c) 1 (c) = (c) neutral (bad \\) version) reason=\"a;b=c\" (c)",
         "dkim=neutral"},
        {ID "; dkim=pass header.d=a.example; dkim=fail header.d=b.example", "dkim=pass dkim=fail"},
        {ID "; dmarc=pass (p=none dis=none) header.from=a.example;", "dmarc=pass"},
        {ID "; spf=pass smtp.mailfrom=\"a; dkim=pass\"@b.example", "spf=pass"},
        {ID ";spf=pass;dkim=none", "spf=pass dkim=none"},
        {ID "; sender-id=pass; x_1=none", "sender-id=pass x_1=none"},
        {ID "; none=pass", "none=pass"},
        /* no result */
        {ID "; none", ""},
        {ID " 1; none (nothing was asked)", ""},
        {ID, ""},
        {ID ";", ""},
        {"", ""},
        {" (", ""},
        /* another's */
        {"mx.city.example; spf=pass", ""},
        {ID ".example; spf=pass", ""},
        {"\"x" ID "\"; spf=pass", ""},
        {"\"\"; spf=pass", ""},
        {"\"" ID "\"; spf=pass", ""},
        {"(c) " ID "; spf=pass", ""},
        {"; spf=pass", ""},
        {ID "/x; spf=pass", ""},
        {"(" ID ") x; spf=pass", ""},
        /* not well-formed, so that nothing of it is believed */
        {ID " 2; spf=pass", ""},
        {ID " 11; spf=pass", ""},
        {ID " x; spf=pass", ""},
        {ID " spf=pass", ""},
        {ID "; spf", ""},
        {ID "; spf=", ""},
        {ID "; =pass", ""},
        {ID "; spf=pass=x", ""},
        {ID "; spf=pass.x", ""},
        {ID "; spf=pass/x", ""},
        {ID "; spf=pass\"x\"", ""},
        {ID "; spf/2=pass", ""},
        {ID "; spf=pass; ; dkim=pass", ""},
        {ID "; spf=pass; dkim", ""},
        {ID "; spf=pass; none", ""},
        {ID "; spf=pass (no end", ""},
        {ID "; spf=pass (no (end)", ""},
        {ID "; spf=pass (\\", ""},
        {ID "; spf=pass smtp.mailfrom=\"a", ""},
        {ID "; spf=pass smtp.mailfrom=\"\\", ""},
        {ID "; spf=p\xc3\xa4ss", ""},
        {"\"" ID "; spf=pass", ""},
        {"\"" ID "\\\"; spf=pass", ""},
        {ID "; x23456789012345678901234567890123=pass", ""},
        {ID "; x2345678901234567890123456789012=pass", "x2345678901234567890123456789012=pass"},
};

static void test_rows(void) {
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                guint all;
                g_autofree char *results = read_of(rows[i].value, strlen(rows[i].value), 9, &all);

                if (!g_str_equal(results, rows[i].results))
                        g_error("row %u, %s: %s", i, rows[i].value, results);
        }
}

/* Wherever a field is cut, a result is read whole or not at all. */
static void test_cut(void) {
        static const char value[] = ID "; spf=pass (a (b)) x.y=\"z\"; dkim=fail";
        static const char *const whole[] = {"", "spf=p", "spf=pa", "spf=pas", "spf=pass"};

        for (gsize n = 0; n < sizeof value; n++) {
                guint all;
                g_autofree char *copy = g_memdup2(value, n > 0 ? n : 1), *results = read_of(copy, n, 9, &all);
                gboolean known = g_str_has_prefix(results, "spf=pass dkim=");

                for (guint i = 0; i < G_N_ELEMENTS(whole); i++)
                        known |= g_str_equal(results, whole[i]);
                g_assert_true(known);
        }
}

static void test_bounds(void) {
        g_autoptr(GString) many = g_string_new(ID), deep = g_string_new(ID "; spf=pass ");
        guint all;

        for (guint i = 0; i < 5000; i++)
                g_string_append(many, "; dkim=pass");
        g_autofree char *results = read_of(many->str, many->len, 3, &all);
        g_assert_cmpstr(results, ==, "dkim=pass dkim=pass dkim=pass");
        g_assert_cmpuint(all, ==, 5000);

        for (guint i = 0; i < 30000; i++)
                g_string_append_c(deep, '(');
        for (guint i = 0; i < 30000; i++)
                g_string_append_c(deep, ')');
        g_autofree char *one = read_of(deep->str, deep->len, 3, &all);
        g_assert_cmpstr(one, ==, "spf=pass");
        g_autofree char *none = read_of(deep->str, deep->len - 1, 3, &all);
        g_assert_cmpstr(none, ==, "");
}

static void test_same(void) {
        g_assert_true(mg_authentication_same("spf=pass", "spf=fail"));
        g_assert_false(mg_authentication_same("spf=pass", "spf2=pass"));
        g_assert_false(mg_authentication_same("spf2=pass", "spf=pass"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/authentication/rows", test_rows);
        g_test_add_func("/authentication/cut", test_cut);
        g_test_add_func("/authentication/bounds", test_bounds);
        g_test_add_func("/authentication/same", test_same);
        return g_test_run();
}
