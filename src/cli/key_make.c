/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai key init, rotate: makes key pairs.
 * Changes no configuration and keeps no key: where a file goes is said, and done by a person.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/key.h"
#include "cli/passphrase.h"
#include "key/open.h"
#include "key/pair.h"

/* Below it a passphrase is guessed, whatever a guess costs. */
#define PASSPHRASE_CHARS 12
/* Five years: longer than a server is in use, so that it is replaced with it, and check says so thirty days before. */
#define DAYS (5 * 365)

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

/* Where the files of a pair go; the same folder twice, mostly. */
typedef struct Places {
        int key;
        int certificate;
} Places;

/* name is that of the files. */
static gboolean make_part(const Places *places, const Part *part, const char *name, MgPairKind kind,
                          const char *passphrase, GError **error) {
        g_auto(MgPair) pair = {0};
        g_autofree char *host = g_strdup_printf("%s %.40s", part->name, g_get_host_name());
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;

        return mg_pair_make(&pair, kind, host, now, DAYS, passphrase, error) &&
               write_new(places->key, name, ".key", 0600, pair.key, error) &&
               write_new(places->certificate, name, ".crt", 0644, pair.certificate, error);
}

/* Nothing of an earlier pair: a folder with half a pair is worse than none. */
static gboolean is_free(int folder, const char *path, const char *name, GError **error) {
        static const char *const suffixes[] = {".key", ".crt"};

        for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
                g_autofree char *file = g_strconcat(name, suffixes[i], NULL);

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

static gboolean sync_folder(int folder, const char *path, GError **error) {
        if (fsync(folder) == 0)
                return TRUE;
        mg_error_system(error, "%s cannot be made durable", path);
        return FALSE;
}

static MgPairKind kind_of(const MgKeyOptions *options) {
        return options->rsa ? MG_PAIR_RSA : MG_PAIR_P256;
}

/* places and paths are those of the organization's key, then of the escrow key. */
static gboolean make_both(const Places *places, const char *const *paths, MgPairKind kind, int passphrase_fd,
                          GError **error) {
        char *passphrases[G_N_ELEMENTS(parts)] = {NULL};
        gboolean well = TRUE;

        for (guint i = 0; well && i < G_N_ELEMENTS(parts); i++)
                well = is_free(places[i].key, paths[i], parts[i].name, error);
        for (guint i = 0; well && i < G_N_ELEMENTS(parts); i++) {
                passphrases[i] = choose_passphrase(&parts[i], passphrase_fd, i > 0 ? passphrases[0] : NULL, error);
                well = passphrases[i] != NULL;
        }
        for (guint i = 0; well && i < G_N_ELEMENTS(parts); i++)
                well = make_part(&places[i], &parts[i], parts[i].name, kind, passphrases[i], error);
        for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
                mg_passphrase_free(passphrases[i]);
        for (guint i = 0; well && i < G_N_ELEMENTS(parts); i++)
                well = sync_folder(places[i].key, paths[i], error);
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

/* The folder, made where it is missing; -1 after a line on standard error, with *code. */
static int open_folder(const char *path, int *code) {
        int folder;

        *code = EX_CANTCREAT;
        if (mkdir(path, 0700) < 0 && errno != EEXIST) {
                mg_cli_fail(EX_CANTCREAT, "%s cannot be made: %s", path, g_strerror(errno));
                return -1;
        }
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                mg_cli_fail(EX_CANTCREAT, "%s cannot be opened: %s", path, g_strerror(errno));
        return folder;
}

int mg_key_make(const MgKeyFolders *folders, int passphrase_fd) {
        const char *const paths[] = {folders->organization, folders->escrow};
        GError *error = NULL;
        int code;

        mg_autofd organization = open_folder(folders->organization, &code);
        if (organization < 0)
                return code;
        mg_autofd escrow = open_folder(folders->escrow, &code);
        if (escrow < 0)
                return code;
        mg_autofd certificates = open_folder(folders->certificates, &code);
        if (certificates < 0)
                return code;
        for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
                if (!is_free(certificates, folders->certificates, parts[i].name, &error))
                        return mg_cli_fail_error(NULL, error);
        mg_opener_guard();
        const Places places[] = {{organization, certificates}, {escrow, certificates}};
        if (make_both(places, paths, MG_PAIR_P256, passphrase_fd, &error) &&
            sync_folder(certificates, folders->certificates, &error))
                return EX_OK;
        return mg_cli_fail_error(NULL, error);
}

int mg_key_init(const MgKeyOptions *options) {
        const char *path = options->operands[1];
        GError *error = NULL;
        int code;

        if (path == NULL)
                return mg_cli_fail(EX_USAGE, "name the folder: mugai key init DIR");
        mg_autofd folder = open_folder(path, &code);
        if (folder < 0)
                return code;
        mg_opener_guard();
        const Places places[] = {{folder, folder}, {folder, folder}};
        const char *const paths[] = {path, path};
        if (!make_both(places, paths, kind_of(options), options->passphrase_fd, &error))
                return mg_cli_fail_error(NULL, error);
        say_where(path);
        return mg_cli_flush();
}

static gboolean make_one(const MgKeyOptions *options, int folder, const char *path, const Part *part, const char *name,
                         GError **error) {
        char *passphrase = is_free(folder, path, name, error)
                                   ? choose_passphrase(part, options->passphrase_fd, NULL, error)
                                   : NULL;
        gboolean well;

        if (passphrase == NULL)
                return FALSE;
        const Places places = {folder, folder};
        well = make_part(&places, part, name, kind_of(options), passphrase, error) && sync_folder(folder, path, error);
        mg_passphrase_free(passphrase);
        return well;
}

/* The line of mugai.conf that changes. Caller frees. */
static char *line_of(const MgKeyOptions *options, const char *name) {
        if (options->escrow)
                return g_strdup_printf("store { escrow = " MG_SYSCONF_DIR "/%s.crt }", name);
        if (options->organization != NULL && *options->organization != '\0')
                return g_strdup_printf("organization %s { seal_to = " MG_SYSCONF_DIR "/%s.crt }", options->organization,
                                       name);
        return g_strdup_printf("store { seal_to = " MG_SYSCONF_DIR "/%s.crt }", name);
}

/* What the line says now, "" where it says nothing. */
static const char *path_now(const MgKeyOptions *options, const MgConfig *config) {
        const MgOrganization *organization = mg_organizations_named(
                config->organizations, options->organization != NULL ? options->organization : "");

        return options->escrow ? config->escrow : organization->seal_to;
}

static void say_rotated(const MgKeyOptions *options, const MgConfig *config, const char *path, const char *name) {
        const char *now = path_now(options, config);
        g_autofree char *line = line_of(options, name);
        g_autofree char *text = g_strdup_printf(
                "made in %s: %s.key and %s.crt. Now:\n"
                "  1. install -m 0644 %s/%s.crt " MG_SYSCONF_DIR "/\n"
                "  2. in mugai.conf this one line changes; the certificate that it names now stays where it is:\n"
                "        now:   %s\n"
                "        then:  %s\n"
                "  3. mugai check, then reload mugaid (SIGHUP). What comes from then on is sealed to the new key.\n"
                "  4. take %s.key off this machine%s.\n"
                "What came before stays sealed to the old key alone: keep it and its passphrase until the last of "
                "that\n"
                "has expired (retention). While such originals are asked for unlock both; both may be unlocked at "
                "once.\n",
                path, name, name, path, name, *now != '\0' ? now : "(nothing: originals are not sealed)", line, name,
                options->escrow ? ": OFFLINE, on two media in two safes"
                                : " and give it to the person who opens originals");

        mg_cli_print(text);
}

int mg_key_rotate(const MgKeyOptions *options) {
        const char *path = options->operands[1];
        const Part *part = &parts[options->escrow ? 1 : 0];
        g_autoptr(GDateTime) today = g_date_time_new_now_local();
        g_autofree char *date = g_date_time_format(today, "%Y%m%d");
        g_autofree char *name = g_strdup_printf("%s-%s", part->name, date);
        GError *error = NULL;
        int code = EX_OK;

        if (path == NULL)
                return mg_cli_fail(EX_USAGE, "name the folder: mugai key rotate DIR");
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);
        if (config == NULL)
                return code;
        mg_autofd folder = open_folder(path, &code);
        if (folder < 0)
                return code;
        mg_opener_guard();
        if (!make_one(options, folder, path, part, name, &error))
                return mg_cli_fail_error(NULL, error);
        say_rotated(options, config, path, name);
        return mg_cli_flush();
}
