/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every route of the table, as nobody, as each duty, with forms that prove what they must or do not, against a real
 * store. What a handler does with good fields is the browser suite's business.
 */
#include "harness.h"

#include <string.h>

#include "console/route.h"

/* Persons 1 to 5 have one duty each, in the order of MG_DUTIES; 6 has none. Their tokens are their numbers. */
#define PERSONS 6

typedef struct Fixture {
        Store *store;
        MgConfig *config;
        MgConsole console;
} Fixture;

static void begin(Fixture *fixture, gconstpointer data) {
        fixture->store = store_new();
        for (guint i = 1; i <= PERSONS; i++) {
                g_autofree char *address = g_strdup_printf("person%u@example.jp", i);

                store_add_person(fixture->store, i, i < PERSONS ? 1u << (i - 1) : 0, address);
        }
        fixture->config = mg_config_load(NULL, NULL);
        g_assert_nonnull(fixture->config);
        fixture->console = (MgConsole){.config = fixture->config,
                                       .store_path = fixture->store->socket,
                                       .control_path = "/nonexistent/control.sock"};
}

static void end(Fixture *fixture, gconstpointer data) {
        mg_config_free(fixture->config);
        store_free(fixture->store);
}

/* One request of a browser or a program. NULL is left out. */
typedef struct Sent {
        const char *method;
        const char *target;
        const char *token;
        const char *bearer;
        const char *site; /* Sec-Fetch-Site */
        const char *origin;
        const char *body;
        const char *type;
        gboolean json;
        const char *user;  /* the web server in front says who signed in */
        gboolean stranger; /* and it is not that which says so */
        gboolean twice;
} Sent;

static MgHttpReply *send_it(const Fixture *fixture, const Sent *sent) {
        g_autofree char *cookie = sent->token ? g_strconcat("a=b; __Host-mugai=", sent->token, NULL) : NULL;
        g_autofree char *bearer = sent->bearer ? g_strconcat("Bearer ", sent->bearer, NULL) : NULL;
        const MgHttpHead head = {.method = sent->method,
                                 .target = sent->target,
                                 .cookie = cookie,
                                 .content_type = sent->type ? sent->type : "application/x-www-form-urlencoded",
                                 .accept = sent->json ? "application/json" : "text/html",
                                 .authorization = bearer,
                                 .host = "desk.example.jp",
                                 .origin = sent->origin,
                                 .fetch_site = sent->site,
                                 .user = sent->user,
                                 .users = sent->user ? 1u + (guint)sent->twice : 0,
                                 .is_proxy = sent->user && !sent->stranger};
        g_autoptr(MgHttpRequest) request = mg_http_read(&head, sent->body, sent->body ? strlen(sent->body) : 0, FALSE);
        MgHttpReply *reply = mg_http_reply_new();

        mg_route_serve(&fixture->console, request, "192.0.2.1", reply);
        return reply;
}

static guint status_of(const Fixture *fixture, const Sent *sent) {
        g_autoptr(MgHttpReply) reply = send_it(fixture, sent);

        return reply->status;
}

static const char *method_of(const MgRoute *route) {
        return route->method == MG_HTTP_POST ? "POST" : "GET";
}

/* With something in place of *. Caller frees. */
static char *path_of(const MgRoute *route) {
        g_auto(GStrv) pieces = g_strsplit(route->path, "*", 2);

        return g_strjoinv("7", pieces);
}

static gint64 refusals(const Fixture *fixture) {
        return store_number(fixture->store, "SELECT count(*) FROM audit WHERE entry LIKE '%\"act\":\"refused\"%page%'");
}

static void test_nobody(Fixture *fixture, gconstpointer data) {
        for (const MgRoute *route = mg_routes(); route->path; route++) {
                g_autofree char *path = path_of(route);
                const Sent without = {.method = method_of(route), .target = path, .site = "same-origin"};
                const Sent wrong = {.method = method_of(route), .target = path, .token = "none", .site = "same-origin"};
                guint status = status_of(fixture, &without);

                g_test_message("%s %s %u", without.method, path, status);
                if (route->who == 0) {
                        g_assert_cmpuint(status, <, 500);
                        continue;
                }
                g_assert_cmpuint(status, ==, 401);
                g_assert_cmpuint(status_of(fixture, &wrong), ==, 401);
        }
}

