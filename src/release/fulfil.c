/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of an order. Parses no mail: workers of the sanitize role do, and what they take out is known by its
 * digest.
 */
#include "release/fulfil.h"

#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/worker.h"
#include "compose/release.h"
#include "release/handover.h"
#include "release/letters.h"

/* Waiting for a free worker included. */
#define WORKER_WAIT_MS 120000
#define OBJECT_MAX G_MAXINT32

typedef struct Fulfil {
        const MgConfig *config;
        const MgAsker *store;
        const MgOrder *order;
        int original;
        char *sanitize; /* socket */
        MgReading *reading;
        GPtrArray *contents; /* of GBytes */
        gboolean claimed;    /* or may be */
        char **text;
} Fulfil;

static MgFulfilled say(Fulfil *fulfil, MgFulfilled what, const char *format, ...) G_GNUC_PRINTF(3, 4);

static MgFulfilled say(Fulfil *fulfil, MgFulfilled what, const char *format, ...) {
        va_list arguments;

        g_free(*fulfil->text);
        va_start(arguments, format);
        *fulfil->text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        return what;
}

/* Approved long ago, perhaps: the configuration may allow less now, or know the organization no more. What another one
 * allows is nothing to it. */
static gboolean is_allowed(const Fulfil *fulfil, const char *address) {
        const MgOrganization *own = mg_organizations_find(fulfil->config->organizations, fulfil->order->organization);

        return own && mg_config_has_domain(own->release_domains, address);
}

static MgWorkOrder work_order(const Fulfil *fulfil) {
        const MgConfig *config = fulfil->config;

        return (MgWorkOrder){config->policy->limits, config->deadline_ms, config->worker_memory};
}

/* What the original says of itself; a mail that cannot be read says nothing. FALSE where no worker could be had. */
static gboolean read_original(Fulfil *fulfil, GError **error) {
        g_auto(MgWork) work = MG_WORK_INIT;
        const MgWorkOrder order = work_order(fulfil);

        if (!mg_work_begin(&work, fulfil->sanitize, &order, fulfil->original, error))
                return FALSE;
        fulfil->reading = mg_work_finish(&work, &order, WORKER_WAIT_MS, error);
        return fulfil->reading != NULL;
}

/* *failure is not NONE where the part cannot be had at all. */
static GBytes *take_part(Fulfil *fulfil, const MgRequestPart *part, MgFailure *failure, GError **error) {
        g_auto(MgWork) work = MG_WORK_INIT;
        MgWorkOrder order = work_order(fulfil);

        *failure = MG_FAILURE_NONE;
        order.want = MG_WORK_WANT_PART;
        order.part_size = part->size;
        memcpy(order.part_sha256, part->sha256, sizeof order.part_sha256);
        if (!mg_work_begin(&work, fulfil->sanitize, &order, fulfil->original, error))
                return NULL;
        return mg_work_finish_part(&work, &order, WORKER_WAIT_MS, failure, error);
}

/* RELEASED: all is there. */
static MgFulfilled take_parts(Fulfil *fulfil) {
        const GPtrArray *parts = fulfil->order->parts;
        g_autoptr(GError) error = NULL;

        for (guint i = 0; i < parts->len; i++) {
                const MgRequestPart *part = g_ptr_array_index(parts, i);
                MgFailure failure;
                GBytes *content = take_part(fulfil, part, &failure, &error);

                if (content)
                        g_ptr_array_add(fulfil->contents, content);
                else if (failure != MG_FAILURE_NONE)
                        return say(fulfil, MG_FULFILLED_FAILED, "part %s cannot be taken out of the original (%s)",
                                   part->path, mg_failure_name(failure));
                else
                        return say(fulfil, MG_FULFILLED_LATER, "part %s: %s", part->path, error->message);
        }
        return MG_FULFILLED_RELEASED;
}

static MgFulfilled take_whole(Fulfil *fulfil) {
        g_autoptr(GError) error = NULL;
        GBytes *whole = mg_fd_map(fulfil->original, 0, OBJECT_MAX, &error);

        if (!whole)
                return say(fulfil, MG_FULFILLED_LATER, "%s", error->message);
        g_ptr_array_add(fulfil->contents, whole);
        return MG_FULFILLED_RELEASED;
}

