/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of mails: each by its outcome, reply, failure and reason, and which times are measured.
 */
#include "milter/tally.h"

#include "base/control.h"

static gint64 figure(const MgTally *tally, const char *name) {
        g_autoptr(GArray) figures = mg_figures_new();

        mg_tally_figures(tally, figures);
        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *one = &g_array_index(figures, MgFigure, i);

                g_assert_cmpstr(one->role, ==, "milter");
                if (g_str_equal(one->name, name))
                        return one->value;
        }
        return -1;
}

static void add_part(MgRecord *record, MgAction action, gboolean listed, MgTextId why) {
        const MgPartDecision part = {.action = action, .listed = listed, .why = why};

        g_array_append_val(record->decision->parts, part);
}

static void test_counts(void) {
        g_autoptr(MgRecord) well = mg_record_new(), failed = mg_record_new(), refused = mg_record_new();
        MgTally tally = {0};

        well->outcome = MG_OUTCOME_CONVERTED;
        well->size = 1000;
        well->bytes_out = 300;
        well->scan.verdict = MG_SCAN_CLEAN;
        add_part(well, MG_ACTION_CONVERT, FALSE, 0);
        add_part(well, MG_ACTION_REMOVE, TRUE, MG_TEXT_why_program);
        add_part(well, MG_ACTION_REMOVE, TRUE, MG_TEXT_why_file);
        add_part(well, MG_ACTION_REMOVE, TRUE, MG_TEXT_why_file);
        add_part(well, MG_ACTION_REMOVE, FALSE, MG_TEXT_why_file);
        failed->outcome = MG_OUTCOME_FAILED;
        failed->reading->failure = MG_FAILURE_TIMEOUT;
        refused->outcome = MG_OUTCOME_DEFERRED;
        mg_tally_add(&tally, well, MG_REPLY_OK, 7);
        mg_tally_add(&tally, failed, MG_REPLY_OK, 20000);
        mg_tally_add(&tally, refused, MG_REPLY_BUSY, -1);
        const struct {
                const char *name;
                gint64 want;
        } rows[] = {
                {"converted", 1},        {"failed", 1},           {"deferred", 1},        {"refused", 0},
                {"parts_removed", 4},    {"parts_kept", 0},       {"removed_program", 1}, {"removed_file", 2},
                {"removed_unlisted", 1}, {"removed_calendar", 0}, {"failure_timeout", 1}, {"failure_none", -1},
                {"reply_busy", 1},       {"reply_ok", -1},        {"scan_clean", 1},      {"scan_none", -1},
                {"bytes_in", 1000},      {"bytes_out", 300},      {"mail_le_5", 0},       {"mail_le_10", 1},
                {"mail_le_10000", 1},    {"mail_le_30000", 2},    {"mail_le_inf", 2},     {"mail_sum_ms", 20007},
        };
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].name);
                g_assert_cmpint(figure(&tally, rows[i].name), ==, rows[i].want);
        }
}

/* Each value of a list that can occur has a name, so that no mail is counted and not shown. */
static void test_names(void) {
        MgTally tally = {0};
        gint64 sum = 0;
        g_autoptr(GArray) figures = mg_figures_new();

        for (guint i = 0; i < _MG_REPLY_N; i++)
                tally.replies[i] = i != MG_REPLY_OK;
        for (guint i = 0; i < _MG_FAILURE_N; i++)
                tally.failures[i] = i != MG_FAILURE_NONE;
        for (guint i = 0; i < _MG_SCAN_N; i++)
                tally.scans[i] = i != MG_SCAN_NONE;
        for (guint i = 0; i < MG_TALLY_REASONS; i++)
                tally.removed[i] = 1;
        mg_tally_figures(&tally, figures);
        for (guint i = 0; i < figures->len; i++)
                sum += g_array_index(figures, MgFigure, i).value;
        /* parts_removed is the sum of the reasons once more. */
        g_assert_cmpint(sum, ==, _MG_REPLY_N - 1 + _MG_FAILURE_N - 1 + _MG_SCAN_N - 1 + 2 * MG_TALLY_REASONS);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/milter/tally/counts", test_counts);
        g_test_add_func("/milter/tally/names", test_names);
        return g_test_run();
}
