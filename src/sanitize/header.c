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

char *mg_header_text(const char *value, gsize n, guint32 *replaced) {
        g_autoptr(GString) raw = mg_scan_unfold(value, n, n);
        GString *text = g_string_sized_new(raw->len);
        mg_word_decode(raw->str, raw->len, text, replaced, NULL);
        return g_string_free(text, FALSE);
}
