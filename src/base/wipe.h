/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Wipe: memory that is wiped when it is freed, for libraries that let their caller say where their memory comes from
 *
 * NULL where there is none left: what is asked for may be as large as a mail. opaque is not used; zstd hands one over.
 */
void *mg_wipe_new(void *opaque, gsize n);
/* At least n octets with what stood there; memory may be NULL. Where it fails memory stays as it is. */
void *mg_wipe_resize(void *memory, gsize n);
void mg_wipe_free(void *opaque, void *memory);
