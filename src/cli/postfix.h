/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/findings.h"

/*
 * Postfix: what its configuration says, and what of it is unsafe beside this gateway
 *
 * The model is filled from what postconf prints, so that the checks can be tried on recorded output. It borrows
 * nothing.
 */
typedef struct MgPostfixService {
        char *name;    /* "smtp", "192.0.2.1:25" */
        char *type;    /* "inet", "pass", "unix" */
        char *program; /* "smtpd": first word of the command */
        gboolean chroot;
        GHashTable *overrides; /* of -o: name -> value */
} MgPostfixService;

typedef struct MgPostfix {
        GHashTable *main;    /* main.cf and defaults: name -> value */
        GPtrArray *services; /* of MgPostfixService, owned */
} MgPostfix;

/* main: postconf -x; master: postconf -Mx; overrides: postconf -Px. Lines that are none are left out. */
MgPostfix *mg_postfix_parse(const char *main, const char *master, const char *overrides);
void mg_postfix_free(MgPostfix *postfix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPostfix, mg_postfix_free)

/* The value that holds in service (NULL: main.cf); NULL where this Postfix has no such parameter. Borrowed. */
const char *mg_postfix_value(const MgPostfix *postfix, const MgPostfixService *service, const char *name);

/* Whether any service offers SMTPUTF8: only then it matters what the next hops offer. */
gboolean mg_postfix_takes_smtputf8(const MgPostfix *postfix);

/* One milter of a list: an address, and settings of its own where it stands in braces ("milter_" taken off). */
typedef struct MgPostfixMilter {
        char *address;
        GHashTable *settings;
} MgPostfixMilter;

/* The milters of a value of smtpd_milters, in order; owned elements. */
GPtrArray *mg_postfix_milters(const char *value);
/* Words of a list, separated by commas and blanks; what stands in braces is one word, without them. */
char **mg_postfix_words(const char *value);
/* Seconds of "30s", "5m", "300"; -1 where it is no time. */
gint64 mg_postfix_seconds(const char *value);

/* Whether a service, or main.cf where service is NULL, would reach the milter that listens on socket (as mugai.conf
 * spells it). */
typedef enum MgPostfixReach {
        MG_POSTFIX_OTHER, /* another milter */
        MG_POSTFIX_OURS,
        MG_POSTFIX_UNREACHABLE, /* ours is meant, but not by the path that the service sees in its chroot */
} MgPostfixReach;
MgPostfixReach mg_postfix_reach(const MgPostfix *postfix, const MgPostfixService *service, const char *address,
                                const char *socket);

/* Whether an inet service takes connections where socket ("inet:port@host", as mugai.conf spells it) says. */
gboolean mg_postfix_listens(const MgPostfix *postfix, const MgPostfixService *service, const char *socket);
/* Whether an inet service takes connections of this host alone. */
gboolean mg_postfix_loopback_only(const MgPostfix *postfix, const MgPostfixService *service);

/* A server that mail is handed on to, and what its EHLO said. */
typedef enum MgPostfixProbe {
        MG_POSTFIX_UNKNOWN,
        MG_POSTFIX_WITH_SMTPUTF8,
        MG_POSTFIX_WITHOUT_SMTPUTF8
} MgPostfixProbe;
typedef struct MgPostfixHop {
        char *host;
        guint16 port;
        MgPostfixProbe probe;
} MgPostfixHop;

GPtrArray *mg_postfix_hops_new(void);
/*
 * Adds the hop of "transport:nexthop" or of a bare nexthop, once, at most MG_POSTFIX_HOPS. Only what can be asked
 * without MX records: [host], an address, or any host where dns says that Postfix looks up none. FALSE where there is
 * a host that cannot be asked.
 */
#define MG_POSTFIX_HOPS 8
gboolean mg_postfix_hop_add(GPtrArray *hops, const char *value, gboolean transport, gboolean mx);
/* The hops of relayhost and of the *_transport parameters; unknown is set where there is one that cannot be asked. */
GPtrArray *mg_postfix_hops(const MgPostfix *postfix, gboolean *unknown);

/* What the checks, and mugai setup postfix, know beside Postfix's own configuration. */
typedef struct MgPostfixSide {
        const char *milter_socket; /* as in mugai.conf */
        guint64 mail_size;         /* octets */
        guint deadline_ms;
        const GPtrArray *hops;       /* of MgPostfixHop, probed; NULL: not asked */
        gboolean hops_unknown;       /* there are further ones */
        const char *release_smtp;    /* as in mugai.conf; NULL where releases are off */
        const char *release_letters; /* the same */
        char **release_domains;      /* all that originals may be released to, of all organizations; ended by NULL */
        char **domains;              /* recipients' on the LGWAN side, ".x" for all below x; ended by NULL, or NULL */
        const char *next_hop;        /* where their mail goes on to, as Postfix spells it, or NULL */
        const char *canary_domain;   /* of canaries; NULL where there are none */
        const char *canary_listen;   /* as in mugai.conf: where they come out */
} MgPostfixSide;

void mg_postfix_check(const MgPostfix *postfix, const MgPostfixSide *side, GArray *findings);
