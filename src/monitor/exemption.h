/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"

/* So many days before its last one an exemption is said to end soon. */
#define MG_EXEMPTION_SOON_DAYS 30

/*
 * exemption: how many exemptions of the rules hold, end soon and are over, and seconds until the last day of the
 * first that ends; a day is one of Japan Standard Time
 */
void mg_exemption_figures(const MgPolicy *policy, gint64 now, GArray *figures);
