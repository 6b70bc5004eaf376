/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to requests. Which act leads where is one table; who may act stands with each act. Reads no mail and no
 * object: what is asked for is known from the mail's record.
 */
#include "store/request.h"

#include <string.h>

#include "base/error.h"
#include "config/config.h"
#include "store/audit.h"
#include "store/letter.h"
#include "store/program.h"
#include "store/sight.h"
#include "store/sql.h"

/* A request that came back from the release role is claimed again after a minute, then after two, four, ... up to
 * this. */
#define RETURN_FIRST_SECONDS 60
#define RETURN_MOST_SECONDS 3600

typedef enum Act {
        APPROVE, /* one approval more, and it is not enough */
        APPROVE_LAST,
        DENY,
        EXPIRE,
        HAND_OVER,
        RELEASE,
        FAIL,
        RETURN,
        LOSE,
        SAY_SENT,
        SAY_AGAIN,
        _ACT_N,
} Act;

/* Which time an act sets. */
typedef enum Stamp { NO_STAMP, DECIDED, ENDED } Stamp;

static const struct {
        const char *cannot; /* "request 3 is denied and ..." */
        MgActKind kind;
        Stamp stamp;
} acts[_ACT_N] = {
        [APPROVE] = {"cannot be approved", MG_ACT_REQUEST_APPROVED, NO_STAMP},
        [APPROVE_LAST] = {"cannot be approved", MG_ACT_REQUEST_APPROVED, DECIDED},
        [DENY] = {"cannot be denied", MG_ACT_REQUEST_DENIED, DECIDED},
        [EXPIRE] = {"cannot expire", MG_ACT_REQUEST_EXPIRED, DECIDED},
        [HAND_OVER] = {"cannot be handed over", MG_ACT_HANDED_OVER, NO_STAMP},
        [RELEASE] = {"was not handed over", MG_ACT_RELEASED, ENDED},
        [FAIL] = {"was not handed over", MG_ACT_RELEASE_FAILED, ENDED},
        [RETURN] = {"was not handed over", MG_ACT_RELEASE_RETURNED, NO_STAMP},
        [LOSE] = {"was not handed over", MG_ACT_RELEASE_UNKNOWN, ENDED},
        [SAY_SENT] = {"needs nobody to settle it", MG_ACT_RELEASE_SETTLED, ENDED},
        [SAY_AGAIN] = {"needs nobody to settle it", MG_ACT_RELEASE_SETTLED, NO_STAMP},
};

/* All ways that there are. */
static const struct {
        MgRequestState from;
        Act act;
        MgRequestState to;
} ways[] = {
        {MG_REQUEST_WAITING, APPROVE, MG_REQUEST_WAITING},
        {MG_REQUEST_WAITING, APPROVE_LAST, MG_REQUEST_APPROVED},
        {MG_REQUEST_WAITING, DENY, MG_REQUEST_DENIED},
        {MG_REQUEST_WAITING, EXPIRE, MG_REQUEST_EXPIRED},
        {MG_REQUEST_APPROVED, DENY, MG_REQUEST_DENIED},
        {MG_REQUEST_APPROVED, EXPIRE, MG_REQUEST_EXPIRED},
        {MG_REQUEST_APPROVED, HAND_OVER, MG_REQUEST_HANDED_OVER},
        {MG_REQUEST_APPROVED, FAIL, MG_REQUEST_FAILED},
        {MG_REQUEST_HANDED_OVER, RELEASE, MG_REQUEST_RELEASED},
        {MG_REQUEST_HANDED_OVER, FAIL, MG_REQUEST_FAILED},
        {MG_REQUEST_HANDED_OVER, RETURN, MG_REQUEST_APPROVED},
        {MG_REQUEST_HANDED_OVER, LOSE, MG_REQUEST_UNKNOWN},
        {MG_REQUEST_UNKNOWN, SAY_SENT, MG_REQUEST_RELEASED},
        {MG_REQUEST_UNKNOWN, SAY_AGAIN, MG_REQUEST_APPROVED},
};

