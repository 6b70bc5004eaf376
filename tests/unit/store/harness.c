/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harness of the store's tests. fsync and fdatasync are defined here, before libc's, so that those of SQLite are
 * seen too; so are pwrite and sendmsg.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/packet.h"
#include "base/reading.h"
#include "config/config.h"
#include "keys.h"
#include "store/sql.h"

/* Far above what a test has open: dup2() of a descriptor to itself would leave it to be closed by exec. */
#define SHARED_FD 200
#define CONTROL_FD 201
#define READY_MS 120000

/* Set once: by harness_main() in a store, by store_shared() in a test. */
static Shared *shared;
static int shared_fd = -1;

int fsync(int fd);
int fdatasync(int fd);

/* Whether this process is the store; set once by harness_main(). */
static gboolean serving;

static void pass(void) {
        gint die_at = serving && shared ? g_atomic_int_get(&shared->die_at) : 0;

        if (die_at > 0 && g_atomic_int_add(&shared->calls, 1) + 1 == die_at)
                kill(getpid(), SIGKILL);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
        pass();
        return syscall(SYS_pwrite64, fd, data, n, at);
}

ssize_t sendmsg(int sock, const struct msghdr *message, int flags) {
        pass();
        return syscall(SYS_sendmsg, sock, message, flags);
}

static int counted(long call, int fd) {
        gint number = shared ? g_atomic_int_add(&shared->syncs, 1) + 1 : 0;

        pass();
        if (shared && number == g_atomic_int_get(&shared->fail_at)) {
                errno = EIO;
                return -1;
        }
        return (int)syscall(call, fd);
}

int fsync(int fd) {
        return counted(SYS_fsync, fd);
}

int fdatasync(int fd) {
        return counted(SYS_fdatasync, fd);
}

/* By mugai.conf in the folder where there is one. Without it mail is kept for ever, by the clocks of tests. */
static MgTerms *terms_of(const char *dir) {
        g_autofree char *path = g_build_filename(dir, "mugai.conf", NULL);
        gboolean there = g_file_test(path, G_FILE_TEST_EXISTS);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgConfig) config = mg_config_load(there ? path : NULL, &error);
        MgSeal *seal = NULL;
        MgTerms *terms;

        g_assert_no_error(error);
        if (!there) {
                mg_organizations_get(config->organizations, 0)->retention = 1000000;
                mg_organizations_get(config->organizations, 0)->retention_failed = 1000000;
                return mg_terms_new(config->organizations, keys_seal_of(dir));
        }
        if (config->sealing->len > 0)
                seal = mg_seal_new(config->sealing, &error);
        g_assert_no_error(error);
        terms = mg_terms_new(config->organizations, seal);
        terms->expiry_warning = config->expiry_warning;
        terms->quota_alarm = config->quota_alarm;
        return terms;
}

void store_configure(const char *dir, const char *text) {
        g_autofree char *path = g_build_filename(dir, "mugai.conf", NULL);
        g_auto(GStrv) pieces = g_strsplit(text, "DIR", -1);
        g_autofree char *whole = g_strjoinv(dir, pieces);

        g_assert_true(g_file_set_contents(path, whole, -1, NULL));
}

static gboolean reload(gpointer data, MgStoreSettings *settings, GError **error) {
        g_autofree char *path = g_build_filename(data, "settings", NULL);
        g_autofree char *text = NULL;

        if (!g_file_get_contents(path, &text, NULL, error))
                return FALSE;
        *settings =
                (MgStoreSettings){.node = (guint)g_ascii_strtoull(text, NULL, 10), .level = 1, .terms = terms_of(data)};
        return TRUE;
}

