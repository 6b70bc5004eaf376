/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/postfix.h"

/*
 * Rule: what one value of main.cf or master.cf must not be, what to say of it, and the line that mends it
 *
 * What the parts of check --postfix share, and nobody else uses.
 */
typedef struct MgPostfixContext {
        const MgPostfix *postfix;
        const MgPostfixSide *side;
        GArray *findings;
} MgPostfixContext;

typedef struct MgPostfixRule {
        const char *id;
        MgSeverity severity;
        const char *name;    /* parameter */
        const char *setting; /* its name in a milter's braces, or NULL */
        gboolean (*wrong)(const MgPostfixContext *context, const char *value);
        const char *good; /* the value that mends it; {number} is what number says */
        const char *ja;   /* {value}, {service} and {number} are filled in */
        const char *en;
        guint64 (*number)(const MgPostfixContext *context); /* or NULL */
} MgPostfixRule;

/* Where the line that mends a value belongs: in master.cf, or where the wrong one stands. */
typedef enum MgPostfixPlace { MG_POSTFIX_WHERE_IT_STANDS, MG_POSTFIX_MASTER } MgPostfixPlace;

/* Judges the value that holds in service (NULL: main.cf); milter: the entry whose own settings come first, or NULL. */
void mg_postfix_apply(const MgPostfixContext *context, const MgPostfixRule *rule, const MgPostfixService *service,
                      const MgPostfixMilter *milter, MgPostfixPlace place);
gboolean mg_postfix_not_empty(const MgPostfixContext *context, const char *value);

/* Adds a finding once: what main.cf says is said once, however many services it holds for. */
void mg_postfix_report(const MgPostfixContext *context, const char *id, MgSeverity severity, const char *subject,
                       const char *ja, const char *en, const char *mend);

/* The value that holds in service (NULL: main.cf), or "". Borrowed. */
const char *mg_postfix_text(const MgPostfixContext *context, const MgPostfixService *service, const char *name);
/* Whether our milter, or what may be it, is among those of this parameter. */
gboolean mg_postfix_has_ours(const MgPostfixContext *context, const MgPostfixService *service, const char *name);
gboolean mg_postfix_has_word(const char *list, const char *word);
/* "smtp/inet". Caller frees. */
char *mg_postfix_label(const MgPostfixService *service);
/* The line that gives a parameter this value, of service or in main.cf. Caller frees. */
char *mg_postfix_mend(const MgPostfixService *service, gboolean own, const char *name, const char *good);

/* The service that release.smtp of mugai.conf names, or NULL. Borrowed. */
const MgPostfixService *mg_postfix_release_port(const MgPostfixContext *context);
/* The release port, and the one by which letters come in; nothing where releases are off. */
void mg_postfix_check_release(const MgPostfixContext *context);

/* What a rule or mugai setup needs to know of a port or a domain. "127.0.0.1:10026" of "inet:10026@127.0.0.1"; caller
 * frees. */
char *mg_postfix_listener(const char *socket);
/* The service that takes connections there, or NULL. Borrowed. */
const MgPostfixService *mg_postfix_find_at(const MgPostfixContext *context, const char *socket);
/* Whether this value of relay_domains has the domain, or one above it. */
gboolean mg_postfix_relays(const char *relay_domains, const char *domain);

/* The cleanup service of the release port. */
#define MG_POSTFIX_RELEASE_CLEANUP "cleanup-release"
/* The release port, and a cleanup service for it, as master.cf has them; joint stands before each -o. Caller frees. */
char *mg_postfix_release_lines(const MgPostfixContext *context, const char *joint);
char *mg_postfix_cleanup_lines(const MgPostfixContext *context, const char *name, const char *joint);

/* How master.cf spells our socket: as a chrooted service sees it, too, where it lies under the queue directory. Caller
 * frees. */
char *mg_postfix_spell_socket(const MgPostfixContext *context);

/* The services by which mail comes in that must be made safe: neither for outgoing mail nor the release port. Borrowed
 * elements; caller unrefs. */
GPtrArray *mg_postfix_inbound(const MgPostfixContext *context);
