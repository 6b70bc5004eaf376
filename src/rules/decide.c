/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide: what becomes of a mail by the policy's rules, and of each part by them or by a table over its kind
 *
 * Pure: same Facts, same Decision. Nothing that a sender says about a part makes it pass, and what an exemption says
 * only where keep.c has nothing against it. Names and types only take away: a part whose kind would leave it out of
 * the list stays out only where its types say the same as its kind.
 */
#include "rules/decide.h"

#include "rules/keep.h"
#include "rules/match.h"
#include "rules/nature.h"

typedef struct Row {
        const char *name;
        MgAction action;
        gboolean listed;
        const char *reason; /* NULL: as reasons say of the part */
} Row;

static const Row text_only = {"text-only", MG_ACTION_REMOVE, TRUE, NULL};
static const Row failed = {"failed", MG_ACTION_REMOVE, FALSE, "the mail could not be converted"};

/* By kind. A kind that has no row here gets text_only. */
static const Row rows[_MG_PART_KIND_N] = {
        [MG_PART_BODY] = {"body", MG_ACTION_CONVERT, FALSE, "its text is the body"},
        [MG_PART_ALTERNATIVE] = {"alternative", MG_ACTION_REMOVE, FALSE,
                                 "another form of the text that is in the body"},
        [MG_PART_INLINE_PICTURE] = {"inline-picture", MG_ACTION_REMOVE, FALSE, "a picture inside the body"},
};

/* Types of the pictures that are left out of the list. A picture that is text or can hold a program is listed. */
static const char *const pictures[] = {"image/png", "image/jpeg", "image/gif",      "image/webp",
                                       "image/bmp", "image/tiff", "image/x-ms-bmp", NULL};
/* The forms of a text that mail programs send beside each other. */
static const char *const texts[] = {"text/plain",    "text/html",       "text/calendar",
                                    "text/enriched", "text/x-amp-html", NULL};

/* Whether the facts bear out a kind that is not listed: the worker that said it has read hostile bytes. */
static gboolean is_borne_out(const MgFacts *facts) {
        if (facts->kind == MG_PART_INLINE_PICTURE)
                return g_strv_contains(pictures, facts->found);
        if (facts->kind == MG_PART_ALTERNATIVE)
                return !*facts->name && g_strv_contains(texts, facts->claimed);
        return TRUE;
}

static const Row *row_for(const MgReading *reading, const MgFacts *facts) {
        if (reading->failure != MG_FAILURE_NONE)
                return &failed;
        if (facts->kind >= _MG_PART_KIND_N || !rows[facts->kind].name || !is_borne_out(facts))
                return &text_only;
        return &rows[facts->kind];
}

static gboolean is_signed(const MgFacts *facts) {
        return g_str_equal(facts->found, "application/pkcs7-mime");
}

static gboolean is_partial(const MgFacts *facts) {
        return g_str_equal(facts->claimed, "message/partial");
}

static gboolean is_encoded(const MgFacts *facts) {
        return facts->kind == MG_PART_ENCODED_TEXT;
}

static gboolean is_message(const MgFacts *facts) {
        return facts->kind == MG_PART_MESSAGE;
}

static gboolean is_calendar(const MgFacts *facts) {
        return facts->kind == MG_PART_CALENDAR;
}

static gboolean is_ambiguous(const MgFacts *facts) {
        return facts->flags & MG_PART_AMBIGUOUS;
}

/*
 * Why a file does not cross: the first that is true of it is said. Nothing is decided by this. What a sender claims is
 * believed only of fragments, which are nothing but a claim.
 */
typedef struct Reason {
        gboolean (*is)(const MgFacts *facts); /* NULL: always */
        MgTextId why;                         /* for readers */
        const char *reason;                   /* for administrators */
} Reason;

static const Reason reasons[] = {
        {mg_nature_is_program, MG_TEXT_why_program, "a program, or a file that can run as one; only text crosses"},
        {mg_nature_is_encrypted, MG_TEXT_why_encrypted, "encrypted; only text crosses"},
        {is_signed, MG_TEXT_why_signed, "content inside a signature that is not opened; only text crosses"},
        {mg_nature_is_signature, MG_TEXT_why_signature, "a signature; only text crosses"},
        {is_partial, MG_TEXT_why_partial, "a fragment of a message; only text crosses"},
        {is_encoded, MG_TEXT_why_encoded, "encoded data cut out of the text"},
        {is_message, MG_TEXT_why_message, "a message inside the message; only text crosses"},
        {is_calendar, MG_TEXT_why_calendar, "a calendar entry; only text crosses"},
        {is_ambiguous, MG_TEXT_why_ambiguous, "readers may disagree on it; only text crosses"},
        {NULL, MG_TEXT_why_file, "only text crosses"},
};

static const Reason *reason_for(const MgFacts *facts) {
        const Reason *reason = reasons;

        while (reason->is && !reason->is(facts))
                reason++;
        return reason;
}

