/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include "mugai/person.h"

/*
 * TOTP: time-based codes (RFC 6238) and recovery codes
 */

/* Octets of a secret: as long as the digest, as RFC 4226 section 4 recommends. */
#define MG_TOTP_SECRET 20

/*
 * Whether code is the one of now, or of the step before or after, of a step later than last. *step is that step then: it is the
 * caller's to note it, so that no code is taken twice.
 */
gboolean mg_totp_check(const guint8 secret[MG_TOTP_SECRET], gint64 now, gint64 last, const char *code, gint64 *step);
/* The secret in base32, as an authenticator takes it. Free by mg_secret_free(). */
char *mg_totp_text(const guint8 secret[MG_TOTP_SECRET]);
/* A recovery code of 80 random bits, "abcd-efgh-ijkl-mnop". Free by mg_secret_free(). */
char *mg_recovery_code_new(void);
/* SHA-256 of a recovery code as it was typed: case, blanks and hyphens make no difference. */
void mg_recovery_code_hash(const char *typed, guint8 hash[32]);

/* Random octets from the kernel. */
void mg_random(guint8 *octets, gsize n);
