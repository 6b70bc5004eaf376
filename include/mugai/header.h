/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"

/*
 * Header: what is kept of a mail's header for rules, by the side that is trusted and not by the worker
 *
 * Names of fields, and what trusted verifiers said. It stands in the record, so that a rule can be asked of a mail of which
 * nothing else is there any more.
 *
 * A verifier is trusted by where its field stands and whose name it has: Authentication-Results (RFC 8601) by our own authserv_id, above
 * the first Received that can be seen. Those that stand further down came with the mail. One that its sender has put on top of his mail
 * looks like a verifier's: Postfix is to take it out (packaging/postfix/README.md). Where two fields have the same method the upper one
 * counts, so that one further down can add a method, and change nothing.
 */

/* Octets of a name that is kept, and that a rule may ask for. */
#define MG_FIELD_NAME_MAX 64

typedef struct MgHeader {
        GPtrArray *names;           /* of char *, TOKEN, lower case, sorted, each once */
        GPtrArray *authentication;  /* of char *, HOST, lower case: "spf=pass", in their order; at most
                                     * limits.authentication_results */
        guint64 authentication_all; /* those that are left out, too; not kept in records */
        gboolean travelled;         /* a Received was seen: what follows came with the mail; not kept in records */
} MgHeader;

MgHeader *mg_header_new(void);
void mg_header_free(MgHeader *header); /* takes NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgHeader, mg_header_free)

/* Whom to believe, and how much to keep. */
typedef struct MgHeaderTrust {
        const char *authserv_id; /* "": nobody */
        guint64 results;         /* limits.authentication_results */
} MgHeaderTrust;

/*
 * Notes a field; value is n octets, folded or not. A name that is longer, or no TOKEN, is left out: no rule can ask for it. Whoever
 * calls has a bound on the number (limits.header_fields).
 */
void mg_header_take(MgHeader *header, const MgHeaderTrust *trust, const char *name, const char *value, gsize n);
/* The same of the first max fields of a mail of n octets, lines ended by LF or CR LF. Returns how many it has. */
guint64 mg_header_scan(MgHeader *header, const MgHeaderTrust *trust, guint64 max, const guint8 *mail, gsize n);
/* name is in lower case. */
gboolean mg_header_has(const MgHeader *header, const char *name);
/* Notes in the reading that results were left out, with both numbers. */
void mg_header_reach(const MgHeader *header, const MgHeaderTrust *trust, MgReading *reading);
