/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role's main thread: opens the folder, accepts, hears the supervisor, drains. Answers no request itself; each
 * runs in a thread of a bounded pool.
 */
#include "store/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/role.h"
#include "store/audit.h"
#include "store/backup.h"
#include "store/folder.h"
#include "store/retention.h"
#include "store/session_audit.h"
#include "store/session_care.h"
#include "store/session_request.h"
#include "store/sweep.h"

#define CHECK_SECONDS 10
/* A store of usual size is swept before it serves; a larger one meanwhile. */
#define SWEEP_WAIT_MS 10000
#define DRAIN_US (60 * G_USEC_PER_SEC)
#define DRAIN_LOOK_MS 50
/* Questions of people that are answered at once, in threads that run where mail leaves the processors free; and that
 * may wait for these. Beyond it who asks is told to come again. */
#define QUESTIONS_AT_ONCE 12
#define QUESTIONS_WAITING 256

typedef struct Server {
        MgStore store;
        MgStoreSockets sockets;
        MgMeter meter;
        char *index_path;
        int lock;
        int wake; /* eventfd: a connection ended that was waited for */
        MgVfs *vfs;
        MgIndex *index;
        MgLookup *key_lookup;
        MgSweep *sweep;
        MgFollow *follow;
        MgRetention *retention;
        GThreadPool *pool;
        GThreadPool *questions;
        guint connections;
        uid_t strangers[MG_STORE_STRANGERS];
        atomic_uint active; /* connections, but those that are asking */
        atomic_uint asking;
        gint64 drain_until; /* 0 while it serves */
        MgStoreReload reload;
        gpointer reload_data;
} Server;

/* A store that died may have erased rows that still stand in SQLite's log. */
static void empty_log(Server *server) {
        g_autoptr(GError) fault = NULL;

        if (!mg_index_checkpoint(server->index, TRUE, &fault))
                mg_log(MG_LOG_WARNING,
                       "the log of the index could not be emptied; what was erased before may stand in it until the "
                       "next run of retention that erases: %s",
                       fault->message);
}

/* An index that is missing is made anew, but not beside originals: they would have no row, and be removed. */
static gboolean has_index(const Server *server, const char *state_dir, GError **error) {
        g_autoptr(GError) fault = NULL;
        struct stat status;
        gint64 last;

        if (stat(server->index_path, &status) == 0 && status.st_size > 0)
                return TRUE;
        last = mg_objects_last_serial(server->store.objects, &fault);
        if (fault) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        if (last < 0)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "%s is missing, and %s/objects has originals; nothing was changed: put the index back, or move %s "
                    "away and restore a backup (mugai restore)",
                    server->index_path, state_dir, state_dir);
        return FALSE;
}

static gboolean open_index(Server *server, const char *state_dir, const MgActorUsers *users, const char *anchor_file,
                           GError **error) {
        gboolean finished;

        server->vfs = mg_vfs_new(&server->meter, error);
        server->store.index_path = server->index_path;
        server->store.vfs = server->vfs;
        server->store.anchor_file = anchor_file;
        server->index = server->vfs && has_index(server, state_dir, error)
                                ? mg_index_open(server->index_path, server->vfs, error)
                                : NULL;
        if (!server->index || !mg_index_check(server->index, CHECK_SECONDS, &finished, error))
                return FALSE;
        if (!finished)
                mg_log(MG_LOG_WARNING, "the index is too large to be looked through within %d s", CHECK_SECONDS);
        empty_log(server);
        if (!mg_audit_key(mg_index_db(server->index), server->store.audit_key, error))
                return FALSE;
        server->store.actors = mg_actors_open(server->index_path, server->vfs, users, error);
        server->key_lookup = server->store.actors ? mg_lookup_open(server->index_path, server->vfs, error) : NULL;
        server->store.lookup = server->key_lookup ? mg_lookup_open(server->index_path, server->vfs, error) : NULL;
        return server->store.lookup != NULL;
}

