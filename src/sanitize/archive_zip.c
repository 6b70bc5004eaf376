/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZIP files (APPNOTE 6.3): both views, that of the central directory and that of the local headers
 *
 * Believes no count and no length; what the two views say differently is marked, and listed from both. Several
 * disks and an encrypted central directory are not read: the archive is cut.
 */
#include <string.h>

#include "sanitize/archive_list.h"

#define CENTRAL "PK\1\2"
#define LOCAL "PK\3\4"
#define END "PK\5\6"
#define CENTRAL_OCTETS 46
#define LOCAL_OCTETS 30
#define END_OCTETS 22
/* Behind its end record a file may have a comment of so many octets. */
#define COMMENT_OCTETS 65535

#define FLAG_ENCRYPTED 1
#define FLAG_UTF_8 (1 << 11)

typedef struct Zip {
        MgArchive *archive;
        const guint8 *data;
        gsize n;
        GArray *spans; /* of Span: octets of members, by the central directory */
} Zip;

typedef struct Span {
        gsize begin, end;
} Span;

typedef struct Entry {
        guint flags, method;
        guint64 packed, size;
        gsize local; /* of its local header */
        const char *name;
        gsize name_n;
        const guint8 *extra;
        gsize extra_n;
} Entry;

static guint get16(const guint8 *p) {
        return p[0] | (guint)p[1] << 8;
}

static guint32 get32(const guint8 *p) {
        return get16(p) | (guint32)get16(p + 2) << 16;
}

static guint64 get64(const guint8 *p) {
        return get32(p) | (guint64)get32(p + 4) << 32;
}

static gboolean is_at(const guint8 *data, gsize n, gsize at, const char *signature, gsize octets) {
        return at <= n && n - at >= octets && memcmp(data + at, signature, 4) == 0;
}

/* The field of extra data with this id (APPNOTE 4.5), or NULL. */
static const guint8 *extra_field(const Entry *entry, guint id, gsize *n) {
        for (gsize at = 0; entry->extra_n - at >= 4;) {
                gsize octets = get16(entry->extra + at + 2);
                if (octets > entry->extra_n - at - 4)
                        return NULL;
                *n = octets;
                if (get16(entry->extra + at) == id)
                        return entry->extra + at + 4;
                at += 4 + octets;
        }
        return NULL;
}

/* Sizes of more than 32 bits: APPNOTE 4.5.3, those fields that are full, in this order. */
static void read_zip64(Entry *entry, guint64 *local) {
        guint64 *fields[] = {&entry->size, &entry->packed, local};
        gsize n = 0;
        const guint8 *at = extra_field(entry, 1, &n);
        for (gsize i = 0; at != NULL && i < G_N_ELEMENTS(fields); i++)
                if (*fields[i] == G_MAXUINT32 && n >= 8) {
                        *fields[i] = get64(at);
                        at += 8;
                        n -= 8;
                }
}

/* Octets of the central header at, or 0 where there is none. before: octets in front of the archive. */
static gsize read_central(const guint8 *data, gsize n, gsize at, gsize before, Entry *out) {
        if (!is_at(data, n, at, CENTRAL, CENTRAL_OCTETS))
                return 0;
        const guint8 *p = data + at;
        gsize name_n = get16(p + 28), extra_n = get16(p + 30), all = CENTRAL_OCTETS + name_n + extra_n + get16(p + 32);
        if (all > n - at)
                return 0;
        guint64 local = get32(p + 42);
        *out = (Entry){.flags = get16(p + 8),
                       .method = get16(p + 10),
                       .packed = get32(p + 20),
                       .size = get32(p + 24),
                       .name = (const char *)p + CENTRAL_OCTETS,
                       .name_n = name_n,
                       .extra = p + CENTRAL_OCTETS + name_n,
                       .extra_n = extra_n};
        read_zip64(out, &local);
        out->local = local <= n ? (gsize)local + before : G_MAXSIZE;
        return all;
}

