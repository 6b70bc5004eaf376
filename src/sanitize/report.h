/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sanitize/header.h"

/* report: the part of a multipart/report that programs read -> a summary for people. Not cleaned. Linear. */

/* RFC 3464: for each recipient what happened, why, and what comes next; empty where it names none. */
GString *mg_report_delivery(const char *s, gsize n, const MgLimits *limits);
/* RFC 8098: who did what with the mail. */
GString *mg_report_disposition(const char *s, gsize n, const MgLimits *limits);
/* RFC 5965: who complains of which mail. */
GString *mg_report_feedback(const char *s, gsize n, const MgLimits *limits);
/* RFC 2046 section 5.2.3: where the text that is not here would be. content: the Content-Type, or NULL. */
GString *mg_report_external(const MgStructured *content);