static gboolean begin_objects(Server *server, GError **error) {
        g_autoptr(MgLookup) sweep_lookup = mg_lookup_open(server->index_path, server->vfs, error);
        g_autoptr(GError) fault = NULL;
        gint64 known, last, last_object;

        if (!sweep_lookup)
                return FALSE;
        last_object = mg_objects_last_serial(server->store.objects, &fault);
        known = fault ? -2 : mg_lookup_last_serial(server->key_lookup, &fault);
        if (fault) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        last = MAX(known, last_object);
        mg_objects_begin(server->store.objects, (guint32)(last + 1));
        server->store.keeper = mg_keeper_new(server->key_lookup, server->store.objects, server->store.quota, last);
        server->sweep = mg_sweep_start(server->store.objects, g_steal_pointer(&sweep_lookup),
                                       (MgSweepSerials){known, last, server->connections}, &server->meter);
        if (!mg_sweep_wait(server->sweep, SWEEP_WAIT_MS))
                mg_log(MG_LOG_INFO, "objects are still being counted; serving meanwhile");
        return TRUE;
}

/* Mails that are on their way keep the terms that they began with. */
static void take_terms(Server *server, MgTerms *terms) {
        MgTerms *old;

        g_mutex_lock(&server->store.terms_mutex);
        old = server->store.terms;
        server->store.terms = terms;
        g_mutex_unlock(&server->store.terms_mutex);
        mg_terms_unref(old);
        if (!terms->seal)
                mg_log(MG_LOG_WARNING,
                       "originals are not sealed: store.seal_to and store.escrow name no certificates, and who "
                       "reads this disk reads them");
}

static void take_settings(Server *server, const MgStoreSettings *settings) {
        take_terms(server, settings->terms);
        atomic_store(&server->store.node, settings->node);
        atomic_store(&server->store.level, settings->level);
        atomic_store(&server->store.reserve, settings->reserve);
        atomic_store(&server->store.request_days, settings->request_days);
        atomic_store(&server->store.digest_seconds, settings->digest_seconds);
        memcpy(server->strangers, settings->strangers, sizeof server->strangers);
}

/* Its threads belong to this pool alone, so that no mail ever runs in one. */
static void answer_question(gpointer data, gpointer user_data) {
        Server *server = user_data;

        mg_role_yield();
        mg_session_answer(&server->store, data);
        atomic_fetch_sub(&server->asking, 1);
}

/* Connections that ask for people leave the room for those of mail to others. */
static void put_question(Server *server, MgCall *call) {
        if (g_thread_pool_unprocessed(server->questions) >= QUESTIONS_WAITING) {
                mg_session_turn_away(call);
                return;
        }
        atomic_fetch_add(&server->asking, 1);
        g_thread_pool_push(server->questions, call, NULL);
}

static void run_session(gpointer data, gpointer user_data) {
        Server *server = user_data;
        MgCall *call = mg_session_hear(&server->store, GPOINTER_TO_INT(data));
        const guint64 one = 1;

        if (call && mg_session_is_of_people(call))
                put_question(server, call);
        else if (call)
                mg_session_answer(&server->store, call);
        /* Its end is waited for where no more could be accepted; a drain looks by itself. The counter of an eventfd
         * cannot run full by ones. */
        if (atomic_fetch_sub(&server->active, 1) >= server->connections)
                (void)!write(server->wake, &one, sizeof one);
}

