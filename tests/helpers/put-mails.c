/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts mails into a store as a milter does: put-mails [--ahead=SECONDS] SOCKET FROM TO N...
 *
 * --ahead: the mails come so much later than it is, for a test of a clock that was set back.
 *
 * For each number N a mail of its own, always the same one: a line "N RECEIPT" on standard output when the store said
 * DONE, "N - WHY" when it did not. So what is lost, doubled or changed can be told from outside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/store/harness.h"

/* Text that does not compress to nothing, larger than one page of memory. */
static GString *mail_of(guint number) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(number);
        GString *mail = g_string_new("From: a@example.org\r\nSubject: mail\r\n\r\n");

        for (guint i = 0; i < 400 + number % 7 * 100; i++)
                g_string_append_printf(mail, "%u %08x\r\n", number, g_rand_int(rand));
        return mail;
}

int main(int argc, char **argv) {
        gint64 ahead = 0;

        if (argc > 1 && g_str_has_prefix(argv[1], "--ahead=")) {
                ahead = g_ascii_strtoll(argv[1] + strlen("--ahead="), NULL, 10);
                argc--, argv++;
        }
        if (argc < 5) {
                fprintf(stderr, "usage: put-mails [--ahead=SECONDS] SOCKET FROM TO N...\n");
                return 64;
        }
        for (int i = 4; i < argc; i++) {
                guint number = (guint)strtoul(argv[i], NULL, 10);
                g_autoptr(GString) mail = mail_of(number);
                g_autoptr(MgEnvelope) envelope =
                        envelope_of(argv[i], argv[2], argv[3], g_get_real_time() / G_USEC_PER_SEC + ahead);
                g_autoptr(GError) error = NULL;
                g_autofree char *receipt = put_mail(argv[1], envelope, mail->str, mail->len, &error);

                printf("%u %s%s\n", number, receipt ? receipt : "- ", receipt ? "" : error->message);
                fflush(stdout);
        }
        return 0;
}
