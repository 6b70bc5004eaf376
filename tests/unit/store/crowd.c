/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails without content: records as the milter would commit them. Nothing of them is real.
 */
#include "crowd.h"

#include <math.h>
#include <string.h>

#include "base/receipt.h"

#define SENDERS 20000
#define DOMAINS 3000
#define STAFF 600
#define HOSTS 5000
#define FIRST_TIME 1700000000
#define SECONDS_APART 60

static const char *const words[] = {
        "会計",         "年度", "任用", "職員",     "募集",     "案内",         "見積書",     "請求書",
        "送付",         "資料", "会議", "議事録",   "予算",     "決算",         "補助金",     "申請",
        "届出",         "住民", "税務", "固定資産", "介護",     "福祉",         "保育所",     "学校",
        "教育委員会",   "防災", "訓練", "避難所",   "道路",     "工事",         "入札",       "契約",
        "検査",         "報告", "調査", "回答",     "依頼",     "至急",         "確認",       "お知らせ",
        "変更",         "日程", "調整", "研修",     "システム", "メンテナンス", "アンケート", "イベント",
        "ホームページ", "更新", "広報", "取材",     "議会",     "質問",         "通知",       "選挙",
        "統計",         "農業", "観光", "環境",     "ごみ収集", "水道",         "下水道",     "料金",
        "納付",         "督促", "給与", "人事異動", "健康診断", "ワクチン",     "接種",       "感染症",
        "対策",         "本部", "会場", "図面",     "写真",     "田中",         "佐藤",       "鈴木",
        "高橋",         "伊藤", "渡辺", "山本",     "中村",     "小林",         "加藤",       "令和",
        "第1回",        "No.",
};
static const char *const syllables[] = {
        "ka", "ki", "ku", "ke", "ko", "sa", "shi", "su", "se", "so", "ta", "chi", "tsu", "te", "to", "na",
        "ni", "no", "ha", "hi", "fu", "ho", "ma",  "mi", "mu", "mo", "ya", "yu",  "yo",  "ra", "ri", "wa",
};
static const char *const endings[] = {".co.jp", ".jp", ".com", ".lg.jp", ".or.jp", ".example.net"};
static const char *const suffixes[] = {".pdf", ".xlsx", ".docx", ".zip", ".jpg"};

Crowd *crowd_new(guint32 seed) {
        Crowd *crowd = g_new0(Crowd, 1);

        crowd->rand = g_rand_new_with_seed(seed);
        return crowd;
}

void crowd_free(Crowd *crowd) {
        g_rand_free(crowd->rand);
        g_free(crowd);
}

/* 0 to n - 1; the chance of rank r is as 1 / (r + 1). */
static guint rank_of(Crowd *crowd, guint n) {
        return MIN((guint)exp(g_rand_double(crowd->rand) * log(n + 1)) - 1, n - 1);
}

static guint below(Crowd *crowd, guint n) {
        return (guint)g_rand_int_range(crowd->rand, 0, (gint)n);
}

/* A name that belongs to a number: the same one each time. */
static void add_name(GString *text, guint number) {
        guint mixed = number * 2654435761u;

        for (guint i = 0; i < 2 + (mixed >> 30); i++, mixed = mixed * 1664525u + 1013904223u)
                g_string_append(text, syllables[(mixed >> 16) % G_N_ELEMENTS(syllables)]);
}

static char *sender_of(guint number) {
        GString *text = g_string_new(NULL);
        guint domain = number * 40503u % DOMAINS;

        add_name(text, number);
        g_string_append_c(text, '@');
        add_name(text, SENDERS + domain);
        g_string_append(text, endings[domain % G_N_ELEMENTS(endings)]);
        return g_string_free(text, FALSE);
}

static char *staff_of(guint number) {
        GString *text = g_string_new(NULL);

        add_name(text, SENDERS + DOMAINS + number);
        g_string_append_printf(text, "%u@city.mihon.lg.jp", number);
        return g_string_free(text, FALSE);
}

static void add_words(Crowd *crowd, GString *text, guint n) {
        for (guint i = 0; i < n; i++)
                g_string_append(text, words[rank_of(crowd, G_N_ELEMENTS(words))]);
}

static void set(char **field, char *value) {
        g_free(*field);
        *field = value;
}

void crowd_digest(guint rank, guint8 sha256[32]) {
        for (guint i = 0; i < 8; i++) {
                guint32 mixed = GUINT32_TO_LE((rank + i * 7919u + 1) * 2654435761u);

                memcpy(sha256 + 4 * i, &mixed, sizeof mixed);
        }
}

static void add_range(MgRecord *record, guint64 length, MgRangeKind kind, guint32 part) {
        const MgRange range = {.length = length, .kind = kind, .part = part, .count = 1};

        g_array_append_val(record->reading->ranges, range);
        record->size += length;
}

