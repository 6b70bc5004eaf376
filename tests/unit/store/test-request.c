/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: every act in every state by every kind of person, who may ask for what, and what is left after the
 * retention. */
#include "request_world.h"

#include <string.h>

#include "base/error.h"
#include "store/index.h"
#include "store/letter.h"
#include "store/request.h"
#include "store/sql.h"

/* --- every act in every state by everybody ------------------------------------------------------------------------ */

typedef enum What {
        APPROVE,
        DENY,
        SETTLE_SENT,
        SETTLE_AGAIN,
        _PERSONS_N, /* the rest are the gateway's */
        HAND_OVER = _PERSONS_N,
        RELEASED,
        FAILED,
        RETURNED,
        UNSURE,
        LOSE,
        EXPIRE,
        ERASE,
        _WHAT_N,
} What;

#define W MG_REQUEST_WAITING
#define A MG_REQUEST_APPROVED
#define D MG_REQUEST_DENIED
#define E MG_REQUEST_EXPIRED
#define H MG_REQUEST_HANDED_OVER
#define R MG_REQUEST_RELEASED
#define F MG_REQUEST_FAILED
#define U MG_REQUEST_UNKNOWN
#define NO _MG_REQUEST_STATE_N

/* Where an act leads by somebody who may; NO: it is refused. What is done to all requests passes over those that it is
 * not for. */
static const MgRequestState leads[_MG_REQUEST_STATE_N][_WHAT_N] = {
        /*  APPROVE DENY SENT AGAIN HAND_OVER RELEASED FAILED RETURNED UNSURE LOSE EXPIRE ERASE */
        [W] = {A, D, NO, NO, NO, NO, NO, NO, NO, W, E, E},   [A] = {NO, D, NO, NO, H, NO, F, A, NO, A, A, E},
        [D] = {NO, NO, NO, NO, NO, NO, NO, NO, NO, D, D, D}, [E] = {NO, NO, NO, NO, NO, NO, NO, NO, NO, E, E, E},
        [H] = {NO, NO, NO, NO, NO, R, F, A, U, U, H, H},     [R] = {NO, NO, NO, NO, NO, R, NO, NO, NO, R, R, R},
        [F] = {NO, NO, NO, NO, NO, NO, F, NO, NO, F, F, F},  [U] = {NO, NO, R, A, NO, NO, NO, NO, U, U, U, U},
};

/* What becomes of an attempt before the state is looked at: 0 it is the state's to say, else an error. The request is
 * Taro's. */
static const int may[G_N_ELEMENTS(persons)][_PERSONS_N] = {
        /* APPROVE DENY SENT AGAIN; MISSING: that it is there is not said */
        [OWNER] = {0, 0, 0, 0},
        [TARO] = {MG_ERROR_MISSING, 0, MG_ERROR_MISSING, MG_ERROR_MISSING},
        [ANNA] = {0, 0, 0, 0},
        [AKIRA] = {0, 0, 0, 0},
        [OTTO] = {MG_ERROR_MISSING, 0, 0, 0},
        [FOREIGN] = {MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING},
        [AUDITOR] = {MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING},
        [ADMINISTRATOR] = {MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING},
        [JIRO] = {MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING},
        [ALL] = {0, 0, 0, 0},
        [GONE] = {MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING, MG_ERROR_MISSING},
};

static gboolean act(World *world, What what, guint who, gint64 number, GError **error) {
        const MgActor *actor = &world->actors[who];

        switch (what) {
        case APPROVE:
                return mg_request_approve(world->db, actor, number, "", NOW + 1, error);
        case DENY:
                return mg_request_deny(world->db, actor, number, "理由", NOW + 1, error);
        case SETTLE_SENT:
                return mg_request_say(world->db, actor, number, MG_SETTLE_SENT, "見た", NOW + 1, error);
        case SETTLE_AGAIN:
                return mg_request_say(world->db, actor, number, MG_SETTLE_AGAIN, "見た", NOW + 1, error);
        case HAND_OVER:
                return mg_request_hand_over(world->db, number, NOW + 1, error);
        case RELEASED:
        case FAILED:
        case RETURNED:
        case UNSURE:
                return mg_request_end(world->db, number, (MgOrderResult)(what - RELEASED), "250 2.0.0 Ok", NOW + 1,
                                      error);
        case LOSE:
                return mg_requests_lose(world->db, NOW + 1, error);
        case EXPIRE:
                return mg_requests_expire(world->db, NOW, NOW + 1, error);
        default:
                return mg_requests_erase(world->db, RECEIPT, NOW + 1, error);
        }
}

