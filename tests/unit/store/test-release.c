/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests through a running store: the whole way, originals that are not there, and kill -9 at any moment: what was
 * approved is handed over once or reported as unknown, never twice.
 */
#include "harness.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/request_client.h"
#include "store/sql.h"

#define TEXT "the original"
#define OWN "taro@pref.example.jp"
#define CONFIG "release {\n allowed_domains = pref.example.jp\n}\n"

/* Persons, by their tokens. */
#define TARO "1"
#define ANNA "2"
#define AKIRA "3"

static Store *store_with_persons(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-release-XXXXXX", NULL);
        Store *store;

        store_configure(dir, CONFIG);
        store = store_new_at(dir);
        store_add_person(store, 1, MG_DUTY_STAFF, "taro@city.example.jp " OWN);
        store_add_person(store, 2, MG_DUTY_APPROVER, "anna@city.example.jp");
        store_add_person(store, 3, MG_DUTY_APPROVER | MG_DUTY_OFFICER, "akira@city.example.jp");
        return store;
}

static char *put_one(const Store *store, const char *queue_id) {
        g_autoptr(MgEnvelope) envelope = envelope_of(queue_id, "a@example.com", "taro@city.example.jp", 1700000000);
        g_autofree char *text = g_strdup_printf("%s %s", TEXT, queue_id);

        return put_mail(store->socket, envelope, text, strlen(text), NULL);
}

/* Of the whole, or of part 2. The number, or 0 with error. */
static gint64 ask(const Store *store, const char *token, const char *receipt, gboolean whole, GError **error) {
        g_autoptr(MgRequest) request = mg_request_new();
        gint64 number;

        g_free(request->receipt);
        request->receipt = g_strdup(receipt);
        g_free(request->reason);
        request->reason = g_strdup("契約に要る");
        g_ptr_array_add(request->addresses, g_strdup(OWN));
        if (!whole) {
                MgRequestPart *part = mg_request_part_new();

                g_free(part->path);
                part->path = g_strdup("2");
                g_ptr_array_add(request->parts, part);
        }
        return mg_request_make(&(MgAsker){store->socket, token}, request, &number, error) ? number : 0;
}

static gboolean approve(const Store *store, const char *token, gint64 number, GError **error) {
        return mg_request_decide(&(MgAsker){store->socket, token}, MG_DECIDE_APPROVE, number, "", error);
}

static MgAsker role_of(const Store *store) {
        return (MgAsker){store->socket, NULL};
}

static gboolean take_one(const MgRequest *request, gpointer data) {
        MgRequest **out = data;
        g_auto(MgWriter) writer;
        g_autoptr(GBytes) bytes = NULL;
        MgReader reader;

        mg_writer_init(&writer);
        mg_request_put(&writer, request);
        bytes = g_bytes_new(writer.bytes->data, writer.bytes->len);
        mg_reader_init(&reader, bytes);
        *out = mg_request_get(&reader);
        g_assert_true(mg_reader_end(&reader, NULL));
        return TRUE;
}

/* As Akira sees it, or NULL. */
static MgRequest *show(const Store *store, gint64 number) {
        const MgRequestQuery query = {.number = number, .state = MG_REQUEST_ANY_STATE, .max = 1};
        MgRequest *request = NULL;
        g_autoptr(GError) error = NULL;

        mg_request_list(&(MgAsker){store->socket, AKIRA}, &query, take_one, &request, &error);
        g_assert_no_error(error);
        return request;
}

static MgRequestState state_of(const Store *store, gint64 number) {
        g_autoptr(MgRequest) request = show(store, number);

        return request->state;
}

/* The original of a request, as the role has it. */
static void check_original(const Store *store, const MgOrder *order, const char *text) {
        const MgAsker role = role_of(store);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) original = NULL;
        mg_autofd object = -1;
        gboolean sealed = TRUE;
        gconstpointer data;
        gsize n;

        object = mg_store_get(&role, order->receipt, &sealed, &error);
        g_assert_no_error(error);
        g_assert_false(sealed);
        original = mg_fd_map(object, 0, 1000, &error);
        g_assert_no_error(error);
        data = g_bytes_get_data(original, &n);
        g_assert_cmpmem(data, n, text, strlen(text));
        g_assert_cmpuint(order->size, ==, n);
}

