/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs of tests. Made when they are first asked for: the rounds of a passphrase take their time. */
#include "keys.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "config/certificate.h"

static MgPair pairs[_KEY_N];
static MgOpener *openers[_KEY_N];

static const struct {
        MgPairKind kind;
        const char *file;
} rows[_KEY_N] = {
        [KEY_ORGANIZATION] = {MG_PAIR_P256, "organization.crt"},
        [KEY_ESCROW] = {MG_PAIR_RSA, "escrow.crt"},
        [KEY_STRANGER] = {MG_PAIR_P256, NULL},
        [KEY_RSA_STRANGER] = {MG_PAIR_RSA, NULL},
};

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

const MgPair *key_pair(KeyOf who) {
        g_autoptr(GError) error = NULL;

        if (!pairs[who].key)
                mg_pair_make(&pairs[who], rows[who].kind, "test", now(), 30, KEY_PASSPHRASE, &error);
        g_assert_no_error(error);
        return &pairs[who];
}

static int passphrase(char *buffer, int size, int writing, void *data) {
        return (int)g_strlcpy(buffer, KEY_PASSPHRASE, (gsize)size);
}

const MgOpener *key_opener(KeyOf who) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;
        int fd;

        if (openers[who])
                return openers[who];
        fd = g_file_open_tmp("mugai-key-XXXXXX", &path, &error);
        g_assert_no_error(error);
        close(fd);
        g_assert_true(g_file_set_contents(path, key_pair(who)->key, -1, NULL));
        openers[who] = mg_opener_read(path, passphrase, NULL, &error);
        g_remove(path);
        g_assert_no_error(error);
        return openers[who];
}

static GPtrArray *certificates_of(const char *organization, const char *escrow) {
        GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)mg_certificate_free);
        const char *const texts[] = {organization, escrow};

        for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autofree char *fault = NULL;
                MgCertificate *certificate = mg_certificate_parse("test", texts[i], strlen(texts[i]), now(), &fault);

                g_assert_cmpstr(fault, ==, NULL);
                g_ptr_array_add(all, certificate);
        }
        return all;
}

GPtrArray *key_certificates(void) {
        return certificates_of(key_pair(KEY_ORGANIZATION)->certificate, key_pair(KEY_ESCROW)->certificate);
}

static MgSeal *seal_to(GPtrArray *certificates) {
        g_autoptr(GPtrArray) owned = certificates;
        g_autoptr(GError) error = NULL;
        MgSeal *seal = mg_seal_new(owned, &error);

        g_assert_no_error(error);
        return seal;
}

MgSeal *key_seal(void) {
        return seal_to(key_certificates());
}

void keys_write(const char *dir) {
        for (guint i = 0; i <= KEY_ESCROW; i++) {
                g_autofree char *path = g_build_filename(dir, rows[i].file, NULL);

                g_assert_true(g_file_set_contents(path, key_pair(i)->certificate, -1, NULL));
        }
}

static char *text_in(const char *dir, const char *name) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        char *text = NULL;

        g_file_get_contents(path, &text, NULL, NULL);
        return text;
}

MgSeal *keys_seal_of(const char *dir) {
        g_autofree char *organization = text_in(dir, rows[KEY_ORGANIZATION].file);
        g_autofree char *escrow = text_in(dir, rows[KEY_ESCROW].file);

        return organization && escrow ? seal_to(certificates_of(organization, escrow)) : NULL;
}