/* What its requester is told of a request that comes into this state by another's act. */
static const struct {
        MgRequestState to;
        MgLetterKind kind;
} letters[] = {
        {MG_REQUEST_APPROVED, MG_LETTER_APPROVED}, {MG_REQUEST_DENIED, MG_LETTER_DENIED},
        {MG_REQUEST_EXPIRED, MG_LETTER_EXPIRED},   {MG_REQUEST_RELEASED, MG_LETTER_RELEASED},
        {MG_REQUEST_FAILED, MG_LETTER_FAILED},
};

/* One act on one request. */
typedef struct Step {
        gint64 number;
        Act act;
        const char *actor; /* as in the audit trail */
        const char *text;  /* the result from now on; NULL keeps it */
        gint64 now;
        gint64 tries; /* for RETURN: how often it came back, with this time; a person who says "again" begins anew */
} Step;

static gboolean find_way(MgRequestState from, Act act, MgRequestState *to) {
        for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
                if (ways[i].from != from || ways[i].act != act)
                        continue;
                *to = ways[i].to;
                return TRUE;
        }
        return FALSE;
}

static gboolean write_audit(sqlite3 *db, const Step *step, const MgRequest *request, MgRequestState to,
                            GError **error) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, step->number);
        const MgAct act = {
                .kind = acts[step->act].kind,
                .time = step->now,
                .actor = step->actor,
                .words = {{"request", number}, {"receipt", request->receipt}, {"state", mg_request_state_name(to)}},
        };

        return mg_audit_add(db, &act, error);
}

/* Nobody is told what he did himself, nor twice that a request was approved. */
static gboolean write_letter(sqlite3 *db, const Step *step, const MgRequest *request, MgRequestState to,
                             GError **error) {
        g_autofree char *requester = g_strdup_printf("p:%" G_GINT64_FORMAT, request->requester);

        if (step->act == RETURN || step->act == SAY_AGAIN || g_str_equal(requester, step->actor))
                return TRUE;
        for (guint i = 0; i < G_N_ELEMENTS(letters); i++)
                if (letters[i].to == to)
                        return mg_letter_add(db, letters[i].kind, step->number, step->now, error);
        return TRUE;
}

/* So long a request that came back so often is left in peace. */
static gint64 seconds_before(gint64 tries) {
        return MIN(RETURN_FIRST_SECONDS << CLAMP(tries - 1, 0, 10), RETURN_MOST_SECONDS);
}

/* Takes the way of the act, if the request's state has one. request is as it was before. */
static gboolean take_step(sqlite3 *db, const Step *step, const MgRequest *request, GError **error) {
        static const char update[] = "UPDATE request SET state = ?2,"
                                     " decided = CASE ?3 WHEN 1 THEN ?4 ELSE decided END,"
                                     " ended = CASE ?3 WHEN 2 THEN ?4 ELSE 0 END,"
                                     " tries = coalesce(?7, tries), try_after = ?5,"
                                     " result = CASE WHEN erased THEN result ELSE coalesce(?6, result) END"
                                     " WHERE number = ?1";
        g_autoptr(sqlite3_stmt) statement = NULL;
        MgRequestState to;

        if (!find_way(request->state, step->act, &to)) {
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE, "request %" G_GINT64_FORMAT " is %s and %s", step->number,
                            mg_request_state_name(request->state), acts[step->act].cannot);
                return FALSE;
        }
        statement = mg_sql_prepare(db, update, error);
        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, step->number);
        mg_sql_bind_text(statement, 2, mg_request_state_name(to));
        sqlite3_bind_int(statement, 3, (int)acts[step->act].stamp);
        sqlite3_bind_int64(statement, 4, step->now);
        sqlite3_bind_int64(statement, 5, step->act == RETURN ? step->now + seconds_before(step->tries) : 0);
        mg_sql_bind_text(statement, 6, step->text);
        if (step->act == RETURN || step->act == SAY_AGAIN)
                sqlite3_bind_int64(statement, 7, step->tries);
        return mg_sql_run(db, statement, "change a request", error) && write_audit(db, step, request, to, error) &&
               write_letter(db, step, request, to, error);
}