/* The number of the next order, which is claimed and whose original must be there; 0 for none. */
static gint64 claim(const Store *store, const char *text) {
        const MgAsker role = role_of(store);
        g_autoptr(MgOrder) order = NULL;
        g_autoptr(GError) error = NULL;

        mg_order_next(&role, 0, &order, &error);
        g_assert_no_error(error);
        if (!order)
                return 0;
        g_assert_cmpstr(order->organization, ==, "");
        g_assert_cmpstr(order->from, ==, "a@example.com");
        g_assert_cmpstr(order->subject, ==, "会議の資料");
        g_assert_cmpstr(g_ptr_array_index(order->addresses, 0), ==, OWN);
        g_assert_cmpuint(order->approvers->len, ==, 1);
        check_original(store, order, text);
        /* A look changes nothing. */
        g_assert_cmpint(state_of(store, order->number), ==, MG_REQUEST_APPROVED);
        g_assert_true(mg_order_claim(&role, order->number, &error));
        g_assert_false(mg_order_claim(&role, order->number, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        return order->number;
}

/* The role asks every two seconds, and mostly there is nothing: more often here than a stack stays clean by chance. */
static void test_no_letter(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker role = role_of(store);
        g_autofree char *receipt = put_one(store, "Q1");
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(ask(store, TARO, receipt, FALSE, NULL), >, 0);
        for (guint i = 0; i < 20; i++) {
                g_autoptr(MgOrder) order = NULL;
                g_autoptr(MgLetter) letter = NULL;

                g_assert_true(mg_order_next(&role, 0, &order, &error));
                g_assert_null(order);
                g_assert_true(mg_letter_claim(&role, &letter, &error));
                mg_request_free(show(store, 1));
        }
        g_assert_no_error(error);
}

static void test_way(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker role = role_of(store);
        g_autofree char *receipt = put_one(store, "Q1");
        g_autoptr(MgRequest) request = NULL;
        g_autoptr(MgLetter) letter = NULL;
        g_autoptr(GError) error = NULL;
        gint64 number = ask(store, TARO, receipt, FALSE, &error);

        g_assert_no_error(error);
        g_assert_true(mg_order_begin(&role, NULL));
        g_assert_cmpint(claim(store, NULL), ==, 0);
        g_assert_false(approve(store, TARO, number, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_clear_error(&error);
        g_assert_cmpint(store_figure(store, "requests_waiting"), ==, 1);
        g_assert_true(approve(store, ANNA, number, &error));
        g_assert_cmpint(store_figure(store, "requests_waiting"), ==, 0);
        g_assert_cmpint(store_figure(store, "requests_approved"), ==, 1);
        g_assert_cmpint(claim(store, TEXT " Q1"), ==, number);
        g_assert_cmpint(claim(store, NULL), ==, 0);
        g_assert_cmpint(state_of(store, number), ==, MG_REQUEST_HANDED_OVER);
        g_assert_true(mg_order_result(&role, number, MG_ORDER_RELEASED, "250 2.0.0 Ok:\r\n queued as 4X", NULL));
        /* The answer may have been lost. */
        g_assert_true(mg_order_result(&role, number, MG_ORDER_RELEASED, "250 2.0.0 Ok:\r\n queued as 4X", NULL));
        g_assert_false(mg_order_result(&role, number, MG_ORDER_FAILED, "", &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        request = show(store, number);
        g_assert_cmpint(request->state, ==, MG_REQUEST_RELEASED);
        g_assert_cmpstr(request->result, ==, "250 2.0.0 Ok:  queued as 4X");
        g_assert_cmpint(request->made, >, 1700000000);
        g_assert_cmpint(request->decided, >=, request->made);
        g_assert_cmpint(request->ended, >=, request->decided);
        g_assert_true(mg_letter_claim(&role, &letter, NULL));
        g_assert_cmpstr(letter->to, ==, "taro@city.example.jp");
        g_assert_cmpstr(letter->receipt, ==, receipt);
        g_assert_true(mg_letter_result(&role, letter->number, TRUE, NULL));
}

/* What the role had when it ended is unknown; a person says what became of it. */
static void test_unknown(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker role = role_of(store), akira = {store->socket, AKIRA};
        g_autofree char *receipt = put_one(store, "Q1");
        gint64 number = ask(store, TARO, receipt, TRUE, NULL);

        g_assert_true(approve(store, ANNA, number, NULL));
        g_assert_cmpint(claim(store, TEXT " Q1"), ==, number);
        g_assert_true(mg_order_begin(&role, NULL));
        g_assert_cmpint(state_of(store, number), ==, MG_REQUEST_UNKNOWN);
        g_assert_cmpint(store_figure(store, "requests_unknown"), ==, 1);
        g_assert_cmpint(claim(store, NULL), ==, 0);
        g_assert_true(mg_request_settle(&akira, number, MG_SETTLE_AGAIN, "not in the log", NULL));
        g_assert_cmpint(claim(store, TEXT " Q1"), ==, number);
        g_assert_true(mg_order_result(&role, number, MG_ORDER_UNSURE, "lost after the dot", NULL));
        g_assert_true(mg_request_settle(&akira, number, MG_SETTLE_SENT, "in the log", NULL));
        g_assert_cmpint(state_of(store, number), ==, MG_REQUEST_RELEASED);
}

/* A claim is heard after its process died, and after the role said so: it must not be taken, for nobody works on it and
 * no role would ask for it again before the next one begins. */
static void test_late_claim(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker role = role_of(store);
        g_autofree char *receipt = put_one(store, "Q1");
        g_autoptr(GError) error = NULL;
        g_auto(MgWriter) writer;
        gint64 number = ask(store, TARO, receipt, TRUE, NULL);
        mg_autofd sock = -1;

        g_assert_true(approve(store, ANNA, number, NULL));
        mg_writer_init(&writer);
        mg_put_i64(&writer, number);
        g_assert_cmpint(kill(store->pid, SIGSTOP), ==, 0);
        sock = mg_store_ask(&role, MG_REQUEST_CALL_CLAIM, &writer, NULL, 0, &error);
        g_assert_no_error(error);
        mg_fd_close(&sock);
        g_assert_cmpint(kill(store->pid, SIGCONT), ==, 0);
        /* Connections are taken in their order, and counted until they are through. */
        state_of(store, number);
        while (store_figure(store, "connections") > 0)
                g_usleep(1000);
        g_assert_cmpint(state_of(store, number), ==, MG_REQUEST_APPROVED);
        g_assert_cmpint(claim(store, TEXT " Q1"), ==, number);
}

/* The role has originals of what is approved alone. Whoever looks on from a number sees what is behind it; what the
 * role says of an original that cannot be read is taken of one that it did not claim, too. */
static void test_missing(void) {
        g_autoptr(Store) store = store_with_persons();
        const MgAsker role = role_of(store);
        g_autofree char *gone = put_one(store, "Q1"), *there = put_one(store, "Q2");
        g_autofree char *path = g_strdup_printf("%s/state/objects/00000/%s.zst", store->dir, gone);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgOrder) after = NULL, none = NULL;
        gint64 first = ask(store, TARO, gone, TRUE, NULL), second = ask(store, TARO, there, TRUE, NULL);
        gboolean sealed;

        g_assert_true(approve(store, ANNA, first, NULL));
        g_assert_cmpint(mg_store_get(&role, there, &sealed, &error), <, 0);
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_clear_error(&error);
        g_assert_true(approve(store, ANNA, second, NULL));
        g_assert_true(mg_order_next(&role, first, &after, NULL));
        g_assert_cmpint(after->number, ==, second);
        g_assert_true(mg_order_next(&role, second, &none, NULL));
        g_assert_null(none);
        g_clear_pointer(&after, mg_order_free);
        store_sql(store, "UPDATE request SET organization = 'ward'");
        g_assert_true(mg_order_next(&role, first, &after, NULL));
        g_assert_cmpstr(after->organization, ==, "ward");
        store_sql(store, "UPDATE request SET organization = ''");
        g_assert_cmpint(unlink(path), ==, 0);
        g_assert_cmpint(mg_store_get(&role, gone, &sealed, &error), <, 0);
        g_assert_error(error, MG_ERROR, MG_ERROR_STORE);
        g_clear_error(&error);
        g_assert_true(mg_order_result(&role, first, MG_ORDER_FAILED, "the original cannot be read", NULL));
        g_assert_cmpint(claim(store, TEXT " Q2"), ==, second);
        g_assert_cmpint(state_of(store, first), ==, MG_REQUEST_FAILED);
        g_assert_cmpint(ask(store, TARO, gone, TRUE, &error), ==, 0);
        g_assert_error(error, MG_ERROR, MG_ERROR_MISSING);
}

/* --- killed ------------------------------------------------------------------------------------------------------- */

#define KILLS 40
#define KILLS_MOST 600
#define REQUESTS_LEAST 40

/* Who asks and approves, as long as the others run. */
typedef struct People {
        const Store *store;
        const char *receipt;
        gint *stop;
        GArray *approved; /* numbers (gint64) of which approval was answered */
} People;

/* The release role of the test: what it was given, and what of it was answered as released. */
typedef struct Role {
        const Store *store;
        gint *stop;
        gint *given_count;
        GHashTable *given;    /* of number */
        GHashTable *released; /* of number */
} Role;

static gpointer number_key(gint64 number) {
        return GINT_TO_POINTER((gint)number);
}

/* An approval whose answer was lost is tried again: then it is there already, or it is not. */
static gboolean approve_surely(const People *people, gint64 number) {
        for (;;) {
                g_autoptr(GError) error = NULL;

                if (approve(people->store, ANNA, number, &error))
                        return TRUE;
                if (g_error_matches(error, MG_ERROR, MG_ERROR_USAGE) ||
                    g_error_matches(error, MG_ERROR, MG_ERROR_DENIED))
                        return TRUE;
                g_usleep(2000);
        }
}

static gpointer run_people(gpointer data) {
        People *people = data;

        while (!g_atomic_int_get(people->stop)) {
                gint64 number = ask(people->store, TARO, people->receipt, TRUE, NULL);

                if (number > 0 && approve_surely(people, number))
                        g_array_append_val(people->approved, number);
                g_usleep(2000);
        }
        return NULL;
}

/* Says it until it is heard. */
static void release(Role *role, gint64 number) {
        const MgAsker asker = role_of(role->store);
        g_autoptr(GError) error = NULL;

        while (!mg_order_result(&asker, number, MG_ORDER_RELEASED, "250 2.0.0 Ok", &error)) {
                g_assert_false(g_error_matches(error, MG_ERROR, MG_ERROR_USAGE));
                g_clear_error(&error);
                g_usleep(2000);
        }
        g_hash_table_add(role->released, number_key(number));
}

/* One order, if there is one. Every third is forgotten, as by a role that dies. FALSE where the store was not there. */
static gboolean work(Role *role, gboolean *none) {
        const MgAsker asker = role_of(role->store);
        g_autoptr(MgOrder) order = NULL;

        if (!mg_order_next(&asker, 0, &order, NULL))
                return FALSE;
        *none = order == NULL;
        if (!order)
                return TRUE;
        /* Where the answer was lost it may be handed over: the next begin says so. */
        if (!mg_order_claim(&asker, order->number, NULL))
                return FALSE;
        /* Once, whatever was killed in between. */
        g_assert_true(g_hash_table_add(role->given, number_key(order->number)));
        if (order->number % 3 == 0)
                return FALSE;
        release(role, order->number);
        g_atomic_int_inc(role->given_count);
        return TRUE;
}

static gpointer run_role(gpointer data) {
        Role *role = data;
        const MgAsker asker = role_of(role->store);
        gboolean begun = FALSE, none;

        while (!g_atomic_int_get(role->stop)) {
                begun = begun || mg_order_begin(&asker, NULL);
                begun = begun && work(role, &none);
                if (!begun || none)
                        g_usleep(1000);
        }
        return NULL;
}

static void check_ended(const Role *role, gint64 number) {
        MgRequestState state = state_of(role->store, number);
        gboolean released = g_hash_table_contains(role->released, number_key(number));

        g_assert_cmpint(state, ==, released ? MG_REQUEST_RELEASED : MG_REQUEST_UNKNOWN);
}

static void test_kill(void) {
        g_autoptr(Store) store = store_with_persons();
        g_autofree char *receipt = put_one(store, "Q1");
        gint stop = 0, count = 0, status, kills;
        People people = {store, receipt, &stop, g_array_new(FALSE, FALSE, sizeof(gint64))};
        Role role = {store, &stop, &count, g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL)};
        GThread *threads[] = {g_thread_new("people", run_people, &people), g_thread_new("role", run_role, &role)};
        const MgAsker asker = role_of(store);
        gboolean none = FALSE;

        for (kills = 0; kills < KILLS || (kills < KILLS_MOST && g_atomic_int_get(&count) < REQUESTS_LEAST); kills++) {
                g_usleep((gulong)g_test_rand_int_range(0, 60000));
                store_kill(store);
                g_assert_true(store_start(store, &status));
        }
        g_atomic_int_set(&stop, 1);
        for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
                g_thread_join(threads[i]);
        /* Whatever is approved goes out now, and what nobody answered for is known to be unknown. */
        while (!none)
                if (!work(&role, &none))
                        none = FALSE;
        g_assert_true(mg_order_begin(&asker, NULL));
        for (guint i = 0; i < people.approved->len; i++)
                check_ended(&role, g_array_index(people.approved, gint64, i));
        g_test_message("%u approved, %u given, %u released, %d kills", people.approved->len,
                       g_hash_table_size(role.given), g_hash_table_size(role.released), kills);
        g_assert_cmpuint(g_hash_table_size(role.released), >=, REQUESTS_LEAST);
        g_array_unref(people.approved);
        g_hash_table_unref(role.given);
        g_hash_table_unref(role.released);
}

/* --- at every call ------------------------------------------------------------------------------------------------ */

/* One request on its whole way, with a store that dies once and is started again; and what each step saw. */
typedef struct Walk {
        Store *store;
        Shared *shared;
        char *receipt;
        gint64 number;
        guint given;    /* orders that the role got */
        guint released; /* results that were answered */
        gboolean lost;  /* the answer to a claim */
        gboolean died;
} Walk;

static void revive(Walk *walk) {
        int status;

        g_assert_cmpint(g_atomic_int_get(&walk->shared->calls), >=, g_atomic_int_get(&walk->shared->die_at));
        g_atomic_int_set(&walk->shared->die_at, 0);
        walk->died = TRUE;
        store_kill(walk->store);
        g_assert_true(store_start(walk->store, &status));
}

/* Whoever asked and heard nothing looks whether it is there before he asks again. */
static gboolean step_ask(Walk *walk) {
        const MgRequestQuery mine = {.state = MG_REQUEST_ANY_STATE, .mine = TRUE, .max = 1};
        g_autoptr(MgRequest) there = NULL;
        MgRequest *found = NULL;

        if (walk->died) {
                g_assert_true(mg_request_list(&(MgAsker){walk->store->socket, TARO}, &mine, take_one, &found, NULL));
                there = found;
        }
        walk->number = there ? there->number : ask(walk->store, TARO, walk->receipt, TRUE, NULL);
        return walk->number > 0;
}

static gboolean step_approve(Walk *walk) {
        g_autoptr(GError) error = NULL;

        return approve(walk->store, ANNA, walk->number, &error) || g_error_matches(error, MG_ERROR, MG_ERROR_DENIED);
}

static gboolean step_begin(Walk *walk) {
        const MgAsker role = role_of(walk->store);

        return mg_order_begin(&role, NULL);
}

/* A claim whose answer was lost may have been made; nothing was sent, and RETURNED says so of either. */
static gboolean step_claim(Walk *walk) {
        const MgAsker role = role_of(walk->store);
        g_autoptr(MgOrder) order = NULL;

        if (walk->lost && !mg_order_result(&role, walk->number, MG_ORDER_RETURNED, "the answer was lost", NULL))
                return FALSE;
        walk->lost = FALSE;
        if (!mg_order_next(&role, 0, &order, NULL))
                return FALSE;
        walk->lost = order && !mg_order_claim(&role, order->number, NULL);
        walk->given += order && !walk->lost ? 1 : 0;
        return !walk->lost;
}

static gboolean step_result(Walk *walk) {
        const MgAsker role = role_of(walk->store);

        if (walk->given == 0)
                return TRUE;
        if (!mg_order_result(&role, walk->number, MG_ORDER_RELEASED, "250 2.0.0 Ok", NULL))
                return FALSE;
        walk->released++;
        return TRUE;
}

static gint64 acts_of(const Walk *walk, const char *act) {
        g_autofree char *path = g_build_filename(walk->store->dir, "state", "index.db", NULL);
        g_autofree char *text =
                g_strdup_printf("SELECT count(*) FROM audit WHERE entry LIKE '%%\"act\":\"%s\"%%'", act);
        gint64 number = -1;
        sqlite3 *db;

        g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
        g_assert_true(mg_sql_number(db, text, &number, NULL));
        sqlite3_close(db);
        return number;
}

/* FALSE where the store did not die: there are no more calls. */
static gboolean walk_on(gint die_at) {
        static gboolean (*const steps[])(Walk *) = {step_ask, step_approve, step_begin, step_claim, step_result};
        g_autoptr(Store) store = NULL;
        Walk walk = {.shared = store_shared()};

        walk.store = store = store_with_persons();
        walk.receipt = put_one(store, "Q1");
        g_atomic_int_set(&walk.shared->calls, 0);
        g_atomic_int_set(&walk.shared->die_at, die_at);
        for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
                while (!steps[i](&walk))
                        revive(&walk);
        g_atomic_int_set(&walk.shared->die_at, 0);
        g_assert_true(step_begin(&walk));
        /* Once, or it came back unsent; and the trail says the same. */
        g_assert_cmpuint(walk.given, <=, 1);
        g_assert_cmpuint(walk.released, ==, walk.given);
        g_assert_cmpint(state_of(store, walk.number), ==, walk.given ? MG_REQUEST_RELEASED : MG_REQUEST_APPROVED);
        g_assert_cmpint(acts_of(&walk, "request-made"), ==, 1);
        g_assert_cmpint(acts_of(&walk, "request-approved"), ==, 1);
        g_assert_cmpint(acts_of(&walk, "handed-over"), ==, 1);
        g_assert_cmpint(acts_of(&walk, "released") + acts_of(&walk, "release-returned"), ==, 1);
        g_free(walk.receipt);
        return walk.died;
}

static void test_every_call(void) {
        gint die_at = 1;

        while (walk_on(die_at))
                die_at++;
        g_test_message("%d calls", die_at - 1);
        g_assert_cmpint(die_at, >, 20);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/release/no-letter", test_no_letter);
        g_test_add_func("/store/release/way", test_way);
        g_test_add_func("/store/release/unknown", test_unknown);
        g_test_add_func("/store/release/late-claim", test_late_claim);
        g_test_add_func("/store/release/missing", test_missing);
        g_test_add_func("/store/release/every-call", test_every_call);
        g_test_add_func("/store/release/kill", test_kill);
        return g_test_run();
}
