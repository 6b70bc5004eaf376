/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The release port on recorded output of postconf: as packaging/postfix has it nothing is wrong, each fault by itself
 * is named with the line that mends it, and where releases are off nobody asks for it.
 */
#include <string.h>

#include "postfix_check.h"

#define SOCKET "unix:/run/mugai/milter/milter.sock"
#define PORT "127.0.0.1:10026"

/* What these checks look at, and what the others must find in order. */
static const char main_cf[] = "authorized_submit_users = root\n"
                              "inet_interfaces = all\n"
                              "message_size_limit = 26214400\n"
                              "milter_connect_timeout = 30s\n"
                              "milter_content_timeout = 300s\n"
                              "milter_default_action = tempfail\n"
                              "milter_protocol = 6\n"
                              "mynetworks = 127.0.0.0/8\n"
                              "parent_domain_matches_subdomains = relay_domains,smtpd_access_maps\n"
                              "receive_override_options =\n"
                              "relay_domains = city.example.lg.jp\n"
                              "relay_transport = relay:[10.20.0.25]\n"
                              "smtpd_forbid_bare_newline = normalize\n"
                              "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"
                              "smtputf8_enable = no\n";

static const char inbound[] = "192.0.2.25:smtp inet n - n - - smtpd\n"
                              "127.0.0.1:smtp inet n - n - - smtpd\n"
                              "cleanup unix n - n - 0 cleanup\n";
static const char inbound_options[] = "192.0.2.25:smtp/inet/smtpd_milters = " SOCKET "\n"
                                      "127.0.0.1:smtp/inet/smtpd_milters = " SOCKET "\n";
static const char port[] = PORT " inet n - n - 5 smtpd\n"
                                "cleanup-release unix n - n - 0 cleanup\n";
/* Of the service at this name. */
static const char options[] = "%s/inet/smtpd_milters =\n"
                              "%s/inet/mynetworks = 127.0.0.0/8\n"
                              "%s/inet/smtpd_relay_restrictions = permit_mynetworks,reject\n"
                              "%s/inet/smtpd_recipient_restrictions = check_recipient_access inline:{ "
                              "soto.example.jp=OK, { kodomo.example.jp = ok } }, reject\n"
                              "%s/inet/parent_domain_matches_subdomains =\n"
                              "%s/inet/receive_override_options = no_address_mappings\n"
                              "%s/inet/message_size_limit = 36700160\n"
                              "%s/inet/cleanup_service_name = cleanup-release\n"
                              "cleanup-release/unix/message_size_limit = 36700160\n";

static char *domains[] = {(char *)"soto.example.jp", (char *)"kodomo.example.jp", NULL};
static const MgPostfixSide on = {.milter_socket = SOCKET,
                                 .mail_size = 26214400,
                                 .deadline_ms = 20000,
                                 .release_smtp = "inet:10026@127.0.0.1",
                                 .release_letters = "inet:25@127.0.0.1",
                                 .release_domains = domains};

/* Options of the port under another name of it. Caller frees. */
static char *options_of(const char *name) {
        g_autoptr(GString) text = g_string_new(options);

        g_string_replace(text, "%s", name, 0);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

static GArray *check(const char *main, const char *master, const char *overrides, const MgPostfixSide *side) {
        return check_pieces((const char *[]){main_cf, main}, (const char *[]){inbound, master},
                            (const char *[]){inbound_options, overrides}, side);
}

static void say(const GArray *findings) {
        g_autofree char *text = mg_findings_text(findings);

        g_test_message("%s", text);
}

static void test_safe(void) {
        static const char *const names[] = {PORT, "localhost:10026", "10026"};

        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *lines = options_of(names[i]);
                g_autofree char *master =
                        g_strconcat(names[i], strstr(port, " inet"), NULL); /* all that follows the name */
                g_autoptr(GArray) findings = check("inet_interfaces = loopback-only\n", master, lines, &on);
                if (count_wrong(findings) != 0)
                        say(findings);
                g_assert_cmpuint(count_wrong(findings), ==, 0);
                /* It is no service for outgoing mail, and nobody has to look whether it is. */
                g_assert_null(mg_findings_get(findings, "postfix.outbound-service"));
        }
}

/* Each row adds lines to what is safe, and must give this one error or warning. */
typedef struct Row {
        const char *what;
        const char *main;
        const char *overrides;
        const char *id;
        MgSeverity severity;
        const char *subject;
        const char *mend; /* a part of it */
} Row;

#define LIST PORT "/inet/smtpd_recipient_restrictions = "
#define GOOD_LIST                                                                                                      \
        "master.cf, " PORT " inet: -o { smtpd_recipient_restrictions = check_recipient_access inline:{ "               \
        "soto.example.jp=OK, kodomo.example.jp=OK }, reject }"

