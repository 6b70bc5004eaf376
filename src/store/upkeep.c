/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upkeep on its way to who asked for it, of a store that serves and of one that does not. Looks into nothing
 * itself.
 */
#include "store/upkeep.h"

#include <sys/stat.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"
#include "store/audit.h"
#include "store/backup.h"
#include "store/folder.h"
#include "store/restore.h"
#include "store/schema.h"
#include "store/session_audit.h"
#include "store/sql.h"
#include "store/verify.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, mg_sql_close)

#define REQUEST_MS 10000

static gboolean send_finding(const MgFinding *finding, gpointer data) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_finding_put(&writer, finding);
        return mg_packet_send(*(int *)data, MG_UPKEEP_FINDING, &writer, NULL, 0, NULL);
}

static gboolean send_progress(const MgProgress *progress, gpointer data) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_progress_put(&writer, progress);
        return mg_packet_send(*(int *)data, MG_UPKEEP_PROGRESS, &writer, NULL, 0, NULL);
}

static gboolean send_verdict(int sock, const MgVerdict *verdict) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_verdict_put(&writer, verdict);
        return mg_packet_send(sock, MG_UPKEEP_VERDICT, &writer, NULL, 0, NULL);
}

static gboolean take_request(const MgPacket *request, MgVerify *verify, GError **error) {
        MgReader reader;

        mg_reader_init(&reader, request->record);
        verify->repair = mg_get_u8(&reader, "verify.repair") != 0;
        return mg_reader_end(&reader, error);
}

/* Texts of the words of the act, which it borrows. */
typedef struct Words {
        char found[24], repaired[24], lost[24];
} Words;

static MgAct act_of(const MgVerify *verify, Words *words) {
        g_snprintf(words->found, sizeof words->found, "%" G_GUINT64_FORMAT, verify->verdict.found);
        g_snprintf(words->repaired, sizeof words->repaired, "%" G_GUINT64_FORMAT, verify->verdict.repaired);
        g_snprintf(words->lost, sizeof words->lost, "%" G_GUINT64_FORMAT, verify->verdict.lost);
        return (MgAct){.kind = MG_ACT_STORE_VERIFIED,
                       .words = {{"repair", verify->repair ? "yes" : "no"},
                                 {"found", words->found},
                                 {"repaired", words->repaired},
                                 {"lost", words->lost}}};
}

static gboolean write_by_committer(gpointer data, MgCommitFunc func, gpointer func_data, GError **error) {
        return mg_committer_do(data, func, func_data, error);
}

gboolean mg_session_verify(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autoptr(sqlite3) db = mg_sql_open(store->index_path, store->vfs, SQLITE_OPEN_READONLY, error);
        MgVerify verify = {.db = db,
                           .vfs = store->vfs,
                           .objects = store->objects,
                           .keeper = store->keeper,
                           .write = write_by_committer,
                           .write_data = store->committer,
                           .reserve = atomic_load(&store->reserve),
                           .anchor_file = store->anchor_file,
                           .finding = send_finding,
                           .progress = send_progress,
                           .data = &sock};
        Words words;
        MgAct act;

        if (!db || !take_request(request, &verify, error) || !mg_verify_run(&verify, error))
                return FALSE;
        act = act_of(&verify, &words);
        return mg_session_act(store, actor, &act, error) && send_verdict(sock, &verify.verdict);
}

/* The folder that came with a request. */
static gboolean take_folder(MgPacket *request, int *folder, GError **error) {
        struct stat status;

        if (request->n_fds != 1 || fstat(request->fds[0], &status) < 0 || !S_ISDIR(status.st_mode)) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_PROTOCOL, "a folder comes with this request");
                return FALSE;
        }
        *folder = mg_fd_steal(&request->fds[0]);
        return TRUE;
}

gboolean mg_session_backup(MgStore *store, const MgActor *actor, int sock, MgPacket *request, GError **error) {
        g_autofree char *state_dir = g_path_get_dirname(store->index_path), *objects = NULL, *left_out = NULL;
        mg_autofd folder = -1;
        MgBackup backup = {.store = store, .state_dir = state_dir, .progress = send_progress, .data = &sock};
        MgAct act = {.kind = MG_ACT_BACKED_UP};
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        if (!take_folder(request, &folder, error))
                return FALSE;
        backup.folder = folder;
        if (!mg_backup_run(&backup, error))
                return FALSE;
        objects = g_strdup_printf("%" G_GUINT64_FORMAT, backup.summary.objects);
        left_out = g_strdup_printf("%" G_GUINT64_FORMAT, backup.summary.left_out);
        act.words[0].name = "originals";
        act.words[0].value = objects;
        act.words[1].name = "left-out";
        act.words[1].value = left_out;
        mg_backup_summary_put(&writer, &backup.summary);
        return mg_session_act(store, actor, &act, error) &&
               mg_packet_send(sock, MG_UPKEEP_BACKED_UP, &writer, NULL, 0, NULL);
}

static gboolean write_by_itself(gpointer data, MgCommitFunc func, gpointer func_data, GError **error) {
        sqlite3 *db = data;

        if (!mg_sql_do(db, "BEGIN IMMEDIATE", error))
                return FALSE;
        if (func(db, func_data, error) && mg_sql_do(db, "COMMIT", error))
                return TRUE;
        if (!sqlite3_get_autocommit(db))
                sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return FALSE;
}

