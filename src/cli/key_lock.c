/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai key unlock, lock, list: keys in the release role, and which are configured.
 * A passphrase goes from the terminal through a pipe to that role and nowhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/release_client.h"
#include "cli/key.h"
#include "cli/passphrase.h"
#include "config/certificate.h"
#include "key/open.h"

static char *clock_of(gint64 seconds) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);

        return g_date_time_format(time, "%Y-%m-%d %H:%M:%S");
}

static char *date_of(gint64 seconds) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);

        return g_date_time_format(time, "%Y-%m-%d");
}

/* "organization", "organization city" or "escrow". */
static char *use_of(const MgCertificate *certificate) {
        const char *name = certificate->organization;

        if (name == NULL)
                return g_strdup("escrow");
        return g_strconcat("organization", *name != '\0' ? " " : "", name, NULL);
}

static const MgCertificate *certificate_of(const MgConfig *config, const guint8 digest[32]) {
        for (guint i = 0; i < config->sealing->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(config->sealing, i);
                if (memcmp(certificate->key_digest, digest, sizeof certificate->key_digest) == 0)
                        return certificate;
        }
        return NULL;
}

/* What is unlocked, a line each. */
static void print_unlocked(const MgConfig *config, const GArray *unlocked) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < unlocked->len; i++) {
                const MgUnlockedKey *key = &g_array_index(unlocked, MgUnlockedKey, i);
                const MgCertificate *certificate = certificate_of(config, key->digest);
                g_autofree char *id = mg_key_id(key->digest);
                g_autofree char *until = clock_of(key->until);
                g_autofree char *use =
                        certificate != NULL ? use_of(certificate) : g_strdup("of no configured certificate");

                g_string_append_printf(text, "%s  unlocked until %s  %s\n", id, until, use);
        }
        if (unlocked->len == 0)
                g_string_append(text, "no key is unlocked\n");
        mg_cli_print(text->str);
}

static MgConfig *release_config(const MgKeyOptions *options, int *code) {
        g_autoptr(MgConfig) config = mg_cli_config(options->config, code);

        if (config == NULL || config->release)
                return g_steal_pointer(&config);
        *code = mg_cli_fail(EX_CONFIG,
                            "release.enabled is no: keys are unlocked into the release role, which is not on");
        return NULL;
}

static int show_answer(const MgConfig *config, GArray *answer, GError *error) {
        g_autoptr(GArray) unlocked = answer;

        if (unlocked == NULL)
                return mg_cli_fail_role(config, "mugai-release", error);
        print_unlocked(config, unlocked);
        return mg_cli_flush();
}

static GArray *unlock_by(const MgKeyOptions *options, const MgAsker *asker, GBytes *file, GError **error) {
        char *passphrase = mg_passphrase_read("passphrase of the key", options->passphrase_fd, error);
        GArray *unlocked;
        gsize n;
        const char *pem = g_bytes_get_data(file, &n);

        if (passphrase == NULL)
                return NULL;
        unlocked = mg_release_unlock(asker, (guint)options->minutes, pem, n, passphrase, error);
        mg_passphrase_free(passphrase);
        return unlocked;
}

int mg_key_unlock(const MgKeyOptions *options) {
        const char *path = options->operands[1];
        GError *error = NULL;
        int code = EX_OK;

        if (path == NULL)
                return mg_cli_fail(EX_USAGE, "name the file of the private key: mugai key unlock FILE");
        if (options->minutes < 0 || options->minutes > MG_UNLOCK_MINUTES_MAX)
                return mg_cli_fail(EX_USAGE, "--minutes is %d; it should be from 1 to %d", options->minutes,
                                   MG_UNLOCK_MINUTES_MAX);
        g_autoptr(MgConfig) config = release_config(options, &code);
        if (config == NULL)
                return code;
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return mg_cli_fail(EX_NOINPUT, "%s: %s", path, g_strerror(errno));
        g_autoptr(GBytes) file = mg_fd_map(fd, 0, MG_KEY_FILE_MAX, &error);
        if (file == NULL)
                return mg_cli_fail_error(path, error);
        mg_opener_guard();
        g_autofree char *socket = mg_config_socket(config, "release.sock");
        const MgAsker asker = mg_cli_asker(socket);
        GArray *unlocked = unlock_by(options, &asker, file, &error);
        return show_answer(config, unlocked, error);
}

int mg_key_lock(const MgKeyOptions *options) {
        const char *id = options->operands[1] != NULL ? options->operands[1] : "";
        GError *error = NULL;
        int code = EX_OK;
        g_autoptr(MgConfig) config = release_config(options, &code);

        if (config == NULL)
                return code;
        if (strlen(id) > MG_KEY_ID_CHARS || strspn(id, "0123456789abcdef") != strlen(id))
                return mg_cli_fail(EX_USAGE, "\"%s\" is no id of a key; mugai key list has them", id);
        g_autofree char *socket = mg_config_socket(config, "release.sock");
        const MgAsker asker = mg_cli_asker(socket);
        GArray *unlocked = mg_release_lock(&asker, id, &error);
        return show_answer(config, unlocked, error);
}

