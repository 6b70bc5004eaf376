/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai setup: from answers to mugai.conf and keys, and what comes next.
 * Starts nothing, touches no Postfix, and overwrites nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/key.h"
#include "cli/replace.h"
#include "cli/setup.h"
#include "cli/setup_questions.h"
#include "config/syntax.h"

#define STANDARD MG_SYSCONF_DIR "/mugai.conf"

/* A value of mugai.conf, and the answer that it comes from. */
typedef struct Setting {
        const char *key;
        const char *value;
        MgAnswer answer;
} Setting;
#define SETTINGS_MAX 12

/* The paths of the certificates, which mugai.conf names. */
typedef struct Certificates {
        char *folder; /* where mugai.conf stands */
        char *organization;
        char *escrow;
} Certificates;

static void certificates_clear(Certificates *certificates) {
        g_free(certificates->folder);
        g_free(certificates->organization);
        g_free(certificates->escrow);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Certificates, certificates_clear)

static gboolean answered(const MgAnswers *answers, MgAnswer answer) {
        return *answers->values[answer] != '\0';
}

static guint list_settings(const MgAnswers *answers, const Certificates *certificates, Setting settings[SETTINGS_MAX]) {
        guint n = 0;

        for (guint i = 0; i < _MG_ANSWERS; i++) {
                const char *key = mg_question_row((MgAnswer)i)->key;
                if (key != NULL)
                        settings[n++] = (Setting){key, answers->values[i], (MgAnswer)i};
        }
        if (answered(answers, MG_ANSWER_RELEASE_DOMAINS))
                settings[n++] = (Setting){"release.enabled", "yes", MG_ANSWER_RELEASE_DOMAINS};
        if (answered(answers, MG_ANSWER_KEY_FOLDER)) {
                settings[n++] = (Setting){"store.seal_to", certificates->organization, MG_ANSWER_KEY_FOLDER};
                settings[n++] = (Setting){"store.escrow", certificates->escrow, MG_ANSWER_ESCROW_FOLDER};
        }
        return n;
}

/* --- mugai.conf ---------------------------------------------------------------------------------------------- */

/* As the syntax has it, whatever stands in it. Caller frees. */
static char *quoted(const char *value) {
        g_autoptr(GString) text = g_string_new("\"");

        for (const char *c = value; *c != '\0'; c++) {
                if (*c == '"' || *c == '\\')
                        g_string_append_c(text, '\\');
                g_string_append_c(text, *c);
        }
        g_string_append_c(text, '"');
        return g_string_free(g_steal_pointer(&text), FALSE);
}

/* The setting of this key in the section that ends with a dot, or NULL. */
static const Setting *find_setting(const Setting *settings, guint n, const char *section, const char *key,
                                   gsize length) {
        g_autofree char *name = g_strdup_printf("%s%.*s", section, (int)length, key);

        for (guint i = 0; i < n; i++) {
                if (g_str_equal(settings[i].key, name))
                        return &settings[i];
        }
        return NULL;
}

/* The shipped file, which says what each key is, with these values. lines[i]: where settings[i] went. */
static char *fill(const char *shipped, const Setting *settings, guint n, guint lines[SETTINGS_MAX]) {
        g_auto(GStrv) all = g_strsplit(shipped, "\n", -1);
        g_autofree char *section = g_strdup("");

        for (guint i = 0; all[i] != NULL; i++) {
                gsize indent = strspn(all[i], " \t"), length = strcspn(all[i] + indent, " ={");
                const char *rest = all[i] + indent + length;
                if (all[i][indent] == '#' || length == 0)
                        continue;
                if (all[i][indent] == '}' || g_str_has_suffix(rest, "{")) {
                        g_free(section);
                        section = all[i][indent] == '}' ? g_strdup("")
                                                        : g_strdup_printf("%.*s.", (int)length, all[i] + indent);
                        continue;
                }
                const Setting *setting = find_setting(settings, n, section, all[i] + indent, length);
                if (setting == NULL)
                        continue;
                g_autofree char *value = quoted(setting->value);
                char *line = g_strdup_printf("%.*s = %s", (int)(indent + length), all[i], value);
                g_free(all[i]);
                all[i] = line;
                lines[setting - settings] = i + 1;
        }
        return g_strjoinv("\n", all);
}

