/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * canary mail: the two mails that the gateway sends itself
 *
 * BAD has one of each of what must never cross: a program in a ZIP, a file that looks as if it had macros, a script, hidden text, a link
 * that shows another address, a field that nobody knows. None of it does anything, and nothing of it is what a scanner knows: what is in
 * it are marks. JAPANESE is what garbles first: ISO-2022-JP with ① ㈱ № and half-width kana, a file name by RFC 2231, a Subject by
 * encoded words.
 */
typedef enum MgCanaryKind {
        MG_CANARY_BAD,
        MG_CANARY_JAPANESE,
        _MG_CANARY_KIND_N,
} MgCanaryKind;

/* "bad", "japanese": what stands before the token in the recipient's address. */
const char *mg_canary_name(MgCanaryKind kind);

/* What its Subject says before the token. */
const char *mg_canary_subject(MgCanaryKind kind);

/* Hexadecimal digits of the token by which the mails of one round are known. */
#define MG_CANARY_TOKEN 16

/* A token that nobody can guess. Caller frees. */
char *mg_canary_token(void);
/* bad-TOKEN@domain. Caller frees. */
char *mg_canary_address(MgCanaryKind kind, const char *token, const char *domain);
/* Which mail an address is for, where it is one of a round with this token; else _MG_CANARY_KIND_N. */
MgCanaryKind mg_canary_kind_of(const char *address, const char *token, const char *domain);
/* The Date of a mail of that time, as it has to come back: "Fri, 27 Nov 2026 09:00:00 +0000". Caller frees. */
char *mg_canary_date(gint64 time);
/* Whole, with CRLF. time: seconds since the epoch. */
GBytes *mg_canary_mail(MgCanaryKind kind, const char *token, const char *domain, gint64 time);

/* What has to be there of a mail and what must not: names and texts ended by NULL. */
typedef struct MgCanaryWant {
        const char *const *text;     /* lines with which the text begins */
        const char *const *text_jis; /* the same where characters outside of JIS X 0208 had to be replaced */
        const char *const *names;    /* of files that the notice lists */
        const char *const *names_jis;
        const char *const *marks; /* must be nowhere */
} MgCanaryWant;

const MgCanaryWant *mg_canary_want(MgCanaryKind kind);
