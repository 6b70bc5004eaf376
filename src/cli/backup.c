/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai backup, mugai restore: a folder for the store to write into or to read from.
 * Copies nothing itself: the folder's descriptor goes to the store, who owns what is in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/receipt.h"
#include "base/upkeep_client.h"
#include "cli/cli.h"
#include "cli/upkeep.h"

#define EX_LEFT_OUT 2

typedef struct Options {
        char *config_file;
        char *after;
        gboolean json;
        MgConfig *config;
} Options;

static void options_clear(Options *options) {
        g_free(options->config_file);
        g_free(options->after);
        mg_config_free(options->config);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void show_progress(const MgProgress *progress, gpointer data) {
        if (!isatty(STDERR_FILENO))
                return;
        fprintf(stderr, "\r\033[K%s", progress->step);
        if (progress->of > 0)
                fprintf(stderr, "  %" G_GUINT64_FORMAT " / %" G_GUINT64_FORMAT, progress->done, progress->of);
        fflush(stderr);
}

static const MgUpkeepFuncs funcs = {.progress = show_progress};

static void end_progress(void) {
        if (isatty(STDERR_FILENO))
                fputs("\r\033[K", stderr);
}

/* As root a folder that was made just now is given to the store's user. -1 where that has no account. */
static uid_t user_of(const MgConfig *config) {
        guint64 number;

        if (g_ascii_string_to_unsigned(config->user_store, 10, 1, G_MAXINT32, &number, NULL))
                return (uid_t)number;
        const struct passwd *user = getpwnam(config->user_store);
        return user != NULL ? user->pw_uid : (uid_t)-1;
}

static int make_folder(const MgConfig *config, const char *path, GError **error) {
        gboolean made = mkdir(path, 0700) == 0;
        mg_autofd folder = -1;

        if (!made && errno != EEXIST) {
                mg_error_system(error, "%s cannot be made", path);
                return -1;
        }
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0 || (made && geteuid() == 0 && fchown(folder, user_of(config), (gid_t)-1) < 0)) {
                mg_error_system(error, "%s", path);
                return -1;
        }
        return mg_fd_steal(&folder);
}

static char *time_text(gint64 time) {
        g_autoptr(GDateTime) value = g_date_time_new_from_unix_local(time);

        return value != NULL ? g_date_time_format(value, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
}

static void print_json(json_t *root) {
        char *dump = json_dumps(root, JSON_INDENT(2));

        mg_cli_print(dump);
        mg_cli_print("\n");
        free(dump);
        json_decref(root);
}

static void print_backup(const Options *options, const MgBackupSummary *summary) {
        g_autofree char *time = time_text(summary->made), *size = mg_text_size(summary->octets);

        if (options->json) {
                print_json(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "made", (json_int_t)summary->made, "originals",
                                     (json_int_t)summary->objects, "copied", (json_int_t)summary->copied, "octets",
                                     (json_int_t)summary->octets, "removed", (json_int_t)summary->removed, "left_out",
                                     (json_int_t)summary->left_out));
                return;
        }
        g_autofree char *text = g_strdup_printf(
                "%s 時点の控え: 原本 %" G_GUINT64_FORMAT " 件 (うち今回 %" G_GUINT64_FORMAT
                " 件、%s)、削除 %" G_GUINT64_FORMAT " 件、欠落 %" G_GUINT64_FORMAT " 件\nas of %s: %" G_GUINT64_FORMAT
                " originals, %" G_GUINT64_FORMAT " of them copied now (%s), "
                "%" G_GUINT64_FORMAT " files removed, %" G_GUINT64_FORMAT " missing or damaged and left out\n",
                time, summary->objects, summary->copied, size, summary->removed, summary->left_out, time,
                summary->objects, summary->copied, size, summary->removed, summary->left_out);
        mg_cli_print(text);
        if (summary->left_out > 0)
                mg_cli_print("mugai verify-store でどの原本かが分かります / mugai verify-store names them\n");
}

