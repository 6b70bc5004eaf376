/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Postfix checks on recorded output of postconf: a safe gateway has nothing to mend, and each fault by itself is
 * named, with the line that mends it.
 */
#include "postfix_check.h"

#include <string.h>

#define SIZE 26214400
#define SOCKET "unix:/run/mugai/milter/milter.sock"

/* postconf -x of a gateway as packaging/postfix describes it: what the checks look at. */
static const char safe_main[] = "always_bcc =\n"
                                "authorized_submit_users = root\n"
                                "compatibility_level = 3.6\n"
                                "content_filter =\n"
                                "default_transport = smtp\n"
                                "disable_dns_lookups = no\n"
                                "local_transport = local:gw.example.jp\n"
                                "mailbox_size_limit = 0\n"
                                "mailbox_transport =\n"
                                "message_size_limit = 26214400\n"
                                "milter_connect_timeout = 30s\n"
                                "milter_content_timeout = 300s\n"
                                "milter_default_action = tempfail\n"
                                "milter_protocol = 6\n"
                                "mynetworks = 127.0.0.0/8\n"
                                "non_smtpd_milters =\n"
                                "queue_directory = /var/spool/postfix\n"
                                "receive_override_options =\n"
                                "recipient_bcc_maps =\n"
                                "relay_transport = relay:[10.1.0.25]\n"
                                "relayhost =\n"
                                "sender_bcc_maps =\n"
                                "smtp_dns_support_level =\n"
                                "smtpd_client_restrictions =\n"
                                "smtpd_forbid_bare_newline = normalize\n"
                                "smtpd_forbid_bare_newline_exclusions =\n"
                                "smtpd_milter_maps =\n"
                                "smtpd_milters =\n"
                                "smtpd_proxy_filter =\n"
                                "smtputf8_enable = no\n"
                                "virtual_mailbox_limit = 51200000\n"
                                "virtual_transport = virtual\n";

static const char safe_master[] =
        "smtp       inet  n       -       n       -       -       smtpd -o "
        "smtpd_milters=unix:/run/mugai/milter/milter.sock\n"
        "10.20.0.2:25 inet n      -       n       -       -       smtpd -o mynetworks=10.20.0.0/16 "
        "-o {smtpd_client_restrictions=permit_mynetworks, reject}\n"
        "pickup     unix  n       -       n       60      1       pickup\n"
        "cleanup    unix  n       -       n       -       0       cleanup\n"
        "bounce     unix  -       -       n       -       0       bounce\n"
        "smtp       unix  -       -       n       -       -       smtp\n";

static const char safe_overrides[] = "smtp/inet/smtpd_milters = unix:/run/mugai/milter/milter.sock\n"
                                     "10.20.0.2:25/inet/mynetworks = 10.20.0.0/16\n"
                                     "10.20.0.2:25/inet/smtpd_client_restrictions = permit_mynetworks, reject\n";

static const MgPostfixSide safe_side = {.milter_socket = SOCKET, .mail_size = SIZE, .deadline_ms = 20000};

static GArray *check(const char *main, const char *master, const char *overrides, const MgPostfixSide *side) {
        return check_pieces((const char *[]){safe_main, main}, (const char *[]){safe_master, master},
                            (const char *[]){safe_overrides, overrides}, side);
}

static void test_safe(void) {
        g_autoptr(GArray) findings = check("", "", "", &safe_side);

        g_assert_cmpuint(count_wrong(findings), ==, 0);
        g_assert_false(mg_findings_unsafe(findings));
        /* What is right but worth knowing. */
        g_assert_nonnull(mg_findings_get(findings, "postfix.outbound-service"));
        g_assert_nonnull(mg_findings_get(findings, "postfix.bounce"));
        g_assert_cmpuint(findings->len, ==, 2);
}

/* Each row adds lines to the safe configuration (a later line of the same name holds) and must give exactly this one
 * error or warning. */
typedef struct Row {
        const char *what;
        const char *main;
        const char *master;
        const char *overrides;
        const char *id;
        const char *subject;
        const char *mend; /* a part of it */
} Row;

