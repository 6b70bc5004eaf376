/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next order, its process, its result. Talks to no network and takes nothing apart.
 */
#include "release/orders.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/control.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/store_client.h"
#include "release/fulfil.h"
#include "release/handover.h"

/* How often the store is asked whether there is anything, and again where it could not be asked. */
#define POLL_US (2 * G_USEC_PER_SEC)
/* How often letters are looked for. */
#define LETTERS_US (10 * G_USEC_PER_SEC)
/* An order that could not be begun is tried again after a minute, then after two, four, ... up to this; after so many
 * times it failed. Those that were claimed and came back the store counts, and holds back. */
#define LATER_FIRST_US (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)
#define LATER_MOST_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)
#define ATTEMPTS_MAX 20
/* A process that lives longer hangs: Postfix has ended every transaction by then. */
#define PROCESS_US (15 * 60 * G_USEC_PER_SEC)
/* Orders that are looked at in one turn. */
#define LOOKS_MAX 32
#define OBJECT_MAX G_MAXINT32

/* Why an order waits. */
typedef struct Held {
        gint64 since;      /* seconds since the epoch */
        guint generation;  /* of the keyring when no key opened it; 0: it does not wait for a key */
        gint64 not_before; /* monotonic microseconds */
        guint attempts;
        char *why;     /* it is tried later, as the log says; NULL: not yet */
        gboolean seen; /* in this pass over the store's orders */
} Held;

typedef struct Said {
        gint64 number; /* 0: there is nothing to say */
        MgFulfilled what;
        char *text;
} Said;

struct MgOrders {
        MgAsker store;
        const MgKeyring *ring;
        gboolean begun;   /* the store knows that nothing is in work from before */
        gint64 due;       /* monotonic microseconds */
        gint64 after;     /* number behind which the next look begins */
        gboolean told;    /* that the store cannot be asked */
        GHashTable *held; /* number (gint64) -> Held */
        pid_t pid;
        int sock;       /* of the process in work, or -1 */
        gint64 end;     /* when it is killed */
        gint64 in_work; /* number of the order; 0: letters */
        Said pending;   /* not yet heard by the store */
        gint64 letters_due;
        gint64 counts[_MG_FULFILLED_N];
        gint64 letters;
};

static void held_free(gpointer data) {
        Held *held = data;

        g_free(held->why);
        g_free(held);
}

MgOrders *mg_orders_new(const MgAsker *store, const MgKeyring *ring) {
        MgOrders *orders = g_new0(MgOrders, 1);

        orders->store = *store;
        orders->ring = ring;
        orders->sock = -1;
        orders->held = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, held_free);
        return orders;
}

void mg_orders_free(MgOrders *orders) {
        if (!orders)
                return;
        if (orders->pid > 0) {
                kill(orders->pid, SIGKILL);
                waitpid(orders->pid, NULL, 0);
        }
        mg_fd_close(&orders->sock);
        g_hash_table_unref(orders->held);
        g_free(orders->pending.text);
        g_free(orders);
}

int mg_orders_watch(const MgOrders *orders) {
        return orders->sock;
}

gboolean mg_orders_busy(const MgOrders *orders) {
        return orders->sock >= 0 || orders->pending.number != 0;
}

int mg_orders_next(const MgOrders *orders) {
        gint64 until = orders->sock >= 0 ? orders->end : orders->due;

        return (int)CLAMP((until - g_get_monotonic_time()) / 1000 + 1, 0, 60000);
}

void mg_orders_wake(MgOrders *orders) {
        orders->due = 0;
        orders->after = 0;
}

static void wait_a_while(MgOrders *orders) {
        orders->due = g_get_monotonic_time() + POLL_US;
}

/* Said once until it answers again. */
static void cannot_ask(MgOrders *orders, const GError *error) {
        if (!orders->told)
                mg_log(MG_LOG_WARNING, "orders: %s", error->message);
        orders->told = TRUE;
        wait_a_while(orders);
}

/* --- waiting ------------------------------------------------------------------------------------------------------ */

static Held *hold(MgOrders *orders, gint64 number) {
        Held *held = g_hash_table_lookup(orders->held, &number);

        if (held)
                return held;
        held = g_new0(Held, 1);
        held->since = g_get_real_time() / G_USEC_PER_SEC;
        g_hash_table_insert(orders->held, g_memdup2(&number, sizeof number), held);
        return held;
}