static MgRequestState state_of(World *world, gint64 number) {
        g_autoptr(GError) error = NULL;
        g_autoptr(MgRequest) request = mg_request_load(world->db, number, &error);

        g_assert_no_error(error);
        return request->state;
}

static gint64 trail(World *world) {
        return number_of(world, "SELECT count(*) FROM audit");
}

static void try_one(World *world, gint64 number, MgRequestState state, What what, guint who) {
        MgRequestState to = leads[state][what];
        const int denied = what < _PERSONS_N ? may[who][what] : 0, fault = denied ? denied : (int)MG_ERROR_USAGE;
        gint64 before;
        g_autoptr(GError) error = NULL;
        gboolean well;

        run(world, "SAVEPOINT one; UPDATE request SET state = '%s'", mg_request_state_name(state));
        before = trail(world);
        well = act(world, what, who, number, &error);
        g_test_message("%s, act %d by %u: %s", mg_request_state_name(state), what, who,
                       error ? error->message : mg_request_state_name(state_of(world, number)));
        g_assert_cmpint(well, ==, !denied && to != NO);
        if (!well)
                g_assert_error(error, MG_ERROR, fault);
        g_assert_cmpint(state_of(world, number), ==, well ? to : state);
        /* Whatever changes stands in the trail, and nothing else does. */
        g_assert_cmpint(trail(world) - before, ==, well && to != state ? 1 : 0);
        run(world, "ROLLBACK TO one; RELEASE one");
}

static void test_every(void) {
        g_auto(World) world = {0};
        gint64 number;

        world_open(&world);
        number = ask_well(&world, TARO);
        for (guint state = 0; state < _MG_REQUEST_STATE_N; state++)
                for (guint what = 0; what < _WHAT_N; what++)
                        for (guint who = 0; who < (what < _PERSONS_N ? G_N_ELEMENTS(persons) : 1); who++)
                                try_one(&world, number, state, what, who);
}

/* Who asked can do nothing but take it back, whatever duties he has. */
static void test_own(void) {
        const struct {
                MgRequestState state;
                What what;
                int error;
        } rows[] = {{W, APPROVE, MG_ERROR_DENIED},
                    {U, SETTLE_SENT, MG_ERROR_DENIED},
                    {U, SETTLE_AGAIN, MG_ERROR_DENIED},
                    {W, DENY, 0},
                    {A, DENY, 0}};

        for (guint who = 0; who <= ALL; who += ALL)
                for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                        g_auto(World) world = {0};
                        g_autoptr(GError) error = NULL;
                        gint64 number;

                        world_open(&world);
                        number = ask_well(&world, who);
                        run(&world, "UPDATE request SET state = '%s'", mg_request_state_name(rows[i].state));
                        g_assert_cmpint(act(&world, rows[i].what, who, number, &error), ==, rows[i].error == 0);
                        if (rows[i].error)
                                g_assert_error(error, MG_ERROR, rows[i].error);
                }
}

