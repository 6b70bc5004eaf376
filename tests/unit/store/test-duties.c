/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which request each duty may make, and what it sees of mail. Who asks is a person with a token; root's part is in
 * test-actor.c.
 */
#include "harness.h"

#include <string.h>

#include "base/audit_client.h"
#include "base/care_client.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/figures_client.h"
#include "base/key_call.h"
#include "base/people_client.h"
#include "base/reading.h"
#include "base/request_client.h"
#include "base/text_call.h"
#include "base/upkeep_client.h"

#define ADMINISTRATOR MG_DUTY_ADMINISTRATOR
#define OFFICER MG_DUTY_OFFICER
#define APPROVER MG_DUTY_APPROVER
#define STAFF MG_DUTY_STAFF
#define AUDITOR MG_DUTY_AUDITOR
#define NOBODY 0
#define WITHOUT (1u << 31) /* person 6, who has no duty */
#define REGISTERED ((guint32)_MG_DUTY_ALL)

/* Every request and the duties that may make it. Written down once more on purpose: a change of the table is seen
 * here. */
static const struct {
        guint32 kind;
        guint32 duties;
} requests[] = {
        {MG_STORE_BEGIN, NOBODY},
        {MG_STORE_EVENT, NOBODY},
        {MG_STORE_QUERY, ADMINISTRATOR | OFFICER | STAFF | AUDITOR},
        {MG_STORE_SHOW, ADMINISTRATOR | OFFICER | STAFF | AUDITOR},
        {MG_STORE_GET, OFFICER},
        {MG_PEOPLE_EDIT, ADMINISTRATOR | OFFICER},
        {MG_PEOPLE_LIST, REGISTERED},
        {MG_PEOPLE_TOKEN, REGISTERED},
        {MG_PEOPLE_REVOKE, REGISTERED},
        {MG_PEOPLE_PASSWORD, REGISTERED},
        {MG_PEOPLE_TOTP, REGISTERED},
        {MG_PEOPLE_SIGN_IN, REGISTERED | WITHOUT},
        {MG_PEOPLE_VOUCH, NOBODY},
        {MG_PEOPLE_SIGN_OUT, REGISTERED},
        {MG_PEOPLE_WHO, REGISTERED | WITHOUT},
        {MG_STORE_AUDIT, ADMINISTRATOR | AUDITOR},
        {MG_UPKEEP_VERIFY, ADMINISTRATOR},
        {MG_UPKEEP_BACKUP, ADMINISTRATOR},
        {MG_REQUEST_CALL_REQUEST, STAFF | APPROVER | OFFICER},
        {MG_REQUEST_CALL_REQUESTS, STAFF | APPROVER | OFFICER},
        {MG_REQUEST_CALL_WAITING, STAFF | APPROVER | OFFICER},
        {MG_REQUEST_CALL_APPROVE, APPROVER},
        {MG_REQUEST_CALL_DENY, STAFF | APPROVER | OFFICER},
        {MG_REQUEST_CALL_SETTLE, APPROVER | OFFICER},
        {MG_REQUEST_CALL_BEGIN, NOBODY},
        {MG_REQUEST_CALL_NEXT, NOBODY},
        {MG_REQUEST_CALL_CLAIM, NOBODY},
        {MG_REQUEST_CALL_RESULT, NOBODY},
        {MG_STORE_ADMIT, NOBODY},
        {MG_REQUEST_CALL_LETTER_CLAIM, NOBODY},
        {MG_REQUEST_CALL_LETTER_RESULT, NOBODY},
        {MG_CARE_HOLD_ADD, OFFICER},
        {MG_CARE_HOLD_END, OFFICER},
        {MG_CARE_HOLDS, OFFICER | AUDITOR},
        {MG_CARE_ORGANIZATIONS, ADMINISTRATOR | OFFICER | AUDITOR},
        {MG_PEOPLE_SESSIONS, REGISTERED},
        {MG_PEOPLE_END_SESSION, REGISTERED},
        {MG_PEOPLE_STEP_UP, REGISTERED},
        {MG_FIGURES_COUNT, ADMINISTRATOR | OFFICER | APPROVER | AUDITOR},
        {MG_KEY_CALL, NOBODY},
        {MG_TEXT_CALL, NOBODY},
};