/* Generation 0 is that of a ring that never had a key. */
static guint generation_of(const MgOrders *orders) {
        return mg_keyring_generation(orders->ring) + 1;
}

static gboolean must_wait(MgOrders *orders, gint64 number) {
        Held *held = g_hash_table_lookup(orders->held, &number);

        if (!held)
                return FALSE;
        held->seen = TRUE;
        return held->generation == generation_of(orders) || held->not_before > g_get_monotonic_time();
}

static void wait_for_key(MgOrders *orders, gint64 number) {
        Held *held = hold(orders, number);

        if (held->generation == 0)
                mg_log(MG_LOG_INFO,
                       "request %" G_GINT64_FORMAT " waits: no key that its original is sealed to is unlocked", number);
        held->generation = generation_of(orders);
        held->seen = TRUE;
}

/* FALSE where it was tried often enough. Why is said once until it is another reason. */
static gboolean wait_for_later(MgOrders *orders, gint64 number, const char *text) {
        Held *held = hold(orders, number);
        gint64 delay = LATER_FIRST_US << MIN(held->attempts, 10);

        held->generation = 0;
        held->seen = TRUE;
        held->not_before = g_get_monotonic_time() + MIN(delay, LATER_MOST_US);
        if (g_strcmp0(held->why, text) != 0) {
                mg_log(MG_LOG_WARNING, "request %" G_GINT64_FORMAT " is tried again later (%u): %s", number,
                       held->attempts + 1, text);
                g_free(held->why);
                held->why = g_strdup(text);
        }
        return ++held->attempts < ATTEMPTS_MAX;
}

static gboolean was_not_seen(gpointer number, gpointer value, gpointer data) {
        Held *held = value;
        gboolean gone = !held->seen;

        held->seen = FALSE;
        return gone;
}

/* All orders were looked at: what was not among them is no order any more. */
static void end_pass(MgOrders *orders) {
        g_hash_table_foreach_remove(orders->held, was_not_seen, NULL);
        orders->after = 0;
        wait_a_while(orders);
}

/* --- results ------------------------------------------------------------------------------------------------------ */

static void keep_result(MgOrders *orders, gint64 number, MgFulfilled what, const char *text) {
        g_free(orders->pending.text);
        orders->pending = (Said){number, what, g_strdup(text)};
        orders->due = 0;
}

static const MgOrderResult results[_MG_FULFILLED_N] = {
        [MG_FULFILLED_RELEASED] = MG_ORDER_RELEASED, [MG_FULFILLED_FAILED] = MG_ORDER_FAILED,
        [MG_FULFILLED_RETURNED] = MG_ORDER_RETURNED, [MG_FULFILLED_UNSURE] = MG_ORDER_UNSURE,
        [MG_FULFILLED_LATER] = MG_ORDER_RETURNED,
};

static void forget_result(MgOrders *orders) {
        g_clear_pointer(&orders->pending.text, g_free);
        orders->pending = (Said){0};
}

/* The store does not take it: it is settled there, or it was never claimed, and a process died over it or the claim
 * failed. Such a one would be looked at again at once, for ever. */
static void not_taken(MgOrders *orders, const GError *error) {
        const Said *said = &orders->pending;

        mg_log(MG_LOG_INFO, "request %" G_GINT64_FORMAT ": %s", said->number, error->message);
        if ((said->what != MG_FULFILLED_UNSURE && said->what != MG_FULFILLED_RETURNED) ||
            wait_for_later(orders, said->number, said->text))
                forget_result(orders);
        else
                orders->pending.what = MG_FULFILLED_FAILED;
}

/* Until the store has heard. */
static void say_result(MgOrders *orders) {
        const Said *said = &orders->pending;
        g_autoptr(GError) error = NULL;

        if (mg_order_result(&orders->store, said->number, results[said->what], said->text, &error))
                forget_result(orders);
        else if (g_error_matches(error, MG_ERROR, MG_ERROR_USAGE) || g_error_matches(error, MG_ERROR, MG_ERROR_MISSING))
                not_taken(orders, error);
        else
                cannot_ask(orders, error);
}