static gsize read_local(const guint8 *data, gsize n, gsize at, Entry *out) {
        if (!is_at(data, n, at, LOCAL, LOCAL_OCTETS))
                return 0;
        const guint8 *p = data + at;
        gsize name_n = get16(p + 26), extra_n = get16(p + 28), all = LOCAL_OCTETS + name_n + extra_n;
        if (all > n - at)
                return 0;
        guint64 none = 0;
        *out = (Entry){.flags = get16(p + 6),
                       .method = get16(p + 8),
                       .packed = get32(p + 18),
                       .size = get32(p + 22),
                       .local = at,
                       .name = (const char *)p + LOCAL_OCTETS,
                       .name_n = name_n,
                       .extra = p + LOCAL_OCTETS + name_n,
                       .extra_n = extra_n};
        read_zip64(out, &none);
        return all;
}

typedef struct Directory {
        gsize begin, end; /* end: of its end record */
        gsize before;     /* octets in front of the archive */
} Directory;

/* Whether an end record at `at` has a directory right before it. */
static gboolean read_end(const guint8 *data, gsize n, gsize at, Directory *out) {
        if (!is_at(data, n, at, END, END_OCTETS))
                return FALSE;
        gsize size = get32(data + at + 12), offset = get32(data + at + 16), last = at;
        /* A ZIP64 record and its locator stand between (APPNOTE 4.3.14, 4.3.15). */
        if (size == G_MAXUINT32 || offset == G_MAXUINT32) {
                if (at < 76 || !is_at(data, n, at - 20, "PK\6\7", 20) || !is_at(data, n, at - 76, "PK\6\6", 56))
                        return FALSE;
                last = at - 76;
                size = (gsize)MIN(get64(data + last + 40), (guint64)n);
                offset = (gsize)MIN(get64(data + last + 48), (guint64)n);
        }
        if (size > last || offset > last - size)
                return FALSE;
        *out = (Directory){last - size, at + END_OCTETS, last - size - offset};
        return size == 0 || is_at(data, n, out->begin, CENTRAL, CENTRAL_OCTETS);
}

