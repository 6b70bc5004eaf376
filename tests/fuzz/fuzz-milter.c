/* SPDX-License-Identifier: Apache-2.0 */
/*
 * milter: what a mail server sends, from the agreement on the protocol on. No worker is there, so each mail that comes
 * to its end is to come again; what is said back is packets, and in the end no place and no memory is taken. A store is
 * there that takes the row of each, or the milter would keep them and wait for it in the end.
 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/packet.h"
#include "base/store_client.h"
#include "fuzz.h"
#include "milter/protocol.h"
#include "milter/session.h"

/* As much as a socket takes from one who does not wait for the other side. */
#define INPUT_MAX 65536
/* Rows on their way to the store are none of the next input's. */
#define ROWS_WAIT_MS 4000

static MgGateway gateway;

static gpointer take_rows(gpointer data) {
        const int listening = GPOINTER_TO_INT(data);

        for (;;) {
                mg_autofd sock = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
                g_auto(MgPacket) packet = MG_PACKET_INIT;

                if (sock >= 0 && mg_packet_receive(sock, -1, &packet, NULL) && packet.kind == MG_STORE_EVENT)
                        mg_packet_send(sock, MG_STORE_DONE, NULL, NULL, 0, NULL);
        }
        return NULL;
}

/* The folder, which is there until the end. */
static char *start_store(void) {
        g_autoptr(GError) error = NULL;
        char *folder = g_dir_make_tmp("mugai-fuzz-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "store.sock", NULL);
        int listening = mg_packet_listen(path, 0600, &error);

        if (listening < 0)
                g_error("%s", error->message);
        g_thread_unref(g_thread_new("store", take_rows, GINT_TO_POINTER(listening)));
        return folder;
}

static void remove_store(void) {
        g_autofree char *path = g_build_filename(gateway.settings->config->run_dir, "store.sock", NULL);

        g_unlink(path);
        g_rmdir(gateway.settings->config->run_dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        g_autoptr(GError) error = NULL;
        MgConfig *config = mg_config_load(NULL, &error);

        mg_log_set_level((MgLogLevel)0);
        if (!config)
                g_error("%s", error->message);
        g_free(config->run_dir);
        config->run_dir = start_store();
        g_mutex_init(&gateway.lock);
        gateway.settings = mg_settings_new(config);
        gateway.ledger = mg_ledger_new();
        mg_scan_watch_init(&gateway.scanner);
        atexit(remove_store);
        return 0;
}

/* What was said back: packets of the replies that there are, and the last one is whole. */
static void check_replies(const GByteArray *said) {
        gsize at = 0;

        while (at < said->len) {
                guint32 size;

                FUZZ_CHECK(said->len - at > 4);
                size = mg_milter_number((const char *)said->data + at);
                FUZZ_CHECK(size > 0 && size <= said->len - at - 4);
                FUZZ_CHECK(strchr("Ocy", said->data[at + 4]));
                FUZZ_CHECK(said->data[at + 4] != 'y' || said->data[at + 4 + size - 1] == '\0');
                at += 4 + size;
        }
}

static gpointer listen_to(gpointer data) {
        GByteArray *said = g_byte_array_new();
        guint8 buffer[4096];
        gssize n;

        while ((n = recv(GPOINTER_TO_INT(data), buffer, sizeof buffer, 0)) > 0)
                g_byte_array_append(said, buffer, (guint)n);
        return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autoptr(GByteArray) said = NULL;
        GThread *thread;
        int both[2];

        FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
        FUZZ_CHECK(mg_fd_write(both[1], data, MIN(size, INPUT_MAX), NULL));
        shutdown(both[1], SHUT_WR);
        thread = g_thread_new("server", listen_to, GINT_TO_POINTER(both[1]));
        mg_session_run(&gateway, both[0]);
        said = g_thread_join(thread);
        mg_fd_close(&both[1]);
        check_replies(said);
        FUZZ_CHECK(gateway.mails == 0 && gateway.memory == 0);
        FUZZ_CHECK(mg_ledger_flush(gateway.ledger, ROWS_WAIT_MS) == 0);
        return 0;
}
