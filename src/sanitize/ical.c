/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax of calendars. Knows no components and no types of values. */
#include "sanitize/ical.h"

#include <string.h>

#include "base/text.h"

char *mg_ical_unfold(const char *s, gsize n) {
        GString *out = g_string_sized_new(n + 1);
        for (gsize i = 0; i < n; i++) {
                gsize next = i + 1;
                if (s[i] == '\r' || s[i] == '\0')
                        continue;
                if (s[i] == '\n' && next < n && (s[next] == ' ' || s[next] == '\t'))
                        i = next;
                else
                        g_string_append_c(out, s[i]);
        }
        return g_string_free(out, FALSE);
}

/* The value begins at the first colon outside quotes. */
static const char *find_colon(const char *s, const char *end) {
        gboolean quoted = FALSE;
        for (; s < end; s++) {
                if (*s == '"')
                        quoted = !quoted;
                else if (*s == ':' && !quoted)
                        return s;
        }
        return NULL;
}

gboolean mg_ical_next(const char **at, MgProperty *out) {
        while (**at != '\0') {
                const char *s = *at, *end = s + strcspn(s, "\n");
                *at = *end != '\0' ? end + 1 : end;
                const char *colon = find_colon(s, end);
                if (colon == NULL)
                        continue;
                gsize name_n = strcspn(s, ";:");
                *out = (MgProperty){s, name_n, s + name_n, colon - s - name_n, colon + 1, end - colon - 1};
                return TRUE;
        }
        return FALSE;
}

static gboolean same(const char *s, gsize n, const char *word) {
        return strlen(word) == n && g_ascii_strncasecmp(s, word, n) == 0;
}

gboolean mg_ical_is(const MgProperty *property, const char *name) {
        return same(property->name, property->name_n, name);
}

gboolean mg_ical_says(const MgProperty *property, const char *value) {
        gsize n = property->value_n;
        while (n > 0 && g_ascii_isspace(property->value[n - 1]))
                n--;
        return same(property->value, n, value);
}

char *mg_ical_parameter(const MgProperty *property, const char *name, gsize max) {
        const char *s = property->parameters, *end = s + property->parameters_n;
        while (s < end) {
                const char *begin = ++s;
                gboolean quoted = FALSE;
                for (; s < end && (quoted || *s != ';'); s++)
                        quoted ^= *s == '"';
                const char *equals = memchr(begin, '=', s - begin);
                if (equals == NULL || !same(begin, equals - begin, name))
                        continue;
                const char *value = equals + 1, *stop = s;
                if (stop - value >= 2 && *value == '"' && stop[-1] == '"')
                        value++, stop--;
                return g_strndup(value, mg_text_whole(value, stop - value, max));
        }
        return NULL;
}

char *mg_ical_text(const MgProperty *property, gsize max) {
        const char *s = property->value;
        gsize n = mg_text_whole(s, property->value_n, max);
        GString *out = g_string_sized_new(n);
        for (gsize i = 0; i < n; i++) {
                if (s[i] != '\\' || i + 1 == n) {
                        g_string_append_c(out, s[i]);
                        continue;
                }
                i++;
                g_string_append_c(out, s[i] == 'n' || s[i] == 'N' ? '\n' : s[i]);
        }
        return g_strstrip(g_string_free(out, FALSE));
}