/* Persons 1 to 5 have one duty each, in the order of MG_DUTIES; 6 has none. Their tokens are their numbers. */
#define PERSONS 6

static void add_persons(const Store *store) {
        for (guint i = 1; i <= PERSONS; i++) {
                g_autofree char *address = g_strdup_printf("person%u@example.jp", i);

                store_add_person(store, i, i < PERSONS ? 1u << (i - 1) : 0, address);
        }
}

static Store *store_with_persons(void) {
        Store *store = store_new();

        add_persons(store);
        return store;
}

/* What the store says to a request that has an empty record: its code, or -1 where it says nothing or is content. */
static int code_of(const Store *store, const char *token, guint32 kind) {
        g_auto(MgPacket) answer = MG_PACKET_INIT;
        g_auto(MgWriter) writer;
        g_autoptr(GError) error = NULL;
        mg_autofd sock = -1;

        mg_writer_init(&writer);
        sock = mg_store_ask(&(MgAsker){store->socket, token}, kind, &writer, NULL, 0, &error);
        g_assert_no_error(error);
        if (mg_store_answer(sock, 10000, MG_STORE_DONE, 0, &answer, &error))
                return -1;
        return error->code == MG_ERROR_CLOSED ? -1 : error->code;
}

static guint32 duties_of(guint32 kind) {
        for (guint i = 0; i < G_N_ELEMENTS(requests); i++)
                if (requests[i].kind == kind)
                        return requests[i].duties;
        return NOBODY;
}

static gboolean is_request(guint32 kind) {
        for (guint i = 0; i < G_N_ELEMENTS(requests); i++)
                if (requests[i].kind == kind)
                        return TRUE;
        return FALSE;
}

static void check_kind(const Store *store, guint32 kind) {
        for (guint i = 1; i <= PERSONS; i++) {
                g_autofree char *token = g_strdup_printf("%u", i);
                int code = code_of(store, token, kind);

                if (!is_request(kind) && code != -1)
                        g_test_message("kind %u has no row in this test", kind);
                if (!is_request(kind))
                        g_assert_cmpint(code, ==, -1);
                else
                        g_assert_cmpint(code == MG_ERROR_DENIED, ==,
                                        (duties_of(kind) & (i < PERSONS ? 1u << (i - 1) : WITHOUT)) == 0);
        }
}

/* A kind that is none is not answered at all; so each that is answered has its row above. */
static void test_requests(void) {
        g_autoptr(Store) store = store_with_persons();

        for (guint32 kind = 200; kind < 300; kind++) {
                if (kind == MG_STORE_TOKEN)
                        continue;
                check_kind(store, kind);
                /* Some have signed out by it. */
                if (is_request(kind))
                        add_persons(store);
        }
}

static gboolean says(const GError *error, const char *part) {
        return error && strstr(error->message, part) != NULL;
}

/* What is said to who may not. */
static void test_sentence(void) {
        g_autoptr(Store) store = store_with_persons();
        g_autoptr(GError) denied = NULL, unknown = NULL;
        gboolean sealed;

        g_assert_cmpint(mg_store_get(&(MgAsker){store->socket, "4"}, "3000000000", &sealed, &denied), <, 0);
        g_assert_error(denied, MG_ERROR, MG_ERROR_DENIED);
        g_assert_true(says(denied, "get is denied to p:4: this needs the duty officer"));
        g_assert_null(mg_store_show(&(MgAsker){store->socket, "nobody"}, "3000000000", &unknown));
        g_assert_error(unknown, MG_ERROR, MG_ERROR_DENIED);
        g_assert_true(says(unknown, "the token is none"));
}

/* The release role asks for whoever is at its other end; in the harness the store's owner is that role, too. */
static void test_keys(void) {
        static const struct {
                MgKeyAct act;
                guint32 duties;
        } rows[] = {
                {MG_KEY_MAY, OFFICER},      {MG_KEY_MAY_LOCK, OFFICER | ADMINISTRATOR},
                {MG_KEY_UNLOCKED, OFFICER}, {MG_KEY_LOCKED, OFFICER | ADMINISTRATOR},
                {MG_KEY_REFUSED, OFFICER},  {MG_KEY_EXPIRED, _MG_DUTY_ALL},
        };
        g_autoptr(Store) store = store_with_persons();
        const MgAsker role = {store->socket, NULL};

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
                for (guint person = 1; person < PERSONS; person++) {
                        g_autofree char *token = g_strdup_printf("%u", person);
                        const MgKeyQuestion question = {rows[i].act, 60000, token, "0123456789abcdef", 5};
                        g_autoptr(GError) error = NULL;
                        gboolean may = mg_key_ask(&role, &question, &error);

                        g_test_message("act %d, person %u: %s", rows[i].act, person, error ? error->message : "may");
                        g_assert_cmpint(may, ==, (rows[i].duties & 1u << (person - 1)) != 0);
                        if (!may)
                                g_assert_error(error, MG_ERROR, MG_ERROR_DENIED);
                }
}

