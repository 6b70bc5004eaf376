/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to a file or to /dev/log.
 */
#include "store/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/syslog_text.h"

#define SYSLOG_SOCKET "/dev/log"
#define SYSLOG_SECONDS 5

static gboolean open_syslog(MgOutlet *outlet, GError **error) {
        const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SYSLOG_SOCKET};
        const struct timeval patience = {.tv_sec = SYSLOG_SECONDS};

        outlet->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (outlet->fd >= 0 && setsockopt(outlet->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
            connect(outlet->fd, (const struct sockaddr *)&address, sizeof address) == 0)
                return TRUE;
        mg_error_system(error, "syslog (%s) cannot be reached", SYSLOG_SOCKET);
        mg_fd_close(&outlet->fd);
        return FALSE;
}

/* O_NONBLOCK: what is no file must not hold us up before it is known to be none. */
static gboolean open_file(MgOutlet *outlet, const char *path, GError **error) {
        struct stat status;

        outlet->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
        if (outlet->fd >= 0 && fstat(outlet->fd, &status) == 0 && S_ISREG(status.st_mode))
                return TRUE;
        if (outlet->fd < 0)
                mg_error_system(error, "%s cannot be opened", path);
        else
                g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "%s is no regular file", path);
        mg_fd_close(&outlet->fd);
        return FALSE;
}

gboolean mg_outlet_open(MgOutlet *outlet, const char *to, GError **error) {
        *outlet = (MgOutlet){.fd = -1, .syslog = g_str_equal(to, MG_OUTLET_SYSLOG)};
        return outlet->syslog ? open_syslog(outlet, error) : open_file(outlet, to, error);
}

static gboolean put_syslog(MgOutlet *outlet, const char *line, GError **error) {
        g_autofree char *text = mg_syslog_text(LOG_AUTHPRIV | LOG_INFO, "mugai-store", line);

        if (send(outlet->fd, text, strlen(text), MSG_NOSIGNAL) >= 0)
                return TRUE;
        mg_error_system(error, "syslog does not take a line");
        return FALSE;
}

/* Half a line is taken back: it would run into the next one. */
static gboolean put_file(MgOutlet *outlet, const char *line, GError **error) {
        g_autofree char *text = g_strconcat(line, "\n", NULL);
        gsize n = strlen(text);
        struct stat before;
        gssize written = fstat(outlet->fd, &before) == 0 ? write(outlet->fd, text, n) : -1;

        if (written == (gssize)n)
                return TRUE;
        if (written >= 0)
                errno = ENOSPC;
        mg_error_system(error, "a line cannot be written");
        if (written > 0 && ftruncate(outlet->fd, before.st_size) < 0)
                mg_error_system(NULL, "half a line stays");
        return FALSE;
}

gboolean mg_outlet_put(MgOutlet *outlet, const char *line, GError **error) {
        return outlet->syslog ? put_syslog(outlet, line, error) : put_file(outlet, line, error);
}

gboolean mg_outlet_close(MgOutlet *outlet, GError **error) {
        gboolean well = outlet->syslog || fsync(outlet->fd) == 0;

        if (!well)
                mg_error_system(error, "lines cannot be made durable");
        mg_fd_close(&outlet->fd);
        return well;
}
