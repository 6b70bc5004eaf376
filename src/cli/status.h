/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/* The figures of all roles as mugaid gives them, an array of MgFigure; NULL with error where it cannot be asked. */
GArray *mg_status_figures(const MgConfig *config, GError **error);
/* A table for people, one line a figure, roles together; sizes and times readable. Caller frees. */
char *mg_status_text(const GArray *figures);
/* {"role": {"name": value}}; a newline at the end. Caller frees. */
char *mg_status_json(const GArray *figures);
