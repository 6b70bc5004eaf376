/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/reading.h"

/* signature: files of Japanese offices, and S/MIME, that libmagic has no row for */

/*
 * The MIME type of [data, data+n) by its bytes, or NULL where it is none of these. Looks at a bounded number of octets,
 * whatever n is; believes nothing that the bytes say of their own lengths.
 */
const char *mg_signature_type(const void *data, gsize n);

/*
 * What a compound file (OLE2) is by its streams, or NULL; adds to *flags what they show: MACRO, ENCRYPTED, EMBEDDED, and UNSEEN where
 * its directory is longer than is looked at, or broken.
 */
const char *mg_signature_compound(const void *octets, gsize n, guint32 *flags);
