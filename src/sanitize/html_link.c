/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of links: which may be printed, and whether a link's text names another host than it leads to (D3, D5,
 * D6). Follows no redirection, decodes no percent signs, and does not make an address inert: compose does.
 */
#include <string.h>

#include "base/text.h"
#include "sanitize/html_private.h"

/* Characters of an address that are printed. */
static const gsize target_chars = 2000;

void mg_link_clear(MgLink *link) {
        g_clear_pointer(&link->target, g_free);
        g_clear_pointer(&link->plain, g_free);
}

/*
 * As browsers read it: no white space or controls around it, no tabs and line ends inside (WHATWG URL, section
 * 4.4).
 */
static char *tidy(const char *href) {
        GString *out = g_string_new(NULL);
        for (const char *p = href; *p != '\0'; p++) {
                if (*p == '\t' || *p == '\n' || *p == '\r' || (out->len == 0 && (guint8)*p <= ' '))
                        continue;
                if ((guint8)*p <= ' ' || *p == 0x7F)
                        g_string_append_printf(out, "%%%02X", (guint8)*p);
                else
                        g_string_append_c(out, *p);
        }
        while (out->len >= 3 && strcmp(out->str + out->len - 3, "%20") == 0)
                g_string_truncate(out, out->len - 3);
        return g_string_free(out, FALSE);
}

/* The part after "http:" with however many slashes of either kind a browser takes for two. */
static const char *after_slashes(const char *s) {
        return s + strspn(s, "/\\");
}

/* Lower-case host of what follows the slashes; userinfo and port left out. */
static char *host_of(const char *authority) {
        gsize n = strcspn(authority, "/\\?#");
        const char *host = authority;
        for (gsize i = 0; i < n; i++)
                if (authority[i] == '@')
                        host = authority + i + 1;
        n -= host - authority;
        gsize host_n = 0;
        while (host_n < n && host[host_n] != ':')
                host_n++;
        while (host_n > 0 && host[host_n - 1] == '.')
                host_n--;
        char *lower = g_ascii_strdown(host, host_n);
        if (g_str_has_prefix(lower, "www."))
                memmove(lower, lower + 4, strlen(lower + 4) + 1);
        return lower;
}

/*
 * Ends of names that make a word look like a host. Not a list of all: a word that is missed is only not compared.
 */
static const char *const endings[] = {
        "com",  "net",  "org",   "jp",  "info", "biz",   "edu",  "gov",   "mil",    "io",    "co",   "tv",   "me",
        "cc",   "cn",   "kr",    "tw",  "hk",   "uk",    "de",   "fr",    "it",     "es",    "nl",   "ru",   "eu",
        "us",   "ca",   "au",    "in",  "br",   "ch",    "at",   "be",    "se",     "app",   "dev",  "xyz",  "online",
        "site", "shop", "store", "top", "club", "cloud", "asia", "tokyo", "nagoya", "osaka", "page", "link",
};

static gboolean has_ending(const char *host) {
        const char *dot = strrchr(host, '.');
        if (dot == NULL || dot == host)
                return FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
                if (strcmp(dot + 1, endings[i]) == 0)
                        return TRUE;
        return FALSE;
}

/*
 * The first host that the text shows, or NULL: after "://", after "www.", or a word that is one. Full-width dots
 * and letters are read as ASCII.
 */
static char *shown_host(const char *text) {
        /* Without a dot of any width there is none: most links. */
        if (strchr(text, '.') == NULL && strchr(text, '\xEF') == NULL && strchr(text, '\xE2') == NULL)
                return NULL;
        g_autofree char *folded =
                g_utf8_normalize(text, (gssize)mg_text_whole(text, strlen(text), 4096), G_NORMALIZE_NFKC);
        if (folded == NULL)
                return NULL;
        g_autofree char *lower = g_ascii_strdown(folded, -1);
        const char *slashes = strstr(lower, "://");
        if (slashes != NULL)
                return host_of(slashes + 3);
        for (const char *p = lower; *p != '\0';) {
                gsize n = 0;
                while (g_ascii_isalnum(p[n]) || p[n] == '.' || p[n] == '-' || p[n] == '_')
                        n++;
                g_autofree char *word = g_strndup(p, n);
                gboolean mailbox = (p > lower && p[-1] == '@') || p[n] == '@';
                while (n > 0 && word[n - 1] == '.')
                        word[--n] = '\0';
                if (!mailbox && n > 3 && (g_str_has_prefix(word, "www.") || has_ending(word)))
                        return host_of(word);
                p += MAX(strcspn(p, " \t\n/\"'()<>[]{},;:?!@"), 1);
        }
        return NULL;
}

