/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai setup: the questions, asked on a terminal or answered in a file of the configuration's syntax.
 * Writes nothing; passphrases are none of them.
 */
#include "cli/setup_questions.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "config/syntax.h"
#include "config/table.h"
#include "mugai/person.h"

/* Of an answer that is typed. */
#define ANSWER_MAX 4096
/* Who answers wrongly so often is a program. */
#define ATTEMPTS 20

static const MgQuestionRow rows[_MG_ANSWERS] = {
        [MG_ANSWER_DOMAINS] = {"domains", "release.lgwan_domains", NULL,
                               "LGWAN 側の受信ドメイン。空白で区切ります (例: city.example.lg.jp .city.example.lg.jp)",
                               "Domains of recipients on the LGWAN side, with a blank between; .x is all below x"},
        [MG_ANSWER_NEXT_HOP] = {"next_hop", "postfix.next_hop", NULL,
                                "受信メールを渡す LGWAN 側のメールサーバー (例: [10.20.0.25])",
                                "Mail server on the LGWAN side that incoming mail goes on to, as in [10.20.0.25]"},
        [MG_ANSWER_LANGUAGES] = {"languages", "policy.languages", "ja en",
                                 "本文の下に付けるお知らせの言語: ja、en、または ja en",
                                 "Languages of the notice below the body: ja, en, or ja en"},
        [MG_ANSWER_KEY_FOLDER] =
                {"key_folder", NULL, "",
                 "原本を封印する鍵を作って置くフォルダー (例: /media/key)。作業の後でこの機械から移します。"
                 "空なら封印しません",
                 "Folder for the key that originals are sealed to, to be taken off this host later; "
                 "empty: not sealed"},
        [MG_ANSWER_ESCROW_FOLDER] =
                {"escrow_folder", NULL, "",
                 "予備の鍵 (escrow) を置く別のフォルダー。オフラインの媒体が望ましい (例: /media/escrow)",
                 "Another folder for the escrow key, best on a medium that is kept offline"},
        [MG_ANSWER_RELEASE_DOMAINS] =
                {"release_domains", "release.allowed_domains", "",
                 "原本を払い出せるインターネット側のドメイン (例: soto.example.jp)。空なら払い出しを"
                 "使いません",
                 "Domains on the Internet side that originals may be released to; empty: no releases"},
        [MG_ANSWER_LETTERS_FROM] = {"letters_from", "release.from", "mugai@mugai.invalid",
                                    "職員への知らせの差出人アドレス。払い出しを使うときだけ",
                                    "Address that letters to staff come from; for releases only"},
        [MG_ANSWER_DESK] = {"desk", "console.enabled", "no", "画面 (デスク) を使いますか: yes または no",
                            "Whether the desk's pages are served: yes or no"},
        [MG_ANSWER_OFFICER] = {"officer", NULL, "",
                               "最初のセキュリティ責任者のログイン名 (例: tanaka)。空なら後で登録します",
                               "Login name of the first security officer; empty: later"},
        [MG_ANSWER_OFFICER_NAME] = {"officer_name", NULL, "", "その人の氏名 (例: 田中花子)",
                                    "What people call that person"},
};

const MgQuestionRow *mg_question_row(MgAnswer answer) {
        return &rows[answer];
}

void mg_answers_clear(MgAnswers *answers) {
        for (guint i = 0; i < _MG_ANSWERS; i++)
                g_free(answers->values[i]);
}

static gboolean is_set(const MgAnswers *answers, MgAnswer answer) {
        return answers->values[answer] != NULL && *answers->values[answer] != '\0';
}

