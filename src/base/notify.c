/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One datagram to the service manager. Opens a socket for each: these are rare, and a role keeps no descriptor that it
 * does not need.
 */
#include "base/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"

#define VARIABLE "NOTIFY_SOCKET"

gboolean mg_notify_is_watched(void) {
        return g_getenv(VARIABLE) != NULL;
}

void mg_notify(const char *state) {
        const char *name = g_getenv(VARIABLE);
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        gsize n = name ? strlen(name) : 0;

        if (n < 2 || n >= sizeof to.sun_path || (*name != '/' && *name != '@'))
                return;
        memcpy(to.sun_path, name, n);
        /* "@" is an address without a file. */
        if (*name == '@')
                to.sun_path[0] = '\0';
        mg_autofd sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (sock >= 0)
                (void)!sendto(sock, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}
