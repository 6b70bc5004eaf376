/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/findings.h"
#include "config/config.h"

/* Scanner: what check says of clamd. */

/* Where Debian keeps clamd's own configuration. */
#define MG_SCANNER_CONF "/etc/clamav/clamd.conf"

/* Rules that ask for a verdict where there is none. The configuration is one with its rules. */
void mg_scanner_check_rules(const MgConfig *config, GArray *findings);

/*
 * Asks the scanner of the configuration, hands it two memory files of our own, and looks into clamd's configuration where that
 * is the one of this socket. Waits for each answer, some seconds at most.
 */
void mg_scanner_check(const MgConfig *config, const char *clamd_conf, GArray *findings);

/* From what VERSION answers: when its signatures were made, seconds since the epoch; 0 where it does not say. */
gint64 mg_scanner_signed(const char *version);
