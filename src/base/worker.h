/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/packet.h"
#include "mugai/job.h"

/*
 * Worker: asking the sanitize role for the Reading of one mail, for the octets of one of its parts, or for what a file is
 *
 * One connection per mail: MG_WORK_READ with the order and {original, result}, both memfds, the original sealed,
 * the result of fixed size. The zygote forks a worker that has these two and nothing else; when the worker is
 * gone, and not before, the zygote answers MG_WORK_DONE with how it ended. Only then is the result sealed and
 * decoded; its ranges have to add up to the size of the original. Closing the connection kills the worker. MG_WORK_STATUS is answered by MG_WORK_FIGURES.
 *
 * An order with a part asks for that part instead, which is known by size and digest: the result has just that size, and is taken
 * only where its digest is that one. So a worker that lies about a part is caught, whatever it parsed.
 *
 * An order for facts gives a file instead of a mail, without its name: the Reading has one part, which is the file, and nothing else.
 */
typedef enum MgWorkKind { MG_WORK_READ = 1, MG_WORK_DONE, MG_WORK_STATUS, MG_WORK_FIGURES } MgWorkKind;

typedef enum MgWorkWant {
        MG_WORK_WANT_READING,
        MG_WORK_WANT_PART,  /* the octets of a part, no Reading */
        MG_WORK_WANT_FACTS, /* the original is a file: the facts of it */
        _MG_WORK_WANT_N,
} MgWorkWant;

/* Octets of the name of a character set. */
#define MG_WORK_CHARSET_MAX 32

/* What a worker needs to know beside the mail. Reading depends on nothing else. */
typedef struct MgWorkOrder {
        MgLimits limits;
        guint32 deadline_ms; /* from the fork; then it is killed */
        guint64 memory;      /* RLIMIT_AS of the worker, octets */
        MgWorkWant want;
        guint64 part_size;   /* of a part that is wanted: at most limits.mail_size */
        guint8 part_sha256[32];
        char charset[MG_WORK_CHARSET_MAX + 1]; /* in which the texts of the body are read; "": as the mail and its octets say */
} MgWorkOrder;

void mg_work_order_put(MgWriter *writer, const MgWorkOrder *order);
void mg_work_order_get(MgReader *reader, MgWorkOrder *order);

/* How a worker ended, as the zygote saw it. */
typedef enum MgWorkEnd { MG_WORK_END_ANSWERED, MG_WORK_END_DEADLINE, MG_WORK_END_DIED, _MG_WORK_END_N } MgWorkEnd;

typedef struct MgWork {
        int sock;     /* connection, or -1 */
        int result;   /* memfd */
        guint64 size; /* octets of the original */
} MgWork;

#define MG_WORK_INIT                                                                                                   \
        { -1, -1, 0 }
void mg_work_clear(MgWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MgWork, mg_work_clear)

/* The size of the result memfd: of the part, or of the longest record that decoding would accept under these limits. */
guint64 mg_work_result_size(const MgWorkOrder *order);

/* Sends the order. original must be a sealed memfd. FALSE with error where the role cannot be reached. */
gboolean mg_work_begin(MgWork *work, const char *socket_path, const MgWorkOrder *order, int original, GError **error);

/*
 * Waits for the answer, at most wait_ms more (waiting for a free worker included). The Reading has failure set
 * where the worker did not answer well; a GError means that the role itself is away or overloaded (the caller
 * defers the mail).
 */
MgReading *mg_work_finish(MgWork *work, const MgWorkOrder *order, guint wait_ms, GError **error);

/* The same of an order for a part: its octets, or NULL. *failure is NONE then where error says that the role is away; else it says
 * why there is no such part: the worker did not answer, or (REFUSED) not with these octets. */
GBytes *mg_work_finish_part(MgWork *work, const MgWorkOrder *order, guint wait_ms, MgFailure *failure, GError **error);

/* Inside the worker: writes the Reading into the result memfd. Uses pwrite only. FALSE where it does not fit. */
gboolean mg_work_answer(int result, const MgReading *reading);
/* The same with the octets of a part. */
gboolean mg_work_answer_part(int result, GBytes *content);
