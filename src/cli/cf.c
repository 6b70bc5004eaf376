/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits of main.cf and master.cf as text. Moves and reformats nothing, expands nothing, and does not know what a
 * parameter means.
 */
#include "cli/cf.h"

#include <string.h>

/* Physical lines of a logical one; what stands between may be comments. */
typedef struct Span {
        guint first;
        guint last;
} Span;

static const char blanks[] = " \t\r\n";

MgCf *mg_cf_new(const char *file, const char *text) {
        MgCf *cf = g_new0(MgCf, 1);

        cf->lines = mg_lines(text);
        cf->end = cf->lines->len > 0 && g_str_has_suffix(cf->lines->pdata[0], "\r\n") ? "\r\n" : "\n";
        cf->change = mg_change_new(file);
        return cf;
}

void mg_cf_free(MgCf *cf) {
        if (cf == NULL)
                return;
        g_ptr_array_unref(cf->lines);
        mg_change_free(cf->change);
        g_free(cf);
}

static gboolean says_nothing(const char *line) {
        const char *s = line + strspn(line, blanks);

        return *s == '#' || *s == '\0';
}

/* The next logical line at or behind a line. */
static gboolean next_span(const MgCf *cf, guint from, Span *span) {
        while (from < cf->lines->len && says_nothing(cf->lines->pdata[from]))
                from++;
        if (from >= cf->lines->len)
                return FALSE;
        *span = (Span){from, from};
        for (guint i = from + 1; i < cf->lines->len; i++) {
                const char *line = cf->lines->pdata[i];
                if (says_nothing(line))
                        continue;
                if (*line != ' ' && *line != '\t')
                        break;
                span->last = i;
        }
        return TRUE;
}

/* The lines that count, without their ends, a blank between. */
static char *text_of(const MgCf *cf, const Span *span) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = span->first; i <= span->last; i++) {
                const char *line = cf->lines->pdata[i];
                if (says_nothing(line))
                        continue;
                g_autofree char *stripped = g_strstrip(g_strdup(line));
                g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", stripped);
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What stands behind "name =" of the last such line. */
static char *find_value(const MgCf *cf, const char *name, Span *found) {
        char *value = NULL;
        Span span;

        for (guint at = 0; next_span(cf, at, &span); at = span.last + 1) {
                g_autofree char *text = text_of(cf, &span);
                const char *equals = strchr(text, '=');
                g_autofree char *left = g_strndup(text, equals != NULL ? (gsize)(equals - text) : 0);
                if (!g_str_equal(g_strstrip(left), name))
                        continue;
                g_free(value);
                value = g_strstrip(g_strdup(equals + 1));
                *found = span;
        }
        return value;
}

char *mg_cf_value(const MgCf *cf, const char *name) {
        Span span;

        return find_value(cf, name, &span);
}

static char *old_text(const MgCf *cf, const Span *span) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = span->first; i <= span->last; i++)
                g_string_append(text, cf->lines->pdata[i]);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

/* With the line ends of the file. */
static char *as_ends(const MgCf *cf, const char *text) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        return g_strjoinv(cf->end, lines);
}

void mg_cf_set(MgCf *cf, const char *name, const char *value, const char *why) {
        Span span;
        g_autofree char *now = find_value(cf, name, &span);
        g_autofree char *plain =
                g_strdup_printf("# mugai setup: %s\n%s =%s%s\n", why, name, *value != '\0' ? " " : "", value);
        g_autofree char *in = as_ends(cf, plain);
        g_autofree char *out = now != NULL ? old_text(cf, &span) : g_strdup("");

        mg_change_add(cf->change, now != NULL ? span.first : cf->lines->len, out, in, "");
}

/* Up to n words of a line. */
static char **words_of(const char *line) {
        g_auto(GStrv) split = g_strsplit_set(line, blanks, -1);
        GPtrArray *words = g_ptr_array_new();

        for (char **word = split; *word != NULL; word++) {
                if (**word != '\0')
                        g_ptr_array_add(words, g_strdup(*word));
        }
        g_ptr_array_add(words, NULL);
        return (char **)g_ptr_array_free(words, FALSE);
}

static gboolean find_service(const MgCf *cf, const char *name, const char *type, Span *span) {
        for (guint at = 0; next_span(cf, at, span); at = span->last + 1) {
                g_autofree char *text = text_of(cf, span);
                g_auto(GStrv) words = words_of(text);
                if (g_strv_length(words) >= 2 && g_str_equal(words[0], name) && g_str_equal(words[1], type))
                        return TRUE;
        }
        return FALSE;
}

gboolean mg_cf_option(MgCf *cf, const char *name, const char *type, const char *option) {
        g_autofree char *where = g_strdup_printf("%s %s", name, type);
        g_autofree char *line = g_strdup_printf("  -o %s%s", option, cf->end);
        Span span;

        if (!find_service(cf, name, type, &span))
                return FALSE;
        mg_change_add(cf->change, span.last + 1, "", line, where);
        return TRUE;
}

gboolean mg_cf_no_chroot(MgCf *cf, const char *name, const char *type) {
        g_autofree char *where = g_strdup_printf("%s %s", name, type);
        Span span;

        if (!find_service(cf, name, type, &span))
                return FALSE;
        const char *line = cf->lines->pdata[span.first], *column = line;
        for (guint i = 0; i < 4; i++) {
                column += strcspn(column, blanks);
                column += strspn(column, blanks);
        }
        gsize n = strcspn(column, blanks);
        if (n == 0)
                return FALSE;
        g_autofree char *in = g_strdup_printf("%.*sn%s", (int)(column - line), line, column + n);
        mg_change_add(cf->change, span.first, line, in, where);
        return TRUE;
}

void mg_cf_append(MgCf *cf, const char *lines) {
        g_autofree char *in = as_ends(cf, lines);

        mg_change_add(cf->change, cf->lines->len, "", in, "");
}

/* What is put behind a last line without an end gives it one, which goes with the rest. */
static void end_last_line(MgCf *cf) {
        const char *last = cf->lines->len > 0 ? cf->lines->pdata[cf->lines->len - 1] : "\n";
        gboolean behind = FALSE;

        for (guint i = 0; i < cf->change->hunks->len; i++) {
                const MgHunk *hunk = cf->change->hunks->pdata[i];
                behind |= hunk->at == cf->lines->len;
                if (*hunk->out != '\0' && g_str_has_suffix(hunk->out, last))
                        return;
        }
        if (!behind || g_str_has_suffix(last, "\n"))
                return;
        g_autofree char *ended = g_strconcat(last, cf->end, NULL);
        mg_change_add(cf->change, cf->lines->len - 1, last, ended, "");
}

MgChange *mg_cf_finish(MgCf *cf) {
        end_last_line(cf);
        return g_steal_pointer(&cf->change);
}
