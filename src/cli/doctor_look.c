/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai doctor: what happens, beside what is configured.
 * Reads queue, records and clock; asks next hops by EHLO and sends no mail.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "base/store_client.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/postfix_run.h"

/* So many mails of the queue are looked at one by one, and so many rows of the last day. */
#define QUEUE_MOST 1000
#define ASK_MOST 20
#define ROWS_MOST 2000
#define DAY_S 86400
#define PROBE_SECONDS 5
/* Less is a clock that was just set, or a mail that came meanwhile. */
#define AHEAD_S 300
#define SHOWN_CHARS 200

static char *clean(const char *text) {
        return mg_text_clean(text, strlen(text), MG_CLASS_LINE, SHOWN_CHARS, NULL);
}

static char *span_of(gint64 seconds) {
        gint64 minutes = MAX(seconds, 0) / 60;

        return minutes < 120       ? g_strdup_printf("%" G_GINT64_FORMAT " min", minutes)
               : minutes < 48 * 60 ? g_strdup_printf("%" G_GINT64_FORMAT " h", minutes / 60)
                                   : g_strdup_printf("%" G_GINT64_FORMAT " d", minutes / 1440);
}

/* --- the queue ----------------------------------------------------------------------------------------------- */

typedef struct Queue {
        guint deferred;
        guint asked;
        gint64 oldest; /* of those that are deferred */
        char *why;     /* of the first one */
        char *unknown; /* queue id of one that no row knows */
        const MgDoctor *doctor;
        char *socket;
        char *relayed; /* relay_domains of Postfix */
} Queue;

