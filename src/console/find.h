/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"

/* The form for a receipt number, as it stands on several pages. */
void mg_find_receipt_form(MgPage *page, const char *typed, gboolean first);
