/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/*
 * role: what the main() of every role program begins with
 *
 * Options: --config FILE, --help, --version. Opens the log as the configuration says and ignores SIGPIPE.
 */

/*
 * The loaded configuration, or NULL with *status set to what main() returns: 0 after --help and --version,
 * EX_USAGE (64), EX_CONFIG (78). summary is one sentence for --help. The argument vector must outlive the
 * process's use of the program name.
 */
MgConfig *mg_role_start(int argc, char **argv, const char *name, const char *summary, int *status);

/* Loads the configuration again from where it came from. NULL, with a log line that says why, leaves the caller
 * with what it has. */
MgConfig *mg_role_reload(const MgConfig *config);

/* SIGTERM and SIGINT as a readable descriptor, blocked as signals, for a role that was started by hand; -1 with
 * error. Call before threads start. */
int mg_role_signals(GError **error);
