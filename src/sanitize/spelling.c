/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types as libmagic's versions spell them -> as this project does
 *
 * Rules, notices and records of a gateway must not change with the library under it. What only one version knows is
 * known in none, unless somebody is warned by it: then it is found here.
 */
#include "sanitize/spelling.h"

#include <string.h>

#include "base/type.h"

/* Octets in which the root of a document and the lines of a table are looked for. */
#define FRONT_OCTETS 4096
#define TABLE_LINES 10
/* The header of a program of MS-DOS. */
#define PROGRAM_OCTETS 64

static const struct {
        const char *theirs, *ours;
} spellings[] = {
        {"application/fits", "image/fits"},
        {"application/hta", "text/html"}, /* identify_active.c has its own look */
        {"application/vnd.google-earth.kmz", "application/zip"},
        {"application/vnd.rar", "application/x-rar"},
        {"application/x-lzop", "application/octet-stream"},
        {"application/x-pem-file", "text/plain"},
        {"audio/amr-wb", "audio/amr"},
        {"audio/x-mpegurl", "text/plain"},
        {"image/vnd.zbrush.pcx", "image/x-pcx"},
        {"image/x-pict", "application/octet-stream"},
        {"message/x-mmdf", "application/octet-stream"},
        {"text/x-ms-rdp", "text/plain"},
        {"text/x-ssh-private-key", "text/plain"},
        {"text/x-ssh-public-key", "text/plain"},
        {"text/x-ssl-private-key", "text/plain"},
        {"text/x-ssl-public-key", "text/plain"},
        {"text/x-vcalendar", "text/calendar"},
        {"video/mp2t", "application/octet-stream"},
};

static gboolean begins(const char *data, gsize n, const char *word, gsize word_n) {
        return n >= word_n && g_ascii_strncasecmp(data, word, word_n) == 0;
}

/* The first element of an XML text. */
static gboolean is_rooted_in_html(const char *data, gsize n) {
        const char *at = data, *end = data + MIN(n, (gsize)FRONT_OCTETS);

        while (at < end && (at = memchr(at, '<', (gsize)(end - at))) && end - at > 1 && !g_ascii_isalpha(at[1]))
                at++;
        return at && at < end && begins(at, (gsize)(end - at), "<html", 5);
}

/* Behind a quoted field, whose quote stands before at; a doubled quote is part of it. */
static const char *after_quoted(const char *at, const char *end) {
        while (at < end && (*at != '"' || (at + 1 < end && at[1] == '"')))
                at += *at == '"' ? 2 : 1;
        return at < end ? at + 1 : end;
}

/* As many commas, one at least, in each of the first lines, two at least. */
static gboolean is_table(const char *data, gsize n) {
        const char *at = data, *end = data + n;
        gsize commas = 0, wanted = 0, lines = 0;

        while (at < end && lines < TABLE_LINES) {
                char c = *at++;

                if (c == '"')
                        at = after_quoted(at, end);
                commas += c == ',';
                if (c != '\n')
                        continue;
                wanted = lines++ == 0 ? commas : wanted;
                if (commas == 0 || commas != wanted)
                        return FALSE;
                commas = 0;
        }
        return lines >= 2;
}

const char *mg_spelling_of(const char *type, const char *data, gsize n) {
        for (gsize i = 0; i < G_N_ELEMENTS(spellings); i++)
                if (strcmp(type, spellings[i].theirs) == 0)
                        type = spellings[i].ours;
        if (strcmp(type, "text/xml") == 0 || strcmp(type, "application/xhtml+xml") == 0)
                return is_rooted_in_html(data, n) ? "application/xhtml+xml" : "text/xml";
        if (strcmp(type, "text/plain") == 0 || strcmp(type, "text/csv") == 0)
                return is_table(data, n) ? "text/csv" : "text/plain";
        /* 5.46 finds a ZIP file by its end, in files and not in memory. */
        if (n >= 4 && memcmp(data, "PK\003\004", 4) == 0 && *mg_type_name(type)->mime == '\0')
                return "application/zip";
        if (n >= PROGRAM_OCTETS && memcmp(data, "MZ", 2) == 0 && strcmp(type, "application/octet-stream") == 0)
                return "application/x-dosexec";
        return type;
}

gboolean mg_spelling_is_doubtful(const char *type, const char *data, gsize n) {
        static const char *const words[] = {"cc:", "from ", "subject:", "to:"};
        gboolean doubtful = FALSE;

        if (!g_str_has_prefix(type, "message/") && strcmp(type, "application/mbox") != 0)
                return FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
                doubtful |= begins(data, n, words[i], strlen(words[i]));
        return doubtful;
}