/* The same host, or one below it: who names example.jp may lead to mail.example.jp. */
static gboolean leads_there(const char *shown, const char *host) {
        gsize shown_n = strlen(shown), host_n = strlen(host);
        if (shown_n == 0)
                return TRUE;
        if (host_n == shown_n)
                return strcmp(shown, host) == 0;
        return host_n > shown_n && host[host_n - shown_n - 1] == '.' && strcmp(host + host_n - shown_n, shown) == 0;
}

/*
 * --- hosts
 * -------------------------------------------------------------------------------------------------------------
 */

/* What browsers take for an IPv4 address: one to four numbers, decimal, octal or hexadecimal (WHATWG URL, 3.5). */
static gboolean read_ipv4(const char *host, guint32 *address) {
        guint64 parts[4];
        guint count = 0;
        for (const char *p = host;; p++) {
                char *end;
                gboolean hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
                guint64 n = g_ascii_strtoull(hex ? p + 2 : p, &end, hex ? 16 : *p == '0' ? 8 : 10);
                if (!g_ascii_isdigit(*p) || count == 4 || n > G_MAXUINT32)
                        return FALSE;
                parts[count++] = n;
                if (*end == '\0' || (*end == '.' && end[1] == '\0'))
                        break;
                if (*end != '.')
                        return FALSE;
                p = end;
        }
        guint64 whole = 0;
        for (guint i = 0; i + 1 < count; i++) {
                if (parts[i] > 255)
                        return FALSE;
                whole |= parts[i] << (24 - 8 * i);
        }
        if (parts[count - 1] >= (G_GUINT64_CONSTANT(1) << (8 * (5 - count))))
                return FALSE;
        *address = (guint32)(whole | parts[count - 1]);
        return TRUE;
}

/* The host as it stands, without user and port. */
static char *bare_host(const char *authority) {
        gsize n = strcspn(authority, "/\\?#");
        const char *host = authority, *end = authority + n;
        for (const char *p = authority; p < end; p++)
                if (*p == '@')
                        host = p + 1;
        const char *stop = host;
        if (stop < end && *stop == '[')
                while (stop < end && *stop != ']')
                        stop++;
        while (stop < end && *stop != ':')
                stop++;
        return g_strndup(host, mg_text_whole(host, (gsize)(stop - host), 255));
}

static gboolean is_ascii(const char *s) {
        for (; *s != '\0'; s++)
                if ((guint8)*s >= 0x80)
                        return FALSE;
        return TRUE;
}

/* As browsers do before they look it up: percents decoded, full-width letters and dots made ASCII, lower case. */
static char *canonical_host(const char *bare) {
        if (is_ascii(bare) && strchr(bare, '%') == NULL)
                return g_ascii_strdown(bare, -1);
        g_autofree char *decoded = g_uri_unescape_string(bare, NULL);
        const char *text = decoded != NULL && g_utf8_validate(decoded, -1, NULL) ? decoded : bare;
        g_autofree char *folded = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
        g_autofree char *lower = g_utf8_strdown(folded != NULL ? folded : text, -1);
        GString *out = g_string_new(NULL);
        for (const char *p = lower; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (c == 0x3002)
                        g_string_append_c(out, '.');
                else if (c > ' ' && c != 0xAD && !(c >= 0x200B && c <= 0x200F) && c != 0x2060 && c != 0xFEFF)
                        g_string_append_unichar(out, c);
        }
        return g_string_free(out, FALSE);
}

/* The host in the form that a reader needs beside the address, or NULL. */
static char *plain_host(const char *bare, const char *host, gboolean *numeric) {
        guint32 v4;
        *numeric = read_ipv4(host, &v4);
        if (*numeric) {
                char *dotted = g_strdup_printf("%u.%u.%u.%u", v4 >> 24, v4 >> 16 & 255, v4 >> 8 & 255, v4 & 255);
                if (strcmp(dotted, bare) != 0)
                        return dotted;
                g_free(dotted);
                return NULL;
        }
        *numeric = bare[0] == '[';
        if (strstr(host, "xn--") != NULL && is_ascii(host)) {
                char *unicode = g_hostname_to_unicode(host);
                if (unicode != NULL && strcmp(unicode, host) != 0)
                        return unicode;
                g_free(unicode);
        }
        if (!is_ascii(host)) {
                char *ascii = g_hostname_to_ascii(host);
                if (ascii != NULL)
                        return ascii;
        }
        g_autofree char *lower = g_ascii_strdown(bare, -1);
        return strcmp(lower, host) != 0 ? g_strdup(host) : NULL;
}

/*
 * --- links
 * -------------------------------------------------------------------------------------------------------------
 */

static const char mark_differs[] = "（注意: 表示と異なるリンク先 / text shows another address）";
static const char mark_user[] = "（注意: @ の前は宛先のホストではない / the host is what follows the @）";
static const char mark_numeric[] = "（注意: 数字で書かれたホスト / host written in numbers）";
static const char mark_scheme[] = "（注意: Web以外を開くリンクを除去 / link that opens no web page removed）";

