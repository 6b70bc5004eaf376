/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as text. Widths are columns of a monospaced font, where East Asian characters take two. A cell that takes
 * several rows stands in the first of them; one with several lines is laid out only as the last of its row, so that
 * the text keeps its order.
 */
#include "sanitize/html_table.h"

#include <string.h>

/* Columns of a line that still reads as one row, and of what may be a cell of such a row. */
static const guint line_columns = 100;
static const gsize cell_octets = 600;
/* Lines of a last cell. */
static const guint cell_lines = 12;
enum { columns_max = 50 };
/*
 * Rows and cells of the smallest table that draws something: a code has 21 rows, of some seven cells where neighbours
 * of one colour are one. Spacers have fewer.
 */
static const guint drawing_rows = 15, drawing_cells = 120;
static const char drawing_note[] = "[図形 QR を除去 / drawing removed]";

typedef struct MgCell {
        char *text;
        guint at; /* its first column */
        guint span;
        guint width; /* columns of its longest line */
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
        for (guint i = 0; i < columns_max && table->rows->len > 0; i++)
                table->taken[i] -= table->taken[i] > 0;
        table->column = 0;
        g_ptr_array_add(table->rows, row);
}

void mg_table_cell(MgTable *table, char *text, guint columns, guint rows) {
        G_STATIC_ASSERT(G_N_ELEMENTS(table->taken) == columns_max);
        if (table->rows->len == 0)
                mg_table_row(table);
        g_strstrip(text);
        while (table->column < columns_max && table->taken[table->column] > 0)
                table->column++;
        MgCell cell = {text, table->column, CLAMP(columns, 1, columns_max), 0};
        for (guint i = cell.at; i < MIN(cell.at + cell.span, columns_max); i++)
                table->taken[i] = rows;
        table->column = MIN(cell.at + cell.span, columns_max);
        g_array_append_val(table->rows->pdata[table->rows->len - 1], cell);
}

typedef struct Shape {
        gboolean lines;            /* every cell is short enough for a row */
        gboolean tall;             /* a last cell has several lines */
        guint columns;             /* in use, empty ones not counted */
        guint filled;              /* rows with text */
        guint widths[columns_max]; /* 0: the column is empty */
} Shape;

/* As mg_text_columns(), which asks two tables for every character; kana and kanji are wide. */
static guint line_width(const char *s, const char *end) {
        guint width = 0;
        for (; s < end; s = g_utf8_next_char(s)) {
                gunichar c = (guint8)*s < 0x80 ? (guint8)*s : g_utf8_get_char(s);
                if (c < 0x80)
                        width++;
                else if ((c >= 0x3041 && c <= 0x3096) || (c >= 0x30A0 && c <= 0x30FF) || (c >= 0x4E00 && c <= 0x9FFF))
                        width += 2;
                else if (!g_unichar_iszerowidth(c))
                        width += g_unichar_iswide(c) ? 2 : 1;
        }
        return width;
}

/* The longest line; *lines is how many. */
static guint text_width(const char *text, guint *lines) {
        guint width = 0;
        for (*lines = 1;; (*lines)++) {
                const char *end = strchrnul(text, '\n');
                width = MAX(width, line_width(text, end));
                if (*end == '\0')
                        return width;
                text = end + 1;
        }
}

/* FALSE: the row is none that can stand in columns. */
static gboolean measure_row(const GArray *row, Shape *shape) {
        gboolean filled = FALSE, tall = FALSE;
        for (guint c = 0; c < row->len; c++) {
                MgCell *cell = &g_array_index(row, MgCell, c);
                gsize n = strnlen(cell->text, cell_octets + 1);
                guint lines = 0;
                if (n > cell_octets || cell->at >= columns_max || (tall && n > 0))
                        return FALSE;
                cell->width = text_width(cell->text, &lines);
                tall |= lines > 1;
                if (lines > cell_lines || (lines > 1 && (c == 0 || strstr(cell->text, "\n\n") != NULL)))
                        return FALSE;
                if (cell->span == 1)
                        shape->widths[cell->at] = MAX(shape->widths[cell->at], cell->width);
                else if (n > 0)
                        shape->widths[cell->at] = MAX(shape->widths[cell->at], 1);
                filled |= n > 0;
        }
        shape->filled += filled;
        shape->tall |= tall;
        return TRUE;
}

/* Widths of columns from cells that take one of them. */
static void measure(const MgTable *table, Shape *shape) {
        shape->lines = TRUE;
        for (guint r = 0; r < table->rows->len && shape->lines; r++)
                shape->lines = measure_row(table->rows->pdata[r], shape);
        for (guint i = 0; i < columns_max; i++)
                shape->columns += shape->widths[i] > 0;
}

static guint total_width(const Shape *shape) {
        guint total = 0;
        for (guint i = 0; i < columns_max; i++)
                total += shape->widths[i] > 0 ? shape->widths[i] + 3 : 0;
        return total;
}

