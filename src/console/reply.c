/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of every reply.
 */
#include "console/reply.h"

#include "base/secret.h"

MgHttpReply *mg_http_reply_new(void) {
        MgHttpReply *reply = g_new0(MgHttpReply, 1);

        reply->status = 200;
        reply->body = g_string_new(NULL);
        reply->type = "text/html; charset=utf-8";
        reply->cookies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_secret_free);
        return reply;
}

void mg_http_reply_free(MgHttpReply *reply) {
        if (!reply)
                return;
        g_string_free(reply->body, TRUE);
        g_free(reply->location);
        g_free(reply->allow);
        g_free(reply->file);
        g_ptr_array_unref(reply->cookies);
        g_free(reply);
}

/* No script at all, no style but the sheet, forms to ourselves alone. */
static const struct {
        const char *name;
        const char *value;
} always[] = {
        {"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                                    "frame-ancestors 'none'; base-uri 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "same-origin"}, /* with no-referrer browsers say "Origin: null" */
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

void mg_http_reply_fields(const MgHttpReply *reply, MgHttpFieldFunc func, gpointer data) {
        g_autofree char *seconds = g_strdup_printf("%u", reply->retry_after);
        g_autofree char *file = reply->file ? g_strdup_printf("attachment; filename=\"%s\"", reply->file) : NULL;

        for (guint i = 0; i < G_N_ELEMENTS(always); i++)
                func(always[i].name, always[i].value, data);
        func("Content-Type", reply->type, data);
        func("Cache-Control", reply->is_lasting ? "public, max-age=31536000, immutable" : "no-store", data);
        if (!reply->is_lasting)
                func("Vary", "Accept, Cookie, Authorization", data);
        if (reply->location)
                func("Location", reply->location, data);
        if (reply->allow)
                func("Allow", reply->allow, data);
        if (file)
                func("Content-Disposition", file, data);
        if (reply->retry_after > 0)
                func("Retry-After", seconds, data);
        for (guint i = 0; i < reply->cookies->len; i++)
                func("Set-Cookie", g_ptr_array_index(reply->cookies, i), data);
}

void mg_http_reply_see(MgHttpReply *reply, const char *path) {
        reply->status = 303;
        g_free(reply->location);
        reply->location = g_strdup(path);
        g_string_truncate(reply->body, 0);
}

void mg_http_reply_cookie(MgHttpReply *reply, const char *name, const char *value, gint64 seconds, gboolean plain) {
        g_autofree char *age = seconds < 0 ? g_strdup("") : g_strdup_printf("; Max-Age=%" G_GINT64_FORMAT, seconds);

        g_ptr_array_add(reply->cookies, g_strdup_printf("%s=%s; Path=/%s; HttpOnly; SameSite=Strict%s", name, value,
                                                        age, plain ? "" : "; Secure"));
}