#define PLAIN_SMTPD(name) name " inet n - n - - smtpd\n"
#define CHROOTED_SMTPD(name) name " inet n - y - - smtpd\n"

static const Row rows[] = {
        {"accept passes raw mail", "milter_default_action = accept\n", "", "", "postfix.default-action", "main.cf",
         "main.cf: milter_default_action = tempfail"},
        {"reject loses mail", "milter_default_action = reject\n", "", "", "postfix.default-action", "main.cf",
         "tempfail"},
        {"quarantine keeps raw mail in the queue", "milter_default_action = quarantine\n", "", "",
         "postfix.default-action", "main.cf", "tempfail"},
        {"default action of one service", "", "", "smtp/inet/milter_default_action = accept\n",
         "postfix.default-action", "smtp/inet", "master.cf, smtp inet: -o milter_default_action=tempfail"},
        {"default action in the milter's braces", "", "",
         "smtp/inet/smtpd_milters = { unix:/run/mugai/milter/milter.sock, default_action = accept }\n",
         "postfix.default-action", "smtp/inet", "default_action=tempfail }"},
        {"protocol", "milter_protocol = 2\n", "", "", "postfix.protocol", "main.cf", "main.cf: milter_protocol = 6"},
        {"bare newline", "smtpd_forbid_bare_newline = no\n", "", "", "postfix.bare-newline", "main.cf",
         "main.cf: smtpd_forbid_bare_newline = normalize"},
        {"bare newline of one service", "", "", "smtp/inet/smtpd_forbid_bare_newline = no\n", "postfix.bare-newline",
         "smtp/inet", "master.cf, smtp inet: -o smtpd_forbid_bare_newline=normalize"},
        {"bare newline exclusions", "smtpd_forbid_bare_newline_exclusions = 127.0.0.0/8 192.0.2.1\n", "", "",
         "postfix.bare-newline-exclusions", "main.cf", "main.cf: smtpd_forbid_bare_newline_exclusions ="},
        {"no_milters in main.cf", "receive_override_options = no_address_mappings, no_milters\n", "", "",
         "postfix.no-milters", "main.cf", "main.cf: receive_override_options ="},
        {"no_milters of one service", "", "", "smtp/inet/receive_override_options = no_milters\n", "postfix.no-milters",
         "smtp/inet", "-o receive_override_options="},
        {"milter maps", "smtpd_milter_maps = cidr:/etc/postfix/nomilter\n", "", "", "postfix.milter-maps", "main.cf",
         "main.cf: smtpd_milter_maps ="},
        {"proxy filter", "", "", "smtp/inet/smtpd_proxy_filter = 127.0.0.1:10025\n", "postfix.proxy-filter",
         "smtp/inet", "-o smtpd_proxy_filter="},
        {"content filter that puts mail back elsewhere", "content_filter = scan:[127.0.0.1]:10024\n", "", "",
         "postfix.content-filter", "main.cf", "main.cf: content_filter ="},
        {"connect timeout", "milter_connect_timeout = 5s\n", "", "", "postfix.connect-timeout", "main.cf",
         "main.cf: milter_connect_timeout = 50s"},
        {"content timeout", "milter_content_timeout = 10\n", "", "", "postfix.content-timeout", "main.cf",
         "main.cf: milter_content_timeout = 50s"},
        {"smaller size", "message_size_limit = 10240000\n", "", "", "postfix.size", "main.cf",
         "main.cf: message_size_limit = 26214400"},
        {"no size limit", "message_size_limit = 0\n", "", "", "postfix.size", "main.cf", "26214400"},
        {"mailbox smaller than a mail", "mailbox_size_limit = 20000000\n", "", "", "postfix.mailbox-size", "main.cf",
         "main.cf: mailbox_size_limit = 0"},
        {"virtual mailbox smaller than a mail", "virtual_mailbox_limit = 20000000\n", "", "",
         "postfix.virtual-mailbox-size", "main.cf", "main.cf: virtual_mailbox_limit = 0"},
        {"always_bcc", "always_bcc = archive@example.jp\n", "", "", "postfix.always-bcc", "main.cf",
         "main.cf: always_bcc ="},
        {"always_bcc of cleanup", "", "", "cleanup/unix/always_bcc = archive@example.jp\n", "postfix.always-bcc",
         "cleanup/unix", "master.cf, cleanup unix: -o always_bcc="},
        {"sender_bcc_maps", "sender_bcc_maps = hash:/etc/postfix/bcc\n", "", "", "postfix.sender-bcc", "main.cf",
         "sender_bcc_maps ="},
        {"recipient_bcc_maps", "recipient_bcc_maps = hash:/etc/postfix/bcc\n", "", "", "postfix.recipient-bcc",
         "main.cf", "recipient_bcc_maps ="},
        {"pickup for everybody", "authorized_submit_users = static:anyone\n", "", "", "postfix.pickup", "pickup",
         "main.cf: authorized_submit_users = root"},
        {"qmqpd", "", "628 inet n - n - - qmqpd\n", "", "postfix.qmqpd", "628/inet", "remove"},
        {"another smtpd without the milter", "", PLAIN_SMTPD("192.0.2.1:2525"), "", "postfix.milter-missing",
         "192.0.2.1:2525/inet", "master.cf, 192.0.2.1:2525 inet: -o smtpd_milters=" SOCKET},
        {"smtpd behind postscreen without the milter", "", "smtpd pass - - n - - smtpd\n", "", "postfix.milter-missing",
         "smtpd/pass", "master.cf, smtpd pass: -o smtpd_milters=" SOCKET},
        {"another milter only", "", PLAIN_SMTPD("2525"), "2525/inet/smtpd_milters = inet:127.0.0.1:8891\n",
         "postfix.milter-missing", "2525/inet", SOCKET},
        {"a list that others pass, too, closes nothing", "", PLAIN_SMTPD("2525"),
         "2525/inet/smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access hash:/x, reject\n",
         "postfix.milter-missing", "2525/inet", SOCKET},
        {"not last", "", "", "smtp/inet/smtpd_milters = unix:/run/mugai/milter/milter.sock, inet:127.0.0.1:8891\n",
         "postfix.milter-not-last", "smtp/inet", "put " SOCKET " last"},
        {"chroot", "", CHROOTED_SMTPD("2525"), "2525/inet/smtpd_milters = unix:/run/mugai/milter/milter.sock\n",
         "postfix.chroot", "2525/inet", "chroot column n"},
        {"submission with the milter of main.cf", "smtpd_milters = unix:/run/mugai/milter/milter.sock\n",
         PLAIN_SMTPD("submission"),
         "submission/inet/smtpd_relay_restrictions = permit_sasl_authenticated,reject\n"
         "10.20.0.2:25/inet/smtpd_milters =\n",
         "postfix.outbound-milter", "submission/inet", "master.cf, submission inet: -o smtpd_milters="},
        {"outbound by network with the milter of main.cf", "smtpd_milters = unix:/run/mugai/milter/milter.sock\n", "",
         "", "postfix.outbound-milter", "10.20.0.2:25/inet", "master.cf, 10.20.0.2:25 inet: -o smtpd_milters="},
        {"logged-in users with a milter of their own", "", PLAIN_SMTPD("submission"),
         "submission/inet/smtpd_client_restrictions = permit_sasl_authenticated,reject\n"
         "submission/inet/smtpd_milters = unix:/run/mugai/milter/milter.sock\n",
         "postfix.outbound-milter", "submission/inet", "-o smtpd_milters="},
        {"$mynetworks with a milter of their own beside an inbound service", "", "",
         "10.20.0.2:25/inet/smtpd_milters = unix:/run/mugai/milter/milter.sock\n", "postfix.outbound-milter",
         "10.20.0.2:25/inet", "-o smtpd_milters="},
        {"SMTPUTF8 and nobody asked the next hop", "smtputf8_enable = yes\n", "", "", "postfix.smtputf8-unknown",
         "main.cf", "main.cf: smtputf8_enable = no"},
};