static gboolean take_step_of(sqlite3 *db, const Step *step, GError **error) {
        g_autoptr(MgRequest) request = mg_request_load(db, step->number, error);

        return request && take_step(db, step, request, error);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static gboolean refuse(GError **error, MgErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean refuse(GError **error, MgErrorCode code, const char *format, ...) {
        va_list arguments;
        g_autofree char *text = NULL;

        va_start(arguments, format);
        text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        g_set_error_literal(error, MG_ERROR, (int)code, text);
        return FALSE;
}

/* Whether the number that a statement with a person and a text gives is above 0. */
static gboolean asks(sqlite3 *db, const char *text, gint64 person, const char *receipt, gboolean *is, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, person);
        mg_sql_bind_text(statement, 2, receipt);
        if (sqlite3_step(statement) != SQLITE_ROW)
                return mg_sql_fail(db, text, error);
        *is = sqlite3_column_int64(statement, 0) > 0;
        return TRUE;
}

/* Who may ask for any mail of his organization, to any address that mail may be released to. */
static gboolean may_any(const MgActor *actor) {
        return (actor->duties & (MG_DUTY_APPROVER | MG_DUTY_OFFICER)) != 0;
}

/* Whether it is mail that the actor may ask for. */
static gboolean is_for(const MgActor *actor, const MgRecord *record, const MgOrganizations *organizations) {
        const MgOrganization *own = mg_organizations_find(organizations, actor->organization);

        for (guint i = 0; i < record->envelope->rcpts->len; i++) {
                const char *address = g_ptr_array_index(record->envelope->rcpts, i);

                if (may_any(actor) ? mg_organizations_of(organizations, address) == own
                                   : mg_sight_is_own(actor, organizations, address))
                        return TRUE;
        }
        return FALSE;
}

/* The mail is still there, and whoever asks may know of it. */
static gboolean check_mail(sqlite3 *db, const MgActor *actor, const MgRecord *record,
                           const MgOrganizations *organizations, GError **error) {
        gboolean has = FALSE;

        if (!asks(db, "SELECT count(*) FROM mail WHERE receipt = ?2", 0, record->receipt, &has, error))
                return FALSE;
        return (has && is_for(actor, record, organizations)) ||
               refuse(error, MG_ERROR_MISSING, "no mail with receipt %s came to %s", record->receipt,
                      may_any(actor) ? "your organization" : "you");
}

/* What the rule said that decided on the mail when it came. */
static gboolean check_terms(const MgActor *actor, const MgRecord *record, GError **error) {
        if (record->terms.release == MG_RELEASE_BY_NOBODY)
                return refuse(error, MG_ERROR_DENIED, "mail %s is released to nobody: a rule said so when it came",
                              record->receipt);
        return record->terms.release == MG_RELEASE_BY_STAFF || (actor->duties & MG_DUTY_OFFICER) ||
               refuse(error, MG_ERROR_DENIED,
                      "only a security officer may ask for mail %s: a rule said so when it came", record->receipt);
}

static gboolean check_address(const MgActor *actor, const char *address, const MgOrganization *organization,
                              GError **error) {
        if (!mg_config_has_domain(organization->release_domains, address))
                return refuse(error, MG_ERROR_USAGE, "nothing may be released to %s; it may be to: %s", address,
                              *organization->release_domains ? organization->release_domains
                                                             : "nowhere (release.allowed_domains is empty)");
        return may_any(actor) || mg_actor_has_address(actor, address) ||
               refuse(error, MG_ERROR_DENIED, "%s is no address of yours", address);
}

static gboolean check_person(sqlite3 *db, const MgActor *actor, GError **error) {
        static const char text[] = "SELECT count(*) >= " G_STRINGIFY(
                MG_REQUEST_WAITING_MAX) " FROM request WHERE person = ?1 AND state = 'waiting'";
        gboolean full = FALSE;

        if (!asks(db, text, actor->person, NULL, &full, error))
                return FALSE;
        return !full || refuse(error, MG_ERROR_USAGE, "you have %d requests that wait; at most so many may",
                               MG_REQUEST_WAITING_MAX);
}

/* What is asked for: indexes of parts of the record, in its order; all of them for the whole original. */
static GArray *parts_asked(const MgRecord *record, const MgRequest *asked, GError **error) {
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint));
        g_autoptr(GHashTable) missing = g_hash_table_new(g_str_hash, g_str_equal);
        GHashTableIter each;
        gpointer path;

        for (guint i = 0; i < asked->parts->len; i++)
                g_hash_table_add(missing, ((MgRequestPart *)g_ptr_array_index(asked->parts, i))->path);
        for (guint i = 0; i < record->reading->parts->len; i++) {
                const MgFacts *facts = g_ptr_array_index(record->reading->parts, i);

                for (guint k = 0; k < asked->parts->len; k++) {
                        const MgRequestPart *part = g_ptr_array_index(asked->parts, k);

                        if (!g_str_equal(part->path, facts->path))
                                continue;
                        g_array_append_val(found, i);
                        g_hash_table_remove(missing, facts->path);
                        break;
                }
                if (asked->parts->len == 0)
                        g_array_append_val(found, i);
        }
        if (g_hash_table_size(missing) > 0) {
                g_hash_table_iter_init(&each, missing);
                g_hash_table_iter_next(&each, &path, NULL);
                refuse(error, MG_ERROR_USAGE, "mail %s has no part %s; mugai show %s lists them", record->receipt,
                       (const char *)path, record->receipt);
                return NULL;
        }
        return g_steal_pointer(&found);
}

