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
        [KEY_OTHER] = {MG_PAIR_P256, "other.crt"},
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

static GPtrArray *certificates_of(const char *const *texts) {
        GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)mg_certificate_free);

        for (guint i = 0; texts[i]; i++) {
                g_autofree char *fault = NULL;
                MgCertificate *certificate = mg_certificate_parse("test", texts[i], strlen(texts[i]), &fault);

                g_assert_cmpstr(fault, ==, NULL);
                g_ptr_array_add(all, certificate);
        }
        return all;
}

GPtrArray *key_certificates(void) {
        const char *const texts[] = {key_pair(KEY_ORGANIZATION)->certificate, key_pair(KEY_ESCROW)->certificate, NULL};

        return certificates_of(texts);
}

static MgSeal *seal_to(const char *const *texts) {
        g_autoptr(GPtrArray) certificates = certificates_of(texts);
        g_autoptr(GError) error = NULL;
        MgSeal *seal = mg_seal_new(certificates, &error);

        g_assert_no_error(error);
        return seal;
}

MgSeal *key_seal(void) {
        const char *const texts[] = {key_pair(KEY_ORGANIZATION)->certificate, key_pair(KEY_ESCROW)->certificate, NULL};

        return seal_to(texts);
}

MgSeal *key_seal_of_two(void) {
        const char *const texts[] = {key_pair(KEY_ORGANIZATION)->certificate, key_pair(KEY_OTHER)->certificate,
                                     key_pair(KEY_ESCROW)->certificate, NULL};

        return seal_to(texts);
}

static void write_one(const char *dir, KeyOf who) {
        g_autofree char *path = g_build_filename(dir, rows[who].file, NULL);

        g_assert_true(g_file_set_contents(path, key_pair(who)->certificate, -1, NULL));
}

void keys_write(const char *dir) {
        write_one(dir, KEY_ORGANIZATION);
        write_one(dir, KEY_ESCROW);
}

void keys_write_other(const char *dir) {
        write_one(dir, KEY_OTHER);
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
        const char *const texts[] = {organization, escrow, NULL};

        return organization && escrow ? seal_to(texts) : NULL;
}
