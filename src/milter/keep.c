/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two workers and the scanner for each file that is to cross. Looks at no octet but the first ones of its type, and
 * decides nothing in favour of a file.
 */
#include "milter/keep.h"

#include <string.h>

#include "base/kept_type.h"
#include "base/worker.h"
#include "rules/keep.h"

/* Milliseconds that are left, 0 where none is. */
static guint left_ms(const MgKeeping *keeping) {
        const gint64 left = (keeping->until - g_get_monotonic_time()) / 1000;

        return (guint)CLAMP(left, 0, G_MAXINT);
}

static MgWorkOrder order_for(const MgKeeping *keeping, MgWorkWant want, guint ms) {
        return (MgWorkOrder){.limits = keeping->config->policy->limits,
                             .deadline_ms = MIN(ms, keeping->config->deadline_ms),
                             .memory = keeping->config->worker_memory,
                             .want = want};
}

/* Why a worker gave nothing: the role is away, or how it ended. Takes error. */
static char *no_answer(const char *what, MgFailure failure, GError *error) {
        char *why = error ? g_strdup_printf("%s: no worker", what)
                          : g_strdup_printf("%s (%s)", what, mg_failure_name(failure));

        g_clear_error(&error);
        return why;
}

/* The octets of the part; work->result is a sealed memfd of them afterwards. NULL with *why. */
static GBytes *take_octets(const MgKeeping *keeping, const MgFacts *facts, MgWork *work, char **why) {
        const guint ms = left_ms(keeping);
        MgWorkOrder order = order_for(keeping, MG_WORK_WANT_PART, ms);
        MgFailure failure = MG_FAILURE_NONE;
        GError *error = NULL;
        GBytes *content = NULL;

        order.part_size = facts->size;
        memcpy(order.part_sha256, facts->sha256, sizeof order.part_sha256);
        if (ms > 0 && mg_work_begin(work, keeping->sanitize, &order, keeping->original, &error))
                content = mg_work_finish_part(work, &order, ms, &failure, &error);
        if (!content)
                *why = ms == 0 ? g_strdup("the time of the mail is over")
                               : no_answer("its octets could not be taken out", failure, error);
        return content;
}

/* NULL where the octets of the sealed memfd are, looked at alone, what the first Reading said of the part. */
static char *look_again(const MgKeeping *keeping, const MgFacts *facts, int content) {
        const guint ms = left_ms(keeping);
        const MgWorkOrder order = order_for(keeping, MG_WORK_WANT_FACTS, ms);
        g_auto(MgWork) work = MG_WORK_INIT;
        g_autoptr(MgReading) reading = NULL;
        GError *error = NULL;

        if (ms == 0)
                return g_strdup("the time of the mail is over");
        if (mg_work_begin(&work, keeping->sanitize, &order, content, &error))
                reading = mg_work_finish(&work, &order, ms, &error);
        if (!reading || reading->failure != MG_FAILURE_NONE)
                return no_answer("a second look failed", reading ? reading->failure : MG_FAILURE_NONE, error);
        if (reading->parts->len != 1)
                return g_strdup("a second look found other than one file");
        return g_strdup(mg_keep_refusal_of_content(facts, g_ptr_array_index(reading->parts, 0)));
}

/* NULL where the scanner finds the octets of the sealed memfd clean. */
static char *scan_again(const MgKeeping *keeping, int content, guint64 size) {
        const guint ms = MIN(left_ms(keeping), keeping->config->scan_wait_ms);
        MgScanWork work = MG_SCAN_WORK_INIT;
        MgScan scan = {0};

        /* A scanner that nobody waits for would be taken for a silent one. */
        if (ms == 0)
                return g_strdup("the time of the mail is over");
        mg_scan_begin(&work, keeping->scanner, keeping->config, content, size);
        mg_scan_finish(&work, keeping->scanner, ms, &scan);
        mg_scan_work_clear(&work);
        return scan.verdict == MG_SCAN_CLEAN
                       ? NULL
                       : g_strdup_printf("the scanner calls it %s by itself", mg_scan_verdict_name(scan.verdict));
}

/* NULL with *why. */
static GBytes *take(const MgKeeping *keeping, const MgFacts *facts, char **why) {
        const MgKeptType *type = mg_kept_type(facts->found);
        g_auto(MgWork) work = MG_WORK_INIT;
        g_autoptr(GBytes) content = take_octets(keeping, facts, &work, why);
        const void *data;
        gsize n;

        if (!content)
                return NULL;
        data = g_bytes_get_data(content, &n);
        if (!type || !mg_kept_type_begins(type, data, n))
                *why = g_strdup("its first octets are not those of its type");
        else
                *why = look_again(keeping, facts, work.result);
        if (!*why)
                *why = scan_again(keeping, work.result, n);
        return *why ? NULL : g_steal_pointer(&content);
}

/* A place without octets is NULL. */
static void content_unref(gpointer content) {
        if (content)
                g_bytes_unref(content);
}

GPtrArray *mg_keep_take(const MgKeeping *keeping, const MgReading *reading, MgDecision *decision) {
        GPtrArray *contents = g_ptr_array_new_with_free_func(content_unref);

        g_ptr_array_set_size(contents, (gint)decision->parts->len);
        for (guint i = 0; i < decision->parts->len; i++) {
                MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);
                g_autofree char *why = NULL;

                if (part->action != MG_ACTION_KEEP)
                        continue;
                contents->pdata[i] = take(keeping, g_ptr_array_index(reading->parts, i), &why);
                if (why)
                        mg_part_decision_drop(part, why);
        }
        return contents;
}

guint64 mg_keep_size(const MgReading *reading, const MgDecision *decision) {
        guint64 size = 0;

        for (guint i = 0; i < decision->parts->len; i++)
                if (g_array_index(decision->parts, MgPartDecision, i).action == MG_ACTION_KEEP)
                        size += ((const MgFacts *)g_ptr_array_index(reading->parts, i))->size;
        return size;
}

void mg_keep_drop(MgDecision *decision, const char *why) {
        for (guint i = 0; i < decision->parts->len; i++) {
                MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);

                if (part->action == MG_ACTION_KEEP)
                        mg_part_decision_drop(part, why);
        }
}
