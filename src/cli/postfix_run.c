/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking Postfix's own tools what is configured, and the next hop what it can.
 * Changes nothing: postconf and postmap are run to print only, and no mail is sent.
 */
#include "cli/postfix_run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* postconf prints some 50 KB; a transport map of a prefecture some hundred. */
#define OUTPUT_OCTETS (4 * 1024 * 1024)
#define OUTPUT_SECONDS 20
#define REPLY_OCTETS 8192
#define PROBE_SECONDS 5

/* Milliseconds left until a moment of the monotonic clock, for poll(). */
static int left_ms(gint64 until) {
        return (int)MAX((until - g_get_monotonic_time()) / 1000, 0);
}

/* What can be read within the time, appended to text. 0 at the end, -1 where time or room is used up or it cannot be
 * read. */
static gssize read_some(int fd, GString *text, gsize most, gint64 until) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char buffer[4096];

        if (poll(&wait, 1, left_ms(until)) <= 0 || text->len >= most)
                return -1;
        gssize n = read(fd, buffer, MIN(sizeof buffer, most - text->len));
        if (n > 0)
                g_string_append_len(text, buffer, n);
        return n;
}

/* The last line that a program wrote to standard error, or how it ended. */
static void explain(int errors, int status, GError **error) {
        g_autoptr(GBytes) bytes = mg_fd_map(errors, 0, OUTPUT_OCTETS, NULL);
        gsize n = 0;
        const char *data = bytes != NULL ? g_bytes_get_data(bytes, &n) : NULL;
        g_autofree char *text = g_strchomp(g_strndup(data != NULL ? data : "", n));
        const char *line = strrchr(text, '\n');
        g_autofree char *valid = g_utf8_make_valid(line != NULL ? line + 1 : text, -1);

        if (*valid != '\0')
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "%s", valid);
        else
                g_spawn_check_wait_status(status, error);
}

/* All of a pipe within bounds of size and time; FALSE where it has more. */
static gboolean read_all(int fd, GString *text) {
        gint64 until = g_get_monotonic_time() + OUTPUT_SECONDS * G_USEC_PER_SEC;
        gssize n;

        do
                n = read_some(fd, text, OUTPUT_OCTETS, until);
        while (n > 0);
        return n == 0;
}

/* Standard output of a program. NULL with error where it cannot be run, fails, or prints too much for too long. */
static char *run(char **argv, GError **error) {
        g_autoptr(GString) text = g_string_new(NULL);
        mg_autofd errors = mg_fd_memory("mugai-errors", error);
        int ends[2], status;
        GPid pid;

        if (errors < 0)
                return NULL;
        if (!g_unix_open_pipe(ends, FD_CLOEXEC, error))
                return NULL;
        mg_autofd out = ends[0];
        mg_autofd in = ends[1];
        if (!g_spawn_async_with_fds(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, -1, in, errors,
                                    error))
                return NULL;
        mg_fd_close(&in);
        gboolean all = read_all(out, text);
        if (!all)
                kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
        if (!all)
                g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT, "it ran longer than %d s or printed more than %d octets",
                            OUTPUT_SECONDS, OUTPUT_OCTETS);
        else if (status != 0)
                explain(errors, status, error);
        else
                return g_utf8_make_valid(text->str, (gssize)text->len);
        return NULL;
}

/* Postfix's tools live where an administrator's PATH may not reach. */
static char *find_tool(const char *name) {
        char *found = g_find_program_in_path(name);

        return found != NULL ? found : g_build_filename("/usr/sbin", name, NULL);
}

char *mg_postfix_tool(const char *name, const char *folder, const char *first, const char *second, GError **error) {
        g_autofree char *tool = find_tool(name);
        g_autoptr(GPtrArray) argv = g_ptr_array_new();

        g_ptr_array_add(argv, tool);
        if (folder != NULL) {
                g_ptr_array_add(argv, (char *)"-c");
                g_ptr_array_add(argv, (char *)folder);
        }
        g_ptr_array_add(argv, (char *)first);
        g_ptr_array_add(argv, (char *)second);
        g_ptr_array_add(argv, NULL);
        char *output = run((char **)argv->pdata, error);
        if (output == NULL)
                g_prefix_error(error, "%s%s%s %s: ", name, folder != NULL ? " -c " : "", folder != NULL ? folder : "",
                               first);
        return output;
}