static gboolean open_all(Server *server, const MgStoreSettings *settings, GError **error) {
        g_mutex_init(&server->store.lookup_mutex);
        g_mutex_init(&server->store.terms_mutex);
        server->store.passwords = mg_passwords_new();
        take_settings(server, settings);
        server->store.meter = &server->meter;
        server->store.quota = mg_quota_new(&server->meter);
        server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (server->wake < 0) {
                mg_error_system(error, "no eventfd");
                return FALSE;
        }
        server->index_path = g_build_filename(settings->state_dir, "index.db", NULL);
        if (!mg_folder_make(settings->state_dir, &server->meter, error) ||
            (server->lock = mg_folder_lock(settings->state_dir, error)) < 0)
                return FALSE;
        mg_backup_clear(settings->state_dir);
        if (!(server->store.objects = mg_objects_open(settings->state_dir, &server->meter, error)) ||
            !open_index(server, settings->state_dir, &settings->users, settings->follow.anchor_file, error) ||
            !begin_objects(server, error))
                return FALSE;
        server->store.committer = mg_committer_new(server->index, server->store.keeper, &server->meter);
        server->follow = mg_follow_start(settings->state_dir, server->index_path, server->vfs, &settings->follow,
                                         &server->meter, error);
        if (!server->follow)
                return FALSE;
        server->retention = mg_retention_start(&server->store);
        server->questions = g_thread_pool_new(answer_question, server, QUESTIONS_AT_ONCE, TRUE, error);
        if (!server->questions)
                return FALSE;
        server->pool = g_thread_pool_new(run_session, server, (gint)server->connections, FALSE, error);
        return server->pool != NULL;
}

static void close_all(Server *server) {
        if (server->pool)
                g_thread_pool_free(server->pool, TRUE, TRUE);
        if (server->questions)
                g_thread_pool_free(server->questions, TRUE, TRUE);
        mg_retention_free(server->retention);
        mg_committer_free(server->store.committer);
        mg_follow_free(server->follow);
        mg_sweep_free(server->sweep);
        mg_keeper_free(server->store.keeper);
        mg_quota_free(server->store.quota);
        mg_objects_free(server->store.objects);
        mg_lookup_free(server->store.lookup);
        mg_actors_free(server->store.actors);
        mg_passwords_free(server->store.passwords);
        mg_lookup_free(server->key_lookup);
        mg_index_free(server->index);
        mg_vfs_free(server->vfs);
        g_mutex_clear(&server->store.lookup_mutex);
        mg_terms_unref(server->store.terms);
        g_mutex_clear(&server->store.terms_mutex);
        mg_fd_close(&server->wake);
        mg_fd_close(&server->lock);
        g_free(server->index_path);
}

static gint64 file_size(const char *path) {
        struct stat status;

        return stat(path, &status) == 0 ? (gint64)status.st_size : 0;
}

static gboolean is_sealing(Server *server) {
        g_autoptr(MgTerms) terms = mg_store_terms(&server->store);

        return terms->seal != NULL;
}

static guint connections(Server *server) {
        /* In this order: one that goes over between the two looks is seen. */
        const guint active = atomic_load(&server->active);

        return active + atomic_load(&server->asking);
}

static GArray *figures(Server *server) {
        g_autofree char *log_path = g_strconcat(server->index_path, "-wal", NULL);
        GArray *all = mg_figures_new();
        MgMeter *meter = &server->meter;
        const gint64 anchored = mg_meter_read(&meter->anchored);
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
                {"anchors", mg_meter_read(&meter->anchors)},
                {"anchor_age_s", anchored > 0 ? g_get_real_time() / G_USEC_PER_SEC - anchored : 0},
                {"anchor_faults", mg_meter_read(&meter->anchor_faults)},
                {"lines", mg_meter_read(&meter->lines)},
                {"line_faults", mg_meter_read(&meter->line_faults)},
                {"expired", mg_meter_read(&meter->expired)},
                {"expiring", mg_meter_read(&meter->expiring)},
                {"expiring_requests", mg_meter_read(&meter->expiring_requests)},
                {"quota_near", mg_meter_read(&meter->quota_near)},
                {"quota_full", mg_meter_read(&meter->quota_full)},
                {"swept", mg_meter_read(&meter->swept)},
                {"objects", mg_meter_read(&meter->objects)},
                {"objects_sealed", mg_meter_read(&meter->objects_sealed)},
                {"object_bytes", mg_meter_read(&meter->object_bytes)},
                {"index_bytes", file_size(server->index_path) + file_size(log_path)},
                {"free_bytes", (gint64)mg_objects_space(server->store.objects, NULL)},
                {"connections", connections(server)},
                {"in_flight", mg_keeper_count(server->store.keeper)},
        };

        for (guint i = 0; i < _MG_OUTCOME_N; i++)
                mg_figures_add(all, "store", mg_outcome_name((MgOutcome)i), mg_meter_read(&meter->outcomes[i]));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                mg_figures_add(all, "store", rows[i].name, rows[i].value);
        mg_session_request_figures(&server->store, all);
        mg_session_care_figures(&server->store, all);
        return all;
}

