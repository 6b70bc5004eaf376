/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/meter.h"
#include "store/seal.h"

/*
 * Objects: one compressed file per original, objects/<serial / 1000>/<receipt>.zst under the state folder, or, where it is
 * sealed, <receipt>.zst.cms; a folder may hold both kinds
 *
 * Names are made ahead as empty files, blanks, and are durable before anything is written; a file is filled once under its final
 * name and is never changed then. It means nothing without a row of the index; what has no row is removed at start. Thread-safe. Errors: FULL for a full disk or less free space than the reserve, else
 * SYSTEM.
 */
typedef struct MgObjects MgObjects;

/* Files of one folder: few enough for a quick look, many enough that making a folder is rare. */
#define MG_OBJECTS_FOLDER 1000

/* Makes the folder where it is missing. The meter is borrowed. */
MgObjects *mg_objects_open(const char *state_dir, MgMeter *meter, GError **error);
void mg_objects_free(MgObjects *objects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgObjects, mg_objects_free)

/* Before the first write, by one thread: what is written from now on has serials from first on. */
void mg_objects_begin(MgObjects *objects, guint32 first);

/* Octets that may still be written, or 0 with error. */
guint64 mg_objects_space(MgObjects *objects, GError **error);
/* FALSE with FULL where writing size octets would leave less than reserve free. */
gboolean mg_objects_room(MgObjects *objects, guint64 size, guint64 reserve, GError **error);

/* Compresses, seals (with seal NULL does not), writes and syncs one file, whose name is durable then, too. Where it fails nothing
 * is left; memory that held the content is wiped. sha256 (NULL: not wanted) is the digest of the file as it was written, which shows a
 * sealed one that rots, too. */
gboolean mg_objects_write(MgObjects *objects, const char *receipt, GBytes *content, int level, MgSeal *seal,
                          guint8 sha256[32], GError **error);
/* Removes the files of either kind, if they are there, blanks too. */
void mg_objects_remove(MgObjects *objects, const char *receipt);
gboolean mg_objects_has(MgObjects *objects, const char *receipt);

/*
 * The original in a sealed memfd, or (*sealed) the CMS that it is kept in, which cannot be looked into here. -1: STORE where
 * it is missing, cannot be read or is not size octets with this digest.
 */
int mg_objects_read(MgObjects *objects, const char *receipt, guint64 size, const guint8 sha256[32], gboolean *sealed,
                    GError **error);

/* Whether the object of a row is there (else MISSING) and whole (else STORE): its file has the digest stored, where that is known; what is
 * sealed is a CMS from its first octet to its last, and what is not has the size and digest of its row. */
gboolean mg_objects_check(MgObjects *objects, const char *receipt, guint64 size, const guint8 sha256[32],
                          const guint8 *stored, GError **error);
/* The file of a receipt as it is kept, opened for reading; -1 with MISSING where there is none. */
int mg_objects_open_file(MgObjects *objects, const char *receipt, gboolean *sealed, GError **error);
/* Moves the file to lost+found beside the folder of objects. */
gboolean mg_objects_set_aside(MgObjects *objects, const char *receipt, GError **error);
/* Whether files could be made now, for all that is known without making one. */
gboolean mg_objects_writable(MgObjects *objects, GError **error);

/* Called for each object file, not for blanks. Names that are no receipt are not shown. FALSE ends the walk. */
typedef gboolean (*MgObjectFunc)(const char *receipt, guint64 size, gboolean sealed, gpointer data);
gboolean mg_objects_each(MgObjects *objects, MgObjectFunc func, gpointer data, GError **error);
/* The highest serial among the files; -1 where there is none. Looks into the last folder only. */
gint64 mg_objects_last_serial(MgObjects *objects, GError **error);
