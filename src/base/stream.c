/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening stream sockets. Accepts nothing.
 */
#include "base/stream.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define BACKLOG 1024
#define MODE 0660

static int listen_unix(const char *path, GError **error) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        mg_autofd sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "cannot listen on %s: the path is too long", path);
                return -1;
        }
        unlink(path);
        /* fchmod before bind is how the file gets its mode without a moment of another one. */
        if (sock < 0 || fchmod(sock, MODE) < 0 || bind(sock, (struct sockaddr *)&address, sizeof address) < 0 ||
            chmod(path, MODE) < 0 || listen(sock, BACKLOG) < 0) {
                mg_error_system(error, "cannot listen on %s", path);
                return -1;
        }
        return mg_fd_steal(&sock);
}

static int listen_at(const struct addrinfo *at) {
        const int yes = 1;
        mg_autofd sock = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
            bind(sock, at->ai_addr, at->ai_addrlen) < 0 || listen(sock, BACKLOG) < 0)
                return -1;
        return mg_fd_steal(&sock);
}

/* port@host; the host may stand in brackets. */
static int listen_inet(const char *text, int family, GError **error) {
        const struct addrinfo hints = {
                .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
        g_auto(GStrv) halves = g_strsplit(text, "@", 2);
        const char *host = halves[0] && halves[1] ? halves[1] : "";
        g_autofree char *bare =
                *host == '[' && strlen(host) > 2 ? g_strndup(host + 1, strlen(host) - 2) : g_strdup(host);
        struct addrinfo *found = NULL;
        int sock = -1, fault = getaddrinfo(*bare ? bare : NULL, halves[0], &hints, &found);

        if (fault != 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "cannot listen on %s: %s", text, gai_strerror(fault));
                return -1;
        }
        /* Of a name that has both the address of version 4, as others understand inet:. */
        for (guint pass = 0; pass < 2 && sock < 0; pass++)
                for (const struct addrinfo *at = found; at && sock < 0; at = at->ai_next)
                        if ((at->ai_family == AF_INET) == (pass == 0))
                                sock = listen_at(at);
        if (sock < 0)
                mg_error_system(error, "cannot listen on %s", text);
        freeaddrinfo(found);
        return sock;
}

int mg_stream_listen(const char *address, GError **error) {
        if (g_str_has_prefix(address, "unix:"))
                return listen_unix(address + strlen("unix:"), error);
        if (g_str_has_prefix(address, "inet6:"))
                return listen_inet(address + strlen("inet6:"), AF_INET6, error);
        return listen_inet(g_str_has_prefix(address, "inet:") ? address + strlen("inet:") : address, AF_UNSPEC, error);
}
