/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/findings.h"
#include "config/config.h"

/* The figures of all roles as mugaid gives them, an array of MgFigure; NULL with error where it cannot be asked. */
GArray *mg_status_figures(const MgConfig *config, GError **error);
/* One of them, or 0. */
gint64 mg_status_figure(const GArray *figures, const char *role, const char *name);
/* What of the figures somebody must do something about: requests that wait for a locked key for release.key_alarm or longer. */
void mg_status_check(const MgConfig *config, const GArray *figures, GArray *findings);
/* A table for people, one line a figure, roles together, sizes and times readable; then what there is to do. rows: organizations
 * (organizations.h), or NULL where the store was not asked or does not say. Caller frees. */
char *mg_status_text(const GArray *figures, const GPtrArray *rows, const GArray *findings);
/* {"role": {"name": value}, "organizations": [...], "findings": [...]}; a newline at the end. Caller frees. */
char *mg_status_json(const GArray *figures, const GPtrArray *rows, const GArray *findings);