static void test_row(gconstpointer data) {
        const Row *row = data;
        g_autoptr(GArray) findings = check(row->main, row->master, row->overrides, &safe_side);
        const MgFinding *finding = mg_findings_get(findings, row->id);

        if (finding == NULL || count_wrong(findings) != 1) {
                g_autofree char *text = mg_findings_text(findings);
                g_test_message("%s", text);
        }
        g_assert_nonnull(finding);
        g_assert_cmpuint(count_wrong(findings), ==, 1);
        g_assert_cmpstr(finding->subject, ==, row->subject);
        g_assert_nonnull(strstr(finding->mend, row->mend));
        g_assert_cmpuint(strlen(finding->ja), >, 10);
        g_assert_cmpuint(strlen(finding->en), >, 10);
        g_assert_null(strchr(finding->ja, '{'));
        g_assert_true(g_str_equal(row->id, "postfix.default-action") || strchr(finding->en, '{') == NULL);
}

/* The other way: configurations that look like a fault and are none. */
static const Row fine[] = {
        {"yes is normalize", "smtpd_forbid_bare_newline = yes\n", "", "", "postfix.bare-newline", "", ""},
        {"reject", "smtpd_forbid_bare_newline = Reject\n", "", "", "postfix.bare-newline", "", ""},
        {"braces of one's own mend main.cf", "milter_default_action = accept\nmilter_protocol = 2\n", "",
         "smtp/inet/smtpd_milters = { unix:/run/mugai/milter/milter.sock, default_action=tempfail, protocol=6 }\n",
         "postfix.default-action", "", ""},
        {"another milter before ours", "", "",
         "smtp/inet/smtpd_milters = inet:127.0.0.1:8891, unix:/run/mugai/milter/milter.sock\n",
         "postfix.milter-not-last", "", ""},
        {"/var/run is /run", "", "", "smtp/inet/smtpd_milters = unix:/var/run/mugai/milter/milter.sock\n",
         "postfix.milter-missing", "", ""},
        {"no_milters of an outbound service", "", "", "10.20.0.2:25/inet/receive_override_options = no_milters\n",
         "postfix.no-milters", "", ""},
        {"milter in main.cf alone", "smtpd_milters = unix:/run/mugai/milter/milter.sock\n", "",
         "10.20.0.2:25/inet/smtpd_milters =\n", "postfix.outbound-milter", "", ""},
        {"an inbound service that main.cf closes to all but the relay before it",
         "smtpd_client_restrictions = check_client_access cidr:/etc/postfix/relay, reject\n", "", "",
         "postfix.outbound-milter", "", ""},
        {"an inbound service that is closed in master.cf to all but the relay before it", "", "",
         "smtp/inet/smtpd_client_restrictions = check_client_access cidr:/etc/postfix/relay, reject\n",
         "postfix.outbound-milter", "", ""},
        {"the only inbound service is closed to $mynetworks, where the relay before it is", "", "",
         "smtp/inet/smtpd_client_restrictions = permit_mynetworks, reject\n", "postfix.outbound-milter", "", ""},
        {"local mail passes us", "authorized_submit_users = static:anyone\nnon_smtpd_milters = " SOCKET "\n", "", "",
         "postfix.pickup", "", ""},
        {"mailbox without a bound", "mailbox_size_limit = 0\nvirtual_mailbox_limit = 0\n", "", "",
         "postfix.mailbox-size", "", ""},
        {"long enough", "milter_content_timeout = 5m\nmilter_connect_timeout = 20\n", "", "", "postfix.content-timeout",
         "", ""},
};

