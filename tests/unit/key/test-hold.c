/* SPDX-License-Identifier: Apache-2.0 */
/* Held keys: which files are taken, where the key is while it is held, and that it is nowhere afterwards. */
#include "key/hold.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "config/certificate.h"
#include "key/pair.h"

#define PASSPHRASE "正しい馬 battery staple"

static gint64 now(void) {
        return g_get_real_time() / G_USEC_PER_SEC;
}

static void make(MgPair *pair, MgPairKind kind) {
        g_autoptr(GError) error = NULL;

        g_assert_true(mg_pair_make(pair, kind, "test", now(), 10, PASSPHRASE, &error));
        g_assert_no_error(error);
}

static void test_digest(void) {
        for (guint kind = MG_PAIR_P256; kind <= MG_PAIR_RSA; kind++) {
                g_auto(MgPair) pair = {0};
                g_autoptr(GError) error = NULL;
                g_autofree char *fault = NULL;

                make(&pair, kind);
                g_autoptr(MgCertificate) certificate =
                        mg_certificate_parse("x", pair.certificate, strlen(pair.certificate), &fault);
                g_autoptr(MgHeldKey) key = mg_held_key_take(pair.key, strlen(pair.key), PASSPHRASE, &error);

                g_assert_no_error(error);
                g_assert_cmpmem(mg_held_key_digest(key), 32, certificate->key_digest, 32);
                for (guint i = 0; i < 2; i++) {
                        g_autoptr(MgOpener) opener = mg_held_key_opener(key, &error);

                        g_assert_no_error(error);
                        g_assert_nonnull(opener);
                }
        }
}

/* PKCS#8 that openssl made: not encrypted; encrypted with more rounds than anybody waits for; by scrypt. */
static void run(const char *command, char **out) {
        g_autoptr(GError) error = NULL;
        int status = 0;

        g_assert_true(g_spawn_command_line_sync(command, out, NULL, &status, &error));
        g_assert_cmpint(status, ==, 0);
}

static void test_refused(void) {
        static const struct {
                const char *command;
                int code;
                const char *words;
        } rows[] = {
                {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", MG_ERROR_USAGE,
                 "no encrypted private key"},
                {"sh -c 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | "
                 "openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 6000000 -passout pass:x'",
                 MG_ERROR_USAGE, "at most 5000000 rounds"},
                {"sh -c 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkcs8 -topk8 -scrypt "
                 "-passout pass:x'",
                 MG_ERROR_USAGE, "not used here"},
                {"sh -c 'openssl genpkey -algorithm X25519 | openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:x'",
                 MG_ERROR_USAGE, "another kind"},
                {"echo", MG_ERROR_USAGE, "no encrypted private key"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *pem = NULL;

                run(rows[i].command, &pem);
                g_test_message("%s", rows[i].command);
                g_assert_null(mg_held_key_take(pem, strlen(pem), "x", &error));
                g_assert_error(error, MG_ERROR, rows[i].code);
                g_assert_nonnull(strstr(error->message, rows[i].words));
        }
}

static void test_passphrase(void) {
        g_auto(MgPair) pair = {0};
        g_autoptr(GError) error = NULL;

        make(&pair, MG_PAIR_P256);
        g_assert_null(mg_held_key_take(pair.key, strlen(pair.key), "another one", &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_clear_error(&error);
        g_assert_null(mg_held_key_take(pair.key, strlen(pair.key) / 2, PASSPHRASE, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
}

/* The flags of the mapping that holds address, as the kernel says them. */
static char *flags_of(gconstpointer address) {
        g_autofree char *text = NULL;
        gboolean inside = FALSE;
        guint64 from, to;

        g_assert_true(g_file_get_contents("/proc/self/smaps", &text, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
                if (sscanf(*line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x ", &from, &to) == 2)
                        inside = (guint64)(gsize)address >= from && (guint64)(gsize)address < to;
                if (inside && g_str_has_prefix(*line, "VmFlags:"))
                        return g_strconcat(*line, " ", NULL);
        }
        return g_strdup("");
}

/* Where the complement of these octets stands in memory of this process that can be written, or NULL. The octets
 * themselves are nowhere made, so that looking for them does not find what it looks for. */
static gconstpointer find_secret(const guint8 secret[16]) {
        g_autofree char *text = NULL;

        g_assert_true(g_file_get_contents("/proc/self/maps", &text, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
                guint64 from, to;
                char rights[5];

                if (sscanf(*line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s", &from, &to, rights) != 3 ||
                    rights[1] != 'w' || strstr(*line, "[v"))
                        continue;
                for (guint64 at = from; at + 16 <= to; at++) {
                        const guint8 *p = (const guint8 *)(gsize)at;
                        guint i = 0;

                        while (i < 16 && (p[i] ^ secret[i]) == 0xFF)
                                i++;
                        if (i == 16)
                                return p;
                }
        }
        return NULL;
}

/* Complement of octets of the private key. */
static void secret_of(const MgPair *pair, guint8 secret[16]) {
        g_autofree char *path = g_build_filename(g_get_tmp_dir(), "mugai-test-hold.key", NULL);
        g_autofree char *command =
                g_strdup_printf("openssl pkey -in %s -passin 'pass:" PASSPHRASE "' -text -noout", path);
        g_autofree char *text = NULL;
        const char *at;

        g_assert_true(g_file_set_contents(path, pair->key, -1, NULL));
        run(command, &text);
        unlink(path);
        at = strstr(text, "priv:\n") + strlen("priv:\n");
        for (guint i = 0; i < 16; i++) {
                while (!g_ascii_isxdigit(*at))
                        at++;
                secret[i] = (guint8) ~(g_ascii_xdigit_value(at[0]) * 16 + g_ascii_xdigit_value(at[1]));
                at += 2;
        }
        explicit_bzero(text, strlen(text));
}

static void test_memory(void) {
        g_auto(MgPair) pair = {0};
        g_autoptr(GError) error = NULL;
        g_autofree char *flags = NULL;
        guint8 secret[16];
        gconstpointer place;
        MgHeldKey *key;
        int status;
        pid_t child;

        make(&pair, MG_PAIR_P256);
        secret_of(&pair, secret);
        g_assert_null(find_secret(secret));
        key = mg_held_key_take(pair.key, strlen(pair.key), PASSPHRASE, &error);
        g_assert_no_error(error);
        mg_opener_free(mg_held_key_opener(key, &error));
        place = find_secret(secret);
        g_assert_nonnull(place);
        flags = flags_of(place);
        g_assert_nonnull(strstr(flags, " lo "));
        g_assert_nonnull(strstr(flags, " dd "));
        g_assert_nonnull(strstr(flags, " dc "));
        child = fork();
        if (child == 0)
                _exit(find_secret(secret) ? 1 : 0);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        mg_held_key_free(key);
        g_assert_null(find_secret(secret));
}

int main(int argc, char **argv) {
        g_assert_true(mg_hold_prepare());
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/key/hold/digest", test_digest);
        g_test_add_func("/key/hold/refused", test_refused);
        g_test_add_func("/key/hold/passphrase", test_passphrase);
#if !defined(__SANITIZE_ADDRESS__)
        g_test_add_func("/key/hold/memory", test_memory);
#endif
        return g_test_run();
}
