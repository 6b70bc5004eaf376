/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/flow.h"

/*
 * html_table: cells as texts -> lines. A table of data is aligned in columns, one that only lays a page out flows.
 */
typedef struct MgTable {
        GPtrArray *rows;  /* of GArray of MgCell */
        guint taken[50];  /* rows below that a cell of this column still takes */
        guint column;     /* of the next cell */
} MgTable;

MgTable *mg_table_new(void);
void mg_table_free(MgTable *table);
void mg_table_row(MgTable *table);
/* Takes text. columns and rows that the cell takes are bounded by the callee. */
void mg_table_cell(MgTable *table, char *text, guint columns, guint rows);
void mg_table_write(const MgTable *table, MgFlow *flow);