static void test_fine(gconstpointer data) {
        const Row *row = data;
        g_autoptr(GArray) findings = check(row->main, row->master, row->overrides, &safe_side);

        if (count_wrong(findings) != 0) {
                g_autofree char *text = mg_findings_text(findings);
                g_test_message("%s", text);
        }
        g_assert_null(mg_findings_get(findings, row->id));
        g_assert_cmpuint(count_wrong(findings), ==, 0);
}

/* A content filter is no fault where every service that could take the mail back passes us. */
static void test_content_filter(void) {
        g_autofree char *main = g_strconcat(safe_main, "content_filter = scan:[127.0.0.1]:10024\n", NULL);
        const char *master = "smtp inet n - n - - smtpd\n127.0.0.1:10025 inet n - n - - smtpd\n";
        const char *overrides =
                "smtp/inet/smtpd_milters = " SOCKET "\n127.0.0.1:10025/inet/smtpd_milters = " SOCKET "\n";
        g_autoptr(MgPostfix) postfix = mg_postfix_parse(main, master, overrides);
        g_autoptr(GArray) findings = mg_findings_new();

        mg_postfix_check(postfix, &safe_side, findings);
        g_assert_null(mg_findings_get(findings, "postfix.content-filter"));
}

static void test_no_smtpd(void) {
        g_autoptr(MgPostfix) postfix = mg_postfix_parse(safe_main, "cleanup unix n - n - 0 cleanup\n", "");
        g_autoptr(GArray) findings = mg_findings_new();

        mg_postfix_check(postfix, &safe_side, findings);
        g_assert_nonnull(mg_findings_get(findings, "postfix.no-smtpd"));
}