static int back_up(const Options *options, const char *path) {
        g_autofree char *socket = mg_config_socket(options->config, "store.sock");
        const MgAsker asker = mg_cli_asker(socket);
        MgBackupSummary summary = {0};
        GError *error = NULL;
        mg_autofd folder = make_folder(options->config, path, &error);

        if (folder < 0)
                return mg_cli_fail_error(NULL, error);
        gboolean well = mg_upkeep_backup(&asker, folder, &funcs, NULL, &summary, &error);
        end_progress();
        if (!well)
                return mg_cli_fail_role(options->config, "mugai-store", error);
        print_backup(options, &summary);
        int code = mg_cli_flush();
        return code != EX_OK || summary.left_out == 0 ? code : EX_LEFT_OUT;
}

static void print_restore(const Options *options, const MgRestoreSummary *summary) {
        g_autofree char *time = time_text(summary->made);

        if (options->json) {
                print_json(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "made", (json_int_t)summary->made, "originals",
                                     (json_int_t)summary->objects, "left_out", (json_int_t)summary->left_out, "erased",
                                     (json_int_t)summary->erased, "unknown_requests", (json_int_t)summary->unknown,
                                     "serial", (json_int_t)summary->serial));
                return;
        }
        g_autofree char *text = g_strdup_printf(
                "%s 時点に復元しました: 原本 %" G_GUINT64_FORMAT " 件、保管期間が過ぎて消去 %" G_GUINT64_FORMAT
                " 件、欠落 %" G_GUINT64_FORMAT " 件\n送ったかどうか不明の申請 %" G_GUINT64_FORMAT
                " 件 (mugai request settle)。トークンとセッションはすべて無効です。\nrestored as of %s: "
                "%" G_GUINT64_FORMAT " originals, %" G_GUINT64_FORMAT
                " erased since their time was over, %" G_GUINT64_FORMAT " missing\n%" G_GUINT64_FORMAT
                " requests of which nobody knows if they were sent (mugai request settle); "
                "all tokens and sessions have ended\n",
                time, summary->objects, summary->erased, summary->left_out, summary->unknown, time, summary->objects,
                summary->erased, summary->left_out, summary->unknown);
        mg_cli_print(text);
}

static gboolean ask_restore(const Options *options, int folder, gint64 after, MgRestoreSummary *summary,
                            GError **error) {
        MgUpkeep upkeep;

        if (!mg_upkeep_start(&upkeep, options->config, error))
                return FALSE;
        gboolean well = mg_upkeep_restore(upkeep.sock, folder, after, &funcs, NULL, summary, error);
        mg_upkeep_end(&upkeep, error);
        return well;
}

static int restore(const Options *options, const char *path) {
        MgRestoreSummary summary = {0};
        gint64 after = -1;
        GError *error = NULL;
        mg_autofd folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (folder < 0)
                return mg_cli_fail(EX_NOINPUT, "%s: %s", path, g_strerror(errno));
        if (options->after != NULL) {
                g_autofree char *receipt = mg_cli_receipt(options->after);
                if (receipt == NULL)
                        return EX_DATAERR;
                after = mg_receipt_serial(receipt);
        }
        /* The store's user may not make it where mugaid, which can, has not run yet. */
        mg_autofd state = make_folder(options->config, options->config->state_dir, &error);
        gboolean well = state >= 0 && ask_restore(options, folder, after, &summary, &error);
        end_progress();
        if (!well)
                return mg_cli_fail_error(NULL, error);
        print_restore(options, &summary);
        int code = mg_cli_flush();
        return code != EX_OK || summary.left_out == 0 ? code : EX_LEFT_OUT;
}

int mg_command_backup(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config_file, "Configuration", "FILE"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        int code = EX_OK;

        if (operands == NULL)
                return EX_USAGE;
        options.config = mg_cli_config(options.config_file, &code);
        return options.config != NULL ? back_up(&options, operands[0]) : code;
}

int mg_command_restore(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config_file, "Configuration", "FILE"},
                {"after", 0, 0, G_OPTION_ARG_STRING, &options.after,
                 "The last receipt that is known to have been given out, from the log", "RECEIPT"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        int code = EX_OK;

        if (operands == NULL)
                return EX_USAGE;
        options.config = mg_cli_config(options.config_file, &code);
        return options.config != NULL ? restore(&options, operands[0]) : code;
}
