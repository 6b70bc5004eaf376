/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of requests: targets, cookies, forms of both kinds, and their bounds.
 */
#include <string.h>

#include "console/http.h"

static MgHttpRequest *post(const char *type, const char *body, gsize n) {
        return mg_http_read(&(MgHttpHead){.method = "POST", .target = "/a?x=1", .content_type = type}, body, n, FALSE);
}

static void test_form(void) {
        const char *body = "a=1&b=%E4%BC%9A+%e8%a8%88&a=2&&c&d=";
        g_autoptr(MgHttpRequest) request = post("application/x-www-form-urlencoded; charset=utf-8", body, strlen(body));
        g_autofree const char **all = mg_http_fields(request, "a");

        g_assert_cmpuint(request->fault, ==, 0);
        g_assert_cmpstr(mg_http_field(request, "x"), ==, "1");
        g_assert_cmpstr(mg_http_field(request, "b"), ==, "会 計");
        g_assert_cmpstr(mg_http_field(request, "none"), ==, "");
        g_assert_cmpuint(g_strv_length((char **)all), ==, 2);
        g_assert_cmpstr(all[1], ==, "2");
}

#define PART(field, rest) "--B\r\nContent-Disposition: form-data; name=\"" field "\"" rest "\r\n\r\n"
static void test_parts(void) {
        static const char body[] = PART("a", "") "1\r\n" PART(
                "f",
                "; filename=\"x.csv\"\r\nContent-Type: text/csv") "\x93\xfa\x96{\r\n--\r\n" PART("e",
                                                                                                 "") "\r\n--B--\r\n";
        g_autoptr(MgHttpRequest) request = post("multipart/form-data; boundary=B", body, strlen(body));

        g_assert_cmpuint(request->fault, ==, 0);
        g_assert_cmpstr(mg_http_field(request, "a"), ==, "1");
        /* Octets of a file are no text: who reads a field as one must not meet them. */
        g_assert_cmpstr(mg_http_field(request, "f"), ==, "");
        g_assert_null(mg_http_file(request, "a"));
        g_assert_null(mg_http_file(request, "none"));
        g_assert_nonnull(mg_http_file(request, "f"));
        g_assert_cmpmem(g_bytes_get_data(mg_http_file(request, "f"), NULL),
                        g_bytes_get_size(mg_http_file(request, "f")), "\x93\xfa\x96{\r\n--", 8);
        g_assert_cmpstr(mg_http_field(request, "e"), ==, "");
        /* Cut anywhere it is a fault, and never read beyond. */
        for (gsize n = 1; n < strlen(body) - 2; n++) {
                g_autofree char *cut = g_memdup2(body, n);
                g_autoptr(MgHttpRequest) less = post("multipart/form-data; boundary=\"B\"", cut, n);

                g_assert_cmpuint(less->fault, ==, 400);
        }
}

static void test_faults(void) {
        static const struct {
                const char *type, *body;
        } rows[] = {{"application/x-www-form-urlencoded", "a=%"},
                    {"application/x-www-form-urlencoded", "a=%4"},
                    {"application/x-www-form-urlencoded", "=1"},
                    {"application/json", "{}"},
                    {"multipart/form-data", "--B--"},
                    {"multipart/form-data; boundary=", "--B--"},
                    {"multipart/form-data; boundary=B", PART("a", "") "\xff\r\n--B--"},
                    {"multipart/form-data; boundary=B", "--B\r\n\r\n\r\n--B--"}};
        g_autoptr(GString) many = g_string_new(NULL);
        g_autofree char *name = g_strnfill(MG_HTTP_FIELD_NAME + 1, 'n');
        g_autofree char *value = g_strnfill(MG_HTTP_FIELD_VALUE + 3, '='), *large = NULL;
        g_autoptr(MgHttpRequest) file = NULL;

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgHttpRequest) request = post(rows[i].type, rows[i].body, strlen(rows[i].body));

                g_test_message("%s %s", rows[i].type, rows[i].body);
                g_assert_cmpuint(request->fault, ==, 400);
        }
        for (guint i = 0; i <= MG_HTTP_FIELDS; i++)
                g_string_append(many, "a=1&");
        const struct {
                const char *body;
                guint status;
        } bodies[] = {{many->str, 400}, {name, 400}, {value, 413}};
        value[0] = 'a';
        for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
                g_autoptr(MgHttpRequest) request =
                        post("application/x-www-form-urlencoded", bodies[i].body, strlen(bodies[i].body));

                g_assert_cmpuint(request->fault, ==, bodies[i].status);
        }
        large = g_strdup_printf(PART("f", "; filename=\"x\"") "%s\r\n--B--\r\n", value);
        file = post("multipart/form-data; boundary=B", large, strlen(large));
        g_assert_cmpuint(file->fault, ==, 413);
}

static void test_tokens(void) {
        static const struct {
                const char *cookie, *authorization, *token;
                gboolean bearer;
        } rows[] = {{"__Host-mugai=abc", NULL, "abc", FALSE},
                    {"x=1; __Host-mugai=abc; y", NULL, "abc", FALSE},
                    {"mugai=abc", NULL, NULL, FALSE},
                    {"__Host-mugai=a b", NULL, NULL, FALSE},
                    {"__Host-mugai2=a; __Host-muga=b", NULL, NULL, FALSE},
                    {"__Host-mugai=abc", "Bearer def", "def", TRUE},
                    {"__Host-mugai=abc", "Bearer <>", NULL, TRUE},
                    {"__Host-mugai=abc", "Basic def", "abc", FALSE}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgHttpHead head = {.method = "GET",
                                         .target = "/",
                                         .cookie = rows[i].cookie,
                                         .authorization = rows[i].authorization};
                g_autoptr(MgHttpRequest) request = mg_http_read(&head, NULL, 0, FALSE);

                g_assert_cmpstr(request->token, ==, rows[i].token);
                g_assert_cmpint(request->is_bearer, ==, rows[i].bearer);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/console/http/form", test_form);
        g_test_add_func("/console/http/parts", test_parts);
        g_test_add_func("/console/http/faults", test_faults);
        g_test_add_func("/console/http/tokens", test_tokens);
        return g_test_run();
}
