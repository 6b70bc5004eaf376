/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai-store: the role that keeps originals and index. Joins configuration, sockets and server; does nothing itself.
 */
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/packet.h"
#include "config/certificate.h"
#include "config/role.h"
#include "store/upkeep.h"

/* An arena for each thread would keep what its largest mail took to compress, and threads are as many as mails. */
#define ARENAS 2

/* Connections at once: one a mail between its end and its reply, and some for questions. */
#define CONNECTIONS_LEAST 64
#define CONNECTIONS_MOST 1024
#define CONNECTIONS_FOR_QUESTIONS 16

/* A number needs no account. */
static uid_t user_of(const char *name) {
        const struct passwd *account = getpwnam(name);

        return account ? account->pw_uid : (uid_t)g_ascii_strtoull(name, NULL, 10);
}

/* The user of a role where it has one of its own, else 0. */
static uid_t stranger_of(const char *name) {
        uid_t user = user_of(name);

        return user == geteuid() ? 0 : user;
}

static const uid_t nobody = (uid_t)-1;

/* The supervisor gives each role its user where it was started as root; else all run as the one who started it. */
static MgActorUsers users_of(const MgConfig *config) {
        uid_t own = geteuid();

        if (own != user_of(config->user_store))
                return (MgActorUsers){own, own, own, config->vouched_sign_in ? own : nobody};
        return (MgActorUsers){.milter = user_of(config->user_milter),
                              .release = config->release ? user_of(config->user_release) : nobody,
                              .console = config->vouched_sign_in ? user_of(config->user_console) : nobody};
}

static void warn_of_dates(const MgConfig *config) {
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;

        for (guint i = 0; i < config->sealing->len; i++) {
                const MgCertificate *certificate = g_ptr_array_index(config->sealing, i);
                g_autofree char *worry = mg_certificate_worry(certificate, now);

                if (worry)
                        mg_log(MG_LOG_WARNING,
                               "%s %s; originals are sealed to its key all the same, and that key opens them: put a "
                               "new "
                               "certificate there",
                               certificate->path, worry);
        }
}

static MgTerms *terms_of(const MgConfig *config, MgSeal *seal) {
        MgTerms *terms = mg_terms_new(config->organizations, seal);

        terms->expiry_warning = config->expiry_warning;
        terms->quota_alarm = config->quota_alarm;
        return terms;
}

static gboolean settings_of(const MgConfig *config, MgStoreSettings *settings, GError **error) {
        MgSeal *seal = config->sealing->len > 0 ? mg_seal_new(config->sealing, error) : NULL;

        if (config->sealing->len > 0 && !seal)
                return FALSE;
        warn_of_dates(config);
        *settings = (MgStoreSettings){
                .terms = terms_of(config, seal),
                .state_dir = config->state_dir,
                .node = config->node,
                .level = config->store_level,
                .reserve = config->store_reserve,
                .request_days = config->request_days,
                .digest_seconds = config->digest_every_ms / 1000,
                .follow = {config->anchor_every_ms, config->anchor_file, config->lines_to},
                .users = users_of(config),
                .strangers = {stranger_of(config->user_sanitize), stranger_of(config->user_monitor)},
                .connections = CLAMP(config->max_mails + config->priority_mails, CONNECTIONS_LEAST, CONNECTIONS_MOST) +
                               CONNECTIONS_FOR_QUESTIONS,
        };
        return TRUE;
}

/* data is the MgConfig that was loaded first. mg_role_reload() logs what is wrong, so that no error is set. */
static gboolean reload(gpointer data, MgStoreSettings *settings, GError **error) {
        const MgConfig *old = data;
        g_autoptr(MgConfig) config = mg_role_reload(old);

        if (!config)
                return FALSE;
        if (g_strcmp0(config->state_dir, old->state_dir) != 0)
                mg_log(MG_LOG_WARNING, "a new state_dir is used after a restart");
        if (!settings_of(config, settings, error))
                return FALSE;
        settings->state_dir = NULL;
        return TRUE;
}

/* The socket that the supervisor handed over, or one of our own in run_dir. */
static int listener_of(const MgConfig *config, GError **error) {
        g_autofree char *path = mg_config_socket(config, "store.sock");
        int listener = mg_packet_inherited("store");

        if (listener >= 0)
                return listener;
        if (g_mkdir_with_parents(config->run_dir, 0750) < 0) {
                mg_error_system(error, "cannot make %s", config->run_dir);
                return -1;
        }
        return mg_packet_listen(path, 0660, error);
}

static int status_of(const GError *error) {
        static const struct {
                MgErrorCode code;
                int status;
        } rows[] = {{MG_ERROR_CONFIG, EX_CONFIG},
                    {MG_ERROR_STORE, EX_DATAERR},
                    {MG_ERROR_TIMEOUT, EX_TEMPFAIL},
                    {MG_ERROR_FULL, EX_CANTCREAT}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                if (g_error_matches(error, MG_ERROR, (int)rows[i].code))
                        return rows[i].status;
        return EX_OSERR;
}

/* Started by a command for one request, while no store serves. */
static gboolean upkeep(const MgConfig *config, int sock, GError **error) {
        MgStoreSettings settings = {0};
        gboolean well;

        umask(0077);
        well = settings_of(config, &settings, error) && mg_upkeep_serve(&settings, sock, error);
        mg_terms_unref(settings.terms);
        return well;
}

static gboolean work(MgConfig *config, GError **error) {
        mg_autofd request = mg_packet_inherited("upkeep");
        MgStoreSettings settings = {0};
        mg_autofd control = request < 0 ? mg_role_control(config) : -1;
        mg_autofd signals = mg_role_signals(error);
        mg_autofd listener = request < 0 && signals >= 0 ? listener_of(config, error) : -1;
        MgStoreSockets sockets = {listener, control, signals};

        if (request >= 0)
                return upkeep(config, request, error);
        /* From here on files are made: originals and index are for nobody else. */
        umask(0077);
        return listener >= 0 && settings_of(config, &settings, error) &&
               mg_store_serve(&settings, &sockets, reload, config, error);
}

int main(int argc, char **argv) {
        int status = 0;
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = mg_role_start(
                argc, argv, "mugai-store", "Keeps originals and the index of mugai, the mail gateway.", &status);

        if (!config)
                return status;
        mallopt(M_ARENA_MAX, ARENAS);
        if (work(config, &error))
                return 0;
        status = status_of(error);
        mg_log_error("store", g_steal_pointer(&error));
        return status;
}
