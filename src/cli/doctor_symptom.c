/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai doctor SYMPTOM: what people complain of, and what became of the mail that they complain of.
 * Opens no original: what a row of the index says is enough to say where to look.
 */
#include <stdio.h>
#include <string.h>

#include "base/receipt.h"
#include "base/store_client.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/postfix_run.h"

#define BIT(fault) (1U << MG_DOCTOR_##fault)
#define SLOW_MS 5000
#define ROWS_MOST 1000
#define HOUR_S 3600
#define SHOWN_CHARS 200

/* --- one mail ------------------------------------------------------------------------------------------------ */

static gboolean take_row(const MgRecord *record, gpointer data) {
        GPtrArray *texts = data;
        g_autofree char *reason =
                mg_text_clean(record->reason, strlen(record->reason), MG_CLASS_LINE, SHOWN_CHARS, NULL);
        g_autofree char *number = g_strdup_printf("%d", (int)record->outcome);
        g_autofree char *count = g_strdup_printf("%u", record->reading->replaced + record->reading->guessed);
        const char *const fields[] = {record->receipt, number, record->envelope->queue_id,
                                      reason,          count,  record->reading->body_charset};

        for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
                g_ptr_array_add(texts, g_strdup(fields[i]));
        return FALSE;
}

enum { ROW_RECEIPT, ROW_OUTCOME, ROW_QUEUE_ID, ROW_REASON, ROW_COUNT, ROW_CHARSET, _ROW_N };