#define ALL ((guint32)_MG_WITHHELD_ALL)
#define HIDDEN G_MAXUINT32

/* What of a mail to person 4 and of one to somebody else is withheld, by person; HIDDEN where its row is. */
static const struct {
        guint person;
        guint32 own, other;
} sights[] = {
        {1, ALL, ALL}, {2, 0, 0},    {4, 0, HIDDEN},
        {5, ALL, ALL}, {10, 0, ALL}, /* staff and administrator, with the address of 4 */
        {11, 0, 0},                  /* officer and auditor */
};

static guint32 withheld_of(const MgRecord *record) {
        gboolean bare = *record->envelope->from == '\0' && record->envelope->rcpts->len == 0 &&
                        *record->envelope->client == '\0' &&
                        mg_reading_value(record->reading, MG_FIELD_SUBJECT) == NULL;
        const MgFacts *facts = g_ptr_array_index(record->reading->parts, 0);

        g_assert_cmpint(bare, ==, record->withheld == ALL);
        g_assert_cmpint(*facts->name == '\0', ==, record->withheld == ALL);
        g_assert_cmpint(record->reading->link_hosts->len == 0, ==, record->withheld == ALL);
        g_assert_cmpstr(facts->found, ==, "application/pdf");
        g_assert_cmpstr(record->version, ==, "0.1.0");
        return record->withheld;
}

typedef struct Seen {
        const char *own;
        guint32 mails[2]; /* withheld of the own mail and of the other one */
        guint rows;
} Seen;

static gboolean see(const MgRecord *record, gpointer data) {
        Seen *seen = data;

        seen->rows++;
        seen->mails[g_str_equal(record->receipt, seen->own) ? 0 : 1] = withheld_of(record);
        return TRUE;
}

static char *put_to(const Store *store, const char *rcpt) {
        g_autoptr(MgEnvelope) envelope = envelope_of("Q1", "sender@example.com", rcpt, 1700000000);

        return put_mail(store->socket, envelope, "text", 4, NULL);
}

static void test_sight(void) {
        g_autoptr(Store) store = store_with_persons();
        g_autofree char *own = NULL, *other = NULL;

        store_add_person(store, 10, STAFF | ADMINISTRATOR, "person4@example.jp");
        store_add_person(store, 11, OFFICER | AUDITOR, "x@example.jp");
        own = put_to(store, "Person4@Example.JP");
        other = put_to(store, "somebody@example.jp");
        for (guint i = 0; i < G_N_ELEMENTS(sights); i++) {
                g_autofree char *token = g_strdup_printf("%u", sights[i].person);
                const MgAsker asker = {store->socket, token};
                g_autoptr(MgRecord) one = mg_store_show(&asker, own, NULL), two = mg_store_show(&asker, other, NULL);
                Seen seen = {.own = own, .mails = {HIDDEN, HIDDEN}};
                g_autoptr(GError) error = NULL;

                mg_store_query(&asker, &(MgQuery){0}, see, &seen, NULL, &error);
                g_assert_no_error(error);
                g_test_message("person %u: %x %x", sights[i].person, seen.mails[0], seen.mails[1]);
                g_assert_cmpuint(seen.mails[0], ==, sights[i].own);
                g_assert_cmpuint(seen.mails[1], ==, sights[i].other);
                g_assert_cmpuint(one ? withheld_of(one) : HIDDEN, ==, sights[i].own);
                g_assert_cmpuint(two ? withheld_of(two) : HIDDEN, ==, sights[i].other);
        }
}

