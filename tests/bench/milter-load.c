/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speaks to a milter as Postfix does: milter-load TARGET FOLDER [OPTION...], see load.h.
 *
 * Offers all of version 6 and does what the milter chose: steps that it does not want are left out, steps without a
 * reply are not waited for and share packets with what follows.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define OFFERED_ACTIONS 0x1ffu
#define OFFERED_STEPS 0x1fffffu
#define CHUNK 65535u
/* Postfix's side writes that much at once at most. */
#define BUFFER (64u << 10)
#define PACKET_MAX (64u << 20)

/* A step: its command, and the bits by which a milter leaves it out, or does not answer it. */
typedef enum Step { STEP_CONNECT, STEP_HELO, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_HEADER, STEP_EOH, STEP_BODY } Step;
static const struct {
        char command;
        guint32 skip, silent;
} steps[] = {
        [STEP_CONNECT] = {'C', 0x1, 0x1000}, [STEP_HELO] = {'H', 0x2, 0x2000},    [STEP_MAIL] = {'M', 0x4, 0x4000},
        [STEP_RCPT] = {'R', 0x8, 0x8000},    [STEP_DATA] = {'T', 0x200, 0x10000}, [STEP_HEADER] = {'L', 0x20, 0x80},
        [STEP_EOH] = {'N', 0x40, 0x40000},   [STEP_BODY] = {'B', 0x10, 0x80000},
};

typedef struct Milter {
        int fd;
        guint32 chosen;
        GByteArray *out;
        MgLoadCount *count;
        GByteArray *in;
} Milter;

static void append_packet(GByteArray *out, char command, const void *data, gsize n) {
        guint32 size = htonl((guint32)n + 1);

        g_byte_array_append(out, (const guint8 *)&size, 4);
        g_byte_array_append(out, (const guint8 *)&command, 1);
        g_byte_array_append(out, data, (guint)n);
}

static gboolean flush(Milter *milter) {
        gboolean done = milter->out->len == 0 || mg_load_write(milter->fd, milter->out->data, milter->out->len);

        g_byte_array_set_size(milter->out, 0);
        return done;
}

/* The command of the next packet, its data in milter->in; 0: gone. */
static char next_packet(Milter *milter) {
        guint32 size;
        char command;

        if (!mg_load_read(milter->fd, &size, 4) || (size = ntohl(size)) < 1 || size > PACKET_MAX ||
            !mg_load_read(milter->fd, &command, 1))
                return 0;
        g_byte_array_set_size(milter->in, size - 1);
        milter->count->octets_in += size + 4;
        return size == 1 || mg_load_read(milter->fd, milter->in->data, size - 1) ? command : 0;
}

/* Edits and signs of life pass; what remains is the answer. */
static char answer(Milter *milter) {
        char command;

        if (!flush(milter))
                return 0;
        do
                command = next_packet(milter);
        while (command && strchr("hibmpeq+-2", command));
        return command;
}

/* What else than "continue" was said is shown: nothing of what is measured here may refuse a step. */
static gboolean going_on(char verdict) {
        if (verdict != 'c' && verdict)
                fprintf(stderr, "milter-load: a step got the answer %c\n", verdict);
        return verdict == 'c';
}

/* Sends a step as the milter wants it. FALSE: gone, or refused. */
static gboolean step(Milter *milter, Step which, const void *data, gsize n) {
        if (milter->chosen & steps[which].skip)
                return TRUE;
        append_packet(milter->out, steps[which].command, data, n);
        if (milter->chosen & steps[which].silent)
                return milter->out->len < BUFFER || flush(milter);
        return going_on(answer(milter));
}

static void macros(Milter *milter, const char *data, gsize n) {
        append_packet(milter->out, 'D', data, n);
}

static gboolean begin(Milter *milter) {
        const guint32 offer[3] = {htonl(6), htonl(OFFERED_ACTIONS), htonl(OFFERED_STEPS)};
        static const char connect[] = "client.example\0"
                                      "4\xc0\x00"
                                      "192.0.2.1";
        guint32 chosen;

        append_packet(milter->out, 'O', offer, sizeof offer);
        if (!flush(milter) || next_packet(milter) != 'O' || milter->in->len < 12)
                return FALSE;
        memcpy(&chosen, milter->in->data + 8, 4);
        milter->chosen = ntohl(chosen);
        macros(milter, "Cj\0mail.example\0_\0client.example [192.0.2.1]",
               sizeof "Cj\0mail.example\0_\0client.example [192.0.2.1]");
        return step(milter, STEP_CONNECT, connect, sizeof connect) &&
               step(milter, STEP_HELO, "client.example", sizeof "client.example");
}

