/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports in words, Japanese and English. Reads the few fields that answer who, what, why and until when; all
 * others are left out, and nothing is shown as it stands. Does not judge whether the report is true.
 */
#include "sanitize/report.h"

#include <string.h>

#include "sanitize/moment.h"
#include "sanitize/status.h"

/* Recipients that are shown; further ones are counted. */
static const guint recipients_max = 50;
/* Octets of a field that are shown. */
static const gsize value_octets = 500;

typedef struct Word {
        const char *said; /* in lower case */
        const char *ja;
        const char *en;
} Word;

static const Word actions[] = {
        {"failed", "届けられませんでした", "could not be delivered"},
        {"delayed", "まだ届けられていません", "not yet delivered"},
        {"delivered", "届きました", "delivered"},
        {"relayed", "次のサーバーへ送られました（以後は不明）", "passed on; what came after is not known"},
        {"expanded", "複数の宛先へ送られました", "passed on to several recipients"},
};

static const Word dispositions[] = {
        {"displayed", "表示されました（開封）", "displayed"},
        {"deleted", "読まれずに削除されました", "deleted without being read"},
        {"dispatched", "転送などの処理がされました", "dispatched"},
        {"processed", "自動で処理されました", "processed automatically"},
        {"denied", "通知は断られました", "the recipient refuses to say"},
        {"failed", "処理に失敗しました", "failed"},
};

static const Word complaints[] = {
        {"abuse", "迷惑メールとしての申告", "a complaint about spam"},
        {"fraud", "詐欺メールとしての申告", "a complaint about fraud"},
        {"virus", "ウイルスの申告", "a complaint about a virus"},
        {"not-spam", "迷惑メールではないという申告", "a statement that it is no spam"},
        {"auth-failure", "送信元の認証の失敗", "a failed authentication of the sender"},
        {"other", "その他の申告", "another complaint"},
};

static const Word *find_word(const Word *words, gsize n, const char *said) {
        for (gsize i = 0; i < n; i++)
                if (g_ascii_strcasecmp(words[i].said, said) == 0)
                        return &words[i];
        return NULL;
}

/* The value of a field, unfolded and decoded, cut; NULL where it is missing or empty. */
static char *value_of(const GArray *fields, const char *name) {
        const MgRawField *field = mg_header_find(fields, name, NULL);
        if (field == NULL)
                return NULL;
        guint32 replaced = 0;
        g_autofree char *value = g_strstrip(mg_header_text(field->value, MIN(field->value_n, value_octets), &replaced));
        return value[0] != '\0' ? g_steal_pointer(&value) : NULL;
}

/* Behind "rfc822;", "smtp;" and its like: RFC 3464 section 2.1.2. */
static const char *behind_type(const char *value) {
        const char *semicolon = strchr(value, ';');
        const char *s = semicolon != NULL ? semicolon + 1 : value;
        while (*s == ' ' || *s == '\t')
                s++;
        return s;
}

/* An address without its brackets, and a "utf-8;" form as it stands. */
static void add_address(GString *out, const char *label, const GArray *fields, const char *name, const char *known) {
        g_autofree char *value = value_of(fields, name);
        if (value == NULL)
                return;
        const char *address = behind_type(value);
        gsize n = strlen(address);
        if (n > 1 && address[0] == '<' && address[n - 1] == '>')
                address++, n -= 2;
        if (known == NULL || strlen(known) != n || g_ascii_strncasecmp(known, address, n) != 0)
                g_string_append_printf(out, "%s: %.*s\n", label, (int)n, address);
}

/* Paths and addresses of pages say nothing to the reader, and clients make links of them. */
static gboolean is_path(const char *word) {
        return strstr(word, "://") != NULL || strchr(word, '\\') != NULL || strchr(word, '/') != strrchr(word, '/') ||
               g_str_has_prefix(word, "/") || g_ascii_strncasecmp(word, "www.", 4) == 0;
}

