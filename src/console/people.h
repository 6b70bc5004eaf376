/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"

/* People: what pages about persons share */

/* What is known of one. */
void mg_people_facts(MgPage *page, const MgPerson *person);
/* Makes a second factor and shows it, once; back is where the page leads to then. A whole reply. */
void mg_people_make_totp(MgVisit *visit, const char *login, const char *back);