/* Each wrong duty is a 403 that stands in the audit trail; the right one is none, whatever becomes of an empty form. */
static void test_duties(Fixture *fixture, gconstpointer data) {
        for (const MgRoute *route = mg_routes(); route->path; route++) {
                g_autofree char *path = path_of(route);

                for (guint i = 1; route->who != 0 && i <= PERSONS; i++) {
                        g_autofree char *token = g_strdup_printf("%u", i);
                        const Sent sent = {.method = method_of(route), .target = path, .bearer = token};
                        const gboolean may = i < PERSONS && route->who & 1u << (i - 1);
                        gint64 before = refusals(fixture);
                        guint status = status_of(fixture, &sent);

                        g_test_message("%s %s as %u: %u", sent.method, path, i, status);
                        if (!may)
                                g_assert_cmpuint(status, ==, 403);
                        g_assert_cmpint(refusals(fixture) - before, ==, may ? 0 : 1);
                        g_assert_cmpuint(status, !=, 500);
                        g_assert_cmpuint(status, !=, 401);
                        /* Signing out ends the token that did it. */
                        store_add_person(fixture->store, i, i < PERSONS ? 1u << (i - 1) : 0, "x@example.jp");
                }
        }
}

/* --- as a person of another organization ------------------------------------------------------------------------ */

/* What belongs to the organization without a name: a mail to person 4, his request, and persons 1 to 6. Its receipt. */
static char *add_things(const Fixture *fixture) {
        g_autoptr(MgEnvelope) envelope =
                envelope_of("Q1", "secret-sender@example.com", "person4@example.jp", 1700000000);
        char *receipt = put_mail(fixture->store->socket, envelope, "text", 4, NULL);
        g_autofree char *request = NULL;

        g_assert_nonnull(receipt);
        request = g_strdup_printf("INSERT INTO request(number, receipt, organization, person, state, needed, made,"
                                  " reason) VALUES(1, '%s', '', 4, 'waiting', 1, unixepoch(), 'secret-reason');"
                                  "INSERT INTO request_address(request, address) VALUES(1, 'secret-to@example.jp')",
                                  receipt);
        store_sql(fixture->store, request);
        return receipt;
}

/* Person 7, of the town. */
static void add_townsman(const Fixture *fixture, guint32 duty) {
        store_add_person(fixture->store, 7, duty, "person7@town.example.jp");
        store_sql(fixture->store, "UPDATE person SET organization = 'town' WHERE number = 7");
}

static char *path_to(const MgRoute *route, const char *receipt) {
        g_auto(GStrv) pieces = g_strsplit(route->path, "*", 2);

        return g_strjoinv(g_str_has_prefix(route->path, "/mail")     ? receipt
                          : g_str_has_prefix(route->path, "/people") ? "login4"
                                                                     : "1",
                          pieces);
}

/* Fields that would do what each form is for, were it his. */
#define ALL_FIELDS                                                                                                     \
        "reason=x&to=a%40soto.example.jp&whole=1&decision=approve&number=1&how=sent&charset=euc-jp&login=login4"       \
        "&name=y&again=bG9naW4sbmFtZQpsb2dpbjQseQo%3D&apply=1"

static void check_foreign(const Fixture *fixture, const MgRoute *route, const char *receipt) {
        static const char *const secrets[] = {"secret-", "person4@", "link.example.net"};
        g_autofree char *path = path_to(route, receipt);
        const gboolean own = g_str_has_prefix(path, "/account") || g_str_has_prefix(path, "/sign-out") ||
                             g_str_has_prefix(path, "/audit");
        const Sent sent = {.method = method_of(route), .target = path, .bearer = "7", .body = ALL_FIELDS};
        g_autoptr(MgHttpReply) reply = send_it(fixture, &sent);

        g_test_message("%s %s: %u %s", sent.method, path, reply->status,
                       reply->status == 400 ? strstr(reply->body->str, "<h1>") : "");
        for (guint i = 0; i < G_N_ELEMENTS(secrets); i++)
                g_assert_null(strstr(reply->body->str, secrets[i]));
        /* A change is answered by a fault of that person's row. */
        if (strchr(route->path, '*'))
                g_assert_true(reply->status == 403 || reply->status == 404 ||
                              (reply->status == 400 && g_str_has_suffix(path, "/change")));
        else if (route->method == MG_HTTP_POST && !own)
                g_assert_true(reply->status == 400 || reply->status == 403 || reply->status == 404);
        g_assert_cmpint(store_number(fixture->store,
                                     "SELECT count(*) FROM person WHERE number < 7 AND (name != 'x' OR"
                                     " password IS NOT NULL OR totp IS NOT NULL OR disabled IS NOT NULL)"),
                        ==, 0);
        g_assert_cmpint(store_number(fixture->store, "SELECT count(*) FROM token WHERE person < 7"), ==, PERSONS);
        g_assert_cmpint(store_number(fixture->store, "SELECT count(*) FROM request WHERE state = 'waiting'"), ==, 1);
        g_assert_cmpint(store_number(fixture->store, "SELECT count(*) FROM approval"), ==, 0);
}

