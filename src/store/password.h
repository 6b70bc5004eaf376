/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Password: hashing by crypt(3) with yescrypt
 *
 * A hash takes some 16 MB and 20 ms on purpose. One is computed at a time, and only a few wait: who floods the store with
 * passwords takes neither its memory nor the threads that mail needs.
 */
typedef struct MgPasswords MgPasswords;

MgPasswords *mg_passwords_new(void);
void mg_passwords_free(MgPasswords *passwords);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPasswords, mg_passwords_free)

/* What is wrong with a password that somebody wants to have, or NULL. Caller frees. */
char *mg_password_fault(const char *password, const char *login);
/* Whoever has entered may hash and check until he leaves. TIMEOUT where too many have. */
gboolean mg_passwords_enter(MgPasswords *passwords, GError **error);
void mg_passwords_leave(MgPasswords *passwords);
/* The hash with its settings, "$y$...". Caller frees. */
char *mg_passwords_hash(MgPasswords *passwords, const char *password, GError **error);
/* Whether the password is that of hash, compared in constant time. hash NULL: never, after as long. */
gboolean mg_passwords_check(MgPasswords *passwords, const char *password, const char *hash, gboolean *right,
                            GError **error);
