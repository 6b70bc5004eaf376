/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/chain.h"

/*
 * Manifest: what a backup is of, and what is in it
 *
 * A text: a head, an empty line, a line of one length for each object in the order of receipts, and a last line with the digest of all
 * before it. It is written beside and takes its name when everything that it names is durable: a backup is its manifest.
 */
#define MG_MANIFEST_NAME "manifest"

typedef struct MgManifestHead {
        gint64 made;    /* seconds since the epoch: the moment that the index is of, or a little later */
        gint64 serial;  /* highest that was given out by then, or -1 */
        gint64 request; /* highest number of a request by then */
        MgChain trail;  /* its head in the index */
        char index[40]; /* name of its file */
        guint64 index_size;
        guint8 index_sha256[32];
} MgManifestHead;

/* An object: its file, as it is stored. */
typedef struct MgManifestObject {
        char receipt[11];
        gboolean sealed;
        guint64 size;
        guint8 sha256[32];
} MgManifestObject;

/* "00012/1000012345.zst.cms", below the folder of objects. Caller frees. */
char *mg_manifest_path(const MgManifestObject *object);

typedef struct MgManifest MgManifest;

/* Opens and checks that of a folder: MISSING where there is none, STORE where it cannot be read or is not as it was written. It stays on
 * the disk: it has a line for each mail. */
MgManifest *mg_manifest_read(int folder, GError **error);
void mg_manifest_free(MgManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgManifest, mg_manifest_free)
const MgManifestHead *mg_manifest_head(const MgManifest *manifest);
guint64 mg_manifest_count(const MgManifest *manifest);
/* FALSE without error: it names none; with SYSTEM or STORE: it cannot be read any more. */
gboolean mg_manifest_find(const MgManifest *manifest, const char *receipt, MgManifestObject *object, GError **error);

typedef struct MgManifestWriter MgManifestWriter;

MgManifestWriter *mg_manifest_begin(int folder, const MgManifestHead *head, GError **error);
/* In the order of receipts. */
gboolean mg_manifest_add(MgManifestWriter *writer, const MgManifestObject *object, GError **error);
/* Makes it durable under its name. All else must be durable by then. */
gboolean mg_manifest_end(MgManifestWriter *writer, GError **error);
void mg_manifest_writer_free(MgManifestWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgManifestWriter, mg_manifest_writer_free)
