/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of requests. Knows no route and asks nobody.
 */
#include "console/http.h"

#include <string.h>

#include "base/secret.h"
#include "base/store_call.h"
#include "base/text.h"
#include "console/form.h"
#include "mugai/person.h"

const char *mg_http_session_cookie(gboolean plain) {
        return plain ? "mugai" : "__Host-mugai";
}

const char *mg_http_language_cookie(gboolean plain) {
        return plain ? "mugai-language" : "__Host-mugai-language";
}

char *mg_http_decode(const char *text, gsize n, gboolean plus) {
        g_autoptr(GString) out = g_string_sized_new(n);

        for (gsize i = 0; i < n; i++) {
                if (text[i] == '%' && i + 2 < n && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2])) {
                        g_string_append_c(out, (char)(g_ascii_xdigit_value(text[i + 1]) * 16 +
                                                      g_ascii_xdigit_value(text[i + 2])));
                        i += 2;
                } else if (text[i] == '%') {
                        return NULL;
                } else {
                        g_string_append_c(out, plus && text[i] == '+' ? ' ' : text[i]);
                }
        }
        if (memchr(out->str, 0, out->len) || !g_utf8_validate(out->str, (gssize)out->len, NULL))
                return NULL;
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- target --------------------------------------------------------------------------------------------------- */

/* Paths of ours have no character that would have to be written as %XX. */
static gboolean is_path(const char *path, gsize n) {
        if (n == 0 || *path != '/')
                return FALSE;
        for (gsize i = 0; i < n; i++)
                if (!g_ascii_isalnum(path[i]) && !strchr("/-_.", path[i]))
                        return FALSE;
        return TRUE;
}

static void read_target(MgHttpRequest *request, const char *target) {
        const char *query = strchr(target, '?');
        gsize n = query ? (gsize)(query - target) : strlen(target);

        if (strlen(target) > MG_HTTP_TARGET) {
                request->fault = 414;
                return;
        }
        if (!is_path(target, n)) {
                request->fault = *target == '/' ? 404 : 400;
                return;
        }
        request->path = g_strndup(target, n);
        request->target = g_strdup(target);
        if (query)
                request->fault = mg_form_read(request->fields, query + 1, strlen(query + 1));
}

/* --- header fields -------------------------------------------------------------------------------------------- */

/* The value of a cookie (RFC 6265), or NULL. */
static char *cookie_of(const char *field, const char *name) {
        g_auto(GStrv) pairs = g_strsplit(field ? field : "", ";", MG_HTTP_COOKIES);

        for (guint i = 0; pairs[i]; i++) {
                char *pair = g_strstrip(pairs[i]), *equals = strchr(pair, '=');

                if (!equals || strlen(name) != (gsize)(equals - pair) || strncmp(pair, name, strlen(name)) != 0)
                        continue;
                return g_strdup(equals + 1);
        }
        return NULL;
}

static char *token_of(const char *text) {
        gsize n = text ? strlen(text) : 0;

        return n > 0 && n <= MG_STORE_TOKEN_MAX && mg_text_is(text, n, MG_CLASS_TOKEN) ? g_strdup(text) : NULL;
}

static void read_token(MgHttpRequest *request, const MgHttpHead *head, gboolean plain) {
        static const char bearer[] = "Bearer ";
        mg_autosecret cookie = NULL;

        if (head->authorization && g_ascii_strncasecmp(head->authorization, bearer, strlen(bearer)) == 0) {
                request->is_bearer = TRUE;
                request->token = token_of(head->authorization + strlen(bearer));
                return;
        }
        cookie = cookie_of(head->cookie, mg_http_session_cookie(plain));
        request->token = token_of(cookie);
}

/* Browsers say by Sec-Fetch-Site where a request comes from; older ones say Origin alone, which must name us. */
static gboolean is_same_site(const MgHttpHead *head) {
        const char *host;

        if (head->fetch_site)
                return g_str_equal(head->fetch_site, "same-origin");
        if (!head->origin || !head->host)
                return FALSE;
        host = strstr(head->origin, "://");
        return host && g_ascii_strcasecmp(host + strlen("://"), head->host) == 0;
}

/* What only the web server in front may say is refused from everybody else, and where it stands twice: one of the two
 * is not the web server's. */