static MgFacts *add_part(MgRecord *record, MgPartKind kind, const char *type, guint64 size) {
        MgFacts *facts = mg_facts_new();
        gboolean body = kind == MG_PART_BODY;
        MgPartDecision decision = {.action = body ? MG_ACTION_CONVERT : MG_ACTION_REMOVE,
                                   .listed = !body,
                                   .rule = g_strdup(body ? "body" : "text-only"),
                                   .reason = g_strdup(body ? "its text is the body" : "only text crosses"),
                                   .type = {g_strdup("文書"), g_strdup("document")}};
        guint32 part = record->reading->parts->len;

        set(&facts->path, g_strdup_printf("%u", part + 1));
        facts->kind = kind;
        set(&facts->claimed, g_strdup(type));
        set(&facts->found, g_strdup(type));
        facts->size = size;
        g_ptr_array_add(record->reading->parts, facts);
        g_array_append_val(record->decision->parts, decision);
        add_range(record, 200, MG_RANGE_HEADER, MG_RANGE_NO_PART);
        add_range(record, size, body ? MG_RANGE_TEXT : MG_RANGE_CONTENT, part);
        add_range(record, 40, MG_RANGE_STRUCTURE, MG_RANGE_NO_PART);
        return facts;
}

static void add_file(Crowd *crowd, MgRecord *record) {
        MgFacts *facts = add_part(record, MG_PART_ATTACHMENT, "application/pdf", 1000 + below(crowd, 100000));
        GString *name = g_string_new(NULL);
        gboolean known = below(crowd, 3) == 0;

        add_words(crowd, name, 1 + below(crowd, 3));
        if (below(crowd, 3) == 0)
                g_string_append_printf(name, "%u", below(crowd, 10000));
        g_string_append(name, suffixes[rank_of(crowd, G_N_ELEMENTS(suffixes))]);
        set(&facts->name, g_string_free(name, FALSE));
        crowd_digest(known ? rank_of(crowd, CROWD_FILES) : CROWD_FILES + crowd->made * 4 + record->reading->parts->len,
                     facts->sha256);
}

static void add_subject(Crowd *crowd, MgRecord *record) {
        g_autoptr(GString) subject = g_string_new(NULL);

        add_words(crowd, subject, 2 + below(crowd, 4));
        switch (below(crowd, 4)) {
        case 0:
                g_string_append(subject, "について");
                break;
        case 1:
                g_string_append_printf(subject, " (%u)", below(crowd, 100000));
                break;
        default:
                break;
        }
        mg_reading_add_value(record->reading, MG_FIELD_SUBJECT, subject->str, NULL);
}

static void add_hosts(Crowd *crowd, MgRecord *record) {
        static const guint hosts[] = {0, 1, 2, 3, 5};
        guint n = hosts[below(crowd, G_N_ELEMENTS(hosts))];

        for (guint i = 0; i < n; i++) {
                GString *host = g_string_new("www.");
                guint rank = rank_of(crowd, HOSTS);

                add_name(host, SENDERS + DOMAINS + STAFF + rank);
                g_string_append(host, endings[rank % G_N_ELEMENTS(endings)]);
                g_ptr_array_add(record->reading->link_hosts, g_string_free(host, FALSE));
        }
}

MgRecord *crowd_next(Crowd *crowd) {
        static const guint files[] = {0, 0, 0, 1, 1, 2, 3}, rcpts[] = {1, 1, 1, 2, 3};
        MgRecord *record = mg_record_new();
        guint number = crowd->made++, n;

        record->outcome = record->decision->outcome = below(crowd, 500) == 0 ? MG_OUTCOME_FAILED : MG_OUTCOME_CONVERTED;
        set(&record->receipt, mg_receipt_make(1, number));
        set(&record->reply, g_strdup("250 2.0.0 Ok"));
        set(&record->version, g_strdup("0.1.0"));
        set(&record->body_digest, g_strnfill(64, 'a'));
        set(&record->envelope->queue_id, g_strdup_printf("4F%08X", number));
        set(&record->envelope->from, sender_of(rank_of(crowd, SENDERS)));
        set(&record->envelope->client, g_strdup("mx.example.jp [192.0.2.1]"));
        record->envelope->time = FIRST_TIME + (gint64)number * SECONDS_APART;
        n = rcpts[below(crowd, G_N_ELEMENTS(rcpts))];
        for (guint i = 0; i < n; i++)
                g_ptr_array_add(record->envelope->rcpts, staff_of(rank_of(crowd, STAFF)));
        add_subject(crowd, record);
        add_hosts(crowd, record);
        add_part(record, MG_PART_BODY, "text/plain", 100 + below(crowd, 3000));
        n = files[below(crowd, G_N_ELEMENTS(files))];
        for (guint i = 0; i < n; i++)
                add_file(crowd, record);
        crowd_digest(~number, record->sha256);
        return record;
}

GPtrArray *crowd_batch(Crowd *crowd, guint n) {
        GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)mg_record_free);

        for (guint i = 0; i < n; i++)
                g_ptr_array_add(records, crowd_next(crowd));
        return records;
}

static void put(MgIndex *index, MgRecord *record) {
        g_autoptr(GError) error = NULL;
        guint8 key[32];
        gboolean retry;

        crowd_digest(~mg_receipt_serial(record->receipt) ^ 0x55555555u, key);
        mg_index_put(index, record, key, key, (char *[]){"", NULL}, &retry, &error);
        g_assert_no_error(error);
        g_assert_false(retry);
}

void crowd_put(MgIndex *index, GPtrArray *records) {
        g_autoptr(GError) error = NULL;
        gboolean wrote;

        mg_index_begin(index, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < records->len; i++)
                put(index, g_ptr_array_index(records, i));
        mg_index_commit(index, &error);
        g_assert_no_error(error);
        mg_index_write_postings(index, &wrote, &error);
        g_assert_no_error(error);
}
