/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/log.h"
#include "config/organization.h"
#include "mugai/header.h"
#include "mugai/policy.h"

/*
 * config: mugai.conf -> const Config and const Policy
 *
 * Every key stands once in the shipped rules/mugai.conf with default and unit. A file that has an unknown key, a
 * key twice, a value with the wrong unit or out of range does not load: error is "file:line: sentence that helps"
 * with MG_ERROR_CONFIG (callers exit 78, EX_CONFIG).
 */
typedef enum MgLandlock { MG_LANDLOCK_REQUIRED, MG_LANDLOCK_OPTIONAL } MgLandlock;
/* SECURE: browsers keep it for https alone. PLAIN is for plain HTTP on loopback. */
typedef enum MgCookie { MG_COOKIE_SECURE, MG_COOKIE_PLAIN } MgCookie;

/* Servers behind this one that a round of canaries asks. */
#define MG_NEXT_HOPS_MAX 8

typedef struct MgConfig {
        char *path;      /* file it came from, absolute; NULL for built-in defaults */
        guint node;      /* 0-9, first digit of receipts */
        char *state_dir; /* originals and index */
        char *run_dir;   /* sockets */
        char *rules_dir; /* notice texts */

        MgLogTo log_to;
        MgLineFormat log_format;
        char *log_file;
        int log_level; /* MgLogLevel */

        char *user_milter; /* name or number; used only when started as root */
        char *user_sanitize;
        char *user_store;
        char *user_release; /* used only where release is */
        char *user_console; /* used only where console is */
        char *user_monitor; /* used only where monitor is */
        char *group;        /* group of run_dir and its sockets: who may use `mugai` without being root */

        char *milter_socket; /* "unix:/path" or "inet:port@host" as Postfix and libmilter spell it */
        char *milter_group;  /* group that may connect to a unix milter socket (Postfix's), or "" */
        guint max_mails;     /* mails between MAIL and the reply to the final dot, at once */
        guint priority_mails; /* beyond them, of senders that a rule prefers */
        guint64 max_memory;  /* octets of mails in memory, at once */

        char *next_hop; /* where Postfix is told to send what comes in, as "[10.20.0.25]"; "" where nobody says */

        char *authserv_id;     /* by whom Authentication-Results are that rules may ask for, or "" */
        gboolean behind_relay; /* another mail server of ours has accepted the mail before us: a 5xx is a bounce */
        char *rules;           /* file of the rules; "": none */

        MgLandlock landlock;
        guint workers;         /* workers running at once */
        guint waiting;         /* mails waiting for a worker, at once */
        guint deadline_ms;     /* of one worker */
        guint64 worker_memory; /* RLIMIT_AS of a worker */

        char *scan_socket;     /* clamd's unix socket; "": no scanner */
        guint scan_wait_ms;    /* for its verdict, beyond the worker's answer, where a rule asks for it */
        guint scan_grace_ms;   /* the same where none does */
        guint64 scan_max_size; /* octets of a mail that it is asked about */

        guint anchor_every_ms; /* how often the head of the audit trail leaves */
        char *anchor_file;     /* where to, beside the log; "": nowhere else */
        char *lines_to;        /* where each act leaves to: a path, "syslog", or "" */

        guint64 store_reserve; /* below this much free space new mail gets 4xx */
        int store_level;       /* zstd level, 1-19 */
        char *escrow;          /* certificate of the escrow key; "" where originals are not sealed */
        guint expiry_warning;  /* days before its expiry that mail is spoken of */
        guint quota_alarm;     /* percent of a quota from which on there is an alarm */
        gboolean vouched_sign_in; /* the store believes the role console who signed in at the web server */
        GPtrArray *sealing; /* of MgCertificate: each seal_to once, then escrow; empty where originals are not sealed */
        MgOrganizations *organizations;

        gboolean release;        /* the role release runs: originals can be asked for and sent on */
        char *release_smtp;      /* "inet:port@host" of this host: Postfix's port without a milter */
        char *release_letters;   /* the same: the port by which letters to people come in, as all mail does */
        char *release_from;      /* ADDRESS: of letters */
        guint request_days;      /* that a request waits for a decision */
        guint digest_every_ms;   /* between two letters that say to one approver what waits */
        guint key_alarm_ms;      /* that approved requests may wait for a locked key */
        guint release_unlock_ms; /* how long a key stays unlocked where nobody says how long */

        gboolean console;          /* the role console runs: pages for people */
        char *console_socket;      /* where it listens, as milter_socket is spelt */
        char *console_group;       /* group that may connect to a unix socket of it, or "": user.group */
        char *console_certificate; /* PEM files for TLS; both or neither */
        char *console_key;
        char *console_proxy; /* address whose X-Forwarded-For is believed, or "" */
        char *console_user_header; /* field in which that web server says who signed in at it, or "" */
        guint console_header_ms;   /* that the header of one request may take to come */
        guint console_request_ms;  /* that one request may take to come: 408; twice that, and it is not waited for */
        guint console_per_address; /* connections of one address at once */
        MgCookie console_cookie;

        gboolean monitor;     /* the role monitor runs: figures for who watches the gateway */
        char *monitor_listen; /* where it gives them: "inet:port@host", of this host alone */
        guint canary_every_ms;           /* between two rounds of canaries; 0: none */
        char *canary_entrance;           /* "inet:port@host": the entrance of all mail */
        char *canary_domain;             /* of canaries alone */
        char *canary_listen;             /* where they come out, on this host alone */
        char *canary_next_hop;           /* addresses with a blank between, at most MG_NEXT_HOPS_MAX; or "" */
        char *canary_next_hop_recipient; /* ADDRESS that it is asked about, or "" */
        char *alarm_command;             /* absolute path, or "" */

        MgPolicy *policy; /* limits, links, charset, languages, subject_tag, texts */
} MgConfig;

/* path NULL: built-in defaults, with the rules of rules_dir NULL: found by mg_config_rules_dir(). */
MgConfig *mg_config_load(const char *path, GError **error);
/* The same with the rules of another file than policy.rules names; "": without rules, for who decides on no mail, so that
 * a faulty rule file is nothing to him. */
MgConfig *mg_config_load_with(const char *path, const char *rules, GError **error);
void mg_config_free(MgConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgConfig, mg_config_free)

/* Which Authentication-Results count. Borrows. */
MgHeaderTrust mg_config_trust(const MgConfig *config);

/* Names of the keys whose change is taken over by a restart only (sockets, folders, users), and which differ. Ended
 * by NULL; caller frees with g_strfreev(). */
char **mg_config_changed(const MgConfig *running, const MgConfig *next);

/* Whether the domain of an address is one of domains (as release_domains), case ignored; of a whole domain, not of one below it. */
gboolean mg_config_has_domain(const char *domains, const char *address);

/* run_dir/name. Caller frees. Names: "store.sock", "sanitize.sock", "release.sock", "control.sock". */
char *mg_config_socket(const MgConfig *config, const char *name);

/* Where the shipped rules stand: beside the program in a build folder, else the installed place. Caller frees. */
char *mg_config_rules_dir(void);
/* Where a role's program stands: beside this one in a build folder, else the installed place. Caller frees. */
char *mg_config_program(const char *name);
