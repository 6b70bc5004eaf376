/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * CSV: tables as spreadsheets write them (RFC 4180)
 *
 * UTF-8 with or without a byte order mark, or else CP932 as a Japanese Excel writes; lines ended by LF or CR LF; a field in quotes may
 * hold commas, line ends and doubled quotes. Blank lines are left out.
 */
#define MG_CSV_OCTETS (64 * 1024 * 1024)
#define MG_CSV_FIELDS 100

typedef struct MgCsvRow {
        guint line;        /* at which it begins, 1 on */
        GPtrArray *fields; /* of char *, UTF-8; blanks around them, ideographic ones too, are taken off */
} MgCsvRow;

void mg_csv_row_free(MgCsvRow *row);

/* Rows of MgCsvRow. NULL with USAGE: "LINE: sentence". */
GPtrArray *mg_csv_read(const char *data, gsize n, GError **error);