/* A search by what one does not see would tell it. */
static void test_search(void) {
        static const struct {
                guint person;
                gboolean denied;
                guint found;
        } rows[] = {{1, TRUE, 0}, {2, FALSE, 2}, {4, FALSE, 1}, {5, TRUE, 0}, {10, FALSE, 1}};
        static const guint8 file[MG_QUERY_DIGEST] = {0};
        static const char *const words[] = {"会議", "資料", NULL};
        static const MgQuery queries[] = {{.from = "sender"}, {.to = "example.jp"}, {.subject = "会議"},
                                          {.name = "資料"},   {.host = "link."},    {.sha256 = file},
                                          {.words = words}};
        const guint n = G_N_ELEMENTS(queries);
        g_autoptr(Store) store = store_with_persons();
        g_autofree char *own = NULL, *other = NULL;

        store_add_person(store, 10, STAFF | ADMINISTRATOR, "person4@example.jp");
        own = put_to(store, "person4@example.jp");
        other = put_to(store, "somebody@example.jp");
        for (guint i = 0; i < G_N_ELEMENTS(rows) * n; i++) {
                g_autofree char *token = g_strdup_printf("%u", rows[i / n].person);
                Seen seen = {.own = own, .mails = {HIDDEN, HIDDEN}};
                g_autoptr(GError) error = NULL;
                gboolean well =
                        mg_store_query(&(MgAsker){store->socket, token}, &queries[i % n], see, &seen, NULL, &error);

                g_assert_cmpint(g_error_matches(error, MG_ERROR, MG_ERROR_DENIED), ==, rows[i / n].denied);
                g_assert_cmpint(well, ==, !rows[i / n].denied);
                g_assert_cmpuint((seen.mails[0] != HIDDEN) + (seen.mails[1] != HIDDEN), ==, rows[i / n].found);
        }
}

/* --- organizations ------------------------------------------------------------------------------------------- */

static Store *store_with_town(void) {
        g_autofree char *dir = g_dir_make_tmp("mugai-store-XXXXXX", NULL);
        Store *store;

        store_configure(dir, "organization town {\n domains = town.example.jp\n}\n");
        store = store_new_at(dir);
        add_persons(store);
        return store;
}

static gboolean gets(const Store *store, const char *token, const char *receipt) {
        gboolean sealed;
        mg_autofd original = mg_store_get(&(MgAsker){store->socket, token}, receipt, &sealed, NULL);

        return original >= 0;
}

/* Who is of an organization that has no section any more sees no mail by that: not the default one's either. */
static void test_organization_gone(void) {
        g_autoptr(Store) store = store_with_town();
        g_autofree char *town = put_to(store, "who@town.example.jp"), *other = put_to(store, "who@city.example.jp");
        const MgAsker asker = {store->socket, "33"};
        Seen seen = {.own = town, .mails = {HIDDEN, HIDDEN}};

        store_add_person(store, 33, OFFICER, "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'village' WHERE number = 33");
        g_assert_null(mg_store_show(&asker, town, NULL));
        g_assert_null(mg_store_show(&asker, other, NULL));
        g_assert_false(gets(store, "33", other));
        g_assert_true(mg_store_query(&asker, &(MgQuery){0}, see, &seen, NULL, NULL));
        g_assert_cmpuint(seen.mails[0] & seen.mails[1], ==, HIDDEN);
}

/* The mail of an organization is seen by its own officers and auditors; by staff what is theirs; administrators see
 * numbers. */