/* Two approvals are two persons'. */
static void test_two(void) {
        g_auto(World) world = {0};
        g_autoptr(GError) error = NULL;
        g_autoptr(MgRequest) request = NULL;
        gint64 number;

        world_open(&world);
        number = ask_well(&world, TARO);
        run(&world, "UPDATE request SET needed = 2");
        g_assert_true(act(&world, APPROVE, ANNA, number, NULL));
        g_assert_cmpint(state_of(&world, number), ==, W);
        g_assert_false(act(&world, APPROVE, ANNA, number, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
        g_assert_true(act(&world, APPROVE, AKIRA, number, NULL));
        request = mg_request_load(world.db, number, NULL);
        g_assert_cmpint(request->state, ==, A);
        g_assert_cmpint(request->decided, ==, NOW + 1);
        g_assert_cmpuint(request->approvals->len, ==, 2);
        g_assert_cmpstr(((MgApproval *)g_ptr_array_index(request->approvals, 1))->name, ==, "akira");
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void test_who_asks(void) {
        const struct {
                guint who;
                const char *path;
                const char *address;
                int error; /* -1: none */
                const char *says;
        } rows[] = {
                {TARO, NULL, OWN, -1, NULL},
                {TARO, "2", OWN, -1, NULL},
                {TARO, "2", "TARO@Pref.Example.jp", -1, NULL},
                {TARO, "3", OWN, MG_ERROR_USAGE, "no part 3"},
                {TARO, NULL, "anna@pref.example.jp", MG_ERROR_DENIED, "no address of yours"},
                {TARO, NULL, "taro@city.example.jp", MG_ERROR_USAGE, "it may be to: pref.example.jp"},
                {TARO, NULL, "taro@sub.pref.example.jp", MG_ERROR_USAGE, "nothing may be released"},
                {JIRO, NULL, "jiro@pref.example.jp", MG_ERROR_MISSING, "came to you"},
                {FOREIGN, NULL, OWN, MG_ERROR_MISSING, "came to your organization"},
                {ANNA, NULL, "jiro@pref.example.jp", -1, NULL},
                {OTTO, "2", OWN, -1, NULL},
                {OTTO, "2", "otto@city.example.jp", MG_ERROR_USAGE, "nothing may be released"},
                {OWNER, NULL, OWN, -1, NULL},
                {GONE, NULL, OWN, MG_ERROR_DENIED, "kyodo, has no section"},
        };
        g_auto(World) world = {0};

        world_open(&world);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                gint64 number = ask(&world, rows[i].who, rows[i].path, rows[i].address, &error);

                g_test_message("%u: %s", i, error ? error->message : "well");
                g_assert_cmpint(number > 0, ==, rows[i].error < 0);
                if (rows[i].error < 0)
                        continue;
                g_assert_error(error, MG_ERROR, rows[i].error);
                g_assert_nonnull(strstr(error->message, rows[i].says));
        }
}

static void test_asked(void) {
        g_auto(World) world = {0};
        g_autoptr(MgRequest) asked = asked_for("2", OWN, "契約に要る"), read = NULL;
        g_autoptr(MgRequest) mute = asked_for("2", OWN, "");
        g_autoptr(GError) error = NULL;
        const MgRequestPart *part;
        gint64 number;

        world_open(&world);
        g_assert_true(mg_request_add(world.db, &world.actors[TARO], world.record, asked, world.organizations, NOW,
                                     &number, &error));
        g_assert_no_error(error);
        read = mg_request_load(world.db, number, NULL);
        g_assert_cmpstr(read->receipt, ==, RECEIPT);
        g_assert_cmpstr(read->requester_name, ==, "taro");
        g_assert_cmpstr(read->reason, ==, "契約に要る");
        g_assert_cmpstr(read->from, ==, "a@example.com");
        g_assert_cmpstr(read->subject, ==, "会議の資料");
        g_assert_cmpint(read->state, ==, W);
        g_assert_cmpuint(read->needed, ==, 1);
        g_assert_cmpint(read->made, ==, NOW);
        g_assert_cmpuint(read->parts->len, ==, 1);
        part = g_ptr_array_index(read->parts, 0);
        g_assert_cmpstr(part->name, ==, "資料.pdf");
        g_assert_cmpstr(part->found, ==, "application/pdf");
        g_assert_cmpuint(part->size, ==, 99);
        g_assert_cmpstr(g_ptr_array_index(read->addresses, 0), ==, OWN);
        g_assert_false(mg_request_add(world.db, &world.actors[TARO], world.record, mute, world.organizations, NOW,
                                      &number, &error));
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
}

/* What a rule said as the mail came. */
static void test_terms(void) {
        static const struct {
                MgMailTerms terms;
                guint who, needed; /* 0: may not */
        } rows[] = {
                {{0, 0, MG_RELEASE_BY_STAFF}, TARO, 1},   {{0, 1, MG_RELEASE_BY_STAFF}, TARO, 1},
                {{0, 2, MG_RELEASE_BY_STAFF}, TARO, 2},   {{0, 0, MG_RELEASE_BY_OFFICER}, TARO, 0},
                {{0, 0, MG_RELEASE_BY_OFFICER}, ANNA, 0}, {{0, 2, MG_RELEASE_BY_OFFICER}, OTTO, 2},
                {{0, 0, MG_RELEASE_BY_NOBODY}, TARO, 0},  {{0, 0, MG_RELEASE_BY_NOBODY}, OTTO, 0},
        };
        g_auto(World) world = {0};

        world_open(&world);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(MgRequest) read = NULL;
                gint64 number;

                world.record->terms = rows[i].terms;
                number = ask(&world, rows[i].who, "2", OWN, &error);
                if (rows[i].needed == 0) {
                        g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
                        g_assert_nonnull(strstr(error->message, RECEIPT));
                        continue;
                }
                g_assert_no_error(error);
                read = mg_request_load(world.db, number, NULL);
                g_assert_cmpuint(read->needed, ==, rows[i].needed);
        }
        /* An organization that asks for more gets more. */
        mg_organizations_get(world.organizations, 0)->approvals = 2;
        world.record->terms = (MgMailTerms){0, 1, MG_RELEASE_BY_STAFF};
        g_autoptr(MgRequest) read = mg_request_load(world.db, ask(&world, TARO, "2", OWN, NULL), NULL);
        g_assert_cmpuint(read->needed, ==, 2);
}

/* A file that runs needs two, by what it is or any of its names; so does all that a scanner did not clear. */
static void test_program(void) {
        const struct {
                const char *found;
                const char *name;
                const char *other;
                guint needed;
        } rows[] = {{"application/pdf", "a.pdf", NULL, 1},       {"application/x-dosexec", "a.pdf", NULL, 2},
                    {"text/plain", "見積.VBS", NULL, 2},         {"text/plain", "a.exe. .", NULL, 2},
                    {"application/pdf", "a.pdf", "a.scr", 2},    {"text/plain", "exe", NULL, 1},
                    {"application/octet-stream", "", NULL, 1},   {"text/plain", "...", NULL, 1},
                    {"application/zip", "a.exe.zip", "a.doc", 1}};
        static const guint scanned[] = {
                [MG_SCAN_NONE] = 1, [MG_SCAN_CLEAN] = 1, [MG_SCAN_INFECTED] = 2, [MG_SCAN_UNSCANNED] = 2};

        for (guint n = 0; n < G_N_ELEMENTS(rows) * _MG_SCAN_N; n++) {
                guint i = n / _MG_SCAN_N, verdict = n % _MG_SCAN_N, needed = MAX(rows[i].needed, scanned[verdict]);
                g_auto(World) world = {0};
                g_autoptr(MgRequest) part = NULL, whole = NULL;
                MgFacts *facts;

                world_open(&world);
                facts = g_ptr_array_index(world.record->reading->parts, 0);
                g_free(facts->found);
                facts->found = g_strdup(rows[i].found);
                g_free(facts->name);
                facts->name = g_strdup(rows[i].name);
                world.record->scan.verdict = verdict;
                if (rows[i].other)
                        g_ptr_array_add(facts->names, g_strdup(rows[i].other));
                part = mg_request_load(world.db, ask(&world, TARO, "2", OWN, NULL), NULL);
                whole = mg_request_load(world.db, ask(&world, TARO, NULL, OWN, NULL), NULL);
                g_test_message("%s %s", rows[i].found, rows[i].name);
                g_assert_cmpuint(part->needed, ==, needed);
                g_assert_cmpuint(whole->needed, ==, needed);
                g_assert_cmpuint(whole->parts->len, ==, 0);
        }
}

static void test_flood(void) {
        g_auto(World) world = {0};
        g_autoptr(GError) error = NULL;

        world_open(&world);
        for (guint i = 0; i < MG_REQUEST_WAITING_MAX; i++)
                ask_well(&world, TARO);
        g_assert_cmpint(ask(&world, TARO, NULL, OWN, &error), ==, 0);
        g_assert_error(error, MG_ERROR, MG_ERROR_USAGE);
        ask_well(&world, ANNA);
        run(&world, "UPDATE request SET state = 'denied' WHERE number = 1");
        ask_well(&world, TARO);
}

/* --- handing over ------------------------------------------------------------------------------------------------- */

/* The lowest number comes first, and whoever looks behind one sees the next; what came back waits a while. */
static void test_next(void) {
        g_auto(World) world = {0};
        gint64 first, second;

        world_open(&world);
        first = ask_well(&world, TARO);
        second = ask_well(&world, TARO);
        g_assert_cmpint(mg_request_next(world.db, 0, NOW, NULL), ==, 0);
        g_assert_true(mg_request_approve(world.db, &world.actors[ANNA], second, "", NOW + 1, NULL));
        g_assert_cmpint(mg_request_next(world.db, 0, NOW + 1, NULL), ==, second);
        g_assert_true(mg_request_approve(world.db, &world.actors[ANNA], first, "", NOW + 2, NULL));
        g_assert_cmpint(mg_request_next(world.db, 0, NOW + 3, NULL), ==, first);
        g_assert_cmpint(mg_request_next(world.db, first, NOW + 3, NULL), ==, second);
        g_assert_cmpint(mg_request_next(world.db, second, NOW + 3, NULL), ==, 0);
        g_assert_true(mg_request_hand_over(world.db, first, NOW + 3, NULL));
        g_assert_cmpint(mg_request_next(world.db, 0, NOW + 3, NULL), ==, second);
        g_assert_true(mg_request_end(world.db, first, MG_ORDER_RETURNED, "454", NOW + 4, NULL));
        g_assert_cmpint(mg_request_next(world.db, 0, NOW + 5, NULL), ==, second);
        g_assert_true(mg_request_hand_over(world.db, second, NOW + 5, NULL));
        g_assert_cmpint(mg_request_next(world.db, 0, NOW + 5, NULL), ==, 0);
        g_assert_cmpint(mg_request_next(world.db, 0, NOW + 64, NULL), ==, first);
}

/* Postfix, or what is between, takes it back again and again: it waits longer each time, and fails at the bound, which
 * outlives every role. */
static void test_returned(void) {
        g_auto(World) world = {0};
        gint64 now = NOW + 1, number, waited = 0;
        g_autoptr(MgRequest) request = NULL;

        world_open(&world);
        number = ask_well(&world, TARO);
        g_assert_true(mg_request_approve(world.db, &world.actors[ANNA], number, "", now, NULL));
        for (guint i = 1; i <= MG_REQUEST_RETURNS_MAX; i++) {
                gint64 before = now;

                g_assert_cmpint(state_of(&world, number), ==, MG_REQUEST_APPROVED);
                while (mg_request_next(world.db, 0, now, NULL) == 0)
                        now++;
                g_assert_cmpint(now - before, >=, waited);
                g_assert_cmpint(now - before, <=, 3600);
                waited = now - before;
                g_assert_true(mg_request_hand_over(world.db, number, now, NULL));
                g_assert_true(mg_request_end(world.db, number, MG_ORDER_RETURNED, "454 4.7.1 later", now, NULL));
        }
        request = mg_request_load(world.db, number, NULL);
        g_assert_cmpint(request->state, ==, MG_REQUEST_FAILED);
        g_assert_cmpstr(request->result, ==, "it came back 20 times, and at most 20 may be tried: 454 4.7.1 later");
        g_assert_cmpint(number_of(&world, "SELECT count(*) FROM letter WHERE kind = 'failed'"), ==, 1);
        g_assert_cmpint(number_of(&world, "SELECT count(*) FROM audit WHERE entry LIKE '%release-failed%'"), ==, 1);
}

/* A person who looked and says "again" means all the tries. */
static void test_returned_anew(void) {
        g_auto(World) world = {0};
        gint64 number;

        world_open(&world);
        number = ask_well(&world, TARO);
        run(&world, "UPDATE request SET state = 'unknown', tries = %d", MG_REQUEST_RETURNS_MAX - 1);
        g_assert_true(act(&world, SETTLE_AGAIN, AKIRA, number, NULL));
        g_assert_true(act(&world, HAND_OVER, 0, number, NULL));
        g_assert_true(act(&world, RETURNED, 0, number, NULL));
        g_assert_cmpint(state_of(&world, number), ==, MG_REQUEST_APPROVED);
}

static void test_due(void) {
        g_auto(World) world = {0};
        gint64 number;

        world_open(&world);
        number = ask_well(&world, TARO);
        g_assert_cmpint(mg_requests_due(world.db, NOW - 1, NULL), ==, 0);
        g_assert_cmpint(mg_requests_due(world.db, NOW, NULL), ==, 1);
        g_assert_true(mg_requests_expire(world.db, NOW - 1, NOW + 9, NULL));
        g_assert_cmpint(state_of(&world, number), ==, W);
        g_assert_true(mg_requests_expire(world.db, NOW, NOW + 9, NULL));
        g_assert_cmpint(state_of(&world, number), ==, E);
        g_assert_cmpint(mg_requests_due(world.db, NOW, NULL), ==, 0);
}

/* What people wrote, where to and which file goes with the mail; that there was a request stays. */
static void test_erase(void) {
        g_auto(World) world = {0};
        g_autoptr(MgRequest) waiting = NULL, denied = NULL, handed = NULL;
        g_autoptr(GError) error = NULL;
        gint64 numbers[3];

        world_open(&world);
        for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
                numbers[i] = ask(&world, TARO, "2", OWN, NULL);
        g_assert_true(act(&world, DENY, ANNA, numbers[1], NULL));
        g_assert_true(mg_request_approve(world.db, &world.actors[ANNA], numbers[2], "見た", NOW, NULL));
        g_assert_true(act(&world, HAND_OVER, 0, numbers[2], NULL));
        g_assert_true(mg_requests_erase(world.db, RECEIPT, NOW + 5, &error));
        g_assert_no_error(error);
        /* What the release role says afterwards may name an address. */
        g_assert_true(mg_request_end(world.db, numbers[2], MG_ORDER_RELEASED, "250 <" OWN "> ok", NOW + 6, NULL));
        waiting = mg_request_load(world.db, numbers[0], NULL);
        denied = mg_request_load(world.db, numbers[1], NULL);
        handed = mg_request_load(world.db, numbers[2], NULL);
        g_assert_cmpint(waiting->state, ==, E);
        g_assert_cmpint(denied->state, ==, D);
        g_assert_cmpint(handed->state, ==, R);
        g_assert_cmpstr(waiting->result, ==, "the retention of the mail has ended");
        g_assert_cmpstr(handed->result, ==, waiting->result);
        g_assert_true(waiting->erased && denied->erased && handed->erased);
        g_assert_cmpuint(handed->addresses->len + handed->parts->len, ==, 0);
        g_assert_cmpstr(denied->reason, ==, "");
        g_assert_cmpstr(((MgApproval *)g_ptr_array_index(handed->approvals, 0))->reason, ==, "");
        g_assert_cmpint(number_of(&world, "SELECT count(*) FROM request_part"), ==, 0);
}

/* --- seeing ------------------------------------------------------------------------------------------------------- */

static guint sees(World *world, guint who, const MgRequestQuery *query) {
        g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));

        g_assert_true(mg_requests_find(world->db, &world->actors[who], query, G_MAXINT64, 10, numbers, NULL));
        return numbers->len;
}

