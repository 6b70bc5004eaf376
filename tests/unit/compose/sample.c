/* SPDX-License-Identifier: Apache-2.0 */
/* Readings to compose. Reads what comes out with GLib's base64 and iconv, not with the grammar's own readers. */
#include "sample.h"

#include <string.h>

#include "base/text.h"
#include "config/notice.h"

MgPolicy *sample_policy(guint32 languages, MgCharset charset, MgLinkMode links) {
        MgPolicy *policy = mg_policy_new();
        g_autoptr(GError) error = NULL;

        policy->languages = languages;
        policy->charset = charset;
        policy->links = links;
        g_free(policy->subject_tag);
        policy->subject_tag = g_strdup("【添付削除】");
        if (!mg_notice_load(TEST_RULES_DIR, policy, &error))
                g_error("%s", error->message);
        mg_policy_seal(policy);
        return policy;
}

static Sample *sample_empty(MgPolicy *policy) {
        Sample *sample = g_new0(Sample, 1);

        sample->policy = policy;
        sample->envelope = mg_envelope_new();
        sample->reading = mg_reading_new();
        sample->decision = mg_decision_new();
        g_free(sample->envelope->from);
        sample->envelope->from = g_strdup("taro@example.jp");
        g_ptr_array_add(sample->envelope->rcpts, g_strdup("hanako@city.example.lg.jp"));
        sample->envelope->time = 1795159200; /* 2026-11-20 07:20:00 UTC */
        sample->decision->outcome = MG_OUTCOME_CONVERTED;
        sample->input = (MgOutgoingInput){
                .policy = policy,
                .envelope = sample->envelope,
                .reading = sample->reading,
                .decision = sample->decision,
                .receipt = "0000005724",
                .size = 4321,
        };
        return sample;
}

Sample *sample_new(MgPolicy *policy) {
        Sample *sample = sample_empty(policy);
        MgReading *reading = sample->reading;

        mg_reading_add_value(reading, MG_FIELD_FROM, "山田 太郎", "taro@example.jp");
        mg_reading_add_value(reading, MG_FIELD_TO, "Hanako", "hanako@city.example.lg.jp");
        mg_reading_add_value(reading, MG_FIELD_SUBJECT, "会議のお知らせ", NULL);
        mg_reading_add_value(reading, MG_FIELD_MESSAGE_ID, "1@example.jp", NULL);
        reading->date = 1795159100;
        reading->date_zone = 540;
        sample_set_body(sample, "こんにちは。\n", -1);
        g_free(reading->body_type);
        reading->body_type = g_strdup("text/plain");
        return sample;
}

void sample_free(Sample *sample) {
        mg_policy_unref(sample->policy);
        mg_envelope_free(sample->envelope);
        mg_reading_free(sample->reading);
        mg_decision_free(sample->decision);
        g_free(sample);
}

void sample_set_body(Sample *sample, const char *body, gssize n) {
        g_bytes_unref(sample->reading->body);
        sample->reading->body = g_bytes_new(body, n < 0 ? strlen(body) : (gsize)n);
}

void sample_add_part(Sample *sample, MgPartKind kind, const char *name, const char *type, guint64 size) {
        MgFacts *facts = mg_facts_new();
        MgPartDecision part = {
                .action = kind == MG_PART_BODY ? MG_ACTION_CONVERT : MG_ACTION_REMOVE,
                .listed = kind != MG_PART_BODY && kind != MG_PART_ALTERNATIVE && kind != MG_PART_INLINE_PICTURE,
                .rule = g_strdup("text-only"),
                .reason = g_strdup("only text crosses"),
                .type = {g_strdup(type), g_strdup("a type")},
                .why = MG_TEXT_why_file,
        };

        facts->kind = kind;
        g_free(facts->name);
        facts->name = g_strdup(name);
        facts->size = size;
        g_ptr_array_add(sample->reading->parts, facts);
        g_array_append_val(sample->decision->parts, part);
}

void sample_say_why(Sample *sample, MgTextId why) {
        GArray *parts = sample->decision->parts;

        g_array_index(parts, MgPartDecision, parts->len - 1).why = why;
}

