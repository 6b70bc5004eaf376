/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "sanitize/identify.h"
#include "sanitize/identify_active.h"
#include "sanitize/sanitize.h"

/*
 * archives: ZIP files, built octet by octet, files as libarchive packs them, and what is found in either
 */

/*
 * ---------------------------------------------------------------------------------------------------------------
 * ZIP files
 * ---------------------------------------------------------------------------------------------------------------
 */

typedef struct Zip {
        GByteArray *out, *central;
        guint count;
} Zip;

typedef struct Member {
        const char *name, *local_name; /* local_name NULL: the same */
        gsize name_n;                  /* 0: up to its NUL */
        guint16 flags;
        const void *data;
        gsize n;
        guint32 size; /* 0: n */
        const void *extra;
        gsize extra_n;
        gboolean only_local;
} Member;

static inline void put(GByteArray *out, guint64 value, guint octets) {
        for (guint i = 0; i < octets; i++, value >>= 8) {
                guint8 octet = (guint8)value;
                g_byte_array_append(out, &octet, 1);
        }
}

static inline Zip zip_new(void) {
        return (Zip){g_byte_array_new(), g_byte_array_new(), 0};
}

static inline void put_head(GByteArray *out, const Member *member, const char *name, gsize name_n) {
        put(out, 20, 2);
        put(out, member->flags, 2);
        put(out, 0, 2);
        put(out, 0, 8);
        put(out, member->n, 4);
        put(out, member->size ? member->size : member->n, 4);
        put(out, name_n, 2);
        put(out, member->extra_n, 2);
}

/* Its entry in the directory, for the local header at offset. */
static inline void zip_point(Zip *zip, const Member *member, gsize offset) {
        gsize name_n = member->name_n ? member->name_n : strlen(member->name);
        put(zip->central, 0x02014B50, 4);
        put(zip->central, 20, 2);
        put_head(zip->central, member, member->name, name_n);
        put(zip->central, 0, 10);
        put(zip->central, offset, 4);
        g_byte_array_append(zip->central, (const guint8 *)member->name, (guint)name_n);
        g_byte_array_append(zip->central, member->extra, (guint)member->extra_n);
        zip->count++;
}

static inline void zip_add(Zip *zip, const Member *member) {
        const char *name = member->local_name ? member->local_name : member->name;
        gsize offset = zip->out->len, name_n = member->name_n ? member->name_n : strlen(name);
        put(zip->out, 0x04034B50, 4);
        put_head(zip->out, member, name, name_n);
        g_byte_array_append(zip->out, (const guint8 *)name, (guint)name_n);
        g_byte_array_append(zip->out, member->extra, (guint)member->extra_n);
        g_byte_array_append(zip->out, member->data, (guint)member->n);
        if (!member->only_local)
                zip_point(zip, member, offset);
}

/* Behind `before` octets that are not the archive's. */
static inline GByteArray *zip_end(Zip *zip, gsize before) {
        gsize at = zip->out->len - before, size = zip->central->len;
        g_byte_array_append(zip->out, zip->central->data, zip->central->len);
        put(zip->out, 0x06054B50, 4);
        put(zip->out, 0, 4);
        put(zip->out, MIN(zip->count, 0xFFFF), 2);
        put(zip->out, MIN(zip->count, 0xFFFF), 2);
        put(zip->out, size, 4);
        put(zip->out, at, 4);
        put(zip->out, 0, 2);
        g_byte_array_unref(zip->central);
        return zip->out;
}

static inline GByteArray *zip_of(const Member *members, gsize n) {
        Zip zip = zip_new();
        for (gsize i = 0; i < n; i++)
                zip_add(&zip, &members[i]);
        return zip_end(&zip, 0);
}

/* A packed file as libarchive writes it: a tar behind a filter, or with PACK_ZIP a ZIP file. */
#define PACK_ZIP (-1)
static inline GByteArray *pack(int filter, const char *name, const void *data, gsize n, gsize room) {
        GByteArray *out = g_byte_array_new();
        struct archive *writer = archive_write_new();
        struct archive_entry *entry = archive_entry_new();
        size_t used = 0;
        g_byte_array_set_size(out, (guint)room);
        g_assert_cmpint(
                archive_write_set_format(writer, filter == PACK_ZIP ? ARCHIVE_FORMAT_ZIP : ARCHIVE_FORMAT_TAR_USTAR),
                ==, ARCHIVE_OK);
        if (filter != PACK_ZIP)
                g_assert_cmpint(archive_write_add_filter(writer, filter), ==, ARCHIVE_OK);
        g_assert_cmpint(archive_write_open_memory(writer, out->data, room, &used), ==, ARCHIVE_OK);
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)n);
        g_assert_cmpint(archive_write_header(writer, entry), ==, ARCHIVE_OK);
        g_assert_cmpint(archive_write_data(writer, data, n), ==, (gssize)n);
        archive_entry_free(entry);
        archive_write_close(writer);
        archive_write_free(writer);
        g_byte_array_set_size(out, (guint)used);
        return out;
}

/*
 * ---------------------------------------------------------------------------------------------------------------
 * Looking
 * ---------------------------------------------------------------------------------------------------------------
 */

typedef struct Seen {
        MgLimits limits;
        MgReading *reading;
        MgArchiveUse use;
        MgFacts *facts; /* of the last one, owned by reading */
} Seen;

static inline Seen *seen_new(void) {
        Seen *seen = g_new0(Seen, 1);
        seen->limits = mg_limits_default;
        seen->reading = mg_reading_new();
        return seen;
}

static inline void seen_free(Seen *seen) {
        mg_reading_free(seen->reading);
        g_free(seen);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seen, seen_free)

static inline const MgFacts *look(Seen *seen, const void *data, gsize n, const char *name) {
        g_autofree char *exact = g_memdup2(data, n); /* so that a sanitizer sees what is read beyond it */
        seen->facts = mg_facts_new();
        g_free(seen->facts->name);
        g_free(seen->facts->found);
        seen->facts->name = g_strdup(name);
        seen->facts->found = mg_identify(exact, n);
        mg_active_look(exact, n, &seen->limits, seen->reading, &seen->use, seen->facts);
        g_ptr_array_add(seen->reading->parts, seen->facts);
        return seen->facts;
}

static inline const MgFacts *look_at(Seen *seen, GByteArray *file, const char *name) {
        return look(seen, file->data, file->len, name);
}

static inline const MgMember *member(const MgFacts *facts, guint i) {
        g_assert_cmpuint(i, <, facts->members->len);
        return g_ptr_array_index(facts->members, i);
}

static inline gboolean is_also(const MgFacts *facts, const char *type) {
        return g_ptr_array_find_with_equal_func(facts->also, type, g_str_equal, NULL);
}

static inline const MgReached *reached(const Seen *seen, const char *limit) {
        for (guint i = 0; i < seen->reading->reached->len; i++) {
                const MgReached *one = &g_array_index(seen->reading->reached, MgReached, i);
                if (g_str_equal(one->limit, limit))
                        return one;
        }
        return NULL;
}

#define ARCHIVE_FLAGS                                                                                                  \
        (MG_PART_ARCHIVE_PROGRAM | MG_PART_ARCHIVE_NESTED | MG_PART_ARCHIVE_VIEWS | MG_PART_ARCHIVE_DUPLICATE |        \
         MG_PART_ARCHIVE_PATH | MG_PART_ARCHIVE_OVERLAP | MG_PART_ARCHIVE_CUT | MG_PART_ENCRYPTED)
