/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name: marks of display names
 *
 * Clients show the name and hide the address: a name that is an address, or that only looks like one in the alphabet
 * it seems to be written in, is taken for the sender. Compares letters and scripts; knows no list of people or hosts,
 * so that a plain lie ("Mayor") passes: the address stands beside it in From.
 */
#include "sanitize/name.h"

#include <string.h>

#include "mugai/reading.h"

gboolean mg_name_hides(const char *text, gsize n) {
        static const gunichar ranges[][2] = {{0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x180E, 0x180E},
                                             {0x200B, 0x200B}, {0x200E, 0x200F}, {0x202A, 0x202E},
                                             {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE007F}};
        for (const char *p = text; p < text + n;) {
                gunichar c = g_utf8_get_char_validated(p, text + n - p);
                for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
                        if (c >= ranges[i][0] && c <= ranges[i][1])
                                return TRUE;
                p = c >= (gunichar)-2 || c == 0 ? p + 1 : g_utf8_next_char(p);
        }
        return FALSE;
}

gboolean mg_name_is_device(const char *name) {
        static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"};
        gsize n = strcspn(name, ".:");
        while (n > 0 && name[n - 1] == ' ')
                n--;
        for (gsize i = 0; i < G_N_ELEMENTS(devices); i++)
                if (strlen(devices[i]) == n && g_ascii_strncasecmp(name, devices[i], n) == 0)
                        return TRUE;
        return n == 4 && g_ascii_isdigit(name[3]) && name[3] != '0' &&
               (g_ascii_strncasecmp(name, "com", 3) == 0 || g_ascii_strncasecmp(name, "lpt", 3) == 0);
}

static gboolean is_address_char(char c) {
        return g_ascii_isalnum(c) || (guchar)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* Whether the address that has its '@' at p is another one than address. */
static gboolean is_other(const char *begin, const char *p, const char *address) {
        const char *first = p, *end = p + 1;
        while (first > begin && is_address_char(first[-1]))
                first--;
        while (*end != '\0' && *end != '@' && is_address_char(*end))
                end++;
        while (end > p + 1 && !g_ascii_isalnum(end[-1]) && (guchar)end[-1] < 0x80)
                end--;
        while (first < p && strchr("'`", *first) != NULL)
                first++;
        if (first == p || memchr(p + 1, '.', (gsize)(end - p - 1)) == NULL)
                return FALSE;
        return strlen(address) != (gsize)(end - first) ||
               g_ascii_strncasecmp(first, address, (gsize)(end - first)) != 0;
}

static gboolean holds_other(const char *name, const char *address) {
        g_autofree char *form = g_utf8_normalize(name, -1, G_NORMALIZE_NFKC);
        const char *begin = form; /* no '@' between here and p: runs are walked once */
        for (const char *p = form != NULL ? strchr(form, '@') : NULL; p != NULL; p = strchr(p + 1, '@')) {
                if (is_other(begin, p, address))
                        return TRUE;
                begin = p + 1;
        }
        return FALSE;
}

/* Greek letters that look like Latin ones: others stand beside Latin in names of things ("μSD", "αGEL"). */
static gboolean is_greek_double(gunichar c) {
        static const gunichar doubles[] = {0x0391, 0x0392, 0x0395, 0x0396, 0x0397, 0x0399, 0x039A, 0x039C, 0x039D,
                                           0x039F, 0x03A1, 0x03A4, 0x03A5, 0x03A7, 0x03BD, 0x03BF, 0x03C1, 0x03C5};
        for (gsize i = 0; i < G_N_ELEMENTS(doubles); i++)
                if (doubles[i] == c)
                        return TRUE;
        return FALSE;
}

gboolean mg_name_mixes(const char *text) {
        gboolean latin = FALSE, double_ = FALSE;
        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                GUnicodeScript script = g_unichar_get_script(c);
                if (!g_unichar_isalpha(c) || (script != G_UNICODE_SCRIPT_LATIN && script != G_UNICODE_SCRIPT_CYRILLIC &&
                                              script != G_UNICODE_SCRIPT_GREEK)) {
                        latin = double_ = FALSE;
                        continue;
                }
                latin |= script == G_UNICODE_SCRIPT_LATIN;
                double_ |= script == G_UNICODE_SCRIPT_CYRILLIC || is_greek_double(c);
                if (latin && double_)
                        return TRUE;
        }
        return FALSE;
}

/* Small letters that are read as ASCII ones: Cyrillic, Greek and Latin ones that a domain can have. */
static gboolean is_ascii_double(gunichar c) {
        static const gunichar doubles[] = {0x0430, 0x0435, 0x043E, 0x0440, 0x0441, 0x0443, 0x0445, 0x0455,
                                           0x0456, 0x0458, 0x0475, 0x04BB, 0x04CF, 0x0501, 0x051B, 0x051D,
                                           0x03B9, 0x03BD, 0x03BF, 0x03C1, 0x03C5, 0x0131, 0x0251, 0x0261};
        for (gsize i = 0; i < G_N_ELEMENTS(doubles); i++)
                if (doubles[i] == c)
                        return TRUE;
        return FALSE;
}

/* Whether a label has look-alikes of ASCII and beside them ASCII alone. */
static gboolean reads_as_ascii(const char *domain) {
        gboolean double_ = FALSE, other = FALSE;
        for (const char *p = domain;; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (c == '.' || c == 0) {
                        if (double_ && !other)
                                return TRUE;
                        double_ = other = FALSE;
                }
                if (c == 0)
                        return FALSE;
                double_ |= is_ascii_double(c);
                other |= c >= 0x80 && !is_ascii_double(c);
        }
}

/* Whether the name holds an address that is neither form of this one. */
static gboolean holds_foreign(const char *name, const char *address, const char *domain) {
        const char *at = strrchr(address, '@');
        if (!holds_other(name, address))
                return FALSE;
        if (domain == NULL || at == NULL)
                return TRUE;
        g_autofree char *letters = g_strdup_printf("%.*s@%s", (int)(at - address), address, domain);
        return holds_other(name, letters);
}

guint32 mg_name_marks(const char *name, const char *address, const char *domain) {
        gboolean script = mg_name_mixes(name) || (domain != NULL && (mg_name_mixes(domain) || reads_as_ascii(domain)));
        return (holds_foreign(name, address, domain) ? MG_MARK_NAME_ADDRESS : 0) | (script ? MG_MARK_NAME_SCRIPT : 0);
}
