/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/job.h"

/* account: the ranges of a record with what became of them, for the report. */

typedef enum MgFate {
        MG_FATE_HEADER,      /* read, and written anew by value */
        MG_FATE_STRUCTURE,   /* delimiters and the like: made anew */
        MG_FATE_CONVERTED,   /* its text, or what it says, stands in the body */
        MG_FATE_KEPT,        /* goes on as a file, encoded anew */
        MG_FATE_REMOVED,     /* nothing of it goes on */
        MG_FATE_FURTHER,     /* several ranges, beyond limits.ranges */
        MG_FATE_UNACCOUNTED, /* a record of a version that kept no account */
        _MG_FATE_N,
} MgFate;

typedef struct MgAccountRow {
        guint64 offset;
        guint64 length;
        MgFate fate;
        const char *path;   /* of the part, or "": borrowed from the record */
        const char *reason; /* why, English: borrowed from the record, or static */
        guint32 count;      /* ranges that it stands for */
} MgAccountRow;

/* Of MgAccountRow: from 0 to the size of the original without a gap; empty where there is no original. */
GArray *mg_account_rows(const MgRecord *record);
const char *mg_fate_name(MgFate fate); /* "header", "structure", "converted", "kept", "removed", "further", "unaccounted" */
