/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt(3). Knows no person, and does not count who fails.
 */
#include "store/password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "mugai/person.h"

#define PREFIX "$y$"
/* Beside the one whose turn it is. */
#define WAITING_MAX 8
/* Checked where there is no hash, so that it takes as long. No password has it: its hash is cut. */
#define NOBODY "$y$j9T$zT3cZ1gXGqG5yVn5dYpqO0$"

struct MgPasswords {
        GMutex turn;
        atomic_uint waiting;
};

MgPasswords *mg_passwords_new(void) {
        MgPasswords *passwords = g_new0(MgPasswords, 1);

        g_mutex_init(&passwords->turn);
        return passwords;
}

void mg_passwords_free(MgPasswords *passwords) {
        if (!passwords)
                return;
        g_mutex_clear(&passwords->turn);
        g_free(passwords);
}

char *mg_password_fault(const char *password, const char *login) {
        gsize n = strlen(password);
        glong characters = g_utf8_validate(password, (gssize)n, NULL) ? g_utf8_strlen(password, (gssize)n) : 0;

        if (n > MG_PASSWORD_MAX)
                return g_strdup_printf("the password has %" G_GSIZE_FORMAT " octets; %d are allowed", n,
                                       MG_PASSWORD_MAX);
        if (characters < MG_PASSWORD_LEAST || !mg_text_is(password, n, MG_CLASS_LINE))
                return g_strdup_printf("a password has %d characters or more, without controls; four words do well",
                                       MG_PASSWORD_LEAST);
        return strstr(password, login) && n < strlen(login) + MG_PASSWORD_LEAST
                       ? g_strdup("the password is little more than the login")
                       : NULL;
}

gboolean mg_passwords_enter(MgPasswords *passwords, GError **error) {
        if (atomic_fetch_add(&passwords->waiting, 1) <= WAITING_MAX)
                return TRUE;
        mg_passwords_leave(passwords);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_TIMEOUT,
                            "many passwords are being looked at; try again in a moment");
        return FALSE;
}

void mg_passwords_leave(MgPasswords *passwords) {
        atomic_fetch_sub(&passwords->waiting, 1);
}

/* The hash of a password with those settings; NULL where they are none. */
static char *hash_with(MgPasswords *passwords, const char *password, const char *settings, GError **error) {
        struct crypt_data *data = g_new0(struct crypt_data, 1);
        char *hash;

        g_mutex_lock(&passwords->turn);
        hash = g_strdup(crypt_rn(password, settings, data, sizeof *data));
        g_mutex_unlock(&passwords->turn);
        explicit_bzero(data, sizeof *data);
        g_free(data);
        if (!hash)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "a password cannot be hashed");
        return hash;
}

char *mg_passwords_hash(MgPasswords *passwords, const char *password, GError **error) {
        char settings[CRYPT_GENSALT_OUTPUT_SIZE];

        if (crypt_gensalt_rn(PREFIX, 0, NULL, 0, settings, sizeof settings))
                return hash_with(passwords, password, settings, error);
        g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "crypt(3) of this machine has no yescrypt");
        return NULL;
}

gboolean mg_passwords_check(MgPasswords *passwords, const char *password, const char *hash, gboolean *right,
                            GError **error) {
        g_autofree char *found = hash_with(passwords, password, hash ? hash : NOBODY, error);

        *right = FALSE;
        if (!found)
                return FALSE;
        *right = hash && strlen(found) == strlen(hash) && CRYPTO_memcmp(found, hash, strlen(hash)) == 0;
        return TRUE;
}
