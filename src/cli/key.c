/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai key: makes key pairs, and says what is configured.
 * Changes no configuration and keeps no key: where a file goes is said, and done by a person.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/passphrase.h"
#include "config/certificate.h"
#include "key/open.h"
#include "key/pair.h"

/* Below it a passphrase is guessed, whatever a guess costs. */
#define PASSPHRASE_CHARS 12
/* Five years: longer than a server is in use, so that it is replaced with it, and check says so thirty days before. */
#define DAYS (5 * 365)

typedef struct Options {
        char *config;
        gboolean rsa;
        gboolean json;
        int passphrase_fd;
        char **operands;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* The two keys that a gateway has. */
typedef struct Part {
        const char *name; /* of its files */
        const char *prompt;
} Part;

static const Part parts[] = {{"organization", "new passphrase of the organization's key"},
                             {"escrow", "new passphrase of the escrow key"}};

/* A passphrase that was chosen just now: on a terminal it is typed twice. NULL with error. */
static char *choose_passphrase(const Part *part, int fd, const char *before, GError **error) {
        char *chosen = mg_passphrase_read(part->prompt, fd, error);
        char *again = chosen != NULL && fd < 0 ? mg_passphrase_read("once more", fd, error) : NULL;
        const char *fault = NULL;

        if (chosen == NULL || (fd < 0 && again == NULL))
                fault = "";
        else if (again != NULL && !g_str_equal(chosen, again))
                fault = "the two passphrases differ; begin again";
        else if (!g_utf8_validate(chosen, -1, NULL) || g_utf8_strlen(chosen, -1) < PASSPHRASE_CHARS)
                fault = "a passphrase has 12 characters or more; four words do well";
        else if (before != NULL && g_str_equal(chosen, before))
                fault = "the two keys have two passphrases, since two people keep them";
        mg_passphrase_free(again);
        if (fault == NULL)
                return chosen;
        if (*fault != '\0')
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "%s: %s", part->prompt, fault);
        mg_passphrase_free(chosen);
        return NULL;
}