static void read_user(MgHttpRequest *request, const MgHttpHead *head) {
        if (head->users > 0 && !head->is_proxy)
                request->fault = 403;
        else if (head->users > 1)
                request->fault = 400;
        else if (head->users == 1 && head->user && *head->user)
                request->user = g_ascii_strdown(head->user, -1);
        if (request->user && (strlen(request->user) > MG_PERSON_LOGIN_MAX ||
                              !mg_text_is(request->user, strlen(request->user), MG_CLASS_LINE)))
                request->fault = 400;
}

static void read_head(MgHttpRequest *request, const MgHttpHead *head, gboolean plain) {
        g_autofree char *language = cookie_of(head->cookie, mg_http_language_cookie(plain));

        request->english = g_strcmp0(language, "en") == 0;
        request->wants_json = head->accept && strstr(head->accept, "application/json") != NULL;
        request->same_site = is_same_site(head);
        read_token(request, head, plain);
        read_user(request, head);
}

static void read_method(MgHttpRequest *request, const char *method) {
        request->head_only = g_str_equal(method, "HEAD");
        if (g_str_equal(method, "POST"))
                request->method = MG_HTTP_POST;
        else if (!g_str_equal(method, "GET") && !request->head_only)
                request->fault = 405;
}

/* --- body ----------------------------------------------------------------------------------------------------- */

static void read_body(MgHttpRequest *request, const char *type, const char *body, gsize n) {
        static const char form[] = "application/x-www-form-urlencoded", parts[] = "multipart/form-data";

        if (n == 0)
                return;
        if (n > MG_HTTP_BODY) {
                request->fault = 413;
                return;
        }
        if (g_ascii_strncasecmp(type, form, strlen(form)) == 0)
                request->fault = mg_form_read(request->fields, body, n);
        else if (g_ascii_strncasecmp(type, parts, strlen(parts)) == 0)
                request->fault = mg_form_read_parts(request->fields, type, body, n);
        else
                request->fault = 400;
}

static void field_free(gpointer data) {
        MgHttpField *field = data;

        g_free(field->name);
        mg_secret_free(field->value);
        g_clear_pointer(&field->file, g_bytes_unref);
        g_free(field);
}

MgHttpRequest *mg_http_read(const MgHttpHead *head, const char *body, gsize n, gboolean plain) {
        MgHttpRequest *request = g_new0(MgHttpRequest, 1);

        request->fields = g_ptr_array_new_with_free_func(field_free);
        read_head(request, head, plain);
        read_method(request, head->method);
        if (!request->fault)
                read_target(request, head->target);
        if (!request->fault && request->method == MG_HTTP_POST)
                read_body(request, head->content_type ? head->content_type : "", body, n);
        if (!request->path)
                request->path = g_strdup("/");
        if (!request->target)
                request->target = g_strdup("/");
        return request;
}

void mg_http_request_free(MgHttpRequest *request) {
        if (!request)
                return;
        g_free(request->path);
        g_free(request->target);
        g_free(request->user);
        g_ptr_array_unref(request->fields);
        mg_secret_free(request->token);
        g_free(request);
}

const char *mg_http_field(const MgHttpRequest *request, const char *name) {
        for (guint i = 0; i < request->fields->len; i++) {
                const MgHttpField *field = g_ptr_array_index(request->fields, i);

                if (g_str_equal(field->name, name))
                        return field->value;
        }
        return "";
}

const char **mg_http_fields(const MgHttpRequest *request, const char *name) {
        GPtrArray *values = g_ptr_array_new();

        for (guint i = 0; i < request->fields->len; i++) {
                const MgHttpField *field = g_ptr_array_index(request->fields, i);

                if (g_str_equal(field->name, name))
                        g_ptr_array_add(values, field->value);
        }
        g_ptr_array_add(values, NULL);
        return (const char **)g_ptr_array_free(values, FALSE);
}

GBytes *mg_http_file(const MgHttpRequest *request, const char *name) {
        for (guint i = 0; i < request->fields->len; i++) {
                const MgHttpField *field = g_ptr_array_index(request->fields, i);

                if (field->file && g_str_equal(field->name, name))
                        return field->file;
        }
        return NULL;
}
