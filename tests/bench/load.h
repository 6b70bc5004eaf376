/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/*
 * load: what the clients of the bench share
 *
 * A client sends the mails of a folder over and over, by several sessions at once, until the number that was asked for
 * is through, and prints one line of JSON. Its own processor time is in it, so that it can be told from the gateway's.
 */

typedef struct MgLoadMail {
        GBytes *file;       /* owned; header and body in CRLF, as they stand on disk */
        GByteArray *packed; /* owned; what the client made of it once, to be sent as often as wanted */
        gsize body;         /* where the body begins in file */
} MgLoadMail;

/* What one session saw. */
typedef struct MgLoadCount {
        guint taken, refused; /* by the last reply */
        guint64 octets_in;    /* that came back */
        GArray *waits;        /* owned, gint64: microseconds from the last octet of a mail to its reply */
} MgLoadCount;

typedef struct MgLoad MgLoad;

struct MgLoad {
        const char *name;
        char *target; /* owned: HOST:PORT or the path of a unix socket */
        guint sessions, n_mails, per_connection;
        GPtrArray *mails; /* owned, of MgLoadMail */
        gint next;        /* atomic: the next mail's number */
        gint failed;      /* atomic: a session could not go on */
        /* Sends mails until mg_load_next() has none. Runs in a thread of its own. */
        void (*session)(MgLoad *load, MgLoadCount *count);
};

/*
 * Reads the command line: CLIENT TARGET FOLDER [--sessions N] [--mails N] [--per-connection N], loads the folder in
 * the order of its names, calls pack for each mail, runs the sessions and prints. Returns an exit status.
 */
int mg_load_run(MgLoad *load, int argc, char **argv, void (*pack)(MgLoadMail *mail));

/* The mail to send next, or NULL. */
const MgLoadMail *mg_load_next(MgLoad *load);

/* A sender that no mail had before: the same mail from the same one again is a mail that came again, and is kept once. Caller
 * frees. */
char *mg_load_sender(void);

/* A connection to the target, blocking, without Nagle's delay; ends the process where there is none. */
int mg_load_connect(const MgLoad *load);
/* All of data; FALSE where the peer is gone. */
gboolean mg_load_write(int fd, const void *data, gsize n);
/* Exactly n octets; FALSE where the peer is gone. */
gboolean mg_load_read(int fd, void *data, gsize n);
void mg_load_waited(MgLoadCount *count, gint64 since);
/* Says why and marks the run as failed. */
void mg_load_fail(MgLoad *load, const char *why);
