/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/meter.h"
#include "store/seal.h"

/*
 * Objects: one compressed file per original, objects/<serial / 1000>/<receipt>.zst under the state folder, or, where it is
 * sealed, <receipt>.zst.cms; a folder may hold both kinds
 *
 * A file is created O_EXCL under its final name and is never changed. It means nothing without a row of the index; what
 * has no row is removed at start. Thread-safe. Errors: FULL for a full disk or less free space than the reserve, else
 * SYSTEM.
 */
typedef struct MgObjects MgObjects;

/* Files of one folder: few enough for a quick look, many enough that making a folder is rare. */
#define MG_OBJECTS_FOLDER 1000

/* Makes the folder where it is missing. The meter is borrowed. */
MgObjects *mg_objects_open(const char *state_dir, MgMeter *meter, GError **error);
void mg_objects_free(MgObjects *objects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgObjects, mg_objects_free)

/* Octets that may still be written, or 0 with error. */
guint64 mg_objects_space(MgObjects *objects, GError **error);
/* FALSE with FULL where writing size octets would leave less than reserve free. */
gboolean mg_objects_room(MgObjects *objects, guint64 size, guint64 reserve, GError **error);

/* Compresses, seals (with seal NULL does not), writes and syncs one file. Where it fails nothing is left; memory that held
 * the content is wiped. The folder is synced by mg_objects_sync(). */
gboolean mg_objects_write(MgObjects *objects, const char *receipt, GBytes *content, int level, MgSeal *seal, GError **error);
/* Syncs the folder with this number (serial / MG_OBJECTS_FOLDER): the names in it are durable then. */
gboolean mg_objects_sync(MgObjects *objects, guint32 folder, GError **error);
/* Removes the file of either kind, if it is there. */
void mg_objects_remove(MgObjects *objects, const char *receipt);
gboolean mg_objects_has(MgObjects *objects, const char *receipt);

/*
 * The original in a sealed memfd, or (*sealed) the CMS that it is kept in, which cannot be looked into here. -1: STORE where
 * it is missing or is not size octets with this digest.
 */
int mg_objects_read(MgObjects *objects, const char *receipt, guint64 size, const guint8 sha256[32], gboolean *sealed,
                    GError **error);

/* Called for each object file. Names that are no receipt are not shown. FALSE ends the walk. */
typedef gboolean (*MgObjectFunc)(const char *receipt, guint64 size, gboolean sealed, gpointer data);
gboolean mg_objects_each(MgObjects *objects, MgObjectFunc func, gpointer data, GError **error);
/* The highest serial among the files; -1 where there is none. Looks into the last folder only. */
gint64 mg_objects_last_serial(MgObjects *objects, GError **error);
