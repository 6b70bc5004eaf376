/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold on either side of the border, whoever made the Reading: see fuzz.h. Tests no parser by itself.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reading.h"
#include "base/text.h"
#include "base/worker.h"
#include "config/notice.h"
#include "rules/decide.h"
#include "sanitize/sanitize.h"

void fuzz_check(gboolean holds, const char *file, int line, const char *condition) {
        if (holds)
                return;
        fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
        abort();
}

void fuzz_warm(void) {
        g_autoptr(GError) error = NULL;

        if (!mg_sanitize_warm(&error))
                g_error("%s", error->message);
}

/* Octets of the character at p, 0 where it is none. The second octet tells overlong forms, surrogates and the end. */
static gsize character(const guint8 *p, gsize n) {
        static const struct {
                guint8 first, last, second_least, second_most;
                gsize n;
        } rows[] = {
                {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                if (p[0] < rows[i].first || p[0] > rows[i].last || n < rows[i].n)
                        continue;
                if (rows[i].n > 1 && (p[1] < rows[i].second_least || p[1] > rows[i].second_most))
                        return 0;
                for (gsize k = 2; k < rows[i].n; k++)
                        if ((p[k] & 0xC0) != 0x80)
                                return 0;
                return rows[i].n;
        }
        return 0;
}

gboolean fuzz_is_utf8(const char *s, gsize n) {
        for (gsize i = 0; i < n;) {
                gsize length = character((const guint8 *)s + i, n - i);

                if (length == 0)
                        return FALSE;
                i += length;
        }
        return TRUE;
}

void fuzz_check_clean(const char *s, gsize n, gsize max_chars) {
        static const MgClass classes[] = {MG_CLASS_TEXT, MG_CLASS_LINE};

        for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
                guint32 lost = 0, lost_again = 0;
                g_autofree char *clean = mg_text_clean(s, n, classes[i], max_chars, &lost);
                gsize length = strlen(clean);
                g_autofree char *again = mg_text_clean(clean, length, classes[i], max_chars, &lost_again);

                FUZZ_CHECK(fuzz_is_utf8(clean, length));
                FUZZ_CHECK(mg_text_is(clean, length, classes[i]));
                FUZZ_CHECK(max_chars == 0 || (gsize)g_utf8_strlen(clean, -1) <= max_chars);
                FUZZ_CHECK(lost <= n);
                FUZZ_CHECK(strcmp(clean, again) == 0 && lost_again == 0);
        }
}

GBytes *fuzz_put(const MgReading *reading) {
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_reading_put(&writer, reading);
        return g_bytes_new(writer.bytes->data, writer.bytes->len);
}

void fuzz_check_crosses(const MgReading *reading, const MgLimits *limits) {
        g_autoptr(GBytes) bytes = fuzz_put(reading), again = NULL;
        g_autoptr(MgReading) there = NULL;
        g_autoptr(GError) error = NULL;
        MgReader reader;

        /* With its length in front. */
        FUZZ_CHECK(g_bytes_get_size(bytes) + sizeof(guint64) <= mg_work_result_size(&(MgWorkOrder){.limits = *limits}));
        mg_reader_init(&reader, bytes);
        there = mg_reading_get(&reader, limits);
        if (!mg_reader_end(&reader, &error))
                fprintf(stderr, "the border refuses: %s\n", error->message);
        FUZZ_CHECK(!error);
        again = fuzz_put(there);
        FUZZ_CHECK(g_bytes_equal(bytes, again));
}

/* What a policy may ask for that compose does another way. */
static const struct {
        MgLinkMode links;
        MgCharset charset;
} wishes[] = {
        {MG_LINKS_DEFANG, MG_CHARSET_UTF_8},       {MG_LINKS_TEXT, MG_CHARSET_UTF_8},
        {MG_LINKS_DEFANG, MG_CHARSET_ISO_2022_JP}, {MG_LINKS_HOST, MG_CHARSET_UTF_8},
        {MG_LINKS_REMOVE, MG_CHARSET_ISO_2022_JP},
};

/* Made once: a policy does not change. */
static const MgPolicy *policy_of(gsize wish) {
        static MgPolicy *policies[G_N_ELEMENTS(wishes)];
        g_autoptr(GError) error = NULL;

        if (policies[wish])
                return policies[wish];
        policies[wish] = mg_policy_new();
        policies[wish]->links = wishes[wish].links;
        policies[wish]->charset = wishes[wish].charset;
        if (!mg_notice_load(FUZZ_RULES_DIR, policies[wish], &error))
                g_error("%s", error->message);
        mg_policy_seal(policies[wish]);
        return policies[wish];
}

static void check_composed(const MgReading *reading, const MgPolicy *policy) {
        g_autoptr(MgEnvelope) envelope = mg_envelope_new();
        g_autoptr(MgDecision) decision = mg_decide(policy, &(MgMailFacts){0}, reading);
        g_autoptr(MgGrammarView) view = NULL;
        g_autoptr(GError) error = NULL;
        MgFailure failure = MG_FAILURE_NONE;

        envelope->time = 1795159200; /* 2026-11-20 07:20:00 UTC */
        FUZZ_CHECK(decision->parts->len == reading->parts->len);
        FUZZ_CHECK((decision->outcome == MG_OUTCOME_FAILED) == (reading->failure != MG_FAILURE_NONE));
        const MgOutgoingInput input = {
                .policy = policy,
                .envelope = envelope,
                .reading = reading,
                .decision = decision,
                .receipt = "0000005724",
                .size = 4321,
        };
        view = mg_compose_checked(&input, &failure, &error);
        FUZZ_CHECK(view && !error);
        FUZZ_CHECK(failure == reading->failure);
}

void fuzz_check_composed(const MgReading *reading, gsize wish) {
        check_composed(reading, policy_of(wish % G_N_ELEMENTS(wishes)));
}
