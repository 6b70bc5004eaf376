/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * Questions of a first installation, and what was answered
 */
typedef enum MgAnswer {
        MG_ANSWER_DOMAINS,
        MG_ANSWER_NEXT_HOP,
        MG_ANSWER_LANGUAGES,
        MG_ANSWER_KEY_FOLDER,
        MG_ANSWER_ESCROW_FOLDER,
        MG_ANSWER_RELEASE_DOMAINS,
        MG_ANSWER_LETTERS_FROM,
        MG_ANSWER_DESK,
        MG_ANSWER_OFFICER,
        MG_ANSWER_OFFICER_NAME,
        _MG_ANSWERS,
} MgAnswer;

typedef struct MgQuestionRow {
        const char *name;   /* in a file of answers */
        const char *key;    /* of mugai.conf, which has the same value; NULL where it is none */
        const char *preset; /* what an empty answer means; NULL: there must be one */
        const char *ja;
        const char *en;
} MgQuestionRow;

/* Static. */
const MgQuestionRow *mg_question_row(MgAnswer answer);

typedef struct MgAnswers {
        char *values[_MG_ANSWERS];
        guint lines[_MG_ANSWERS]; /* of the file of answers; 0 where they came otherwise */
} MgAnswers;

void mg_answers_clear(MgAnswers *answers);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgAnswers, mg_answers_clear)

/* NULL, or a sentence that says what would be right; what was answered before is looked at, too. Caller frees. */
char *mg_answers_fault(const MgAnswers *answers, MgAnswer answer, const char *value);

/* FALSE with MG_ERROR_CONFIG: "file:line: sentence". */
gboolean mg_answers_read(const char *path, MgAnswers *answers, GError **error);
/* Asks on standard output and input, each question until its answer will do. FALSE with MG_ERROR_USAGE where the input
 * ends before. */
gboolean mg_answers_ask(MgAnswers *answers, GError **error);
/* A file of answers with nothing in it but what it says of each. Caller frees. */
char *mg_answers_template(void);
