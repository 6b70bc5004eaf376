/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sender's words: line by line as far as limits.body goes, links cut down where the policy says so. Made inert by
 * lines.
 */
#include "compose/body.h"

#include <string.h>

#include "base/link.h"
#include "base/text.h"
#include "compose/notice.h"

typedef struct Body {
        const MgPolicy *policy;
        MgLines *lines;
        MgForgery *forgery;
        char *link_word;   /* stands for a link that is taken out */
        guint64 list_last; /* number of the last row of a list of links that was only the word, 0 for none */
} Body;

/* A line of the body with its links cut down, where the policy says so; NULL where it stays. Caller frees. */
static char *shorten_links(Body *body, const char *s, gsize n) {
        MgLinkMode mode = body->policy->links;
        char *line;

        if (mode != MG_LINKS_HOST && mode != MG_LINKS_REMOVE)
                return NULL;
        line = mg_link_shorten(s, n, mode == MG_LINKS_HOST, body->link_word);
        body->lines->inert |= strlen(line) != n || memcmp(line, s, n) != 0;
        return line;
}

/* The number of a row of a list of links ("[1] http://...") of which only the word is left; 0 for another line. */
static guint64 bare_row(const Body *body, const char *line) {
        char *end = NULL;
        guint64 number = line && *line == '[' ? g_ascii_strtoull(line + 1, &end, 10) : 0;

        return number > 0 && g_str_has_prefix(end, "] ") && g_str_equal(end + 2, body->link_word) ? number : 0;
}

/* Of rows that say nothing each, one after the other, the first stands and the last ("[12]") closes them. */
static void end_rows(Body *body) {
        g_autofree char *row = g_strdup_printf("[%" G_GUINT64_FORMAT "]", body->list_last);

        if (body->list_last > 0) {
                g_string_truncate(body->lines->out, body->lines->out->len - 1); /* the line end of the first one */
                g_string_append_printf(body->lines->out, " - %s\n", row);
        }
        body->list_last = 0;
}

/* FALSE where the line does not fit any more: then nothing of it stands. */
static gboolean add_body_line(Body *body, const char *s, gsize n, guint64 *first) {
        GString *out = body->lines->out;
        g_autofree char *line = shorten_links(body, s, n);
        guint64 row = body->policy->links == MG_LINKS_REMOVE ? bare_row(body, line) : 0;
        gsize before;

        if (row > 0 && *first > 0) {
                body->list_last = row;
                return TRUE;
        }
        end_rows(body);
        *first = row;
        before = out->len; /* below the list that has just ended */
        mg_lines_add(body->lines, line ? line : s, line ? strlen(line) : n, body->forgery);
        if (out->len <= body->policy->limits.body)
                return TRUE;
        g_string_truncate(out, before);
        return FALSE;
}

/* The lines of the body as far as limits.body goes. TRUE where they went in whole. */
static gboolean add_body(Body *body, const char *s, gsize n) {
        const char *body_end = s + n;
        guint64 first_row = 0;
        gboolean fits = TRUE;

        while (fits && n > 0) {
                const char *end = memchr(s, '\n', n);
                gsize line = end ? (gsize)(end - s) : n;
                gsize whole = line + (end ? 1 : 0);

                mg_forgery_look_below(body->forgery, s + whole, body_end);
                /* A body without line ends may be longer than the bound by itself. */
                fits = line <= body->policy->limits.body && add_body_line(body, s, line, &first_row);
                s += whole;
                n -= whole;
        }
        end_rows(body);
        return fits;
}

gboolean mg_compose_body(MgLines *lines, const MgOutgoingInput *input) {
        const char *word = input->policy->texts[mg_notice_language(input->policy)][MG_TEXT_link_removed];
        g_autofree char *link_word = mg_text_clean(word, strlen(word), MG_CLASS_LINE, 0, NULL);
        g_autoptr(MgForgery) forgery = mg_forgery_new(input, lines->jis);
        Body body = {.policy = input->policy, .lines = lines, .forgery = forgery, .link_word = link_word};
        gsize n;
        const char *text = g_bytes_get_data(input->reading->body, &n);

        return add_body(&body, text, n);
}
