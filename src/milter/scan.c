/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the scanner is asked and waited for. What its answers mean is base/clamd's; reads no octet of the mail.
 */
#include "milter/scan.h"

#include <string.h>

#include "base/clamd.h"
#include "base/fd.h"
#include "base/log.h"

void mg_scan_watch_init(MgScanWatch *watch) {
        *watch = (MgScanWatch){0};
        g_mutex_init(&watch->lock);
}

void mg_scan_work_clear(MgScanWork *work) {
        mg_fd_close(&work->sock);
}

typedef enum Ask { ASK_SCAN, ASK_LIFE, ASK_NOTHING } Ask;

/* While the scanner is silent one mail asks for a sign of life, and the next one some time later. */
static Ask what_to_ask(MgScanWatch *watch) {
        g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&watch->lock);
        gint64 now = g_get_monotonic_time();

        if (!watch->silent)
                return ASK_SCAN;
        if (now < watch->probe_at)
                return ASK_NOTHING;
        watch->probe_at = now + MG_SCAN_PROBE_S * G_USEC_PER_SEC;
        return ASK_LIFE;
}

/* The first sign of life is asked for at once: one mail that takes long to scan is not a scanner that is stopped. */
static void note(MgScanWatch *watch, gboolean silent) {
        gboolean changed;

        g_mutex_lock(&watch->lock);
        changed = watch->silent != silent;
        watch->silent = silent;
        if (changed)
                watch->probe_at = 0;
        g_mutex_unlock(&watch->lock);
        if (changed)
                mg_log(MG_LOG_WARNING, silent ? "the scanner does not answer in time: mail goes on unscanned"
                                              : "the scanner answers again");
}

static void unscanned(MgScanWork *work, MgScanFault fault, const char *said) {
        work->scan = (MgScan){MG_SCAN_UNSCANNED, fault, ""};
        g_strlcpy(work->scan.said, said, sizeof work->scan.said);
}

void mg_scan_begin(MgScanWork *work, MgScanWatch *watch, const MgConfig *config, int original, guint64 size) {
        g_autofree char *bound = NULL;
        MgScanFault fault;
        Ask ask;

        mg_scan_work_clear(work);
        work->scan = (MgScan){0};
        if (*config->scan_socket == '\0')
                return;
        if (size > config->scan_max_size) {
                bound = g_strdup_printf("scan.max_size is %" G_GUINT64_FORMAT ", the mail has %" G_GUINT64_FORMAT,
                                        config->scan_max_size, size);
                unscanned(work, MG_SCAN_FAULT_TOO_LARGE, bound);
                return;
        }
        ask = what_to_ask(watch);
        unscanned(work, MG_SCAN_FAULT_SILENT, "");
        if (ask == ASK_NOTHING)
                return;
        work->probe = ask == ASK_LIFE;
        work->sock =
                mg_clamd_ask(config->scan_socket, work->probe ? "PING" : "FILDES", work->probe ? -1 : original, &fault);
        if (work->sock < 0)
                unscanned(work, fault, "");
}

void mg_scan_finish(MgScanWork *work, MgScanWatch *watch, guint wait_ms, MgScan *scan) {
        g_autofree char *answer = NULL;
        MgScanFault fault;

        if (work->sock >= 0) {
                answer = mg_clamd_answer(work->sock, work->probe ? 0 : wait_ms, &fault);
                if (answer && !work->probe)
                        work->scan = mg_clamd_verdict(answer);
                else if (!work->probe)
                        unscanned(work, fault, "");
                note(watch, fault == MG_SCAN_FAULT_SILENT);
        }
        mg_scan_work_clear(work);
        *scan = work->scan;
}