/* Whether one is asked for, as far as those before it go. */
static gboolean is_asked(const MgAnswers *answers, MgAnswer answer) {
        static const struct {
                MgAnswer answer;
                MgAnswer needs;
        } needed[] = {{MG_ANSWER_ESCROW_FOLDER, MG_ANSWER_KEY_FOLDER},
                      {MG_ANSWER_LETTERS_FROM, MG_ANSWER_RELEASE_DOMAINS},
                      {MG_ANSWER_OFFICER_NAME, MG_ANSWER_OFFICER}};

        for (guint i = 0; i < G_N_ELEMENTS(needed); i++) {
                if (needed[i].answer == answer)
                        return is_set(answers, needed[i].needs);
        }
        return TRUE;
}

/* --- what would be right ------------------------------------------------------------------------------------- */

/* As the key of mugai.conf has it. Caller frees. */
static char *key_fault(const char *name, const char *value) {
        g_autoptr(MgConfig) config = mg_config_load_with(NULL, "", NULL);
        const MgKey *key = mg_key_find(name);

        return config != NULL ? mg_key_set(key, config, value) : NULL;
}

static char *folder_fault(const MgAnswers *answers, MgAnswer answer, const char *value) {
        g_autofree char *canonical = *value == '/' ? g_canonicalize_filename(value, NULL) : NULL;
        gboolean escrow = answer == MG_ANSWER_ESCROW_FOLDER;

        if (escrow && *value == '\0' && is_set(answers, MG_ANSWER_KEY_FOLDER))
                return g_strdup("a sealed original needs a second key, the escrow: name a folder for it");
        if (*value != '\0' && (canonical == NULL || !g_str_equal(canonical, value)))
                return g_strdup_printf("\"%s\" is no absolute path of a folder, as in /media/key", value);
        if (escrow && *value != '\0' && g_strcmp0(value, answers->values[MG_ANSWER_KEY_FOLDER]) == 0)
                return g_strdup("the escrow key goes to another folder than the organization's, since other people "
                                "keep it");
        return NULL;
}

static char *officer_fault(MgAnswer answer, const char *value) {
        g_autoptr(MgPerson) person = mg_person_new();
        gboolean login = answer == MG_ANSWER_OFFICER;
        char **field = login ? &person->login : &person->name;

        g_free(*field);
        *field = g_strdup(value);
        return mg_person_fault(person, login ? MG_PERSON_LOGIN : MG_PERSON_NAME);
}

char *mg_answers_fault(const MgAnswers *answers, MgAnswer answer, const char *value) {
        const MgQuestionRow *row = &rows[answer];

        if (*value == '\0' && row->preset == NULL)
                return g_strdup_printf("\"%s\" is empty; it needs a value", row->name);
        if (answer == MG_ANSWER_KEY_FOLDER || answer == MG_ANSWER_ESCROW_FOLDER)
                return folder_fault(answers, answer, value);
        if (answer == MG_ANSWER_OFFICER_NAME && *value == '\0' && is_set(answers, MG_ANSWER_OFFICER))
                return g_strdup("an officer has a name, too");
        if (answer == MG_ANSWER_OFFICER || answer == MG_ANSWER_OFFICER_NAME)
                return *value != '\0' ? officer_fault(answer, value) : NULL;
        return key_fault(row->key, value);
}

/* --- a file -------------------------------------------------------------------------------------------------- */

static gboolean find_row(const char *name, MgAnswer *answer) {
        for (guint i = 0; i < _MG_ANSWERS; i++) {
                if (!g_str_equal(rows[i].name, name))
                        continue;
                *answer = (MgAnswer)i;
                return TRUE;
        }
        return FALSE;
}

static gboolean take_entry(const char *path, const MgEntry *entry, MgAnswers *answers, GError **error) {
        MgAnswer answer;

        if (entry->value == NULL || entry->title != NULL || !find_row(entry->key, &answer)) {
                mg_syntax_error(error, path, entry->line, "there is no answer \"%s\"; mugai setup --template shows all",
                                entry->key);
                return FALSE;
        }
        answers->values[answer] = g_strdup(entry->value);
        answers->lines[answer] = entry->line;
        return TRUE;
}

