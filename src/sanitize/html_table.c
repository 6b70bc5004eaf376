/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as text. Widths are columns of a monospaced font, where East Asian characters take two. Knows colspan; a
 * rowspan is an empty cell.
 */
#include "sanitize/html_table.h"

#include <string.h>

#include "base/text.h"

/* Columns of a line that still reads as one row, and of what may be a cell of such a row. */
static const guint line_columns = 100;
static const gsize cell_octets = 600;
static const guint columns_max = 50;

typedef struct MgCell {
        char *text;
        guint span;
        guint width; /* columns of its text */
} MgCell;

static void cell_clear(gpointer cell) {
        g_free(((MgCell *)cell)->text);
}

MgTable *mg_table_new(void) {
        MgTable *table = g_new0(MgTable, 1);
        table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
        return table;
}

void mg_table_free(MgTable *table) {
        if (table == NULL)
                return;
        g_ptr_array_unref(table->rows);
        g_free(table);
}

void mg_table_row(MgTable *table) {
        GArray *row = g_array_new(FALSE, TRUE, sizeof(MgCell));
        g_array_set_clear_func(row, cell_clear);
        g_ptr_array_add(table->rows, row);
}

void mg_table_cell(MgTable *table, char *text, guint span) {
        if (table->rows->len == 0)
                mg_table_row(table);
        g_strstrip(text);
        MgCell cell = {text, CLAMP(span, 1, columns_max), 0};
        g_array_append_val(table->rows->pdata[table->rows->len - 1], cell);
}

typedef struct Shape {
        gboolean lines;   /* every cell is one line, short enough for a row */
        guint columns;    /* in use, empty ones not counted */
        guint filled;     /* rows with text */
        guint widths[50]; /* 0: the column is empty */
} Shape;

/* Widths of columns from cells that take one of them. */
static void measure(const MgTable *table, Shape *shape) {
        shape->lines = TRUE;
        for (guint r = 0; r < table->rows->len && shape->lines; r++) {
                const GArray *row = table->rows->pdata[r];
                gboolean filled = FALSE;
                guint at = 0;
                for (guint c = 0; c < row->len && shape->lines; c++) {
                        MgCell *cell = &g_array_index(row, MgCell, c);
                        gsize n = strnlen(cell->text, cell_octets + 1);
                        shape->lines = n <= cell_octets && memchr(cell->text, '\n', n) == NULL && at < columns_max;
                        if (!shape->lines)
                                return;
                        cell->width = mg_text_columns(cell->text);
                        if (cell->span == 1)
                                shape->widths[at] = MAX(shape->widths[at], cell->width);
                        else if (n > 0)
                                shape->widths[at] = MAX(shape->widths[at], 1);
                        filled |= n > 0;
                        at += cell->span;
                }
                shape->filled += filled;
        }
        for (guint i = 0; i < columns_max; i++)
                shape->columns += shape->widths[i] > 0;
}

static guint total_width(const Shape *shape) {
        guint total = 0;
        for (guint i = 0; i < columns_max; i++)
                total += shape->widths[i] > 0 ? shape->widths[i] + 3 : 0;
        return total;
}

/* One row on one line; aligned: cells padded to their columns. */
static void write_row(const GArray *row, const Shape *shape, gboolean aligned, const char *between, MgFlow *flow) {
        g_autoptr(GString) line = g_string_new(NULL);
        guint at = 0;
        gboolean first = TRUE, text = FALSE;
        for (guint c = 0; c < row->len; c++) {
                const MgCell *cell = &g_array_index(row, MgCell, c);
                guint room = 0;
                for (guint i = at; i < MIN(at + cell->span, columns_max); i++)
                        room += shape->widths[i] > 0 ? shape->widths[i] + (room > 0 ? 3 : 0) : 0;
                at += cell->span;
                if (room == 0 || (!aligned && cell->width == 0))
                        continue;
                if (!first)
                        g_string_append(line, between);
                first = FALSE;
                text |= cell->width > 0;
                g_string_append(line, cell->text);
                for (guint i = cell->width; aligned && i < room; i++)
                        g_string_append_c(line, ' ');
        }
        while (line->len > 0 && line->str[line->len - 1] == ' ')
                g_string_truncate(line, line->len - 1);
        if (!text)
                return;
        mg_flow_break(flow, 1);
        mg_flow_verbatim(flow, line->str, line->len);
}

static void write_cells(const GArray *row, MgFlow *flow) {
        for (guint c = 0; c < row->len; c++) {
                const MgCell *cell = &g_array_index(row, MgCell, c);
                mg_flow_break(flow, 1);
                mg_flow_verbatim(flow, cell->text, strlen(cell->text));
        }
}

void mg_table_write(const MgTable *table, MgFlow *flow) {
        Shape shape = {0};
        measure(table, &shape);
        gboolean narrow = total_width(&shape) <= line_columns;
        gboolean data = shape.lines && shape.columns >= 2 && shape.filled >= 2;
        for (guint r = 0; r < table->rows->len; r++) {
                const GArray *row = table->rows->pdata[r];
                if (!shape.lines || shape.columns < 2)
                        write_cells(row, flow);
                else
                        write_row(row, &shape, data && narrow, data ? " | " : "  ", flow);
        }
        mg_flow_break(flow, 1);
}