static void test_sees(void) {
        const MgRequestQuery all = {0, MG_REQUEST_ANY_STATE, FALSE, 10}, mine = {0, MG_REQUEST_ANY_STATE, TRUE, 10};
        const MgRequestQuery denied = {0, D, FALSE, 10}, second = {2, MG_REQUEST_ANY_STATE, FALSE, 10};
        const struct {
                guint who, all, mine, denied, second, others_wait, mine_wait;
        } rows[] = {{TARO, 1, 1, 1, 0, 0, 0},         {JIRO, 0, 0, 0, 0, 0, 0},    {ANNA, 2, 1, 1, 1, 0, 1},
                    {OTTO, 2, 0, 1, 1, 1, 0},         {FOREIGN, 0, 0, 0, 0, 0, 0}, {AUDITOR, 0, 0, 0, 0, 0, 0},
                    {ADMINISTRATOR, 0, 0, 0, 0, 0, 0}};
        g_auto(World) world = {0};
        MgRequestWaiting waiting;

        world_open(&world);
        ask_well(&world, TARO);
        ask_well(&world, ANNA);
        g_assert_true(act(&world, DENY, ANNA, 1, NULL));
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%u", rows[i].who);
                g_assert_cmpuint(sees(&world, rows[i].who, &all), ==, rows[i].all);
                g_assert_cmpuint(sees(&world, rows[i].who, &mine), ==, rows[i].mine);
                g_assert_cmpuint(sees(&world, rows[i].who, &denied), ==, rows[i].denied);
                g_assert_cmpuint(sees(&world, rows[i].who, &second), ==, rows[i].second);
                g_assert_true(mg_requests_waiting(world.db, &world.actors[rows[i].who], &waiting, NULL));
                g_assert_cmpint(waiting.others, ==, rows[i].others_wait);
                g_assert_cmpint(waiting.mine, ==, rows[i].mine_wait);
                g_assert_cmpint(waiting.oldest != 0, ==, rows[i].others_wait > 0);
        }
}

