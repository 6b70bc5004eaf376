/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/job.h"

/*
 * report: a Record as JSON for people and programs
 *
 * Names: outcome, reason, receipt, time, queue_id, from, to, client, reply, subject, body {path, type, charset,
 * charset_reason, chars, sha256, replaced, guessed, hidden, links, pictures}, parts [{path, kind, claimed, found,
 * name, names, size, sha256, action, rule, reason, flags}], original {size, sha256, totals {header, structure,
 * converted, removed, further, unaccounted}, ranges [{offset, length, fate, path, reason, count}]}, policy, version,
 * marks, failure {what, limit, value, bound}, milliseconds, bytes_out. One object, two-space indented where pretty,
 * else one line; a newline at the end. Caller
 * frees.
 */
char *mg_report_json(const MgRecord *record, gboolean pretty);
/* The same for a terminal, Japanese labels beside English ones where languages says so. Caller frees. */
char *mg_report_text(const MgRecord *record);
/* One line of a list: time, receipt, outcome, from, to, subject. Mail text is quoted. Caller frees. */
char *mg_report_line(const MgRecord *record);
/*
 * logfmt line for the log: queue_id=.. receipt=.. from=.. nrcpt=.. outcome=.. removed=.. in=.. out=.. ms=.. and
 * reply=, reason= where refused or failed. Caller frees.
 */
char *mg_report_log(const MgRecord *record);