/* Administrators keep the gateway of all. */
static void test_foreign(Fixture *fixture, gconstpointer data) {
        g_autofree char *receipt = NULL;
        guint n = 0;

        g_autofree char *path = g_build_filename(fixture->store->dir, "mugai.conf", NULL);

        store_configure(fixture->store->dir, "release {\n allowed_domains = soto.example.jp\n}\n"
                                             "organization town {\n domains = town.example.jp\n}\n");
        mg_config_free(fixture->config);
        fixture->config = mg_config_load(path, NULL);
        g_assert_nonnull(fixture->config);
        fixture->console.config = fixture->config;
        g_assert_cmpint(store_drain(fixture->store), ==, 0);
        g_assert_true(store_start(fixture->store, NULL));
        receipt = add_things(fixture);
        for (const MgRoute *route = mg_routes(); route->path; route++) {
                for (guint i = 1; route->who != 0 && i < _MG_DUTY_N; i++) {
                        if (!(route->who & 1u << i))
                                continue;
                        add_townsman(fixture, 1u << i);
                        check_foreign(fixture, route, receipt);
                        n++;
                }
        }
        g_assert_cmpuint(n, >, 60);
}

/* --- forms ------------------------------------------------------------------------------------------------------ */

/* As person 2, or whoever may. */
static guint right_person(const MgRoute *route) {
        for (guint i = 1; i < PERSONS; i++)
                if (route->who & 1u << (i - 1))
                        return i;
        return 0;
}

static gboolean is_form_page(const MgHttpReply *reply) {
        return reply->status == 403 && strstr(reply->body->str, "別のページ");
}

static void test_forms(Fixture *fixture, gconstpointer data) {
        guint n = 0;

        for (const MgRoute *route = mg_routes(); route->path; route++) {
                g_autofree char *path = path_of(route), *token = g_strdup_printf("%u", right_person(route));
                char own[65], foreign[65];
                g_autofree char *good = NULL, *old = NULL;

                if (route->csrf != MG_CSRF_FORM)
                        continue;
                mg_visit_csrf(token, own);
                mg_visit_csrf("another session", foreign);
                good = g_strconcat("csrf=", own, NULL);
                old = g_strconcat("csrf=", foreign, NULL);
                const Sent wrong[] = {
                        {"POST", path, token, NULL, "same-origin", NULL, NULL, NULL, FALSE},
                        {"POST", path, token, NULL, "same-origin", NULL, "csrf=", NULL, FALSE},
                        {"POST", path, token, NULL, "same-origin", NULL, old, NULL, FALSE},
                        {"POST", path, token, NULL, NULL, NULL, good, NULL, FALSE},
                        {"POST", path, token, NULL, "cross-site", NULL, good, NULL, FALSE},
                        {"POST", path, token, NULL, "same-site", "https://desk.example.jp", good, NULL, FALSE},
                        {"POST", path, token, NULL, NULL, "https://evil.example", good, NULL, FALSE},
                        {"POST", path, token, NULL, NULL, "null", good, NULL, FALSE},
                };
                for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
                        g_autoptr(MgHttpReply) reply = send_it(fixture, &wrong[i]);

                        g_test_message("%s %u: %u", path, i, reply->status);
                        g_assert_true(is_form_page(reply));
                }
                const Sent right[] = {{"POST", path, token, NULL, "same-origin", NULL, good, NULL, FALSE},
                                      {"POST", path, token, NULL, NULL, "https://desk.example.jp", good, NULL, FALSE}};
                for (guint i = 0; i < G_N_ELEMENTS(right); i++) {
                        g_autoptr(MgHttpReply) reply = send_it(fixture, &right[i]);

                        g_assert_false(is_form_page(reply));
                        store_add_person(fixture->store, right_person(route), 1u << (right_person(route) - 1),
                                         "x@example.jp");
                }
                n++;
        }
        g_assert_cmpuint(n, >=, 4);
}

