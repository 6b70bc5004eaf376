/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"

/* mugai key: what its acts share. Each returns the exit status. */
typedef struct MgKeyOptions {
        char *config;
        char *organization;
        gboolean rsa;
        gboolean escrow;
        gboolean json;
        int minutes;
        int passphrase_fd;
        char **operands; /* the act first */
} MgKeyOptions;

/* Where a new pair of keys goes. */
typedef struct MgKeyFolders {
        const char *organization; /* its private key */
        const char *escrow;       /* its private key */
        const char *certificates; /* both */
} MgKeyFolders;

/* key_make.c */
/* As init does it, with a folder of their own for each: P-256, passphrases by the terminal or a line each of a
 * descriptor. EX_OK, or a status after one line on standard error. */
int mg_key_make(const MgKeyFolders *folders, int passphrase_fd);
int mg_key_init(const MgKeyOptions *options);
int mg_key_rotate(const MgKeyOptions *options);
/* key_lock.c */
int mg_key_unlock(const MgKeyOptions *options);
int mg_key_lock(const MgKeyOptions *options);
int mg_key_list(const MgKeyOptions *options);