static const char *const pieces[] = {
        "a",
        "B",
        "0",
        " ",
        "  ",
        "\n",
        "\t",
        "日本",
        "語",
        "髙",
        "①",
        "㈱",
        "ｶﾞ",
        "か\xE3\x82\x99",
        "葛\xF3\xA0\x84\x80",
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
        "é",
        "ß",
        "، ",
        "http://",
        "https://",
        "www.",
        "example.jp",
        ".com",
        "evil.exe",
        "javascript:",
        "\\\\srv",
        "a@b.jp",
        "@",
        ":",
        "//",
        "=?",
        "?=",
        "=?utf-8?Q?=0D=0ABcc:x?=",
        "\"",
        "\\",
        "<",
        ">",
        "(",
        ")",
        ",",
        ";",
        "From ",
        ".",
        "--",
        "Bcc: x",
        "━━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━━",
        "〓",
        "\xEF\xBF\xBD",
        "…",
        "～",
        "−",
        "①②",
        "\xE2\x84\xA1",
        "\xE2\x92\x88",
        "。",
        "．",
        "｡",
        "\xE2\x80\xA4jp",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "あああああああああああああああああああああああああああああああああああああああああああああああああ",
        "{count}",
        "{name}",
        "%s%n",
        "\r\n",
        "begin",
        "begin 644 a",
        "begin-base64 ",
        "=ybegin ",
        "(This file must be converted with BinHex",
        "　",
        "644 ",
        "ここから下は無害化ゲートウェイからのお知らせです",
        "\xCC\x81",
        "evil.com@",
        "президент.рф/",
        "例え.みんな",
        "imap:",
        "foo.com-bar",
};

char *sample_text(GRand *rand, MgClass class, guint max) {
        g_autoptr(GString) raw = g_string_new(NULL);
        gint n = g_rand_int_range(rand, 0, 20);
        char *text;

        if (g_rand_int_range(rand, 0, 40) == 0)
                n = (gint)MIN(max, 4000u);
        for (gint i = 0; i < n; i++)
                g_string_append(raw, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        text = mg_text_clean(raw->str, raw->len, class, max, NULL);
        g_assert_true(mg_text_is(text, strlen(text), class));
        return text;
}

/* A random string over the alphabet, of 1 to max octets. */
static char *random_word(GRand *rand, const char *alphabet, gint max) {
        gint n = 1 + (g_rand_int_range(rand, 0, 20) == 0 ? max - 1 : g_rand_int_range(rand, 0, MIN(max, 24)));
        GString *out = g_string_new(NULL);

        for (gint i = 0; i < n; i++)
                g_string_append_c(out, alphabet[g_rand_int_range(rand, 0, (gint32)strlen(alphabet))]);
        return g_string_free(out, FALSE);
}

static char *random_address(GRand *rand) {
        g_autofree char *local = random_word(rand, "abcXYZ019.._-+=?%{}'!#$&*/^`|~", 60);
        g_autofree char *host = random_word(rand, "abc019-_", 60);

        switch (g_rand_int_range(rand, 0, 8)) {
        case 0:
                return g_strdup("");
        case 1:
                return g_strdup_printf("%s@[192.0.2.1]", local);
        case 2:
                return g_strdup("abc..def.@docomo.ne.jp");
        default:
                return g_strdup_printf("%s@%s.jp", local, host);
        }
}

static void add_random_values(GRand *rand, Sample *sample) {
        static const MgFieldId lists[] = {MG_FIELD_FROM, MG_FIELD_REPLY_TO, MG_FIELD_TO, MG_FIELD_CC};
        MgReading *reading = sample->reading;

        for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
                gint n = g_rand_int_range(rand, 0, 30) == 0 ? 500 : g_rand_int_range(rand, 0, 4);

                for (gint k = 0; k < n; k++) {
                        g_autofree char *text = sample_text(rand, MG_CLASS_LINE, 1000);
                        g_autofree char *address = random_address(rand);

                        mg_reading_add_value(reading, lists[i], text, address);
                }
        }
        for (MgFieldId id = MG_FIELD_MESSAGE_ID; id <= MG_FIELD_REFERENCES; id++) {
                gint n = id == MG_FIELD_MESSAGE_ID ? g_rand_int_range(rand, 0, 2) : g_rand_int_range(rand, 0, 60);

                for (gint k = 0; k < n; k++) {
                        g_autofree char *text = random_word(rand, "abc019.@-_=?%[]:;!#$&'*+/^`{|}~", 998);

                        mg_reading_add_value(reading, id, text, NULL);
                }
        }
        for (MgFieldId id = MG_FIELD_SUBJECT; id < _MG_FIELD_N; id++) {
                g_autofree char *line = sample_text(rand, MG_CLASS_LINE, 1000);
                g_autofree char *word = random_word(rand, "abcXYZ019-_.+:/", 255);
                gboolean token = id == MG_FIELD_AUTO_SUBMITTED || id == MG_FIELD_PRECEDENCE;

                if (g_rand_boolean(rand) && (id == MG_FIELD_SUBJECT || token || id == MG_FIELD_LIST_ID))
                        mg_reading_add_value(reading, id, token ? word : line, id == MG_FIELD_LIST_ID ? word : NULL);
        }
}

