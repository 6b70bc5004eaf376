/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role's main thread: opens the folder, accepts, hears the supervisor, drains. Answers no request itself; each runs
 * in a thread of a bounded pool.
 */
#include "store/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "store/session.h"
#include "store/sweep.h"

/* A store that is just ending may still hold the folder. */
#define LOCK_WAIT_MS 5000
#define CHECK_SECONDS 10
/* A store of usual size is swept before it serves; a larger one meanwhile. */
#define SWEEP_WAIT_MS 10000
#define DRAIN_US (60 * G_USEC_PER_SEC)

typedef struct Server {
        MgStore store;
        MgStoreSockets sockets;
        MgMeter meter;
        char *index_path;
        int lock;
        int wake; /* eventfd: a connection ended */
        MgVfs *vfs;
        MgIndex *index;
        MgLookup *key_lookup;
        MgSweep *sweep;
        GThreadPool *pool;
        guint connections;
        uid_t stranger;
        atomic_uint active;
        gint64 drain_until; /* 0 while it serves */
        MgStoreReload reload;
        gpointer reload_data;
} Server;

static gboolean take_lock(Server *server, const char *state_dir, GError **error) {
        g_autofree char *path = g_build_filename(state_dir, "lock", NULL);

        server->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (server->lock < 0) {
                mg_error_system(error, "cannot open %s", path);
                return FALSE;
        }
        for (guint waited = 0; flock(server->lock, LOCK_EX | LOCK_NB) < 0; waited += 50) {
                if (errno != EWOULDBLOCK) {
                        mg_error_system(error, "cannot lock %s", path);
                        return FALSE;
                }
                if (waited >= LOCK_WAIT_MS) {
                        g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT, "another store works on %s", state_dir);
                        return FALSE;
                }
                g_usleep(50000);
        }
        return TRUE;
}

/* The name of a folder is durable when the folder above it is synced. */
static gboolean sync_parent(Server *server, const char *path, GError **error) {
        g_autofree char *parent = g_path_get_dirname(path);
        mg_autofd fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        mg_meter_add(&server->meter.syncs, 1);
        if (fd >= 0 && fsync(fd) == 0)
                return TRUE;
        mg_error_system(error, "cannot make %s durable", path);
        return FALSE;
}

static gboolean take_folder(Server *server, const char *state_dir, GError **error) {
        struct stat status;

        if (stat(state_dir, &status) < 0 && errno == ENOENT) {
                if (g_mkdir_with_parents(state_dir, 0700) < 0) {
                        mg_error_system(error, "cannot make %s", state_dir);
                        return FALSE;
                }
                if (!sync_parent(server, state_dir, error))
                        return FALSE;
        }
        if (stat(state_dir, &status) < 0) {
                mg_error_system(error, "cannot use %s", state_dir);
                return FALSE;
        }
        if (status.st_mode & 077)
                mg_log(MG_LOG_WARNING, "%s holds originals and others than its owner may look into it (mode %04o)",
                       state_dir, status.st_mode & 07777);
        return take_lock(server, state_dir, error);
}

static gboolean open_index(Server *server, const char *state_dir, GError **error) {
        gboolean finished;

        server->index_path = g_build_filename(state_dir, "index.db", NULL);
        server->vfs = mg_vfs_new(&server->meter, error);
        server->index = server->vfs ? mg_index_open(server->index_path, server->vfs, error) : NULL;
        if (!server->index || !mg_index_check(server->index, CHECK_SECONDS, &finished, error))
                return FALSE;
        if (!finished)
                mg_log(MG_LOG_WARNING, "the index is too large to be looked through within %d s", CHECK_SECONDS);
        server->key_lookup = mg_lookup_open(server->index_path, server->vfs, error);
        server->store.lookup = server->key_lookup ? mg_lookup_open(server->index_path, server->vfs, error) : NULL;
        return server->store.lookup != NULL;
}

static gboolean open_objects(Server *server, const char *state_dir, GError **error) {
        g_autoptr(MgLookup) sweep_lookup = mg_lookup_open(server->index_path, server->vfs, error);
        g_autoptr(GError) fault = NULL;
        gint64 last_row, last_object;

        server->store.objects = sweep_lookup ? mg_objects_open(state_dir, &server->meter, error) : NULL;
        if (!server->store.objects)
                return FALSE;
        last_object = mg_objects_last_serial(server->store.objects, &fault);
        last_row = fault ? -2 : mg_lookup_last_serial(server->key_lookup, &fault);
        if (fault) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        last_row = MAX(last_row, last_object);
        server->store.keeper = mg_keeper_new(server->key_lookup, server->store.objects, last_row);
        server->sweep = mg_sweep_start(server->store.objects, g_steal_pointer(&sweep_lookup), last_row, &server->meter);
        if (!mg_sweep_wait(server->sweep, SWEEP_WAIT_MS))
                mg_log(MG_LOG_INFO, "objects are still being counted; serving meanwhile");
        return TRUE;
}

