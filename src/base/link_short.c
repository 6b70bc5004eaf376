/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_short: links cut down to their host, or to a word
 *
 * mg_link_find_live() says where a link is, this says how far it reaches: to a blank, a quote, a bracket that closes
 * none of its own, or a character that is not ASCII, without the stop that ends a sentence. So a sentence goes on
 * behind a link without a blank between. Every look begins behind the link before, and what it looks at beyond that it
 * takes: each octet is looked at a fixed number of times. A name that begins in another script stays, made inert:
 * nobody knows where in a sentence without blanks it begins. Words that people write before a colon ("Tel:") and mail
 * addresses stay as well. What comes to stand beside each other is cleaned again: marks can be too many, or have lost
 * the character that they belong to.
 */
#include <string.h>

#include "base/link.h"
#include "base/link_private.h"
#include "base/text.h"

typedef struct Link {
        gsize begin, end; /* of what is replaced */
        gsize host, host_n;
        gboolean stays; /* [begin, end) is no link that can be cut */
} Link;

static gboolean is_url_char(guint8 c) {
        return c > ' ' && c < 0x7F && strchr("<>\"{}|^`", c) == NULL;
}

static gboolean is_mail_char(guint8 c) {
        return g_ascii_isalnum(c) || (c != '\0' && strchr("._%+-@", c) != NULL);
}

/* Backwards from i, not beyond from. */
static gsize back_over(const guint8 *s, gsize from, gsize i, gboolean (*kind)(guint8)) {
        while (i > from && kind(s[i - 1]))
                i--;
        return i;
}

static gboolean is_scheme_char(guint8 c) {
        return g_ascii_isalnum(c) || c == '+' || c == '.' || c == '-';
}

static gboolean is_scheme_word(guint8 c) {
        return g_ascii_isalnum(c) || c == '-';
}

/* Whether the label that ends before i is a whole top-level domain in ASCII: a sentence may go on behind it. */
static gboolean ends_name(const guint8 *s, gsize begin, gsize i) {
        gsize letters = 0;

        while (i > begin && g_ascii_isalpha(s[i - 1])) {
                i--;
                letters++;
        }
        return letters >= 2 && i > begin && s[i - 1] == '.';
}

/* Where the authority at s[i] ends. */
static gsize authority_end(const guint8 *s, gsize n, gsize i) {
        gsize begin = i;

        while (i < n && mg_link_in_authority(s + i, n - i) && !(s[i] >= 0x80 && ends_name(s, begin, i)))
                i++;
        return i;
}

/* Where the URL ends whose characters go on at s[i], without what ends a sentence; not before least. */
static gsize url_end(const guint8 *s, gsize n, gsize i, gsize least) {
        gint open = 0;

        for (; i < n && is_url_char(s[i]); i++) {
                open += s[i] == '(' ? 1 : s[i] == ')' ? -1 : 0;
                if (open < 0)
                        break;
        }
        while (i > least && strchr(".,:;!?'", s[i - 1]) != NULL)
                i--;
        return i;
}

/* Marks, selectors and joiners belong to the character before them, which is gone. */
static gsize skip_marks(const guint8 *s, gsize n, gsize i) {
        while (i < n && s[i] >= 0x80) {
                gunichar c = g_utf8_get_char_validated((const char *)s + i, (gssize)(n - i));

                if (c >= (gunichar)-2 || !(g_unichar_ismark(c) || c == 0x200C || c == 0x200D))
                        break;
                i += (gsize)g_unichar_to_utf8(c, NULL);
        }
        return i;
}

/* The host inside [at, end): behind user names, before the port. */
static void set_host(Link *link, const guint8 *s, gsize at, gsize end) {
        const guint8 *user = memrchr(s + at, '@', end - at);
        const guint8 *close = NULL;

        link->host = user ? (gsize)(user + 1 - s) : at;
        if (link->host < end && s[link->host] == '[')
                close = memchr(s + link->host, ']', end - link->host);
        const guint8 *port = close ? close + 1 : memchr(s + link->host, ':', end - link->host);
        link->host_n = (port ? (gsize)(port - s) : end) - link->host;
}

