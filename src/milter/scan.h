/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"
#include "mugai/scan.h"

/*
 * scan: the original of one mail at the scanner, beside the worker
 *
 * A scanner that is stopped or slow would cost every mail its whole wait, and hold the memory of each. So after one that was
 * waited for in vain none is handed over: mails ask for a sign of life instead, without waiting for it, at most one in
 * MG_SCAN_PROBE_S seconds, until there is one. What a silent scanner holds of originals is thereby bounded by
 * milter.max_memory.
 */
#define MG_SCAN_PROBE_S 10

/* What is known of the scanner, shared by all mails. */
typedef struct MgScanWatch {
        GMutex lock;
        gboolean silent;
        gint64 probe_at; /* monotonic microseconds: not before then, while silent */
} MgScanWatch;

void mg_scan_watch_init(MgScanWatch *watch);

typedef struct MgScanWork {
        int sock; /* -1: nothing is waited for */
        gboolean probe;
        MgScan scan;
} MgScanWork;

#define MG_SCAN_WORK_INIT                                                                                              \
        { .sock = -1 }
void mg_scan_work_clear(MgScanWork *work);

/* Hands the sealed original of size octets over, where a scanner is configured. Neither fails nor waits. */
void mg_scan_begin(MgScanWork *work, MgScanWatch *watch, const MgConfig *config, int original, guint64 size);
/* The verdict, waited for wait_ms at most. */
void mg_scan_finish(MgScanWork *work, MgScanWatch *watch, guint wait_ms, MgScan *scan);