static void send_figures(Server *server) {
        g_autoptr(GArray) all = figures(server);

        mg_control_answer(server->sockets.control, all);
}

static void drain(Server *server, const char *why) {
        if (server->drain_until != 0)
                return;
        server->drain_until = g_get_monotonic_time() + DRAIN_US;
        mg_log(MG_LOG_INFO, "draining (%s), %u connections", why, connections(server));
}

static void read_again(Server *server) {
        MgStoreSettings settings = {0};
        g_autoptr(GError) error = NULL;

        if (!server->reload)
                return;
        if (server->reload(server->reload_data, &settings, &error)) {
                take_settings(server, &settings);
                mg_retention_wake(server->retention);
        } else if (error)
                mg_log(MG_LOG_ERROR, "configuration not read again: %s", error->message);
}

static void hear_control(Server *server) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GError) error = NULL;

        if (!mg_control_receive(server->sockets.control, 0, &packet, &error)) {
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

/* Every role is in the group that may open the socket, and members of it see mail; these are sent away all the same. */
static gboolean is_stranger(const Server *server, int sock) {
        struct ucred peer;
        socklen_t n = sizeof peer;

        if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
                return TRUE;
        for (guint i = 0; i < MG_STORE_STRANGERS; i++)
                if (server->strangers[i] != 0 && peer.uid == server->strangers[i])
                        return TRUE;
        return FALSE;
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
                mg_log(MG_LOG_WARNING, "the users of the roles sanitize and monitor have nothing to ask here");
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

        if (poll(all, G_N_ELEMENTS(all), server->drain_until == 0 ? -1 : DRAIN_LOOK_MS) <= 0)
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

/* A trail that says STARTED twice without STOPPED between says that the store was cut off. */
static void put_on_record(Server *server, MgActKind kind) {
        const MgActor gateway = {.name = (char *)"gateway"};
        const MgAct act = {.kind = kind, .words = {{"version", MG_VERSION}}};
        g_autoptr(GError) error = NULL;

        if (!mg_session_act(&server->store, &gateway, &act, &error))
                mg_log(MG_LOG_ERROR, "\"%s\" is not on record: %s", mg_act_name(kind), error->message);
}

static gboolean serve(Server *server, GError **error) {
        int flags = fcntl(server->sockets.listener, F_GETFL);

        if (flags < 0 || fcntl(server->sockets.listener, F_SETFL, flags | O_NONBLOCK) < 0) {
                mg_error_system(error, "listening socket");
                return FALSE;
        }
        put_on_record(server, MG_ACT_STARTED);
        mg_log(MG_LOG_INFO, "ready: %lld objects, %u connections at once", mg_meter_read(&server->meter.objects),
               server->connections);
        if (!mg_control_serves(server->sockets.control, error))
                return FALSE;
        while (server->drain_until == 0 || (connections(server) > 0 && g_get_monotonic_time() < server->drain_until))
                turn(server);
        put_on_record(server, MG_ACT_STOPPED);
        if (connections(server) == 0)
                return TRUE;
        /* Nobody was told that these are safe; what they left is swept at the next start. */
        mg_log(MG_LOG_WARNING, "%u connections did not end in time and are cut", connections(server));
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
