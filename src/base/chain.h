/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Chain: entries of the audit trail, and how each follows from the one before
 *
 * An entry is one line of JSON with the keys number, time, act, actor and then the words of the act. Its hash is SHA-256 over the
 * hash of the entry before it (32 octets, zeros before the first) and the line. Entries are numbered from 1 without a gap.
 * Outside the store an entry is its line with one more key at the end, "hash", in hexadecimal: without it the line is back.
 */
#define MG_CHAIN_HASH 32
/* Octets of a line. What is longer was not written by us, and is read up to here. */
#define MG_CHAIN_LINE_MAX 4096

/* As it is kept. Whether it is well is for mg_chain_follow() to say. */
typedef struct MgEntry {
        gint64 number;
        GBytes *line;
        GBytes *hash;
} MgEntry;

/* Takes both. */
MgEntry *mg_entry_new(gint64 number, GBytes *line, GBytes *hash);
void mg_entry_free(MgEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgEntry, mg_entry_free)

/* What stands in a line. */
typedef struct MgEntryFacts {
        gint64 number;
        gint64 time;
        char *act;
        char *actor;
        GPtrArray *words; /* names and values in turn */
} MgEntryFacts;

/* FALSE where the line is none that the store writes; what was read until there stays. */
gboolean mg_entry_read(const MgEntry *entry, MgEntryFacts *facts);
void mg_entry_facts_clear(MgEntryFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgEntryFacts, mg_entry_facts_clear)

/* The line with its hash, as it leaves the store; no newline. Of an entry that is well. Caller frees. */
char *mg_entry_export(const MgEntry *entry);

/* How far a trail was walked: number and hash of the entry that is behind us. Begins at zeros. */
typedef struct MgChain {
        gint64 number;
        guint8 hash[MG_CHAIN_HASH];
} MgChain;

void mg_chain_hash(const guint8 before[MG_CHAIN_HASH], gconstpointer line, gsize n, guint8 hash[MG_CHAIN_HASH]);

/* What can be wrong with a trail: X(name, word). */
#define MG_BREAKS(X)                                                                                                   \
        X(NONE, "none")                                                                                                \
        X(MISSING, "missing")   /* an entry is not there */                                                            \
        X(INSERTED, "inserted") /* an entry that no numbering has */                                                   \
        X(ALTERED, "altered")   /* an entry does not follow from the one before, or is not the one that was anchored */

typedef enum MgBreak {
#define MG_BREAK_NUMBER(name, word) MG_BREAK_##name,
        MG_BREAKS(MG_BREAK_NUMBER)
#undef MG_BREAK_NUMBER
} MgBreak;

const char *mg_break_name(MgBreak kind);

/* Moves on to the entry where it follows; else the chain stays. */
MgBreak mg_chain_follow(MgChain *chain, const MgEntry *entry);

/* An anchor: what the head was at a time, said outside the store. Who alters the trail afterwards cannot take that back. */
typedef struct MgAnchor {
        MgChain head;
        gint64 time;
} MgAnchor;

/* "audit-anchor NUMBER HASH TIME". Caller frees. */
char *mg_anchor_line(const MgAnchor *anchor);
/* Finds it anywhere in a line, whatever a log put before and behind. */
gboolean mg_anchor_find(const char *line, MgAnchor *anchor);
