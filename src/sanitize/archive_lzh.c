/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LZH files: names and sizes of header levels 0 to 3. libarchive refuses names in CP932 wherever the locale is not
 * Japanese. Unpacks nothing: an archive inside is named and not opened.
 *
 * Level 0 and 1 have their name in the header, 1 to 3 in extended headers too (1: name, 2: folder); those of level
 * 1 are counted in the packed size.
 */
#include <string.h>

#include "sanitize/archive_list.h"

#define HEAD_OCTETS 22

typedef struct Lzh {
        MgArchive *archive;
        const guint8 *data;
        gsize n;
} Lzh;

static guint32 get(const guint8 *p, guint octets) {
        guint32 value = 0;
        for (guint i = octets; i > 0; i--)
                value = value << 8 | p[i - 1];
        return value;
}

/* Extended headers from at, the first of `size` octets; sizes have `wide` octets. */
static void read_extended(const Lzh *lzh, gsize at, gsize size, guint wide, GString *name, GString *folder) {
        guint64 bound = lzh->archive->limits->archive_extended;
        for (guint64 i = 0; size > wide; i++) {
                if (i >= bound) {
                        mg_archive_cut(lzh->archive, "archive_extended", i + 1, bound);
                        return;
                }
                if (at > lzh->n || lzh->n - at < size)
                        return;
                const guint8 *p = lzh->data + at;
                GString *out = p[0] == 1 ? name : p[0] == 2 ? folder : NULL;
                if (out != NULL) {
                        g_string_truncate(out, 0);
                        g_string_append_len(out, (const char *)p + 1, (gssize)(size - 1 - wide));
                }
                at += size;
                size = get(lzh->data + at - wide, wide);
        }
}

static gboolean add(const Lzh *lzh, const guint8 *head, const GString *name, GString *folder) {
        for (gsize i = 0; i < folder->len; i++)
                if ((guchar)folder->str[i] == 0xFF)
                        folder->str[i] = '/';
        if (folder->len > 0 && folder->str[folder->len - 1] != '/')
                g_string_append_c(folder, '/');
        g_string_append_len(folder, name->str, (gssize)name->len);
        MgMemberSeen seen = {folder->str, folder->len, FALSE, get(head + 11, 4),
                             memcmp(head + 2, "-lhd-", 5) == 0 ? MG_MEMBER_FOLDER : 0};
        return mg_archive_add(lzh->archive, &seen, NULL);
}

/* Where the member behind the one at `at` begins; 0 where the reading ends. */
static gsize read_header(const Lzh *lzh, gsize at) {
        const guint8 *head = lzh->data + at;
        g_autoptr(GString) name = g_string_new(NULL), folder = g_string_new(NULL);
        if (head[0] == 0)
                return 0;
        if (lzh->n - at < HEAD_OCTETS || head[2] != '-' || head[6] != '-' || head[20] > 3) {
                mg_archive_cut(lzh->archive, NULL, 0, 0);
                return 0;
        }
        guint level = head[20];
        gsize size = level < 2 ? head[0] + 2u : level == 2 ? get(head, 2) : lzh->n - at > 32 ? get(head + 24, 4) : 0;
        if (size <= HEAD_OCTETS || size > lzh->n - at || (level > 1 && size < 26)) {
                mg_archive_cut(lzh->archive, NULL, 0, 0);
                return 0;
        }
        if (level < 2)
                g_string_append_len(name, (const char *)head + 22, MIN(head[21], (gssize)size - HEAD_OCTETS));
        if (level == 1)
                read_extended(lzh, at + size, get(head + size - 2, 2), 2, name, folder);
        if (level == 2)
                read_extended(lzh, at + 26, get(head + 24, 2), 2, name, folder);
        if (level == 3)
                read_extended(lzh, at + 32, get(head + 28, 4), 4, name, folder);
        if (!add(lzh, head, name, folder))
                return 0;
        gsize packed = get(head + 7, 4), left = lzh->n - at - size;
        if (packed > left)
                mg_archive_cut(lzh->archive, NULL, 0, 0);
        return packed >= left ? 0 : at + size + packed;
}

void mg_archive_lzh(MgArchive *archive, const char *data, gsize n) {
        Lzh lzh = {archive, (const guint8 *)data, n};
        for (gsize at = 0, next; (next = read_header(&lzh, at)) > at && next < n;)
                at = next;
}