/* A colon: "scheme://host/path", "scheme:rest", or a word of ordinary text. */
static void at_colon(Link *link, const guint8 *s, gsize n, gsize from, gsize colon) {
        if (n - colon > 3 && s[colon + 1] == '/' && s[colon + 2] == '/') {
                gsize end = authority_end(s, n, colon + 3);

                link->begin = back_over(s, from, colon, is_scheme_char);
                set_host(link, s, colon + 3, end);
                link->end = url_end(s, n, end, end);
                return;
        }
        link->begin = back_over(s, MAX(from, colon - MIN(colon, MG_LINK_SCHEME_MAX)), colon, is_scheme_word);
        if (mg_link_scheme_before(s, n, link->begin, colon) != STYLE_BRACKET) {
                link->stays = TRUE;
                link->end = colon + 1;
                return;
        }
        link->end = url_end(s, n, colon + 1, colon + 1);
        if (colon >= 6 && g_ascii_strncasecmp((const char *)s + colon - 6, "mailto", 6) == 0) {
                const guint8 *query = memchr(s + colon, '?', link->end - colon);
                gsize end = query ? (gsize)(query - s) : link->end;

                link->stays = mg_text_is((const char *)s + colon + 1, end - colon - 1, MG_CLASS_ADDRESS);
                link->host = colon + 1;
                link->host_n = end - colon - 1;
        }
}

/* A dot of a name that stands without a scheme. */
static void at_dot(Link *link, const guint8 *s, gsize n, gsize from, gsize dot) {
        gsize end;

        link->begin = back_over(s, from, dot, is_mail_char);
        if (link->begin == dot) {
                link->stays = TRUE;
                link->end = dot + 1;
                return;
        }
        for (end = dot; end < n && (is_mail_char(s[end]) || (s[end] >= 0x80 && !ends_name(s, link->begin, end) &&
                                                             mg_link_in_authority(s + end, n - end)));)
                end++;
        set_host(link, s, link->begin, end);
        link->end = end < n && strchr("/?#:", s[end]) && s[end] ? url_end(s, n, end, end) : end;
        while (link->host_n > 0 && s[link->host + link->host_n - 1] == '.' && link->end == link->host + link->host_n)
                link->host_n--, link->end--;
}

static void at_backslash(Link *link, const guint8 *s, gsize n, gsize i) {
        gsize host;

        link->begin = i;
        while (i < n && s[i] == '\\')
                i++;
        for (host = i; i < n && (g_ascii_isalnum(s[i]) || strchr(".-_", s[i])) && s[i] != '\0'; i++)
                ;
        link->host = host;
        link->host_n = i - host;
        link->end = url_end(s, n, i, i);
}

/* A mail address behind mailto:, which stays; else the host, or the word where there is none. */
static void replace(const Link *link, const guint8 *s, gboolean host, const char *word, GString *out) {
        if (link->stays && link->host_n == 0)
                g_string_append_len(out, (const char *)s + link->begin, (gssize)(link->end - link->begin));
        else if ((link->stays || host) && link->host_n > 0)
                g_string_append_len(out, (const char *)s + link->host, (gssize)link->host_n);
        else
                g_string_append(out, word);
}

char *mg_link_shorten(const char *text, gsize n, gboolean host, const char *word) {
        const guint8 *s = (const guint8 *)text;
        g_autoptr(GString) out = g_string_sized_new(n + 16);
        gsize at = 0;

        for (gssize live; at < n && (live = mg_link_find_live(text + at, n - at)) >= 0;) {
                gsize i = at + (gsize)live;
                Link link = {0};

                if (s[i] == ':')
                        at_colon(&link, s, n, at, i);
                else if (s[i] == '\\')
                        at_backslash(&link, s, n, i);
                else
                        at_dot(&link, s, n, at, i);
                if (!link.stays || link.host_n > 0)
                        link.end = skip_marks(s, n, link.end);
                g_string_append_len(out, text + at, (gssize)(link.begin - at));
                replace(&link, s, host, word, out);
                at = link.end;
        }
        g_string_append_len(out, text + at, (gssize)(n - at));
        g_autofree char *clean = mg_text_clean(out->str, out->len, MG_CLASS_TEXT, 0, NULL);
        return mg_link_defang(clean, strlen(clean));
}