static void read_web(MgLink *link, const char *scheme, const char *rest, const char *text) {
        const char *authority = after_slashes(rest);
        if (*authority == '\0')
                return;
        g_autofree char *raw = g_strconcat(scheme, "://", authority, NULL);
        link->target = mg_text_clean(raw, strlen(raw), MG_CLASS_LINE, target_chars, NULL);
        g_autofree char *bare = bare_host(authority);
        gboolean numeric = FALSE;
        g_autofree char *canonical = canonical_host(bare);
        g_autofree char *plain = plain_host(bare, canonical, &numeric);
        g_autofree char *host = host_of(canonical);
        g_autofree char *shown = shown_host(text);
        gsize authority_n = strcspn(authority, "/\\?#");
        if (plain != NULL)
                link->plain = mg_text_clean(plain, strlen(plain), MG_CLASS_LINE, 255, NULL);
        if (memchr(authority, '@', authority_n) != NULL)
                link->mark = mark_user;
        else if (shown != NULL && !leads_there(shown, host))
                link->mark = mark_differs;
        else if (numeric)
                link->mark = mark_numeric;
        gsize n = strlen(link->target), text_n = strlen(text);
        const char *shown_target = link->target + strlen(scheme) + 3;
        link->same = strcmp(text, link->target) == 0 || strcmp(text, shown_target) == 0 ||
                     (n > 1 && link->target[n - 1] == '/' &&
                      ((text_n == n - 1 && strncmp(text, link->target, n - 1) == 0) ||
                       (text_n == strlen(shown_target) - 1 && strncmp(text, shown_target, text_n) == 0)));
        link->same &= link->plain == NULL;
}

static void read_mail(MgLink *link, const char *address, const char *text) {
        gsize n = strcspn(address, "?");
        g_autofree char *unescaped = g_uri_unescape_segment(address, address + n, NULL);
        if (unescaped == NULL || *unescaped == '\0' || !g_utf8_validate(unescaped, -1, NULL))
                return;
        link->target = mg_text_clean(unescaped, strlen(unescaped), MG_CLASS_LINE, 320, NULL);
        link->same = strstr(text, link->target) != NULL;
        if (!link->same && strchr(text, '@') != NULL)
                link->mark = mark_differs;
}

/* Octets of a scheme with its colon, 0 where there is none. A letter and a colon is a drive. */
static gsize scheme_of(const char *href) {
        gsize n = 0;
        while (g_ascii_isalnum(href[n]) || (n > 0 && strchr("+-.", href[n]) != NULL && href[n] != '\0'))
                n++;
        return n > 0 && href[n] == ':' && g_ascii_isalpha(*href) ? n + 1 : 0;
}

/* Schemes that open no page and no file: a telephone, a part of this mail. */
static const char *const quiet_schemes[] = {"tel:", "sms:", "fax:", "cid:", "mid:", "about:", "geo:", "callto:"};

/* What is no web page and no mailbox (D5): its address is not printed, and the reader hears of it. */
static void read_other(MgLink *link, const char *href, gsize scheme) {
        for (gsize i = 0; i < G_N_ELEMENTS(quiet_schemes) && scheme > 0; i++)
                if (g_ascii_strncasecmp(href, quiet_schemes[i], scheme) == 0)
                        return;
        link->mark = mark_scheme;
}

/* An address without a scheme: only a base makes one of it. */
static char *resolve(const char *href, const char *base) {
        if (base == NULL || *href == '#' || *href == '\0')
                return NULL;
        g_autofree char *tidied = tidy(base);
        if (g_ascii_strncasecmp(tidied, "http:", 5) != 0 && g_ascii_strncasecmp(tidied, "https:", 6) != 0)
                return NULL;
        return g_uri_resolve_relative(tidied, href, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
}

void mg_link_read(MgLink *link, const char *href, const char *base, const char *text) {
        *link = (MgLink){0};
        g_autofree char *tidied = tidy(href);
        g_autofree char *trimmed = g_strstrip(g_strdup(text));
        gsize scheme = scheme_of(tidied);
        if (scheme == 0 && strncmp(tidied, "//", 2) != 0 && tidied[0] != '\\') {
                char *whole = resolve(tidied, base);
                if (whole == NULL)
                        return;
                g_free(tidied);
                tidied = whole;
                scheme = scheme_of(tidied);
        }
        if (g_ascii_strncasecmp(tidied, "https:", 6) == 0)
                read_web(link, "https", tidied + 6, trimmed);
        else if (g_ascii_strncasecmp(tidied, "http:", 5) == 0)
                read_web(link, "http", tidied + 5, trimmed);
        else if (strncmp(tidied, "//", 2) == 0)
                read_web(link, "https", tidied, trimmed);
        else if (g_ascii_strncasecmp(tidied, "mailto:", 7) == 0)
                read_mail(link, tidied + 7, trimmed);
        else
                read_other(link, tidied, scheme);
}