static void settle_order(MgOrders *orders, gint64 number, MgFulfilled what, const char *text) {
        if (what == MG_FULFILLED_LATER && wait_for_later(orders, number, text))
                return;
        if (what == MG_FULFILLED_LATER)
                what = MG_FULFILLED_FAILED;
        orders->counts[what]++;
        mg_log(what == MG_FULFILLED_RELEASED ? MG_LOG_INFO : MG_LOG_WARNING, "request %" G_GINT64_FORMAT " %s: %s",
               number,
               what == MG_FULFILLED_RELEASED   ? "is released"
               : what == MG_FULFILLED_FAILED   ? "failed"
               : what == MG_FULFILLED_RETURNED ? "was handed over and not taken"
                                               : "may have been sent, or not",
               text);
        keep_result(orders, number, what, text);
}

/* Of letters the text is how many were sent. */
static void settle(MgOrders *orders, MgFulfilled what, const char *text) {
        const gint64 number = orders->in_work;

        mg_fd_close(&orders->sock);
        waitpid(orders->pid, NULL, 0);
        orders->pid = 0;
        if (number != 0)
                settle_order(orders, number, what, text);
        else
                orders->letters += g_ascii_strtoll(text, NULL, 10);
}

/* --- the process -------------------------------------------------------------------------------------------------- */

#define KIND_SAID 1

static void answer(int sock, MgFulfilled what, const char *text) {
        g_autofree char *line = mg_text_clean(text, strlen(text), MG_CLASS_LINE, MG_REQUEST_TEXT_MAX / 4, NULL);
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_u32(&writer, what);
        mg_put_text(&writer, line);
        mg_packet_send(sock, KIND_SAID, &writer, NULL, 0, NULL);
}

/* Keeps its socket, the original and standard error, and dies with the role. */
static void leave_behind(int *sock, int *original) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(*sock, STDIN_FILENO);
        *sock = STDIN_FILENO;
        if (*original >= 0) {
                dup2(*original, STDOUT_FILENO);
                *original = STDOUT_FILENO;
        }
        close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* The process itself. order NULL: letters. */
G_GNUC_NORETURN static void work(const MgOrders *orders, const MgConfig *config, const MgOrder *order, int sock,
                                 int original) {
        g_autofree char *text = NULL;
        MgFulfilled what = MG_FULFILLED_RELEASED;

        if (!mg_handover_prepare())
                _exit(EXIT_FAILURE);
        if (order)
                what = mg_fulfil_order(config, &orders->store, order, original, &text);
        else
                text = g_strdup_printf("%u", mg_fulfil_letters(config, &orders->store));
        answer(sock, what, text ? text : "");
        _exit(EXIT_SUCCESS);
}

static void begin_process(MgOrders *orders, const MgConfig *config, const MgOrder *order, int original) {
        const pid_t own = getpid();
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                mg_log(MG_LOG_ERROR, "no socket for an order: %s", g_strerror(errno));
                wait_a_while(orders);
                return;
        }
        mg_autofd ours = pair[0], theirs = pair[1];

        orders->pid = fork();
        if (orders->pid == 0) {
                leave_behind(&theirs, &original);
                /* The role may have died before it could be the one to die with. */
                if (getppid() != own)
                        _exit(EXIT_FAILURE);
                work(orders, config, order, theirs, original);
        }
        if (orders->pid < 0) {
                orders->pid = 0;
                mg_log(MG_LOG_ERROR, "no process for an order: %s", g_strerror(errno));
                wait_a_while(orders);
                return;
        }
        orders->sock = mg_fd_steal(&ours);
        orders->end = g_get_monotonic_time() + PROCESS_US;
        orders->in_work = order ? order->number : 0;
}