/* Pages without a route, methods without one, requests that are none. */
static void test_none(Fixture *fixture, gconstpointer data) {
        g_autofree char *long_target = g_strnfill(MG_HTTP_TARGET + 1, 'a');
        g_autofree char *long_body = g_strnfill(MG_HTTP_BODY + 1, 'a');
        const struct {
                guint status;
                Sent sent;
        } rows[] = {
                {404, {.method = "GET", .target = "/none", .token = "2"}},
                {404, {.method = "GET", .target = "/mail/", .token = "2"}},
                {404, {.method = "GET", .target = "/mail/1/2", .token = "2"}},
                {404, {.method = "GET", .target = "/mail/1234567890", .token = "2"}},
                {404, {.method = "GET", .target = "/mail/..", .token = "2"}},
                {404, {.method = "GET", .target = "/%2e%2e/x", .token = "2"}},
                {405, {.method = "GET", .target = "/sign-out", .token = "2"}},
                {405, {.method = "POST", .target = "/find", .token = "2", .site = "same-origin"}},
                {405, {.method = "PUT", .target = "/"}},
                {405, {.method = "OPTIONS", .target = "/"}},
                {400, {.method = "GET", .target = "http://x/"}},
                {400, {.method = "GET", .target = "/find?a=%zz", .token = "2"}},
                {400, {.method = "GET", .target = "/find?a=%00", .token = "2"}},
                {400, {.method = "GET", .target = "/find?a=%ff", .token = "2"}},
                {400, {.method = "GET", .target = "/find?since=yesterday", .token = "2"}},
                {400, {.method = "GET", .target = "/find?hash=12", .token = "2"}},
                {400, {.method = "GET", .target = "/find?subject=%e2%80%ae", .token = "2"}},
                {400, {.method = "GET", .target = "/find?outcome=x", .token = "2"}},
                {400, {.method = "GET", .target = "/receipt?receipt=1000000006", .token = "2"}},
                {303, {.method = "GET", .target = "/receipt?receipt=1000-0000%2005", .token = "2"}},
                {400, {.method = "GET", .target = "/requests?state=x", .token = "2"}},
                {404, {.method = "GET", .target = "/requests/99999999999999999999", .token = "2"}},
                {404, {.method = "GET", .target = "/requests/1", .token = "2"}},
                {200, {.method = "GET", .target = "/find?subject=x", .token = "2"}},
                {200, {.method = "GET", .target = "/figures.csv?month=2026-11", .token = "5"}},
                {400, {.method = "GET", .target = "/figures?month=2026-13", .token = "5"}},
                {400, {.method = "GET", .target = "/figures.csv?month=x", .token = "5"}},
                {200, {.method = "GET", .target = "/figures?month=9999-11", .token = "5"}},
                {400, {.method = "GET", .target = "/figures?month=9999-12", .token = "5"}},
                {400, {.method = "GET", .target = "/audit?act=x", .token = "5"}},
                {404, {.method = "GET", .target = "/people/nobody", .token = "2"}},
                {400, {.method = "POST", .target = "/people", .bearer = "2", .body = "login=%3Cb%3E&name=x"}},
                {400, {.method = "POST", .target = "/people", .bearer = "2", .body = "login=x&name=x&duty=king"}},
                {400, {.method = "POST", .target = "/import", .bearer = "2", .body = "apply=1"}},
                {400, {.method = "POST", .target = "/import", .bearer = "2", .body = "again=%21%21"}},
                {400, {.method = "POST", .target = "/import", .bearer = "2", .body = "file=login%0Aa"}},
                {400, {.method = "POST", .target = "/import", .bearer = "2", .body = "again=AP8A%2Fw%3D%3D"}},
                {400, {.method = "POST", .target = "/mail/1000000005/text", .bearer = "2", .body = "charset=utf-7"}},
                {200, {.method = "HEAD", .target = "/", .token = "2"}},
                {400, {.method = "POST", .target = "/sign-in", .site = "same-origin", .body = "login=", .type = NULL}},
                {400,
                 {.method = "POST", .target = "/sign-in", .site = "same-origin", .body = "x", .type = "text/plain"}},
                {401, {.method = "POST", .target = "/sign-in", .site = "same-origin", .body = "login=a&password=b"}},
                {403, {.method = "POST", .target = "/sign-in", .site = "cross-site", .body = "login=a&password=b"}},
                {400,
                 {.method = "POST", .target = "/requests/decide", .bearer = "3", .body = "decision=approve&number=x"}},
                {404,
                 {.method = "POST", .target = "/requests/decide", .bearer = "3", .body = "decision=approve&number=9"}},
                {400,
                 {.method = "POST", .target = "/requests/decide", .bearer = "3", .body = "decision=deny&number=9"}},
                {400,
                 {.method = "POST",
                  .target = "/mail/1000000005/request",
                  .bearer = "4",
                  .body = "reason=x&to=a%40b.jp"}},
                {400,
                 {.method = "POST",
                  .target = "/mail/1000000005/request",
                  .bearer = "4",
                  .body = "reason=x&part=..%2f&to=a"}},
                {414, {.method = "GET", .target = long_target}},
                {413, {.method = "POST", .target = "/sign-in", .site = "same-origin", .body = long_body}},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(MgHttpReply) reply = send_it(fixture, &rows[i].sent);

                g_test_message("%s %.60s", rows[i].sent.method, rows[i].sent.target);
                g_assert_cmpuint(reply->status, ==, rows[i].status);
                g_assert_true(reply->status == 303 || reply->body->len > 40);
        }
}

