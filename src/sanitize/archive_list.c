/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in archives: ZIP by a reader of its own, since libarchive shows one view of a file that has two; LZH
 * too, for its names; all others by libarchive. Writes no file, opens none. Judges no content of a member beyond
 * whether it is an archive.
 */
#include "sanitize/archive_list.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/extension.h"
#include "base/text.h"
#include "sanitize/charset.h"
#include "sanitize/name.h"

/* Octets of a member's name that are read: names are cut for the list far below it. */
#define NAME_OCTETS 4096

/*
 * Octets of the shortest end of a bomb that matters: below this an archive may unpack to any number of them. A run
 * of blanks in an honest table packs to a thousandth.
 */
#define RATIO_FROM 1048576

/* Octets that libarchive gets before the time is looked at: the best packed ones take some 0.1 s. */
#define SOURCE_OCTETS 512

gboolean mg_archive_cut(MgArchive *archive, const char *limit, guint64 value, guint64 bound) {
        archive->facts->flags |= MG_PART_ARCHIVE_CUT;
        if (limit != NULL)
                mg_reading_reach(archive->reading, limit, value, bound);
        return FALSE;
}

static guint64 milliseconds(void) {
        struct timespec now = {0};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (guint64)now.tv_sec * 1000 + (guint64)now.tv_nsec / 1000000;
}

static gboolean has_time(MgArchive *archive) {
        guint64 used = milliseconds() - archive->use->began, bound = archive->limits->archive_milliseconds;
        return used <= bound || mg_archive_cut(archive, "archive_milliseconds", used, bound);
}

gboolean mg_archive_spend(MgArchive *archive, guint64 n) {
        guint64 bound = archive->limits->archive_bytes;
        archive->use->bytes += n;
        if (archive->use->bytes > bound)
                return mg_archive_cut(archive, "archive_bytes", archive->use->bytes, bound);
        return has_time(archive);
}

gboolean mg_archive_fits(MgArchive *archive, guint64 packed, guint64 size) {
        guint64 bound = archive->limits->archive_ratio, ratio = size / MAX(packed, 1);
        if (size <= RATIO_FROM || ratio <= bound)
                return TRUE;
        return mg_archive_cut(archive, "archive_ratio", ratio, bound);
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Members
 * ---------------------------------------------------------------------------------------------------------------
 */

static gboolean leaves_folder(const char *name) {
        if (name[0] == '/' || name[0] == '\\' || (g_ascii_isalpha(name[0]) && name[1] == ':'))
                return TRUE;
        for (const char *at = name; *at != '\0';) {
                gsize n = strcspn(at, "/\\");
                if (n == 2 && memcmp(at, "..", 2) == 0)
                        return TRUE;
                at += n + (at[n] != '\0');
        }
        return FALSE;
}

static const char *last_piece(const char *name) {
        const char *base = name;
        for (const char *at = name; *at != '\0'; at++)
                if (*at == '/' || *at == '\\')
                        base = at + 1;
        return base;
}

/* By its extension: those that are opened, and those that are only named. */
static gboolean is_archive_name(const char *name) {
        static const char *const ends[] = {".zip", ".lzh", ".lha", ".7z",  ".rar", ".tar", ".gz",  ".tgz", ".bz2",
                                           ".xz",  ".zst", ".cab", ".jar", ".iso", ".img", ".vhd", ".arj", ".vhdx"};
        gsize n = strlen(name);
        for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
                gsize end = strlen(ends[i]);
                if (n > end && g_ascii_strcasecmp(name + n - end, ends[i]) == 0)
                        return TRUE;
        }
        return FALSE;
}

/* UTF-8 where it is that, else what a Japanese Windows wrote (CP932) or what scores as Japanese. */
static char *read_name(const MgMemberSeen *seen) {
        g_auto(MgDecoded) decoded = {0};
        gsize n = MIN(seen->name_n, NAME_OCTETS);
        mg_charset_decode(seen->name, n, seen->utf8 ? "utf-8" : "shift_jis", NULL, &decoded);
        return g_strndup(decoded.text, decoded.n);
}

static void list(MgArchive *archive, const char *name, const MgMemberSeen *seen, guint32 flags) {
        if (archive->use->listed >= archive->limits->archive_listed)
                return;
        MgMember *member = g_new0(MgMember, 1);
        member->name = mg_text_clean(name, strlen(name), MG_CLASS_LINE, archive->limits->name_chars, NULL);
        member->size = seen->size;
        member->flags = flags;
        member->depth = archive->depth;
        g_ptr_array_add(archive->facts->members, member);
        archive->use->listed++;
}