/* Mails that are on their way keep the seal that they began with. */
static void take_seal(Server *server, MgSeal *seal) {
        MgSeal *old;

        g_mutex_lock(&server->store.seal_mutex);
        old = server->store.seal;
        server->store.seal = seal;
        g_mutex_unlock(&server->store.seal_mutex);
        mg_seal_unref(old);
        if (!seal)
                mg_log(MG_LOG_WARNING,
                       "originals are not sealed: store.seal_to and store.escrow name no certificates, and who "
                       "reads this disk reads them");
}

static void take_settings(Server *server, const MgStoreSettings *settings) {
        take_seal(server, settings->seal);
        atomic_store(&server->store.node, settings->node);
        atomic_store(&server->store.level, settings->level);
        atomic_store(&server->store.reserve, settings->reserve);
        server->stranger = settings->stranger;
}

static void run_session(gpointer data, gpointer user_data) {
        Server *server = user_data;
        int sock = GPOINTER_TO_INT(data);
        const guint64 one = 1;

        mg_session_run(&server->store, sock);
        close(sock);
        atomic_fetch_sub(&server->active, 1);
        /* The counter of an eventfd cannot run full by ones. */
        (void)!write(server->wake, &one, sizeof one);
}

static gboolean open_all(Server *server, const MgStoreSettings *settings, GError **error) {
        g_mutex_init(&server->store.lookup_mutex);
        g_mutex_init(&server->store.seal_mutex);
        take_settings(server, settings);
        server->store.meter = &server->meter;
        server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (server->wake < 0) {
                mg_error_system(error, "no eventfd");
                return FALSE;
        }
        if (!take_folder(server, settings->state_dir, error) || !open_index(server, settings->state_dir, error) ||
            !open_objects(server, settings->state_dir, error))
                return FALSE;
        server->store.committer =
                mg_committer_new(server->index, server->store.objects, server->store.keeper, &server->meter);
        server->pool = g_thread_pool_new(run_session, server, (gint)server->connections, FALSE, error);
        return server->pool != NULL;
}

static void close_all(Server *server) {
        if (server->pool)
                g_thread_pool_free(server->pool, TRUE, TRUE);
        mg_committer_free(server->store.committer);
        mg_sweep_free(server->sweep);
        mg_keeper_free(server->store.keeper);
        mg_objects_free(server->store.objects);
        mg_lookup_free(server->store.lookup);
        mg_lookup_free(server->key_lookup);
        mg_index_free(server->index);
        mg_vfs_free(server->vfs);
        g_mutex_clear(&server->store.lookup_mutex);
        mg_seal_unref(server->store.seal);
        g_mutex_clear(&server->store.seal_mutex);
        mg_fd_close(&server->wake);
        mg_fd_close(&server->lock);
        g_free(server->index_path);
}

static gint64 file_size(const char *path) {
        struct stat status;

        return stat(path, &status) == 0 ? (gint64)status.st_size : 0;
}

static gboolean is_sealing(Server *server) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&server->store.seal_mutex);

        return server->store.seal != NULL;
}

static GArray *figures(Server *server) {
        g_autofree char *log_path = g_strconcat(server->index_path, "-wal", NULL);
        GArray *all = mg_figures_new();
        MgMeter *meter = &server->meter;
        const struct {
                const char *name;
                gint64 value;
        } rows[] = {
                {"sealing", is_sealing(server)},
                {"retries", mg_meter_read(&meter->retries)},
                {"bytes", mg_meter_read(&meter->bytes)},
                {"batches", mg_meter_read(&meter->batches)},
                {"syncs", mg_meter_read(&meter->syncs)},
                {"faults", mg_meter_read(&meter->faults)},
                {"swept", mg_meter_read(&meter->swept)},
                {"objects", mg_meter_read(&meter->objects)},
                {"objects_sealed", mg_meter_read(&meter->objects_sealed)},
                {"object_bytes", mg_meter_read(&meter->object_bytes)},
                {"index_bytes", file_size(server->index_path) + file_size(log_path)},
                {"free_bytes", (gint64)mg_objects_space(server->store.objects, NULL)},
                {"connections", atomic_load(&server->active)},
                {"in_flight", mg_keeper_count(server->store.keeper)},
        };

        for (guint i = 0; i < _MG_OUTCOME_N; i++)
                mg_figures_add(all, "store", mg_outcome_name((MgOutcome)i), mg_meter_read(&meter->outcomes[i]));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                mg_figures_add(all, "store", rows[i].name, rows[i].value);
        return all;
}

static void send_figures(Server *server) {
        g_autoptr(GArray) all = figures(server);
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_figures_put(&writer, all);
        mg_packet_send(server->sockets.control, MG_CONTROL_FIGURES, &writer, NULL, 0, NULL);
}

