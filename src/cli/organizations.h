/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

#include "cli/findings.h"
#include "config/config.h"

/* Organizations: what is kept of each, as status and check say it. Rows are MgOrganizationRow (base/care_client.h). */

/* NULL with error. Caller unrefs. */
GPtrArray *mg_organizations_ask(const MgConfig *config, GError **error);
/* A table with a head. Caller frees. */
char *mg_organizations_text(const GPtrArray *rows);
/* An array of objects. Caller decrefs. */
json_t *mg_organizations_json(const GPtrArray *rows);
/* Quotas that are near or reached, and requests for mail that is erased soon. */
void mg_organizations_check(const MgConfig *config, const GPtrArray *rows, GArray *findings);
