/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"
#include "mugai/person.h"

/* user: the commands below `mugai user`, and what they share. */
int mg_user_add(const MgCommand *command, int argc, char **argv);
int mg_user_change(const MgCommand *command, int argc, char **argv);
int mg_user_disable(const MgCommand *command, int argc, char **argv);
int mg_user_enable(const MgCommand *command, int argc, char **argv);
int mg_user_list(const MgCommand *command, int argc, char **argv);
int mg_user_show(const MgCommand *command, int argc, char **argv);
int mg_user_token(const MgCommand *command, int argc, char **argv);
int mg_user_password(const MgCommand *command, int argc, char **argv);
int mg_user_totp(const MgCommand *command, int argc, char **argv);
int mg_user_import(const MgCommand *command, int argc, char **argv);

/* The store of a configuration; EX_OK, or a status after one line on standard error. */
typedef struct MgUserStore {
        MgConfig *config;
        char *socket_path;
        MgAsker asker;
} MgUserStore;
int mg_user_store(const char *config_file, MgUserStore *store);
void mg_user_store_clear(MgUserStore *store);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgUserStore, mg_user_store_clear)
int mg_user_fail(const MgUserStore *store, GError *error);

/*
 * The end of a person: "2027-03-31" is the end of that day, local time; anything else is as mg_cli_time() says. "" and "never" are 0.
 * FALSE with USAGE.
 */
gboolean mg_user_until(const char *text, gint64 *until, GError **error);
/* The last day before a time, "2027-03-31". Caller frees. */
char *mg_user_day(gint64 until);
