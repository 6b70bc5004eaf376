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
        g_autofree char *folded = g_utf8_normalize(text, MIN(strlen(text), (gsize)4096), G_NORMALIZE_NFKC);
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

static void read_web(MgLink *link, const char *scheme, const char *rest, const char *text) {
        const char *authority = after_slashes(rest);
        if (*authority == '\0')
                return;
        g_autofree char *raw = g_strconcat(scheme, "://", authority, NULL);
        link->target = mg_text_clean(raw, strlen(raw), MG_CLASS_LINE, target_chars, NULL);
        g_autofree char *host = host_of(authority);
        g_autofree char *shown = shown_host(text);
        gsize authority_n = strcspn(authority, "/\\?#");
        link->differs = (shown != NULL && !leads_there(shown, host)) || memchr(authority, '@', authority_n) != NULL;
        gsize n = strlen(link->target), text_n = strlen(text);
        const char *bare = link->target + strlen(scheme) + 3;
        link->same = strcmp(text, link->target) == 0 || strcmp(text, bare) == 0 ||
                     (n > 1 && link->target[n - 1] == '/' &&
                      ((text_n == n - 1 && strncmp(text, link->target, n - 1) == 0) ||
                       (text_n == strlen(bare) - 1 && strncmp(text, bare, text_n) == 0)));
}

static void read_mail(MgLink *link, const char *address, const char *text) {
        gsize n = strcspn(address, "?");
        g_autofree char *unescaped = g_uri_unescape_segment(address, address + n, NULL);
        if (unescaped == NULL || *unescaped == '\0' || !g_utf8_validate(unescaped, -1, NULL))
                return;
        link->target = mg_text_clean(unescaped, strlen(unescaped), MG_CLASS_LINE, 320, NULL);
        link->same = strstr(text, link->target) != NULL;
        link->differs = !link->same && strchr(text, '@') != NULL;
}

void mg_link_read(MgLink *link, const char *href, const char *text) {
        *link = (MgLink){0};
        g_autofree char *tidied = tidy(href);
        g_autofree char *trimmed = g_strstrip(g_strdup(text));
        if (g_ascii_strncasecmp(tidied, "https:", 6) == 0)
                read_web(link, "https", tidied + 6, trimmed);
        else if (g_ascii_strncasecmp(tidied, "http:", 5) == 0)
                read_web(link, "http", tidied + 5, trimmed);
        else if (strncmp(tidied, "//", 2) == 0)
                read_web(link, "https", tidied, trimmed);
        else if (g_ascii_strncasecmp(tidied, "mailto:", 7) == 0)
                read_mail(link, tidied + 7, trimmed);
}
