/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * line: an event of the log as named values, and the forms in which it is written
 *
 * Values may be what came with a mail: none can end a line or begin a field, whichever form it is. Each is one
 * line of UTF-8 without controls, cut at its bound.
 */

/* Octets of a line, its end included: what a pipe takes as a whole or not at all. Bounds of values keep lines below it. */
#define MG_LINE_MAX 4096

typedef enum MgLineFormat {
        MG_LINE_TEXT,   /* what happened in words; of a mail key=value, each text in quotes */
        MG_LINE_LOGFMT, /* key=value, a value in quotes where it needs them: " and \ have a \ before them */
        MG_LINE_JSON,   /* an object */
        MG_LINE_CEF,    /* ArcSight's Common Event Format, version 0, with the keys of its dictionary */
} MgLineFormat;

/* How a value is written in TEXT: a WORD is ours and stands as it is. */
typedef enum MgLineKind { MG_LINE_KIND_TEXT, MG_LINE_KIND_WORD, MG_LINE_KIND_NUMBER } MgLineKind;

/*
 * Keys: X(id, kind, octets of a text at most, name, key of CEF, its label: where the dictionary has no key for it).
 * Those of every line are not among them: time, level, program, pid, event.
 */
#define MG_LINE_KEYS(X)                                                                                                \
        X(MSG, TEXT, 1500, "msg", "msg", NULL)                                                                         \
        X(QUEUE_ID, TEXT, 64, "queue_id", "cs1", "queueId")                                                            \
        X(RECEIPT, WORD, 16, "receipt", "externalId", NULL)                                                            \
        X(FROM, TEXT, 200, "from", "suser", NULL)                                                                      \
        X(NRCPT, NUMBER, 0, "nrcpt", "flexNumber1", "recipients")                                                      \
        X(OUTCOME, WORD, 16, "outcome", "outcome", NULL)                                                               \
        X(REMOVED, NUMBER, 0, "removed", "cn1", "removedParts")                                                        \
        X(KEPT, NUMBER, 0, "kept", "cn2", "keptFiles")                                                                 \
        X(IN, NUMBER, 0, "in", "in", NULL)                                                                             \
        X(OUT, NUMBER, 0, "out", "out", NULL)                                                                          \
        X(MS, NUMBER, 0, "ms", "cn3", "milliseconds")                                                                  \
        X(SCAN, TEXT, 200, "scan", "cs2", "scan")                                                                      \
        X(REACHED, WORD, 200, "reached", "cs3", "reachedLimits")                                                       \
        X(REPLY, TEXT, 300, "reply", "cs4", "reply")                                                                   \
        X(REASON, TEXT, 400, "reason", "reason", NULL)

typedef enum MgLineKey {
#define MG_LINE_KEY_ID(id, kind, max, name, cef, label) MG_LINE_##id,
        MG_LINE_KEYS(MG_LINE_KEY_ID)
#undef MG_LINE_KEY_ID
                _MG_LINE_KEY_N,
} MgLineKey;

typedef struct MgLine MgLine;

/* event and what are words of ours: "mail", "refused". what may be "". severity: of CEF, 0 to 10. Both are borrowed. */
MgLine *mg_line_new(const char *event, const char *what, guint severity);
void mg_line_free(MgLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgLine, mg_line_free)

/* value may be anything that ends with NUL; it is cleaned and cut. */
void mg_line_add(MgLine *line, MgLineKey key, const char *value);
void mg_line_add_number(MgLine *line, MgLineKey key, gint64 value);

/* Who writes it, when. */
typedef struct MgLineFrom {
        const char *program;
        int pid;
        const char *level; /* "info" */
        gint64 time;       /* microseconds since the epoch */
} MgLineFrom;

/* Without the line's end. TEXT is the values alone: what stands before them differs from where to where. Caller frees. */
char *mg_line_format(const MgLine *line, MgLineFormat format, const MgLineFrom *from);

/* Calls take for each value with its name. */
void mg_line_each(const MgLine *line, void (*take)(const char *name, const char *value, void *data), void *data);
