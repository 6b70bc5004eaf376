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
        const char *receipt;    /* ten digits */
        guint64 size;           /* octets of the original */
        const char *words;      /* TEXT: what a mail of the gateway's own says (letter.h); NULL: body and notice */
        MgScanVerdict scan;     /* on the original: the notice says where it is infected */
        const GPtrArray *files; /* of MgOutgoingFile (files.h): what a released mail carries beside words; else NULL */
        const GPtrArray *contents; /* of GBytes, by index of the reading's parts: NULL but for what is kept; NULL: none */
} MgOutgoingInput;

/*
 * The message for this decision: header fields of the output grammar, an empty line, one text/plain body in its
 * transfer encoding; CRLF line ends. For FAILED the notice that the mail could not be converted. Not yet checked.
 * Never NULL: texts that cannot be expressed are replaced.
 */
GBytes *mg_compose(const MgOutgoingInput *input);

/*
 * The message with the parts that the decision keeps, at least one, whose octets are contents. Checked: it has just these files.
 * NULL with error where it may not leave; then the caller drops the files (mg_part_decision_drop) and composes without them.
 */
MgGrammarView *mg_compose_kept(const MgOutgoingInput *input, GError **error);

/*
 * Without files: compose, check against the output grammar, and where the check refuses compose the notice instead and check that.
 * *failure is what the mail ended with (the reading's own, or MG_FAILURE_GRAMMAR). The view is the grammar's, so that
 * what was checked is what is sent. NULL with error only where even the notice is refused: the mail is deferred. */
MgGrammarView *mg_compose_checked(const MgOutgoingInput *input, MgFailure *failure, GError **error);