static int serve(const char *dir) {
        g_autofree char *state = g_build_filename(dir, "state", NULL);
        g_autofree char *path = g_build_filename(dir, "store.sock", NULL);
        const char *reserve = g_getenv("MUGAI_TEST_RESERVE"), *stranger = g_getenv("MUGAI_TEST_STRANGER");
        MgStoreSettings settings = {.state_dir = state,
                                    .node = 3,
                                    .level = 3,
                                    .reserve = reserve ? g_ascii_strtoull(reserve, NULL, 10) : 0,
                                    .connections = 64,
                                    .terms = terms_of(dir),
                                    .request_days = 14,
                                    .digest_seconds = 3600,
                                    .users = {geteuid(), geteuid(), geteuid(), geteuid()},
                                    .follow = {.anchor_every_ms = 3600000,
                                               .anchor_file = (char *)g_getenv("MUGAI_TEST_ANCHORS"),
                                               .lines_to = (char *)g_getenv("MUGAI_TEST_LINES")},
                                    .strangers = {0, stranger ? (uid_t)g_ascii_strtoull(stranger, NULL, 10) : 0}};
        MgStoreSockets sockets = {.control = CONTROL_FD, .signals = -1};
        g_autoptr(GError) error = NULL;

        mg_log_set_level(g_getenv("MUGAI_TEST_LOG") ? MG_LOG_DEBUG : MG_LOG_ERROR);
        sockets.listener = mg_packet_listen(path, 0600, &error);
        if (sockets.listener >= 0 && mg_store_serve(&settings, &sockets, reload, (gpointer)dir, &error))
                return 0;
        if (g_getenv("MUGAI_TEST_LOG"))
                g_printerr("%s\n", error->message);
        return 10 + error->code;
}

void harness_main(int *argc, char ***argv) {
        if (*argc == 3 && g_str_equal((*argv)[1], "--serve")) {
                serving = TRUE;
                if (fcntl(SHARED_FD, F_GETFD) >= 0)
                        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
                exit(serve((*argv)[2]));
        }
        signal(SIGPIPE, SIG_IGN);
        g_test_init(argc, argv, NULL);
}

Shared *store_shared(void) {
        if (!shared) {
                shared_fd = mg_fd_memory("shared", NULL);
                g_assert_cmpint(ftruncate(shared_fd, sizeof *shared), ==, 0);
                shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
        }
        *shared = (Shared){0};
        return shared;
}

/* Between fork and exec only what is safe there. */
static GPid spawn(const char *dir, int control) {
        GPid pid = fork();

        if (pid != 0)
                return pid;
        if (shared_fd >= 0)
                dup2(shared_fd, SHARED_FD);
        dup2(control, CONTROL_FD);
        execl("/proc/self/exe", "store", "--serve", dir, NULL);
        _exit(127);
}

gboolean store_start(Store *store, int *status) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        store->pid = spawn(store->dir, pair[1]);
        g_assert_cmpint(store->pid, >, 0);
        close(pair[1]);
        store->control = pair[0];
        if (mg_packet_receive(store->control, READY_MS, &packet, NULL) && packet.kind == MG_CONTROL_READY)
                return TRUE;
        g_assert_cmpint(waitpid(store->pid, status, 0), ==, store->pid);
        store->pid = 0;
        mg_fd_close(&store->control);
        return FALSE;
}

Store *store_new_at(const char *dir) {
        Store *store = g_new0(Store, 1);
        int status;

        store->dir = g_strdup(dir);
        store->socket = g_build_filename(dir, "store.sock", NULL);
        store->control = -1;
        g_assert_true(store_start(store, &status));
        return store;
}

Store *store_new(void) {
        return store_new_kind(FALSE);
}

Store *store_new_kind(gboolean sealed) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);

        g_assert_nonnull(dir);
        if (sealed)
                keys_write(dir);
        return store_new_at(dir);
}

static int ended(Store *store) {
        int status = 0;

        g_assert_cmpint(waitpid(store->pid, &status, 0), ==, store->pid);
        store->pid = 0;
        mg_fd_close(&store->control);
        return status;
}

int store_drain(Store *store) {
        g_assert_true(mg_packet_send(store->control, MG_CONTROL_DRAIN, NULL, NULL, 0, NULL));
        return ended(store);
}

void store_kill(Store *store) {
        kill(store->pid, SIGKILL);
        ended(store);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
        return remove(path);
}

void remove_tree(const char *path) {
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void store_free(Store *store) {
        if (!store)
                return;
        if (store->pid > 0)
                store_kill(store);
        remove_tree(store->dir);
        g_free(store->dir);
        g_free(store->socket);
        g_free(store);
}

gint64 store_figure(Store *store, const char *name) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autoptr(GArray) figures = NULL;
        MgReader reader;

        g_assert_true(mg_packet_send(store->control, MG_CONTROL_STATUS, NULL, NULL, 0, NULL));
        g_assert_true(mg_packet_receive(store->control, READY_MS, &packet, NULL));
        g_assert_cmpuint(packet.kind, ==, MG_CONTROL_FIGURES);
        mg_reader_init(&reader, packet.record);
        figures = mg_figures_get(&reader);
        g_assert_true(mg_reader_end(&reader, NULL));
        for (guint i = 0; i < figures->len; i++)
                if (g_str_equal(g_array_index(figures, MgFigure, i).name, name))
                        return g_array_index(figures, MgFigure, i).value;
        g_assert_not_reached();
}

