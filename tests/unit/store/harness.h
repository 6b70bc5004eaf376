/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "base/control.h"
#include "base/store_client.h"
#include "store/server.h"

/*
 * Harness: a store in a process of its own (this program once more), under a folder that goes away with the test
 */
typedef struct Store {
        char *dir;
        char *socket;
        GPid pid;
        int control;
} Store;

/* Shared with the store's process, which counts its syncs and lets one fail, or dies at a call. */
typedef struct Shared {
        gint syncs;
        gint fail_at; /* the sync with this number fails with EIO; 0: none */
        gint die_at;  /* before the call with this number, of all writes, syncs and packets, kill -9; 0: none */
        gint calls;   /* that were made since die_at was set */
} Shared;

/* Must be the first call of main(): does not return where this process was started to be a store. */
void harness_main(int *argc, char ***argv);

/* A store on a new folder, or on dir, that is ready. */
Store *store_new(void);
Store *store_new_at(const char *dir);
/* The same, where sealed with the certificates of keys.h. */
Store *store_new_kind(gboolean sealed);
/* Writes mugai.conf into the folder of a store, whose organizations hold from the next start or reload on; DIR in it is the folder. */
void store_configure(const char *dir, const char *text);
/* Starts the process where it does not run. TRUE when it is ready; else *status is how it exited. */
gboolean store_start(Store *store, int *status);
/* DRAIN, and its exit status. */
int store_drain(Store *store);
void store_kill(Store *store);
/* Ends the process and removes the folder. */
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
/* Runs statements on the index beside the running store, as nothing but a test would. */
void store_sql(const Store *store, const char *statements);
/* The first column of the first row. */
gint64 store_number(const Store *store, const char *statement);
/* Registers person "loginN", called x, with a token "N"; where there is one, as new. addresses are separated by a blank. */
void store_add_person(const Store *store, guint number, guint32 duties, const char *addresses);
/* Before the first store of a test: counters that the next stores share. */
Shared *store_shared(void);
/* A figure of MG_CONTROL_STATUS. */
gint64 store_figure(Store *store, const char *name);

/* How a store is started by the harness: state below dir, no reserve unless said in the environment by
 * MUGAI_TEST_RESERVE. */
void remove_tree(const char *path);

/* Sealed memfd with the text. */
int original_of(gconstpointer data, gsize n);
MgEnvelope *envelope_of(const char *queue_id, const char *from, const char *rcpt, gint64 time);
/* A record for the envelope (copied) as a milter would send it, with one removed part. */
MgRecord *record_of(const MgEnvelope *envelope, MgOutcome outcome);
/* BEGIN and COMMIT. The receipt, or NULL with error. */
char *put_mail(const char *socket, const MgEnvelope *envelope, gconstpointer data, gsize n, GError **error);
/* The original of a receipt equals these bytes; a sealed one is opened with the organization's key. */
gboolean original_is(const char *socket, const char *receipt, gconstpointer data, gsize n, GError **error);
/* Object files below the store's folder. */
guint count_objects(const Store *store);
/* All rows that fit, as MgRecord. */
GPtrArray *query_all(const char *socket, const MgQuery *query);

/* Somebody who cuts a file down to one octet and makes it size octets long again, over and over. */
typedef struct Cutter Cutter;
Cutter *cutter_start(const char *path, gint64 size);
void cutter_end(Cutter *cutter);
