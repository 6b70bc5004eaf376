/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai verify-store: what is wrong with the store, and what was done about it.
 * Looks into no file itself: the store does, the one that serves or one that is started for it. With a key sealed
 * originals are opened here, in the process of the person who has it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/upkeep_client.h"
#include "cli/cli.h"
#include "cli/passphrase.h"
#include "cli/upkeep.h"
#include "cli/verify_open.h"

#define EX_MENDABLE 1
#define EX_LOST 2

typedef struct Options {
        char *config_file;
        char *key;
        int passphrase_fd;
        gboolean repair;
        gboolean offline;
        gboolean json;
        MgConfig *config;
} Options;

static void options_clear(Options *options) {
        g_free(options->config_file);
        g_free(options->key);
        mg_config_free(options->config);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* What was heard, and how it is shown. */
typedef struct Hearing {
        json_t *findings; /* NULL: as lines, at once */
        GHashTable *lost; /* subjects: what the store has named need not be opened */
        gboolean terminal;
        gboolean line; /* a line of progress is on the terminal */
} Hearing;

static void end_progress(Hearing *hearing) {
        if (hearing->line)
                fputs("\r\033[K", stderr);
        hearing->line = FALSE;
}

static void show_progress(const MgProgress *progress, gpointer data) {
        Hearing *hearing = data;

        if (!hearing->terminal)
                return;
        fprintf(stderr, "\r\033[K%s", progress->step);
        if (progress->of > 0)
                fprintf(stderr, "  %" G_GUINT64_FORMAT " / %" G_GUINT64_FORMAT, progress->done, progress->of);
        fflush(stderr);
        hearing->line = TRUE;
}

static const char *mend_text(MgMend mend) {
        static const char *const texts[_MG_MEND_N] = {
                [MG_MEND_POSSIBLE] = "修復できます / can be repaired",
                [MG_MEND_OFFLINE] = "保管庫を止めれば修復できます (--offline --repair) / can be repaired while the "
                                    "store is stopped",
                [MG_MEND_DONE] = "修復しました / repaired",
                [MG_MEND_NONE] = "失われています / lost",
        };

        return texts[mend];
}

static void show_finding(const MgFinding *finding, gpointer data) {
        Hearing *hearing = data;

        end_progress(hearing);
        if (finding->mend == MG_MEND_NONE)
                g_hash_table_add(hearing->lost, g_strdup(finding->subject));
        if (hearing->findings != NULL) {
                json_array_append_new(hearing->findings,
                                      json_pack("{s:s,s:s,s:s,s:s}", "id", mg_flaw_name(finding->flaw), "state",
                                                mg_mend_name(finding->mend), "subject", finding->subject, "detail",
                                                finding->detail));
                return;
        }
        g_autofree char *text =
                g_strdup_printf("%s %s: %s: %s\n    %s\n    %s\n", mg_flaw_name(finding->flaw), finding->subject,
                                mg_flaw_japanese(finding->flaw), mg_flaw_english(finding->flaw), finding->detail,
                                mend_text(finding->mend));
        mg_cli_print(text);
}

static gboolean hear(const Options *options, Hearing *hearing, MgVerdict *verdict, GError **error) {
        const MgUpkeepFuncs funcs = {show_finding, show_progress};
        gboolean well;

        if (options->offline) {
                MgUpkeep upkeep;

                if (!mg_upkeep_start(&upkeep, options->config, error))
                        return FALSE;
                well = mg_upkeep_ask_on(upkeep.sock, options->repair, error) &&
                       mg_upkeep_hear(upkeep.sock, &funcs, hearing, verdict, error);
                mg_upkeep_end(&upkeep, error);
                return well;
        }
        g_autofree char *path = mg_config_socket(options->config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        mg_autofd sock = mg_upkeep_ask(&asker, options->repair, error);
        return sock >= 0 && mg_upkeep_hear(sock, &funcs, hearing, verdict, error);
}

/* Each original that the store has not named as lost, opened with the key. */
static gboolean open_all(const Options *options, const MgOpener *opener, Hearing *hearing, MgVerdict *verdict,
                         MgOpened *opened, GError **error) {
        g_autofree char *path = mg_config_socket(options->config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        const MgUpkeepFuncs funcs = {show_finding, show_progress};

        if (!mg_verify_open(&asker, opener, hearing->lost, &funcs, hearing, opened, error))
                return FALSE;
        verdict->found += opened->damaged;
        verdict->lost += opened->damaged;
        return TRUE;
}

static void print_opened(const MgOpened *opened, const Hearing *hearing) {
        g_autofree char *text = g_strdup_printf(
                "鍵で開いた原本 %" G_GUINT64_FORMAT " 件、別の鍵で封印 %" G_GUINT64_FORMAT
                " 件、封印なし %" G_GUINT64_FORMAT " 件\n%" G_GUINT64_FORMAT " opened with the key, %" G_GUINT64_FORMAT
                " sealed to other keys, %" G_GUINT64_FORMAT " not sealed\n",
                opened->opened, opened->other_key, opened->unsealed, opened->opened, opened->other_key,
                opened->unsealed);

        if (hearing->findings == NULL)
                mg_cli_print(text);
}

static void print_verdict(const MgVerdict *verdict, const MgOpened *opened, const Hearing *hearing) {
        if (hearing->findings == NULL) {
                g_autofree char *text = g_strdup_printf(
                        "メール %" G_GUINT64_FORMAT " 件、原本 %" G_GUINT64_FORMAT " 件、監査記録 %" G_GUINT64_FORMAT
                        " 件: 異常 %" G_GUINT64_FORMAT "、修復 %" G_GUINT64_FORMAT "、喪失 %" G_GUINT64_FORMAT
                        "\n%" G_GUINT64_FORMAT " rows, %" G_GUINT64_FORMAT " originals, %" G_GUINT64_FORMAT
                        " entries of the trail: %" G_GUINT64_FORMAT " findings, %" G_GUINT64_FORMAT
                        " repaired, %" G_GUINT64_FORMAT " lost\n",
                        verdict->rows, verdict->objects, verdict->entries, verdict->found, verdict->repaired,
                        verdict->lost, verdict->rows, verdict->objects, verdict->entries, verdict->found,
                        verdict->repaired, verdict->lost);
                mg_cli_print(text);
                return;
        }
        json_t *root = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:O}", "rows", (json_int_t)verdict->rows, "originals",
                                 (json_int_t)verdict->objects, "entries", (json_int_t)verdict->entries, "found",
                                 (json_int_t)verdict->found, "repaired", (json_int_t)verdict->repaired, "lost",
                                 (json_int_t)verdict->lost, "findings", hearing->findings);
        if (opened != NULL)
                json_object_set_new(root, "opened",
                                    json_pack("{s:I,s:I,s:I,s:I}", "whole", (json_int_t)opened->opened, "other_key",
                                              (json_int_t)opened->other_key, "unsealed", (json_int_t)opened->unsealed,
                                              "damaged", (json_int_t)opened->damaged));
        char *dump = json_dumps(root, JSON_INDENT(2));
        mg_cli_print(dump);
        mg_cli_print("\n");
        free(dump);
        json_decref(root);
}

static int verify_store(const Options *options) {
        g_autoptr(GHashTable) lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        MgVerdict verdict = {0};
        MgOpened opened = {0};
        GError *error = NULL;
        g_autoptr(MgOpener) opener = NULL;

        if (options->key != NULL) {
                mg_opener_guard();
                opener = mg_passphrase_opener(options->key, options->passphrase_fd, &error);
                if (opener == NULL)
                        return mg_cli_fail_error(NULL, error);
        }
        Hearing hearing = {
                .findings = options->json ? json_array() : NULL, .lost = lost, .terminal = isatty(STDERR_FILENO)};
        gboolean well = hear(options, &hearing, &verdict, &error) &&
                        (opener == NULL || open_all(options, opener, &hearing, &verdict, &opened, &error));

        end_progress(&hearing);
        if (well && opener != NULL)
                print_opened(&opened, &hearing);
        if (well)
                print_verdict(&verdict, opener != NULL ? &opened : NULL, &hearing);
        json_decref(hearing.findings);
        if (!well)
                return options->offline ? mg_cli_fail_error(NULL, error)
                                        : mg_cli_fail_role(options->config, "mugai-store", error);
        int code = mg_cli_flush();
        if (code != EX_OK)
                return code;
        return verdict.lost > 0 ? EX_LOST : verdict.found > 0 ? EX_MENDABLE : EX_OK;
}

int mg_command_verify_store(const MgCommand *command, int argc, char **argv) {
        g_auto(Options) options = {.passphrase_fd = -1};
        const GOptionEntry entries[] = {
                {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config_file, "Configuration", "FILE"},
                {"repair", 0, 0, G_OPTION_ARG_NONE, &options.repair, "Mend what can be mended", NULL},
                {"offline", 0, 0, G_OPTION_ARG_NONE, &options.offline, "While the gateway is stopped", NULL},
                {"key", 'k', 0, G_OPTION_ARG_FILENAME, &options.key,
                 "Open each sealed original with this private key, too", "FILE"},
                {"passphrase-fd", 0, 0, G_OPTION_ARG_INT, &options.passphrase_fd,
                 "Read its passphrase there, not from the terminal", "FD"},
                {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "A JSON object", NULL},
                {0},
        };
        g_auto(GStrv) operands = mg_cli_parse(command, entries, argc, argv, 0, 0);
        int code = EX_OK;

        if (operands == NULL)
                return EX_USAGE;
        if (options.key != NULL && options.offline)
                return mg_cli_fail(EX_USAGE, "--key asks the running store for each original: leave --offline away");
        options.config = mg_cli_config(options.config_file, &code);
        return options.config != NULL ? verify_store(&options) : code;
}