static void add_random_hops(GRand *rand, MgReading *reading) {
        gint n = g_rand_int_range(rand, 0, 50) == 0 ? 200 : g_rand_int_range(rand, 0, 5);

        for (gint i = 0; i < n; i++) {
                MgHop *hop = mg_hop_new();
                char **slots[] = {&hop->from, &hop->by, &hop->with, &hop->id};

                for (gsize k = 0; k < G_N_ELEMENTS(slots); k++) {
                        if (g_rand_boolean(rand))
                                continue;
                        g_free(*slots[k]);
                        *slots[k] = random_word(rand, "abcXYZ019.-_:[]/@+=", 255);
                }
                if (g_rand_boolean(rand))
                        hop->time = (gint64)g_rand_int(rand) * (g_rand_int_range(rand, 0, 10) == 0 ? 58 : 1);
                g_ptr_array_add(reading->hops, hop);
        }
}

Sample *sample_random(GRand *rand, MgPolicy *policy) {
        Sample *sample = sample_empty(policy);
        MgReading *reading = sample->reading;
        gint parts = g_rand_int_range(rand, 0, 40) == 0 ? 300 : g_rand_int_range(rand, 0, 4);
        g_autofree char *body = sample_text(rand, MG_CLASS_TEXT, 0);

        if (g_rand_int_range(rand, 0, 20) == 0)
                sample->decision->outcome = MG_OUTCOME_FAILED;
        add_random_values(rand, sample);
        add_random_hops(rand, reading);
        sample_set_body(sample, body, -1);
        for (gint i = 0; i < parts; i++) {
                g_autofree char *name = sample_text(rand, MG_CLASS_LINE, 255);

                sample_add_part(sample, g_rand_int_range(rand, 0, _MG_PART_KIND_N), name, "ZIP書庫", g_rand_int(rand));
                sample_say_why(sample, g_rand_int_range(rand, 0, _MG_TEXT_N));
        }
        reading->marks = g_rand_int(rand) & _MG_MARK_ALL;
        reading->replaced = g_rand_boolean(rand) ? g_rand_int(rand) : 0;
        reading->guessed = g_rand_boolean(rand) ? g_rand_int(rand) : 0;
        reading->hidden = g_rand_boolean(rand) ? g_rand_int(rand) : 0;
        if (g_rand_boolean(rand))
                reading->date = (gint64)(g_rand_double(rand) * 253402300800.0);
        reading->date_zone = g_rand_int_range(rand, -1439, 1440);
        if (g_rand_boolean(rand)) {
                g_free(reading->body_type);
                reading->body_type = g_strdup("text/html");
        }
        if (g_rand_boolean(rand)) {
                g_free(sample->envelope->from);
                sample->envelope->from = sample_text(rand, MG_CLASS_LINE, 300);
        }
        return sample;
}

char *sample_field(const MgGrammarView *view, const char *name) {
        for (guint i = 0; i < view->fields->len; i++) {
                const MgGrammarField *field = &g_array_index(view->fields, MgGrammarField, i);

                if (g_str_equal(field->name, name))
                        return g_strndup(field->value, field->n);
        }
        return NULL;
}

char *sample_body(const MgGrammarView *view) {
        g_autofree char *encoding = sample_field(view, "Content-Transfer-Encoding");
        g_autofree char *type = sample_field(view, "Content-Type");
        g_autofree char *body = g_strndup(view->body, view->body_size);
        g_autofree char *utf8 = NULL;
        g_autoptr(GString) text = NULL;
        gsize n = view->body_size;

        if (g_str_equal(encoding, "base64"))
                g_base64_decode_inplace(body, &n);
        body[n < view->body_size ? n : view->body_size] = '\0';
        utf8 = g_convert(body, (gssize)n, "UTF-8", strstr(type, "iso-2022-jp") ? "ISO-2022-JP" : "UTF-8", NULL, NULL,
                         NULL);
        g_assert_nonnull(utf8);
        text = g_string_new(utf8);
        g_string_replace(text, "\r\n", "\n", 0);
        return g_strdup(text->str);
}
