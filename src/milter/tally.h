/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/histogram.h"
#include "mugai/job.h"
#include "mugai/policy.h"

/*
 * tally: what the milter counts, since it started
 *
 * Each count is by a list of ours: outcomes, replies, failures, reasons. Nothing of a mail names one. Not
 * thread-safe.
 */
/* Why parts were removed: the rows of texts from why_program to why_file, and one for parts that no list names. */
#define MG_TALLY_REASONS (MG_TEXT_why_file - MG_TEXT_why_program + 2)

typedef struct MgTally {
        gint64 outcomes[_MG_OUTCOME_N];
        gint64 replies[_MG_REPLY_N];    /* of mails that were not taken */
        gint64 failures[_MG_FAILURE_N]; /* why mails could not be converted */
        gint64 removed[MG_TALLY_REASONS];
        gint64 kept;
        gint64 bytes_in;
        gint64 bytes_out;
        gint64 scans[_MG_SCAN_N];
        MgHistogram mail; /* from end of message to the reply */
} MgTally;

/* ms < 0: the mail did not come to its end. */
void mg_tally_add(MgTally *tally, const MgRecord *record, MgReply reply, gint64 ms);
void mg_tally_figures(const MgTally *tally, GArray *figures);
