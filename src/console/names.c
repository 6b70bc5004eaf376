/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of names. Words of JSON and of the audit trail are elsewhere (mugai/act.h and its like).
 */
#include "console/names.h"

#include <string.h>

#include "base/type.h"
#include "console/said.h"
#include "console/words.h"
#include "mugai/act.h"
#include "mugai/request.h"

const char *mg_name_outcome(gboolean english, MgOutcome outcome) {
        static const char *const names[_MG_OUTCOME_N] = {
                [MG_OUTCOME_CONVERTED] = N_("delivered as text"),
                [MG_OUTCOME_FAILED] = N_("could not be converted; a notice was delivered"),
                [MG_OUTCOME_DEFERRED] = N_("deferred: the sender tries again"),
                [MG_OUTCOME_REFUSED] = N_("refused"),
                [MG_OUTCOME_HELD] = N_("held by a rule; a notice was delivered"),
        };

        return mg_words(english, names[outcome]);
}

const char *mg_name_part(gboolean english, MgPartKind kind) {
        static const char *const names[_MG_PART_KIND_N] = {
                [MG_PART_BODY] = N_("text of the mail"),
                [MG_PART_ALTERNATIVE] = N_("another form of the text"),
                [MG_PART_INLINE_PICTURE] = N_("picture in the text"),
                [MG_PART_MESSAGE] = N_("attached mail"),
                [MG_PART_CALENDAR] = N_("calendar"),
                [MG_PART_ATTACHMENT] = N_("attachment"),
                [MG_PART_ENCODED_TEXT] = N_("file encoded in the text"),
        };

        return mg_words(english, names[kind]);
}

const char *mg_name_state(gboolean english, MgRequestState state) {
        static const char *const names[_MG_REQUEST_STATE_N] = {
                [MG_REQUEST_WAITING] = N_("waits for approval"),
                [MG_REQUEST_APPROVED] = N_("approved; will be sent"),
                [MG_REQUEST_DENIED] = N_("denied"),
                [MG_REQUEST_EXPIRED] = N_("expired"),
                [MG_REQUEST_HANDED_OVER] = N_("being sent"),
                [MG_REQUEST_RELEASED] = N_("sent"),
                [MG_REQUEST_FAILED] = N_("could not be sent"),
                [MG_REQUEST_UNKNOWN] = N_("nobody knows if it was sent"),
        };

        return mg_words(english, names[state]);
}

const char *mg_name_duty(gboolean english, guint32 duty) {
        switch (duty) {
        case MG_DUTY_ADMINISTRATOR:
                return mg_words(english, N_("administrator"));
        case MG_DUTY_OFFICER:
                return mg_words(english, N_("security officer"));
        case MG_DUTY_APPROVER:
                return mg_words(english, N_("approver"));
        case MG_DUTY_STAFF:
                return mg_words(english, N_("staff"));
        default:
                return mg_words(english, N_("auditor"));
        }
}

char *mg_name_duties(gboolean english, guint32 duties) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < _MG_DUTY_N; i++)
                if (duties & 1u << i)
                        g_string_append_printf(text, "%s%s", text->len > 0 ? (english ? ", " : "、") : "",
                                               mg_name_duty(english, 1u << i));
        return g_string_free(text, FALSE);
}

char *mg_name_scan(gboolean english, const MgScan *scan) {
        static const char *const verdicts[_MG_SCAN_N] = {
                [MG_SCAN_CLEAN] = N_("nothing was found"),
                [MG_SCAN_INFECTED] = N_("malware was found"),
                [MG_SCAN_UNSCANNED] = N_("not scanned"),
        };
        static const char *const faults[_MG_SCAN_FAULT_N] = {
                [MG_SCAN_FAULT_SILENT] = N_("the scanner did not answer in time"),
                [MG_SCAN_FAULT_BROKEN] = N_("the scanner could not be asked"),
                [MG_SCAN_FAULT_TOO_LARGE] = N_("too large for the scanner"),
                [MG_SCAN_FAULT_REFUSED] = N_("the scanner said that it could not"),
        };
        const char *verdict = verdicts[scan->verdict], *fault = faults[scan->fault];

        return g_strdup_printf("%s%s%s%s%s", verdict ? mg_words(english, verdict) : "", fault ? ": " : "",
                               fault ? mg_words(english, fault) : "", *scan->said ? ": " : "", scan->said);
}

const char *mg_name_type(gboolean english, const char *mime) {
        const MgTypeName *name = mg_type_name(mime);

        return *mime == '\0' ? "" : english ? name->en : name->ja;
}

/* --- figures ---------------------------------------------------------------------------------------------------- */

static const char *name_outcome_of(gboolean english, const char *word) {
        for (guint i = 0; i < _MG_OUTCOME_N; i++)
                if (g_str_equal(mg_outcome_name((MgOutcome)i), word))
                        return mg_name_outcome(english, (MgOutcome)i);
        return word;
}

static const struct {
        const char *name;
        const char *text;
} durations[] = {
        {"requests", N_("Requests")},
        {"oldest-s", N_("seconds since the oldest")},
        {"median-s", N_("seconds, within which half of them were")},
        {"longest-s", N_("seconds, of the slowest")},
};

