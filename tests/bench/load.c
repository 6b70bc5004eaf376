/* SPDX-License-Identifier: Apache-2.0 */
/* Folder, sessions and figures of the clients; what they say to the other side is theirs. */
#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct Worker {
        MgLoad *load;
        MgLoadCount count;
        GThread *thread;
} Worker;

const MgLoadMail *mg_load_next(MgLoad *load) {
        guint number;

        if (g_atomic_int_get(&load->failed))
                return NULL;
        number = (guint)g_atomic_int_add(&load->next, 1);
        return number < load->n_mails ? g_ptr_array_index(load->mails, number % load->mails->len) : NULL;
}

char *mg_load_sender(void) {
        static gint serial;

        return g_strdup_printf("sender-%" G_GINT64_FORMAT "-%d@example.org", g_get_real_time(),
                               g_atomic_int_add(&serial, 1));
}

static int connect_to(const struct sockaddr *address, socklen_t n) {
        int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

        if (fd >= 0 && address->sa_family != AF_UNIX)
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (fd >= 0 && connect(fd, address, n) == 0)
                return fd;
        if (fd >= 0)
                close(fd);
        return -1;
}

int mg_load_connect(const MgLoad *load) {
        const char *colon = strrchr(load->target, ':');
        int fd = -1;

        if (*load->target == '/') {
                struct sockaddr_un address = {.sun_family = AF_UNIX};

                g_strlcpy(address.sun_path, load->target, sizeof address.sun_path);
                fd = connect_to((struct sockaddr *)&address, sizeof address);
        } else if (colon) {
                g_autofree char *host = g_strndup(load->target, (gsize)(colon - load->target));
                struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *found = NULL;

                if (getaddrinfo(host, colon + 1, &hints, &found) == 0) {
                        fd = connect_to(found->ai_addr, found->ai_addrlen);
                        freeaddrinfo(found);
                }
        }
        if (fd < 0) {
                fprintf(stderr, "%s: %s: %s\n", load->name, load->target, g_strerror(errno));
                exit(69);
        }
        return fd;
}

gboolean mg_load_write(int fd, const void *data, gsize n) {
        for (const char *at = data; n > 0;) {
                gssize done = send(fd, at, n, MSG_NOSIGNAL);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        return FALSE;
                at += done;
                n -= (gsize)done;
        }
        return TRUE;
}

gboolean mg_load_read(int fd, void *data, gsize n) {
        for (char *at = data; n > 0;) {
                gssize done = recv(fd, at, n, MSG_WAITALL);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        return FALSE;
                at += done;
                n -= (gsize)done;
        }
        return TRUE;
}

void mg_load_waited(MgLoadCount *count, gint64 since) {
        gint64 took = g_get_monotonic_time() - since;

        g_array_append_val(count->waits, took);
}

void mg_load_fail(MgLoad *load, const char *why) {
        fprintf(stderr, "%s: %s\n", load->name, why);
        g_atomic_int_set(&load->failed, 1);
}

static gpointer run_worker(gpointer data) {
        Worker *worker = data;

        worker->load->session(worker->load, &worker->count);
        return NULL;
}

static int by_number(gconstpointer a, gconstpointer b) {
        gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

        return x < y ? -1 : x > y;
}

static double quantile(const GArray *waits, double share) {
        guint at;

        if (waits->len == 0)
                return 0;
        at = (guint)((double)(waits->len - 1) * share + 0.5);
        return (double)g_array_index(waits, gint64, at) / 1000;
}