static const Row rows[] = {
        {"our milter", "", PORT "/inet/smtpd_milters = " SOCKET "\n", "postfix.release-milter", MG_SEVERITY_ERROR,
         PORT "/inet", "master.cf, " PORT " inet: -o smtpd_milters="},
        {"another milter", "", PORT "/inet/smtpd_milters = inet:127.0.0.1:11332\n", "postfix.release-milter",
         MG_SEVERITY_ERROR, PORT "/inet", "-o smtpd_milters="},
        {"milter maps", "smtpd_milter_maps = cidr:/etc/postfix/m\n",
         "192.0.2.25:smtp/inet/smtpd_milter_maps =\n127.0.0.1:smtp/inet/smtpd_milter_maps =\n",
         "postfix.release-milter-maps", MG_SEVERITY_ERROR, PORT "/inet", "-o smtpd_milter_maps="},
        {"content filter", "", PORT "/inet/content_filter = scan:[127.0.0.1]:10024\n", "postfix.release-filter",
         MG_SEVERITY_ERROR, PORT "/inet", "-o content_filter="},
        {"proxy filter", "", PORT "/inet/smtpd_proxy_filter = 127.0.0.1:10025\n", "postfix.release-proxy",
         MG_SEVERITY_ERROR, PORT "/inet", "-o smtpd_proxy_filter="},
        {"aliases", "", PORT "/inet/receive_override_options = no_milters\n", "postfix.release-mappings",
         MG_SEVERITY_ERROR, PORT "/inet", "-o receive_override_options=no_address_mappings"},
        {"domains below", "", PORT "/inet/parent_domain_matches_subdomains = smtpd_access_maps\n",
         "postfix.release-subdomains", MG_SEVERITY_ERROR, PORT "/inet", "-o parent_domain_matches_subdomains="},
        {"no list", "", LIST "\n", "postfix.release-recipients", MG_SEVERITY_ERROR, PORT "/inet", GOOD_LIST},
        {"$mynetworks may send anywhere", "",
         LIST "permit_mynetworks, check_recipient_access inline:{ soto.example.jp=OK }, reject\n",
         "postfix.release-recipients", MG_SEVERITY_ERROR, PORT "/inet", GOOD_LIST},
        {"a list that does not end with reject", "", LIST "check_recipient_access inline:{ soto.example.jp=OK }\n",
         "postfix.release-recipients", MG_SEVERITY_ERROR, PORT "/inet", GOOD_LIST},
        {"another domain", "",
         LIST "check_recipient_access inline:{ soto.example.jp=OK, kodomo.example.jp=OK, city.example.lg.jp=OK }, "
              "reject\n",
         "postfix.release-recipients", MG_SEVERITY_ERROR, PORT "/inet", GOOD_LIST},
        {"a redirection", "",
         LIST "check_recipient_access inline:{ soto.example.jp=OK, { kodomo.example.jp = REDIRECT a@city.example.lg.jp "
              "} }, reject\n",
         "postfix.release-recipients", MG_SEVERITY_ERROR, PORT "/inet", GOOD_LIST},
        {"a domain that is left out", "", LIST "check_recipient_access inline:{ soto.example.jp=OK }, reject\n",
         "postfix.release-domains", MG_SEVERITY_WARNING, PORT "/inet", GOOD_LIST},
        {"a map of a file", "", LIST "check_recipient_access texthash:/etc/postfix/release, reject\n",
         "postfix.release-map", MG_SEVERITY_WARNING, PORT "/inet", GOOD_LIST},
        {"relays nothing", "", PORT "/inet/smtpd_relay_restrictions = reject_unauth_destination\n",
         "postfix.release-relay", MG_SEVERITY_WARNING, PORT "/inet",
         "-o smtpd_relay_restrictions=permit_mynetworks,reject"},
        {"this host is no client", "", PORT "/inet/mynetworks = 10.20.0.0/16\n", "postfix.release-networks",
         MG_SEVERITY_WARNING, PORT "/inet", "-o mynetworks=127.0.0.0/8"},
        {"size of the port", "", PORT "/inet/message_size_limit = 26214400\n", "postfix.release-size",
         MG_SEVERITY_WARNING, PORT "/inet", "-o message_size_limit=36700160"},
        {"size of its cleanup", "", "cleanup-release/unix/message_size_limit = 26214400\n", "postfix.release-cleanup",
         MG_SEVERITY_WARNING, "cleanup-release/unix",
         "master.cf, cleanup-release unix: -o message_size_limit=36700160"},
        {"the cleanup of all mail", "", PORT "/inet/cleanup_service_name = cleanup\n", "postfix.release-cleanup",
         MG_SEVERITY_WARNING, "cleanup/unix", "-o message_size_limit=36700160"},
        {"no such cleanup", "", PORT "/inet/cleanup_service_name = cleanup-gone\n", "postfix.release-cleanup",
         MG_SEVERITY_WARNING, "cleanup-gone/unix", "master.cf: cleanup-gone unix n - n - 0 cleanup"},
        {"an allowed domain goes where incoming mail goes", "relay_domains = city.example.lg.jp, soto.example.jp\n", "",
         "postfix.release-route", MG_SEVERITY_ERROR, PORT "/inet", "take out soto.example.jp"},
        {"so does one below a relay domain",
         "relay_domains = example.jp\n"
         "transport_maps =\n",
         "", "postfix.release-route", MG_SEVERITY_ERROR, PORT "/inet", "take out soto.example.jp"},
};

