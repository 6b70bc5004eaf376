/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai user token, password, totp: by what a person is known.
 * What the store hands out once is printed once; nothing of it is kept here or logged.
 */
#include <string.h>

#include "base/error.h"
#include "base/people_client.h"
#include "base/secret.h"
#include "cli/passphrase.h"
#include "cli/user.h"
#include "key/open.h"

typedef struct Options {
        char *config;
        int days;
        gboolean revoke;
        gboolean before;
        int passphrase_fd;
        char **operands;
} Options;

static void options_clear(Options *options) {
        g_free(options->config);
        g_strfreev(options->operands);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* --- tokens -------------------------------------------------------------------------------------------------- */

static int revoke_all(const MgUserStore *store, const char *login) {
        GError *error = NULL;
        guint32 tokens;

        if (!mg_people_revoke(&store->asker, login, &tokens, &error))
                return mg_user_fail(store, error);
        g_autofree char *line = g_strdup_printf(
                "%s: %u トークンとセッションを無効にしました / tokens and sessions ended\n", login, tokens);
        mg_cli_print(line);
        return mg_cli_flush();
}

/* The token alone goes to standard output, so that it can go into a file. */
static int make_token(const MgUserStore *store, const char *login, int days) {
        GError *error = NULL;
        mg_autosecret token = mg_people_token(&store->asker, login, (guint32)days, &error);

        if (token == NULL)
                return mg_user_fail(store, error);
        mg_cli_print(token);
        mg_cli_print("\n");
        int code = mg_cli_flush();
        if (code == EX_OK)
                mg_cli_fail(EX_OK,
                            "このトークンは二度と表示されません / this token is shown once: keep it in a file of "
                            "mode 0600, for mugai --token-file FILE");
        return code;
}

int mg_user_token(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.days = MG_TOKEN_DAYS};
        g_auto(MgUserStore) store = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"days", 'd', 0, G_OPTION_ARG_INT, &options.days, "How long it lasts (default: 90)", "N"},
                {"revoke", 0, 0, G_OPTION_ARG_NONE, &options.revoke, "End all tokens and sessions instead", NULL},
                {0},
        };

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        if (options.days < 1 || options.days > MG_TOKEN_DAYS_MAX)
                return mg_cli_fail(EX_USAGE, "--days is %d, but must be 1 to %d", options.days, MG_TOKEN_DAYS_MAX);
        mg_opener_guard();
        int code = mg_user_store(options.config, &store);
        if (code != EX_OK)
                return code;
        return options.revoke ? revoke_all(&store, options.operands[0])
                              : make_token(&store, options.operands[0], options.days);
}

/* --- password ------------------------------------------------------------------------------------------------ */

/* A password that was chosen just now: on a terminal it is typed twice. NULL with error. */
static char *choose(const Options *options, GError **error) {
        g_autofree char *prompt = g_strdup_printf("%s の新しいパスワード / new password", options->operands[0]);
        char *chosen = mg_passphrase_read(prompt, options->passphrase_fd, error);
        char *again = NULL;

        if (chosen == NULL || options->passphrase_fd >= 0)
                return chosen;
        again = mg_passphrase_read("もう一度 / once more", -1, error);
        if (again != NULL && g_str_equal(chosen, again)) {
                mg_passphrase_free(again);
                return chosen;
        }
        if (again != NULL)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE, "the two passwords differ; begin again");
        mg_passphrase_free(again);
        mg_passphrase_free(chosen);
        return NULL;
}

static int set_password(const Options *options, const char *password, const char *before) {
        g_auto(MgUserStore) store = {0};
        GError *error = NULL;
        int code = mg_user_store(options->config, &store);

        if (code != EX_OK)
                return code;
        if (!mg_people_password(&store.asker, options->operands[0], password, before, &error))
                return mg_user_fail(&store, error);
        g_autofree char *line =
                g_strdup_printf("%s: パスワードを設定しました / the password is set\n", options->operands[0]);
        mg_cli_print(line);
        return mg_cli_flush();
}

int mg_user_password(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.passphrase_fd = -1};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {"before", 'b', 0, G_OPTION_ARG_NONE, &options.before,
                 "Ask for the password that it replaces, which who comes with a token must say", NULL},
                {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &options.passphrase_fd,
                 "Read it there: a line, with --before two, the new one first", "FD"},
                {0},
        };
        char *password, *before = NULL;
        GError *error = NULL;

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        mg_opener_guard();
        password = choose(&options, &error);
        if (password != NULL && options.before)
                before = mg_passphrase_read("今までのパスワード / the password before", options.passphrase_fd, &error);
        int code = error != NULL ? mg_cli_fail_error(NULL, error)
                                 : set_password(&options, password, before != NULL ? before : "");
        mg_passphrase_free(password);
        mg_passphrase_free(before);
        return code;
}

/* --- second factor ------------------------------------------------------------------------------------------- */

static void print_totp(const char *login, const MgTotp *totp) {
        g_autofree char *label = g_uri_escape_string(login, NULL, FALSE);
        mg_autosecret text =
                g_strdup_printf("認証アプリに登録する鍵 / secret for the authenticator:\n  %s\n"
                                "  otpauth://totp/mugai:%s?secret=%s&issuer=mugai&algorithm=SHA1&digits=%d&period=%d\n"
                                "回復コード（各一回限り）/ recovery codes, each works once:\n",
                                totp->secret, label, totp->secret, MG_TOTP_DIGITS, MG_TOTP_STEP);

        mg_cli_print(text);
        for (guint i = 0; i < MG_RECOVERY_CODES; i++) {
                mg_cli_print("  ");
                mg_cli_print(totp->codes[i]);
                mg_cli_print("\n");
        }
}

int mg_user_totp(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {0};
        g_auto(MgUserStore) store = {0};
        g_auto(MgTotp) totp = {0};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "Configuration", "FILE"},
                {0},
        };
        GError *error = NULL;

        options.operands = mg_cli_parse(command, entries, argc, argv, 1, 1);
        if (options.operands == NULL)
                return EX_USAGE;
        mg_opener_guard();
        int code = mg_user_store(options.config, &store);
        if (code != EX_OK)
                return code;
        if (!mg_people_totp(&store.asker, options.operands[0], &totp, &error))
                return mg_user_fail(&store, error);
        print_totp(options.operands[0], &totp);
        code = mg_cli_flush();
        if (code == EX_OK)
                mg_cli_fail(EX_OK, "二度と表示されません / this is shown once; what was there before works no more");
        return code;
}