/* --- letters ------------------------------------------------------------------------------------------------------ */

#define HOUR 3600

/* The next letter as "kind to request count"; "" where there is none. Caller frees. */
static char *next_letter(World *world, gint64 now, gint64 *number) {
        static const char *const words[_MG_LETTER_KIND_N] = {"approved", "denied", "expired",
                                                             "released", "failed", "waiting"};
        g_autoptr(GError) error = NULL;
        int due = mg_letters_due(world->db, HOUR, now, &error);
        MgLetter *letter = NULL;
        char *text;

        g_assert_no_error(error);
        g_assert_true(mg_letter_next(world->db, HOUR, now, &letter, &error));
        g_assert_true(due || !letter);
        text = letter ? g_strdup_printf("%s %s %" G_GINT64_FORMAT " %u", words[letter->kind], letter->to,
                                        letter->request, letter->count)
                      : g_strdup("");
        if (number && letter)
                *number = letter->number;
        mg_letter_free(letter);
        return text;
}

static void expect_letter(World *world, gint64 now, const char *want) {
        gint64 number = 0;
        g_autofree char *got = next_letter(world, now, &number);

        g_assert_cmpstr(got, ==, want);
        if (number)
                g_assert_true(mg_letter_end(world->db, number, TRUE, now, NULL));
}

