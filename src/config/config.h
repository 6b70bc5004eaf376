/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "mugai/policy.h"

/*
 * config: mugai.conf -> const Config and const Policy
 *
 * Every key stands once in the shipped rules/mugai.conf with default and unit. A file that has an unknown key, a
 * key twice, a value with the wrong unit or out of range does not load: error is "file:line: sentence that helps"
 * with MG_ERROR_CONFIG (callers exit 78, EX_CONFIG).
 */
typedef enum MgLandlock { MG_LANDLOCK_REQUIRED, MG_LANDLOCK_OPTIONAL } MgLandlock;
typedef enum MgLogTo { MG_LOG_TO_STDERR, MG_LOG_TO_SYSLOG, MG_LOG_TO_FILE } MgLogTo;

typedef struct MgConfig {
        char *path;      /* file it came from, absolute; NULL for built-in defaults */
        guint node;      /* 0-9, first digit of receipts */
        char *state_dir; /* originals and index */
        char *run_dir;   /* sockets */
        char *rules_dir; /* notice texts */

        MgLogTo log_to;
        char *log_file;
        int log_level; /* MgLogLevel */

        char *user_milter; /* name or number; used only when started as root */
        char *user_sanitize;
        char *user_store;
        char *group; /* group of run_dir and its sockets: who may use `mugai` without being root */

        char *milter_socket; /* "unix:/path" or "inet:port@host" as Postfix and libmilter spell it */
        char *milter_group;  /* group that may connect to a unix milter socket (Postfix's), or "" */
        guint max_mails;     /* mails between MAIL and the reply to the final dot, at once */
        guint64 max_memory;  /* octets of mails in memory, at once */

        MgLandlock landlock;
        guint workers;         /* workers running at once */
        guint waiting;         /* mails waiting for a worker, at once */
        guint deadline_ms;     /* of one worker */
        guint64 worker_memory; /* RLIMIT_AS of a worker */

        guint64 store_reserve; /* below this much free space new mail gets 4xx */
        int store_level;       /* zstd level, 1-19 */
        char *seal_to;         /* certificate of the organization, or "" where originals are not sealed */
        char *escrow;          /* certificate of the escrow key; "" where seal_to is */
        GPtrArray *sealing;    /* of MgCertificate: seal_to and escrow as they were read; empty where these are "" */
        MgPolicy *policy;      /* limits, links, charset, languages, subject_tag, texts */
} MgConfig;

/* path NULL: built-in defaults, with the rules of rules_dir NULL: found by mg_config_rules_dir(). */
MgConfig *mg_config_load(const char *path, GError **error);
void mg_config_free(MgConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgConfig, mg_config_free)

/* Names of the keys whose change is taken over by a restart only (sockets, folders, users), and which differ. Ended
 * by NULL; caller frees with g_strfreev(). */
char **mg_config_changed(const MgConfig *running, const MgConfig *next);

/* run_dir/name. Caller frees. Names: "store.sock", "sanitize.sock", "control.sock". */
char *mg_config_socket(const MgConfig *config, const char *name);

/* Where the shipped rules stand: beside the program in a build folder, else the installed place. Caller frees. */
char *mg_config_rules_dir(void);
/* Where a role's program stands: beside this one in a build folder, else the installed place. Caller frees. */
char *mg_config_program(const char *name);
