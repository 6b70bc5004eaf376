/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <poll.h>

#include "base/release_client.h"
#include "base/text_call.h"
#include "config/config.h"
#include "release/keyring.h"

/*
 * Texts: the words of a mail for somebody who may read them, made anew by a fresh worker
 *
 * The original is opened here, where the keys are; a process that is forked for one text and has none of them asks the worker and
 * answers the client itself. Nothing is written anywhere, and nothing is released. MG_TEXTS_MAX at once, so that people who read do not
 * take the workers that mail needs; who comes beyond that is asked to come again.
 */
#define MG_TEXTS_MAX 2

typedef struct MgText {
        pid_t pid;
        int pidfd;  /* -1: free */
        gint64 end; /* monotonic microseconds: when it is killed */
} MgText;

typedef struct MgTexts {
        MgText all[MG_TEXTS_MAX];
        const MgAsker *store;   /* borrowed, as is the ring */
        const MgKeyring *ring;
} MgTexts;

void mg_texts_init(MgTexts *texts, const MgAsker *store, const MgKeyring *ring);
/* Kills what is in work. */
void mg_texts_clear(MgTexts *texts);

/*
 * Begins to make the text that a person at the other end of client asks for (question, base/text_call.h), and to answer it there;
 * the caller closes its own descriptor. FALSE with error where it cannot be begun: the caller says so.
 */
gboolean mg_texts_begin(MgTexts *texts, const MgConfig *config, const MgTextQuestion *question, int client,
                        GError **error);

/* Fills polls, which has room for MG_TEXTS_MAX, with what is to be watched. */
void mg_texts_watch(const MgTexts *texts, struct pollfd *polls);
/* Ends those that are done, or take too long. */
void mg_texts_turn(MgTexts *texts);
/* Milliseconds to the next end, -1 where nothing is in work. */
int mg_texts_next(const MgTexts *texts);