MgPostfix *mg_postfix_load(const char *folder, GError **error) {
        g_autofree char *main = mg_postfix_tool("postconf", folder, "-x", NULL, error);
        g_autofree char *master = main != NULL ? mg_postfix_tool("postconf", folder, "-Mx", NULL, error) : NULL;
        g_autofree char *overrides = master != NULL ? mg_postfix_tool("postconf", folder, "-Px", NULL, error) : NULL;

        return overrides != NULL ? mg_postfix_parse(main, master, overrides) : NULL;
}

char *mg_postfix_queue(const char *folder, GError **error) {
        return mg_postfix_tool("postqueue", folder, "-j", NULL, error);
}

gboolean mg_postfix_ehlo_has_smtputf8(const char *reply) {
        g_auto(GStrv) lines = g_strsplit(reply, "\n", -1);

        for (char **line = lines; *line != NULL; line++) {
                g_strchomp(*line);
                if (strlen(*line) > 4 && g_str_has_prefix(*line, "250") &&
                    g_ascii_strcasecmp(*line + 4, "SMTPUTF8") == 0)
                        return TRUE;
        }
        return FALSE;
}

/* Whether the last line of a reply has come: three digits, then no hyphen. */
static gboolean reply_ends(const GString *reply) {
        if (reply->len < 4 || reply->str[reply->len - 1] != '\n')
                return FALSE;
        const char *before = g_strrstr_len(reply->str, (gssize)reply->len - 1, "\n");
        const char *line = before != NULL ? before + 1 : reply->str;
        return strlen(line) < 4 || line[3] != '-';
}

/* One reply, all its lines. NULL where there is none in time. */
static char *read_reply(int sock, gint64 until) {
        g_autoptr(GString) reply = g_string_new(NULL);

        while (!reply_ends(reply)) {
                if (read_some(sock, reply, REPLY_OCTETS, until) <= 0)
                        return NULL;
        }
        return g_string_free(g_steal_pointer(&reply), FALSE);
}

