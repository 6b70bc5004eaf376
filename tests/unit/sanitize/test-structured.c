/* SPDX-License-Identifier: Apache-2.0 */
/*
 * structured: Content-Type and Content-Disposition, as they should be and as they are
 */
#include <string.h>

#include "../used.h"
#include "sanitize/charset.h"
#include "sanitize/header.h"

#define FFFD "\xEF\xBF\xBD"

typedef struct Row {
        const char *field;
        const char *value;
        const char *parameters; /* "name=value|name=value"; '+' before the name: again */
        gboolean odd;
} Row;

static char *print(const MgStructured *parsed) {
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < parsed->parameters->len; i++) {
                const MgParameter *parameter = &g_array_index(parsed->parameters, MgParameter, i);
                g_string_append_printf(out, "%s%s%s=%s", i > 0 ? "|" : "", parameter->again ? "+" : "", parameter->name,
                                       parameter->value);
        }
        return g_string_free(out, FALSE);
}

static void check(const Row *row) {
        g_autoptr(MgStructured) parsed = mg_structured_parse(row->field, strlen(row->field), &mg_limits_default);
        g_autofree char *parameters = print(parsed);
        g_test_message("%s", row->field);
        g_assert_cmpstr(parsed->value, ==, row->value);
        g_assert_cmpstr(parameters, ==, row->parameters);
        g_assert_cmpint(parsed->odd, ==, row->odd);
}

