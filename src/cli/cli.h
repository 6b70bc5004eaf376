/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <sysexits.h>

#include "base/store_client.h"
#include "config/config.h"

/*
 * cli: mugai, the administrator's command
 *
 * A command is a row of the table in main.c. It gets its own arguments, argv[0] being its name, and returns the exit
 * status: EX_OK, or one of sysexits.h after one line on standard error that says what to do.
 */
typedef struct MgCommand {
        const char *name;
        const char *parameters; /* what stands after the name in a usage line */
        const char *summary;
        int (*run)(const struct MgCommand *command, int argc, char **argv);
} MgCommand;

int mg_command_sanitize(const MgCommand *command, int argc, char **argv);
int mg_command_list(const MgCommand *command, int argc, char **argv);
int mg_command_show(const MgCommand *command, int argc, char **argv);
int mg_command_get(const MgCommand *command, int argc, char **argv);
int mg_command_text(const MgCommand *command, int argc, char **argv);
int mg_command_search(const MgCommand *command, int argc, char **argv);
int mg_command_trace(const MgCommand *command, int argc, char **argv);
int mg_command_request(const MgCommand *command, int argc, char **argv);
int mg_command_requests(const MgCommand *command, int argc, char **argv);
int mg_command_hold(const MgCommand *command, int argc, char **argv);
int mg_command_user(const MgCommand *command, int argc, char **argv);
int mg_command_key(const MgCommand *command, int argc, char **argv);
int mg_command_audit(const MgCommand *command, int argc, char **argv);
int mg_command_backup(const MgCommand *command, int argc, char **argv);
int mg_command_restore(const MgCommand *command, int argc, char **argv);
int mg_command_verify_store(const MgCommand *command, int argc, char **argv);
int mg_command_report(const MgCommand *command, int argc, char **argv);
int mg_command_rules(const MgCommand *command, int argc, char **argv);
int mg_command_status(const MgCommand *command, int argc, char **argv);
int mg_command_selftest(const MgCommand *command, int argc, char **argv);
int mg_command_check(const MgCommand *command, int argc, char **argv);
int mg_command_doctor(const MgCommand *command, int argc, char **argv);
int mg_command_setup(const MgCommand *command, int argc, char **argv);

/*
 * Reads options by entries (GOption); --help prints and ends the program. What is left are the operands: between min
 * and max of them (max < 0: no bound), NULL-terminated, owned by the caller. NULL after one line on standard error
 * (EX_USAGE).
 */
char **mg_cli_parse(const MgCommand *command, const GOptionEntry *entries, int argc, char **argv, int min, int max);

/* "mugai: ..." on standard error, always one line. Returns code, so that a command can return it. */
int mg_cli_fail(int code, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The same for an error of MG_ERROR: message and exit status by its code. Takes the error. */
int mg_cli_fail_error(const char *what, GError *error);
/* The same where a role could not be asked: says that it may not be running. */
int mg_cli_fail_role(const MgConfig *config, const char *role, GError *error);

/*
 * The configuration of file, or of /etc/mugai/mugai.conf where file is NULL and that exists, or the built-in defaults.
 * NULL after one line on standard error; *code is the exit status then. Without rules: a faulty rule file keeps nobody
 * from looking at mail or keys.
 */
MgConfig *mg_cli_config(const char *file, int *code);
/* The same with the rules of that file, or of policy.rules where rules is NULL: for what decides on mail. */
MgConfig *mg_cli_config_with(const char *file, const char *rules, int *code);

/* What rules look at in a mail of a record, to its recipient i: "" where it has fewer. Borrowed of both. */
MgMailFacts mg_cli_facts(const MgConfig *config, const MgRecord *record, guint i);

/* The environment variable with the bearer token that the store is asked with; --token-file sets it. */
#define MG_CLI_TOKEN "MUGAI_TOKEN"
/* The store at that socket, asked with the token, where there is one, else as the Unix user of this process. */
MgAsker mg_cli_asker(const char *socket_path);

/* The receipt that was typed, ten digits (caller frees), or NULL after one line on standard error (EX_DATAERR). */
char *mg_cli_receipt(const char *typed);

/* Writes text to standard output as it is (UTF-8 whatever the locale). */
void mg_cli_print(const char *text);
/* Flushes standard output: EX_OK, or EX_IOERR after one line. Every command that prints ends with it. */
int mg_cli_flush(void);

/*
 * A time as people write it: "2026-11-20", "2026-11-20 13:00", "2026-11-20T13:00:05" (local time), "30m", "2h", "3d",
 * "1w" (so long before now), "@1795180000" (seconds since the epoch). FALSE with MG_ERROR_USAGE.
 */
gboolean mg_cli_time(const char *text, gint64 now, gint64 *time, GError **error);
