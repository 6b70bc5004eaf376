/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: lines "Field: value", an empty line, a body: one request as the server of the console hands it over. It is
 * read and answered, by a store that is not there; every value is within its bounds, and no markup stands in the page.
 */
#include <string.h>

#include "base/log.h"
#include "console/route.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        mg_log_set_level((MgLogLevel)0);
        return 0;
}

/* The value of a line, or NULL. Caller frees. */
static char *line_of(char **lines, const char *name) {
        for (guint i = 0; lines[i]; i++)
                if (g_str_has_prefix(lines[i], name) && g_str_has_prefix(lines[i] + strlen(name), ": "))
                        return g_strdup(lines[i] + strlen(name) + 2);
        return NULL;
}

static void check_request(const MgHttpRequest *request) {
        FUZZ_CHECK(*request->path == '/' && strlen(request->path) <= MG_HTTP_TARGET);
        FUZZ_CHECK(request->fields->len <= MG_HTTP_FIELDS + 1);
        for (guint i = 0; request->fault == 0 && i < request->fields->len; i++) {
                const MgHttpField *field = g_ptr_array_index(request->fields, i);

                FUZZ_CHECK(*field->name && strlen(field->name) <= MG_HTTP_FIELD_NAME);
                FUZZ_CHECK(strlen(field->value) <= MG_HTTP_FIELD_VALUE);
        }
}

/* Nothing answers at that path: each route gets as far as the store. */
static void check_answer(const MgHttpRequest *request) {
        const MgConsole console = {.store_path = "/nonexistent/store.sock",
                                   .control_path = "/nonexistent/control.sock"};
        g_autoptr(MgHttpReply) reply = mg_http_reply_new();

        mg_route_serve(&console, request, "192.0.2.1", reply);
        FUZZ_CHECK(reply->status >= 200 && reply->status < 600 && reply->status != 500);
        FUZZ_CHECK(fuzz_is_utf8(reply->body->str, reply->body->len));
        FUZZ_CHECK(!strstr(reply->body->str, "<script"));
        if (reply->location)
                FUZZ_CHECK(reply->location[0] == '/' && reply->location[1] != '/' && !strpbrk(reply->location, "\r\n"));
        for (guint i = 0; i < reply->cookies->len; i++)
                FUZZ_CHECK(!strpbrk(g_ptr_array_index(reply->cookies, i), "\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *blank = size > 0 ? memmem(data, size, "\n\n", 2) : NULL;
        gsize head_size = blank ? (gsize)(blank - (const char *)data) : size;
        g_autofree char *text = g_strndup((const char *)data, head_size);
        g_auto(GStrv) lines = g_strsplit(text, "\n", 64);
        g_autofree char *method = line_of(lines, "Method"), *target = line_of(lines, "Target");
        g_autofree char *cookie = line_of(lines, "Cookie"), *type = line_of(lines, "Content-Type");
        g_autofree char *accept = line_of(lines, "Accept"), *authorization = line_of(lines, "Authorization");
        g_autofree char *host = line_of(lines, "Host"), *origin = line_of(lines, "Origin");
        g_autofree char *site = line_of(lines, "Sec-Fetch-Site");
        const MgHttpHead head = {method ? method : "GET",
                                 target ? target : "/",
                                 cookie,
                                 type,
                                 accept,
                                 authorization,
                                 host,
                                 origin,
                                 site};
        gsize n = blank ? size - head_size - 2 : 0;
        g_autofree char *body = n > 0 ? g_memdup2(blank + 2, n) : NULL;
        g_autoptr(MgHttpRequest) request = mg_http_read(&head, body, n, size % 2 == 0);

        check_request(request);
        check_answer(request);
        return 0;
}