static void add_diagnostic(GString *out, const GArray *fields) {
        g_autofree char *value = value_of(fields, "diagnostic-code");
        if (value == NULL)
                return;
        g_auto(GStrv) words = g_strsplit_set(behind_type(value), " \t\r\n", -1);
        g_autoptr(GString) line = g_string_new(NULL);
        for (guint i = 0; words[i] != NULL; i++) {
                if (words[i][0] == '\0')
                        continue;
                g_string_append(line, line->len > 0 ? " " : "");
                g_string_append(line, is_path(words[i]) ? "…" : words[i]);
        }
        if (line->len > 0)
                g_string_append_printf(out, "相手側の説明 / Their words: %s\n", line->str);
}

static void add_time(GString *out, const char *label, const GArray *fields, const char *name) {
        const MgRawField *field = mg_header_find(fields, name, NULL);
        gint64 time;
        gint32 zone;
        if (field == NULL || !mg_header_date(field->value, MIN(field->value_n, value_octets), &time, &zone))
                return;
        g_string_append_printf(out, "%s: ", label);
        mg_moment_append(out, time + zone * 60, TRUE);
        g_string_append_c(out, ' ');
        mg_moment_append_zone(out, zone * 60);
        g_string_append_c(out, '\n');
}

static void add_word(GString *out, const char *label, const Word *word) {
        if (word != NULL)
                g_string_append_printf(out, "%s: %s / %s\n", label, word->ja, word->en);
}

/* The code in words; the one in the diagnostic where the field says no more than the class ("5.0.0"). */
static void add_status(GString *out, const GArray *fields) {
        g_autofree char *status = value_of(fields, "status");
        g_autofree char *diagnostic = value_of(fields, "diagnostic-code");
        gsize n = 0, better_n = 0;
        const MgStatusWords *words = status != NULL ? mg_status_words(status, &n) : NULL, *better = NULL;
        const char *code = status;
        gboolean vague = words == NULL || (n == 5 && memcmp(status + 1, ".0.0", 4) == 0);
        for (const char *p = vague ? diagnostic : NULL; p != NULL && *p != '\0' && better == NULL; p++) {
                gboolean begins = p == diagnostic || !(g_ascii_isalnum(p[-1]) || p[-1] == '.');
                better = begins ? mg_status_words(p, &better_n) : NULL;
                if (better != NULL && p[better_n] != '.' && memcmp(p + 1, ".0.0", 4) != 0)
                        words = better, code = p, n = better_n;
                else
                        better = NULL;
        }
        if (words != NULL)
                g_string_append_printf(out, "理由 / Reason: %s / %s (%.*s)\n", words->ja, words->en, (int)n, code);
}

static void add_recipient(GString *out, const GArray *fields) {
        g_autofree char *action = value_of(fields, "action");
        g_autofree char *final = value_of(fields, "final-recipient");
        g_string_append_c(out, '\n');
        add_address(out, "宛先 / Recipient", fields, final != NULL ? "final-recipient" : "original-recipient", NULL);
        if (final != NULL)
                add_address(out, "もとの宛先 / Original recipient", fields, "original-recipient", behind_type(final));
        if (action != NULL) {
                action[strcspn(action, " \t(;")] = '\0';
                add_word(out, "結果 / Result", find_word(actions, G_N_ELEMENTS(actions), action));
        }
        add_status(out, fields);
        add_diagnostic(out, fields);
        add_time(out, "再送の期限 / Retried until", fields, "will-retry-until");
}

