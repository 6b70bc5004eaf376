/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a Postfix configuration is unsafe beside this gateway: tables of rules over the model.
 * Runs nothing and reads nothing; access maps, header checks and what a content filter does are not looked into.
 */
#include "cli/postfix_rule.h"

#include <string.h>

/* Whom a service of master.cf is closed to: all but these. */
typedef enum Closed {
        CLOSED_NOT,
        CLOSED_CLIENTS,  /* some that a map or a certificate names: staff's mail server, or the relay before us */
        CLOSED_NETWORKS, /* $mynetworks */
        CLOSED_USERS,    /* users who log in: they send outgoing mail */
} Closed;

/* A service as it stands to us. */
typedef struct Door {
        const MgPostfixService *service;
        GPtrArray *milters;          /* of MgPostfixMilter */
        const MgPostfixMilter *ours; /* borrowed from milters, or NULL */
        MgPostfixReach reach;
        gboolean explicit_milters; /* smtpd_milters stands in master.cf */
        Closed closed;             /* in master.cf */
        gboolean outbound;         /* for outgoing mail */
} Door;

static void door_clear(Door *door) {
        g_clear_pointer(&door->milters, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Door, door_clear)

static gboolean is_no(const char *value) {
        return g_ascii_strcasecmp(value, "no") == 0;
}

/*
 * Closed lists. A service of master.cf whose own -o end a list with "reject" after nothing but named clients is not for
 * mail from the Internet. What main.cf says does not count: behind the prefecture's relay the inbound service is
 * closed there.
 */
static const char *const closing_lists[] = {"smtpd_client_restrictions", "smtpd_helo_restrictions",
                                            "smtpd_sender_restrictions", "smtpd_relay_restrictions",
                                            "smtpd_recipient_restrictions"};
static const char *const named_clients[] = {"permit_mynetworks",
                                            "permit_sasl_authenticated",
                                            "permit_tls_clientcerts",
                                            "permit_tls_all_clientcerts",
                                            "check_client_access",
                                            "check_ccert_access",
                                            "check_sasl_access",
                                            "reject",
                                            NULL};

static gboolean closed_list(const char *value) {
        g_auto(GStrv) words = mg_postfix_words(value);
        guint n = g_strv_length(words);

        if (n == 0 || !g_str_equal(words[n - 1], "reject"))
                return FALSE;
        for (guint i = 0; i < n; i++) {
                gboolean map = i > 0 && strchr(words[i], ':') != NULL && g_str_has_prefix(words[i - 1], "check_");
                if (!map && !g_str_has_prefix(words[i], "reject_") && !g_strv_contains(named_clients, words[i]))
                        return FALSE;
        }
        return TRUE;
}

static Closed closed_to(const MgPostfixService *service) {
        Closed closed = CLOSED_NOT;

        for (guint i = 0; i < G_N_ELEMENTS(closing_lists); i++) {
                const char *value = g_hash_table_lookup(service->overrides, closing_lists[i]);
                if (value == NULL || !closed_list(value))
                        continue;
                if (mg_postfix_has_word(value, "permit_sasl_authenticated"))
                        closed = MAX(closed, CLOSED_USERS);
                else if (mg_postfix_has_word(value, "permit_mynetworks") &&
                         !mg_postfix_has_word(value, "check_client_access"))
                        closed = MAX(closed, CLOSED_NETWORKS);
                else
                        closed = MAX(closed, CLOSED_CLIENTS);
        }
        return closed;
}

static void door_open(Door *door, const MgPostfixContext *context, const MgPostfixService *service) {
        door->service = service;
        door->explicit_milters = g_hash_table_contains(service->overrides, "smtpd_milters");
        door->milters = mg_postfix_milters(mg_postfix_text(context, service, "smtpd_milters"));
        for (guint i = 0; i < door->milters->len; i++) {
                const MgPostfixMilter *milter = door->milters->pdata[i];
                MgPostfixReach reach =
                        mg_postfix_reach(context->postfix, service, milter->address, context->side->milter_socket);
                if (reach == MG_POSTFIX_OTHER)
                        continue;
                door->ours = milter;
                door->reach = reach;
        }
        door->closed = closed_to(service);
        door->outbound = door->closed == CLOSED_USERS ||
                         (door->closed != CLOSED_NOT && (door->ours == NULL || !door->explicit_milters));
}

/*
 * Where another service takes inbound mail, one that is closed to $mynetworks is for outgoing mail even if master.cf
 * gives it the milter. Where there is no other it may well be the inbound one, with the relay before us in
 * $mynetworks.
 */
static void find_outbound(GArray *doors) {
        gboolean inbound = FALSE;

        for (guint i = 0; i < doors->len; i++) {
                const Door *door = &g_array_index(doors, Door, i);
                inbound |= door->ours != NULL && door->closed == CLOSED_NOT;
        }
        for (guint i = 0; i < doors->len && inbound; i++) {
                Door *door = &g_array_index(doors, Door, i);
                door->outbound |= door->closed == CLOSED_NETWORKS;
        }
}

static gboolean not_tempfail(const MgPostfixContext *context, const char *value) {
        return g_ascii_strcasecmp(value, "tempfail") != 0;
}

static gboolean old_protocol(const MgPostfixContext *context, const char *value) {
        return g_ascii_strtoll(value, NULL, 10) < 6;
}

static gboolean bare_newline_passes(const MgPostfixContext *context, const char *value) {
        static const char *const safe[] = {"normalize", "reject", "yes", NULL};
        g_autofree char *lower = g_ascii_strdown(value, -1);

        return !g_strv_contains(safe, lower);
}

static gboolean skips_milters(const MgPostfixContext *context, const char *value) {
        return mg_postfix_has_word(value, "no_milters");
}

static gboolean shorter_than_deadline(const MgPostfixContext *context, const char *value) {
        return mg_postfix_seconds(value) * 1000 < (gint64)context->side->deadline_ms;
}

static guint64 beyond_deadline(const MgPostfixContext *context) {
        return context->side->deadline_ms / 1000 + 30;
}

static guint64 mail_size(const MgPostfixContext *context) {
        return context->side->mail_size;
}

static gboolean other_size(const MgPostfixContext *context, const char *value) {
        return g_ascii_strtoull(value, NULL, 10) != context->side->mail_size;
}

static gboolean smaller_mailbox(const MgPostfixContext *context, const char *value) {
        guint64 size = g_ascii_strtoull(value, NULL, 10);

        return size != 0 && size < context->side->mail_size;
}

static const MgPostfixRule inbound_rules[] = {
        {"postfix.default-action", MG_SEVERITY_ERROR, "milter_default_action", "default_action", not_tempfail,
         "tempfail",
         "ゲートウェイが止まっている間の動作 (milter_default_action) が {value} です。accept "
         "では無害化前のメールがそのまま届きます。",
         "milter_default_action is {value}: while the gateway is down mail must wait (accept passes it raw, others "
         "lose or hold it)."},
        {"postfix.protocol", MG_SEVERITY_ERROR, "milter_protocol", "protocol", old_protocol, "6",
         "milter_protocol が {value} です。6 でなければ、このゲートウェイと正しくやりとりできません。",
         "milter_protocol is {value}: the gateway needs 6."},
        {"postfix.bare-newline", MG_SEVERITY_ERROR, "smtpd_forbid_bare_newline", NULL, bare_newline_passes, "normalize",
         "smtpd_forbid_bare_newline が {value} です。行末の細工で、検査を受けない2通目を忍び込ませる攻撃 (SMTP "
         "smuggling) ができます。",
         "smtpd_forbid_bare_newline is {value}: a second mail can be smuggled in behind a bare line feed."},
        {"postfix.bare-newline-exclusions", MG_SEVERITY_ERROR, "smtpd_forbid_bare_newline_exclusions", NULL,
         mg_postfix_not_empty, "",
         "smtpd_forbid_bare_newline_exclusions が {value} です。除外された中継サーバーを通じて SMTP smuggling "
         "ができます。空にしてください。",
         "smtpd_forbid_bare_newline_exclusions is {value}: through these relays mail can still be smuggled in; leave "
         "it empty."},
        {"postfix.no-milters", MG_SEVERITY_ERROR, "receive_override_options", NULL, skips_milters, "",
         "receive_override_options に no_milters があり、このサービスのメールは無害化されません。",
         "receive_override_options has no_milters: mail of this service skips the gateway."},
        {"postfix.milter-maps", MG_SEVERITY_ERROR, "smtpd_milter_maps", NULL, mg_postfix_not_empty, "",
         "smtpd_milter_maps ({value}) により、一部の接続元のメールが無害化されないおそれがあります。",
         "smtpd_milter_maps ({value}) can let some clients skip the gateway."},
        {"postfix.proxy-filter", MG_SEVERITY_ERROR, "smtpd_proxy_filter", NULL, mg_postfix_not_empty, "",
         "smtpd_proxy_filter ({value}) を使うと、milter による書き換えが効きません。",
         "smtpd_proxy_filter is {value}: before-queue proxies and rewriting milters do not work together."},
        {"postfix.connect-timeout", MG_SEVERITY_WARNING, "milter_connect_timeout", "connect_timeout",
         shorter_than_deadline, "{number}s",
         "milter_connect_timeout ({value}) が1通の処理期限より短いため、混雑時に受信が遅れます。",
         "milter_connect_timeout is {value}, shorter than the deadline of one mail: mail is deferred when the gateway "
         "is busy.",
         beyond_deadline},
        {"postfix.content-timeout", MG_SEVERITY_WARNING, "milter_content_timeout", "content_timeout",
         shorter_than_deadline, "{number}s",
         "milter_content_timeout ({value}) が1通の処理期限より短いため、処理中のメールが遅れます。",
         "milter_content_timeout is {value}, shorter than the deadline of one mail: slow mail is deferred again and "
         "again.",
         beyond_deadline},
        {"postfix.size", MG_SEVERITY_WARNING, "message_size_limit", NULL, other_size, "{number}",
         "message_size_limit ({value}) が mugai.conf の limits.mail_size "
         "と違います。大きさの上限は全段でそろえてください。",
         "message_size_limit is {value}, but limits.mail_size in mugai.conf differs: one size limit for every stage.",
         mail_size},
};

/* Rules over main.cf and over the cleanup services, through which all mail goes. */
static const MgPostfixRule cleanup_rules[] = {
        {"postfix.always-bcc", MG_SEVERITY_WARNING, "always_bcc", NULL, mg_postfix_not_empty, "",
         "always_bcc ({value}) の写しはゲートウェイの記録に宛先として残りません。",
         "always_bcc copies mail to {value}, a recipient that the gateway does not see."},
        {"postfix.sender-bcc", MG_SEVERITY_WARNING, "sender_bcc_maps", NULL, mg_postfix_not_empty, "",
         "sender_bcc_maps ({value}) の写しはゲートウェイの記録に宛先として残りません。",
         "sender_bcc_maps ({value}) adds recipients that the gateway does not see."},
        {"postfix.recipient-bcc", MG_SEVERITY_WARNING, "recipient_bcc_maps", NULL, mg_postfix_not_empty, "",
         "recipient_bcc_maps ({value}) の写しはゲートウェイの記録に宛先として残りません。",
         "recipient_bcc_maps ({value}) adds recipients that the gateway does not see."},
};

static const MgPostfixRule main_rules[] = {
        {"postfix.mailbox-size", MG_SEVERITY_WARNING, "mailbox_size_limit", NULL, smaller_mailbox, "0",
         "mailbox_size_limit ({value}) が limits.mail_size より小さく、受け取ったメールを配送できないことがあります。",
         "mailbox_size_limit is {value}, less than limits.mail_size: mail that was taken cannot be delivered."},
        {"postfix.virtual-mailbox-size", MG_SEVERITY_WARNING, "virtual_mailbox_limit", NULL, smaller_mailbox, "0",
         "virtual_mailbox_limit ({value}) が limits.mail_size "
         "より小さく、受け取ったメールを配送できないことがあります。",
         "virtual_mailbox_limit is {value}, less than limits.mail_size: mail that was taken cannot be delivered."},
};

/* How the mend line spells our socket: as a chrooted service sees it where it lies under the queue directory. */
char *mg_postfix_spell_socket(const MgPostfixContext *context) {
        const char *socket = context->side->milter_socket;
        const char *queue = mg_postfix_text(context, NULL, "queue_directory");
        const char *path = strchr(socket, '/');
        const char *at = strchr(socket, '@');

        if (g_str_has_prefix(socket, "inet:") && at != NULL) {
                g_autofree char *port = g_strndup(socket + strlen("inet:"), (gsize)(at - socket) - strlen("inet:"));
                return g_strdup_printf("inet:%s:%s", at + 1, port);
        }
        if (path != NULL && *queue != '\0' && g_str_has_prefix(path, queue) && path[strlen(queue)] == '/')
                return g_strdup_printf("unix:%s", path + strlen(queue) + 1);
        return g_strdup(socket);
}

static void check_missing(const MgPostfixContext *context, const Door *door, const char *label) {
        g_autofree char *socket = mg_postfix_spell_socket(context);
        g_autofree char *mend = g_strdup_printf("master.cf, %s %s: -o smtpd_milters=%s", door->service->name,
                                                door->service->type, socket);
        g_autofree char *ja = g_strdup_printf("%s で受けたメールは無害化されません (smtpd_milters に %s がありません)。"
                                              "送信専用なら master.cf で接続元を限り、最後に reject を置いてください。",
                                              label, socket);
        g_autofree char *en = g_strdup_printf(
                "Mail that comes in by %s is not sanitized: smtpd_milters lacks %s. A service for "
                "outgoing mail only must be closed to others in master.cf, its list ending with reject.",
                label, socket);

        mg_postfix_report(context, "postfix.milter-missing", MG_SEVERITY_ERROR, label, ja, en, mend);
}

static void check_chroot(const MgPostfixContext *context, const Door *door, const char *label) {
        const char *queue = mg_postfix_text(context, NULL, "queue_directory");
        g_autofree char *socket = mg_postfix_spell_socket(context);
        gboolean inside = !g_str_equal(socket, context->side->milter_socket);
        g_autofree char *mend =
                inside ? g_strdup_printf("master.cf, %s %s: -o smtpd_milters=%s", door->service->name,
                                         door->service->type, socket)
                       : g_strdup_printf(
                                 "mugai.conf: milter { socket = unix:%s/mugai/milter.sock }, and master.cf, %s %s: "
                                 "-o smtpd_milters=unix:mugai/milter.sock (or chroot column n)",
                                 queue, door->service->name, door->service->type);
        g_autofree char *ja = g_strdup_printf("%s は chroot (%s) の中で動くため、ソケット %s に届きません。", label,
                                              queue, door->ours->address);
        g_autofree char *en = g_strdup_printf("%s runs chrooted in %s and cannot reach the socket by %s.", label, queue,
                                              door->ours->address);

        mg_postfix_report(context, "postfix.chroot", MG_SEVERITY_ERROR, label, ja, en, mend);
}

static void check_last(const MgPostfixContext *context, const Door *door, const char *label) {
        if (door->milters->pdata[door->milters->len - 1] == door->ours)
                return;
        const MgPostfixMilter *after = door->milters->pdata[door->milters->len - 1];
        g_autofree char *socket = mg_postfix_spell_socket(context);
        g_autofree char *ja = g_strdup_printf(
                "%s では mugai の後に %s が動き、無害化した結果を書き換えるおそれがあります。", label, after->address);
        g_autofree char *en = g_strdup_printf("On %s the milter %s runs after mugai and can change what was made safe.",
                                              label, after->address);
        g_autofree char *mend = g_strdup_printf("smtpd_milters: put %s last", socket);

        mg_postfix_report(context, "postfix.milter-not-last", MG_SEVERITY_ERROR, label, ja, en, mend);
}

static void check_outbound(const MgPostfixContext *context, const Door *door, const char *label) {
        const char *networks = mg_postfix_text(context, door->service, "mynetworks");

        if (door->ours != NULL) {
                g_autofree char *mend = g_strdup_printf("master.cf, %s %s: -o smtpd_milters=", door->service->name,
                                                        door->service->type);
                g_autofree char *ja =
                        g_strdup_printf("%s は送信用のサービスですが mugai を通り、外へ出すメールの添付が消えます。"
                                        "受信用なら、接続元は check_client_access で限ってください。",
                                        label);
                g_autofree char *en =
                        g_strdup_printf("%s is a service for outgoing mail, but passes mugai: attachments of "
                                        "outgoing mail would be removed. An inbound service names its clients by "
                                        "check_client_access.",
                                        label);
                mg_postfix_report(context, "postfix.outbound-milter", MG_SEVERITY_ERROR, label, ja, en, mend);
                return;
        }
        g_autofree char *ja = g_strdup_printf(
                "%s のメールは無害化されません。送信専用であることを確かめてください (mynetworks: %s)。", label,
                networks);
        g_autofree char *en = g_strdup_printf("Mail that comes in by %s is not sanitized: right for outgoing mail only "
                                              "(mynetworks: %s).",
                                              label, networks);
        mg_postfix_report(context, "postfix.outbound-service", MG_SEVERITY_NOTE, label, ja, en, "");
}

static void check_door(const MgPostfixContext *context, const Door *door) {
        g_autofree char *label = mg_postfix_label(door->service);

        if (door->outbound) {
                check_outbound(context, door, label);
                return;
        }
        if (door->ours == NULL)
                check_missing(context, door, label);
        if (door->ours != NULL && door->reach == MG_POSTFIX_UNREACHABLE)
                check_chroot(context, door, label);
        if (door->ours != NULL)
                check_last(context, door, label);
        for (guint i = 0; i < G_N_ELEMENTS(inbound_rules); i++)
                mg_postfix_apply(context, &inbound_rules[i], door->service, door->ours, MG_POSTFIX_WHERE_IT_STANDS);
}

/* content_filter sends mail out and takes it back: by a door that every door must then be ours. */
static void check_content_filter(const MgPostfixContext *context, const Door *door, gboolean all_ours) {
        const char *value = mg_postfix_text(context, door->service, "content_filter");
        gboolean own = g_hash_table_contains(door->service->overrides, "content_filter");

        if (*value == '\0' || all_ours)
                return;
        g_autofree char *subject = own ? mg_postfix_label(door->service) : g_strdup("main.cf");
        g_autofree char *mend = mg_postfix_mend(door->service, own, "content_filter", "");
        g_autofree char *ja =
                g_strdup_printf("content_filter (%s) から戻るメールが、mugai を通らずに届くおそれがあります。", value);
        g_autofree char *en =
                g_strdup_printf("content_filter is %s: what it puts back can come in without passing mugai.", value);
        mg_postfix_report(context, "postfix.content-filter", MG_SEVERITY_ERROR, subject, ja, en, mend);
}

static void check_qmqpd(const MgPostfixContext *context, const MgPostfixService *service) {
        g_autofree char *label = mg_postfix_label(service);
        g_autofree char *mend = g_strdup_printf("master.cf: remove the service %s", label);

        mg_postfix_report(context, "postfix.qmqpd", MG_SEVERITY_ERROR, label,
                          "qmqpd で受けたメールは無害化されません。", "Mail that comes in by qmqpd is not sanitized.",
                          mend);
}

static void check_pickup(const MgPostfixContext *context) {
        if (!mg_postfix_has_word(mg_postfix_text(context, NULL, "authorized_submit_users"), "static:anyone"))
                return;
        mg_postfix_report(context, "postfix.pickup", MG_SEVERITY_WARNING, "pickup",
                          "このホストの全利用者が sendmail コマンドで、無害化を通らないメールを出せます。",
                          "Every user of this host can submit mail by the sendmail command, which does not pass mugai.",
                          "main.cf: authorized_submit_users = root");
}

/* Doors that are no smtpd. Postfix's own bounces carry the user's own mail and the remote reply: worth knowing. */
static void check_other_doors(const MgPostfixContext *context) {
        gboolean pickup = FALSE, bounce = FALSE;

        if (mg_postfix_has_ours(context, NULL, "non_smtpd_milters"))
                return;
        for (guint i = 0; i < context->postfix->services->len; i++) {
                const MgPostfixService *service = context->postfix->services->pdata[i];
                pickup |= g_str_equal(service->program, "pickup");
                bounce |= g_str_equal(service->program, "bounce");
                if (g_str_equal(service->program, "qmqpd"))
                        check_qmqpd(context, service);
        }
        if (pickup)
                check_pickup(context);
        if (bounce)
                mg_postfix_report(
                        context, "postfix.bounce", MG_SEVERITY_NOTE, "bounce",
                        "Postfix 自身が作る不達通知は mugai "
                        "を通りません。中身は自組織のメールと相手サーバーの応答文だけです。",
                        "Bounces that Postfix itself makes do not pass mugai: they hold a mail of one's own and the "
                        "reply of the other server.",
                        "");
}

static void check_hop(const MgPostfixContext *context, const MgPostfixHop *hop) {
        g_autofree char *subject = g_strdup_printf("[%s]:%u", hop->host, hop->port);

        if (hop->probe != MG_POSTFIX_WITHOUT_SMTPUTF8)
                return;
        mg_postfix_report(
                context, "postfix.smtputf8", MG_SEVERITY_ERROR, subject,
                "次の中継先が SMTPUTF8 に対応していません。SMTPUTF8 で来たメールは受け取った後に不達になります。",
                "The next hop does not offer SMTPUTF8: mail that came with it is bounced after it was taken.",
                "main.cf: smtputf8_enable = no");
}

static void check_smtputf8(const MgPostfixContext *context, const MgPostfixService *service) {
        const GPtrArray *hops = context->side->hops;
        gboolean unknown = hops == NULL || hops->len == 0 || context->side->hops_unknown;

        if (is_no(mg_postfix_text(context, service, "smtputf8_enable")))
                return;
        for (guint i = 0; hops != NULL && i < hops->len; i++) {
                const MgPostfixHop *hop = hops->pdata[i];
                check_hop(context, hop);
                unknown |= hop->probe == MG_POSTFIX_UNKNOWN;
        }
        if (unknown)
                mg_postfix_report(
                        context, "postfix.smtputf8-unknown", MG_SEVERITY_WARNING, "main.cf",
                        "smtputf8_enable が有効ですが、次の中継先が SMTPUTF8 に対応しているか確かめられません。",
                        "smtputf8_enable is on, and it is not known whether every next hop offers SMTPUTF8.",
                        "main.cf: smtputf8_enable = no");
}

static void check_main(const MgPostfixContext *context, gboolean any) {
        for (guint i = 0; i < G_N_ELEMENTS(main_rules); i++)
                mg_postfix_apply(context, &main_rules[i], NULL, NULL, MG_POSTFIX_WHERE_IT_STANDS);
        for (guint i = 0; i < G_N_ELEMENTS(cleanup_rules); i++) {
                mg_postfix_apply(context, &cleanup_rules[i], NULL, NULL, MG_POSTFIX_WHERE_IT_STANDS);
                for (guint j = 0; j < context->postfix->services->len; j++) {
                        const MgPostfixService *service = context->postfix->services->pdata[j];
                        if (g_str_equal(service->program, "cleanup"))
                                mg_postfix_apply(context, &cleanup_rules[i], service, NULL, MG_POSTFIX_WHERE_IT_STANDS);
                }
        }
        if (!any)
                mg_postfix_report(context, "postfix.no-smtpd", MG_SEVERITY_ERROR, "master.cf",
                                  "外からのメールを受けるサービス (smtpd) がありません。",
                                  "There is no smtpd service that takes mail from outside.",
                                  "master.cf: smtp inet n - y - - smtpd");
}

/* Every smtpd of master.cf but the release port, judged one by one and then beside each other. */
static GArray *open_doors(const MgPostfixContext *context) {
        GArray *doors = g_array_new(FALSE, TRUE, sizeof(Door));
        const MgPostfixService *release = mg_postfix_release_port(context);

        g_array_set_clear_func(doors, (GDestroyNotify)door_clear);
        for (guint i = 0; i < context->postfix->services->len; i++) {
                const MgPostfixService *service = context->postfix->services->pdata[i];
                Door door = {0};
                if (!g_str_equal(service->program, "smtpd") || service == release)
                        continue;
                door_open(&door, context, service);
                g_array_append_val(doors, door);
        }
        find_outbound(doors);
        return doors;
}

GPtrArray *mg_postfix_inbound(const MgPostfixContext *context) {
        GPtrArray *services = g_ptr_array_new();
        g_autoptr(GArray) doors = open_doors(context);

        for (guint i = 0; i < doors->len; i++) {
                const Door *door = &g_array_index(doors, Door, i);
                if (!door->outbound)
                        g_ptr_array_add(services, (gpointer)door->service);
        }
        return services;
}

void mg_postfix_check(const MgPostfix *postfix, const MgPostfixSide *side, GArray *findings) {
        const MgPostfixContext context = {.postfix = postfix, .side = side, .findings = findings};
        g_autoptr(GArray) doors = open_doors(&context);
        gboolean all_ours = TRUE, any = FALSE;

        for (guint i = 0; i < doors->len; i++) {
                const Door *door = &g_array_index(doors, Door, i);
                all_ours &= door->ours != NULL;
                any |= !door->outbound;
        }
        for (guint i = 0; i < doors->len; i++) {
                const Door *door = &g_array_index(doors, Door, i);
                check_door(&context, door);
                if (door->outbound)
                        continue;
                check_content_filter(&context, door, all_ours);
                check_smtputf8(&context, door->service);
        }
        check_other_doors(&context);
        check_main(&context, any);
        mg_postfix_check_release(&context);
}
