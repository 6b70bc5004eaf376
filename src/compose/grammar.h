/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/kept_type.h"
#include "mugai/policy.h"

/*
 * grammar: the one definition of what may leave
 *
 * mg_grammar_check() is one scan over composed bytes that knows nothing of how they were made: the allowed fields,
 * each at most once (Received more often), ASCII, encoded words of at most 75 that decode to class LINE, Content-Type
 * and Content-Transfer-Encoding of exactly our forms, a body that decodes to class TEXT in lines within 998 octets,
 * without a live link where the policy says so.
 */
typedef struct MgGrammarField {
        const char *name; /* static, the RFC name */
        /* borrowed from the message's memory, not terminated; as written, folds included, without the leading blank */
        const char *value;
        gsize n;
} MgGrammarField;

/* What the scan saw: slices of the message. What the milter hands to Postfix is these slices and nothing else. */
typedef struct MgGrammarView {
        GBytes *message;
        GArray *fields;   /* of MgGrammarField, in order */
        const char *body; /* borrowed; the encoded body, CRLF line ends */
        gsize body_size;
} MgGrammarView;

void mg_grammar_view_free(MgGrammarView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgGrammarView, mg_grammar_view_free)

/* NULL with MG_ERROR_GRAMMAR saying field and fault. */
MgGrammarView *mg_grammar_check(GBytes *message, const MgPolicy *policy, GError **error);

/*
 * The same of a released mail: the text is the first part of a multipart/mixed, and so many files follow, each application/octet-stream
 * and base64, with a name of class LINE that any system can save, the same in both fields that say it. Never asked of mail that goes on
 * by itself.
 */
MgGrammarView *mg_grammar_check_files(GBytes *message, const MgPolicy *policy, guint files, GError **error);

/* A file that was decided to go on, as facts have it. */
typedef struct MgGrammarFile {
        const MgKeptType *type;
        guint64 size;
        guint8 sha256[32];
} MgGrammarFile;

/*
 * The same of mail that goes on by itself with files that an exemption keeps, at least one: just these, in this order, each with the
 * Content-Type of its row, the first octets of it, that size and digest, and a name with an extension of it.
 */
MgGrammarView *mg_grammar_check_kept(GBytes *message, const MgPolicy *policy, const GArray *files, GError **error);
