/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/line.h"
#include "mugai/job.h"

/*
 * report: a Record as JSON for people and programs
 *
 * Names: outcome, reason, receipt, time, queue_id, from, to, client, reply, subject, header
 * [name of a field], authentication [method=result],
 * terms {retention, approvals, release}, body {path, type, charset,
 * charset_reason, chars, sha256, replaced, guessed, hidden, links, link_hosts, pictures}, parts [{path, kind,
 * claimed, found, name, names, size, sha256, action, rule, reason, flags}], original {size, sha256, totals
 * {header, structure, converted, removed, further, unaccounted}, ranges [{offset, length, fate, path, reason,
 * count}]}, policy, version, marks, failure {what, limit, value, bound}, milliseconds, bytes_out. What is withheld
 * is not there, and "withheld" names it. One object, two-space indented where pretty, else one line; a newline at
 * the end. Caller frees.
 */
char *mg_report_json(const MgRecord *record, gboolean pretty);
/* The same for a terminal, Japanese labels beside English ones where languages says so. Caller frees. */
char *mg_report_text(const MgRecord *record);
/* One line of a list: time, receipt, outcome, from, to, subject. Mail text is quoted; * is what is withheld. Caller frees. */
char *mg_report_line(const MgRecord *record);
/* A row of a page: the label (UTF-8), the value behind it in a column of its own, and a line's end. For pages of the command, too. */
void mg_report_row(GString *out, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* "件名 / subject, ..." for bits of MgWithheld; NULL where there is none. Caller frees. */
char *mg_report_withheld(guint32 withheld);
/* The line for the log, with reply and reason where the mail was not converted. Caller frees. */
MgLine *mg_report_log(const MgRecord *record);
