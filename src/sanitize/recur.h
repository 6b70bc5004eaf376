/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* recur: "FREQ=WEEKLY;BYDAY=MO" -> "毎週 月 / every week: Mon". Rules that are not so simple: "くり返しあり / repeats". */
void mg_recur_append(GString *out, const char *rule);
