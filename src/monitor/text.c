/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures in the order of the table. Nothing is escaped: names and labels are TOKEN, which has neither quote,
 * backslash nor line end.
 */
#include "monitor/text.h"

#include <string.h>

#include "base/control.h"
#include "monitor/table.h"

static const char *const kinds[_MG_KIND_N] = {"counter", "gauge", "histogram"};

static void put_value(GString *text, const MgFamily *family, gint64 value) {
        char number[G_ASCII_DTOSTR_BUF_SIZE];

        if (family->scale == 1)
                g_string_append_printf(text, " %" G_GINT64_FORMAT "\n", value);
        else
                g_string_append_printf(
                        text, " %s\n",
                        g_ascii_formatd(number, sizeof number, "%.15g", (double)value / (double)family->scale));
}

static void put_series(GString *text, const MgFamily *family, const char *label, gint64 value) {
        g_string_append(text, family->name);
        if (*family->label != '\0')
                g_string_append_printf(text, "{%s=\"%s\"}", family->label, label);
        put_value(text, family, value);
}

/* Whether name is the source's key; *rest is what a '*' stands for, or the source's label. */
static gboolean fits(const MgSource *source, const MgFigure *figure, const char **rest) {
        const gsize n = strlen(source->key) - 1;

        if (!g_str_equal(figure->role, source->role))
                return FALSE;
        *rest = source->label;
        if (source->key[n] != '*')
                return g_str_equal(figure->name, source->key);
        *rest = figure->name + n;
        return strncmp(figure->name, source->key, n) == 0 && **rest != '\0';
}

static void put_source(GString *text, const MgFamily *family, const MgSource *source, const GArray *figures) {
        const char *label;

        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);

                if (fits(source, figure, &label))
                        put_series(text, family, label, figure->value);
        }
}

/* rest of a figure's name behind the source's key: "_le_MS", "_le_inf" or "_sum_ms". */
static void put_step(GString *text, const MgFamily *family, const char *rest, gint64 value) {
        char number[G_ASCII_DTOSTR_BUF_SIZE];

        if (g_str_equal(rest, "_sum_ms")) {
                g_string_append_printf(text, "%s_sum", family->name);
                put_value(text, family, value);
        } else if (g_str_equal(rest, "_le_inf")) {
                g_string_append_printf(text, "%s_bucket{le=\"+Inf\"} %" G_GINT64_FORMAT "\n", family->name, value);
                g_string_append_printf(text, "%s_count %" G_GINT64_FORMAT "\n", family->name, value);
        } else if (g_str_has_prefix(rest, "_le_")) {
                g_ascii_formatd(number, sizeof number, "%.15g",
                                g_ascii_strtod(rest + strlen("_le_"), NULL) / (double)family->scale);
                g_string_append_printf(text, "%s_bucket{le=\"%s\"} %" G_GINT64_FORMAT "\n", family->name, number,
                                       value);
        }
}

static void put_histogram(GString *text, const MgFamily *family, const GArray *figures) {
        const MgSource *source = family->sources;
        const gsize n = strlen(source->key);

        for (guint i = 0; i < figures->len; i++) {
                const MgFigure *figure = &g_array_index(figures, MgFigure, i);

                if (g_str_equal(figure->role, source->role) && strncmp(figure->name, source->key, n) == 0)
                        put_step(text, family, figure->name + n, figure->value);
        }
}

static void put_family(GString *text, const MgFamily *family, const GArray *figures) {
        g_autoptr(GString) series = g_string_new(NULL);

        if (family->kind == MG_HISTOGRAM)
                put_histogram(series, family, figures);
        for (const MgSource *source = family->sources; family->kind != MG_HISTOGRAM && source->role; source++)
                put_source(series, family, source, figures);
        if (series->len > 0)
                g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n%s", family->name, family->help, family->name,
                                       kinds[family->kind], series->str);
}

char *mg_text_of_figures(const GArray *figures) {
        GString *text = g_string_new(NULL);

        for (const MgFamily *family = mg_families(); family->name; family++)
                put_family(text, family, figures);
        return g_string_free(text, FALSE);
}
