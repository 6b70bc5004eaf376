/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/index.h"

/*
 * Crowd: as many mails as wanted, alike to those of a town: few senders write most of them, subjects and names of
 * files are made of Japanese words, some files come again and again. The same seed gives the same mails.
 */
typedef struct Crowd {
        GRand *rand;
        guint made;
} Crowd;

Crowd *crowd_new(guint32 seed);
void crowd_free(Crowd *crowd);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Crowd, crowd_free)

/* The next mail; one a minute. */
MgRecord *crowd_next(Crowd *crowd);
/* What the digest of a file is, by its rank: files of a low rank come often. */
void crowd_digest(guint rank, guint8 sha256[32]);
#define CROWD_FILES 20000

/* The next n of them. */
GPtrArray *crowd_batch(Crowd *crowd, guint n);
/* Puts them in one transaction, and then makes a segment searchable where one is full, as the committer does. */
void crowd_put(MgIndex *index, GPtrArray *records);