static gboolean check_answer(const char *path, MgAnswers *answers, MgAnswer answer, GError **error) {
        const MgQuestionRow *row = &rows[answer];

        if (answers->values[answer] == NULL && row->preset == NULL) {
                mg_syntax_error(error, path, 1, "\"%s\" is missing: %s", row->name, row->en);
                return FALSE;
        }
        if (answers->values[answer] == NULL)
                answers->values[answer] = g_strdup(row->preset);
        g_autofree char *fault = mg_answers_fault(answers, answer, answers->values[answer]);
        if (fault != NULL)
                mg_syntax_error(error, path, MAX(answers->lines[answer], 1), "%s: %s", row->name, fault);
        return fault == NULL;
}

gboolean mg_answers_read(const char *path, MgAnswers *answers, GError **error) {
        g_autoptr(GArray) entries = mg_syntax_read(path, error);

        for (guint i = 0; entries != NULL && i < entries->len; i++) {
                if (!take_entry(path, &g_array_index(entries, MgEntry, i), answers, error))
                        return FALSE;
        }
        for (guint i = 0; entries != NULL && i < _MG_ANSWERS; i++) {
                if (!check_answer(path, answers, (MgAnswer)i, error))
                        return FALSE;
        }
        return entries != NULL;
}

/* --- a person ------------------------------------------------------------------------------------------------ */

/* NULL where the input ends. */
static char *read_answer(void) {
        char line[ANSWER_MAX];

        if (fgets(line, sizeof line, stdin) == NULL)
                return NULL;
        return g_strstrip(g_strdup(line));
}

static void ask_row(const MgQuestionRow *row) {
        g_autofree char *preset =
                row->preset != NULL && *row->preset != '\0' ? g_strdup_printf(" [%s]", row->preset) : g_strdup("");
        g_autofree char *text = g_strdup_printf("%s\n%s%s: ", row->ja, row->en, preset);

        mg_cli_print(text);
        fflush(stdout);
}

static gboolean ask_one(MgAnswers *answers, MgAnswer answer, GError **error) {
        const MgQuestionRow *row = &rows[answer];

        for (guint i = 0; i < ATTEMPTS; i++) {
                ask_row(row);
                g_autofree char *typed = read_answer();
                if (typed == NULL)
                        break;
                const char *value = *typed == '\0' && row->preset != NULL ? row->preset : typed;
                g_autofree char *fault = mg_answers_fault(answers, answer, value);
                if (fault == NULL) {
                        answers->values[answer] = g_strdup(value);
                        return TRUE;
                }
                mg_cli_fail(EX_OK, "%s", fault);
        }
        g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "\"%s\" was not answered; nothing is written", row->name);
        return FALSE;
}

gboolean mg_answers_ask(MgAnswers *answers, GError **error) {
        for (guint i = 0; i < _MG_ANSWERS; i++) {
                if (!is_asked(answers, (MgAnswer)i))
                        answers->values[i] = g_strdup(rows[i].preset);
                else if (!ask_one(answers, (MgAnswer)i, error))
                        return FALSE;
        }
        return TRUE;
}

char *mg_answers_template(void) {
        g_autoptr(GString) text = g_string_new(
                "# Answers for mugai setup --from FILE. / mugai setup --from FILE に渡す回答です。\n"
                "# No passphrase stands here: mugai setup asks for those of the keys, or reads --passphrase-fd.\n"
                "# パスフレーズは書きません。鍵を作るときに尋ねます (または --passphrase-fd)。\n");

        for (guint i = 0; i < _MG_ANSWERS; i++) {
                const char *preset = rows[i].preset;
                g_string_append_printf(text, "\n# %s\n# %s%s\n%s%s = \"%s\"\n", rows[i].ja, rows[i].en,
                                       preset == NULL ? " (必須 / needed)" : "", "", rows[i].name,
                                       preset != NULL ? preset : "");
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}