static sqlite3 *open_index(const Store *store) {
        g_autofree char *path = g_build_filename(store->dir, "state", "index.db", NULL);
        sqlite3 *db = NULL;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        sqlite3_busy_timeout(db, 10000);
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
        return db;
}

void store_sql(const Store *store, const char *statements) {
        sqlite3 *db = open_index(store);
        g_autoptr(GError) error = NULL;

        mg_sql_do(db, statements, &error);
        g_assert_no_error(error);
        sqlite3_close(db);
}

gint64 store_number(const Store *store, const char *statement) {
        sqlite3 *db = open_index(store);
        g_autoptr(GError) error = NULL;
        gint64 number = 0;

        mg_sql_number(db, statement, &number, &error);
        g_assert_no_error(error);
        sqlite3_close(db);
        return number;
}

void store_add_person(const Store *store, guint number, guint32 duties, const char *addresses) {
        g_autofree char *token = g_strdup_printf("%u", number), *hex = NULL;
        g_auto(GStrv) all = g_strsplit(addresses, " ", -1);
        g_autoptr(GString) text = g_string_new(NULL);
        guint8 hash[32];

        mg_digest(token, strlen(token), hash);
        hex = mg_text_hex(hash, sizeof hash);
        g_string_printf(text,
                        "INSERT OR REPLACE INTO person(number, login, name, organization, scope, duties, made)"
                        " VALUES(%u, 'login%u', 'x', '', '', %u, 0);"
                        "INSERT OR REPLACE INTO token(hash, person, made, used, until)"
                        " VALUES(x'%s', %u, 0, 0, unixepoch() + 100000);",
                        number, number, duties, hex, number);
        for (char **address = all; *address; address++)
                g_string_append_printf(text, "INSERT OR REPLACE INTO person_address VALUES(%u, '%s');", number,
                                       *address);
        store_sql(store, text->str);
}

int original_of(gconstpointer data, gsize n) {
        int fd = mg_fd_memory("original", NULL);

        g_assert_true(mg_fd_write(fd, data, n, NULL));
        g_assert_true(mg_fd_seal(fd, 0, NULL));
        return fd;
}

static void set(char **field, const char *value) {
        g_free(*field);
        *field = g_strdup(value);
}

MgEnvelope *envelope_of(const char *queue_id, const char *from, const char *rcpt, gint64 time) {
        MgEnvelope *envelope = mg_envelope_new();

        set(&envelope->queue_id, queue_id);
        set(&envelope->from, from);
        set(&envelope->client, "mx.example.jp [192.0.2.1]");
        envelope->time = time;
        g_ptr_array_add(envelope->rcpts, g_strdup(rcpt));
        return envelope;
}

static MgEnvelope *envelope_copy(const MgEnvelope *envelope) {
        g_auto(MgWriter) writer;
        g_autoptr(GBytes) bytes = NULL;
        MgReader reader;

        mg_writer_init(&writer);
        mg_envelope_put(&writer, envelope);
        bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        mg_reader_init(&reader, bytes);
        return mg_envelope_get(&reader);
}

MgRecord *record_of(const MgEnvelope *envelope, MgOutcome outcome) {
        MgRecord *record = mg_record_new();
        MgFacts *facts = mg_facts_new();
        MgPartDecision part = {.action = MG_ACTION_REMOVE,
                               .listed = TRUE,
                               .rule = g_strdup("text-only"),
                               .reason = g_strdup("not text"),
                               .type = {g_strdup("PDF"), g_strdup("PDF")}};

        mg_envelope_free(record->envelope);
        record->envelope = envelope_copy(envelope);
        record->outcome = outcome;
        record->decision->outcome = outcome;
        set(&record->reply, outcome == MG_OUTCOME_CONVERTED ? "250 2.0.0 Ok" : "451 4.3.2 later");
        set(&record->reason, outcome == MG_OUTCOME_CONVERTED ? "" : "too many at once");
        set(&record->version, "0.1.0");
        record->bytes_out = 1234;
        record->milliseconds = 5;
        mg_reading_add_value(record->reading, MG_FIELD_SUBJECT, "会議の資料", NULL);
        set(&facts->path, "2");
        facts->kind = MG_PART_ATTACHMENT;
        set(&facts->claimed, "application/pdf");
        set(&facts->found, "application/pdf");
        set(&facts->name, "資料.pdf");
        facts->size = 99;
        g_ptr_array_add(record->reading->parts, facts);
        g_ptr_array_add(record->reading->link_hosts, g_strdup("link.example.net"));
        g_array_append_val(record->decision->parts, part);
        return record;
}

