/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/request.h"

/* A request in three forms, each ended by a line end; texts of mail and of people are quoted for a terminal. Callers
 * free. */

/* One JSON object a line: number, receipt, state, organization, from, subject, requester {person, name}, whole, parts
 * [{path, name, found, size, sha256}], to, reason, needed, approvals [{person, name, reason, time}], made, decided,
 * ended (UTC; null where it did not come to that), result, erased. */
char *mg_cli_request_json(const MgRequest *request);
char *mg_cli_request_line(const MgRequest *request);
/* All of it, Japanese labels beside English ones: what, for whom and by whom come before any word of the mail. */
char *mg_cli_request_text(const MgRequest *request);
