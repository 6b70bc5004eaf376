/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by bounds. Measures nothing itself.
 */
#include "base/histogram.h"

#include "base/control.h"

#define MG_HISTOGRAM_MS(ms) ms,
static const gint64 bounds[MG_HISTOGRAM_N] = {MG_HISTOGRAM_BOUNDS(MG_HISTOGRAM_MS)};

void mg_histogram_add(MgHistogram *histogram, gint64 ms) {
        guint i = 0;

        while (i < MG_HISTOGRAM_N && ms > bounds[i])
                i++;
        histogram->counts[i]++;
        histogram->sum_ms += ms;
}

void mg_histogram_figures(const MgHistogram *histogram, GArray *figures, const char *role, const char *name) {
        g_autofree char *all = g_strconcat(name, "_le_inf", NULL), *sum = g_strconcat(name, "_sum_ms", NULL);
        gint64 n = 0;

        for (guint i = 0; i < MG_HISTOGRAM_N; i++) {
                g_autofree char *key = g_strdup_printf("%s_le_%" G_GINT64_FORMAT, name, bounds[i]);

                n += histogram->counts[i];
                mg_figures_add(figures, role, key, n);
        }
        mg_figures_add(figures, role, all, n + histogram->counts[MG_HISTOGRAM_N]);
        mg_figures_add(figures, role, sum, histogram->sum_ms);
}