/* What the process says, or that it ended without a word: then nobody knows whether anything was sent. */
static void hear(MgOrders *orders) {
        g_auto(MgPacket) packet = MG_PACKET_INIT;
        g_autofree char *text = NULL;
        gboolean late = g_get_monotonic_time() >= orders->end;
        MgFulfilled what;
        MgReader reader;

        if (late)
                kill(orders->pid, SIGKILL);
        if (!mg_packet_receive(orders->sock, late ? 1000 : 0, &packet, NULL)) {
                settle(orders, MG_FULFILLED_UNSURE,
                       "the process that worked on it ended before it could say what became of it");
                return;
        }
        mg_reader_init(&reader, packet.record);
        what = mg_get_enum(&reader, _MG_FULFILLED_N, "what");
        text = mg_get_text(&reader, MG_REQUEST_TEXT_MAX, MG_CLASS_LINE, "text");
        if (mg_reader_end(&reader, NULL))
                settle(orders, what, text);
        else
                settle(orders, MG_FULFILLED_UNSURE, "what the process that worked on it said cannot be read");
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

/* The original in a sealed memfd; the secret copy is wiped. */
static int keep_original(GBytes *content, GError **error) {
        mg_autofd original = mg_fd_memory("mugai-original", error);
        gsize n;
        gconstpointer data = g_bytes_get_data(content, &n);

        return original >= 0 && mg_fd_write(original, data, n, error) && mg_fd_seal(original, 0, error)
                       ? mg_fd_steal(&original)
                       : -1;
}

/* -1 with DENIED: its key is locked; with STORE or MISSING: there is nothing that could ever be opened. */
static int open_original(MgOrders *orders, const MgOrder *order, GError **error) {
        gboolean sealed = FALSE;
        mg_autofd object = mg_store_get(&orders->store, order->receipt, &sealed, error);
        g_autoptr(GBytes) kept = NULL, content = NULL;

        if (object < 0 || !sealed)
                return mg_fd_steal(&object);
        kept = mg_fd_map(object, 0, OBJECT_MAX, error);
        content = kept ? mg_keyring_open(orders->ring, kept, order->size, order->sha256, error) : NULL;
        return content ? keep_original(content, error) : -1;
}

/* Begins to work on it, or knows why not. */
static void look_at(MgOrders *orders, const MgConfig *config, const MgOrder *order) {
        g_autoptr(GError) error = NULL;
        mg_autofd original = open_original(orders, order, &error);

        if (original >= 0)
                begin_process(orders, config, order, original);
        else if (g_error_matches(error, MG_ERROR, MG_ERROR_DENIED))
                wait_for_key(orders, order->number);
        else if (g_error_matches(error, MG_ERROR, MG_ERROR_STORE) || g_error_matches(error, MG_ERROR, MG_ERROR_MISSING))
                settle_order(orders, order->number, MG_FULFILLED_FAILED, error->message);
        else
                settle_order(orders, order->number, MG_FULFILLED_LATER, error->message);
}

static void look(MgOrders *orders, const MgConfig *config) {
        for (guint looks = 0; looks < LOOKS_MAX && !mg_orders_busy(orders); looks++) {
                g_autoptr(MgOrder) order = NULL;
                g_autoptr(GError) error = NULL;

                if (!mg_order_next(&orders->store, orders->after, &order, &error)) {
                        cannot_ask(orders, error);
                        return;
                }
                orders->told = FALSE;
                if (!order) {
                        end_pass(orders);
                        return;
                }
                orders->after = order->number;
                if (!must_wait(orders, order->number))
                        look_at(orders, config, order);
        }
}

void mg_orders_turn(MgOrders *orders, const MgConfig *config, gboolean closed) {
        g_autoptr(GError) error = NULL;

        if (orders->sock >= 0) {
                hear(orders);
                return;
        }
        if (g_get_monotonic_time() < orders->due)
                return;
        if (orders->pending.number != 0)
                say_result(orders);
        if (closed || orders->pending.number != 0)
                return;
        if (!orders->begun && !(orders->begun = mg_order_begin(&orders->store, &error))) {
                cannot_ask(orders, error);
                return;
        }
        look(orders, config);
        if (!mg_orders_busy(orders) && g_get_monotonic_time() >= orders->letters_due) {
                orders->letters_due = g_get_monotonic_time() + LETTERS_US;
                begin_process(orders, config, NULL, -1);
        }
}

void mg_orders_figures(const MgOrders *orders, GArray *figures) {
        gint64 now = g_get_real_time() / G_USEC_PER_SEC, since = now, waiting = 0;
        GHashTableIter iter;
        gpointer value;

        g_hash_table_iter_init(&iter, orders->held);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                const Held *held = value;

                if (held->generation == 0)
                        continue;
                waiting++;
                since = MIN(since, held->since);
        }
        const struct {
                const char *name;
                gint64 value;
        } rows[] = {
                {"released", orders->counts[MG_FULFILLED_RELEASED]},
                {"failed", orders->counts[MG_FULFILLED_FAILED]},
                {"returned", orders->counts[MG_FULFILLED_RETURNED]},
                {"unsure", orders->counts[MG_FULFILLED_UNSURE]},
                {"letters", orders->letters},
                {"in_work", orders->sock >= 0},
                {"waiting_for_key", waiting},
                {"waiting_for_key_s", waiting > 0 ? now - since : 0},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                mg_figures_add(figures, "release", rows[i].name, rows[i].value);
}