/* Each approver who could decide, at most every hour where there is a new one, and daily where there is none. */
static void test_digest(void) {
        g_auto(World) world = {0};

        world_open(&world);
        run(&world, "UPDATE person SET disabled = 1 WHERE login = 'all'");
        expect_letter(&world, NOW, "");
        ask_well(&world, TARO);
        ask_well(&world, TARO);
        expect_letter(&world, NOW, "waiting anna@city.example.jp 2 2");
        expect_letter(&world, NOW, "waiting akira@city.example.jp 2 2");
        expect_letter(&world, NOW, "");
        ask_well(&world, ANNA);
        expect_letter(&world, NOW + HOUR - 1, "");
        expect_letter(&world, NOW + HOUR, "waiting akira@city.example.jp 3 3");
        expect_letter(&world, NOW + HOUR, "");
        /* Who approved already is not asked once more. */
        run(&world, "UPDATE request SET needed = 2");
        g_assert_true(act(&world, APPROVE, AKIRA, 1, NULL));
        expect_letter(&world, NOW + HOUR + 86400, "waiting anna@city.example.jp 2 2");
        expect_letter(&world, NOW + HOUR + 86400, "waiting akira@city.example.jp 3 2");
        expect_letter(&world, NOW + HOUR + 86400, "");
        run(&world, "UPDATE person SET until = %d", NOW);
        expect_letter(&world, NOW + 5 * 86400, "");
}