/* A Postfix that has no such parameter is one that can be smuggled through. */
static void test_old_postfix(void) {
        g_autoptr(MgPostfix) postfix =
                mg_postfix_parse("milter_default_action = tempfail\n", "smtp inet n - n - - smtpd\n", "");
        g_autoptr(GArray) findings = mg_findings_new();

        mg_postfix_check(postfix, &safe_side, findings);
        g_assert_nonnull(mg_findings_get(findings, "postfix.bare-newline"));
}

static void test_smtputf8(void) {
        static const struct {
                MgPostfixProbe probe;
                gboolean unknown;
                const char *id;
        } hops[] = {
                {MG_POSTFIX_WITHOUT_SMTPUTF8, FALSE, "postfix.smtputf8"},
                {MG_POSTFIX_UNKNOWN, FALSE, "postfix.smtputf8-unknown"},
                {MG_POSTFIX_WITH_SMTPUTF8, TRUE, "postfix.smtputf8-unknown"},
                {MG_POSTFIX_WITH_SMTPUTF8, FALSE, NULL},
        };

        for (guint i = 0; i < G_N_ELEMENTS(hops); i++) {
                g_autoptr(GPtrArray) list = mg_postfix_hops_new();
                MgPostfixSide side = safe_side;
                g_assert_true(mg_postfix_hop_add(list, "[10.1.0.25]", FALSE, TRUE));
                ((MgPostfixHop *)list->pdata[0])->probe = hops[i].probe;
                side.hops = list;
                side.hops_unknown = hops[i].unknown;
                g_autoptr(GArray) off = check("", "", "", &side);
                g_assert_cmpuint(count_wrong(off), ==, 0);
                g_autoptr(GArray) on = check("smtputf8_enable = yes\n", "", "", &side);
                g_assert_cmpuint(count_wrong(on), ==, hops[i].id != NULL);
                g_assert_true(hops[i].id == NULL || mg_findings_get(on, hops[i].id) != NULL);
        }
}