/* What runs, and what a scanner did not find clean, needs two whatever the organization says. */
static guint approvals_needed(const MgRecord *record, const GArray *parts, const MgOrganization *organization) {
        if (mg_scan_is_worry(&record->scan))
                return MG_REQUEST_APPROVALS_MAX;
        for (guint i = 0; i < parts->len; i++)
                if (mg_program_is(g_ptr_array_index(record->reading->parts, g_array_index(parts, guint, i))))
                        return MG_REQUEST_APPROVALS_MAX;
        return CLAMP(MAX(organization->approvals, record->terms.approvals), 1, MG_REQUEST_APPROVALS_MAX);
}

static gboolean insert_request(sqlite3 *db, const MgActor *actor, const MgRequest *asked, guint needed, gint64 now,
                               gint64 *number, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db,
                               "INSERT INTO request(receipt, organization, person, state, needed, made, reason)"
                               " VALUES(?1, ?2, ?3, 'waiting', ?4, ?5, ?6)",
                               error);

        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, asked->receipt);
        mg_sql_bind_text(statement, 2, actor->organization);
        sqlite3_bind_int64(statement, 3, actor->person);
        sqlite3_bind_int64(statement, 4, needed);
        sqlite3_bind_int64(statement, 5, now);
        mg_sql_bind_text(statement, 6, asked->reason);
        if (!mg_sql_run(db, statement, "add a request", error))
                return FALSE;
        *number = sqlite3_last_insert_rowid(db);
        return TRUE;
}

static gboolean insert_parts(sqlite3 *db, gint64 number, const MgRecord *record, const GArray *parts, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db,
                               "INSERT INTO request_part(request, position, path, name, found, size, sha256)"
                               " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                               error);
        gboolean well = statement != NULL;

        for (guint i = 0; well && i < parts->len; i++) {
                guint at = g_array_index(parts, guint, i);
                const MgFacts *facts = g_ptr_array_index(record->reading->parts, at);

                sqlite3_bind_int64(statement, 1, number);
                sqlite3_bind_int64(statement, 2, at);
                mg_sql_bind_text(statement, 3, facts->path);
                mg_sql_bind_text(statement, 4, facts->name);
                mg_sql_bind_text(statement, 5, facts->found);
                sqlite3_bind_int64(statement, 6, (sqlite3_int64)facts->size);
                mg_sql_bind_blob(statement, 7, facts->sha256, sizeof facts->sha256);
                well = mg_sql_run(db, statement, "add a part of a request", error);
        }
        return well;
}

static gboolean insert_addresses(sqlite3 *db, gint64 number, const GPtrArray *addresses, GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "INSERT OR IGNORE INTO request_address(request, address) VALUES(?1, ?2)", error);
        gboolean well = statement != NULL;

        for (guint i = 0; well && i < addresses->len; i++) {
                sqlite3_bind_int64(statement, 1, number);
                mg_sql_bind_text(statement, 2, g_ptr_array_index(addresses, i));
                well = mg_sql_run(db, statement, "add an address of a request", error);
        }
        return well;
}