/* A connected socket, or -1. The descriptor does not block, so that a silent host costs no more than its time. */
static int connect_to(const struct addrinfo *address, gint64 until) {
        mg_autofd sock = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd wait = {.fd = sock, .events = POLLOUT};
        int fault = 0;
        socklen_t n = sizeof fault;

        if (sock < 0 || (connect(sock, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS))
                return -1;
        if (poll(&wait, 1, left_ms(until)) <= 0 || getsockopt(sock, SOL_SOCKET, SO_ERROR, &fault, &n) < 0 || fault != 0)
                return -1;
        return mg_fd_steal(&sock);
}

static int connect_host(const MgPostfixHop *hop, gint64 until) {
        const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
        g_autofree char *port = g_strdup_printf("%u", hop->port);
        struct addrinfo *list = NULL;
        int sock = -1;

        if (getaddrinfo(hop->host, port, &hints, &list) != 0)
                return -1;
        for (const struct addrinfo *each = list; each != NULL && sock < 0; each = each->ai_next)
                sock = connect_to(each, until);
        freeaddrinfo(list);
        return sock;
}

static gboolean say(int sock, const char *line) {
        gsize n = strlen(line);

        return send(sock, line, n, MSG_NOSIGNAL) == (gssize)n;
}

static void probe_hop(MgPostfixHop *hop, guint timeout_s) {
        gint64 until = g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC;
        mg_autofd sock = connect_host(hop, until);

        if (sock < 0)
                return;
        g_autofree char *banner = read_reply(sock, until);
        g_autofree char *hello = g_strdup_printf("EHLO %s\r\n", g_get_host_name());
        if (banner == NULL || !g_str_has_prefix(banner, "220") || !say(sock, hello))
                return;
        g_autofree char *reply = read_reply(sock, until);
        say(sock, "QUIT\r\n");
        if (reply == NULL || !g_str_has_prefix(reply, "250"))
                return;
        hop->probe = mg_postfix_ehlo_has_smtputf8(reply) ? MG_POSTFIX_WITH_SMTPUTF8 : MG_POSTFIX_WITHOUT_SMTPUTF8;
}

void mg_postfix_probe(GPtrArray *hops, guint timeout_s) {
        for (guint i = 0; i < hops->len; i++)
                probe_hop(hops->pdata[i], timeout_s);
}

/* "key<TAB or blanks>transport:nexthop" lines of postmap -s. */
static void add_map(const char *listing, GPtrArray *hops, gboolean mx, gboolean *unknown) {
        g_auto(GStrv) lines = g_strsplit(listing, "\n", -1);

        for (char **line = lines; *line != NULL; line++) {
                const char *value = *line + strcspn(*line, " \t");
                value += strspn(value, " \t");
                if (*value != '\0' && !mg_postfix_hop_add(hops, value, TRUE, mx))
                        *unknown = TRUE;
        }
}

void mg_postfix_transport_hops(const MgPostfix *postfix, const char *folder, GPtrArray *hops, gboolean *unknown) {
        g_auto(GStrv) maps = mg_postfix_words(mg_postfix_value(postfix, NULL, "transport_maps"));
        gboolean mx = g_strcmp0(mg_postfix_value(postfix, NULL, "smtp_dns_support_level"), "disabled") != 0;

        for (char **map = maps; *map != NULL; map++) {
                g_autofree char *listing = mg_postfix_tool("postmap", folder, "-s", *map, NULL);
                if (listing != NULL)
                        add_map(listing, hops, mx, unknown);
                else
                        *unknown = TRUE;
        }
}

/* Words of a list of an organization, each once, behind those that are there. */
static void add_words(GPtrArray *all, const char *list) {
        g_auto(GStrv) words = mg_postfix_words(list);

        for (char **word = words; *word != NULL; word++) {
                if (!g_ptr_array_find_with_equal_func(all, *word, g_str_equal, NULL))
                        g_ptr_array_add(all, g_strdup(*word));
        }
}

/* Mail to the domain of canaries goes nowhere on, whichever organization keeps them. */
static void leave_out(GPtrArray *domains, const char *domain) {
        for (guint i = domains->len; i > 0; i--)
                if (g_ascii_strcasecmp(domains->pdata[i - 1], domain) == 0)
                        g_free(g_ptr_array_remove_index(domains, i - 1));
}

MgPostfixSide *mg_postfix_side(const MgConfig *config) {
        const gboolean canaries = config->monitor && config->canary_every_ms > 0;
        MgPostfixSide *side = g_new0(MgPostfixSide, 1);
        g_autoptr(GPtrArray) released = g_ptr_array_new();
        g_autoptr(GPtrArray) domains = g_ptr_array_new();

        for (guint i = 0; i < mg_organizations_count(config->organizations); i++) {
                const MgOrganization *organization = mg_organizations_get(config->organizations, i);
                add_words(released, organization->release_domains);
                add_words(domains, organization->domains);
        }
        if (canaries)
                leave_out(domains, config->canary_domain);
        g_ptr_array_add(released, NULL);
        g_ptr_array_add(domains, NULL);
        *side = (MgPostfixSide){
                .milter_socket = config->milter_socket,
                .mail_size = config->policy->limits.mail_size,
                .deadline_ms = config->deadline_ms,
                .release_smtp = config->release ? config->release_smtp : NULL,
                .release_letters = config->release_letters,
                .release_domains = (char **)g_ptr_array_steal(released, NULL),
                .domains = (char **)g_ptr_array_steal(domains, NULL),
                .next_hop = config->next_hop,
                .canary_domain = canaries ? config->canary_domain : NULL,
                .canary_listen = config->canary_listen,
        };
        return side;
}

void mg_postfix_side_free(MgPostfixSide *side) {
        if (side == NULL)
                return;
        g_strfreev(side->release_domains);
        g_strfreev(side->domains);
        g_free(side);
}

gboolean mg_postfix_run(const MgConfig *config, const char *folder, gboolean probe, GArray *findings, GError **error) {
        g_autoptr(MgPostfix) postfix = mg_postfix_load(folder, error);
        g_autoptr(MgPostfixSide) side = mg_postfix_side(config);
        gboolean unknown = FALSE;

        if (postfix == NULL)
                return FALSE;
        g_autoptr(GPtrArray) hops = mg_postfix_hops(postfix, &unknown);
        mg_postfix_transport_hops(postfix, folder, hops, &unknown);
        probe = probe && mg_postfix_takes_smtputf8(postfix);
        if (probe)
                mg_postfix_probe(hops, PROBE_SECONDS);
        side->hops = probe ? hops : NULL;
        side->hops_unknown = unknown;
        mg_postfix_check(postfix, side, findings);
        return TRUE;
}
