/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"
#include "sanitize/archive_list.h"

/* what more is true of a file's content than its type: the worker's side of MgPartFlags (mugai/reading.h) */

/* Of a PDF: SCRIPT, AUTO_RUN, LAUNCH, EMBEDDED, ENCRYPTED, UNSEEN. Linear. */
guint32 mg_active_pdf(const char *data, gsize n);

/* SCRIPT where HTML or SVG has a script, an event or an address that is one. Linear. */
guint32 mg_active_markup(const char *data, gsize n);

/*
 * Makes of what libmagic found (facts->found) what the structure shows, adds the other types that the octets are, the bits of the
 * content and of the names (path aside), and what is in an archive.
 */
void mg_active_look(const char *data, gsize n, const MgLimits *limits, MgReading *reading, MgArchiveUse *use,
                    MgFacts *facts);
