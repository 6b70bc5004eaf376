/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "compose/grammar.h"
#include "mugai/job.h"

/*
 * compose: the outgoing message, written from typed values
 *
 * The only place in which mail syntax is made. Same input, same bytes: clock, receipt and hostname come in from
 * outside.
 */
typedef struct MgOutgoingInput {
        const MgPolicy *policy;
        const MgEnvelope *envelope; /* time: arrival; from: stands in the notice where the mail could not be read */
        const MgReading *reading;
        const MgDecision *decision;
        const char *receipt; /* ten digits */
        guint64 size;        /* octets of the original */
} MgOutgoingInput;

/*
 * The message for this decision: header fields of the output grammar, an empty line, one text/plain body in its
 * transfer encoding; CRLF line ends. For FAILED the notice that the mail could not be converted. Not yet checked.
 * Never NULL: texts that cannot be expressed are replaced.
 */
GBytes *mg_compose(const MgOutgoingInput *input);

/*
 * Compose, check against the output grammar, and where the check refuses compose the notice instead and check that.
 * *failure is what the mail ended with (the reading's own, or MG_FAILURE_GRAMMAR). The view is the grammar's, so that
 * what was checked is what is sent. NULL with error only where even the notice is refused: the mail is deferred. */
MgGrammarView *mg_compose_checked(const MgOutgoingInput *input, MgFailure *failure, GError **error);
