/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a round begins, what each step of it came to, and when it is over. What a mail should look like is said by
 * canary_judge.c, what an alarm means by alarm.c.
 */
#include "monitor/canary.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/stream.h"
#include "monitor/canary_judge.h"
#include "monitor/clock.h"
#include "monitor/dialog.h"
#include "monitor/hook.h"
#include "monitor/receiver.h"

/* Of a round, that a server may take: what it did not answer is then said more exactly than when the round is over. */
#define DIALOG_SHARE(ms) ((ms) / 10 * 9)
#define NEXT_HOP_MS 30000
/* The first round begins so much later at most: what starts with the machine is up by then. */
#define FIRST_MS 30000

static const struct {
        const char *word;
        MgAlarm alarm;
        const char *ja;
        const char *en;
} rows[_MG_CANARY_STEP_N] = {
#define STEP_ROW(name, word, alarm, ja, en) [MG_CANARY_STEP_##name] = {word, MG_ALARM_##alarm, ja, en},
        MG_CANARY_STEPS(STEP_ROW)
#undef STEP_ROW
};

/* The same step of the other mail is so many further. */
#define OF(kind, step)                                                                                                 \
        ((MgCanaryStep)(MG_CANARY_STEP_##step##_BAD +                                                                  \
                        (kind) * (MG_CANARY_STEP_ENTRANCE_JAPANESE - MG_CANARY_STEP_ENTRANCE_BAD)))

/* A conversation of the running round. */
typedef struct Talk {
        MgCanary *canary;
        MgDialog *dialog;  /* NULL: over, or none */
        MgCanaryKind kind; /* of the mail */
        char *hop;         /* or the next hop's address */
} Talk;

typedef struct Asker {
        MgCanaryDone done;
        gpointer data;
} Asker;

struct MgCanary {
        const MgConfig *config;
        char *domain, *listen; /* as they were at the start */
        MgReceiver *receiver;  /* NULL as long as its port cannot be had, or there is no canary */
        MgAlarms alarms;
        MgHook *hook;
        guint schedule; /* source of the next round, or 0 */

        gboolean running, asked; /* a round; for somebody */
        char *token;
        gint64 time;  /* of the mails, seconds */
        gint64 began; /* microseconds, monotonic */
        guint bound_ms;
        guint timer;
        MgCanaryResult results[_MG_CANARY_STEP_N];
        char *details[_MG_CANARY_STEP_N];
        Talk mails[_MG_CANARY_KIND_N];
        Talk hops[MG_NEXT_HOPS_MAX];
        guint hops_waiting;
        Asker askers[MG_CANARY_ASKERS];
        guint n_askers;

        MgMoment moment; /* of the last look at the clocks */
        gint64 rounds, failed, strays, well_ms;
        gint64 well_at; /* microseconds, monotonic; 0: never */
};

/* --- alarms ------------------------------------------------------------------------------------------------------- */

static void hear_alarm(const MgAlarmNews *news, gpointer data) {
        MgCanary *canary = data;
        const MgAlarmRow *row = mg_alarm_row(news->alarm);

        mg_log(news->state == MG_ALARM_ENDS ? MG_LOG_INFO : MG_LOG_WARNING, "alarm %s %s: %s (%s) %s", row->word,
               mg_alarm_state_name(news->state), row->en, news->detail, news->state == MG_ALARM_ENDS ? "" : row->do_en);
        mg_hook_run(canary->hook, canary->config->alarm_command, news);
}

static void raise_alarm(MgCanary *canary, MgAlarm alarm, const char *detail) {
        mg_alarms_raise(&canary->alarms, alarm, detail, g_get_monotonic_time(), g_get_real_time() / G_USEC_PER_SEC);
}

/* Those of which each step was well. */
static void end_alarms(MgCanary *canary) {
        gboolean well[_MG_ALARM_N];

        for (guint i = 0; i < _MG_ALARM_N; i++)
                well[i] = TRUE;
        for (guint i = 0; i < _MG_CANARY_STEP_N; i++)
                if (canary->results[i] != MG_CANARY_OK &&
                    (i != MG_CANARY_STEP_NEXT_HOP || *canary->config->canary_next_hop))
                        well[rows[i].alarm] = FALSE;
        for (guint i = 0; i < _MG_ALARM_N; i++)
                if (well[i])
                        mg_alarms_end(&canary->alarms, i);
}

