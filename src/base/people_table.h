/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/csv.h"
#include "mugai/person.h"

/*
 * People table: a CSV of people (base/csv.h) -> one edit for the store, or what is wrong with it, each with its line
 *
 * The first line names the columns, by either word of MG_PERSON_FIELDS. Who stands in the table is enabled. What the store finds wrong
 * is added to the rest, so that a person reads one list.
 */

/* Columns that a table may have. */
#define MG_PEOPLE_TABLE_FIELDS (_MG_PERSON_ALL & ~(guint32)MG_PERSON_DISABLED)
/* Faults that are kept; the others are only counted. */
#define MG_PEOPLE_TABLE_FAULTS 100

typedef struct MgTableFault {
        guint line;  /* 1 on; 0: of nobody in the table */
        char *login; /* of whom the store says it; "" where the table alone is at fault */
        char *text;  /* a sentence */
} MgTableFault;

typedef struct MgPeopleTable {
        GPtrArray *rows;   /* of MgCsvRow, the first one names the columns; or NULL where it is no CSV */
        MgEdit *edit;      /* whole where there is no fault; .apply and .disable_missing are the caller's to set */
        GPtrArray *faults; /* of MgTableFault */
        guint n_faults;
} MgPeopleTable;

/* max: persons at most. Never NULL. */
MgPeopleTable *mg_people_table_read(const char *data, gsize n, guint max);
void mg_people_table_free(MgPeopleTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPeopleTable, mg_people_table_free)

/* Adds what the store said of a row of the edit. */
void mg_people_table_fault(MgPeopleTable *table, const MgEditRow *row);

/* How many are added, changed, disabled because they are missing. */
typedef struct MgTableCounts {
        guint added, changed, disabled;
} MgTableCounts;
/* Of what the store answered (MgEditRow). */
MgTableCounts mg_people_table_counts(const GPtrArray *rows);

/* The head of a table and one row as an example, with the mark and line ends that a spreadsheet takes for UTF-8. Caller frees. */
char *mg_people_table_template(void);
/* "name,until" of bits of MgPersonField. Caller frees. */
char *mg_person_fields_text(guint32 fields);

/* Duties as people write them, Japanese or English, blanks or commas between. FALSE with USAGE. */
gboolean mg_people_duties(const char *text, guint32 *duties, GError **error);
/* "職員 staff, 承認者 approver". Caller frees. */
char *mg_people_duties_text(guint32 duties);
