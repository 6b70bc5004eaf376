/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cli.h"

/*
 * Setup: a first installation, and the lines that Postfix needs
 */
typedef struct MgSetupOptions {
        char *config;      /* file that is written, or read; NULL: the standard one */
        char *from;        /* file of answers; NULL: asked on the terminal */
        gboolean template; /* print such a file, with nothing in it */
        gboolean print;    /* print mugai.conf instead of writing it */
        int passphrase_fd;

        char *postfix_dir; /* NULL: Postfix's own */
        char **services;   /* that mail comes in by; NULL: the one that there is */
        gboolean dry_run;
        gboolean undo;
        gboolean reload;
        gboolean no_probe;
} MgSetupOptions;

/* Exit status, after one line on standard error where it is not EX_OK. */
int mg_setup_answers(const MgSetupOptions *options);
/* The same; with dry_run 1 where something would change, without it 1 where check has something to say. */
int mg_setup_postfix(const MgSetupOptions *options);
