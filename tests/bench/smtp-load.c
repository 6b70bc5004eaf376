/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends mail by SMTP over several sessions: smtp-load HOST:PORT FOLDER [OPTION...], see load.h.
 *
 * MAIL, RCPT and DATA go in one packet, as clients with PIPELINING send them.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define REPLY_LINES_MAX 64
#define ENVELOPE "MAIL FROM:<%s>\r\nRCPT TO:<someone@city.example.jp>\r\nDATA\r\n"

typedef struct Smtp {
        int fd;
        char buffer[4096];
        gsize at, n;
} Smtp;

/* One octet; -1: gone. */
static int next_octet(Smtp *smtp) {
        if (smtp->at == smtp->n) {
                gssize got;

                do
                        got = read(smtp->fd, smtp->buffer, sizeof smtp->buffer);
                while (got < 0 && errno == EINTR);
                if (got <= 0)
                        return -1;
                smtp->n = (gsize)got;
                smtp->at = 0;
        }
        return (guchar)smtp->buffer[smtp->at++];
}

/* The first digit of the next reply; 0: gone. */
static char reply(Smtp *smtp) {
        for (guint i = 0; i < REPLY_LINES_MAX; i++) {
                char line[4] = "";
                guint n = 0;
                int c;

                while ((c = next_octet(smtp)) >= 0 && c != '\n')
                        if (n < 4)
                                line[n++] = (char)c;
                if (c < 0 || n < 4)
                        return 0;
                if (line[3] != '-')
                        return line[0];
        }
        return 0;
}

static gboolean begin(Smtp *smtp) {
        static const char hello[] = "EHLO client.example\r\n";

        smtp->at = smtp->n = 0;
        return reply(smtp) == '2' && mg_load_write(smtp->fd, hello, sizeof hello - 1) && reply(smtp) == '2';
}

static gboolean send_mail(Smtp *smtp, const MgLoadMail *mail, MgLoadCount *count) {
        g_autofree char *sender = mg_load_sender(), *envelope = g_strdup_printf(ENVELOPE, sender);
        gint64 since;
        char verdict;

        if (!mg_load_write(smtp->fd, envelope, strlen(envelope)) || reply(smtp) != '2' || reply(smtp) != '2' ||
            reply(smtp) != '3' || !mg_load_write(smtp->fd, mail->packed->data, mail->packed->len))
                return FALSE;
        since = g_get_monotonic_time();
        verdict = reply(smtp);
        if (!verdict)
                return FALSE;
        mg_load_waited(count, since);
        if (verdict == '2')
                count->taken++;
        else
                count->refused++;
        return TRUE;
}

static void session(MgLoad *load, MgLoadCount *count) {
        Smtp smtp = {.fd = -1};
        const MgLoadMail *mail;
        guint sent = 0;

        while ((mail = mg_load_next(load))) {
                if (smtp.fd < 0) {
                        smtp.fd = mg_load_connect(load);
                        sent = 0;
                        if (!begin(&smtp)) {
                                mg_load_fail(load, "the server did not greet");
                                break;
                        }
                }
                if (!send_mail(&smtp, mail, count)) {
                        mg_load_fail(load, "the server refused an envelope, or is gone");
                        break;
                }
                if (++sent == load->per_connection) {
                        mg_load_write(smtp.fd, "QUIT\r\n", 6);
                        reply(&smtp);
                        close(smtp.fd);
                        smtp.fd = -1;
                }
        }
        if (smtp.fd >= 0)
                close(smtp.fd);
}

/* Dots doubled, and the last dot. */
static void pack(MgLoadMail *mail) {
        gsize n;
        const char *data = g_bytes_get_data(mail->file, &n);

        for (const char *at = data, *end = data + n; at < end;) {
                const char *stop = memchr(at, '\n', (gsize)(end - at));

                stop = stop ? stop + 1 : end;
                if (*at == '.')
                        g_byte_array_append(mail->packed, (const guint8 *)".", 1);
                g_byte_array_append(mail->packed, (const guint8 *)at, (guint)(stop - at));
                at = stop;
        }
        if (n < 2 || data[n - 1] != '\n')
                g_byte_array_append(mail->packed, (const guint8 *)"\r\n", 2);
        g_byte_array_append(mail->packed, (const guint8 *)".\r\n", 3);
}

int main(int argc, char **argv) {
        MgLoad load = {.name = "smtp-load", .session = session};

        return mg_load_run(&load, argc, argv, pack);
}
