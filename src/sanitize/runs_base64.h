/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* runs_base64: where long runs of base64 stand in a text, however its lines are cut, indented or quoted. */

typedef struct MgSpan {
        gsize begin;
        gsize end;
} MgSpan;

/* MgSpan in ascending order, none over another. Linear. */
GArray *mg_base64_spans(const char *s, gsize n);
