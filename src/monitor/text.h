/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* text: figures as Prometheus' text format 0.0.4, by the table; what the table does not know is left out. Caller frees. */
char *mg_text_of_figures(const GArray *figures);
