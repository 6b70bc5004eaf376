/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the trail once a second and hands on what is new. Writes nothing into the index; a fault outside the store is
 * counted, said once, and tried again.
 */
#include "store/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "store/audit.h"
#include "store/outlet.h"
#include "store/sql.h"

#define ROUND_US G_USEC_PER_SEC
#define LINES_AT_ONCE 1000
/* An anchor that could not be written is tried again before its time. */
#define ANCHOR_AGAIN_US (60 * G_USEC_PER_SEC)

struct MgFollow {
        MgFollowSettings settings;
        MgMeter *meter;
        sqlite3 *db;
        int file;        /* how far lines have left */
        gint64 position; /* number of the last entry that has left as a line */
        gint64 anchor_at;
        gboolean lines_failed; /* the last time: it was said */
        GThread *thread;
        GMutex mutex;
        GCond cond;
        gboolean stop; /* under the mutex */
};

/* -1 where the file says nothing: lines begin with what comes. */
static gint64 read_position(int file) {
        char text[32] = {0};

        if (pread(file, text, sizeof text - 1, 0) <= 0 || !g_ascii_isdigit(*text))
                return -1;
        return g_ascii_strtoll(text, NULL, 10);
}

/* Of one length, so that a shorter number leaves nothing of a longer one. */
static void keep_position(MgFollow *follow) {
        g_autofree char *text = g_strdup_printf("%020" G_GINT64_FORMAT "\n", follow->position);

        if (pwrite(follow->file, text, strlen(text), 0) < 0)
                mg_log(MG_LOG_WARNING, "how far lines have left cannot be kept: %s", g_strerror(errno));
}

static gboolean has_lines(const MgFollow *follow) {
        return follow->settings.lines_to && *follow->settings.lines_to;
}

/*
 * A trail that is shorter than what has left was restored from a backup: what it says from here on is new. As long as
 * no lines are asked for there is no position, so that they begin with what comes once they are.
 */
static gboolean find_position(MgFollow *follow, GError **error) {
        MgChain head;

        if (!has_lines(follow)) {
                if (ftruncate(follow->file, 0) < 0)
                        mg_log(MG_LOG_WARNING, "how far lines had left stays: %s", g_strerror(errno));
                return TRUE;
        }
        if (!mg_audit_head(follow->db, &head, error))
                return FALSE;
        follow->position = read_position(follow->file);
        if (follow->position < 0 || follow->position > head.number)
                follow->position = head.number;
        keep_position(follow);
        return TRUE;
}

/* Up to LINES_AT_ONCE that are new; *more says if there may be others. */
static gboolean put_lines(MgFollow *follow, MgOutlet *outlet, gboolean *more, GError **error) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_free);

        if (!mg_audit_page(follow->db, follow->position + 1, G_MAXINT64, LINES_AT_ONCE, entries, error))
                return FALSE;
        for (guint i = 0; i < entries->len; i++) {
                const MgEntry *entry = g_ptr_array_index(entries, i);
                g_auto(MgEntryFacts) facts = {0};
                g_autofree char *line = mg_entry_export(entry);

                /* What is damaged is no line of ours; mugai audit verify names it. */
                if (mg_entry_read(entry, &facts) && !mg_outlet_put(outlet, line, error))
                        return FALSE;
                follow->position = entry->number;
                mg_meter_add(&follow->meter->lines, 1);
        }
        *more = entries->len == LINES_AT_ONCE;
        return TRUE;
}

/* The position is kept after what it speaks of is durable. */
static gboolean leave(MgFollow *follow, GError **error) {
        const gint64 before = follow->position;
        gboolean more = TRUE, well;
        MgOutlet outlet;

        if (!mg_outlet_open(&outlet, follow->settings.lines_to, error))
                return FALSE;
        do
                well = put_lines(follow, &outlet, &more, error);
        while (well && more);
        if (!mg_outlet_close(&outlet, well ? error : NULL)) {
                follow->position = before;
                return FALSE;
        }
        if (follow->position != before)
                keep_position(follow);
        return well;
}

