/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of SMTP, as a list of what is said and which reply lets it go on. No TLS, no authentication, no
 * pipelining.
 */
#include "monitor/dialog.h"

#include <errno.h>
#include <glib-unix.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

#define SHOWN 200 /* octets of a reply in a sentence */
#define STEPS_MAX 7

typedef struct Step {
        const char *name; /* of what is answered */
        char class;       /* first digit of a reply that lets it go on */
        char *say;        /* then; NULL: the last one */
} Step;

struct MgDialog {
        Step steps[STEPS_MAX];
        guint step, n;
        int fd;
        gboolean connecting;
        GString *in;  /* a reply that is not whole */
        guint lines;  /* of it so far */
        GString *out; /* what is still to be sent */
        guint watch, timer;
        GIOCondition watched;
        guint timeout_ms;
        MgDialogDone done;
        gpointer data;
};

static void say_goodbye(MgDialog *dialog) {
        static const char quit[] = "QUIT\r\n";

        /* The answer is nobody's concern. */
        if (dialog->fd >= 0 && !dialog->connecting)
                (void)!send(dialog->fd, quit, sizeof quit - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void mg_dialog_free(MgDialog *dialog) {
        if (!dialog)
                return;
        g_clear_handle_id(&dialog->watch, g_source_remove);
        g_clear_handle_id(&dialog->timer, g_source_remove);
        mg_fd_close(&dialog->fd);
        for (guint i = 0; i < dialog->n; i++)
                g_free(dialog->steps[i].say);
        g_string_free(dialog->in, TRUE);
        g_string_free(dialog->out, TRUE);
        g_free(dialog);
}

/* The dialog may be gone afterwards. */
static void end(MgDialog *dialog, const char *fault) {
        say_goodbye(dialog);
        g_clear_handle_id(&dialog->watch, g_source_remove);
        g_clear_handle_id(&dialog->timer, g_source_remove);
        dialog->done(fault, dialog->data);
}

G_GNUC_PRINTF(2, 3) static void fail(MgDialog *dialog, const char *format, ...) {
        g_autofree char *fault = NULL;
        va_list values;

        va_start(values, format);
        fault = g_strdup_vprintf(format, values);
        va_end(values);
        end(dialog, fault);
}

/* What goes on at the descriptor is waited for: replies always, room to send where there is something. */
static gboolean is_ready(gint fd, GIOCondition condition, gpointer data);

static void watch(MgDialog *dialog) {
        const GIOCondition wanted = G_IO_IN | (dialog->connecting || dialog->out->len ? G_IO_OUT : 0);

        if (dialog->watch && dialog->watched == wanted)
                return;
        g_clear_handle_id(&dialog->watch, g_source_remove);
        dialog->watched = wanted;
        dialog->watch = g_unix_fd_add(dialog->fd, wanted, is_ready, dialog);
}

/* FALSE where the dialog has ended. */
static gboolean send_some(MgDialog *dialog) {
        const ssize_t n = dialog->out->len
                                  ? send(dialog->fd, dialog->out->str, dialog->out->len, MSG_DONTWAIT | MSG_NOSIGNAL)
                                  : 0;

        if (n < 0 && errno != EAGAIN && errno != EINTR) {
                fail(dialog, "the connection broke: %s", g_strerror(errno));
                return FALSE;
        }
        if (n > 0)
                g_string_erase(dialog->out, 0, n);
        return TRUE;
}

/* The last line of a reply. FALSE where the dialog has ended. */
static gboolean take_reply(MgDialog *dialog, const char *line) {
        Step *step = &dialog->steps[dialog->step];
        g_autofree char *quoted = mg_text_quote(line, SHOWN);

        if (*line != step->class) {
                fail(dialog, "the answer to %s was %s", step->name, quoted);
                return FALSE;
        }
        if (!step->say) {
                end(dialog, NULL);
                return FALSE;
        }
        g_string_append(dialog->out, step->say);
        dialog->step++;
        dialog->lines = 0;
        return send_some(dialog);
}

/* All whole lines that have come. FALSE where the dialog has ended. */
static gboolean take_lines(MgDialog *dialog) {
        char *lf;

        while ((lf = memchr(dialog->in->str, '\n', dialog->in->len)) != NULL) {
                const gsize n = (gsize)(lf - dialog->in->str);
                g_autofree char *line = g_strchomp(g_strndup(dialog->in->str, n));

                g_string_erase(dialog->in, 0, (gssize)n + 1);
                if (++dialog->lines > MG_DIALOG_LINES) {
                        fail(dialog, "the answer to %s has more than %d lines", dialog->steps[dialog->step].name,
                             MG_DIALOG_LINES);
                        return FALSE;
                }
                if ((strlen(line) < 4 || line[3] != '-') && !take_reply(dialog, line))
                        return FALSE;
        }
        if (dialog->in->len <= MG_DIALOG_LINE)
                return TRUE;
        fail(dialog, "the answer to %s has a line of more than %d octets", dialog->steps[dialog->step].name,
             MG_DIALOG_LINE);
        return FALSE;
}

static gboolean hear(MgDialog *dialog) {
        char octets[1024];
        const ssize_t n = recv(dialog->fd, octets, sizeof octets, MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return TRUE;
        if (n <= 0) {
                fail(dialog, "the connection broke before %s was answered: %s", dialog->steps[dialog->step].name,
                     n < 0 ? g_strerror(errno) : "closed");
                return FALSE;
        }
        g_string_append_len(dialog->in, octets, n);
        return take_lines(dialog);
}

static gboolean connected(MgDialog *dialog) {
        int fault = 0;
        socklen_t size = sizeof fault;

        getsockopt(dialog->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
        if (fault != 0) {
                fail(dialog, "no connection: %s", g_strerror(fault));
                return FALSE;
        }
        dialog->connecting = FALSE;
        return TRUE;
}

static gboolean is_ready(gint fd G_GNUC_UNUSED, GIOCondition condition, gpointer data) {
        MgDialog *dialog = data;

        if (dialog->connecting && !connected(dialog))
                return G_SOURCE_CONTINUE;
        if ((condition & G_IO_OUT) && !send_some(dialog))
                return G_SOURCE_CONTINUE;
        if ((condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) && !hear(dialog))
                return G_SOURCE_CONTINUE;
        watch(dialog);
        return G_SOURCE_CONTINUE;
}

static gboolean is_late(gpointer data) {
        MgDialog *dialog = data;

        dialog->timer = 0;
        fail(dialog, "%s was not answered within %u s",
             dialog->connecting ? "the connection" : dialog->steps[dialog->step].name, dialog->timeout_ms / 1000);
        return G_SOURCE_REMOVE;
}

/* --- the beginning ------------------------------------------------------------------------------------------------ */

static void add(MgDialog *dialog, const char *name, char class, char *say) {
        dialog->steps[dialog->n++] = (Step){name, class, say};
}

/* Dots at the beginning of lines doubled, and the end. */
static char *stuffed(GBytes *message) {
        gsize n;
        const char *data = g_bytes_get_data(message, &n);
        g_autofree char *whole = g_strndup(data, n);
        g_auto(GStrv) pieces = g_strsplit(whole, "\r\n.", -1);
        g_autofree char *joined = g_strjoinv("\r\n..", pieces);

        return g_strconcat(*joined == '.' ? "." : "", joined, ".\r\n", NULL);
}

static void write_steps(MgDialog *dialog, const MgDialogOrder *order) {
        add(dialog, "the connection", '2', g_strdup("EHLO mugai.invalid\r\n"));
        add(dialog, "EHLO", '2', order->recipient ? g_strdup("MAIL FROM:<>\r\n") : NULL);
        if (!order->recipient)
                return;
        add(dialog, "MAIL", '2', g_strdup_printf("RCPT TO:<%s>\r\n", order->recipient));
        add(dialog, "RCPT", '2', g_strdup(order->message ? "DATA\r\n" : "RSET\r\n"));
        if (order->message) {
                add(dialog, "DATA", '3', stuffed(order->message));
                add(dialog, "the message", '2', NULL);
        } else {
                add(dialog, "RSET", '2', NULL);
        }
}

/* A socket that connects, or -1 with error. No name is looked up: that could take long. */
static int connect_to(const char *address, GError **error) {
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
        const char *colon = strchr(address, ':'), *at = strchr(address, '@');
        const char *named = at ? at + 1 : "";
        const gsize n = strlen(named);
        g_autofree char *port = colon && at ? g_strndup(colon + 1, (gsize)(at - colon - 1)) : g_strdup("");
        g_autofree char *host = g_str_equal(named, "localhost") ? g_strdup("127.0.0.1")
                                : *named == '['                 ? g_strndup(named + 1, n - 2)
                                                                : g_strdup(named);
        struct addrinfo *found = NULL;
        mg_autofd sock = -1;

        if (getaddrinfo(host, port, &hints, &found) != 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "%s is no address", address);
                return -1;
        }
        sock = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (sock < 0 || (connect(sock, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS)) {
                mg_error_system(error, "no connection");
                mg_fd_close(&sock);
        }
        freeaddrinfo(found);
        return mg_fd_steal(&sock);
}

static gboolean begin(gpointer data) {
        MgDialog *dialog = data;

        dialog->watch = 0;
        watch(dialog);
        return G_SOURCE_REMOVE;
}

static gboolean fail_at_once(gpointer data) {
        MgDialog *dialog = data;
        g_autofree char *fault = g_strdup(dialog->in->str);

        dialog->watch = 0;
        end(dialog, fault);
        return G_SOURCE_REMOVE;
}

MgDialog *mg_dialog_begin(const MgDialogOrder *order, MgDialogDone done, gpointer data) {
        MgDialog *dialog = g_new0(MgDialog, 1);
        g_autoptr(GError) error = NULL;

        dialog->done = done;
        dialog->data = data;
        dialog->timeout_ms = order->timeout_ms;
        dialog->out = g_string_new(NULL);
        dialog->in = g_string_new(NULL);
        dialog->connecting = TRUE;
        write_steps(dialog, order);
        dialog->fd = connect_to(order->address, &error);
        dialog->timer = g_timeout_add(order->timeout_ms, is_late, dialog);
        if (error)
                g_string_assign(dialog->in, error->message);
        dialog->watch = g_idle_add(error ? fail_at_once : begin, dialog);
        return dialog;
}