/* --- the end of a round ------------------------------------------------------------------------------------------- */

static GPtrArray *steps_of(const MgCanary *canary) {
        GPtrArray *steps = g_ptr_array_new_with_free_func((GDestroyNotify)mg_canary_said_free);

        for (guint i = 0; i < _MG_CANARY_STEP_N; i++) {
                MgCanarySaid *said = g_new0(MgCanarySaid, 1);
                const gboolean failed = canary->results[i] == MG_CANARY_FAILED;

                said->step = g_strdup(rows[i].word);
                said->ja = g_strdup(rows[i].ja);
                said->en = g_strdup(rows[i].en);
                said->result = canary->results[i];
                said->detail = g_strdup(canary->details[i] ? canary->details[i] : "");
                said->do_ja = g_strdup(failed ? mg_alarm_row(rows[i].alarm)->do_ja : "");
                said->do_en = g_strdup(failed ? mg_alarm_row(rows[i].alarm)->do_en : "");
                g_ptr_array_add(steps, said);
        }
        return steps;
}

static void stop_round(MgCanary *canary) {
        canary->running = canary->asked = FALSE;
        g_clear_handle_id(&canary->timer, g_source_remove);
        for (guint i = 0; i < _MG_CANARY_KIND_N; i++)
                g_clear_pointer(&canary->mails[i].dialog, mg_dialog_free);
        for (guint i = 0; i < MG_NEXT_HOPS_MAX; i++)
                g_clear_pointer(&canary->hops[i].dialog, mg_dialog_free);
}

static gboolean is_well(const MgCanary *canary) {
        for (guint i = 0; i < _MG_CANARY_STEP_N; i++)
                if (canary->results[i] == MG_CANARY_FAILED)
                        return FALSE;
        return TRUE;
}