static void lines(MgFollow *follow) {
        g_autoptr(GError) error = NULL;
        MgChain head;

        if (!has_lines(follow) || !mg_audit_head(follow->db, &head, NULL) || head.number <= follow->position)
                return;
        if (leave(follow, &error)) {
                if (follow->lines_failed)
                        mg_log(MG_LOG_INFO, "acts leave to %s again", follow->settings.lines_to);
                follow->lines_failed = FALSE;
                return;
        }
        mg_meter_add(&follow->meter->line_faults, 1);
        if (!follow->lines_failed)
                mg_log(MG_LOG_ERROR, "acts cannot leave to %s, from entry %" G_GINT64_FORMAT " on; trying again: %s",
                       follow->settings.lines_to, follow->position + 1, error->message);
        follow->lines_failed = TRUE;
}

static gboolean put_anchor(const char *path, const char *line, GError **error) {
        MgOutlet outlet;
        gboolean well;

        if (!path || !*path)
                return TRUE;
        if (!mg_outlet_open(&outlet, path, error))
                return FALSE;
        well = mg_outlet_put(&outlet, line, error);
        return mg_outlet_close(&outlet, well ? error : NULL) && well;
}

static void anchor(MgFollow *follow) {
        const gint64 now = g_get_monotonic_time();
        MgAnchor head = {.time = g_get_real_time() / G_USEC_PER_SEC};
        g_autoptr(GError) error = NULL;
        g_autofree char *line = NULL;

        follow->anchor_at = now + (gint64)follow->settings.anchor_every_ms * 1000;
        if (mg_audit_head(follow->db, &head.head, &error)) {
                line = mg_anchor_line(&head);
                mg_log(MG_LOG_INFO, "%s", line);
                mg_meter_add(&follow->meter->anchors, 1);
                if (put_anchor(follow->settings.anchor_file, line, &error)) {
                        atomic_store(&follow->meter->anchored, head.time);
                        return;
                }
        }
        mg_meter_add(&follow->meter->anchor_faults, 1);
        mg_log(MG_LOG_ERROR, "the trail's anchor cannot be written: %s", error->message);
        follow->anchor_at = MIN(follow->anchor_at, now + ANCHOR_AGAIN_US);
}

static gpointer run(gpointer data) {
        MgFollow *follow = data;

        g_mutex_lock(&follow->mutex);
        while (!follow->stop) {
                g_mutex_unlock(&follow->mutex);
                lines(follow);
                if (g_get_monotonic_time() >= follow->anchor_at)
                        anchor(follow);
                g_mutex_lock(&follow->mutex);
                if (!follow->stop)
                        g_cond_wait_until(&follow->cond, &follow->mutex, g_get_monotonic_time() + ROUND_US);
        }
        g_mutex_unlock(&follow->mutex);
        lines(follow);
        anchor(follow);
        return NULL;
}

MgFollow *mg_follow_start(const char *state_dir, const char *index_path, const MgVfs *vfs,
                          const MgFollowSettings *settings, MgMeter *meter, GError **error) {
        g_autofree char *path = g_build_filename(state_dir, "audit-lines", NULL);
        g_autoptr(MgFollow) follow = g_new0(MgFollow, 1);

        g_mutex_init(&follow->mutex);
        g_cond_init(&follow->cond);
        follow->settings = (MgFollowSettings){.anchor_every_ms = settings->anchor_every_ms,
                                              .anchor_file = g_strdup(settings->anchor_file),
                                              .lines_to = g_strdup(settings->lines_to)};
        follow->meter = meter;
        follow->file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (follow->file < 0) {
                mg_error_system(error, "cannot open %s", path);
                return NULL;
        }
        follow->db = mg_sql_open(index_path, vfs, SQLITE_OPEN_READONLY, error);
        if (!follow->db || !find_position(follow, error))
                return NULL;
        follow->thread = g_thread_new("follow", run, follow);
        return g_steal_pointer(&follow);
}

void mg_follow_free(MgFollow *follow) {
        if (!follow)
                return;
        if (follow->thread) {
                g_mutex_lock(&follow->mutex);
                follow->stop = TRUE;
                g_cond_signal(&follow->cond);
                g_mutex_unlock(&follow->mutex);
                g_thread_join(follow->thread);
        }
        mg_sql_close(follow->db);
        mg_fd_close(&follow->file);
        g_cond_clear(&follow->cond);
        g_mutex_clear(&follow->mutex);
        g_free(follow->settings.anchor_file);
        g_free(follow->settings.lines_to);
        g_free(follow);
}
