/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* signature: files of Japanese offices that libmagic has no row for */

/*
 * The MIME type of [data, data+n) by its bytes, or NULL where it is none of these. Looks at a bounded number of octets,
 * whatever n is; believes nothing that the bytes say of their own lengths.
 */
const char *mg_signature_type(const void *data, gsize n);