static void test_reach(void) {
        static const struct {
                const char *theirs;
                const char *ours;
                gboolean chroot;
                MgPostfixReach reach;
        } cases[] = {
                {"unix:/run/mugai/m.sock", "unix:/run/mugai/m.sock", FALSE, MG_POSTFIX_OURS},
                {"unix:/run/mugai/m.sock", "local:/run/mugai/m.sock", FALSE, MG_POSTFIX_OURS},
                {"unix:/run/mugai/m.sock", "unix:/run/mugai/m.sock", TRUE, MG_POSTFIX_UNREACHABLE},
                {"unix:mugai/m.sock", "unix:/var/spool/postfix/mugai/m.sock", TRUE, MG_POSTFIX_OURS},
                {"unix:mugai/m.sock", "unix:/var/spool/postfix/mugai/m.sock", FALSE, MG_POSTFIX_OURS},
                {"unix:/mugai/m.sock", "unix:/var/spool/postfix/mugai/m.sock", TRUE, MG_POSTFIX_OURS},
                {"unix:/mugai/m.sock", "unix:/var/spool/postfix/mugai/m.sock", FALSE, MG_POSTFIX_OTHER},
                {"unix:/var/spool/postfix/mugai/m.sock", "unix:/var/spool/postfix/mugai/m.sock", TRUE,
                 MG_POSTFIX_UNREACHABLE},
                {"inet:127.0.0.1:8895", "inet:8895@127.0.0.1", FALSE, MG_POSTFIX_OURS},
                {"inet:localhost:8895", "inet:8895@127.0.0.1", TRUE, MG_POSTFIX_OURS},
                {"inet:localhost:8895", "inet:8895", FALSE, MG_POSTFIX_OURS},
                {"inet:10.0.0.1:8895", "inet:8895@127.0.0.1", FALSE, MG_POSTFIX_OTHER},
                {"inet:127.0.0.1:8896", "inet:8895@127.0.0.1", FALSE, MG_POSTFIX_OTHER},
                {"inet:127.0.0.1:8895", "unix:/run/mugai/m.sock", FALSE, MG_POSTFIX_OTHER},
                {"", "unix:/run/mugai/m.sock", FALSE, MG_POSTFIX_OTHER},
                {"nonsense", "unix:/run/mugai/m.sock", FALSE, MG_POSTFIX_OTHER},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(MgPostfix) postfix = mg_postfix_parse(
                        safe_main, cases[i].chroot ? "smtp inet n - y - - smtpd\n" : "smtp inet n - n - - smtpd\n", "");
                g_assert_cmpuint(postfix->services->len, ==, 1);
                MgPostfixReach reach =
                        mg_postfix_reach(postfix, postfix->services->pdata[0], cases[i].theirs, cases[i].ours);
                if (reach != cases[i].reach)
                        g_test_message("row %u: %s, %s", i, cases[i].theirs, cases[i].ours);
                g_assert_cmpint(reach, ==, cases[i].reach);
        }
}

static void test_hops(void) {
        static const struct {
                const char *value;
                gboolean transport;
                gboolean mx;
                gboolean known;
                const char *host; /* NULL: none added */
                guint port;
        } cases[] = {
                {"[relay.example.jp]:587", FALSE, TRUE, TRUE, "relay.example.jp", 587},
                {"[relay.example.jp]", FALSE, TRUE, TRUE, "relay.example.jp", 25},
                {"[2001:db8::1]:2525", FALSE, TRUE, TRUE, "2001:db8::1", 2525},
                {"192.0.2.1", FALSE, TRUE, TRUE, "192.0.2.1", 25},
                {"example.jp", FALSE, TRUE, FALSE, NULL, 0},
                {"example.jp", FALSE, FALSE, TRUE, "example.jp", 25},
                {"", FALSE, TRUE, TRUE, NULL, 0},
                {"smtp:[10.1.0.25]:2525", TRUE, TRUE, TRUE, "10.1.0.25", 2525},
                {"smtp", TRUE, TRUE, TRUE, NULL, 0},
                {"virtual", TRUE, TRUE, TRUE, NULL, 0},
                {"error:no such user", TRUE, TRUE, TRUE, NULL, 0},
                {"lmtp:unix:private/dovecot", TRUE, TRUE, TRUE, NULL, 0},
                {"lmtp:inet:[10.1.0.26]:24", TRUE, TRUE, TRUE, "10.1.0.26", 24},
                {"smtp:[10.1.0.25]:nonsense", TRUE, TRUE, FALSE, NULL, 0},
                {"[", FALSE, TRUE, FALSE, NULL, 0},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GPtrArray) hops = mg_postfix_hops_new();
                gboolean known = mg_postfix_hop_add(hops, cases[i].value, cases[i].transport, cases[i].mx);
                g_assert_cmpint(known, ==, cases[i].known);
                g_assert_cmpuint(hops->len, ==, cases[i].host != NULL);
                if (cases[i].host == NULL)
                        continue;
                const MgPostfixHop *hop = hops->pdata[0];
                g_assert_cmpstr(hop->host, ==, cases[i].host);
                g_assert_cmpuint(hop->port, ==, cases[i].port);
                g_assert_true(mg_postfix_hop_add(hops, cases[i].value, cases[i].transport, cases[i].mx));
                g_assert_cmpuint(hops->len, ==, 1);
        }
}

