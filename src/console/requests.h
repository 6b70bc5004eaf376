/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"
#include "mugai/request.h"

/* Requests: what the pages about them share */

/* Whether this person may approve it, as far as can be seen here. */
gboolean mg_requests_may_approve(const MgVisit *visit, const MgRequest *request);

/* Fields and buttons of a form to /requests/decide. */
void mg_requests_decide_fields(MgVisit *visit);
void mg_requests_withdraw_fields(MgVisit *visit);
/* A form of its own: what became of a request of which nobody knows if it was sent. */
void mg_requests_settle_form(MgVisit *visit, gint64 number);