/* Blocks of fields with empty lines between them: the first is about the message, each other one about a recipient. */
GString *mg_report_delivery(const char *s, gsize n, const MgLimits *limits) {
        GString *out = g_string_new(NULL);
        guint recipients = 0;
        for (gsize at = 0; at < n;) {
                gsize next = 0;
                gboolean odd = FALSE;
                g_autoptr(GArray) fields = mg_header_split(s + at, n - at, limits, &next, &odd);
                at += MAX(next, (gsize)1);
                if (fields->len == 0)
                        continue;
                gboolean recipient = mg_header_find(fields, "final-recipient", NULL) != NULL ||
                                     mg_header_find(fields, "original-recipient", NULL) != NULL;
                if (recipient && ++recipients <= recipients_max)
                        add_recipient(out, fields);
                else if (!recipient && recipients == 0)
                        add_time(out, "受付 / Arrived", fields, "arrival-date");
        }
        if (recipients > recipients_max)
                g_string_append_printf(out, "\nほか%u件の宛先 / and %u more recipients\n", recipients - recipients_max,
                                       recipients - recipients_max);
        if (out->len > 0)
                g_string_prepend(out, "[配送結果の通知 / Delivery report]\n");
        return out;
}

GString *mg_report_disposition(const char *s, gsize n, const MgLimits *limits) {
        GString *out = g_string_new("[開封などの通知 / Receipt notification]\n");
        gsize body = 0;
        gboolean odd = FALSE;
        g_autoptr(GArray) fields = mg_header_split(s, n, limits, &body, &odd);
        g_autofree char *final = value_of(fields, "final-recipient");
        g_autofree char *disposition = value_of(fields, "disposition");
        add_address(out, "受取人 / Recipient", fields, "final-recipient", NULL);
        add_address(out, "もとの宛先 / Original recipient", fields, "original-recipient",
                    final != NULL ? behind_type(final) : NULL);
        /* "manual-action/MDN-sent-manually; displayed/error": RFC 8098 section 3.2.6. */
        g_autofree char *type = g_strdup(disposition != NULL ? behind_type(disposition) : "");
        type[strcspn(type, " \t/,;")] = '\0';
        add_word(out, "結果 / Result", find_word(dispositions, G_N_ELEMENTS(dispositions), type));
        return out;
}

GString *mg_report_feedback(const char *s, gsize n, const MgLimits *limits) {
        GString *out = g_string_new("[受信者からの申告 / Feedback report]\n");
        gsize body = 0;
        gboolean odd = FALSE;
        g_autoptr(GArray) fields = mg_header_split(s, n, limits, &body, &odd);
        g_autofree char *type = value_of(fields, "feedback-type");
        if (type != NULL)
                add_word(out, "内容 / Type", find_word(complaints, G_N_ELEMENTS(complaints), type));
        add_address(out, "差出人 / Sender", fields, "original-mail-from", NULL);
        add_address(out, "宛先 / Recipient", fields, "original-rcpt-to", NULL);
        add_address(out, "送信元 / Source", fields, "source-ip", NULL);
        add_time(out, "受付 / Arrived", fields, "arrival-date");
        return out;
}

GString *mg_report_external(const MgStructured *content) {
        static const struct {
                const char *parameter;
                const char *label;
        } shown[] = {
                {"access-type", "取り寄せ方 / Access type"}, {"url", "場所 / URL"},     {"site", "サーバー / Site"},
                {"directory", "フォルダー / Directory"},     {"name", "名前 / Name"},   {"server", "宛先 / Server"},
                {"expiration", "期限 / Expiration"},         {"size", "大きさ / Size"},
        };
        GString *out = g_string_new("[外部に置かれた本文 / External body]\n"
                                    "この部分の中身はメールになく、ここでは取り寄せていません。\n"
                                    "The content of this part is not in the mail and was not fetched.\n");
        for (gsize i = 0; content != NULL && i < G_N_ELEMENTS(shown); i++) {
                const char *value = mg_structured_get(content, shown[i].parameter);
                if (value == NULL)
                        continue;
                g_autofree char *line = g_strdelimit(g_strndup(value, value_octets), "\r\n", ' ');
                g_string_append_printf(out, "%s: %s\n", shown[i].label, line);
        }
        return out;
}