static void test_organizations(void) {
        static const struct {
                guint person;
                guint32 town, other; /* withheld */
                gboolean get_town, get_other;
        } rows[] = {
                {1, ALL, ALL, FALSE, FALSE},   {2, HIDDEN, 0, FALSE, TRUE},     {5, HIDDEN, ALL, FALSE, FALSE},
                {30, 0, HIDDEN, TRUE, FALSE},  {31, ALL, HIDDEN, FALSE, FALSE}, {32, 0, HIDDEN, FALSE, FALSE},
                {33, 0, HIDDEN, FALSE, FALSE}, {34, 0, ALL, TRUE, FALSE},
        };
        g_autoptr(Store) store = store_with_town();
        g_autofree char *town = put_to(store, "who@town.example.jp"), *other = put_to(store, "who@city.example.jp");

        store_add_person(store, 30, OFFICER, "x@example.jp");
        store_add_person(store, 31, AUDITOR, "x@example.jp");
        store_add_person(store, 32, STAFF, "who@town.example.jp");
        /* An address of another organization shows none of its mail; nor does a further duty. */
        store_add_person(store, 33, STAFF, "who@city.example.jp who@town.example.jp");
        store_add_person(store, 34, OFFICER | ADMINISTRATOR, "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'town' WHERE number IN (30, 31, 33, 34)");
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *token = g_strdup_printf("%u", rows[i].person);
                const MgAsker asker = {store->socket, token};
                g_autoptr(MgRecord) one = mg_store_show(&asker, town, NULL), two = mg_store_show(&asker, other, NULL);
                Seen seen = {.own = town, .mails = {HIDDEN, HIDDEN}};

                g_test_message("person %u", rows[i].person);
                g_assert_true(mg_store_query(&asker, &(MgQuery){.max = 1}, see, &seen, NULL, NULL));
                g_assert_true(mg_store_query(&asker, &(MgQuery){0}, see, &seen, NULL, NULL));
                g_assert_cmpuint(seen.mails[0], ==, rows[i].town);
                g_assert_cmpuint(seen.mails[1], ==, rows[i].other);
                g_assert_cmpuint(one ? withheld_of(one) : HIDDEN, ==, rows[i].town);
                g_assert_cmpuint(two ? withheld_of(two) : HIDDEN, ==, rows[i].other);
                g_assert_cmpint(gets(store, token, town), ==, rows[i].get_town);
                g_assert_cmpint(gets(store, token, other), ==, rows[i].get_other);
        }
}

/* Mail that came before the domain had a section is found by the officers that it has now. */
static void test_section_added(void) {
        g_autoptr(Store) store = store_with_town();
        g_autofree char *before = put_to(store, "who@village.example.jp"), *after = NULL, *other = NULL;
        const MgAsker asker = {store->socket, "34"};
        int status;

        store_add_person(store, 34, OFFICER, "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'village' WHERE number = 34");
        g_assert_cmpint(store_drain(store), ==, 0);
        store_configure(store->dir, "organization village {\n domains = village.example.jp\n}\n");
        g_assert_true(store_start(store, &status));
        after = put_to(store, "what@village.example.jp");
        other = put_to(store, "who@city.example.jp");
        Seen seen = {.own = before, .mails = {HIDDEN, HIDDEN}};
        g_assert_true(mg_store_query(&asker, &(MgQuery){.receipt = before}, see, &seen, NULL, NULL));
        g_assert_cmpuint(seen.mails[0], ==, 0);
        seen = (Seen){.own = after, .mails = {HIDDEN, HIDDEN}};
        g_assert_true(mg_store_query(&asker, &(MgQuery){.receipt = after}, see, &seen, NULL, NULL));
        g_assert_cmpuint(seen.mails[0], ==, 0);
        seen = (Seen){.own = other, .mails = {HIDDEN, HIDDEN}};
        g_assert_true(mg_store_query(&asker, &(MgQuery){.receipt = other}, see, &seen, NULL, NULL));
        g_assert_cmpuint(seen.mails[0] & seen.mails[1], ==, HIDDEN);
}

/* Who is an officer here and an administrator everywhere sees rows of others without addresses; finding them by an
 * address would tell it. */
static void test_search_elsewhere(void) {
        g_autoptr(Store) store = store_with_town();
        g_autofree char *town = put_to(store, "who@town.example.jp"), *other = put_to(store, "who@city.example.jp");
        const MgAsker asker = {store->socket, "33"};
        Seen all = {.own = town, .mails = {HIDDEN, HIDDEN}}, found = all;

        store_add_person(store, 33, OFFICER | ADMINISTRATOR, "x@example.jp");
        g_assert_true(mg_store_query(&asker, &(MgQuery){0}, see, &all, NULL, NULL));
        g_assert_cmpuint(all.mails[0], ==, ALL);
        g_assert_cmpuint(all.mails[1], ==, 0);
        g_assert_true(mg_store_query(&asker, &(MgQuery){.from = "sender"}, see, &found, NULL, NULL));
        g_assert_cmpuint(found.mails[0], ==, HIDDEN);
        g_assert_cmpuint(found.mails[1], ==, 0);
}

static guint count_of(const Store *store, const char *token, guint max) {
        Seen seen = {.own = "", .mails = {HIDDEN, HIDDEN}};

        g_assert_true(mg_store_query(&(MgAsker){store->socket, token}, &(MgQuery){.max = max}, see, &seen, NULL, NULL));
        return seen.rows;
}

