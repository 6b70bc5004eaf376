/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of SMTP for canaries. Keeps no mail and looks into none.
 */
#include "monitor/receiver.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

typedef struct Session {
        MgReceiver *receiver;
        int fd; /* -1: free */
        guint watch, timer;
        GString *in;
        gboolean mail, data; /* after MAIL; after DATA */
        char *recipient;     /* or NULL */
} Session;

struct MgReceiver {
        int listener;
        guint watch;
        char *domain;
        MgReceived received;
        gpointer data;
        Session sessions[MG_RECEIVER_SESSIONS];
};

static void session_reset(Session *session) {
        g_clear_pointer(&session->recipient, g_free);
        session->mail = session->data = FALSE;
}

static void session_end(Session *session) {
        g_clear_handle_id(&session->watch, g_source_remove);
        g_clear_handle_id(&session->timer, g_source_remove);
        mg_fd_close(&session->fd);
        session_reset(session);
        if (session->in)
                g_string_free(session->in, TRUE);
        session->in = NULL;
}

static void answer(const Session *session, const char *line) {
        /* A client that takes no answer is cut off by the timer. */
        (void)!send(session->fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

static const char *hear_hello(Session *session, const char *line G_GNUC_UNUSED) {
        session_reset(session);
        return "250 mugai-monitor\r\n";
}

static const char *hear_mail(Session *session, const char *line G_GNUC_UNUSED) {
        session_reset(session);
        session->mail = TRUE;
        return "250 2.1.0 Ok\r\n";
}

static const char *hear_recipient(Session *session, const char *line) {
        const char *open = strchr(line, '<'), *close = open ? strchr(open, '>') : NULL;
        g_autofree char *address = close ? g_strndup(open + 1, (gsize)(close - open - 1)) : g_strdup("");
        const char *at = strrchr(address, '@');

        if (!session->mail)
                return "503 5.5.1 MAIL first\r\n";
        if (session->recipient)
                return "452 4.5.3 One recipient at a time\r\n";
        if (!at || g_ascii_strcasecmp(at + 1, session->receiver->domain) != 0)
                return "550 5.1.2 Canaries only\r\n";
        session->recipient = g_steal_pointer(&address);
        return "250 2.1.5 Ok\r\n";
}

static const char *hear_data(Session *session, const char *line G_GNUC_UNUSED) {
        if (!session->recipient)
                return "503 5.5.1 RCPT first\r\n";
        session->data = TRUE;
        return "354 Go on\r\n";
}

static const char *hear_reset(Session *session, const char *line G_GNUC_UNUSED) {
        session_reset(session);
        return "250 2.0.0 Ok\r\n";
}

static const char *hear_nothing(Session *session G_GNUC_UNUSED, const char *line G_GNUC_UNUSED) {
        return "250 2.0.0 Ok\r\n";
}

static const struct {
        const char *verb;
        const char *(*hear)(Session *session, const char *line);
} verbs[] = {
        {"EHLO", hear_hello}, {"HELO", hear_hello}, {"MAIL", hear_mail},    {"RCPT", hear_recipient},
        {"DATA", hear_data},  {"RSET", hear_reset}, {"NOOP", hear_nothing},
};

/* FALSE where the session has ended. */
static gboolean take_command(Session *session, const char *line) {
        if (g_ascii_strncasecmp(line, "QUIT", 4) == 0) {
                answer(session, "221 2.0.0 Bye\r\n");
                session_end(session);
                return FALSE;
        }
        for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
                if (g_ascii_strncasecmp(line, verbs[i].verb, 4) == 0) {
                        answer(session, verbs[i].hear(session, line));
                        return TRUE;
                }
        answer(session, "502 5.5.2 Unknown\r\n");
        return TRUE;
}

/* --- mail --------------------------------------------------------------------------------------------------------- */

/* Without the final dot, its CRLF, and the dots that the client put before those at the beginning of lines. */
static GBytes *unstuffed(const GString *in) {
        GString *out = g_string_sized_new(in->len);

        for (gsize i = 0; i + 3 < in->len; i++)
                if (in->str[i] != '.' || (i > 0 && in->str[i - 1] != '\n') || in->str[i + 1] != '.')
                        g_string_append_c(out, in->str[i]);
        return g_string_free_to_bytes(out);
}

static gboolean is_whole(const GString *in) {
        return g_str_equal(in->str, ".\r\n") || (in->len >= 5 && memcmp(in->str + in->len - 5, "\r\n.\r\n", 5) == 0);
}

/* FALSE where the session has ended. */
static gboolean take_data(Session *session) {
        const MgReceiver *receiver = session->receiver;
        g_autofree char *recipient = NULL;
        g_autoptr(GBytes) message = NULL;

        if (session->in->len > MG_RECEIVER_MESSAGE) {
                answer(session, "552 5.3.4 Too large\r\n");
                recipient = g_steal_pointer(&session->recipient);
                session_end(session);
                receiver->received(recipient, NULL, receiver->data);
                return FALSE;
        }
        if (!is_whole(session->in))
                return TRUE;
        message = unstuffed(session->in);
        recipient = g_steal_pointer(&session->recipient);
        session_reset(session);
        g_string_truncate(session->in, 0);
        answer(session, "250 2.0.0 Ok\r\n");
        receiver->received(recipient, message, receiver->data);
        return TRUE;
}

/* FALSE where the session has ended. */
static gboolean take_lines(Session *session) {
        char *lf;

        while (!session->data && (lf = memchr(session->in->str, '\n', session->in->len)) != NULL) {
                const gsize n = (gsize)(lf - session->in->str);
                g_autofree char *line = g_strchomp(g_strndup(session->in->str, n));

                g_string_erase(session->in, 0, (gssize)n + 1);
                if (!take_command(session, line))
                        return FALSE;
        }
        if (session->data)
                return take_data(session);
        if (session->in->len > MG_RECEIVER_LINE) {
                answer(session, "500 5.5.6 Line too long\r\n");
                session_end(session);
                return FALSE;
        }
        return TRUE;
}

static gboolean is_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        Session *session = data;
        char octets[8192];
        const ssize_t n = recv(fd, octets, sizeof octets, MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return G_SOURCE_CONTINUE;
        if (n <= 0) {
                session_end(session);
                return G_SOURCE_CONTINUE;
        }
        g_string_append_len(session->in, octets, n);
        take_lines(session);
        return G_SOURCE_CONTINUE;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static gboolean is_over(gpointer data) {
        Session *session = data;

        session->timer = 0;
        answer(session, "421 4.4.2 Too long\r\n");
        session_end(session);
        return G_SOURCE_REMOVE;
}

static gboolean is_called(gint listener, GIOCondition condition G_GNUC_UNUSED, gpointer data) {
        static const char busy[] = "421 4.3.2 Busy\r\n";
        MgReceiver *receiver = data;
        mg_autofd fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        Session *session = NULL;

        for (guint i = 0; i < MG_RECEIVER_SESSIONS && !session; i++)
                session = receiver->sessions[i].fd < 0 ? &receiver->sessions[i] : NULL;
        if (fd >= 0 && !session)
                (void)!send(fd, busy, sizeof busy - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (fd < 0 || !session)
                return G_SOURCE_CONTINUE;
        session->fd = mg_fd_steal(&fd);
        session->in = g_string_new(NULL);
        session->watch = g_unix_fd_add(session->fd, G_IO_IN, is_readable, session);
        session->timer = g_timeout_add_seconds(MG_RECEIVER_S, is_over, session);
        answer(session, "220 mugai-monitor canaries\r\n");
        return G_SOURCE_CONTINUE;
}

MgReceiver *mg_receiver_new(int listener, const char *domain, MgReceived received, gpointer data) {
        MgReceiver *receiver = g_new0(MgReceiver, 1);

        receiver->listener = listener;
        receiver->domain = g_strdup(domain);
        receiver->received = received;
        receiver->data = data;
        for (guint i = 0; i < MG_RECEIVER_SESSIONS; i++)
                receiver->sessions[i] = (Session){.receiver = receiver, .fd = -1};
        fcntl(listener, F_SETFL, O_NONBLOCK);
        receiver->watch = g_unix_fd_add(listener, G_IO_IN, is_called, receiver);
        return receiver;
}

void mg_receiver_free(MgReceiver *receiver) {
        if (!receiver)
                return;
        g_clear_handle_id(&receiver->watch, g_source_remove);
        for (guint i = 0; i < MG_RECEIVER_SESSIONS; i++)
                session_end(&receiver->sessions[i]);
        mg_fd_close(&receiver->listener);
        g_free(receiver->domain);
        g_free(receiver);
}
