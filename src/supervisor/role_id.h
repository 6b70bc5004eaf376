/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* In the order in which they start. Each of the first three needs the ones before it; the last three run only where they are configured. */
typedef enum MgRoleId {
        MG_ROLE_STORE,
        MG_ROLE_SANITIZE,
        MG_ROLE_MILTER,
        MG_ROLE_RELEASE,
        MG_ROLE_CONSOLE,
        MG_ROLE_MONITOR,
        _MG_ROLE_N,
} MgRoleId;