/* The last end record that has a directory: what most readers take. */
static gboolean find_directory(const guint8 *data, gsize n, Directory *out) {
        if (n < END_OCTETS)
                return FALSE;
        /* By its third octet, which no text has. */
        gsize first = n - MIN(n, (gsize)(END_OCTETS + COMMENT_OCTETS)) + 2, last = n - END_OCTETS + 2;
        const guint8 *at = data + last + 1;
        while ((at = memrchr(data + first, END[2], (gsize)(at - data) - first)) != NULL)
                if (read_end(data, n, (gsize)(at - data) - 2, out))
                        return TRUE;
        return FALSE;
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Names
 * ---------------------------------------------------------------------------------------------------------------
 */

/* CRC-32 as APPNOTE 4.4.7 has it; names are short. */
static guint32 checksum(const char *s, gsize n) {
        guint32 crc = G_MAXUINT32;
        for (gsize i = 0; i < n; i++) {
                crc ^= (guint8)s[i];
                for (guint bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
        }
        return ~crc;
}

static gboolean is_ascii(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if ((guchar)s[i] >= 0x80)
                        return FALSE;
        return TRUE;
}

/* The name of Info-ZIP's Unicode field (APPNOTE 4.6.9), or NULL. *stale: it was made for another name. */
static const char *unicode_name(const Entry *entry, gsize *n, gboolean *stale) {
        const guint8 *field = extra_field(entry, 0x7075, n);
        if (field == NULL || *n < 5 || field[0] != 1)
                return NULL;
        *n -= 5;
        *stale = get32(field + 1) != checksum(entry->name, entry->name_n);
        return (const char *)field + 5;
}

static gboolean add(Zip *zip, const Entry *entry, const char *name, gsize n, gboolean utf8, guint32 said,
                    guint32 *flags) {
        gboolean folder = n > 0 && name[n - 1] == '/';
        MgMemberSeen seen = {name, n, utf8, entry->size,
                             said | (folder ? MG_MEMBER_FOLDER : 0) |
                                     (entry->flags & FLAG_ENCRYPTED ? MG_MEMBER_ENCRYPTED : 0)};
        return mg_archive_add(zip->archive, &seen, flags);
}

/* Under each name that some reader shows: the Unicode field counts where it belongs to the name (C9). */
static gboolean add_names(Zip *zip, const Entry *entry, guint32 said, guint32 *flags) {
        gsize n = 0;
        gboolean stale = FALSE;
        const char *other = unicode_name(entry, &n, &stale);
        gboolean utf8 = (entry->flags & FLAG_UTF_8) != 0;
        if (other == NULL || (n == entry->name_n && memcmp(other, entry->name, n) == 0))
                return add(zip, entry, entry->name, entry->name_n, utf8, said, flags);
        if (!stale && !utf8 && !is_ascii(entry->name, entry->name_n))
                return add(zip, entry, other, n, TRUE, said, flags);
        return add(zip, entry, entry->name, entry->name_n, utf8, said, flags) &&
               add(zip, entry, other, n, TRUE, said | MG_MEMBER_HIDDEN, NULL);
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Views
 * ---------------------------------------------------------------------------------------------------------------
 */

static gboolean same_name(const Entry *a, const Entry *b) {
        return a->name_n == b->name_n && memcmp(a->name, b->name, a->name_n) == 0;
}

/*
 * What a reader that goes from front to back sees of the member: other names, and sizes or methods that
 * contradict.
 */
static gboolean compare_local(Zip *zip, const Entry *entry, Entry *local) {
        gsize head = entry->local < zip->n ? read_local(zip->data, zip->n, entry->local, local) : 0;
        if (head == 0) {
                zip->archive->facts->flags |= MG_PART_ARCHIVE_VIEWS;
                mg_archive_cut(zip->archive, NULL, 0, 0);
                return TRUE;
        }
        /* Bit 3: sizes stand behind the data (APPNOTE 4.4.4), and are 0 here or the same. */
        gboolean differs = entry->method != local->method || ((entry->flags ^ local->flags) & FLAG_ENCRYPTED) != 0 ||
                           (!(local->flags & 8) && local->packed != entry->packed);
        if (differs)
                zip->archive->facts->flags |= MG_PART_ARCHIVE_VIEWS;
        gsize begin = entry->local + head;
        Span span = {entry->local, begin + (gsize)MIN(entry->packed, (guint64)(zip->n - begin))};
        if (entry->packed > zip->n - begin)
                mg_archive_cut(zip->archive, NULL, 0, 0);
        g_array_append_val(zip->spans, span);
        return same_name(entry, local) ||
               add(zip, local, local->name, local->name_n, (local->flags & FLAG_UTF_8) != 0, MG_MEMBER_HIDDEN, NULL);
}

static gint compare_spans(gconstpointer a, gconstpointer b) {
        const Span *one = a, *two = b;
        return one->begin < two->begin ? -1 : one->begin > two->begin;
}

static gboolean list_directory(Zip *zip, const Directory *directory) {
        gsize at = directory->begin, octets;
        Entry entry, local;
        while ((octets = read_central(zip->data, zip->n, at, directory->before, &entry)) > 0) {
                guint32 flags = 0;
                at += octets;
                if (!add_names(zip, &entry, 0, &flags) || !compare_local(zip, &entry, &local))
                        return FALSE;
                if (!mg_archive_fits(zip->archive, entry.packed, entry.size) ||
                    flags & (MG_MEMBER_ENCRYPTED | MG_MEMBER_FOLDER) || entry.local >= zip->n || entry.packed == 0)
                        continue;
                if (!mg_archive_unpack(zip->archive, (const char *)zip->data + entry.local, zip->n - entry.local,
                                       (gsize)MIN(entry.packed, (guint64)zip->n)))
                        return FALSE;
        }
        return TRUE;
}

/* The first signature in [from, to), or to. */
static gsize find(const Zip *zip, gsize from, gsize to, const char *signature) {
        const guint8 *found = from < to ? memmem(zip->data + from, to - from, signature, 4) : NULL;
        return found != NULL ? (gsize)(found - zip->data) : to;
}

/* Each header that no directory points to is a search through what is left. */
static gboolean may_stray(MgArchive *archive) {
        guint64 bound = archive->limits->archive_strays;
        archive->use->strays++;
        return archive->use->strays <= bound || mg_archive_cut(archive, "archive_strays", archive->use->strays, bound);
}

/* Members and directories where the directory points to nothing: other readers show them. */
static gboolean list_gap(Zip *zip, gsize from, gsize to) {
        for (gsize at = find(zip, from, to, LOCAL); at < to; at = find(zip, at + 1, to, LOCAL)) {
                Entry local;
                if (!may_stray(zip->archive))
                        return FALSE;
                if (read_local(zip->data, zip->n, at, &local) > 0 && local.name_n > 0 &&
                    !add(zip, &local, local.name, local.name_n, (local.flags & FLAG_UTF_8) != 0, MG_MEMBER_HIDDEN,
                         NULL))
                        return FALSE;
        }
        Directory other;
        for (gsize at = find(zip, from, to, END); at < to; at = find(zip, at + 1, to, END)) {
                if (!may_stray(zip->archive))
                        return FALSE;
                if (read_end(zip->data, zip->n, at, &other))
                        zip->archive->facts->flags |= MG_PART_ARCHIVE_VIEWS;
        }
        return TRUE;
}

static gboolean list_gaps(Zip *zip, const Directory *directory) {
        gsize at = 0;
        g_array_sort(zip->spans, compare_spans);
        for (guint i = 0; i < zip->spans->len; i++) {
                const Span *span = &g_array_index(zip->spans, Span, i);
                if (span->begin < at)
                        zip->archive->facts->flags |= MG_PART_ARCHIVE_OVERLAP;
                if (!list_gap(zip, at, span->begin))
                        return FALSE;
                at = MAX(at, span->end);
        }
        return list_gap(zip, at, directory->begin) && list_gap(zip, directory->end, zip->n);
}

void mg_archive_zip(MgArchive *archive, const char *data, gsize n) {
        g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(Span));
        Zip zip = {archive, (const guint8 *)data, n, spans};
        Directory directory;
        if (find_directory(zip.data, n, &directory)) {
                if (list_directory(&zip, &directory))
                        list_gaps(&zip, &directory);
                return;
        }
        mg_archive_cut(archive, NULL, 0, 0);
        list_gap(&zip, 0, n);
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Documents that are ZIP files
 * ---------------------------------------------------------------------------------------------------------------
 */

gboolean mg_archive_has_zip(const char *data, gsize n) {
        Directory directory;
        return find_directory((const guint8 *)data, n, &directory);
}

static gboolean has(const Entry *entry, const char *word) {
        return memmem(entry->name, entry->name_n, word, strlen(word)) != NULL;
}

static gboolean starts(const Entry *entry, const char *word) {
        return entry->name_n >= strlen(word) && memcmp(entry->name, word, strlen(word)) == 0;
}

/* What members say of the whole: ECMA-376 part 2 (OOXML), OpenDocument 1.2 part 3. */
static const struct {
        const char *name; /* how the name of a member begins */
        const char *type; /* NULL: none */
        const char *with_macros;
} kinds[] = {
        {"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "application/vnd.ms-word.document.macroenabled.12"},
        {"xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroenabled.12",
         "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
        {"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "application/vnd.ms-excel.sheet.macroenabled.12"},
        {"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
         "application/vnd.ms-powerpoint.presentation.macroenabled.12"},
        {"visio/", "application/vnd.ms-visio.drawing.main+xml", "application/vnd.ms-visio.drawing.main+xml"},
};

const char *mg_archive_zip_type(const char *data, gsize n, const MgLimits *limits, guint32 *flags) {
        const guint8 *octets = (const guint8 *)data;
        Directory directory;
        Entry entry;
        gsize kind = G_N_ELEMENTS(kinds), at = 0, size;
        gboolean content = FALSE, manifest = FALSE;
        guint32 found = 0;
        if (!find_directory(octets, n, &directory))
                return NULL;
        at = directory.begin;
        for (guint64 i = 0; i < limits->archive_members; i++, at += size) {
                if ((size = read_central(octets, n, at, directory.before, &entry)) == 0)
                        break;
                for (gsize k = 0; k < kind; k++)
                        if (starts(&entry, kinds[k].name))
                                kind = k;
                content |= starts(&entry, "[Content_Types].xml");
                manifest |= starts(&entry, "META-INF/manifest.xml");
                found |= has(&entry, "vbaProject.bin") || starts(&entry, "xl/macrosheets/") ||
                                         starts(&entry, "Basic/") || starts(&entry, "Scripts/")
                                 ? MG_PART_MACRO
                                 : 0;
                found |= has(&entry, "/embeddings/") || has(&entry, "/activeX/") ? MG_PART_EMBEDDED : 0;
        }
        if (!content && !manifest)
                return NULL;
        *flags |= found;
        if (!content || kind == G_N_ELEMENTS(kinds))
                return NULL;
        return found & MG_PART_MACRO ? kinds[kind].with_macros : kinds[kind].type;
}
