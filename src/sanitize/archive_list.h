/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"

/*
 * archive: what is in an archive -> members of its Facts
 *
 * Nothing is unpacked but archives in archives, in memory; each layer of compression is an archive. Every bound is of
 * the mail, not of one archive; where one is reached the part is ARCHIVE_CUT, and the reading says which one, with both
 * numbers.
 */

/* What the archives of one mail have used; {0} before the first one. */
typedef struct MgArchiveUse {
        guint64 members;
        guint64 listed;
        guint64 bytes;
        guint64 strays; /* headers that no directory points to */
        guint64 began;  /* CPU time at the first one, ms */
} MgArchiveUse;

typedef struct MgArchive {
        const MgLimits *limits;
        MgReading *reading;
        MgArchiveUse *use;
        MgFacts *facts;
        GHashTable *names; /* folded names of the archive in hand, owned by its reader */
        guint depth;       /* archives around the one in hand */
} MgArchive;

/* A member as a reader found it. */
typedef struct MgMemberSeen {
        const char *name; /* as it stands */
        gsize name_n;
        gboolean utf8; /* it says that it is UTF-8 */
        guint64 size;
        guint32 flags; /* MgMemberFlags that the archive says */
} MgMemberSeen;

/* Adds what is in [data, data+n) to its facts, where it is an archive or holds a ZIP file. */
void mg_archive_list(const char *data, gsize n, const MgLimits *limits, MgReading *reading, MgArchiveUse *use,
                     MgFacts *facts);

/* --- for its readers ------------------------------------------------------------------------------------------------ */

/* Counts and lists a member. FALSE where a bound is reached: the reader ends. *flags, where given: what it is in all. */
gboolean mg_archive_add(MgArchive *archive, const MgMemberSeen *seen, guint32 *flags);

/* Notes that a bound is reached, or with NULL that the archive is damaged. Always FALSE. */
gboolean mg_archive_cut(MgArchive *archive, const char *limit, guint64 value, guint64 bound);

/* Whether the octets begin like an archive that could be opened. */
gboolean mg_archive_begins(const char *data, gsize n);

/* Lists an archive in the archive in hand, within the depth. */
void mg_archive_inside(MgArchive *archive, const char *data, gsize n);

/*
 * Looks into a member of a ZIP file whose local header is data[0], of packed octets: where it is an archive, it is listed. FALSE
 * where a bound is reached.
 */
gboolean mg_archive_unpack(MgArchive *archive, const char *data, gsize n, gsize packed);

/* Counts octets that are unpacked; FALSE where the bound is reached. */
gboolean mg_archive_spend(MgArchive *archive, guint64 n);

/* Whether packed octets may unpack to size; FALSE where the bound is reached. */
gboolean mg_archive_fits(MgArchive *archive, guint64 packed, guint64 size);

/* The ZIP reader (archive_zip.c). */
void mg_archive_zip(MgArchive *archive, const char *data, gsize n);

/* The LZH reader (archive_lzh.c). n is not 0. */
void mg_archive_lzh(MgArchive *archive, const char *data, gsize n);

/* Whether a ZIP reader finds a directory in it, wherever it begins. */
gboolean mg_archive_has_zip(const char *data, gsize n);

/* What a ZIP file is by the names of its members, and its MgPartFlags: NULL for a plain one. Static. */
const char *mg_archive_zip_type(const char *data, gsize n, const MgLimits *limits, guint32 *flags);