static const char *name_duration(gboolean english, const char *name) {
        for (guint i = 0; i < G_N_ELEMENTS(durations); i++)
                if (g_str_equal(durations[i].name, name))
                        return mg_words(english, durations[i].text);
        return name;
}

char *mg_name_count(gboolean english, MgCount count, const char *name) {
        const MgRequestState state = mg_request_state_of(name);

        if (g_str_equal(name, "..."))
                return g_strdup(mg_words(english, N_("the others")));
        switch (count) {
        case MG_COUNT_OUTCOME:
                return g_strdup(name_outcome_of(english, name));
        case MG_COUNT_REASON:
                return mg_said(english, name);
        case MG_COUNT_TYPE:
                return g_strdup_printf("%s (%s)", mg_name_type(english, name), name);
        case MG_COUNT_REQUEST:
                return g_strdup(state < _MG_REQUEST_STATE_N ? mg_name_state(english, state) : name);
        default:
                return g_strdup(name_duration(english, name));
        }
}

/* Words of figures, as mugai status has them; a word that is none of these stays as it is. */
static const struct {
        const char *name;
        const char *text;
} figures[] = {
        {"converted", N_("mails delivered as text")},
        {"failed", N_("could not be converted or sent")},
        {"deferred", N_("mails deferred")},
        {"refused", N_("mails refused")},
        {"held", N_("mails held")},
        {"parts_removed", N_("parts taken out")},
        {"bytes_in", N_("octets that came in")},
        {"bytes_out", N_("octets that went on")},
        {"mails_now", N_("mails in work now")},
        {"memory_now", N_("octets of memory for them now")},
        {"rows_waiting", N_("rows that wait for the store")},
        {"workers_busy", N_("workers that are busy now")},
        {"workers_waiting", N_("mails that wait for a worker now")},
        {"workers_max", N_("workers at once at most")},
        {"workers_started", N_("workers that were started")},
        {"workers_answered", N_("workers that answered")},
        {"workers_late", N_("workers that were too late")},
        {"workers_left", N_("workers that were given up")},
        {"workers_died", N_("workers that died")},
        {"workers_refused", N_("answers that were refused")},
        {"landlock_abi", N_("version of Landlock")},
        {"sealing", N_("whether originals are sealed (1 is yes)")},
        {"retries", N_("mails that came again")},
        {"bytes", N_("octets that were kept")},
        {"batches", N_("transactions")},
        {"syncs", N_("syncs of the disk")},
        {"faults", N_("requests that failed")},
        {"anchors", N_("anchors of the trail")},
        {"anchor_faults", N_("anchors that could not leave")},
        {"lines", N_("lines of acts")},
        {"line_faults", N_("lines of acts that could not leave")},
        {"expired", N_("mails erased after their retention")},
        {"expiring", N_("mails that are erased soon")},
        {"expiring_requests", N_("of them, with an open request")},
        {"quota_near", N_("organizations near their quota")},
        {"quota_full", N_("organizations at their quota")},
        {"swept", N_("left-over files that were removed")},
        {"objects", N_("originals that are kept")},
        {"objects_sealed", N_("of them, sealed")},
        {"object_bytes", N_("octets of originals on the disk")},
        {"index_bytes", N_("octets of the index")},
        {"free_bytes", N_("octets free on the disk")},
        {"connections", N_("connections now")},
        {"in_flight", N_("originals being written now")},
        {"requests_waiting", N_("requests that wait for approval")},
        {"requests_approved", N_("approved requests that wait to be sent")},
        {"requests_unknown", N_("requests of which nobody knows if they were sent")},
        {"requests_approved_s", N_("seconds that the oldest of them waits")},
        {"released", N_("requests that were sent")},
        {"returned", N_("that Postfix did not take; tried again")},
        {"unsure", N_("that may have been sent, or not")},
        {"letters", N_("letters to people")},
        {"in_work", N_("whether one is in work (1 is yes)")},
        {"waiting_for_key", N_("requests that wait for a locked key")},
        {"waiting_for_key_s", N_("seconds that the oldest of them waits")},
        {"keys_unlocked", N_("keys that are unlocked")},
        {"requests", N_("requests to the pages")},
        {"requests_refused", N_("of them, refused (4xx)")},
        {"requests_failed", N_("of them, failed (5xx)")},
        {"uptime_s", N_("seconds since mugaid began")},
        /* These are followed by the name of a role. */
        {"up_", N_("is it up (1 is yes): ")},
        {"pid_", N_("number of the process: ")},
        {"restarts_", N_("restarts: ")},
};

char *mg_name_figure(gboolean english, const char *name) {
        for (guint i = 0; i < G_N_ELEMENTS(figures); i++) {
                const char *row = figures[i].name;

                if (g_str_equal(row, name))
                        return g_strdup(mg_words(english, figures[i].text));
                if (g_str_has_suffix(row, "_") && g_str_has_prefix(name, row))
                        return g_strconcat(mg_words(english, figures[i].text), name + strlen(row), NULL);
        }
        return g_strdup(name);
}