static void queue_clear(Queue *queue) {
        g_free(queue->why);
        g_free(queue->unknown);
        g_free(queue->socket);
        g_free(queue->relayed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Queue, queue_clear)

/* Whether mail to address comes in by the gateway: of an organization, of a domain that is named as the LGWAN side's,
 * or, where no domain is named at all, one that Postfix relays for. */
static gboolean is_ours(const Queue *queue, const char *address) {
        const MgOrganizations *all = queue->doctor->config->organizations;
        const char *rest = mg_organizations_get(all, 0)->domains;

        if (*mg_organizations_of(all, address)->name != '\0' || mg_config_has_domain(rest, address))
                return TRUE;
        return mg_organizations_count(all) == 1 && *rest == '\0' && mg_config_has_domain(queue->relayed, address);
}

static gboolean stop_at_row(const MgRecord *record, gpointer data) {
        *(gboolean *)data = TRUE;
        return FALSE;
}

/* FALSE only where the store said that there is none. */
static gboolean has_row(const Queue *queue, const char *id) {
        const MgAsker asker = mg_cli_asker(queue->socket);
        const MgQuery query = {.queue_id = id, .max = 1};
        gboolean found = FALSE;
        guint32 unreadable = 0;
        gboolean asked = mg_store_query(&asker, &query, stop_at_row, &found, &unreadable, NULL);

        return found || !asked || unreadable > 0;
}

static const char *text_of(const json_t *object, const char *key) {
        const char *value = json_string_value(json_object_get(object, key));

        return value != NULL ? value : "";
}

/* Postfix's own bounces have the null sender and never come by an smtpd. */
static void look_at_mail(Queue *queue, const json_t *mail) {
        const json_t *first = json_array_get(json_object_get(mail, "recipients"), 0);
        gint64 came = json_integer_value(json_object_get(mail, "arrival_time"));
        const char *id = text_of(mail, "queue_id");

        if (g_str_equal(text_of(mail, "queue_name"), "deferred")) {
                queue->deferred++;
                queue->oldest = queue->oldest == 0 ? came : MIN(queue->oldest, came);
                if (queue->why == NULL && *text_of(first, "delay_reason") != '\0')
                        queue->why = clean(text_of(first, "delay_reason"));
        }
        if (queue->unknown != NULL || queue->asked >= ASK_MOST ||
            g_str_equal(text_of(mail, "sender"), "MAILER-DAEMON") || !is_ours(queue, text_of(first, "address")))
                return;
        queue->asked++;
        if (!has_row(queue, id))
                queue->unknown = clean(id);
}

static void say_queue(const Queue *queue) {
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;
        g_autofree char *age = span_of(now - queue->oldest);
        const char *why = queue->why != NULL ? queue->why : "-";
        g_autofree char *ja = g_strdup_printf("配送待ちのメールが %u 通あります (最も古いものは %s 前)。理由: %s",
                                              queue->deferred, age, why);
        g_autofree char *en =
                g_strdup_printf("%u mails wait in Postfix, the oldest for %s: %s", queue->deferred, age, why);

        if (queue->deferred > 0)
                mg_findings_add(queue->doctor->findings, "postfix.queue", MG_SEVERITY_WARNING, "", ja, en,
                                "mend the next hop; what waits is tried again by itself, or at once by");
        if (queue->unknown == NULL)
                return;
        mg_findings_add(queue->doctor->findings, "postfix.bypass", MG_SEVERITY_ERROR, queue->unknown,
                        "このメールは mugai を通らずに Postfix に入りました。無害化されていません。",
                        "This mail came into Postfix without passing mugai: it was not made safe.",
                        "mugai check --postfix names the way; Postfix takes what is configured at its next reload; "
                        "postsuper -h keeps that mail back");
}

static void look_at_hops(const MgDoctor *doctor, const MgPostfix *postfix) {
        gboolean unknown = FALSE;
        g_autoptr(GPtrArray) hops = mg_postfix_hops(postfix, &unknown);

        mg_postfix_transport_hops(postfix, doctor->folder, hops, &unknown);
        mg_postfix_probe(hops, PROBE_SECONDS);
        for (guint i = 0; i < hops->len; i++) {
                const MgPostfixHop *hop = g_ptr_array_index(hops, i);
                g_autofree char *name = g_strdup_printf("[%s]:%u", hop->host, hop->port);
                g_autofree char *socket = g_strdup_printf("inet:%u@%s", hop->port, hop->host);

                /* The way out of canaries is looked after by them. */
                if (hop->probe == MG_POSTFIX_UNKNOWN && g_strcmp0(socket, doctor->config->canary_listen) != 0)
                        mg_findings_add(
                                doctor->findings, "postfix.next-hop", MG_SEVERITY_WARNING, name,
                                "この配送先は SMTP に応答しません。", "This next hop does not answer by SMTP.",
                                "look at that server and at what lies between; main.cf: relayhost, relay_transport");
        }
}

void mg_doctor_queue(const MgDoctor *doctor) {
        g_autoptr(MgPostfix) postfix = mg_postfix_load(doctor->folder, NULL);
        g_autoptr(GError) error = NULL;
        g_auto(Queue) queue = {.doctor = doctor};

        if (postfix == NULL)
                return;
        g_autofree char *text = mg_postfix_queue(doctor->folder, &error);
        const char *relayed = mg_postfix_value(postfix, NULL, "relay_domains");
        g_auto(GStrv) words = mg_postfix_words(relayed != NULL ? relayed : "");
        g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", QUEUE_MOST + 1);

        queue.socket = mg_config_socket(doctor->config, "store.sock");
        queue.relayed = g_strjoinv(" ", words);
        for (guint i = 0; lines[i] != NULL && i < QUEUE_MOST; i++) {
                json_t *mail = json_loads(lines[i], 0, NULL);
                if (json_is_object(mail))
                        look_at_mail(&queue, mail);
                json_decref(mail);
        }
        say_queue(&queue);
        look_at_hops(doctor, postfix);
}

/* --- ports --------------------------------------------------------------------------------------------------- */

static void look_at_port(const MgDoctor *doctor, const char *id, const char *key, const char *socket) {
        g_autoptr(GPtrArray) hops = mg_postfix_hops_new();
        unsigned port = 0;
        char host[256] = "";

        if (sscanf(socket, "inet:%u@%255s", &port, host) != 2)
                return;
        g_autofree char *value = g_strdup_printf("[%s]:%u", host, port);
        mg_postfix_hop_add(hops, value, FALSE, FALSE);
        mg_postfix_probe(hops, PROBE_SECONDS);
        if (hops->len == 0 || ((MgPostfixHop *)hops->pdata[0])->probe != MG_POSTFIX_UNKNOWN)
                return;
        g_autofree char *mend =
                g_strdup_printf("postfix start, or master.cf: a service on %s; mugai check --postfix", socket);
        mg_findings_add(doctor->findings, id, MG_SEVERITY_WARNING, key,
                        "このポートに応答がありません。申請も知らせも送れません。",
                        "Nothing answers at this port: neither releases nor letters can be sent.", mend);
}

void mg_doctor_ports(const MgDoctor *doctor) {
        if (!doctor->config->release)
                return;
        look_at_port(doctor, "release.port-silent", "release.smtp", doctor->config->release_smtp);
        look_at_port(doctor, "release.letters-silent", "release.letters", doctor->config->release_letters);
}

/* --- mail of the last day ------------------------------------------------------------------------------------ */

typedef struct Mails {
        guint n;
        guint outcomes[_MG_OUTCOME_N];
        GHashTable *reasons[_MG_OUTCOME_N]; /* reason -> how often */
        gint64 newest;
} Mails;

static gboolean count_row(const MgRecord *record, gpointer data) {
        Mails *mails = data;
        MgOutcome outcome = record->outcome;
        const char *why = *record->reason != '\0' ? record->reason : record->reply;
        gpointer before = NULL;

        if (outcome < 0 || outcome >= _MG_OUTCOME_N)
                return TRUE;
        mails->n++;
        mails->outcomes[outcome]++;
        mails->newest = MAX(mails->newest, record->envelope->time);
        if (mails->reasons[outcome] == NULL)
                mails->reasons[outcome] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        before = g_hash_table_lookup(mails->reasons[outcome], why);
        g_hash_table_insert(mails->reasons[outcome], g_strdup(why), GUINT_TO_POINTER(GPOINTER_TO_UINT(before) + 1));
        return TRUE;
}

/* The commonest one; of two as common ones, that which comes first in order, so that two runs say the same. */
static char *commonest(GHashTable *reasons) {
        GHashTableIter iter;
        gpointer why, times;
        const char *best = "";
        guint most = 0;

        g_hash_table_iter_init(&iter, reasons);
        while (g_hash_table_iter_next(&iter, &why, &times)) {
                guint n = GPOINTER_TO_UINT(times);
                if (n < most || (n == most && strcmp(why, best) >= 0))
                        continue;
                best = why;
                most = n;
        }
        return clean(best);
}

/* What is worth saying of an outcome. */
static const struct {
        MgOutcome outcome;
        const char *id;
        MgSeverity severity;
        const char *ja; /* with a number, and the commonest reason */
        const char *en;
        const char *command;
} said[] = {
        {MG_OUTCOME_DEFERRED, "mail.deferred", MG_SEVERITY_WARNING,
         "過去 24 時間に、後で送り直すよう返したメールが %u 通あります。多い理由: %s",
         "%u mails of the last 24 hours were put off: %s", "mugai search --outcome deferred --since 1d"},
        {MG_OUTCOME_FAILED, "mail.failed", MG_SEVERITY_WARNING,
         "過去 24 時間に、変換できなかったメールが %u 通あります。多い理由: %s",
         "%u mails of the last 24 hours could not be converted: %s", "mugai search --outcome failed --since 1d"},
        {MG_OUTCOME_REFUSED, "mail.refused", MG_SEVERITY_NOTE,
         "過去 24 時間に、断ったメールが %u 通あります。多い理由: %s", "%u mails of the last 24 hours were refused: %s",
         "mugai search --outcome refused --since 1d"},
        {MG_OUTCOME_HELD, "mail.held", MG_SEVERITY_NOTE,
         "過去 24 時間に、規則により保留したメールが %u 通あります。多い理由: %s",
         "%u mails of the last 24 hours are held by rules: %s", "mugai search --outcome held --since 1d"},
};

static gboolean ask_day(const MgDoctor *doctor, gint64 since, guint32 max, Mails *mails) {
        g_autofree char *path = mg_config_socket(doctor->config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        const MgQuery query = {.since = since, .max = max};
        guint32 unreadable = 0;

        return mg_store_query(&asker, &query, count_row, mails, &unreadable, NULL);
}

static void forget(Mails *mails) {
        for (guint i = 0; i < _MG_OUTCOME_N; i++)
                g_clear_pointer(&mails->reasons[i], g_hash_table_unref);
}

void mg_doctor_mails(const MgDoctor *doctor) {
        Mails mails = {0};

        if (ask_day(doctor, g_get_real_time() / G_USEC_PER_SEC - DAY_S, ROWS_MOST, &mails)) {
                for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
                        guint n = mails.outcomes[said[i].outcome];
                        g_autofree char *why = n > 0 ? commonest(mails.reasons[said[i].outcome]) : g_strdup("");
                        g_autofree char *ja = g_strdup_printf(said[i].ja, n, *why != '\0' ? why : "-");
                        g_autofree char *en = g_strdup_printf(said[i].en, n, *why != '\0' ? why : "-");

                        if (n > 0)
                                mg_findings_add(doctor->findings, said[i].id, said[i].severity, "", ja, en,
                                                said[i].command);
                }
        }
        forget(&mails);
}

/* --- the clock ----------------------------------------------------------------------------------------------- */

void mg_doctor_clock(const MgDoctor *doctor) {
        gint64 now = g_get_real_time() / G_USEC_PER_SEC;
        struct timex kernel = {0};
        Mails mails = {0};

        if (ask_day(doctor, 0, 1, &mails) && mails.newest > now + AHEAD_S) {
                g_autofree char *age = span_of(mails.newest - now);
                g_autofree char *ja = g_strdup_printf(
                        "最も新しいメールの受信時刻が、今の時計より %s 先です。時計が戻っているか、進んでいました。",
                        age);
                g_autofree char *en =
                        g_strdup_printf("The newest mail came %s later than it is now: the clock is behind, "
                                        "or was ahead.",
                                        age);
                mg_findings_add(doctor->findings, "clock.behind", MG_SEVERITY_ERROR, "", ja, en,
                                "set the clock; nothing is erased on the first day after a leap");
        }
        forget(&mails);
        if (adjtimex(&kernel) == TIME_ERROR || (kernel.status & STA_UNSYNC) != 0)
                mg_findings_add(doctor->findings, "clock.unset", MG_SEVERITY_NOTE, "",
                                "時計が時刻サーバーに合わされていません。",
                                "No time server sets this clock (as the kernel knows it).",
                                "chrony or systemd-timesyncd");
}
