/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes by liboath. Keeps none, and compares none that is kept.
 */
#include "store/totp.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/secret.h"

#define RECOVERY_OCTETS 10

void mg_random(guint8 *octets, gsize n) {
        /* Up to 256 octets come whole once the kernel's pool is ready, which it is long since. */
        g_assert(n <= 256);
        if (getrandom(octets, n, 0) != (ssize_t)n)
                g_error("the kernel gives no random octets");
}

gboolean mg_totp_check(const guint8 secret[MG_TOTP_SECRET], gint64 now, gint64 last, const char *code, gint64 *step) {
        uint64_t counter = 0;

        if (strlen(code) != MG_TOTP_DIGITS || strspn(code, "0123456789") != MG_TOTP_DIGITS)
                return FALSE;
        if (oath_totp_validate3((const char *)secret, MG_TOTP_SECRET, (time_t)now, MG_TOTP_STEP, 0, MG_TOTP_WINDOW,
                                NULL, &counter, code) < 0)
                return FALSE;
        *step = (gint64)counter;
        return *step > last;
}

/* Base32 without padding. */
static char *base32(const guint8 *octets, gsize n) {
        char *text = NULL, *copy;
        size_t length = 0;

        if (oath_base32_encode((const char *)octets, n, &text, &length) != OATH_OK)
                g_error("no memory");
        copy = g_strndup(text, strcspn(text, "="));
        explicit_bzero(text, length);
        free(text);
        return copy;
}

char *mg_totp_text(const guint8 secret[MG_TOTP_SECRET]) {
        return base32(secret, MG_TOTP_SECRET);
}

char *mg_recovery_code_new(void) {
        guint8 octets[RECOVERY_OCTETS];
        mg_autosecret text = NULL;
        char *code;

        mg_random(octets, sizeof octets);
        text = base32(octets, sizeof octets);
        explicit_bzero(octets, sizeof octets);
        for (char *at = text; *at; at++)
                *at = g_ascii_tolower(*at);
        code = g_strdup_printf("%.4s-%.4s-%.4s-%.4s", text, text + 4, text + 8, text + 12);
        return code;
}

void mg_recovery_code_hash(const char *typed, guint8 hash[32]) {
        mg_autosecret code = g_strdup(typed);
        char *to = code;

        for (const char *at = code; *at; at++)
                if (*at != '-' && *at != ' ')
                        *to++ = g_ascii_tolower(*at);
        mg_digest(code, (gsize)(to - code), hash);
        explicit_bzero(to, strlen(typed) - (gsize)(to - code));
        *to = '\0';
}
