/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts of links, from the text that the recipient gets: links of HTML stand in it, too. Does not judge a host, asks no
 * name server, and takes no mail address for a link.
 */
#include "sanitize/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sanitize/idn.h"

/* Octets of a domain name (RFC 1035, 2.3.4), and of its letters where these are looked at. */
#define HOST_OCTETS 253
#define LETTERS_OCTETS 1024

typedef struct Hosts {
        const MgLimits *limits;
        GPtrArray *all;   /* of char *, to be kept */
        GHashTable *seen; /* of char *, owned */
} Hosts;

static void add_host(Hosts *hosts, char *host) {
        gsize n = strlen(host);
        gboolean kept = n > 0 && n <= HOST_OCTETS && mg_text_is(host, n, MG_CLASS_HOST);

        if (!kept || g_hash_table_contains(hosts->seen, host)) {
                g_free(host);
                return;
        }
        if (hosts->all->len < hosts->limits->link_hosts)
                g_ptr_array_add(hosts->all, g_strdup(host));
        g_hash_table_add(hosts->seen, host);
}

static gboolean is_ascii_part(char c) {
        return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

/* The full-width dot is one that browsers take for a dot; the ideographic full stop ends sentences. */
static gboolean is_part(gunichar c) {
        return c < 0x80 ? is_ascii_part((char)c) : g_unichar_isalnum(c) || g_unichar_ismark(c) || c == 0xff0e;
}

/* Where what could be a host ends. */
static const char *end_of(const char *at, const char *end) {
        while (at < end && is_part(g_utf8_get_char(at)))
                at = g_utf8_next_char(at);
        return at;
}

/* Without dots and hyphens behind it. */
static char *ascii_host(const char *at, gsize n) {
        while (n > 0 && !g_ascii_isalnum(at[n - 1]))
                n--;
        return g_ascii_strdown(at, (gssize)n);
}

/* What follows a top-level domain of ASCII letters without a blank is no part of it. */
static gsize letters_end(const char *at, gsize n) {
        const char *dot = g_strrstr_len(at, (gssize)n, ".");

        if (dot && dot + 1 < at + n && g_ascii_isalnum(dot[1]))
                for (gsize i = (gsize)(dot - at) + 1; i < n; i++)
                        if (!is_ascii_part(at[i]))
                                return i;
        return n;
}

/* A name with other letters than ASCII, in A-labels. */
static void add_letters(Hosts *hosts, const char *at, gsize n) {
        g_autofree char *letters = NULL, *dotted = NULL;
        char *ascii;

        if (n > LETTERS_OCTETS)
                return;
        letters = g_strndup(at, n);
        dotted = g_utf8_normalize(letters, -1, G_NORMALIZE_NFKC);
        if (!dotted)
                return;
        dotted[letters_end(dotted, strlen(dotted))] = '\0';
        ascii = mg_idn_ascii(dotted);
        if (ascii)
                add_host(hosts, ascii_host(ascii, strlen(ascii)));
        free(ascii);
}

/* The host at the beginning of [at, end). Where it ends. */
static const char *read_host(Hosts *hosts, const char *at, const char *end) {
        const char *whole = end_of(at, end), *ascii = at;
        g_autofree char *host = NULL;

        while (ascii < whole && is_ascii_part(*ascii))
                ascii++;
        host = ascii_host(at, (gsize)(ascii - at));
        if (ascii == whole || (strchr(host, '.') && !memchr(ascii, '.', (gsize)(whole - ascii)))) {
                add_host(hosts, g_steal_pointer(&host));
                return whole;
        }
        if (strchr(host, '.'))
                add_host(hosts, g_steal_pointer(&host));
        add_letters(hosts, at, (gsize)(whole - at));
        return whole;
}

/* [2001:db8::1] of an address. */
static const char *read_literal(Hosts *hosts, const char *at, const char *end) {
        const char *close = at + 1;

        while (close < end && (g_ascii_isxdigit(*close) || *close == ':' || *close == '.'))
                close++;
        if (close < end && *close == ']')
                add_host(hosts, g_ascii_strdown(at, close + 1 - at));
        return close;
}

/* Behind "://": a user name is passed over. */
static const char *read_authority(Hosts *hosts, const char *at, const char *end) {
        const char *host = at, *limit = end - at > LETTERS_OCTETS ? at + LETTERS_OCTETS : end;

        for (const char *p = at; p < limit && (guchar)*p > ' ' && !strchr("/\\?#<>\"", *p); p++)
                if (*p == '@')
                        host = p + 1;
        return host < end && *host == '[' ? read_literal(hosts, host, end) : read_host(hosts, host, end);
}

static gboolean begins_word(const char *begin, const char *at) {
        return at == begin || !(is_ascii_part(at[-1]) || at[-1] == '@' || at[-1] == '/');
}

void mg_hosts_find(const MgLimits *limits, MgReading *reading) {
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Hosts hosts = {limits, reading->link_hosts, seen};
        gsize n;
        const char *begin = g_bytes_get_data(reading->body, &n),
                   *end = n > 0 ? begin + n : begin; /* none: no address */

        for (const char *at = begin; at < end; at++) {
                if (*at == ':' && end - at > 3 && memcmp(at, "://", 3) == 0)
                        at = read_authority(&hosts, at + 3, end) - 1;
                else if ((*at == 'w' || *at == 'W') && end - at > 4 && g_ascii_strncasecmp(at, "www.", 4) == 0 &&
                         begins_word(begin, at))
                        at = read_host(&hosts, at, end) - 1;
        }
        if (g_hash_table_size(seen) > limits->link_hosts)
                mg_reading_reach(reading, "link_hosts", g_hash_table_size(seen), limits->link_hosts);
}
