/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker's ranges beside the decisions: what it says of octets, and what was decided on the part they belong to. A
 * mail that was not read is one range.
 */
#include "compose/account.h"

typedef struct KindRow {
        MgFate fate;
        const char *reason; /* NULL: that of the decision on the part */
} KindRow;

static const KindRow kinds[_MG_RANGE_KIND_N] = {
        [MG_RANGE_HEADER] = {MG_FATE_HEADER, "read, and written anew by value"},
        [MG_RANGE_STRUCTURE] = {MG_FATE_STRUCTURE, "delimiters and what stands between parts"},
        [MG_RANGE_TEXT] = {MG_FATE_CONVERTED, NULL},
        [MG_RANGE_CONTENT] = {MG_FATE_REMOVED, NULL},
        [MG_RANGE_UNSHOWN] = {MG_FATE_REMOVED, "a text beyond limits.body"},
        [MG_RANGE_FURTHER] = {MG_FATE_FURTHER, "ranges beyond limits.ranges"},
};

const char *mg_fate_name(MgFate fate) {
        static const char *const names[_MG_FATE_N] = {
                [MG_FATE_HEADER] = "header",           [MG_FATE_STRUCTURE] = "structure",
                [MG_FATE_CONVERTED] = "converted",     [MG_FATE_KEPT] = "kept",
                [MG_FATE_REMOVED] = "removed",         [MG_FATE_FURTHER] = "further",
                [MG_FATE_UNACCOUNTED] = "unaccounted",
        };

        return fate < _MG_FATE_N ? names[fate] : "unknown";
}

static void describe(const MgRecord *record, const MgRange *range, MgAccountRow *row) {
        const GPtrArray *parts = record->reading->parts;
        const GArray *decisions = record->decision->parts;
        const MgPartDecision *decision = NULL;

        if (range->part < parts->len)
                row->path = ((const MgFacts *)g_ptr_array_index(parts, range->part))->path;
        if (range->part < decisions->len)
                decision = &g_array_index(decisions, MgPartDecision, range->part);
        row->fate = kinds[range->kind].fate;
        if (row->fate == MG_FATE_REMOVED && decision && decision->action == MG_ACTION_KEEP)
                row->fate = MG_FATE_KEPT;
        row->reason = kinds[range->kind].reason;
        if (!row->reason)
                row->reason = decision && decision->reason ? decision->reason : "";
}

GArray *mg_account_rows(const MgRecord *record) {
        const GArray *ranges = record->reading->ranges;
        GArray *rows = g_array_new(FALSE, FALSE, sizeof(MgAccountRow));
        MgAccountRow row = {0, record->size, MG_FATE_REMOVED, "", record->reason, 1};

        if (ranges->len == 0 && record->size > 0) {
                if (record->outcome == MG_OUTCOME_CONVERTED) {
                        row.fate = MG_FATE_UNACCOUNTED;
                        row.reason = "kept by a version without an account";
                }
                g_array_append_val(rows, row);
        }
        for (guint i = 0; i < ranges->len; i++) {
                const MgRange *range = &g_array_index(ranges, MgRange, i);

                row.path = "";
                row.length = range->length;
                row.count = range->count;
                describe(record, range, &row);
                g_array_append_val(rows, row);
                row.offset += row.length;
        }
        return rows;
}