/* The path behind "next" is one of ours or it is not gone to. */
static void test_next(Fixture *fixture, gconstpointer data) {
        static const char *const bad[] = {"//evil.example/",
                                          "https://evil.example/",
                                          "/none",
                                          "/\\evil.example",
                                          "/find\r\nSet-Cookie: a=b",
                                          "",
                                          "find"};

        g_assert_true(mg_route_is_page("/find?subject=a"));
        g_assert_true(mg_route_is_page("/mail/1000000005"));
        for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_false(mg_route_is_page(bad[i]));
}

/* --- exemptions ------------------------------------------------------------------------------------------------- */

/* As they stand on the disk now, whatever the pages began with. */
static void test_exemptions(Fixture *fixture, gconstpointer data) {
        g_autofree char *path = g_build_filename(fixture->store->dir, "desk.conf", NULL);
        g_autofree char *rules = g_build_filename(fixture->store->dir, "mugai.rules", NULL);
        g_autofree char *conf = g_strdup_printf("policy {\n rules = %s\n}\n", rules);
        const Sent sent = {.method = "GET", .target = "/state", .bearer = "1"};
        g_autoptr(MgHttpReply) empty = send_it(fixture, &sent), listed = NULL, broken = NULL;

        g_assert_nonnull(strstr(empty->body->str, "例外はありません"));
        mg_config_free(fixture->config);
        g_assert_true(g_file_set_contents(rules, "", -1, NULL));
        g_assert_true(g_file_set_contents(path, conf, -1, NULL));
        fixture->config = mg_config_load(path, NULL);
        g_assert_nonnull(fixture->config);
        fixture->console.config = fixture->config;
        g_assert_true(g_file_set_contents(
                rules,
                "exemption partner {\n sender = partner.example.jp\n mail = rewrite\n links = text\n"
                " reason = \"入札の案内\"\n approved_by = \"課長\"\n expires = 2099-03-31\n}\n"
                "exemption past {\n sender = past.example.jp\n mail = rewrite\n links = text\n"
                " reason = \"<b>\"\n approved_by = \"課長\"\n expires = 2020-03-31\n}\n",
                -1, NULL));
        listed = send_it(fixture, &sent);
        for (const char *const *words = (const char *const[]){"partner", "入札の案内", "2099-03-31", "有効",
                                                              "&lt;b&gt;", "期限切れ", NULL};
             *words; words++)
                g_assert_nonnull(strstr(listed->body->str, *words));
        g_assert_true(g_file_set_contents(rules, "rule x {\n colour = red\n}\n", -1, NULL));
        broken = send_it(fixture, &sent);
        g_assert_cmpuint(broken->status, ==, 200);
        g_assert_nonnull(strstr(broken->body->str, "ディスク上の設定を読み込めません"));
}