static void end_round(MgCanary *canary) {
        const gint64 now = g_get_monotonic_time();
        g_autoptr(GPtrArray) steps = steps_of(canary);
        const guint n = canary->n_askers;
        Asker askers[MG_CANARY_ASKERS];

        stop_round(canary);
        canary->rounds++;
        canary->failed += !is_well(canary);
        if (is_well(canary)) {
                canary->well_at = now;
                canary->well_ms = (now - canary->began) / 1000;
        }
        end_alarms(canary);
        memcpy(askers, canary->askers, sizeof askers);
        canary->n_askers = 0;
        for (guint i = 0; i < n; i++)
                askers[i].done(steps, askers[i].data);
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

/* Notes what a step came to. detail: NULL where it is well. */
static void note(MgCanary *canary, MgCanaryStep step, MgCanaryResult result, const char *detail) {
        canary->results[step] = result;
        g_free(canary->details[step]);
        canary->details[step] = g_strdup(detail);
        if (result == MG_CANARY_FAILED)
                raise_alarm(canary, rows[step].alarm, detail);
}

static void judge_step(MgCanary *canary, MgCanaryStep step, const char *fault) {
        note(canary, step, fault ? MG_CANARY_FAILED : MG_CANARY_OK, fault);
}

/* What cannot be looked at any more. */
static void skip(MgCanary *canary, MgCanaryKind kind) {
        const MgCanaryStep steps[] = {OF(kind, ENTRANCE), OF(kind, RETURN), OF(kind, SAFE), OF(kind, TEXT)};

        for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
                if (canary->results[steps[i]] == MG_CANARY_PENDING)
                        note(canary, steps[i], MG_CANARY_SKIPPED, "not reached");
}

static void end_if_over(MgCanary *canary) {
        for (guint i = 0; i < _MG_CANARY_STEP_N; i++)
                if (canary->results[i] == MG_CANARY_PENDING)
                        return;
        end_round(canary);
}

static void hear_entrance(const char *fault, gpointer data) {
        Talk *talk = data;
        MgCanary *canary = talk->canary;
        const MgCanaryKind kind = talk->kind;
        g_autofree char *said = g_strdup(fault);

        g_clear_pointer(&talk->dialog, mg_dialog_free);
        judge_step(canary, OF(kind, ENTRANCE), said);
        if (said)
                skip(canary, kind);
        end_if_over(canary);
}

static void hear_hop(const char *fault, gpointer data) {
        Talk *talk = data;
        MgCanary *canary = talk->canary;
        g_autofree char *said = fault ? g_strdup_printf("%s: %s", talk->hop, fault) : NULL;

        g_clear_pointer(&talk->dialog, mg_dialog_free);
        canary->hops_waiting--;
        if (said)
                note(canary, MG_CANARY_STEP_NEXT_HOP, MG_CANARY_FAILED, said);
        else if (canary->hops_waiting == 0 && canary->results[MG_CANARY_STEP_NEXT_HOP] == MG_CANARY_PENDING)
                judge_step(canary, MG_CANARY_STEP_NEXT_HOP, NULL);
        end_if_over(canary);
}

static MgCanaryVerdict judge(const MgCanary *canary, MgCanaryKind kind, GBytes *message, char **what) {
        const MgCanaryRound round = {.token = canary->token,
                                     .domain = canary->domain,
                                     .time = canary->time,
                                     .live_links = canary->config->policy->links == MG_LINKS_TEXT};

        if (message)
                return mg_canary_judge(kind, &round, message, what);
        *what = g_strdup_printf("it is larger than %d octets", MG_RECEIVER_MESSAGE);
        return MG_CANARY_UNSAFE;
}

/* Of an earlier round, by a late queue; what is unsafe is so at any time. */
static void take_stray(MgCanary *canary, const char *recipient, GBytes *message) {
        const gboolean japanese = g_str_has_prefix(recipient, mg_canary_name(MG_CANARY_JAPANESE));
        g_autofree char *what = NULL;

        canary->strays++;
        if (judge(canary, japanese ? MG_CANARY_JAPANESE : MG_CANARY_BAD, message, &what) == MG_CANARY_UNSAFE)
                raise_alarm(canary, MG_ALARM_UNSAFE, what);
}

static void hear_mail(const char *recipient, GBytes *message, gpointer data) {
        MgCanary *canary = data;
        const MgCanaryKind kind =
                canary->running ? mg_canary_kind_of(recipient, canary->token, canary->domain) : _MG_CANARY_KIND_N;
        g_autofree char *what = NULL;

        if (kind == _MG_CANARY_KIND_N || canary->results[OF(kind, RETURN)] != MG_CANARY_PENDING) {
                take_stray(canary, recipient, message);
                return;
        }
        const MgCanaryVerdict verdict = judge(canary, kind, message, &what);

        judge_step(canary, OF(kind, RETURN), NULL);
        judge_step(canary, OF(kind, SAFE), verdict == MG_CANARY_UNSAFE ? what : NULL);
        if (verdict == MG_CANARY_UNSAFE)
                note(canary, OF(kind, TEXT), MG_CANARY_SKIPPED, "not reached");
        else
                judge_step(canary, OF(kind, TEXT), what);
        end_if_over(canary);
}

/* What has no answer by now gets none. */
static void give_up(MgCanary *canary) {
        g_autofree char *late = g_strdup_printf("not within %u s", canary->bound_ms / 1000);

        for (guint kind = 0; kind < _MG_CANARY_KIND_N; kind++) {
                const MgCanaryStep entrance = OF(kind, ENTRANCE), back = OF(kind, RETURN);

                if (canary->results[entrance] == MG_CANARY_PENDING)
                        note(canary, entrance, MG_CANARY_FAILED, late);
                else if (canary->results[back] == MG_CANARY_PENDING)
                        note(canary, back, MG_CANARY_FAILED, late);
                skip(canary, kind);
        }
        if (canary->results[MG_CANARY_STEP_NEXT_HOP] == MG_CANARY_PENDING)
                note(canary, MG_CANARY_STEP_NEXT_HOP, MG_CANARY_FAILED, late);
        end_round(canary);
}

static gboolean is_over(gpointer data) {
        MgCanary *canary = data;

        canary->timer = 0;
        give_up(canary);
        return G_SOURCE_REMOVE;
}

/* --- the beginning of a round ------------------------------------------------------------------------------------- */

static void look_at_clock(MgCanary *canary) {
        const MgMoment now = mg_moment_now();
        g_autofree char *fault = mg_clock_check(&canary->moment, &now);

        canary->moment = now;
        judge_step(canary, MG_CANARY_STEP_CLOCK, fault);
}

static void ask_hops(MgCanary *canary) {
        g_auto(GStrv) hops = g_strsplit(canary->config->canary_next_hop, " ", MG_NEXT_HOPS_MAX);
        const char *recipient = canary->config->canary_next_hop_recipient;

        canary->hops_waiting = g_strv_length(hops);
        if (canary->hops_waiting == 0)
                note(canary, MG_CANARY_STEP_NEXT_HOP, MG_CANARY_SKIPPED, "monitor.canary_next_hop is empty");
        for (guint i = 0; i < canary->hops_waiting; i++) {
                const MgDialogOrder order = {.address = hops[i],
                                             .recipient = *recipient ? recipient : NULL,
                                             .timeout_ms = MIN(DIALOG_SHARE(canary->bound_ms), NEXT_HOP_MS)};

                g_free(canary->hops[i].hop);
                canary->hops[i].hop = g_strdup(hops[i]);
                canary->hops[i].dialog = mg_dialog_begin(&order, hear_hop, &canary->hops[i]);
        }
}

static void send_mail(MgCanary *canary, MgCanaryKind kind) {
        g_autofree char *recipient = mg_canary_address(kind, canary->token, canary->domain);
        g_autoptr(GBytes) mail = mg_canary_mail(kind, canary->token, canary->domain, canary->time);
        const MgDialogOrder order = {.address = canary->config->canary_entrance,
                                     .recipient = recipient,
                                     .message = mail,
                                     .timeout_ms = DIALOG_SHARE(canary->bound_ms)};

        canary->mails[kind].dialog = mg_dialog_begin(&order, hear_entrance, &canary->mails[kind]);
}

/* Where mail comes out. FALSE with a detail where it cannot come out. */
static gboolean open_exit(MgCanary *canary, char **detail) {
        g_autoptr(GError) error = NULL;
        const int listener = canary->receiver ? -1 : mg_stream_listen(canary->listen, &error);

        if (listener >= 0)
                canary->receiver = mg_receiver_new(listener, canary->domain, hear_mail, canary);
        if (error)
                *detail = g_strdup_printf("monitor.canary_listen: %s", error->message);
        return canary->receiver != NULL;
}

static void begin_round(MgCanary *canary, guint bound_ms) {
        g_autofree char *detail = NULL;

        stop_round(canary);
        for (guint i = 0; i < _MG_CANARY_STEP_N; i++) {
                canary->results[i] = MG_CANARY_PENDING;
                g_clear_pointer(&canary->details[i], g_free);
        }
        g_free(canary->token);
        canary->token = mg_canary_token();
        canary->running = TRUE;
        canary->began = g_get_monotonic_time();
        canary->time = g_get_real_time() / G_USEC_PER_SEC;
        canary->bound_ms = bound_ms;
        canary->timer = g_timeout_add(bound_ms, is_over, canary);
        look_at_clock(canary);
        ask_hops(canary);
        const gboolean open = open_exit(canary, &detail);

        for (guint kind = 0; kind < _MG_CANARY_KIND_N; kind++) {
                if (open) {
                        send_mail(canary, kind);
                        continue;
                }
                note(canary, OF(kind, RETURN), MG_CANARY_FAILED, detail);
                skip(canary, kind);
        }
        end_if_over(canary);
}

/* What somebody asked for is a round as any other. */
static gboolean begin_due(gpointer data) {
        MgCanary *canary = data;

        if (canary->running && !canary->asked)
                give_up(canary);
        if (!canary->asked)
                begin_round(canary, MIN(canary->config->canary_every_ms, MG_CANARY_ROUND_MS));
        return G_SOURCE_CONTINUE;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* A little after canaries are switched on, and from then on at intervals. */
static gboolean begin_first(gpointer data) {
        MgCanary *canary = data;

        canary->schedule = g_timeout_add(canary->config->canary_every_ms, begin_due, canary);
        begin_due(canary);
        return G_SOURCE_REMOVE;
}

void mg_canary_configure(MgCanary *canary, const MgConfig *config) {
        const gboolean same = canary->config && canary->config->canary_every_ms == config->canary_every_ms;
        g_autofree char *detail = NULL;

        canary->config = config;
        if (same)
                return;
        g_clear_handle_id(&canary->schedule, g_source_remove);
        canary->schedule = config->canary_every_ms > 0
                                   ? g_timeout_add(MIN(config->canary_every_ms, FIRST_MS), begin_first, canary)
                                   : 0;
        /* What Postfix still has comes out before the first round; where it cannot, each round tries again. */
        if (canary->schedule && !open_exit(canary, &detail))
                mg_log(MG_LOG_WARNING, "canaries have no way out for now: %s", detail);
        if (canary->running && !canary->asked && !canary->schedule)
                stop_round(canary);
        for (guint i = 0; i < _MG_ALARM_N && !canary->schedule; i++)
                mg_alarms_end(&canary->alarms, i);
}

MgCanary *mg_canary_new(const MgConfig *config) {
        MgCanary *canary = g_new0(MgCanary, 1);

        canary->hook = mg_hook_new(config->node);
        canary->domain = g_strdup(config->canary_domain);
        canary->listen = g_strdup(config->canary_listen);
        canary->alarms = (MgAlarms){.hear = hear_alarm, .data = canary};
        for (guint i = 0; i < _MG_CANARY_KIND_N; i++)
                canary->mails[i] = (Talk){.canary = canary, .kind = i};
        for (guint i = 0; i < MG_NEXT_HOPS_MAX; i++)
                canary->hops[i] = (Talk){.canary = canary};
        mg_canary_configure(canary, config);
        return canary;
}

void mg_canary_free(MgCanary *canary) {
        if (!canary)
                return;
        g_clear_handle_id(&canary->schedule, g_source_remove);
        stop_round(canary);
        mg_receiver_free(canary->receiver);
        mg_hook_free(canary->hook);
        mg_alarms_clear(&canary->alarms);
        for (guint i = 0; i < _MG_CANARY_STEP_N; i++)
                g_free(canary->details[i]);
        for (guint i = 0; i < MG_NEXT_HOPS_MAX; i++)
                g_free(canary->hops[i].hop);
        g_free(canary->domain);
        g_free(canary->listen);
        g_free(canary->token);
        g_free(canary);
}

gboolean mg_canary_ask(MgCanary *canary, guint timeout_ms, MgCanaryDone done, gpointer data, GError **error) {
        if (canary->config->canary_every_ms == 0) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_USAGE,
                                    "there are no canaries: set monitor.canary_every, and give Postfix a transport for "
                                    "monitor.canary_domain (mugai.conf(5))");
                return FALSE;
        }
        if (canary->n_askers >= MG_CANARY_ASKERS) {
                g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT,
                            "%d wait for a round, which is as many as may; try again", MG_CANARY_ASKERS);
                return FALSE;
        }
        canary->askers[canary->n_askers++] = (Asker){done, data};
        if (!canary->asked)
                begin_round(canary, CLAMP(timeout_ms, 1000, MG_CANARY_ASKED_MS));
        canary->asked = canary->running;
        return TRUE;
}

void mg_canary_figures(const MgCanary *canary, GArray *figures) {
        const gint64 now = g_get_monotonic_time();

        if (canary->config->canary_every_ms == 0)
                return;
        mg_figures_add(figures, "monitor", "canary_rounds", canary->rounds);
        mg_figures_add(figures, "monitor", "canary_rounds_failed", canary->failed);
        mg_figures_add(figures, "monitor", "canary_strays", canary->strays);
        if (canary->well_at) {
                mg_figures_add(figures, "monitor", "canary_well_ms", canary->well_ms);
                mg_figures_add(figures, "monitor", "canary_well_age_s", (now - canary->well_at) / G_USEC_PER_SEC);
        }
        mg_figures_add(figures, "monitor", "commands_failed", mg_hook_failed(canary->hook));
        for (guint i = 0; i < _MG_ALARM_N; i++) {
                g_autofree char *name = mg_alarm_figure(i);

                mg_figures_add(figures, "monitor", name, canary->alarms.all[i].stands);
        }
}
