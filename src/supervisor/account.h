/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"
#include "supervisor/role_id.h"

/* account: the users and groups of a configuration, looked up once at the start */
#define MG_NO_GID ((gid_t)-1)

typedef struct MgAccount {
        uid_t uid;
        gid_t gid;
} MgAccount;

typedef struct MgAccounts {
        gboolean root;              /* started as root: roles change to their users */
        guint n;                    /* roles that run */
        MgRoleId id[_MG_ROLE_N];    /* which ones, in their order: the first three are always there */
        MgAccount role[_MG_ROLE_N]; /* of these; the own one where not root */
        gid_t group;                /* user.group, or MG_NO_GID where it is not there and we are not root */
        gid_t milter_group;         /* milter.group likewise; MG_NO_GID for "" and for inet sockets */
        gid_t console_group;        /* console.group likewise */
} MgAccounts;

/* FALSE with MG_ERROR_CONFIG where, as root, one is missing, is root, or is shared by two roles. */
gboolean mg_accounts_find(const MgConfig *config, gboolean root, MgAccounts *accounts, GError **error);