/* --- a web server that has signed people in --------------------------------------------------------------------- */

static gint64 vouched(const Fixture *fixture) {
        return store_number(fixture->store, "SELECT count(*) FROM token WHERE known_by = 'web-server'");
}

static void test_vouched(Fixture *fixture, gconstpointer data) {
        const struct {
                guint status;
                Sent sent;
                guint sessions; /* that begin */
                const char *says;
        } rows[] = {
                {200, {.method = "GET", .target = "/people", .user = "login2"}, 1, "login2"},
                {200, {.method = "GET", .target = "/people", .user = "LOGIN2"}, 1, ""},
                {200, {.method = "GET", .target = "/people", .user = "login2", .token = "2"}, 0, ""},
                {200, {.method = "GET", .target = "/people", .user = "login2", .token = "4"}, 1, ""},
                {200, {.method = "GET", .target = "/people", .user = "login2", .token = "ended"}, 1, ""},
                {200, {.method = "GET", .target = "/people", .user = "", .token = "2"}, 0, ""},
                {401, {.method = "GET", .target = "/people", .user = ""}, 0, ""},
                {403, {.method = "GET", .target = "/people", .user = "login4"}, 1, ""},
                {403, {.method = "GET", .target = "/", .user = "nobody-here"}, 0, "登録されていません"},
                {403, {.method = "GET", .target = "/", .user = "nobody-here", .token = "2"}, 0, "nobody-here"},
                {403, {.method = "GET", .target = "/", .user = "<b>"}, 0, "&lt;b&gt;"},
                {400, {.method = "GET", .target = "/", .user = "a\xff"}, 0, ""},
                {403, {.method = "GET", .target = "/", .user = "login2", .stranger = TRUE}, 0, "Web サーバー"},
                {403, {.method = "GET", .target = "/sign-in", .user = "login2", .stranger = TRUE}, 0, ""},
                {403, {.method = "GET", .target = "/", .user = "", .stranger = TRUE, .token = "2"}, 0, ""},
                {400, {.method = "GET", .target = "/", .user = "login2", .twice = TRUE}, 0, ""},
                {200, {.method = "GET", .target = "/people", .user = "login4", .bearer = "2"}, 0, ""},
                {200, {.method = "GET", .target = "/sign-in", .user = "login2"}, 0, ""},
                {403,
                 {.method = "POST", .target = "/import", .user = "login2", .site = "same-origin"},
                 1,
                 "別のページ"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const gint64 before = vouched(fixture);
                g_autoptr(MgHttpReply) reply = send_it(fixture, &rows[i].sent);

                g_test_message("%u: %s as %s: %u", i, rows[i].sent.target, rows[i].sent.user, reply->status);
                g_assert_cmpuint(reply->status, ==, rows[i].status);
                g_assert_cmpint(vouched(fixture) - before, ==, rows[i].sessions);
                g_assert_cmpuint(reply->cookies->len, ==, rows[i].sessions);
                g_assert_nonnull(strstr(reply->body->str, rows[i].says));
        }
}

/* --- tables of people ------------------------------------------------------------------------------------------- */

static MgHttpReply *import(const Fixture *fixture, const char *bearer, const char *table, const char *more) {
        g_autofree char *body =
                g_strdup_printf("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\""
                                "\r\n\r\n%s\r\n%s--B--\r\n",
                                table, more);
        const Sent sent = {.method = "POST",
                           .target = "/import",
                           .bearer = bearer,
                           .body = body,
                           .type = "multipart/form-data; boundary=B",
                           .json = TRUE};

        return send_it(fixture, &sent);
}

#define APPLY "--B\r\nContent-Disposition: form-data; name=\"apply\"\r\n\r\n1\r\n"
#define TABLE "login,name,duties\nnew1,\x90\x56\x90\x6c,staff\nnew2,x,staff\n" /* CP932 */

static gint64 persons(const Fixture *fixture) {
        return store_number(fixture->store, "SELECT count(*) FROM person");
}

/* What a reply says, in the order of its text; and who is registered after it. */
static void test_import(Fixture *fixture, gconstpointer data) {
        static const struct {
                const char *bearer, *table, *more;
                guint status;
                const char *says;
                guint added;
        } rows[] = {
                {"2", TABLE, "", 200, "{\"applied\":false,\"counts\":{\"added\":2,\"changed\":0,\"disabled\":0}", 0},
                {"1", TABLE, "", 400, "only an officer manages such persons", 0},
                {"2", "login,name\nok,x\nBAD,x\n", APPLY, 400,
                 "{\"line\":3,\"login\":\"\",\"fault\":\"login: is written", 0},
                {"2", "login,name,unix_user\nok,x,nobody-has-this\n", APPLY, 400,
                 "{\"line\":2,\"login\":\"ok\",\"fault\":\"unix_user", 0},
                {"2", "login\n", APPLY, 400, "{\"line\":null,\"login\":\"\",\"fault\":\"there is nobody in it\"}", 0},
                {"2", "\xff\xfel", APPLY, 400, "the file is UTF-16", 0},
                {"4", TABLE, APPLY, 403, "", 0},
                {"2", TABLE, APPLY, 200, "{\"applied\":true,\"counts\":{\"added\":2,", 2},
                {"2", TABLE, APPLY, 200, "{\"applied\":true,\"counts\":{\"added\":0,", 0},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const gint64 before = persons(fixture);
                g_autoptr(MgHttpReply) reply = import(fixture, rows[i].bearer, rows[i].table, rows[i].more);

                g_test_message("%u: %u %s", i, reply->status, reply->body->str);
                g_assert_cmpuint(reply->status, ==, rows[i].status);
                g_assert_nonnull(strstr(reply->body->str, rows[i].says));
                g_assert_cmpint(persons(fixture) - before, ==, rows[i].added);
        }
        g_assert_cmpint(store_number(fixture->store, "SELECT count(*) FROM person WHERE name = '新人'"), ==, 1);
        g_assert_cmpint(store_number(fixture->store, "SELECT count(*) FROM audit WHERE entry LIKE '%people-imported%'"),
                        ==, 2);
}

/* Octets, lines and persons have bounds, and a refusal says them. */
static void test_import_bounds(Fixture *fixture, gconstpointer data) {
        g_autofree char *wide = g_strnfill(500 * 1024 + 1, 'a');
        g_autoptr(GString) many = g_string_new("login,name\n");
        g_autoptr(MgHttpReply) large = import(fixture, "2", wide, ""), thick = NULL;

        for (guint i = 0; i <= 5000; i++)
                g_string_append_printf(many, "a%u,x\n", i);
        thick = import(fixture, "2", many->str, APPLY);
        g_assert_cmpuint(large->status, ==, 413);
        g_assert_nonnull(strstr(large->body->str, "512001"));
        g_assert_nonnull(strstr(large->body->str, "512000"));
        g_assert_cmpuint(thick->status, ==, 400);
        g_assert_nonnull(strstr(thick->body->str, "5001"));
        g_assert_nonnull(strstr(thick->body->str, "5000"));
        g_assert_cmpint(persons(fixture), ==, PERSONS);
}

/* A store that does not answer is said so, with what to do; and it answers again when it is back. */
static void test_down(Fixture *fixture, gconstpointer data) {
        const Sent sent = {.method = "GET", .target = "/", .token = "2"};
        g_autoptr(MgHttpReply) reply = NULL;

        store_kill(fixture->store);
        reply = send_it(fixture, &sent);
        g_assert_cmpuint(reply->status, ==, 503);
        g_assert_cmpuint(reply->retry_after, >, 0);
        g_assert_nonnull(strstr(reply->body->str, "保管プロセスが応答しません"));
        g_assert_true(store_start(fixture->store, NULL));
        g_assert_cmpuint(status_of(fixture, &sent), ==, 200);
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*func)(Fixture *fixture, gconstpointer data);
        } rows[] = {{"nobody", test_nobody},
                    {"duties", test_duties},
                    {"forms", test_forms},
                    {"none", test_none},
                    {"next", test_next},
                    {"down", test_down},
                    {"foreign", test_foreign},
                    {"exemptions", test_exemptions},
                    {"vouched", test_vouched},
                    {"import", test_import},
                    {"import-bounds", test_import_bounds}};

        harness_main(&argc, &argv);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/console/routes/", rows[i].name, NULL);

                g_test_add(path, Fixture, NULL, begin, rows[i].func, end);
        }
        return g_test_run();
}
