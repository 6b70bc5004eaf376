/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* SHA-256 of libcrypto. Call once before confinement: libcrypto reads its configuration at first use. */
void mg_digest(const void *data, gsize n, guint8 out[32]);
