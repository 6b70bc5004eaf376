/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/findings.h"
#include "config/config.h"

/* What is wrong with this host and the running gateway: all of check but Postfix. clamd_conf is the scanner's configuration. */
void mg_check_host(const MgConfig *config, const char *clamd_conf, GArray *findings);