/* --- list --------------------------------------------------------------------------------------------------------- */

/* What the role has, or NULL where there is none or it cannot be asked. */
static GArray *ask_unlocked(const MgConfig *config) {
        g_autofree char *socket = mg_config_socket(config, "release.sock");
        const MgAsker asker = mg_cli_asker(socket);

        return config->release ? mg_release_keys(&asker, NULL) : NULL;
}

static const MgUnlockedKey *find_unlocked(const GArray *unlocked, const guint8 digest[32]) {
        for (guint i = 0; unlocked != NULL && i < unlocked->len; i++) {
                const MgUnlockedKey *key = &g_array_index(unlocked, MgUnlockedKey, i);
                if (memcmp(key->digest, digest, sizeof key->digest) == 0)
                        return key;
        }
        return NULL;
}

static char *lock_text(const MgConfig *config, const GArray *unlocked, const guint8 digest[32]) {
        const MgUnlockedKey *key = find_unlocked(unlocked, digest);
        g_autofree char *until = key != NULL ? clock_of(key->until) : NULL;

        if (!config->release)
                return g_strdup("");
        if (unlocked == NULL)
                return g_strdup("  (mugai-release cannot be asked whether it is locked)");
        return until != NULL ? g_strdup_printf("  UNLOCKED until %s", until) : g_strdup("  locked");
}

static void add_certificate(GString *text, const MgConfig *config, const MgCertificate *certificate,
                            const GArray *unlocked) {
        g_autofree char *date = date_of(certificate->not_after);
        g_autofree char *use = use_of(certificate);
        g_autofree char *worry = mg_certificate_worry(certificate, g_get_real_time() / G_USEC_PER_SEC);
        g_autofree char *id = mg_key_id(certificate->key_digest);
        g_autofree char *lock = lock_text(config, unlocked, certificate->key_digest);

        g_string_append_printf(text, "%-12s  %-8s  until %s  %s\n              SHA-256 %s\n              key %s%s\n",
                               use, certificate->kind, date, certificate->path, certificate->fingerprint, id, lock);
        if (worry != NULL)
                g_string_append_printf(text, "              WARNING: %s\n", worry);
}

/* Keys of earlier certificates: originals of then are opened by them. */
static void add_earlier(GString *text, const MgConfig *config, const GArray *unlocked) {
        for (guint i = 0; unlocked != NULL && i < unlocked->len; i++) {
                const MgUnlockedKey *key = &g_array_index(unlocked, MgUnlockedKey, i);
                if (certificate_of(config, key->digest) != NULL)
                        continue;
                g_autofree char *id = mg_key_id(key->digest);
                g_autofree char *until = clock_of(key->until);
                g_string_append_printf(text, "earlier       key %s  UNLOCKED until %s\n", id, until);
        }
}

static char *list_text(const MgConfig *config, const GArray *unlocked) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < config->sealing->len; i++)
                add_certificate(text, config, g_ptr_array_index(config->sealing, i), unlocked);
        if (config->sealing->len == 0)
                g_string_append(text,
                                "no keys are configured: originals are NOT sealed, and who reads the disk reads them\n"
                                "mugai key init DIR makes them; store.seal_to and store.escrow name them\n");
        add_earlier(text, config, unlocked);
        return g_string_free(text, FALSE);
}

static json_t *unlocked_json(const GArray *unlocked) {
        json_t *all = unlocked != NULL ? json_array() : json_null();

        for (guint i = 0; unlocked != NULL && i < unlocked->len; i++) {
                const MgUnlockedKey *key = &g_array_index(unlocked, MgUnlockedKey, i);
                g_autofree char *id = mg_key_id(key->digest);
                json_array_append_new(all, json_pack("{s:s,s:I}", "id", id, "until", (json_int_t)key->until));
        }
        return all;
}

static char *list_json(const MgConfig *config, const GArray *unlocked) {
        json_t *root = json_object(), *keys = json_array();

        for (guint i = 0; i < config->sealing->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(config->sealing, i);
                g_autofree char *id = mg_key_id(certificate->key_digest);

                json_array_append_new(keys,
                                      json_pack("{s:s,s:s?,s:s,s:I,s:s,s:s,s:s}", "use",
                                                certificate->organization != NULL ? "organization" : "escrow",
                                                "organization", certificate->organization, "kind", certificate->kind,
                                                "not_after", (json_int_t)certificate->not_after, "fingerprint",
                                                certificate->fingerprint, "path", certificate->path, "id", id));
        }
        json_object_set_new(root, "sealing", json_boolean(config->sealing->len > 0));
        json_object_set_new(root, "keys", keys);
        json_object_set_new(root, "unlocked", unlocked_json(unlocked));
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

int mg_key_list(const MgKeyOptions *options) {
        int code = EX_OK;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        g_autoptr(GArray) unlocked = ask_unlocked(config);
        g_autofree char *text = options->json ? list_json(config, unlocked) : list_text(config, unlocked);
        mg_cli_print(text);
        return mg_cli_flush();
}
