/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passphrases in. Never from a command line or the environment, which other users can read.
 */
#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

void mg_passphrase_free(char *passphrase) {
        if (!passphrase)
                return;
        explicit_bzero(passphrase, MG_PASSPHRASE_MAX + 1);
        munlock(passphrase, MG_PASSPHRASE_MAX + 1);
        g_free(passphrase);
}

/* Up to the end of a line or of the input. */
static char *read_line(int fd, GError **error) {
        char *line = g_malloc0(MG_PASSPHRASE_MAX + 1);
        gsize n = 0;
        ssize_t got = 0;

        /* Kept off the swap where the limit for that lets it; where it does not, the passphrase still works. */
        (void)!mlock(line, MG_PASSPHRASE_MAX + 1);
        while (n < MG_PASSPHRASE_MAX) {
                do
                        got = read(fd, line + n, 1);
                while (got < 0 && errno == EINTR);
                if (got <= 0 || line[n] == '\n')
                        break;
                n++;
        }
        if (got > 0 && n < MG_PASSPHRASE_MAX)
                line[n] = '\0';
        if (n > 0 && n < MG_PASSPHRASE_MAX)
                return line;
        if (got < 0)
                mg_error_system(error, "no passphrase");
        else
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            n == 0 ? "the passphrase is empty" : "the passphrase has more than %d octets",
                            MG_PASSPHRASE_MAX - 1);
        mg_passphrase_free(line);
        return NULL;
}

static char *ask_terminal(const char *prompt, GError **error) {
        mg_autofd terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
        g_autofree char *shown = g_strdup_printf("%s: ", prompt);
        struct termios before, silent;
        char *line;

        if (terminal < 0 || tcgetattr(terminal, &before) < 0) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE,
                                    "there is no terminal to ask for a passphrase; give it with --passphrase-fd FD");
                return NULL;
        }
        silent = before;
        silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
        tcsetattr(terminal, TCSAFLUSH, &silent);
        line = mg_fd_write(terminal, shown, strlen(shown), error) ? read_line(terminal, error) : NULL;
        tcsetattr(terminal, TCSAFLUSH, &before);
        mg_fd_write(terminal, "\n", 1, NULL);
        return line;
}

char *mg_passphrase_read(const char *prompt, int fd, GError **error) {
        return fd < 0 ? ask_terminal(prompt, error) : read_line(fd, error);
}

/* Where a passphrase comes from, and why it did not. */
typedef struct Asked {
        int fd;
        GError *error;
} Asked;

static int give_passphrase(char *buffer, int size, int writing, void *data) {
        Asked *asked = data;
        char *passphrase = mg_passphrase_read("passphrase of the key", asked->fd, &asked->error);
        int n = passphrase != NULL ? (int)g_strlcpy(buffer, passphrase, (gsize)size) : -1;

        mg_passphrase_free(passphrase);
        return n < size ? n : -1;
}

MgOpener *mg_passphrase_opener(const char *file, int fd, GError **error) {
        Asked asked = {.fd = fd};
        MgOpener *opener = mg_opener_read(file, give_passphrase, &asked, error);

        if (asked.error == NULL)
                return opener;
        g_clear_error(error);
        g_propagate_error(error, asked.error);
        mg_opener_free(opener);
        return NULL;
}