static gboolean write_made(sqlite3 *db, const MgActor *actor, const MgRequest *asked, guint needed, gint64 number,
                           gint64 now, GError **error) {
        g_autofree char *request = g_strdup_printf("%" G_GINT64_FORMAT, number);
        g_autofree char *parts = asked->parts->len > 0 ? g_strdup_printf("%u", asked->parts->len) : g_strdup("whole");
        g_autofree char *addresses = g_strdup_printf("%u", asked->addresses->len);
        g_autofree char *approvals = g_strdup_printf("%u", needed);
        const MgAct act = {
                .kind = MG_ACT_REQUEST_MADE,
                .time = now,
                .actor = actor->name,
                .words = {{"request", request},
                          {"receipt", asked->receipt},
                          {"parts", parts},
                          {"addresses", addresses},
                          {"approvals", approvals}},
        };

        return mg_audit_add(db, &act, error);
}

gboolean mg_request_add(sqlite3 *db, const MgActor *actor, const MgRecord *record, const MgRequest *asked,
                        const MgOrganizations *organizations, gint64 now, gint64 *number, GError **error) {
        const MgOrganization *own = mg_organizations_find(organizations, actor->organization);
        g_autoptr(GArray) parts = NULL;
        guint needed;
        gboolean well;

        if (!own)
                return refuse(
                        error, MG_ERROR_DENIED,
                        "your organization, %s, has no section in mugai.conf: nobody can say where its mail may be "
                        "released to",
                        actor->organization);
        well = check_mail(db, actor, record, organizations, error) && check_terms(actor, record, error) &&
               check_person(db, actor, error);

        for (guint i = 0; well && i < asked->addresses->len; i++)
                well = check_address(actor, g_ptr_array_index(asked->addresses, i), own, error);
        if (well && !*asked->reason)
                well = refuse(error, MG_ERROR_USAGE, "a request needs a reason");
        parts = well ? parts_asked(record, asked, error) : NULL;
        if (!parts)
                return FALSE;
        if (asked->parts->len > 0 && parts->len > MG_REQUEST_PARTS_MAX)
                return refuse(error, MG_ERROR_USAGE, "%u parts are asked for; at most %d may be", parts->len,
                              MG_REQUEST_PARTS_MAX);
        needed = approvals_needed(record, parts, own);
        /* The whole original is a request without parts. */
        if (asked->parts->len == 0)
                g_array_set_size(parts, 0);
        return insert_request(db, actor, asked, needed, now, number, error) &&
               insert_parts(db, *number, record, parts, error) &&
               insert_addresses(db, *number, asked->addresses, error) &&
               write_made(db, actor, asked, needed, *number, now, error);
}

/* --- deciding ----------------------------------------------------------------------------------------------------- */

/* The request, if the actor has one of these duties in its organization; or, where own, if he made it. */
static MgRequest *load_for(sqlite3 *db, const MgActor *actor, gint64 number, guint32 duties, gboolean own,
                           GError **error) {
        g_autoptr(MgRequest) request = mg_request_load(db, number, error);

        if (!request)
                return NULL;
        if (own && request->requester == actor->person)
                return g_steal_pointer(&request);
        /* Of what belongs to others not even that it is there is said. */
        if (!(actor->duties & duties) || !g_str_equal(request->organization, actor->organization)) {
                refuse(error, MG_ERROR_MISSING, "there is no request %" G_GINT64_FORMAT, number);
                return NULL;
        }
        return g_steal_pointer(&request);
}

/* "NAME: reason", as the result of a request says what a person decided. Caller frees. */
static char *said_by(sqlite3 *db, const MgActor *actor, const char *reason) {
        g_autofree char *name = mg_request_name_of(db, actor->person);

        return g_strdup_printf("%s: %s", name, reason);
}

static gboolean insert_approval(sqlite3 *db, const MgActor *actor, gint64 number, const char *reason, gint64 now,
                                GError **error) {
        g_autoptr(sqlite3_stmt) statement =
                mg_sql_prepare(db, "INSERT INTO approval(request, person, time, reason) VALUES(?1, ?2, ?3, ?4)", error);

        if (!statement)
                return FALSE;
        sqlite3_bind_int64(statement, 1, number);
        sqlite3_bind_int64(statement, 2, actor->person);
        sqlite3_bind_int64(statement, 3, now);
        mg_sql_bind_text(statement, 4, reason);
        return mg_sql_run(db, statement, "add an approval", error);
}