/* Where the shipped mugai.conf stands. */
static char *shipped_text(GError **error) {
        g_autofree char *folder = mg_config_rules_dir();
        g_autofree char *path = g_build_filename(folder, "mugai.conf", NULL);
        gsize n;

        return mg_syntax_text(path, MG_SYNTAX_MAX, &n, error);
}

/* "FILE:12: sentence" of the text that was tried, said of the answer that its line 12 comes from. */
static void blame(const MgSetupOptions *options, const MgAnswers *answers, const Setting *settings, guint n,
                  const guint *lines, const char *tried, GError **error) {
        const char *message = (*error)->message;
        gboolean ours = g_str_has_prefix(message, tried) && message[strlen(tried)] == ':';
        const char *number = ours ? message + strlen(tried) + 1 : "";
        guint line = (guint)g_ascii_strtoull(number, NULL, 10);
        const char *sentence = ours && strstr(number, ": ") != NULL ? strstr(number, ": ") + 2 : message;
        g_autoptr(GError) before = *error;

        *error = NULL;
        for (guint i = 0; i < n; i++) {
                guint at = answers->lines[settings[i].answer];
                if (lines[i] == line && options->from != NULL && at > 0) {
                        mg_syntax_error(error, options->from, at, "%s", sentence);
                        return;
                }
        }
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s", sentence);
}

/* The text loads, whatever the certificates are that are made later. */
static gboolean try_text(const MgSetupOptions *options, const MgAnswers *answers, const char *shipped,
                         const Certificates *certificates, GError **error) {
        Setting settings[SETTINGS_MAX];
        guint lines[SETTINGS_MAX] = {0};
        guint n = list_settings(answers, certificates, settings), sealing = 0;
        g_autofree char *folder = g_dir_make_tmp("mugai-setup-XXXXXX", error);
        g_autofree char *path = folder != NULL ? g_build_filename(folder, "mugai.conf", NULL) : NULL;
        gboolean well = FALSE;

        for (guint i = 0; i < n; i++)
                sealing += g_str_has_prefix(settings[i].key, "store.");
        g_autofree char *text = fill(shipped, settings, n - sealing, lines);
        if (folder == NULL)
                return FALSE;
        if (g_file_set_contents(path, text, -1, error)) {
                g_autoptr(MgConfig) config = mg_config_load(path, error);
                well = config != NULL;
                if (!well)
                        blame(options, answers, settings, n - sealing, lines, path, error);
        }
        unlink(path);
        rmdir(folder);
        return well;
}

/* --- what comes next ----------------------------------------------------------------------------------------- */

static void say_keys(GString *text, const MgAnswers *answers) {
        if (!answered(answers, MG_ANSWER_KEY_FOLDER))
                return;
        g_string_append_printf(
                text,
                "%s/organization.key  原本を開く担当者へ。このホストに置かない / to the person who opens originals, "
                "off this "
                "host\n%s/escrow.key  オフラインの媒体に。別の人が保管 / offline, kept by somebody else\n",
                answers->values[MG_ANSWER_KEY_FOLDER], answers->values[MG_ANSWER_ESCROW_FOLDER]);
}

/* The officer is a row in the store: hence behind the start. */
static void say_next(GString *text, const MgAnswers *answers) {
        const char *login = answers->values[MG_ANSWER_OFFICER];
        guint n = 1;

        g_string_append(text, "\n次に / next:\n");
        g_string_append_printf(text, "  %u. postfix stop  (動いていれば / where it runs)\n", n++);
        g_string_append_printf(text, "  %u. mugai setup postfix\n", n++);
        g_string_append_printf(
                text, "  %u. systemctl enable --now mugai.target  (systemd なし / without systemd: mugaid)\n", n++);
        g_string_append_printf(text, "  %u. postfix start\n", n++);
        if (*login != '\0') {
                g_autofree char *name = g_shell_quote(answers->values[MG_ANSWER_OFFICER_NAME]);
                g_string_append_printf(text, "  %u. mugai user add %s --name %s --duty officer\n", n++, login, name);
                g_string_append_printf(text, "  %u. mugai user password %s\n", n++, login);
        }
        g_string_append_printf(text, "  %u. mugai check\n", n);
}

