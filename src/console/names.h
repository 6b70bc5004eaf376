/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/figures_client.h"
#include "mugai/job.h"
#include "mugai/request.h"

/* Names: what outcomes, kinds, states and duties are called, in both languages (console/words.h). Static. */
const char *mg_name_outcome(gboolean english, MgOutcome outcome);
const char *mg_name_part(gboolean english, MgPartKind kind);
const char *mg_name_state(gboolean english, MgRequestState state);
const char *mg_name_duty(gboolean english, guint32 duty); /* one bit */
/* What a scanner said of an original; "" where none looked. Caller frees. */
char *mg_name_scan(gboolean english, const MgScan *scan);
/* Of a media type, as a file's content has it. */
const char *mg_name_type(gboolean english, const char *mime);
/* Of a figure of the month, by what is counted: an outcome, a reason, a type. Caller frees. */
char *mg_name_count(gboolean english, MgCount count, const char *name);
/* Of a figure of a role (base/control.h). Caller frees. */
char *mg_name_figure(gboolean english, const char *name);
/* "officer, staff". Caller frees. */
char *mg_name_duties(gboolean english, guint32 duties);
