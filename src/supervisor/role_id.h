/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* In the order in which they start: each needs the ones before it. */
typedef enum MgRoleId {
        MG_ROLE_STORE,
        MG_ROLE_SANITIZE,
        MG_ROLE_MILTER,
        _MG_ROLE_N,
} MgRoleId;