/* The row of a receipt, or else of a queue id; NULL where there is none. *status: the store could not be asked. */
static GPtrArray *row_of(const MgDoctor *doctor, const char *mail, int *status) {
        g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *receipt = mg_receipt_read(mail, NULL);
        g_autofree char *path = mg_config_socket(doctor->config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        const MgQuery query = {.receipt = receipt, .queue_id = receipt == NULL ? mail : NULL, .max = 1};
        guint32 unreadable = 0;
        GError *error = NULL;

        if (!mg_store_query(&asker, &query, take_row, texts, &unreadable, &error))
                *status = mg_cli_fail_role(doctor->config, "mugai-store", error);
        return texts->len == _ROW_N ? g_steal_pointer(&texts) : NULL;
}

/* What is only told is no fault: a mail that was given to Postfix, or that a rule holds as it should. */
static void say(const MgDoctor *doctor, const char *id, const char *subject, const char *ja, const char *en,
                const char *command) {
        gboolean told = g_str_equal(id, "mail.passed") || g_str_equal(id, "mail.held-one");

        mg_findings_add(doctor->findings, id, told ? MG_SEVERITY_NOTE : MG_SEVERITY_WARNING, subject, ja, en, command);
}

static void say_no_row(const MgDoctor *doctor, const char *mail) {
        say(doctor, "mail.unknown", mail,
            "このメールの記録はありません。Postfix が断ったか、まだ届いていないか、保管日数が過ぎて消去されています。",
            "There is no record of this mail: Postfix refused it before mugai, it has not come, or its time is over.",
            "mugai trace --since 2d --max 1000");
}

/* Indexed by outcome. */
static const struct {
        const char *id;
        const char *ja;
        const char *en;
        const char *command; /* %s is the receipt */
} outcomes[_MG_OUTCOME_N] = {
        [MG_OUTCOME_CONVERTED] = {"mail.passed",
                                  "このメールは無害化して Postfix に渡しました。配送は Postfix のログに残っています。",
                                  "This mail was made safe and given to Postfix, whose log says where it went.",
                                  "mugai show %s"},
        [MG_OUTCOME_FAILED] = {"mail.failed-one",
                               "このメールは変換できなかったため、代わりにお知らせを届けました。原本は保管しています。",
                               "This mail could not be converted: a notice went on in its place. The original is kept.",
                               "mugai show %s"},
        [MG_OUTCOME_DEFERRED] = {"mail.deferred-one", "このメールは後で送り直すよう返しました。送信側が送り直します。",
                                 "This mail was put off: its sender's server tries again.",
                                 "mugai trace --since 2d --max 1000"},
        [MG_OUTCOME_REFUSED] = {"mail.refused-one", "このメールは断りました。送信者に不達の通知が届いています。",
                                "This mail was refused: its sender got a bounce.", "mugai trace --since 2d --max 1000"},
        [MG_OUTCOME_HELD] = {"mail.held-one",
                             "このメールは規則により保留し、代わりにお知らせを届けました。原本は保管しています。",
                             "A rule holds this mail: a notice went on in its place. The original is kept.",
                             "mugai show %s"},
};

static gboolean in_queue(const MgDoctor *doctor, const char *queue_id) {
        g_autofree char *queue = mg_postfix_queue(doctor->folder, NULL);
        g_autofree char *word = g_strdup_printf("\"queue_id\": \"%s\"", queue_id);

        return queue != NULL && *queue_id != '\0' && strstr(queue, word) != NULL;
}

static int ask_where(const MgDoctor *doctor, const char *mail) {
        int status = EX_OK;
        g_autoptr(GPtrArray) row = row_of(doctor, mail, &status);

        if (row == NULL) {
                if (status == EX_OK)
                        say_no_row(doctor, mail);
                return status;
        }
        int outcome = atoi(row->pdata[ROW_OUTCOME]);
        const char *receipt = row->pdata[ROW_RECEIPT], *why = row->pdata[ROW_REASON];
        g_autofree char *command = g_strdup_printf(outcomes[outcome].command, receipt);
        g_autofree char *ja = g_strdup_printf("%s%s%s", outcomes[outcome].ja, *why != '\0' ? " 理由: " : "", why);
        g_autofree char *en = g_strdup_printf("%s%s%s", outcomes[outcome].en, *why != '\0' ? " Reason: " : "", why);

        say(doctor, outcomes[outcome].id, mail, ja, en, command);
        if (in_queue(doctor, row->pdata[ROW_QUEUE_ID]))
                say(doctor, "mail.waiting", row->pdata[ROW_QUEUE_ID],
                    "このメールは Postfix で配送を待っています。配送先が受け取れば届きます。",
                    "This mail waits in Postfix and goes on once the next hop takes it.", "postqueue -p");
        return EX_OK;
}

/* Which character set to try follows from the one that was taken. */
static int ask_letters(const MgDoctor *doctor, const char *mail) {
        int status = EX_OK;
        g_autoptr(GPtrArray) row = row_of(doctor, mail, &status);

        if (row == NULL) {
                if (status == EX_OK)
                        say_no_row(doctor, mail);
                return status;
        }
        const char *charset = row->pdata[ROW_CHARSET], *receipt = row->pdata[ROW_RECEIPT];
        const char *other = g_str_equal(charset, "shift_jis") ? "euc-jp"
                            : g_str_equal(charset, "utf-8")   ? "iso-2022-jp"
                                                              : "shift_jis";
        g_autofree char *command = g_strdup_printf("mugai text %s --charset %s", receipt, other);
        g_autofree char *ja = g_strdup_printf("本文は %s として読みました。読めない字と推定した字は合わせて %s "
                                              "字です。別の文字コードで読み直してください。",
                                              *charset != '\0' ? charset : "-", (char *)row->pdata[ROW_COUNT]);
        g_autofree char *en =
                g_strdup_printf("The text was read as %s; %s characters could not be read or are a guess. Read it "
                                "again in another character set.",
                                *charset != '\0' ? charset : "-", (char *)row->pdata[ROW_COUNT]);

        say(doctor, "mail.letters", mail, ja, en, command);
        return EX_OK;
}

/* --- how long mail takes ------------------------------------------------------------------------------------- */

typedef struct Times {
        guint n;
        guint slow;
        guint32 longest;
        char *receipt; /* of the longest */
} Times;

static gboolean time_row(const MgRecord *record, gpointer data) {
        Times *times = data;

        times->n++;
        times->slow += record->milliseconds > SLOW_MS;
        if (record->milliseconds > times->longest) {
                times->longest = record->milliseconds;
                g_free(times->receipt);
                times->receipt = g_strdup(record->receipt);
        }
        return TRUE;
}

static int ask_times(const MgDoctor *doctor, const char *mail) {
        g_autofree char *path = mg_config_socket(doctor->config, "store.sock");
        const MgAsker asker = mg_cli_asker(path);
        const MgQuery query = {
                .since = g_get_real_time() / G_USEC_PER_SEC - HOUR_S, .kept_only = TRUE, .max = ROWS_MOST};
        guint32 unreadable = 0;
        Times times = {0};
        GError *error = NULL;

        if (!mg_store_query(&asker, &query, time_row, &times, &unreadable, &error))
                return mg_cli_fail_role(doctor->config, "mugai-store", error);
        g_autofree char *command = g_strdup_printf("mugai show %s", times.receipt != NULL ? times.receipt : "");
        g_autofree char *ja = g_strdup_printf(
                "過去 1 時間の %u 通のうち、ゲートウェイで 5 秒を超えたものは %u 通、最長は %u ミリ秒です。", times.n,
                times.slow, times.longest);
        g_autofree char *en = g_strdup_printf(
                "Of %u mails of the last hour %u took more than 5 seconds in the gateway; the longest %u ms.", times.n,
                times.slow, times.longest);
        if (times.n > 0)
                mg_findings_add(doctor->findings, "mail.times", times.slow > 0 ? MG_SEVERITY_WARNING : MG_SEVERITY_NOTE,
                                "", ja, en, command);
        g_free(times.receipt);
        return EX_OK;
}

/* --- symptoms ------------------------------------------------------------------------------------------------ */

static const MgSymptom symptoms[] = {
        {"not-arrived", "届かない", "メールが届かない", "Mail does not arrive",
         BIT(CONFIG) | BIT(DOWN) | BIT(ROOM) | BIT(WIRING) | BIT(HOP) | BIT(CLOCK) | BIT(MAILS), TRUE, ask_where,
         "mugai trace --since 2d\npostqueue -p\n"},
        {"garbled", "文字化け", "文字が化けている", "The text is garbled", 0, TRUE, ask_letters,
         "mugai list --since 1d\nmugai doctor garbled 1234-5678-90\n"},
        {"slow", "遅い", "届くのが遅い", "Mail is slow", BIT(DOWN) | BIT(ROOM) | BIT(HOP) | BIT(SCANNER) | BIT(MAILS),
         FALSE, ask_times, "mugai status\n"},
        {"raw", "そのまま届く", "添付ファイルが付いたまま、または無害化されずに届く",
         "Mail arrives with its attachments, or as it was sent", BIT(WIRING) | BIT(BYPASS) | BIT(RULES), FALSE, NULL,
         "mugai check --postfix\nmugai rules check\n"},
        {"put-off", "後回し", "送信側が「後で送り直す」(4xx) と言われる", "Senders are told to try again (4xx)",
         BIT(DOWN) | BIT(ROOM) | BIT(WIRING) | BIT(MAILS), FALSE, NULL,
         "mugai status\nmugai search --outcome deferred --since 1d\n"},
        {"not-converted", "変換できない", "「無害化できないメール」のお知らせが多い", "Many mails cannot be converted",
         BIT(DOWN) | BIT(MAILS), TRUE, ask_where, "mugai search --outcome failed --since 7d\n"},
        {"not-released", "払い出されない", "承認した原本が届かない", "What was approved does not arrive",
         BIT(DOWN) | BIT(KEYS) | BIT(RELEASE) | BIT(HOP), FALSE, NULL, "mugai requests\nmugai status\n"},
        {NULL},
};

const MgSymptom *mg_symptoms(void) {
        return symptoms;
}

const MgSymptom *mg_symptom_find(const char *word) {
        for (const MgSymptom *symptom = symptoms; symptom->word != NULL; symptom++) {
                if (g_str_equal(symptom->word, word) || g_str_equal(symptom->japanese_word, word))
                        return symptom;
        }
        return NULL;
}
