/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/http.h"

/* Forms: "a=1&b=2" (a query is one, too) and multipart/form-data (RFC 7578). Adds MgHttpField. 0, or the status of what is wrong: 400 where
 * it is no form or has too many fields, 413 where a value is too long (bounds of console/http.h). */
guint mg_form_read(GPtrArray *fields, const char *text, gsize n);
guint mg_form_read_parts(GPtrArray *fields, const char *content_type, const char *body, gsize n);