static void drain(Server *server, const char *why) {
        if (server->drain_until != 0)
                return;
        server->drain_until = g_get_monotonic_time() + DRAIN_US;
        mg_log(MG_LOG_INFO, "draining (%s), %u connections", why, atomic_load(&server->active));
}

static void read_again(Server *server) {
        MgStoreSettings settings = {0};
        g_autoptr(GError) error = NULL;

        if (!server->reload)
                return;
        if (server->reload(server->reload_data, &settings, &error))
                take_settings(server, &settings);
        else if (error)
                mg_log(MG_LOG_ERROR, "configuration not read again: %s", error->message);
}

static void hear_control(Server *server) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;

        if (!mg_packet_receive(server->sockets.control, 0, &packet, &error)) {
                /* Only what is no record can be passed over; without a socket there is nobody to serve for. */
                if (g_error_matches(error, MG_ERROR, MG_ERROR_PROTOCOL) ||
                    g_error_matches(error, MG_ERROR, MG_ERROR_TIMEOUT))
                        return;
                server->sockets.control = -1;
                drain(server, "the supervisor is gone");
                return;
        }
        switch (packet.kind) {
        case MG_CONTROL_DRAIN:
                drain(server, "told to");
                return;
        case MG_CONTROL_RELOAD:
                read_again(server);
                return;
        case MG_CONTROL_STATUS:
                send_figures(server);
                return;
        default:
                mg_log(MG_LOG_WARNING, "control record %u is none", packet.kind);
        }
}

/* Every role is in the group that may open the socket; the one that parses mail is sent away all the same. */
static gboolean is_stranger(const Server *server, int sock) {
        struct ucred peer;
        socklen_t n = sizeof peer;

        return server->stranger != 0 &&
               (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.uid == server->stranger);
}

static void accept_one(Server *server) {
        int sock = accept4(server->sockets.listener, NULL, NULL, SOCK_CLOEXEC);

        if (sock < 0) {
                /* A client that left again is nothing; want of descriptors passes, but not by asking at once. */
                if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
                        g_usleep(10000);
                return;
        }
        if (is_stranger(server, sock)) {
                mg_log(MG_LOG_WARNING, "the user of the sanitize role has nothing to ask here");
                close(sock);
                return;
        }
        atomic_fetch_add(&server->active, 1);
        g_thread_pool_push(server->pool, GINT_TO_POINTER(sock), NULL);
}

/* One turn of the loop. A negative descriptor is one that poll leaves out. */
static void turn(Server *server) {
        gboolean accepting = server->drain_until == 0 && atomic_load(&server->active) < server->connections;
        struct pollfd all[] = {
                {.fd = server->wake, .events = POLLIN},
                {.fd = server->sockets.control, .events = POLLIN},
                {.fd = server->drain_until == 0 ? server->sockets.signals : -1, .events = POLLIN},
                {.fd = accepting ? server->sockets.listener : -1, .events = POLLIN},
        };
        guint64 ended;

        if (poll(all, G_N_ELEMENTS(all), server->drain_until == 0 ? -1 : 200) <= 0)
                return;
        if (all[0].revents)
                (void)!read(server->wake, &ended, sizeof ended);
        if (all[1].revents)
                hear_control(server);
        if (all[2].revents)
                drain(server, "signal");
        if (all[3].revents && server->drain_until == 0)
                accept_one(server);
}

static gboolean serve(Server *server, GError **error) {
        int flags = fcntl(server->sockets.listener, F_GETFL);

        if (flags < 0 || fcntl(server->sockets.listener, F_SETFL, flags | O_NONBLOCK) < 0) {
                mg_error_system(error, "listening socket");
                return FALSE;
        }
        mg_log(MG_LOG_INFO, "ready: %lld objects, %u connections at once", mg_meter_read(&server->meter.objects),
               server->connections);
        if (server->sockets.control >= 0 &&
            !mg_packet_send(server->sockets.control, MG_CONTROL_READY, NULL, NULL, 0, error))
                return FALSE;
        while (server->drain_until == 0 ||
               (atomic_load(&server->active) > 0 && g_get_monotonic_time() < server->drain_until))
                turn(server);
        if (atomic_load(&server->active) == 0)
                return TRUE;
        /* Nobody was told that these are safe; what they left is swept at the next start. */
        mg_log(MG_LOG_WARNING, "%u connections did not end in time and are cut", atomic_load(&server->active));
        _exit(0);
}

gboolean mg_store_serve(const MgStoreSettings *settings, const MgStoreSockets *sockets, MgStoreReload reload,
                        gpointer data, GError **error) {
        Server server = {.sockets = *sockets,
                         .lock = -1,
                         .wake = -1,
                         .connections = settings->connections,
                         .reload = reload,
                         .reload_data = data};
        gboolean well = open_all(&server, settings, error) && serve(&server, error);

        close_all(&server);
        return well;
}