/* What a rule on parts says of a part that is no text of the body. The reader is told. */
static const MgRule *rule_for(const GPtrArray *open, const MgMatcher *matcher, const MgFacts *facts) {
        return mg_matcher_asks_part(matcher, facts) ? mg_rules_for_part(open, matcher, facts) : NULL;
}

/* What the parts that go on as files have taken of the limits. */
typedef struct Kept {
        guint64 parts, bytes;
} Kept;

/* Why a part does not go on as a file for want of room, or NULL: it has taken its room. */
static char *no_room(const MgLimits *limits, const MgFacts *facts, Kept *kept) {
        const guint64 parts = kept->parts + 1, bytes = kept->bytes + facts->size;

        if (parts > limits->kept_parts)
                return g_strdup_printf("limits.kept_parts is %" G_GUINT64_FORMAT
                                       ", it would be number %" G_GUINT64_FORMAT,
                                       limits->kept_parts, parts);
        if (bytes > limits->kept_bytes)
                return g_strdup_printf("limits.kept_bytes is %" G_GUINT64_FORMAT
                                       ", with it there would be %" G_GUINT64_FORMAT,
                                       limits->kept_bytes, bytes);
        *kept = (Kept){parts, bytes};
        return NULL;
}

/* By an exemption; what is against it is said. A mail that does not go on has no files. */
static void keep_part(const MgPolicy *policy, const MgMatcher *matcher, const MgRule *rule, const MgFacts *facts,
                      const MgDecision *decision, Kept *kept, MgPartDecision *part) {
        const char *why = decision->outcome != MG_OUTCOME_CONVERTED
                                  ? "the mail does not go on"
                                  : mg_keep_refusal(matcher->mail, matcher->reading, facts);
        g_autofree char *full = why ? NULL : no_room(&policy->limits, facts, kept);

        if (why || full) {
                mg_part_decision_drop(part, why ? why : full);
                return;
        }
        part->action = MG_ACTION_KEEP;
        part->listed = FALSE;
        part->approved_by = g_strdup(rule->approved_by);
}

static void decide_part(const MgPolicy *policy, const GPtrArray *open, const MgMatcher *matcher, const MgFacts *facts,
                        Kept *kept, MgDecision *decision) {
        const MgRule *rule = rule_for(open, matcher, facts);
        const Row *row = rule ? &text_only : row_for(matcher->reading, facts);
        const Reason *reason = reason_for(facts);
        const MgTypeName *type = mg_type_name(facts->found);
        const char *why = row->reason ? row->reason : reason->reason;
        MgPartDecision part = {
                .action = row->action,
                .listed = row->listed,
                .rule = g_strdup(rule ? rule->name : row->name),
                .reason = g_strdup(rule && *rule->reason ? rule->reason : why),
                .why = reason->why,
                .type = {g_strdup(type->ja), g_strdup(type->en)},
        };

        if (rule && rule->part == MG_PART_ACTION_KEEP)
                keep_part(policy, matcher, rule, facts, decision, kept, &part);
        g_array_append_val(decision->parts, part);
}

static MgOutcome outcome_of(const MgRule *rule, const MgReading *reading) {
        if (rule && rule->mail == MG_MAIL_REJECT)
                return MG_OUTCOME_REFUSED;
        if (reading->failure != MG_FAILURE_NONE)
                return MG_OUTCOME_FAILED;
        return rule && rule->mail == MG_MAIL_HOLD ? MG_OUTCOME_HELD : MG_OUTCOME_CONVERTED;
}

static void note_rule(MgDecision *decision, const MgRule *rule) {
        g_free(decision->rule);
        g_free(decision->reason);
        g_free(decision->text);
        decision->rule = g_strdup(rule->name);
        decision->reason = g_strdup_printf("by rule %s%s%s", rule->name, *rule->reason ? ": " : "", rule->reason);
        decision->text = g_strdup(rule->text);
        decision->terms = rule->terms;
}

MgDecision *mg_decide(const MgPolicy *policy, const MgMailFacts *mail, const MgReading *reading) {
        g_auto(MgMatcher) matcher = {0};
        g_autoptr(GPtrArray) open = NULL;
        MgDecision *decision = mg_decision_new();
        const MgRule *rule;
        Kept kept = {0};

        mg_matcher_init(&matcher, mail, reading);
        open = mg_rules_open(policy->rules, &matcher);
        rule = mg_rules_for_mail(open, &matcher);
        if (rule)
                note_rule(decision, rule);
        decision->outcome = outcome_of(rule, reading);
        decision->policy = rule && rule->policy ? rule->policy : policy;
        for (guint i = 0; i < reading->parts->len; i++)
                decide_part(policy, open, &matcher, g_ptr_array_index(reading->parts, i), &kept, decision);
        return decision;
}
