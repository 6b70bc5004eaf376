/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"
#include "compose/compose.h"

/* Readings to compose, for several tests: a plain one, and random ones that stay within their classes. */

typedef struct Sample {
        MgPolicy *policy;
        MgEnvelope *envelope;
        MgReading *reading;
        MgDecision *decision;
        MgOutgoingInput input; /* borrows the above */
} Sample;

/* A policy with the shipped texts. */
MgPolicy *sample_policy(guint32 languages, MgCharset charset, MgLinkMode links);

/* Takes the policy. A short mail from taro to hanako; its body is "こんにちは。\n". */
Sample *sample_new(MgPolicy *policy);
void sample_free(Sample *sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sample, sample_free)

void sample_set_body(Sample *sample, const char *body, gssize n);
/* Adds a part and the decision on it, as rules would decide; why: MG_TEXT_why_file. */
void sample_add_part(Sample *sample, MgPartKind kind, const char *name, const char *type, guint64 size);
/* Why the last part was removed. */
void sample_say_why(Sample *sample, MgTextId why);

/*
 * Random text of at most max characters that is of the class: letters, kanji, emoji, pieces of URLs and of mail
 * syntax. Caller frees.
 */
char *sample_text(GRand *rand, MgClass class, guint max);
/* A random Reading within its classes, everything in it. Takes the policy. */
Sample *sample_random(GRand *rand, MgPolicy *policy);

/* The value of the field as written, folds included; NULL where there is none. Caller frees. */
char *sample_field(const MgGrammarView *view, const char *name);
/* The body of a base64 or 7bit view in UTF-8, LF line ends, read by GLib's base64. Caller frees. */
char *sample_body(const MgGrammarView *view);
