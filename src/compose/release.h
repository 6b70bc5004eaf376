/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/files.h"
#include "compose/grammar.h"
#include "mugai/request.h"

/*
 * release: what was asked for and approved -> the mail that carries it
 *
 * Written anew, as all that leaves: a text that says what it is, who asked and who approved, and the files. Nothing of the original's
 * header is copied; its sender and subject stand in the text, inert.
 */
typedef struct MgReleaseInput {
        const MgPolicy *policy;
        const MgOrder *order;
        const MgReading *reading; /* of the original; one that failed or has no Message-ID gives no In-Reply-To */
        const char *from;         /* ADDRESS (release.from) */
        guint node;               /* of this gateway: two do not give the same Message-ID */
        gint64 now;               /* seconds since the epoch: Date */
        const GPtrArray *contents; /* of GBytes, one a part of the order in its order; of the whole original where it has none */
} MgReleaseInput;

/*
 * "request.NODE.NUMBER@mugai.invalid": by it Postfix's log is asked whether a request was sent. The same at each attempt, so that a
 * mailbox that has both can tell. Caller frees.
 */
char *mg_release_message_id(guint node, gint64 number);

/* The message, checked against the output grammar of released mail. NULL with GRAMMAR where it may not leave. */
GBytes *mg_compose_release(const MgReleaseInput *input, GError **error);
