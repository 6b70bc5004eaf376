/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "supervisor/account.h"

/*
 * folder: run_dir, state_dir and the folder of the milter's socket, made or checked, with owners and modes
 *
 * run_dir is 0750 (0751 where the milter's socket stands in it, so that Postfix may pass through), state_dir the
 * store's and 0700, the milter's folder its user's, of milter.group, 02710: what is made in it belongs to that
 * group. FALSE with MG_ERROR_CONFIG where one that is there can be written by others, belongs to somebody else or
 * is a symbolic link.
 */
gboolean mg_folders_make(const MgConfig *config, const MgAccounts *accounts, GError **error);

/* Opens run_dir/mugaid.lock and locks it; the lock holds as long as any process has the descriptor, so also while roles
 * of an earlier mugaid, which was killed, still end. -1 with error; MG_ERROR_TIMEOUT: somebody else has it. */
int mg_folder_lock(const MgConfig *config, GError **error);

/* Listens on run_dir/name, mode 0660, of the group. -1 with error. */
int mg_folder_listen(const MgConfig *config, const MgAccounts *accounts, const char *name, GError **error);
/* The stream socket of console.socket; a unix one belongs to the group that may connect. */
int mg_folder_listen_console(const MgConfig *config, const MgAccounts *accounts, GError **error);
