/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"
#include "mugai/job.h"

/* The form by which parts of this mail are asked for (console/ask.c). */
void mg_ask_form(MgVisit *visit, const MgRecord *record);
/* The form by which its text is read again (console/text.c). */
void mg_text_form(MgVisit *visit, const char *receipt);