static void test_plain(void) {
        static const Row rows[] = {
                {"text/plain; charset=UTF-8", "text/plain", "charset=UTF-8", FALSE},
                {" Text/HTML;\r\n\tCharSet=\"utf-8\"; format=flowed", "text/html", "charset=utf-8|format=flowed",
                 FALSE},
                {"attachment", "attachment", "", FALSE},
                {"text/plain;", "text/plain", "", FALSE},
                {"text/plain (a (b) c); (d) charset (e) = (f) utf-8 (g)", "text/plain", "charset=utf-8", FALSE},
                {"multipart/mixed; boundary=\"a;b=c \\\" d\"", "multipart/mixed", "boundary=a;b=c \" d", FALSE},
                {"multipart/mixed; boundary=----=_x.y?z", "multipart/mixed", "boundary=----=_x.y?z", FALSE},
                {"application/x; name=\"=?utf-8?B?5ryi5a2X?=.pdf\"", "application/x", "name=漢字.pdf", FALSE},
                {"application/x; name==?utf-8?B?5ryi5a2X?=", "application/x", "name=漢字", FALSE},
                {"application/x; name=\"=?utf-8?B?5ryi?=\r\n =?utf-8?B?5a2X?=\"", "application/x", "name=漢字", FALSE},
                {"application/x; name=\"漢字.pdf\"", "application/x", "name=漢字.pdf", FALSE},
                {"application/x; name=\"\x95\x5C\x8E\xA6\x82\xCC\x82\xB1.pdf\"", "application/x", "name=表示のこ.pdf",
                 FALSE},
                {"application/x; name=\"\x1B$B!\"4A;z\x1B(B.pdf\"; x=y", "application/x", "name=、漢字.pdf|x=y", FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                check(&rows[i]);
}

static void test_rfc2231(void) {
        static const Row rows[] = {
                {"a; filename*=utf-8''%E6%BC%A2.pdf", "a", "filename=漢.pdf", FALSE},
                {"a; filename*=utf-8'en-US'payload.exe", "a", "filename=payload.exe", FALSE},
                {"a; filename*=iso-2022-jp'ja'%1B%24B4A%3Bz%1B%28B", "a", "filename=漢字", FALSE},
                {"a; filename*=''x%20y", "a", "filename=x y", FALSE},
                {"a; filename*0=one; filename*1=\" two\"; filename*2=.txt", "a", "filename=one two.txt", FALSE},
                {"a; filename*1=b; filename*0=a; filename*2=c", "a", "filename=abc", FALSE},
                {"a; filename*0*=utf-8''%E6%BC; filename*1*=%A2; filename*2=\".p%df\"", "a", "filename=漢.p%df", FALSE},
                /* an encoded word in continuations: wrong, and seen */
                {"a; filename*0=\"=?utf-8?B?5ry\"; filename*1=\"i?=\"", "a", "filename=漢", FALSE},
                /* beside the plain form: first, and odd only where they differ (C2) */
                {"a; filename=x.pdf; filename*=utf-8''x.pdf", "a", "filename=x.pdf|+filename=x.pdf", FALSE},
                {"a; filename=x.pdf; filename*=utf-8''y.exe", "a", "filename=y.exe|+filename=x.pdf", TRUE},
                {"a; boundary*0=a; boundary*1=b; boundary=c", "a", "boundary=ab|+boundary=c", TRUE},
                /* gaps, doubled sections, zeros before the number, no charset, bad percent */
                {"a; filename*0=a; filename*2=c", "a", "filename=a", TRUE},
                {"a; filename*1=b", "a", "filename=", TRUE},
                {"a; filename*0=a; filename*0=b", "a", "filename=a", TRUE},
                {"a; filename*0=a; filename*01=b", "a", "filename=a", TRUE},
                {"a; filename*x=a", "a", "", TRUE},
                {"a; filename*=abc%41", "a", "filename=abcA", TRUE},
                {"a; filename*=utf-8''a%zz%", "a", "filename=a%zz%", TRUE},
                {"a; filename*=utf-7''+ADw-", "a", "filename=+ADw-", FALSE},
                /* C1, C3: kept for the caller, but for NUL */
                {"a; filename*=utf-8''a%00b%0D%0Ac", "a", "filename=a" FFFD "b\r\nc", FALSE},
                {"a; filename*=utf-8''%E2%80%AEfdp.exe", "a",
                 "filename=\xE2\x80\xAE"
                 "fdp.exe",
                 FALSE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                check(&rows[i]);
}

static void test_odd(void) {
        static const Row rows[] = {
                {"", "", "", TRUE},
                {"text / plain", "text/plain", "", TRUE},
                {"text/plain charset=utf-8", "text/plain", "charset=utf-8", TRUE},
                {"\"text/plain\"; charset=utf-8", "text/plain", "charset=utf-8", TRUE},
                {"text/plain/x", "", "", TRUE},
                {"/plain", "", "", TRUE},
                {"text/", "", "", TRUE},
                {"text/plain; charset", "text/plain", "", TRUE},
                {"text/plain; =utf-8; a=b", "text/plain", "a=b", TRUE},
                {"a; name=My File.pdf", "a", "name=My File.pdf", TRUE},
                {"a; name=report (1).pdf; x=y", "a", "name=report (1).pdf|x=y", TRUE},
                {"a; name=x filename=y", "a", "name=x|filename=y", TRUE},
                {"a; name=\"x\" filename=\"y\"", "a", "name=x|filename=y", TRUE},
                {"a; name=\"x\".exe", "a", "name=x", TRUE},
                {"a; name=\"x; y=z", "a", "name=x; y=z", TRUE},
                {"a; name=\"C:\\dir\\x\"", "a", "name=C:dirx", TRUE},
                {"a; boundary=x; boundary=y", "a", "boundary=x|+boundary=y", TRUE},
                {"a; boundary=x; BOUNDARY=x", "a", "boundary=x|+boundary=x", TRUE},
                {"a; bound\xE9ry=x", "a", "bound\xE9ry=x", TRUE},
                {"a; boundary=x(y)", "a", "boundary=x(y)", TRUE},
                {"text/plain; charset=utf-8;foo", "text/plain", "charset=utf-8", TRUE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                check(&rows[i]);
}

static void test_bounds(void) {
        MgLimits limits = mg_limits_default;
        limits.parameters = 3;
        limits.parameter_name = 5;
        limits.field_bytes = 40;
        static const char many[] = "a; a=1; b=2; c=3; d=4";
        g_autoptr(MgStructured) counted = mg_structured_parse(many, strlen(many), &limits);
        g_assert_cmpuint(counted->parameters->len, ==, 3);
        g_assert_true(counted->odd);
        static const char name[] = "a; toolong=1; short=2";
        g_autoptr(MgStructured) named = mg_structured_parse(name, strlen(name), &limits);
        g_assert_null(mg_structured_get(named, "toolong"));
        g_assert_cmpstr(mg_structured_get(named, "SHORT"), ==, "2");
        g_assert_true(named->odd);
        static const char octets[] = "a; a=1; b=2222222222222222222222222222222222222222";
        g_autoptr(MgStructured) cut = mg_structured_parse(octets, strlen(octets), &limits);
        g_assert_cmpuint(strlen(mg_structured_get(cut, "b")), ==, 30);
        g_assert_true(cut->odd);
        g_autoptr(MgStructured) nul = mg_structured_parse("a; b=c\0d", 8, &mg_limits_default);
        g_assert_cmpstr(mg_structured_get(nul, "b"), ==, "c" FFFD "d");
        g_assert_true(nul->odd);
}

static void test_hostile(void) {
        static const char *const units[] = {";",      "a=",   "a=b;", "\"",      "(",          "() ",
                                            "x ( ) ", "\\\"", "=?",   "a*0=b;",  "a*=;",       "=",
                                            "\x1B$",  "\x81", "a b ", "a*1*=%;", "x=\x1B$B ;", "/"};
        MgLimits limits = mg_limits_default;
        limits.field_bytes = 1 << 20;
        limits.parameters = G_MAXUINT32;
        for (gsize i = 0; i < G_N_ELEMENTS(units) * 2; i++) {
                g_autoptr(GString) field = g_string_new(i & 1 ? "a/b; c=" : "a/b;");
                while (field->len < 1 << 20)
                        g_string_append(field, units[i / 2]);
                limits.parameters = mg_limits_default.parameters;
                gint64 begin = used_time();
                g_autoptr(MgStructured) parsed = mg_structured_parse(field->str, field->len, &limits);
                gint64 used = used_time() - begin;
                g_test_message("1 MB of '%s': %d ms", units[i / 2], (int)(used / 1000));
                g_assert_cmpint(used, <, 5 * G_USEC_PER_SEC);
                g_assert_cmpuint(parsed->parameters->len, <=, limits.parameters);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_autoptr(GError) error = NULL;
        if (!mg_charset_warm(&error))
                g_error("%s", error->message);
        g_test_add_func("/structured/plain", test_plain);
        g_test_add_func("/structured/rfc2231", test_rfc2231);
        g_test_add_func("/structured/odd", test_odd);
        g_test_add_func("/structured/bounds", test_bounds);
        g_test_add_func("/structured/hostile", test_hostile);
        return g_test_run();
}
