/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails through the reading of a worker, in bulk and without confinement: frames of a length (4 octets, little-endian)
 * and a mail on standard input, one answer each on standard output: replaced and guessed characters, then length and
 * octets of Subject, body, charset and reason. For suites that read a hundred thousand mails.
 */
#include <stdio.h>
#include <string.h>

#include "sanitize/sanitize.h"

static gboolean get_u32(guint32 *value) {
        guint8 octets[4];
        if (fread(octets, 1, sizeof octets, stdin) != sizeof octets)
                return FALSE;
        *value = (guint32)octets[0] | (guint32)octets[1] << 8 | (guint32)octets[2] << 16 | (guint32)octets[3] << 24;
        return TRUE;
}

static void put_u32(guint32 value) {
        guint8 octets[4] = {(guint8)value, (guint8)(value >> 8), (guint8)(value >> 16), (guint8)(value >> 24)};
        fwrite(octets, 1, sizeof octets, stdout);
}

static void put_text(const char *text, gsize n) {
        put_u32((guint32)n);
        fwrite(text, 1, n, stdout);
}

static void answer(GBytes *mail) {
        g_autoptr(MgReading) reading = mg_sanitize_read(mail, &mg_limits_default);
        const MgValue *subject = mg_reading_value(reading, MG_FIELD_SUBJECT);
        const char *reason = mg_charset_reason_name(reading->body_charset_reason);
        gsize n;
        const char *body = g_bytes_get_data(reading->body, &n);
        put_u32(reading->replaced);
        put_u32(reading->guessed);
        put_text(subject != NULL ? subject->text : "", subject != NULL ? strlen(subject->text) : 0);
        put_text(body != NULL ? body : "", n);
        put_text(reading->body_charset, strlen(reading->body_charset));
        put_text(reason, strlen(reason));
}

int main(void) {
        g_autoptr(GError) error = NULL;
        guint32 n;
        if (!mg_sanitize_warm(&error)) {
                fprintf(stderr, "read-mails: %s\n", error->message);
                return 1;
        }
        while (get_u32(&n)) {
                guint8 *octets = g_malloc(n);
                if (fread(octets, 1, n, stdin) != n)
                        return 1;
                g_autoptr(GBytes) mail = g_bytes_new_take(octets, n);
                answer(mail);
        }
        return 0;
}