/* Rows that are hidden do not count: who asks for ten of his own gets ten, however many lie between them. */
static void test_rows_between(void) {
        g_autoptr(Store) store = store_with_town();

        store_add_person(store, 30, OFFICER, "x@example.jp");
        store_sql(store, "UPDATE person SET organization = 'town' WHERE number = 30");
        for (guint i = 0; i < 300; i++) {
                g_autofree char *rcpt = g_strdup_printf("%u@%s.example.jp", i, i % 20 == 0 ? "town" : "city");
                g_autofree char *receipt = put_to(store, rcpt);

                g_assert_nonnull(receipt);
        }
        g_assert_cmpuint(count_of(store, "30", 0), ==, 15);
        g_assert_cmpuint(count_of(store, "30", 10), ==, 10);
        g_assert_cmpuint(count_of(store, "30", 1), ==, 1);
        g_assert_cmpuint(count_of(store, "2", 0), ==, 100);
        g_assert_cmpuint(count_of(store, "2", 1000), ==, 285);
}

/* --- scopes of audits ---------------------------------------------------------------------------------------- */

static gboolean see_actor(const MgEntry *entry, gpointer data, GError **error) {
        g_auto(MgEntryFacts) facts = {0};
        GHashTable *actors = data;

        g_assert_true(mg_entry_read(entry, &facts));
        g_hash_table_add(actors, g_strdup(facts.actor));
        return TRUE;
}

static gboolean sees_act_of(const Store *store, const char *token, MgActKind purpose, const char *actor) {
        g_autoptr(GHashTable) actors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const MgAuditFuncs funcs = {NULL, see_actor};
        g_autoptr(GError) error = NULL;

        mg_audit_query(&(MgAsker){store->socket, token}, &(MgAuditQuery){.purpose = purpose}, &funcs, actors, &error);
        g_assert_no_error(error);
        return g_hash_table_contains(actors, actor);
}

/* Acts of a member of the assembly are listed to the assembly's own auditor, and to no other; the chain is whole for
 * all. */
static void test_scope(void) {
        static const struct {
                const char *token, *actor;
                gboolean listed;
        } rows[] = {{"5", "p:4", TRUE},   {"5", "p:20", FALSE},     {"5", "gateway", TRUE}, {"21", "p:4", FALSE},
                    {"21", "p:20", TRUE}, {"21", "gateway", FALSE}, {"1", "p:20", FALSE},   {"22", "p:20", FALSE}};
        g_autoptr(Store) store = store_with_persons();

        store_add_person(store, 20, STAFF, "member@example.jp");
        store_add_person(store, 21, AUDITOR, "x@example.jp");
        store_add_person(store, 22, AUDITOR, "x@example.jp");
        store_sql(store, "UPDATE person SET scope = 'assembly' WHERE number IN (20, 21);"
                         "UPDATE person SET scope = 'school' WHERE number = 22");
        /* Something that each of them does. */
        g_assert_cmpint(code_of(store, "4", MG_STORE_GET), ==, MG_ERROR_DENIED);
        g_assert_cmpint(code_of(store, "20", MG_STORE_GET), ==, MG_ERROR_DENIED);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_assert_cmpint(sees_act_of(store, rows[i].token, MG_ACT_LISTED, rows[i].actor), ==, rows[i].listed);
                g_assert_true(sees_act_of(store, rows[i].token, MG_ACT_VERIFIED, rows[i].actor));
        }
}

int main(int argc, char **argv) {
        harness_main(&argc, &argv);
        g_test_add_func("/store/duties/requests", test_requests);
        g_test_add_func("/store/duties/sentence", test_sentence);
        g_test_add_func("/store/duties/keys", test_keys);
        g_test_add_func("/store/duties/sight", test_sight);
        g_test_add_func("/store/duties/search", test_search);
        g_test_add_func("/store/duties/organizations", test_organizations);
        g_test_add_func("/store/duties/organization-gone", test_organization_gone);
        g_test_add_func("/store/duties/section-added", test_section_added);
        g_test_add_func("/store/duties/search-elsewhere", test_search_elsewhere);
        g_test_add_func("/store/duties/rows-between", test_rows_between);
        g_test_add_func("/store/duties/scope", test_scope);
        return g_test_run();
}