static void expect_only(const GArray *findings, const Row *row) {
        const MgFinding *finding = mg_findings_get(findings, row->id);

        if (finding == NULL || count_wrong(findings) != 1)
                say(findings);
        g_assert_nonnull(finding);
        g_assert_cmpuint(count_wrong(findings), ==, 1);
        g_assert_cmpuint(finding->severity, ==, row->severity);
        g_assert_cmpstr(finding->subject, ==, row->subject);
        if (strstr(finding->mend, row->mend) == NULL)
                say(findings);
        g_assert_nonnull(strstr(finding->mend, row->mend));
        g_assert_null(strstr(finding->ja, "{service}"));
        g_assert_null(strstr(finding->en, "{value}"));
}

static void test_row(gconstpointer data) {
        const Row *row = data;
        g_autofree char *safe = options_of(PORT);
        g_autofree char *overrides = g_strconcat(safe, row->overrides, NULL);
        g_autoptr(GArray) findings = check(row->main, port, overrides, &on);

        expect_only(findings, row);
}

/* What is not there: the line is the whole service, with the domains. */
static void test_missing(void) {
        static const Row row = {"",
                                "",
                                "",
                                "postfix.release-missing",
                                MG_SEVERITY_WARNING,
                                PORT,
                                "master.cf: " PORT
                                " inet n - n - 5 smtpd -o syslog_name=postfix/release -o smtpd_milters= "};
        g_autoptr(GArray) findings = check("", "", "", &on);

        expect_only(findings, &row);
        const char *mend = mg_findings_get(findings, row.id)->mend;
        g_assert_nonnull(strstr(mend, "inline:{ soto.example.jp=OK, kodomo.example.jp=OK }, reject }"));
        g_assert_nonnull(strstr(mend, "message_size_limit=36700160"));
}

/* A service that other hosts reach: by its name, and by inet_interfaces. */
static void test_reach(void) {
        static const char *const names[] = {"10026", ":10026", "0.0.0.0:10026"};

        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *subject = g_strconcat(names[i], "/inet", NULL);
                const Row row = {"",
                                 "",
                                 "",
                                 "postfix.release-reach",
                                 MG_SEVERITY_ERROR,
                                 subject,
                                 "master.cf: " PORT " in the place of "};
                g_autofree char *lines = options_of(names[i]);
                g_autofree char *master = g_strconcat(names[i], strstr(port, " inet"), NULL);
                g_autoptr(GArray) findings = check("", master, lines, &on);
                expect_only(findings, &row);
        }
}

/* release.smtp names the service by which mail comes in: it is judged as that, too. */
static void test_inbound(void) {
        MgPostfixSide side = on;
        const Row row = {"", "", "", "postfix.release-inbound", MG_SEVERITY_ERROR, "smtp/inet", "mugai.conf: release"};

        side.release_smtp = side.release_letters = "inet:25@127.0.0.1";
        g_autoptr(MgPostfix) postfix =
                mg_postfix_parse(main_cf, "smtp inet n - n - - smtpd\n", "smtp/inet/smtpd_milters = " SOCKET "\n");
        g_autoptr(GArray) findings = mg_findings_new();
        mg_postfix_check(postfix, &side, findings);
        expect_only(findings, &row);
}

static void test_letters(void) {
        MgPostfixSide side = on;
        const Row row = {"",
                         "",
                         "",
                         "postfix.letters-missing",
                         MG_SEVERITY_WARNING,
                         "127.0.0.1:2525",
                         "master.cf: 127.0.0.1:2525 inet n - n - - smtpd -o smtpd_milters=" SOCKET};

        side.release_letters = "inet:2525@127.0.0.1";
        g_autofree char *lines = options_of(PORT);
        g_autoptr(GArray) findings = check("", port, lines, &side);
        expect_only(findings, &row);
}

/* Where releases are off such a service is one for outgoing mail, and none is missed. */
static void test_off(void) {
        MgPostfixSide side = on;
        g_autofree char *lines = options_of(PORT);

        side.release_smtp = NULL;
        g_autoptr(GArray) with = check("", port, lines, &side);
        g_assert_cmpuint(count_wrong(with), ==, 0);
        g_assert_nonnull(mg_findings_get(with, "postfix.outbound-service"));
        g_autoptr(GArray) without = check("", "", "", &side);
        g_assert_cmpuint(count_wrong(without), ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/postfix-release/safe", test_safe);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/cli/postfix-release/wrong/", rows[i].what, NULL);
                g_test_add_data_func(path, &rows[i], test_row);
        }
        g_test_add_func("/cli/postfix-release/missing", test_missing);
        g_test_add_func("/cli/postfix-release/reach", test_reach);
        g_test_add_func("/cli/postfix-release/inbound", test_inbound);
        g_test_add_func("/cli/postfix-release/letters", test_letters);
        g_test_add_func("/cli/postfix-release/off", test_off);
        return g_test_run();
}
