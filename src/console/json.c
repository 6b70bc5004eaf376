/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer of JSON. Non-ASCII characters stand as they are; HTML's special ones are escaped, so that no reader that
 * takes it for HTML finds any.
 */
#include "console/json.h"

#include <string.h>

static void put_string(GString *out, const char *text) {
        g_autofree char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);

        g_string_append_c(out, '"');
        for (const char *p = valid ? valid : text; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);

                if (c == '"' || c == '\\')
                        g_string_append_printf(out, "\\%c", (char)c);
                else if (c < 0x20 || c == 0x7F || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029)
                        g_string_append_printf(out, "\\u%04x", c);
                else
                        g_string_append_unichar(out, c);
        }
        g_string_append_c(out, '"');
}

static void key_of(MgJson *json, const char *key) {
        if (json->more)
                g_string_append_c(json->out, ',');
        json->more = TRUE;
        if (!key)
                return;
        put_string(json->out, key);
        g_string_append_c(json->out, ':');
}

void mg_json_begin(MgJson *json, const char *key, char bracket) {
        key_of(json, key);
        g_string_append_c(json->out, bracket);
        json->more = FALSE;
}

void mg_json_end(MgJson *json, char bracket) {
        g_string_append_c(json->out, bracket);
        json->more = TRUE;
}

void mg_json_text(MgJson *json, const char *key, const char *value) {
        key_of(json, key);
        if (value)
                put_string(json->out, value);
        else
                g_string_append(json->out, "null");
}

void mg_json_number(MgJson *json, const char *key, gint64 value) {
        key_of(json, key);
        g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void mg_json_boolean(MgJson *json, const char *key, gboolean value) {
        key_of(json, key);
        g_string_append(json->out, value ? "true" : "false");
}