static void test_hops_bounded(void) {
        g_autoptr(GPtrArray) hops = mg_postfix_hops_new();

        for (guint i = 0; i < 100; i++) {
                g_autofree char *value = g_strdup_printf("[10.0.0.%u]", i);
                g_assert_cmpint(mg_postfix_hop_add(hops, value, FALSE, TRUE), ==, i < MG_POSTFIX_HOPS);
        }
        g_assert_cmpuint(hops->len, ==, MG_POSTFIX_HOPS);
}

static void test_words(void) {
        static const struct {
                const char *value;
                const char *words[5];
        } cases[] = {
                {"", {NULL}},
                {"a, b\tc", {"a", "b", "c", NULL}},
                {"{ inet:h:1, connect_timeout = 10s }, unix:/x", {"inet:h:1, connect_timeout = 10s", "unix:/x", NULL}},
                {"{a {b} c} d", {"a {b} c", "d", NULL}},
                {"{open", {"{open", NULL}},
                {"}x", {"}x", NULL}},
        };

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_auto(GStrv) words = mg_postfix_words(cases[i].value);
                g_assert_true(g_strv_equal((const char *const *)words, cases[i].words));
        }
}

static void test_seconds(void) {
        static const struct {
                const char *value;
                gint64 seconds;
        } cases[] = {{"30s", 30}, {"300", 300}, {"5m", 300}, {"1h", 3600}, {"1d", 86400},
                     {"", -1},    {"x", -1},    {"3y", -1},  {"3mm", -1},  {"-1", -1}};

        for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
                g_assert_cmpint(mg_postfix_seconds(cases[i].value), ==, cases[i].seconds);
        g_assert_cmpint(mg_postfix_seconds(NULL), ==, -1);
}

/* Hostile or odd output must not be more than left out. */
static void test_parse_odd(void) {
        g_autoptr(MgPostfix) postfix =
                mg_postfix_parse("no equals\n= x\nname =\n", "smtp inet\n\nsmtp inet n - - - - smtpd",
                                 "smtp/inet/x = a=b/c\nnone/inet/x = 1\nx = 2\n/ = 3\n");

        g_assert_cmpuint(g_hash_table_size(postfix->main), ==, 1);
        g_assert_cmpuint(postfix->services->len, ==, 1);
        const MgPostfixService *service = postfix->services->pdata[0];
        g_assert_cmpuint(g_hash_table_size(service->overrides), ==, 1);
        g_assert_cmpstr(mg_postfix_value(postfix, service, "x"), ==, "a=b/c");
        g_assert_cmpstr(mg_postfix_value(postfix, service, "name"), ==, "");
        g_assert_null(mg_postfix_value(postfix, NULL, "x"));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/cli/postfix/safe", test_safe);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/cli/postfix/wrong/", rows[i].what, NULL);
                g_test_add_data_func(path, &rows[i], test_row);
        }
        for (guint i = 0; i < G_N_ELEMENTS(fine); i++) {
                g_autofree char *path = g_strconcat("/cli/postfix/fine/", fine[i].what, NULL);
                g_test_add_data_func(path, &fine[i], test_fine);
        }
        g_test_add_func("/cli/postfix/content-filter", test_content_filter);
        g_test_add_func("/cli/postfix/no-smtpd", test_no_smtpd);
        g_test_add_func("/cli/postfix/old", test_old_postfix);
        g_test_add_func("/cli/postfix/smtputf8", test_smtputf8);
        g_test_add_func("/cli/postfix/reach", test_reach);
        g_test_add_func("/cli/postfix/hops", test_hops);
        g_test_add_func("/cli/postfix/hops-bounded", test_hops_bounded);
        g_test_add_func("/cli/postfix/words", test_words);
        g_test_add_func("/cli/postfix/seconds", test_seconds);
        g_test_add_func("/cli/postfix/parse-odd", test_parse_odd);
        return g_test_run();
}