/* Who asked is told at the address by which the mail came to him, of what others did. */
static void test_told(void) {
        const struct {
                MgRequestState from;
                What what;
                guint who;
                const char *kind;
        } rows[] = {{W, APPROVE, ANNA, "approved"}, {W, DENY, ANNA, "denied"},    {W, DENY, TARO, NULL},
                    {W, EXPIRE, 0, "expired"},      {H, RELEASED, 0, "released"}, {H, FAILED, 0, "failed"},
                    {H, RETURNED, 0, NULL},         {H, UNSURE, 0, NULL},         {U, SETTLE_SENT, OTTO, "released"},
                    {U, SETTLE_AGAIN, OTTO, NULL},  {A, HAND_OVER, 0, NULL},      {W, ERASE, 0, "expired"}};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(World) world = {0};
                g_autofree char *want = NULL;
                gint64 number;

                world_open(&world);
                run(&world, "UPDATE person SET duties = 0 WHERE duties & %u", MG_DUTY_APPROVER);
                run(&world, "INSERT INTO person_address VALUES(%d, 'a.first@city.example.jp')", TARO);
                number = ask_well(&world, TARO);
                run(&world, "UPDATE request SET state = '%s'", mg_request_state_name(rows[i].from));
                g_assert_true(act(&world, rows[i].what, rows[i].who, number, NULL));
                want = rows[i].kind ? g_strdup_printf("%s taro@city.example.jp 1 0", rows[i].kind) : g_strdup("");
                expect_letter(&world, NOW + 1, want);
                expect_letter(&world, NOW + 1, "");
        }
}