/* Postfix is ready: from here on it is handed over, whatever becomes of this process. */
static gboolean claim(gpointer data) {
        Fulfil *fulfil = data;
        g_autoptr(GError) error = NULL;

        if (mg_order_claim(fulfil->store, fulfil->order->number, &error)) {
                fulfil->claimed = TRUE;
                return TRUE;
        }
        /* Denied meanwhile, it is not ours, nor is it where the store's disk is full and nothing was written. A lost
         * answer may have been a yes; nothing is sent, and that is said. */
        fulfil->claimed = !g_error_matches(error, MG_ERROR, MG_ERROR_USAGE) &&
                          !g_error_matches(error, MG_ERROR, MG_ERROR_MISSING) &&
                          !g_error_matches(error, MG_ERROR, MG_ERROR_FULL);
        say(fulfil, MG_FULFILLED_LATER, "%s", error->message);
        return FALSE;
}

static MgFulfilled hand_over(Fulfil *fulfil, GBytes *message) {
        const MgHandoverMail mail = {.address = fulfil->config->release_smtp,
                                     .sender = fulfil->config->release_from,
                                     .rcpts = fulfil->order->addresses,
                                     .message = message,
                                     .ready = claim,
                                     .data = fulfil};
        g_autofree char *reply = NULL;
        MgHandover handover = mg_handover(&mail, &reply);

        /* What claim() said is nearer to the reason. */
        if (handover != MG_HANDOVER_LATER || !*fulfil->text)
                say(fulfil, MG_FULFILLED_LATER, "%s", reply);
        switch (handover) {
        case MG_HANDOVER_TAKEN:
                return MG_FULFILLED_RELEASED;
        case MG_HANDOVER_REFUSED:
                return MG_FULFILLED_FAILED;
        case MG_HANDOVER_UNSURE:
                return MG_FULFILLED_UNSURE;
        default:
                return fulfil->claimed ? MG_FULFILLED_RETURNED : MG_FULFILLED_LATER;
        }
}

static MgFulfilled compose_and_send(Fulfil *fulfil) {
        const MgConfig *config = fulfil->config;
        const MgReleaseInput input = {.policy = config->policy,
                                      .order = fulfil->order,
                                      .reading = fulfil->reading,
                                      .from = config->release_from,
                                      .node = config->node,
                                      .now = g_get_real_time() / G_USEC_PER_SEC,
                                      .contents = fulfil->contents};
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) message = mg_compose_release(&input, &error);

        return message ? hand_over(fulfil, message)
                       : say(fulfil, MG_FULFILLED_FAILED, "what was composed may not leave: %s", error->message);
}

static MgFulfilled run(Fulfil *fulfil) {
        const MgOrder *order = fulfil->order;
        g_autoptr(GError) error = NULL;
        MgFulfilled taken;

        for (guint i = 0; i < order->addresses->len; i++)
                if (!is_allowed(fulfil, g_ptr_array_index(order->addresses, i)))
                        return say(fulfil, MG_FULFILLED_FAILED, "%s is on no domain that is allowed now",
                                   (const char *)g_ptr_array_index(order->addresses, i));
        if (!read_original(fulfil, &error))
                return say(fulfil, MG_FULFILLED_LATER, "no worker: %s", error->message);
        taken = order->parts->len > 0 ? take_parts(fulfil) : take_whole(fulfil);
        return taken == MG_FULFILLED_RELEASED ? compose_and_send(fulfil) : taken;
}

MgFulfilled mg_fulfil_order(const MgConfig *config, const MgAsker *store, const MgOrder *order, int original,
                            char **text) {
        Fulfil fulfil = {.config = config,
                         .store = store,
                         .order = order,
                         .original = original,
                         .sanitize = mg_config_socket(config, "sanitize.sock"),
                         .contents = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref),
                         .text = text};
        MgFulfilled fulfilled;

        *text = NULL;
        fulfilled = run(&fulfil);
        g_free(fulfil.sanitize);
        mg_reading_free(fulfil.reading);
        g_ptr_array_unref(fulfil.contents);
        return fulfilled;
}

static gboolean send_letter(const char *to, GBytes *message, gpointer data, GError **error) {
        const MgConfig *config = data;
        g_autoptr(GPtrArray) rcpts = g_ptr_array_new();
        const MgHandoverMail mail = {
                .address = config->release_letters, .sender = "", .rcpts = rcpts, .message = message};
        g_autofree char *reply = NULL;

        g_ptr_array_add(rcpts, (gpointer)to);
        if (mg_handover(&mail, &reply) == MG_HANDOVER_TAKEN)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_CLOSED, "Postfix: %s", reply);
        return FALSE;
}

guint mg_fulfil_letters(const MgConfig *config, const MgAsker *store) {
        return mg_letters_send(store, config, send_letter, (gpointer)config);
}
