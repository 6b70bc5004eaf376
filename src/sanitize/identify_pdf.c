/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PDF files (ISO 32000-1): names that stand for something active
 *
 * A search through the octets, not a parser: a reader finds objects wherever its table points. Names are read with
 * their #xx (7.3.5). What lies in compressed objects is not seen, and that is said. Two letters may stand in a
 * picture by chance: short names count outside streams alone.
 */
#include "sanitize/identify_active.h"

#include <string.h>

static const struct {
        const char *name;
        guint32 flags;
} names[] = {
        {"JavaScript", MG_PART_SCRIPT},
        {"JS", MG_PART_SCRIPT},
        {"XFA", MG_PART_SCRIPT},
        {"OpenAction", MG_PART_AUTO_RUN},
        {"AA", MG_PART_AUTO_RUN},
        {"Launch", MG_PART_LAUNCH},
        {"EmbeddedFile", MG_PART_EMBEDDED},
        {"EmbeddedFiles", MG_PART_EMBEDDED},
        {"RichMedia", MG_PART_EMBEDDED},
        {"Encrypt", MG_PART_ENCRYPTED},
        {"ObjStm", MG_PART_UNSEEN},
};

#define NAME_OCTETS 16
#define SHORT_NAME 3

/* Ends a name: blanks and delimiters of 7.2.2. */
static gboolean ends_name(guchar c) {
        return c <= ' ' || strchr("()<>[]{}/%", c) != NULL;
}

/* The name behind a slash, decoded, ended by NUL; cut where it is longer than any that counts. */
static void read_name(const char *at, const char *end, char out[NAME_OCTETS + 1]) {
        gsize n = 0;
        while (at < end && n < NAME_OCTETS && !ends_name((guchar)*at)) {
                gboolean coded = *at == '#' && end - at > 2 && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2]);
                out[n++] = coded ? (char)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2])) : *at;
                at += coded ? 3 : 1;
        }
        out[n] = '\0';
}

static guint32 flags_of(const char *name, gboolean stream) {
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                if (strcmp(names[i].name, name) == 0)
                        return stream && strlen(name) <= SHORT_NAME ? 0 : names[i].flags;
        return 0;
}

/* Whether the slash at `at` lies in a stream: *from and *to are the last one that was found. */
static gboolean in_stream(const char *at, const char *end, const char **from, const char **to) {
        while (*from != NULL && at >= *to) {
                *from = *to < end ? memmem(*to, (gsize)(end - *to), "stream", 6) : NULL;
                const char *close = *from != NULL ? memmem(*from + 6, (gsize)(end - *from - 6), "endstream", 9) : NULL;
                *to = close != NULL ? close + 9 : end;
        }
        return *from != NULL && at > *from;
}

guint32 mg_active_pdf(const char *data, gsize n) {
        const char *end = data + n, *from = data, *to = data;
        guint32 flags = 0;
        for (const char *at = memchr(data, '/', n); at != NULL; at = memchr(at + 1, '/', (gsize)(end - at - 1))) {
                char name[NAME_OCTETS + 1];
                read_name(at + 1, end, name);
                flags |= flags_of(name, in_stream(at, end, &from, &to));
        }
        return flags;
}