/* Columns that the cell may fill, with what stands between them. */
static guint room_of(const Shape *shape, guint at, guint span) {
        guint room = 0;
        for (guint i = at; i < MIN(at + span, columns_max); i++)
                room += shape->widths[i] > 0 ? shape->widths[i] + (room > 0 ? 3 : 0) : 0;
        return room;
}

static void pad(GString *line, guint columns) {
        for (guint i = 0; i < columns; i++)
                g_string_append_c(line, ' ');
}

static void write_line(GString *line, MgFlow *flow) {
        while (line->len > 0 && line->str[line->len - 1] == ' ')
                g_string_truncate(line, line->len - 1);
        mg_flow_break(flow, 1);
        mg_flow_verbatim(flow, line->str, line->len);
}

/* Empty columns from *at up to the cell's, where a cell of a row above stands in them. */
static void fill_gap(const Shape *shape, guint *at, guint to, const char *between, GString *line) {
        for (; *at < to; (*at)++) {
                if (shape->widths[*at] == 0)
                        continue;
                pad(line, shape->widths[*at]);
                g_string_append(line, between);
        }
}

/* One row; aligned: cells padded to their columns. The further lines of its last cell stand below its first. */
static void write_row(const GArray *row, const Shape *shape, gboolean aligned, const char *between, MgFlow *flow) {
        g_autoptr(GString) line = g_string_new(NULL);
        g_auto(GStrv) lines = NULL;
        gboolean first = TRUE;
        guint at = 0, indent = 0, columns = 0, last = row->len;
        while (last > 0 && g_array_index(row, MgCell, last - 1).width == 0)
                last--;
        for (guint c = 0; c < last; c++) {
                const MgCell *cell = &g_array_index(row, MgCell, c);
                guint room = room_of(shape, cell->at, cell->span);
                if (room == 0 || (!aligned && cell->width == 0))
                        continue;
                if (!first)
                        g_string_append(line, between);
                columns += first ? 0 : 3;
                first = FALSE;
                if (aligned) {
                        guint before = line->len;
                        fill_gap(shape, &at, cell->at, between, line);
                        columns += line->len - before;
                }
                at = MIN(cell->at + cell->span, columns_max);
                g_strfreev(lines);
                lines = g_strsplit(cell->text, "\n", -1);
                indent = columns;
                if (lines[0] != NULL)
                        g_string_append(line, lines[0]);
                guint width = lines[0] != NULL ? line_width(lines[0], lines[0] + strlen(lines[0])) : 0;
                if (aligned && width < room)
                        pad(line, room - width);
                columns += MAX(room, width);
                if (lines[0] != NULL && lines[1] != NULL)
                        break;
        }
        if (last == 0)
                return;
        write_line(line, flow);
        for (guint i = 1; lines != NULL && lines[0] != NULL && lines[i] != NULL; i++) {
                g_string_truncate(line, 0);
                pad(line, aligned ? indent : 0);
                g_string_append(line, lines[i]);
                write_line(line, flow);
        }
}

static void write_cells(const GArray *row, MgFlow *flow) {
        for (guint c = 0; c < row->len; c++) {
                const MgCell *cell = &g_array_index(row, MgCell, c);
                mg_flow_break(flow, 1);
                mg_flow_verbatim(flow, cell->text, strlen(cell->text));
        }
}

/* A picture drawn with the grounds of many cells that have no text (D9): a code of 21 by 21 is the smallest. */
static gboolean is_drawing(const MgTable *table) {
        guint64 cells = 0;
        for (guint r = 0; r < table->rows->len; r++) {
                const GArray *row = table->rows->pdata[r];
                cells += row->len;
                for (guint c = 0; c < row->len; c++)
                        if (g_array_index(row, MgCell, c).text[0] != '\0')
                                return FALSE;
        }
        return table->rows->len >= drawing_rows && cells >= drawing_cells;
}

void mg_table_write(const MgTable *table, MgFlow *flow) {
        if (is_drawing(table)) {
                mg_flow_break(flow, 1);
                mg_flow_verbatim(flow, drawing_note, strlen(drawing_note));
        }
        Shape shape = {0};
        measure(table, &shape);
        gboolean narrow = total_width(&shape) <= line_columns;
        gboolean data = shape.lines && shape.columns >= 2 && shape.filled >= 2;
        gboolean rows = shape.lines && shape.columns >= 2 && (!shape.tall || (data && narrow));
        for (guint r = 0; r < table->rows->len; r++) {
                const GArray *row = table->rows->pdata[r];
                if (rows)
                        write_row(row, &shape, data && narrow, data ? " | " : "  ", flow);
                else
                        write_cells(row, flow);
        }
        mg_flow_break(flow, 1);
}