static void say_done(const char *path, const MgAnswers *answers, const Certificates *certificates) {
        g_autoptr(GString) text = g_string_new(NULL);
        Setting settings[SETTINGS_MAX];
        guint n = list_settings(answers, certificates, settings);

        g_string_append_printf(text, "書き込みました / wrote %s:\n", path);
        for (guint i = 0; i < n; i++)
                g_string_append_printf(text, "  %s = %s\n", settings[i].key, settings[i].value);
        say_keys(text, answers);
        say_next(text, answers);
        mg_cli_print(text->str);
}

/* --- the whole ----------------------------------------------------------------------------------------------- */

/* All roles read what stands in it, whatever the umask is; one that is there stays as it is. */
static gboolean make_folder(const char *path) {
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
                return TRUE;
        return g_mkdir_with_parents(path, 0755) == 0 && chmod(path, 0755) == 0;
}

/* The keys, then the file that names them: one that is there is not overwritten. */
static int write_all(const MgSetupOptions *options, const char *path, const char *text, const MgAnswers *answers,
                     const Certificates *certificates) {
        const MgKeyFolders folders = {.organization = answers->values[MG_ANSWER_KEY_FOLDER],
                                      .escrow = answers->values[MG_ANSWER_ESCROW_FOLDER],
                                      .certificates = certificates->folder};
        GError *error = NULL;

        if (!make_folder(certificates->folder))
                return mg_cli_fail(EX_CANTCREAT, "%s cannot be made: %s", certificates->folder, g_strerror(errno));
        int code = answered(answers, MG_ANSWER_KEY_FOLDER) ? mg_key_make(&folders, options->passphrase_fd) : EX_OK;
        if (code == EX_OK && !mg_replace_nothing(path, text, &error))
                code = mg_cli_fail_error(NULL, error);
        return code;
}

static gboolean take_answers(const MgSetupOptions *options, MgAnswers *answers, GError **error) {
        return options->from != NULL ? mg_answers_read(options->from, answers, error) : mg_answers_ask(answers, error);
}

static int set_up(const MgSetupOptions *options, const char *path) {
        g_auto(MgAnswers) answers = {0};
        g_auto(Certificates) certificates = {.folder = g_path_get_dirname(path)};
        Setting settings[SETTINGS_MAX];
        guint lines[SETTINGS_MAX];
        GError *error = NULL;

        certificates.organization = g_build_filename(certificates.folder, "organization.crt", NULL);
        certificates.escrow = g_build_filename(certificates.folder, "escrow.crt", NULL);
        g_autofree char *shipped = shipped_text(&error);
        if (shipped == NULL || !take_answers(options, &answers, &error) ||
            !try_text(options, &answers, shipped, &certificates, &error))
                return mg_cli_fail_error(NULL, error);
        guint n = list_settings(&answers, &certificates, settings);
        g_autofree char *text = fill(shipped, settings, n, lines);
        if (options->print) {
                mg_cli_print(text);
                return mg_cli_flush();
        }
        int code = write_all(options, path, text, &answers, &certificates);
        if (code != EX_OK)
                return code;
        say_done(path, &answers, &certificates);
        return mg_cli_flush();
}

int mg_setup_answers(const MgSetupOptions *options) {
        g_autofree char *path = g_canonicalize_filename(options->config != NULL ? options->config : STANDARD, NULL);

        if (options->template) {
                g_autofree char *text = mg_answers_template();
                mg_cli_print(text);
                return mg_cli_flush();
        }
        if (!options->print && access(path, F_OK) == 0)
                return mg_cli_fail(EX_CANTCREAT,
                                   "%s is there already and is not overwritten: change it with an editor, or look at "
                                   "what setup would write with --print",
                                   path);
        return set_up(options, path);
}
