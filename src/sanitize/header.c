/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header: a block of header fields -> raw fields, and the text of unstructured ones
 *
 * Splits as strictly as RFC 5322 and says where another reader could split elsewhere: lines that are no field, blanks
 * before the colon, bare CR, NUL (A6). It keeps no line that is no field, and ends the header at an empty line alone.
 */
#include "sanitize/header.h"

#include <string.h>

#include "sanitize/scan.h"
#include "sanitize/word.h"

static gboolean is_blank(char c) {
        return c == ' ' || c == '\t';
}

/*
 * Length of the field name at the beginning of a line, or 0 where the line is no field. *odd where blanks stand before
 * the colon.
 */
static gsize field_name(const char *line, gsize n, gsize *colon, gboolean *odd) {
        gsize length = 0;
        while (length < n && line[length] > 0x20 && line[length] < 0x7F && line[length] != ':')
                length++;
        *colon = length;
        while (*colon < n && is_blank(line[*colon]))
                (*colon)++;
        if (length == 0 || *colon == n || line[*colon] != ':')
                return 0;
        *odd |= *colon > length;
        return length;
}

/* State of a split: where the field that folds may prolong is, if any. */
typedef struct Split {
        const char *mail;
        GArray *fields;
        gsize most;
        gboolean open; /* the last line was a field, or a fold of one */
        gboolean full; /* no further field is kept */
        gboolean *odd;
} Split;

static void split_line(Split *split, const char *line, gsize n) {
        gsize colon;
        if (is_blank(line[0])) {
                gsize blanks = 0;
                while (blanks < n && is_blank(line[blanks]))
                        blanks++;
                /* A line of blanks is a fold to some readers and the end of the header to others. */
                *split->odd |= !split->open || blanks == n;
                if (split->open && !split->full) {
                        MgRawField *field = &g_array_index(split->fields, MgRawField, split->fields->len - 1);
                        field->value_n = (gsize)(line + n - field->value);
                }
                return;
        }
        gsize length = field_name(line, n, &colon, split->odd);
        split->open = length > 0;
        *split->odd |= length == 0;
        split->full = split->fields->len >= split->most;
        if (length == 0 || split->full)
                return;
        MgRawField field = {.name = line,
                            .name_n = length,
                            .value = line + colon + 1,
                            .value_n = n - colon - 1,
                            .offset = (gsize)(line - split->mail)};
        g_array_append_val(split->fields, field);
}

GArray *mg_header_split(const char *mail, gsize n, const MgLimits *limits, gsize *body, gboolean *odd) {
        Split split = {.mail = mail,
                       .fields = g_array_new(FALSE, FALSE, sizeof(MgRawField)),
                       .most = limits->header_fields + 1,
                       .odd = odd};
        const char *p = mail, *end = mail + n;
        *body = n;
        while (p < end) {
                const char *feed = memchr(p, '\n', (gsize)(end - p));
                gsize length = (gsize)((feed != NULL ? feed : end) - p);
                const char *next = feed != NULL ? feed + 1 : end;
                if (feed != NULL && length > 0 && p[length - 1] == '\r')
                        length--;
                if (length == 0) {
                        *body = (gsize)(next - mail);
                        break;
                }
                *odd |= memchr(p, '\0', length) != NULL || memchr(p, '\r', length) != NULL;
                split_line(&split, p, length);
                p = next;
        }
        return split.fields;
}

const MgRawField *mg_header_find(const GArray *fields, const char *name, guint *count) {
        const MgRawField *found = NULL;
        gsize n = strlen(name);
        guint times = 0;
        for (guint i = 0; i < fields->len; i++) {
                const MgRawField *field = &g_array_index(fields, MgRawField, i);
                if (field->name_n != n || g_ascii_strncasecmp(field->name, name, n) != 0)
                        continue;
                found = found != NULL ? found : field;
                times++;
        }
        if (count != NULL)
                *count = times;
        return found;
}

/* Domains of SoftBank's mail, and of J-PHONE and Vodafone that it was before. */
static gboolean is_pictograph_host(const char *host, gsize n) {
        static const char *const hosts[] = {"softbank.ne.jp", "i.softbank.jp", "disney.ne.jp"};
        static const char *const suffixes[] = {".softbank.ne.jp", ".vodafone.ne.jp"};
        for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++)
                if (strlen(hosts[i]) == n && g_ascii_strncasecmp(hosts[i], host, n) == 0)
                        return TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
                gsize length = strlen(suffixes[i]);
                if (n > length && g_ascii_strncasecmp(suffixes[i], host + n - length, length) == 0)
                        return TRUE;
        }
        return n == 10 && g_ascii_strncasecmp(host, "jp-", 3) == 0 && g_ascii_strncasecmp(host + 4, ".ne.jp", 6) == 0;
}

/* Whether an address or id in the value has such a domain. */
static gboolean names_pictograph_host(const MgRawField *field) {
        const char *end = field->value + field->value_n;
        for (const char *p = field->value; (p = memchr(p, '@', (gsize)(end - p))) != NULL; p++) {
                gsize n = 0;
                while (p + 1 + n < end && (g_ascii_isalnum(p[1 + n]) || p[1 + n] == '-' || p[1 + n] == '.'))
                        n++;
                if (is_pictograph_host(p + 1, n))
                        return TRUE;
        }
        return FALSE;
}

/* "iPhone Mail (8C148)": builds of iOS 5, whose emoji are Unicode's, begin with 9. */
static gboolean is_old_iphone(const MgRawField *field) {
        static const char *const mailers[] = {"iPhone Mail (", "iPod Mail (", "iPad Mail ("};
        for (gsize i = 0; i < G_N_ELEMENTS(mailers); i++) {
                const char *name = memmem(field->value, field->value_n, mailers[i], strlen(mailers[i]));
                const char *build = name != NULL ? name + strlen(mailers[i]) : NULL;
                if (build != NULL && field->value + field->value_n - build >= 2 && *build >= '1' && *build <= '8' &&
                    g_ascii_isalpha(build[1]))
                        return TRUE;
        }
        return FALSE;
}

gboolean mg_header_has_pictographs(const GArray *fields) {
        const MgRawField *from = mg_header_find(fields, "From", NULL);
        const MgRawField *id = mg_header_find(fields, "Message-ID", NULL);
        const MgRawField *mailer = mg_header_find(fields, "X-Mailer", NULL);
        return (from != NULL && names_pictograph_host(from)) || (id != NULL && names_pictograph_host(id)) ||
               (mailer != NULL && is_old_iphone(mailer));
}

char *mg_header_text(const char *value, gsize n, guint32 *replaced) {
        g_autoptr(GString) raw = mg_field_scan_unfold(value, n, n);
        GString *text = g_string_sized_new(raw->len);
        mg_word_decode(raw->str, raw->len, text, replaced, NULL);
        return g_string_free(text, FALSE);
}