gboolean mg_archive_add(MgArchive *archive, const MgMemberSeen *seen, guint32 *flags) {
        MgFacts *facts = archive->facts;
        guint64 bound = archive->limits->archive_members;
        if (archive->use->members >= bound)
                return mg_archive_cut(archive, "archive_members", archive->use->members + 1, bound);
        archive->use->members++;
        facts->members_all++;
        g_autofree char *name = read_name(seen);
        const char *base = last_piece(name);
        guint32 all = seen->flags;
        all |= mg_extension_runs(base) ? MG_MEMBER_PROGRAM : 0;
        all |= is_archive_name(base) ? MG_MEMBER_ARCHIVE : 0;
        facts->flags |= (all & MG_MEMBER_PROGRAM ? MG_PART_ARCHIVE_PROGRAM : 0) |
                        (all & MG_MEMBER_ARCHIVE ? MG_PART_ARCHIVE_NESTED : 0) |
                        (all & MG_MEMBER_ENCRYPTED ? MG_PART_ENCRYPTED : 0) |
                        (all & MG_MEMBER_HIDDEN ? MG_PART_ARCHIVE_VIEWS : 0) |
                        (leaves_folder(name) || mg_name_is_device(base) ? MG_PART_ARCHIVE_PATH : 0);
        if (!(all & MG_MEMBER_HIDDEN) && !g_hash_table_add(archive->names, g_utf8_casefold(name, -1)))
                facts->flags |= MG_PART_ARCHIVE_DUPLICATE;
        list(archive, name, seen, all);
        if (flags != NULL)
                *flags = all;
        return archive->use->members % 64 != 0 || has_time(archive);
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Archives
 * ---------------------------------------------------------------------------------------------------------------
 */

static gboolean begins(const char *data, gsize n, gsize at, const char *octets, gsize wanted) {
        return n >= at + wanted && memcmp(data + at, octets, wanted) == 0;
}

/* How a file begins that could be opened. */
typedef struct Beginning {
        gsize at;
        const char *octets;
        gsize n;
        int filter; /* what it is compressed with as a whole: ARCHIVE_FILTER_NONE where it is a format of its own */
} Beginning;

static const Beginning *beginning_of(const char *data, gsize n) {
        static const Beginning rows[] = {
                {0, "PK\3\4", 4, ARCHIVE_FILTER_NONE},
                {0, "PK\5\6", 4, ARCHIVE_FILTER_NONE},
                {0, "\x1F\x8B\x08", 3, ARCHIVE_FILTER_GZIP},
                {0, "7z\xBC\xAF\x27\x1C", 6, ARCHIVE_FILTER_NONE},
                {0, "Rar!\x1A\7", 6, ARCHIVE_FILTER_NONE},
                {0, "BZh", 3, ARCHIVE_FILTER_BZIP2},
                {0, "MSCF", 4, ARCHIVE_FILTER_NONE},
                {0,
                 "\xFD"
                 "7zXZ",
                 5, ARCHIVE_FILTER_XZ},
                {257, "ustar", 5, ARCHIVE_FILTER_NONE},
                {0, "\x28\xB5\x2F\xFD", 4, ARCHIVE_FILTER_ZSTD},
                {2, "-lh", 3, ARCHIVE_FILTER_NONE},
                {32769, "CD001", 5, ARCHIVE_FILTER_NONE},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                if (begins(data, n, rows[i].at, rows[i].octets, rows[i].n))
                        return &rows[i];
        return NULL;
}

gboolean mg_archive_begins(const char *data, gsize n) {
        return beginning_of(data, n) != NULL;
}

/* The octets of an archive as libarchive asks for them. */
typedef struct Source {
        MgArchive *archive;
        const char *data;
        gsize n, at;
} Source;

/* A little at a time: between two of these octets may unpack to gigabytes that libarchive keeps to itself. */
static la_ssize_t source_read(struct archive *reader, void *data, const void **block) {
        Source *source = data;
        gsize n = MIN(source->n - source->at, SOURCE_OCTETS);
        (void)reader;
        if (!has_time(source->archive))
                return ARCHIVE_FATAL;
        *block = source->data + source->at;
        source->at += n;
        return (la_ssize_t)n;
}

static la_int64_t source_skip(struct archive *reader, void *data, la_int64_t n) {
        Source *source = data;
        gsize skipped = (gsize)CLAMP(n, 0, (la_int64_t)(source->n - source->at));
        (void)reader;
        source->at += skipped;
        return (la_int64_t)skipped;
}

static la_int64_t source_seek(struct archive *reader, void *data, la_int64_t offset, int whence) {
        Source *source = data;
        la_int64_t n = (la_int64_t)source->n;
        la_int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (la_int64_t)source->at : n;
        (void)reader;
        if (offset < -from || offset > n - from)
                return ARCHIVE_FATAL;
        source->at = (gsize)(from + offset);
        return from + offset;
}

/*
 * A reader of the formats and filters that Japanese offices send; never one that starts a program. It takes one
 * filter off: left to itself libarchive takes off all that there are within one call, and where the second of them
 * unpacks to nothing this call is without a bound. source is borrowed.
 */
static struct archive *open_archive(Source *source) {
        const Beginning *beginning = beginning_of(source->data, source->n);
        struct archive *reader = archive_read_new();
        if (reader == NULL)
                return NULL;
        archive_read_support_format_tar(reader);
        archive_read_support_format_7zip(reader);
        archive_read_support_format_cab(reader);
        archive_read_support_format_rar(reader);
        archive_read_support_format_rar5(reader);
        archive_read_support_format_iso9660(reader);
        archive_read_support_format_raw(reader);
        archive_read_set_read_callback(reader, source_read);
        archive_read_set_skip_callback(reader, source_skip);
        archive_read_set_seek_callback(reader, source_seek);
        archive_read_set_callback_data(reader, source);
        if ((beginning == NULL || beginning->filter == ARCHIVE_FILTER_NONE ||
             archive_read_append_filter(reader, beginning->filter) == ARCHIVE_OK) &&
            archive_read_open1(reader) == ARCHIVE_OK)
                return reader;
        archive_read_free(reader);
        return NULL;
}

/*
 * While libarchive works, address space of archive_bytes is taken from it and given back afterwards: what runs out of
 * memory is libarchive, which can say so, and never the rest of the worker, which would end. A dictionary of hundreds
 * of megabytes takes no more than a few octets of an archive. NULL where there is no room for it.
 */
static void *hold_back(MgArchive *archive) {
        gsize n = (gsize)archive->limits->archive_bytes + 1; /* none is no mapping */
        void *held = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (held != MAP_FAILED)
                return held;
        mg_archive_cut(archive, NULL, 0, 0);
        return NULL;
}

static void give_back(MgArchive *archive, void *held) {
        munmap(held, (gsize)archive->limits->archive_bytes + 1);
}

static int next_header(MgArchive *archive, struct archive *reader, struct archive_entry **entry) {
        void *held = hold_back(archive);
        if (held == NULL)
                return ARCHIVE_FATAL;
        int status = archive_read_next_header(reader, entry);
        give_back(archive, held);
        return status;
}

static int next_block(MgArchive *archive, struct archive *reader, const void **block, size_t *size) {
        la_int64_t offset;
        void *held = hold_back(archive);
        if (held == NULL)
                return ARCHIVE_FATAL;
        int status = archive_read_data_block(reader, block, size, &offset);
        give_back(archive, held);
        return status;
}

/*
 * Reads a member to its end, keeping it where it is an archive: skipping it would unpack without a bound. FALSE
 * where the reading of the whole archive has to end.
 */
static gboolean read_member(MgArchive *archive, struct archive *reader, gsize packed, GByteArray *kept) {
        const void *block;
        size_t size;
        guint64 all = 0;
        gboolean keep = TRUE, first = kept->len == 0;
        for (;;) {
                int status = next_block(archive, reader, &block, &size);
                if (status == ARCHIVE_EOF)
                        return TRUE;
                if (status < ARCHIVE_WARN)
                        return mg_archive_cut(archive, NULL, 0, 0);
                all += size;
                if (!mg_archive_spend(archive, size) || !mg_archive_fits(archive, packed, all))
                        return FALSE;
                if (first)
                        keep = mg_archive_begins(block, size);
                first = FALSE;
                if (keep)
                        g_byte_array_append(kept, block, (guint)size);
        }
}

/* The header that data begins with, and no further one: the slice ends where others would be read. */
gboolean mg_archive_unpack(MgArchive *archive, const char *data, gsize n, gsize packed) {
        struct archive *reader = archive_read_new();
        struct archive_entry *entry;
        const void *block;
        size_t size;
        gboolean going = TRUE;
        if (reader == NULL)
                return TRUE;
        archive_read_support_format_zip_streamable(reader);
        /* Who opens it may look past a wrong sum, so it is looked into; from 3.7 on libarchive gives up there. */
        archive_read_set_format_option(reader, "zip", "ignorecrc32", "1");
        if (archive_read_open_memory(reader, data, n) == ARCHIVE_OK &&
            next_header(archive, reader, &entry) >= ARCHIVE_WARN &&
            next_block(archive, reader, &block, &size) >= ARCHIVE_WARN && mg_archive_begins(block, size)) {
                g_autoptr(GByteArray) kept = g_byte_array_new();
                g_byte_array_append(kept, block, (guint)size);
                going = mg_archive_spend(archive, size) && read_member(archive, reader, packed, kept);
                if (going)
                        mg_archive_inside(archive, (const char *)kept->data, kept->len);
        }
        archive_read_free(reader);
        return going && has_time(archive);
}

static void see(struct archive_entry *entry, MgMemberSeen *seen) {
        const char *utf8 = archive_entry_pathname_utf8(entry), *raw = archive_entry_pathname(entry);
        mode_t type = archive_entry_filetype(entry);
        gint64 size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
        seen->name = raw != NULL ? raw : utf8 != NULL ? utf8 : "";
        seen->name_n = strlen(seen->name);
        seen->utf8 = raw == NULL;
        seen->size = (guint64)MAX(size, 0);
        seen->flags = (type == AE_IFDIR ? MG_MEMBER_FOLDER : 0) |
                      (type == AE_IFLNK || archive_entry_hardlink(entry) != NULL ? MG_MEMBER_LINK : 0) |
                      (archive_entry_is_encrypted(entry) > 0 ? MG_MEMBER_ENCRYPTED : 0);
}

static gboolean list_next(MgArchive *archive, struct archive *reader, gsize packed) {
        struct archive_entry *entry;
        MgMemberSeen seen;
        int status = next_header(archive, reader, &entry);
        if (status == ARCHIVE_EOF)
                return FALSE;
        if (status < ARCHIVE_WARN) {
                if (archive_read_has_encrypted_entries(reader) > 0)
                        archive->facts->flags |= MG_PART_ENCRYPTED;
                return mg_archive_cut(archive, NULL, 0, 0);
        }
        see(entry, &seen);
        /* A compressed file alone has no name, but what is in it may be an archive. */
        gboolean raw = archive_format(reader) == ARCHIVE_FORMAT_RAW;
        if (!raw && !mg_archive_add(archive, &seen, NULL))
                return FALSE;
        if (seen.flags & MG_MEMBER_ENCRYPTED)
                return TRUE;
        g_autoptr(GByteArray) kept = g_byte_array_new();
        if (!read_member(archive, reader, packed, kept))
                return FALSE;
        if (kept->len > 0)
                mg_archive_inside(archive, (const char *)kept->data, kept->len);
        return TRUE;
}

static void list_other(MgArchive *archive, const char *data, gsize n) {
        Source source = {archive, data, n, 0};
        struct archive *reader = open_archive(&source);
        if (reader == NULL) {
                mg_archive_cut(archive, NULL, 0, 0);
                return;
        }
        while (list_next(archive, reader, n))
                ;
        archive_read_free(reader);
}

static void list_one(MgArchive *archive, const char *data, gsize n) {
        GHashTable *outer = archive->names;
        g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        archive->names = names;
        if (!mg_archive_begins(data, n) || begins(data, n, 0, "PK", 2))
                mg_archive_zip(archive, data, n);
        else if (begins(data, n, 2, "-lh", 3))
                mg_archive_lzh(archive, data, n);
        else
                list_other(archive, data, n);
        archive->names = outer;
}

void mg_archive_inside(MgArchive *archive, const char *data, gsize n) {
        guint64 bound = archive->limits->archive_depth;
        archive->facts->flags |= MG_PART_ARCHIVE_NESTED;
        if (archive->depth >= bound) {
                mg_archive_cut(archive, "archive_depth", archive->depth + 1, bound);
                return;
        }
        archive->depth++;
        list_one(archive, data, n);
        archive->depth--;
}

void mg_archive_list(const char *data, gsize n, const MgLimits *limits, MgReading *reading, MgArchiveUse *use,
                     MgFacts *facts) {
        MgArchive archive = {limits, reading, use, facts, NULL, 0};
        if (!mg_archive_begins(data, n) && !mg_archive_has_zip(data, n))
                return;
        if (use->members == 0 && use->bytes == 0)
                use->began = milliseconds();
        list_one(&archive, data, n);
}