gboolean mg_request_approve(sqlite3 *db, const MgActor *actor, gint64 number, const char *reason, gint64 now,
                            GError **error) {
        g_autoptr(MgRequest) request = load_for(db, actor, number, MG_DUTY_APPROVER, FALSE, error);
        Step step = {number, APPROVE, actor->name, NULL, now};

        if (!request)
                return FALSE;
        if (request->requester == actor->person)
                return refuse(error, MG_ERROR_DENIED,
                              "request %" G_GINT64_FORMAT " is your own: another person approves it", number);
        for (guint i = 0; i < request->approvals->len; i++)
                if (((MgApproval *)g_ptr_array_index(request->approvals, i))->person == actor->person)
                        return refuse(error, MG_ERROR_DENIED,
                                      "you approved request %" G_GINT64_FORMAT " already: it needs another person",
                                      number);
        if (request->approvals->len + 1 >= request->needed)
                step.act = APPROVE_LAST;
        return take_step(db, &step, request, error) && insert_approval(db, actor, number, reason, now, error);
}

gboolean mg_request_deny(sqlite3 *db, const MgActor *actor, gint64 number, const char *reason, gint64 now,
                         GError **error) {
        g_autoptr(MgRequest) request = load_for(db, actor, number, MG_DUTY_APPROVER | MG_DUTY_OFFICER, TRUE, error);
        g_autofree char *text = said_by(db, actor, reason);
        const Step step = {number, DENY, actor->name, text, now};

        if (!request)
                return FALSE;
        if (!*reason)
                return refuse(error, MG_ERROR_USAGE, "a request is denied with a reason");
        return take_step(db, &step, request, error);
}

gboolean mg_request_say(sqlite3 *db, const MgActor *actor, gint64 number, MgSettle how, const char *reason, gint64 now,
                        GError **error) {
        g_autoptr(MgRequest) request = load_for(db, actor, number, MG_DUTY_APPROVER | MG_DUTY_OFFICER, FALSE, error);
        g_autofree char *text = said_by(db, actor, reason);
        const Step step = {number, how == MG_SETTLE_SENT ? SAY_SENT : SAY_AGAIN, actor->name, text, now};

        if (!request)
                return FALSE;
        if (request->requester == actor->person)
                return refuse(error, MG_ERROR_DENIED,
                              "request %" G_GINT64_FORMAT " is your own: another person settles it", number);
        if (!*reason)
                return refuse(error, MG_ERROR_USAGE, "a request is settled with a reason");
        return take_step(db, &step, request, error);
}

/* --- the gateway -------------------------------------------------------------------------------------------------- */

#define GATEWAY "gateway"

/* Numbers of the requests for which a condition holds, lowest first; ?1 and ?2 in it are receipt and time. */
static GArray *numbers_where(sqlite3 *db, const char *condition, const char *receipt, gint64 time, GError **error) {
        g_autofree char *text = g_strdup_printf("SELECT number FROM request WHERE %s ORDER BY number", condition);
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);
        g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
        int result;

        if (!statement)
                return NULL;
        mg_sql_bind_text(statement, 1, receipt);
        sqlite3_bind_int64(statement, 2, time);
        while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
                gint64 number = sqlite3_column_int64(statement, 0);

                g_array_append_val(numbers, number);
        }
        if (result == SQLITE_DONE)
                return g_steal_pointer(&numbers);
        mg_sql_fail(db, "look for requests", error);
        return NULL;
}

/* Takes the step for each request of a list; step's number is set here. */
static gboolean take_steps(sqlite3 *db, Step *step, const GArray *numbers, GError **error) {
        for (guint i = 0; i < numbers->len; i++) {
                step->number = g_array_index(numbers, gint64, i);
                if (!take_step_of(db, step, error))
                        return FALSE;
        }
        return TRUE;
}

