/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/*
 * role: what the main() of every role program begins with
 *
 * Options: --config FILE, --help, --version; --is-enabled, by which a service manager asks whether the configuration has
 * this role run; and --no-rules for those that mugai(1) starts for itself. Opens the log as the configuration says and
 * ignores SIGPIPE.
 */

/*
 * The loaded configuration, or NULL with *status set to what main() returns: 0 after --help and --version,
 * EX_USAGE (64), EX_CONFIG (78), and 0 or 1 after --is-enabled. summary is one sentence for --help. The argument vector must outlive the
 * process's use of the program name.
 */
MgConfig *mg_role_start(int argc, char **argv, const char *name, const char *summary, int *status);

/* The log as a configuration says, for program, which is borrowed. */
void mg_role_log(const char *program, const MgConfig *config);

/* Loads the configuration again from where it came from. NULL, with a log line that says why, leaves the caller
 * with what it has. */
MgConfig *mg_role_reload(const MgConfig *config);

/*
 * The role's control socket (base/control.h): inherited from the supervisor; or, where a service manager started the role,
 * a connection to run_dir/role.sock, on which a supervisor of units listens, and which knows the role by its user. -1
 * with a log line where that cannot be had: the role then serves alone, without reload and figures.
 */
int mg_role_control(const MgConfig *config);

/* SIGTERM and SIGINT as a readable descriptor, blocked as signals, for a role that was started by hand; -1 with
 * error. Call before threads start. */
int mg_role_signals(GError **error);

/* From here on this thread, and those that it starts, run where others leave the processors free: what people ask never
 * holds up a mail. There is no way back. */
void mg_role_yield(void);
