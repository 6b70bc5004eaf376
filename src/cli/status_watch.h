/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/* Between two looks where nobody says how long, and at most. */
#define MG_STATUS_WATCH_SECONDS 2
#define MG_STATUS_WATCH_MOST 3600

/* Shows the figures every so many seconds until SIGINT or SIGTERM: EX_OK; or until nobody reads them any more. */
int mg_status_watch(const MgConfig *config, guint seconds);
/* "up=5/5 mails_now=0 ...", without an end of line. Caller frees. */
char *mg_status_line(const GArray *figures);
