/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of records, and their names as figures.
 */
#include "milter/tally.h"

#include "base/control.h"

/* A removed part that is listed says why; the others are pictures inside a text and its other forms. */
static guint reason_of(const MgPartDecision *part) {
        return part->listed && part->why >= MG_TEXT_why_program && part->why <= MG_TEXT_why_file
                       ? part->why - MG_TEXT_why_program
                       : MG_TALLY_REASONS - 1;
}

static void add_parts(MgTally *tally, const MgDecision *decision) {
        for (guint i = 0; i < decision->parts->len; i++) {
                const MgPartDecision *part = &g_array_index(decision->parts, MgPartDecision, i);

                if (part->action == MG_ACTION_REMOVE)
                        tally->removed[reason_of(part)]++;
        }
        tally->kept += mg_decision_kept(decision);
}

void mg_tally_add(MgTally *tally, const MgRecord *record, MgReply reply, gint64 ms) {
        tally->outcomes[record->outcome]++;
        tally->replies[reply]++;
        if (record->outcome == MG_OUTCOME_FAILED)
                tally->failures[record->reading->failure]++;
        add_parts(tally, record->decision);
        tally->bytes_in += (gint64)record->size;
        tally->bytes_out += (gint64)record->bytes_out;
        tally->scans[record->scan.verdict]++;
        if (ms >= 0)
                mg_histogram_add(&tally->mail, ms);
}

static const char *const replies[_MG_REPLY_N] = {
        [MG_REPLY_BUSY] = "reply_busy",
        [MG_REPLY_STORE_DOWN] = "reply_store_down",
        [MG_REPLY_STORE_FULL] = "reply_store_full",
        [MG_REPLY_INTERNAL] = "reply_internal",
        [MG_REPLY_STOPPING] = "reply_stopping",
        [MG_REPLY_TOO_LARGE] = "reply_too_large",
        [MG_REPLY_TOO_MANY_FIELDS] = "reply_too_many_fields",
        [MG_REPLY_OTHER_RULES] = "reply_other_rules",
        [MG_REPLY_REJECTED] = "reply_rejected",
        [MG_REPLY_BAD_ADDRESS] = "reply_bad_address",
};
static const char *const failures[_MG_FAILURE_N] = {
        [MG_FAILURE_LIMIT] = "failure_limit",     [MG_FAILURE_TIMEOUT] = "failure_timeout",
        [MG_FAILURE_CRASH] = "failure_crash",     [MG_FAILURE_REFUSED] = "failure_refused",
        [MG_FAILURE_GRAMMAR] = "failure_grammar", [MG_FAILURE_INTERNAL] = "failure_internal",
};
static const char *const reasons[MG_TALLY_REASONS] = {
        [MG_TEXT_why_program - MG_TEXT_why_program] = "removed_program",
        [MG_TEXT_why_encrypted - MG_TEXT_why_program] = "removed_encrypted",
        [MG_TEXT_why_signed - MG_TEXT_why_program] = "removed_signed",
        [MG_TEXT_why_signature - MG_TEXT_why_program] = "removed_signature",
        [MG_TEXT_why_partial - MG_TEXT_why_program] = "removed_partial",
        [MG_TEXT_why_encoded - MG_TEXT_why_program] = "removed_encoded",
        [MG_TEXT_why_message - MG_TEXT_why_program] = "removed_message",
        [MG_TEXT_why_calendar - MG_TEXT_why_program] = "removed_calendar",
        [MG_TEXT_why_ambiguous - MG_TEXT_why_program] = "removed_ambiguous",
        [MG_TEXT_why_other - MG_TEXT_why_program] = "removed_other",
        [MG_TEXT_why_file - MG_TEXT_why_program] = "removed_file",
        [MG_TALLY_REASONS - 1] = "removed_unlisted",
};
static const char *const scans[_MG_SCAN_N] = {
        [MG_SCAN_CLEAN] = "scan_clean",
        [MG_SCAN_INFECTED] = "scan_infected",
        [MG_SCAN_UNSCANNED] = "scan_unscanned",
};

/* What has no name is no figure. */
static void put(GArray *figures, const char *const *names, const gint64 *counts, guint n) {
        for (guint i = 0; i < n; i++)
                if (names[i])
                        mg_figures_add(figures, "milter", names[i], counts[i]);
}

void mg_tally_figures(const MgTally *tally, GArray *figures) {
        gint64 removed = 0;

        for (guint i = 0; i < _MG_OUTCOME_N; i++)
                mg_figures_add(figures, "milter", mg_outcome_name((MgOutcome)i), tally->outcomes[i]);
        for (guint i = 0; i < MG_TALLY_REASONS; i++)
                removed += tally->removed[i];
        mg_figures_add(figures, "milter", "parts_removed", removed);
        mg_figures_add(figures, "milter", "parts_kept", tally->kept);
        mg_figures_add(figures, "milter", "bytes_in", tally->bytes_in);
        mg_figures_add(figures, "milter", "bytes_out", tally->bytes_out);
        put(figures, scans, tally->scans, _MG_SCAN_N);
        put(figures, replies, tally->replies, _MG_REPLY_N);
        put(figures, failures, tally->failures, _MG_FAILURE_N);
        put(figures, reasons, tally->removed, MG_TALLY_REASONS);
        mg_histogram_figures(&tally->mail, figures, "milter", "mail");
}
