/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines out of running text. Does not wrap long lines: whoever shows them does.
 */
#include "sanitize/flow.h"

#include <string.h>

/* Octets of marks before a line; deeper quotes and lists are not indented further. */
static const gsize prefix_max = 60;

MgFlow *mg_flow_new(void) {
        MgFlow *flow = g_new0(MgFlow, 1);
        flow->out = g_string_new(NULL);
        flow->prefix = g_string_new(NULL);
        return flow;
}

void mg_flow_free(MgFlow *flow) {
        if (flow == NULL)
                return;
        g_string_free(flow->out, TRUE);
        g_string_free(flow->prefix, TRUE);
        g_free(flow->marker);
        g_free(flow);
}

void mg_flow_break(MgFlow *flow, guint n) {
        flow->newlines = MAX(flow->newlines, flow->blank ? 2 : n);
        flow->blank = FALSE;
        flow->space = 0;
}

void mg_flow_newline(MgFlow *flow) {
        flow->newlines = MIN(flow->newlines + 1, 2);
        flow->space = 0;
}

static void append_trimmed(GString *out, const char *s, gsize n) {
        while (n > 0 && s[n - 1] == ' ')
                n--;
        g_string_append_len(out, s, n);
}

/* Before the first text of a line: line ends that are wanted, prefix, marker. */
static void begin_line(MgFlow *flow) {
        gboolean first = flow->out->len == 0;
        if (!first && flow->newlines == 0)
                return;
        for (guint i = 0; i < flow->newlines && !first; i++) {
                if (i > 0)
                        append_trimmed(flow->out, flow->prefix->str, MIN(flow->shortest, flow->prefix->len));
                g_string_append_c(flow->out, '\n');
        }
        flow->newlines = 0;
        flow->space = 0;
        flow->blank = FALSE;
        flow->wide = FALSE;
        /* A marker stands in two columns of the prefix. */
        gsize n = flow->prefix->len;
        if (flow->marker != NULL)
                n -= MIN(n, 2);
        g_string_append_len(flow->out, flow->prefix->str, n);
        if (flow->marker != NULL)
                g_string_append(flow->out, flow->marker);
        g_clear_pointer(&flow->marker, g_free);
        flow->shortest = flow->prefix->len;
}

/* Octets of white space at s, those that HTML pads with included; 0: none. */
static gsize space_at(const char *s, const char *end) {
        if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r' || *s == '\f')
                return 1;
        if (end - s >= 2 && memcmp(s, "\xC2\xA0", 2) == 0)
                return 2;
        if (end - s >= 3 && (memcmp(s, "\xE2\x80\x8B", 3) == 0 || memcmp(s, "\xEF\xBB\xBF", 3) == 0 ||
                             memcmp(s, "\xE2\x80\x87", 3) == 0))
                return 3;
        return 0;
}

/* First octets of white space, and of some other characters. */
static gboolean may_be_space(char c) {
        guint8 octet = (guint8)c;
        return octet <= ' ' || octet == 0xC2 || octet == 0xE2 || octet == 0xEF;
}

static gboolean begins_wide(const char *s) {
        return (guint8)*s >= 0xE1 && g_unichar_iswide(g_utf8_get_char(s));
}

static gboolean ends_wide(const char *s, gsize n) {
        return n >= 3 && (guint8)s[n - 3] >= 0xE1 && (guint8)s[n - 3] < 0xF0 &&
               g_unichar_iswide(g_utf8_get_char(s + n - 3));
}

void mg_flow_text(MgFlow *flow, const char *s, gsize n) {
        const char *end = s + n;
        while (s < end) {
                gsize skip = may_be_space(*s) ? space_at(s, end) : 0;
                if (skip > 0 || *s == '\0') {
                        flow->space = MAX(flow->space, *s == '\n' ? 2u : 1u);
                        flow->blank |= skip == 2 && flow->newlines > 0;
                        s += MAX(skip, 1);
                        continue;
                }
                const char *word = s;
                do
                        s++;
                while (s < end && (!may_be_space(*s) || ((guint8)*s > ' ' && space_at(s, end) == 0)));
                gboolean fresh = flow->out->len == 0 || flow->newlines > 0;
                gboolean joined = flow->space == 2 && flow->wide && begins_wide(word);
                begin_line(flow);
                if (!fresh && flow->space > 0 && !joined)
                        g_string_append_c(flow->out, ' ');
                g_string_append_len(flow->out, word, s - word);
                flow->space = 0;
                flow->wide = ends_wide(word, s - word);
        }
}

void mg_flow_verbatim(MgFlow *flow, const char *s, gsize n) {
        const char *end = s + n;
        while (s < end) {
                const char *lf = memchr(s, '\n', end - s);
                const char *stop = lf != NULL ? lf : end;
                if (stop > s) {
                        begin_line(flow);
                        g_string_append_len(flow->out, s, stop - s);
                }
                if (lf != NULL)
                        flow->newlines++;
                s = stop + 1;
        }
        flow->space = 0;
}

gsize mg_flow_indent(MgFlow *flow, const char *prefix) {
        gsize length = flow->prefix->len;
        flow->shortest = MIN(flow->shortest, length);
        if (length < prefix_max)
                g_string_append(flow->prefix, prefix);
        return length;
}

void mg_flow_outdent(MgFlow *flow, gsize length) {
        g_string_truncate(flow->prefix, length);
        flow->shortest = MIN(flow->shortest, length);
}