gboolean mg_requests_lose(sqlite3 *db, gint64 now, GError **error) {
        g_autoptr(GArray) numbers = numbers_where(db, "state = 'handed-over'", NULL, 0, error);
        Step step = {0, LOSE, GATEWAY, "the release role ended before it could say whether this was sent", now};

        return numbers && take_steps(db, &step, numbers, error) && mg_letters_lose(db, error);
}

gboolean mg_request_hand_over(sqlite3 *db, gint64 number, gint64 now, GError **error) {
        const Step step = {number, HAND_OVER, GATEWAY, NULL, now};

        return take_step_of(db, &step, error);
}

static gint64 tries_of(sqlite3 *db, gint64 number) {
        g_autofree char *text = g_strdup_printf("SELECT tries FROM request WHERE number = %" G_GINT64_FORMAT, number);
        gint64 tries = 0;

        return mg_sql_number(db, text, &tries, NULL) ? tries : 0;
}

/* Counts a RETURN; at the bound it is a failure, whose words *text are then. */
static void count_return(sqlite3 *db, Step *step, char **text) {
        if (step->act != RETURN)
                return;
        step->tries = tries_of(db, step->number) + 1;
        if (step->tries < MG_REQUEST_RETURNS_MAX)
                return;
        *text = g_strdup_printf("it came back %" G_GINT64_FORMAT " times, and at most %d may be tried: %s", step->tries,
                                MG_REQUEST_RETURNS_MAX, step->text);
        step->act = FAIL;
        step->text = *text;
}

gboolean mg_request_end(sqlite3 *db, gint64 number, MgOrderResult result, const char *text, gint64 now,
                        GError **error) {
        static const Act by_result[_MG_ORDER_RESULT_N] = {
                [MG_ORDER_RELEASED] = RELEASE,
                [MG_ORDER_FAILED] = FAIL,
                [MG_ORDER_RETURNED] = RETURN,
                [MG_ORDER_UNSURE] = LOSE,
        };
        Step step = {number, by_result[result], GATEWAY, text, now, 0};
        g_autoptr(MgRequest) request = mg_request_load(db, number, error);
        g_autofree char *spent = NULL;
        MgRequestState to;

        if (!request)
                return FALSE;
        /* Said before; the answer was lost. */
        if (find_way(MG_REQUEST_HANDED_OVER, step.act, &to) && request->state == to)
                return TRUE;
        count_return(db, &step, &spent);
        return take_step(db, &step, request, error);
}

gboolean mg_requests_expire(sqlite3 *db, gint64 made, gint64 now, GError **error) {
        g_autoptr(GArray) numbers = numbers_where(db, "state = 'waiting' AND made <= ?2", NULL, made, error);
        Step step = {0, EXPIRE, GATEWAY, "nobody decided in time", now};

        return numbers && take_steps(db, &step, numbers, error);
}

static gboolean do_for_receipt(sqlite3 *db, const char *text, const char *receipt, GError **error) {
        g_autoptr(sqlite3_stmt) statement = mg_sql_prepare(db, text, error);

        if (!statement)
                return FALSE;
        mg_sql_bind_text(statement, 1, receipt);
        return mg_sql_run(db, statement, "erase requests", error);
}

gboolean mg_requests_erase(sqlite3 *db, const char *receipt, gint64 now, GError **error) {
        static const char *const erase[] = {
                "DELETE FROM request_part WHERE request IN (SELECT number FROM request WHERE receipt = ?1)",
                "DELETE FROM request_address WHERE request IN (SELECT number FROM request WHERE receipt = ?1)",
                "UPDATE approval SET reason = '' WHERE request IN (SELECT number FROM request WHERE receipt = ?1)",
                "UPDATE request SET erased = 1, reason = '', result = 'the retention of the mail has ended' WHERE "
                "receipt = ?1",
        };
        g_autoptr(GArray) numbers =
                numbers_where(db, "state IN ('waiting', 'approved') AND receipt = ?1", receipt, 0, error);
        Step step = {0, EXPIRE, GATEWAY, NULL, now};

        if (!numbers || !take_steps(db, &step, numbers, error))
                return FALSE;
        for (guint i = 0; i < G_N_ELEMENTS(erase); i++)
                if (!do_for_receipt(db, erase[i], receipt, error))
                        return FALSE;
        return TRUE;
}
