/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * supervisor: binds the sockets of the roles, starts store, sanitize, milter and, where it is configured, release as programs
 * of their own, starts one that died again, hands on reload and drain, answers the administrator's command on control.sock
 *
 * SIGTERM, SIGINT: drain, then end. SIGHUP: reload. Signals never go to the roles but SIGKILL where one does not
 * end in time.
 *
 * With units, roles are services of their own, started and restarted by a service manager. They connect to
 * run_dir/role.sock, where each is known by its user; what is left to the supervisor is reload, drain, figures, and asking
 * each role for its figures every MG_SUPERVISOR_LOOK_MS, at which the role tells the manager's watchdog that it is well. Folders
 * are the manager's as well, and it hands over the sockets "control" and "role".
 */
typedef struct MgSupervisorOptions {
        const char *config_path;
        gboolean units;
        const char *program_dir; /* of mugai-store, mugai-sanitize, mugai-milter, mugai-release */
        guint ready_ms;          /* for a role to say that it serves; then it is killed and started again */
        guint drain_ms;          /* for all roles to end; five sixths of it are for milter and release */
} MgSupervisorOptions;

#define MG_SUPERVISOR_READY_MS 30000
#define MG_SUPERVISOR_DRAIN_MS 60000
/* A sixth of WatchdogSec= in the units of the roles. */
#define MG_SUPERVISOR_LOOK_MS 10000

/*
 * Runs until it is told to end. The exit code of the program: 0; 78 (EX_CONFIG) where configuration, users or
 * folders are not as they should be, nothing being started then; 71 (EX_OSERR); 69 (EX_UNAVAILABLE) where another
 * one runs on the same run_dir. Uses standard error, signal masks, umask and standard input of the process.
 */
int mg_supervisor_run(const MgSupervisorOptions *options);

/* Loads the configuration and, as root, looks the users up: 0 or 78, with one line on standard error. */
int mg_supervisor_check(const char *config_path);