static gboolean add_act(sqlite3 *db, gpointer data, GError **error) {
        return mg_audit_add(db, data, error);
}

/* An index of another version is brought up to date by a start of the store, and by nothing else. */
static gboolean is_known(sqlite3 *db, const char *path, GError **error) {
        gint64 version;

        if (!mg_sql_do(db, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON", error) ||
            !mg_sql_number(db, "PRAGMA user_version", &version, error))
                return FALSE;
        if (version == MG_SCHEMA_VERSION)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "%s has schema version %" G_GINT64_FORMAT
                    ", this program looks through version %d: start the store "
                    "once with it",
                    path, version, MG_SCHEMA_VERSION);
        return FALSE;
}

/* An index that is no database at all is a finding, too: there is nothing to hold the objects against. */
static gboolean run(MgVerify *verify, const char *path, GError **error) {
        g_autoptr(GError) fault = NULL;
        Words words;
        MgAct act;

        if (!is_known(verify->db, path, &fault)) {
                if (!g_error_matches(fault, MG_ERROR, MG_ERROR_STORE)) {
                        g_propagate_error(error, g_steal_pointer(&fault));
                        return FALSE;
                }
                return mg_verify_found(verify, MG_FLAW_INDEX_DAMAGED, MG_MEND_NONE, "index.db", fault->message);
        }
        if (!mg_verify_run(verify, error))
                return FALSE;
        act = act_of(verify, &words);
        act.actor = "root";
        act.time = g_get_real_time() / G_USEC_PER_SEC;
        /* On a disk that takes no entry the verdict is what matters. */
        write_by_itself(verify->db, add_act, &act, NULL);
        return TRUE;
}

static gboolean restore(const MgStoreSettings *settings, MgPacket *request, int sock, MgMeter *meter, GError **error) {
        g_autoptr(MgVfs) vfs = mg_vfs_new(meter, error);
        mg_autofd folder = -1;
        MgRestore restore = {.state_dir = settings->state_dir,
                             .vfs = vfs,
                             .terms = settings->terms,
                             .progress = send_progress,
                             .data = &sock};
        g_auto(MgWriter) writer;
        MgReader reader;

        mg_writer_init(&writer);
        mg_reader_init(&reader, request->record);
        restore.after = mg_get_i64(&reader, "restore.after");
        if (!vfs || !mg_reader_end(&reader, error) || !take_folder(request, &folder, error))
                return FALSE;
        restore.folder = folder;
        if (!mg_restore_run(&restore, error))
                return FALSE;
        mg_restore_summary_put(&writer, &restore.summary);
        return mg_packet_send(sock, MG_UPKEEP_RESTORED, &writer, NULL, 0, NULL);
}

static gboolean verify_store(const MgStoreSettings *settings, MgPacket *request, int sock, MgMeter *meter,
                             GError **error) {
        g_autofree char *path = g_build_filename(settings->state_dir, "index.db", NULL);
        g_autoptr(MgVfs) vfs = mg_vfs_new(meter, error);
        g_autoptr(MgObjects) objects = vfs ? mg_objects_open(settings->state_dir, meter, error) : NULL;
        g_autoptr(sqlite3) db = objects ? mg_sql_open(path, vfs, SQLITE_OPEN_READWRITE, error) : NULL;
        MgVerify verify = {.db = db,
                           .vfs = vfs,
                           .objects = objects,
                           .write = write_by_itself,
                           .write_data = db,
                           .reserve = settings->reserve,
                           .anchor_file = settings->follow.anchor_file,
                           .finding = send_finding,
                           .progress = send_progress,
                           .data = &sock};

        return db && take_request(request, &verify, error) && run(&verify, path, error) &&
               send_verdict(sock, &verify.verdict);
}

/* A store that is restored has no folder yet, maybe; one that is looked through must have it. */
static gboolean serve(const MgStoreSettings *settings, MgPacket *request, int sock, MgMeter *meter, GError **error) {
        const gboolean restoring = request->kind == MG_UPKEEP_RESTORE;
        mg_autofd lock = -1;

        if (!restoring && request->kind != MG_UPKEEP_VERIFY) {
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "request %u is none", request->kind);
                return FALSE;
        }
        if (restoring && !mg_folder_make(settings->state_dir, meter, error))
                return FALSE;
        lock = mg_folder_lock(settings->state_dir, error);
        if (lock < 0)
                return FALSE;
        return restoring ? restore(settings, request, sock, meter, error)
                         : verify_store(settings, request, sock, meter, error);
}

/* The request is read first: an answer is lost where its connection is closed with a question unread. */
gboolean mg_upkeep_serve(const MgStoreSettings *settings, int sock, GError **error) {
        g_auto(MgPacket) request = MG_PACKET_INIT;
        g_autoptr(GError) fault = NULL;
        MgMeter meter = {0};

        if (!mg_packet_receive(sock, REQUEST_MS, &request, error))
                return FALSE;
        if (serve(settings, &request, sock, &meter, &fault) || !fault)
                return TRUE;
        mg_fault_send(sock, fault);
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
}