static double own_time(void) {
        struct rusage usage;

        getrusage(RUSAGE_SELF, &usage);
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int by_name(gconstpointer a, gconstpointer b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean load_folder(MgLoad *load, const char *folder, void (*pack)(MgLoadMail *mail)) {
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        const char *name;

        load->mails = g_ptr_array_new();
        while (dir && (name = g_dir_read_name(dir)))
                if (g_str_has_suffix(name, ".eml"))
                        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
        g_ptr_array_sort(names, by_name);
        for (guint i = 0; i < names->len; i++) {
                MgLoadMail *mail = g_new0(MgLoadMail, 1);
                char *content = NULL, *end;
                gsize n = 0;

                if (!g_file_get_contents(g_ptr_array_index(names, i), &content, &n, NULL))
                        return FALSE;
                end = g_strstr_len(content, (gssize)n, "\r\n\r\n");
                mail->body = end ? (gsize)(end - content) + 4 : n;
                mail->file = g_bytes_new_take(content, n);
                mail->packed = g_byte_array_new();
                pack(mail);
                g_ptr_array_add(load->mails, mail);
        }
        return load->mails->len > 0;
}

static void print(const MgLoad *load, const Worker *workers, double seconds, double own) {
        MgLoadCount sum = {.waits = g_array_new(FALSE, FALSE, sizeof(gint64))};

        for (guint i = 0; i < load->sessions; i++) {
                const MgLoadCount *count = &workers[i].count;

                sum.taken += count->taken;
                sum.refused += count->refused;
                sum.octets_in += count->octets_in;
                if (count->waits->len > 0)
                        g_array_append_vals(sum.waits, count->waits->data, count->waits->len);
        }
        g_array_sort(sum.waits, by_number);
        printf("{\"client\": \"%s\", \"taken\": %u, \"refused\": %u, \"seconds\": %.4f, \"rate\": %.1f, \"p50\": %.3f, "
               "\"p95\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"octets_back\": %" G_GUINT64_FORMAT
               ", \"own_cpu_ms\": %.4f}\n",
               load->name, sum.taken, sum.refused, seconds, seconds > 0 ? sum.taken / seconds : 0,
               quantile(sum.waits, 0.5), quantile(sum.waits, 0.95), quantile(sum.waits, 0.99), quantile(sum.waits, 1),
               sum.octets_in, sum.taken > 0 ? own * 1000 / sum.taken : 0);
        g_array_free(sum.waits, TRUE);
}

int mg_load_run(MgLoad *load, int argc, char **argv, void (*pack)(MgLoadMail *mail)) {
        int sessions = 8, mails = 1000, per_connection = 10;
        const GOptionEntry entries[] = {
                {"sessions", 0, 0, G_OPTION_ARG_INT, &sessions, "how many at once", "N"},
                {"mails", 0, 0, G_OPTION_ARG_INT, &mails, "how many in all", "N"},
                {"per-connection", 0, 0, G_OPTION_ARG_INT, &per_connection, "mails before a connection ends", "N"},
                {0},
        };
        g_autoptr(GOptionContext) options = g_option_context_new("TARGET FOLDER");
        g_autoptr(GError) error = NULL;
        g_autofree Worker *workers = NULL;
        double own;
        gint64 began;

        g_option_context_add_main_entries(options, entries, NULL);
        if (!g_option_context_parse(options, &argc, &argv, &error) || argc != 3 || sessions < 1 || sessions > 1000 ||
            mails < 1 || per_connection < 1) {
                fprintf(stderr, "usage: %s TARGET FOLDER [--sessions N] [--mails N] [--per-connection N]\n",
                        load->name);
                return 64;
        }
        load->target = g_strdup(argv[1]);
        load->sessions = (guint)sessions;
        load->n_mails = (guint)mails;
        load->per_connection = (guint)per_connection;
        if (!load_folder(load, argv[2], pack)) {
                fprintf(stderr, "%s: no *.eml in %s\n", load->name, argv[2]);
                return 66;
        }
        workers = g_new0(Worker, load->sessions);
        own = own_time();
        began = g_get_monotonic_time();
        for (guint i = 0; i < load->sessions; i++) {
                workers[i].load = load;
                workers[i].count.waits = g_array_new(FALSE, FALSE, sizeof(gint64));
                workers[i].thread = g_thread_new("session", run_worker, &workers[i]);
        }
        for (guint i = 0; i < load->sessions; i++)
                g_thread_join(workers[i].thread);
        print(load, workers, (double)(g_get_monotonic_time() - began) / 1e6, own_time() - own);
        return g_atomic_int_get(&load->failed) ? 1 : 0;
}