static void test_rate(void) {
        g_auto(World) world = {0};
        g_autofree char *left = NULL;

        world_open(&world);
        run(&world, "UPDATE person SET duties = 0 WHERE duties & %u", MG_DUTY_APPROVER);
        for (guint i = 0; i <= MG_LETTERS_AN_HOUR; i++)
                g_assert_true(mg_letter_add(world.db, MG_LETTER_DENIED, ask_well(&world, TARO), NOW, NULL));
        for (guint i = 0; i < MG_LETTERS_AN_HOUR; i++) {
                g_autofree char *want = g_strdup_printf("denied taro@city.example.jp %u 0", i + 1);

                expect_letter(&world, NOW, want);
        }
        expect_letter(&world, NOW, "");
        expect_letter(&world, NOW + HOUR - 1, "");
        left = g_strdup_printf("denied taro@city.example.jp %d 0", MG_LETTERS_AN_HOUR + 1);
        expect_letter(&world, NOW + HOUR, left);
}

/* One that could not be sent comes again later, a few times; one that was not answered for, when the role begins. */
static void test_again(void) {
        g_auto(World) world = {0};
        gint64 number = 0, now = NOW;

        world_open(&world);
        run(&world, "UPDATE person SET duties = 0 WHERE duties & %u", MG_DUTY_APPROVER);
        g_assert_true(mg_letter_add(world.db, MG_LETTER_DENIED, ask_well(&world, TARO), NOW, NULL));
        for (guint i = 0; i < MG_LETTER_TRIES; i++, now += HOUR) {
                g_autofree char *got = next_letter(&world, now, &number), *none = next_letter(&world, now, NULL);

                g_assert_cmpstr(got, ==, "denied taro@city.example.jp 1 0");
                g_assert_cmpstr(none, ==, "");
                if (i == 0)
                        g_assert_true(mg_requests_lose(world.db, now, NULL));
                else
                        g_assert_true(mg_letter_end(world.db, number, FALSE, now, NULL));
        }
        expect_letter(&world, now, "");
        g_assert_cmpint(number_of(&world, "SELECT count(*) FROM letter"), ==, 0);
        g_assert_true(mg_letter_add(world.db, MG_LETTER_DENIED, 1, now, NULL));
        g_assert_cmpint(mg_letters_due(world.db, HOUR, now + 86401, NULL), ==, 1);
        expect_letter(&world, now + 86401, "");
        g_assert_cmpint(mg_letters_due(world.db, HOUR, now + 86401, NULL), ==, 0);
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/request/every", test_every);
        g_test_add_func("/store/request/P8-own", test_own);
        g_test_add_func("/store/request/two", test_two);
        g_test_add_func("/store/request/who-asks", test_who_asks);
        g_test_add_func("/store/request/asked", test_asked);
        g_test_add_func("/store/request/terms", test_terms);
        g_test_add_func("/store/request/program", test_program);
        g_test_add_func("/store/request/flood", test_flood);
        g_test_add_func("/store/request/next", test_next);
        g_test_add_func("/store/request/returned", test_returned);
        g_test_add_func("/store/request/returned-anew", test_returned_anew);
        g_test_add_func("/store/request/due", test_due);
        g_test_add_func("/store/request/erase", test_erase);
        g_test_add_func("/store/request/sees", test_sees);
        g_test_add_func("/store/letter/digest", test_digest);
        g_test_add_func("/store/letter/told", test_told);
        g_test_add_func("/store/letter/P3-rate", test_rate);
        g_test_add_func("/store/letter/again", test_again);
        return g_test_run();
}
