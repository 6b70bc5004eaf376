/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "mugai/reading.h"
#include "sanitize/coding.h"
#include "sanitize/header.h"
#include "sanitize/html.h"

/*
 * walk: the octets of a mail -> its tree of entities (RFC 2046), as a flat array in the order of the mail
 *
 * One splitter of our own over the mapped mail, iterative and without copies. Where readers may disagree on the
 * structure every reading is followed, and what it finds is `forced`: never shown as a body, only listed.
 */
typedef enum MgShape {
        MG_SHAPE_LEAF,
        MG_SHAPE_MULTIPART,
        MG_SHAPE_MESSAGE, /* its content is one message, the next entity */
        MG_SHAPE_REGION,  /* octets of a multipart that are no part of it: after its end, or all of an unsure one */
} MgShape;

#define MG_ENTITY_NONE G_MAXUINT

typedef struct MgEntity {
        MgShape shape;
        guint parent;              /* index, or MG_ENTITY_NONE */
        guint after;               /* index after the last entity inside this one */
        guint depth;               /* multiparts and messages around it */
        guint quotes;              /* messages around it, the mail itself not counted */
        char *path;                /* as IMAP counts */
        char *type;                /* "text/plain": claimed, or the default; class MIME */
        char *claimed;             /* what the mail says, "" where it says nothing readable */
        MgStructured *content;     /* first Content-Type, or NULL */
        MgStructured *disposition; /* first Content-Disposition, or NULL */
        char *id;                  /* Content-ID without brackets, or NULL */
        char *name;                /* cleaned file name, or "" */
        GPtrArray *names;          /* of char *: cleaned names that other readers show, each once, without name */
        guint32 replaced;          /* characters of these names that could not be read */
        guint32 guessed;           /* ... whose character set is a guess */
        MgCoding coding;
        guint32 flags;       /* MgPartFlags */
        gboolean attachment; /* some reading of its header calls it an attachment */
        gboolean forced;     /* never a body */
        GArray *fields;      /* of MgRawField; NULL for a region */
        const char *begin;   /* of its header */
        const char *data;    /* content, still encoded; borrowed from the tree's buffers */
        gsize n;
        int speaks;        /* cache of the body's choice: -1 unknown */
        gint64 says;       /* the same: visible characters, -1 unknown */
        guint runs;        /* encoded runs cut from it that are listed */
        MgFacts *facts;    /* what the body says of it, borrowed from the reading; NULL for a multipart */
        MgRangeKind range; /* what its content is in the account */
        guint swept;       /* those of them that were found in the whole body */
} MgEntity;

typedef struct MgTree {
        GPtrArray *entities; /* of MgEntity */
        const char *mail;    /* the octets, borrowed */
        gsize n;
        GPtrArray *buffers; /* of GBytes: the mail, and messages that were encoded */
        guint32 marks;      /* MgMarks */
        MgHtmlKept *kept;   /* of the HTML that was chosen first for what it says */
} MgTree;

/* NULL with the reading's failure set where a bound is exceeded. mail must outlive the tree. */
MgTree *mg_walk(GBytes *mail, const MgLimits *limits, MgReading *reading);
void mg_tree_free(MgTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgTree, mg_tree_free)

MgEntity *mg_tree_get(const MgTree *tree, guint i);
