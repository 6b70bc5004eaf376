/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * authentication: one field Authentication-Results (RFC 8601 section 2.2), pure
 *
 * Reads by whom it is and "method=result" of each result; comments, reasons and properties are passed over, so nothing
 * of a mail's addresses comes out. Whether the field may be believed is for the caller to know (mugai/header.h).
 */
/* Octets of a method and of a result that are kept. */
#define MG_AUTHENTICATION_WORD 32

/*
 * Appends to results (of char *; HOST, lower case) the first max results of a field of n octets, and returns how many it has. 0,
 * and nothing appended, where it is not by authserv_id (as it is: not quoted, and no comment before it), has no result, or is not well-formed to its end. Linear.
 */
guint mg_authentication_read(const char *value, gsize n, const char *authserv_id, guint max, GPtrArray *results);

/* "spf" is the method of "spf=pass": whether two results are by the same. */
gboolean mg_authentication_same(const char *one, const char *other);