/* O_EXCL: a key that is there may be the only one of its kind. */
static gboolean write_new(int folder, const char *name, const char *suffix, mode_t mode, const char *text,
                          GError **error) {
        g_autofree char *file = g_strconcat(name, suffix, NULL);
        mg_autofd fd = openat(folder, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

        if (fd < 0 || fchmod(fd, mode) < 0) {
                mg_error_system(error, "%s cannot be made", file);
                return FALSE;
        }
        if (mg_fd_write(fd, text, strlen(text), error) && fsync(fd) == 0)
                return TRUE;
        if (error != NULL && *error == NULL)
                mg_error_system(error, "%s cannot be made durable", file);
        unlinkat(folder, file, 0);
        return FALSE;
}

static gboolean make_part(int folder, const Part *part, MgPairKind kind, const char *passphrase, GError **error) {
        g_auto(MgPair) pair = {0};
        g_autofree char *host = g_strdup_printf("%s %.40s", part->name, g_get_host_name());
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;

        return mg_pair_make(&pair, kind, host, now, DAYS, passphrase, error) &&
               write_new(folder, part->name, ".key", 0600, pair.key, error) &&
               write_new(folder, part->name, ".crt", 0644, pair.certificate, error);
}

/* Nothing of an earlier pair: a folder with half a pair is worse than none. */
static gboolean is_free(int folder, const char *path, GError **error) {
        static const char *const suffixes[] = {".key", ".crt"};

        for (guint i = 0; i < G_N_ELEMENTS(parts) * 2; i++) {
                g_autofree char *file = g_strconcat(parts[i / 2].name, suffixes[i % 2], NULL);

                if (faccessat(folder, file, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
                        continue;
                g_set_error(
                        error, MG_ERROR, MG_ERROR_USAGE,
                        "%s/%s is there and is not overwritten: originals may be sealed to it; choose another folder",
                        path, file);
                return FALSE;
        }
        return TRUE;
}

static gboolean make_both(const Options *options, int folder, const char *path, GError **error) {
        char *passphrases[G_N_ELEMENTS(parts)] = {NULL};
        gboolean well = is_free(folder, path, error);

        for (guint i = 0; well && i < G_N_ELEMENTS(parts); i++) {
                passphrases[i] =
                        choose_passphrase(&parts[i], options->passphrase_fd, i > 0 ? passphrases[0] : NULL, error);
                well = passphrases[i] != NULL;
        }
        for (guint i = 0; well && i < G_N_ELEMENTS(parts); i++)
                well = make_part(folder, &parts[i], options->rsa ? MG_PAIR_RSA : MG_PAIR_P256, passphrases[i], error);
        for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
                mg_passphrase_free(passphrases[i]);
        if (well && fsync(folder) < 0) {
                mg_error_system(error, "%s cannot be made durable", path);
                return FALSE;
        }
        return well;
}

static void say_where(const char *path) {
        g_autofree char *text = g_strdup_printf(
                "made in %s:\n"
                "  organization.crt  certificate: to the gateway, readable for all:\n"
                "                        install -m 0644 %s/organization.crt %s/escrow.crt " MG_SYSCONF_DIR "/\n"
                "                        store { seal_to = " MG_SYSCONF_DIR "/organization.crt\n"
                "                                escrow = " MG_SYSCONF_DIR "/escrow.crt }\n"
                "  organization.key  private key: to the person who opens originals, not on the gateway\n"
                "  escrow.crt        certificate: to the gateway, as above\n"
                "  escrow.key        private key: OFFLINE, on two media in two safes, its passphrase apart from it;\n"
                "                        it opens every original when the other one is lost\n"
                "Take both .key files off this machine now. Who loses both keys has lost the originals.\n",
                path, path, path);
        mg_cli_print(text);
}

static int key_init(const Options *options) {
        const char *path = options->operands[1];
        GError *error = NULL;

        if (path == NULL)
                return mg_cli_fail(EX_USAGE, "name the folder: mugai key init DIR");
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                return mg_cli_fail(EX_CANTCREAT, "%s cannot be made: %s", path, g_strerror(errno));
        mg_autofd folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                return mg_cli_fail(EX_CANTCREAT, "%s cannot be opened: %s", path, g_strerror(errno));
        mg_opener_guard();
        if (!make_both(options, folder, path, &error))
                return mg_cli_fail_error(NULL, error);
        say_where(path);
        return mg_cli_flush();
}

static char *date_of(gint64 seconds) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);

        return g_date_time_format(time, "%Y-%m-%d");
}

static char *list_text(const MgConfig *config) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < config->sealing->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(config->sealing, i);
                g_autofree char *date = date_of(certificate->not_after);

                g_string_append_printf(text, "%-12s  %-8s  until %s  %s\n              SHA-256 %s\n", parts[i].name,
                                       certificate->kind, date, certificate->path, certificate->fingerprint);
        }
        if (config->sealing->len == 0)
                g_string_append(text,
                                "no keys are configured: originals are NOT sealed, and who reads the disk reads them\n"
                                "mugai key init DIR makes them; store.seal_to and store.escrow name them\n");
        return g_string_free(text, FALSE);
}

static char *list_json(const MgConfig *config) {
        json_t *root = json_object(), *keys = json_array();

        for (guint i = 0; i < config->sealing->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(config->sealing, i);

                json_array_append_new(keys,
                                      json_pack("{s:s,s:s,s:I,s:s,s:s}", "use", parts[i].name, "kind",
                                                certificate->kind, "not_after", (json_int_t)certificate->not_after,
                                                "fingerprint", certificate->fingerprint, "path", certificate->path));
        }
        json_object_set_new(root, "sealing", json_boolean(config->sealing->len > 0));
        json_object_set_new(root, "keys", keys);
        char *dump = json_dumps(root, JSON_INDENT(2));
        char *text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(root);
        return text;
}

static int key_list(const Options *options) {
        int code = EX_OK;
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);

        if (config == NULL)
                return code;
        g_autofree char *text = options->json ? list_json(config) : list_text(config);
        mg_cli_print(text);
        return mg_cli_flush();
}

static const struct {
        const char *name;
        int operands;
        int (*run)(const Options *options);
} acts[] = {{"init", 2, key_init}, {"list", 1, key_list}};

int mg_command_key(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.passphrase_fd = -1};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration (list)", "FILE"},
                {"rsa", 0, 0, G_OPTION_ARG_NONE, &options.rsa, "RSA of 3072 bits instead of P-256 (init)", NULL},
                {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &options.passphrase_fd,
                 "Read the passphrases there, a line each: the organization's, the escrow's (init)", "FD"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object (list)", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 2);
        if (options.operands == NULL)
                return EX_USAGE;
        for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
                if (g_str_equal(acts[i].name, options.operands[0]) &&
                    (int)g_strv_length(options.operands) <= acts[i].operands)
                        return acts[i].run(&options);
        return mg_cli_fail(EX_USAGE, "usage: mugai key init DIR, or mugai key list");
}
