/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "supervisor/account.h"

/* child: one role program under the supervisor, from fork to its end */
typedef enum MgChildState {
        MG_CHILD_DOWN,
        MG_CHILD_STARTING, /* runs and has not said yet that it serves */
        MG_CHILD_UP,
        MG_CHILD_ENDING, /* told or made to end */
} MgChildState;

typedef struct MgChild {
        const char *name; /* "store"; the program is mugai-store */
        int listener;     /* its listening socket, kept over restarts, or -1 */
        MgChildState state;
        pid_t pid;       /* 0: not running */
        int control;     /* the supervisor's end, or -1 */
        gboolean was_up; /* it served once */
        gint64 started;  /* milliseconds, monotonic */
        gint64 start_at; /* when to start it, while it is down */
        gint64 kill_at;  /* when to kill it, while it runs; 0: never */
        guint delay_ms;  /* before its next restart */
        guint restarts;
        gboolean asked;  /* for its figures, and has not answered */
        GArray *figures; /* of the running round, or NULL */
} MgChild;

/* A role is down and is to start at once. listener is taken. */
void mg_child_init(MgChild *role, const char *name, int listener);
void mg_child_clear(MgChild *role);

/* What a new role process gets. */
typedef struct MgSpawn {
        const char *program_dir;
        const char *config_path;  /* absolute */
        const MgAccount *account; /* to change to, or NULL: stays what it is */
        gid_t group;              /* supplementary, with account */
        int lock;                 /* handed on, so that it holds as long as a role runs */
} MgSpawn;

/*
 * Starts the program with --config, sockets by systemd's convention (named as the role, "control", "lock"), stdin
 * and stdout /dev/null, stderr ours, a session of its own, no core files, no_new_privs. FALSE with error where no
 * process could be made.
 */
gboolean mg_child_start(MgChild *role, const MgSpawn *spawn, gint64 now, GError **error);

/* It ended: notes that, logs how unless it was told to (quiet), and sets when it starts again: at once the first
 * time and after it ran for 30 s, else with a delay that doubles from 0.1 to 5 s. */
void mg_child_ended(MgChild *role, int status, gint64 now);

/* A role that a service manager started came (its process and socket, which is taken), in the place of the one before. */
void mg_child_joined(MgChild *role, int *control, pid_t pid, gint64 now);
/* Its socket closed: it ended, or ends. */
void mg_child_left(MgChild *role);

/* Tells it to reload; log, where it is not -1, is the file for its lines from now on. */
void mg_child_reload(MgChild *role, int log);
/* Sends a record without content; a role that cannot take it is logged. */
void mg_child_tell(MgChild *role, guint32 kind);
/* SIGKILL. */
void mg_child_kill(MgChild *role);