/* All fields at once where no reply is due; else one after the other. */
static gboolean send_header(Milter *milter, const GByteArray *packed) {
        const guint quiet = steps[STEP_HEADER].silent;

        if (milter->chosen & steps[STEP_HEADER].skip)
                return TRUE;
        for (guint at = 0; at + 5 <= packed->len;) {
                guint32 size;

                memcpy(&size, packed->data + at, 4);
                g_byte_array_append(milter->out, packed->data + at, ntohl(size) + 4);
                at += ntohl(size) + 4;
                if (!(milter->chosen & quiet) && answer(milter) != 'c')
                        return FALSE;
        }
        return TRUE;
}

static gboolean send_body(Milter *milter, const MgLoadMail *mail) {
        gsize n;
        const guint8 *data = g_bytes_get_data(mail->file, &n);

        for (gsize at = mail->body; at < n; at += CHUNK)
                if (!step(milter, STEP_BODY, data + at, MIN(n - at, CHUNK)))
                        return FALSE;
        return TRUE;
}

static gboolean send_mail(Milter *milter, const MgLoadMail *mail) {
        static gint serial;
        g_autofree char *sender = mg_load_sender(), *argument = g_strdup_printf("<%s>", sender), *end = NULL;
        char verdict;
        gint64 since;

        if (!step(milter, STEP_MAIL, argument, strlen(argument) + 1) ||
            !step(milter, STEP_RCPT, "<someone@city.example.jp>", sizeof "<someone@city.example.jp>"))
                return FALSE;
        if (!step(milter, STEP_DATA, "", 0) || !send_header(milter, mail->packed) || !step(milter, STEP_EOH, "", 0) ||
            !send_body(milter, mail))
                return FALSE;
        end = g_strdup_printf("Ei%cB%08X", '\0', (guint)g_atomic_int_add(&serial, 1));
        macros(milter, end, 2 + 1 + 9 + 1);
        append_packet(milter->out, 'E', "", 0);
        since = g_get_monotonic_time();
        verdict = answer(milter);
        if (!verdict)
                return FALSE;
        mg_load_waited(milter->count, since);
        if (verdict == 'c' || verdict == 'a')
                milter->count->taken++;
        else if (milter->count->refused++ == 0)
                fprintf(stderr, "refused: %c %.*s\n", verdict, (int)milter->in->len, (const char *)milter->in->data);
        return TRUE;
}

static void session(MgLoad *load, MgLoadCount *count) {
        Milter milter = {.fd = -1, .count = count, .out = g_byte_array_new(), .in = g_byte_array_new()};
        const MgLoadMail *mail;
        guint sent = 0;

        while ((mail = mg_load_next(load))) {
                if (milter.fd < 0) {
                        milter.fd = mg_load_connect(load);
                        sent = 0;
                        if (!begin(&milter)) {
                                mg_load_fail(load, "the milter did not take the session");
                                break;
                        }
                }
                if (!send_mail(&milter, mail)) {
                        mg_load_fail(load, "the milter refused a step, or is gone");
                        break;
                }
                if (++sent == load->per_connection) {
                        append_packet(milter.out, 'Q', "", 0);
                        flush(&milter);
                        close(milter.fd);
                        milter.fd = -1;
                }
        }
        if (milter.fd >= 0)
                close(milter.fd);
        g_byte_array_free(milter.out, TRUE);
        g_byte_array_free(milter.in, TRUE);
}

/* A packet a field: name, NUL, the value from its leading blank on, folds as LF, NUL. */
static void pack(MgLoadMail *mail) {
        const char *data = g_bytes_get_data(mail->file, NULL), *end = data + mail->body - 2;

        for (const char *at = data; at < end;) {
                const char *colon = memchr(at, ':', (gsize)(end - at)), *stop = at;
                g_autoptr(GByteArray) field = g_byte_array_new();

                do {
                        stop = memchr(stop, '\n', (gsize)(end - stop));
                        stop = stop ? stop + 1 : end;
                } while (stop < end && (*stop == ' ' || *stop == '\t'));
                if (colon && colon < stop) {
                        g_byte_array_append(field, (const guint8 *)at, (guint)(colon - at));
                        g_byte_array_append(field, (const guint8 *)"", 1);
                        for (const char *c = colon + 1; c < stop - 2; c++)
                                if (*c != '\r')
                                        g_byte_array_append(field, (const guint8 *)c, 1);
                        g_byte_array_append(field, (const guint8 *)"", 1);
                        append_packet(mail->packed, 'L', field->data, field->len);
                }
                at = stop;
        }
}

int main(int argc, char **argv) {
        MgLoad load = {.name = "milter-load", .session = session};

        return mg_load_run(&load, argc, argv, pack);
}