char *put_mail(const char *socket, const MgEnvelope *envelope, gconstpointer data, gsize n, GError **error) {
        mg_autofd original = original_of(data, n);
        g_autoptr(MgRecord) record = record_of(envelope, MG_OUTCOME_CONVERTED);
        g_autofree char *receipt = NULL;
        mg_autofd sock = -1;

        if (!mg_store_begin(socket, envelope, original, &sock, &receipt, NULL, error) ||
            !mg_store_commit(sock, record, MG_STORE_COMMIT_MS, error))
                return NULL;
        return g_steal_pointer(&receipt);
}

static GBytes *open_sealed(const char *socket, const char *receipt, GBytes *sealed, GError **error) {
        g_autoptr(MgRecord) row = mg_store_show(&(MgAsker){socket}, receipt, error);

        return row ? mg_opener_open(key_opener(KEY_ORGANIZATION), sealed, row->size, row->sha256, error) : NULL;
}

gboolean original_is(const char *socket, const char *receipt, gconstpointer data, gsize n, GError **error) {
        gboolean sealed = FALSE;
        mg_autofd original = mg_store_get(&(MgAsker){socket}, receipt, &sealed, error);
        g_autoptr(GBytes) kept = original >= 0 ? mg_fd_map(original, 0, G_MAXUINT32, error) : NULL;
        g_autoptr(GBytes) content = NULL;
        gconstpointer got;
        gsize got_n;

        if (kept)
                content = sealed ? open_sealed(socket, receipt, kept, error) : g_bytes_ref(kept);
        if (!content)
                return FALSE;
        got = g_bytes_get_data(content, &got_n);
        return got_n == n && memcmp(got, data, n) == 0;
}

/* nftw() has no argument for its function. */
static guint objects_seen;

static int see(const char *path, const struct stat *status, int kind, struct FTW *walk) {
        /* A blank is no object yet. */
        objects_seen += kind == FTW_F && status->st_size > 0;
        return 0;
}

guint count_objects(const Store *store) {
        g_autofree char *path = g_build_filename(store->dir, "state", "objects", NULL);

        objects_seen = 0;
        nftw(path, see, 16, FTW_PHYS);
        return objects_seen;
}

static MgRecord *record_copy(const MgRecord *record) {
        g_auto(MgWriter) writer;
        g_autoptr(GBytes) bytes = NULL;
        MgReader reader;

        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        mg_reader_init(&reader, bytes);
        return mg_record_get(&reader);
}

static gboolean collect(const MgRecord *record, gpointer data) {
        g_ptr_array_add(data, record_copy(record));
        return TRUE;
}

GPtrArray *query_all(const char *socket, const MgQuery *query) {
        GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);
        g_autoptr(GError) error = NULL;

        mg_store_query(&(MgAsker){socket}, query, collect, rows, NULL, &error);
        g_assert_no_error(error);
        return rows;
}

struct Cutter {
        char *path;
        gint64 size;
        gint stop;
        GThread *thread;
};

static gpointer cut(gpointer data) {
        Cutter *cutter = data;

        while (!g_atomic_int_get(&cutter->stop)) {
                g_assert_cmpint(truncate(cutter->path, 1), ==, 0);
                g_usleep(500);
                g_assert_cmpint(truncate(cutter->path, cutter->size), ==, 0);
                g_usleep(500);
        }
        return NULL;
}

Cutter *cutter_start(const char *path, gint64 size) {
        Cutter *cutter = g_new0(Cutter, 1);

        cutter->path = g_strdup(path);
        cutter->size = size;
        g_assert_cmpint(truncate(path, 1), ==, 0);
        cutter->thread = g_thread_new("cutter", cut, cutter);
        return cutter;
}

void cutter_end(Cutter *cutter) {
        g_atomic_int_set(&cutter->stop, TRUE);
        g_thread_join(cutter->thread);
        g_free(cutter->path);
        g_free(cutter);
}
