/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process for each mail costs on this machine, and nothing else: fork-load FOLDER --sessions N --mails N
 *
 * As many sessions at once fork a child for each mail, hand the mail over by a socket, and wait; the child cuts tags
 * out of it some times into fresh memory and ends. The same work each time, of the kinds that a gateway's is: fork,
 * pages, copies, wake-ups, loops over octets. What else the machine does makes it dearer as it makes mugai dearer, so
 * it is the yardstick for processor time. Prints what milter-load prints, as far as it has that.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE (64u << 10)
#define PASSES 6
#define SESSIONS_MAX 64

static gsize cut_tags(const guint8 *in, guint8 *out, gsize n) {
        gboolean in_tag = FALSE;
        gsize at = 0;

        for (gsize i = 0; i < n; i++) {
                if (in[i] == '<' || in[i] == '>')
                        in_tag = in[i] == '<';
                else if (!in_tag)
                        out[at++] = in[i];
        }
        return at;
}

static void run_child(int fd, gsize size) {
        guint8 *memory = mmap(NULL, 2 * size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        gsize got = 0, left = 0;

        if (memory == MAP_FAILED)
                _exit(1);
        for (gssize n; got < size && (n = read(fd, memory + got, size - got)) > 0;)
                got += (gsize)n;
        for (guint i = 0; i < PASSES; i++)
                left += cut_tags(memory, memory + size, got);
        _exit(got == size && left <= PASSES * size ? 0 : 1);
}

static gboolean one_mail(const char *data, gsize size) {
        int pair[2], status = -1;
        gsize sent = 0;
        pid_t child;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return FALSE;
        child = fork();
        if (child == 0)
                run_child(pair[1], size);
        close(pair[1]);
        for (gssize n; child > 0 && sent < size; sent += (gsize)n)
                if ((n = send(pair[0], data + sent, MIN(PIECE, size - sent), MSG_NOSIGNAL)) <= 0)
                        break;
        close(pair[0]);
        if (child > 0)
                waitpid(child, &status, 0);
        return status == 0;
}

static int by_name(gconstpointer a, gconstpointer b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The same mails in the same order on every disk. */
static GPtrArray *load(const char *folder) {
        g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        GPtrArray *mails = g_ptr_array_new();
        const char *name;

        while (dir && (name = g_dir_read_name(dir)))
                if (g_str_has_suffix(name, ".eml"))
                        g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
        g_ptr_array_sort(paths, by_name);
        for (guint i = 0; i < paths->len; i++) {
                GMappedFile *mail = g_mapped_file_new(g_ptr_array_index(paths, i), FALSE, NULL);

                if (mail)
                        g_ptr_array_add(mails, mail);
        }
        return mails;
}

/* Every n-th mail, from its own number on. */
static void run_session(const GPtrArray *mails, guint number, guint sessions, guint count) {
        for (guint i = number; i < count; i += sessions) {
                GMappedFile *mail = g_ptr_array_index(mails, i % mails->len);

                if (!one_mail(g_mapped_file_get_contents(mail), g_mapped_file_get_length(mail)))
                        _exit(1);
        }
        _exit(0);
}

static double ms(struct timeval time) {
        return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

int main(int argc, char **argv) {
        int sessions = 8, count = 1000;
        const GOptionEntry entries[] = {
                {"sessions", 0, 0, G_OPTION_ARG_INT, &sessions, "how many at once", "N"},
                {"mails", 0, 0, G_OPTION_ARG_INT, &count, "how many in all", "N"},
                {0},
        };
        g_autoptr(GOptionContext) options = g_option_context_new("FOLDER");
        struct rusage usage;
        gboolean failed = FALSE;
        GPtrArray *mails;
        gint64 begun;
        double seconds;

        g_option_context_add_main_entries(options, entries, NULL);
        if (!g_option_context_parse(options, &argc, &argv, NULL) || argc != 2 || sessions < 1 ||
            sessions > SESSIONS_MAX || count < 1 || (mails = load(argv[1]))->len == 0) {
                fprintf(stderr, "usage: fork-load FOLDER [--sessions N] [--mails N], with *.eml in FOLDER\n");
                return 64;
        }
        begun = g_get_monotonic_time();
        for (int i = 0; i < sessions; i++)
                if (fork() == 0)
                        run_session(mails, (guint)i, (guint)sessions, (guint)count);
        for (int status; wait(&status) > 0;)
                failed |= status != 0;
        seconds = (double)(g_get_monotonic_time() - begun) / 1e6;
        getrusage(RUSAGE_CHILDREN, &usage);
        printf("{\"client\": \"fork-load\", \"taken\": %d, \"refused\": 0, \"seconds\": %.4f, \"rate\": %.1f, "
               "\"cpu_ms\": %.4f}\n",
               count, seconds, count / seconds, (ms(usage.ru_utime) + ms(usage.ru_stime)) / count);
        return failed;
}
