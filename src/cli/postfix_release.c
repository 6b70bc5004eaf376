/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port by which released originals leave: that it is there, has no milter, is this host's alone, and sends to the
 * domains of mugai.conf and to nothing else. What of it is wrong would send raw mail, or none.
 * Looks into no map but inline ones; where Postfix sends these domains to is its administrator's to know.
 */
#include <string.h>

#include "cli/postfix_rule.h"

/* A whole original grows on its way: base64 in lines of 76 makes 78 octets of 57, and a text stands before it. */
#define GROWN(size) ((size) / 5 * 7)

static guint64 grown_size(const MgPostfixContext *context) {
        return GROWN(context->side->mail_size);
}

static gboolean too_small(const MgPostfixContext *context, const char *value) {
        guint64 size = g_ascii_strtoull(value, NULL, 10);

        return size != 0 && size < grown_size(context);
}

static gboolean maps_addresses(const MgPostfixContext *context, const char *value) {
        return !mg_postfix_has_word(value, "no_address_mappings");
}

static gboolean matches_subdomains(const MgPostfixContext *context, const char *value) {
        return mg_postfix_has_word(value, "smtpd_access_maps");
}

/* An empty list leaves it to smtpd_recipient_restrictions. */
static gboolean relays_nothing(const MgPostfixContext *context, const char *value) {
        return *value != '\0' && !mg_postfix_has_word(value, "permit_mynetworks");
}

static gboolean lacks_loopback(const MgPostfixContext *context, const char *value) {
        g_auto(GStrv) words = mg_postfix_words(value);

        for (char **word = words; *word != NULL; word++) {
                if (g_str_has_prefix(*word, "127.") || g_str_has_prefix(*word, "[::1]"))
                        return FALSE;
        }
        return TRUE;
}

static const MgPostfixRule port_rules[] = {
        {"postfix.release-milter", MG_SEVERITY_ERROR, "smtpd_milters", NULL, mg_postfix_not_empty, "",
         "{service} は払い出し専用ですが milter ({value}) を通り、承認されたファイルが取り除かれます。",
         "{service} is for releases, but has a milter ({value}): what was approved would be taken out again."},
        {"postfix.release-milter-maps", MG_SEVERITY_ERROR, "smtpd_milter_maps", NULL, mg_postfix_not_empty, "",
         "{service} は払い出し専用ですが、smtpd_milter_maps ({value}) により milter を通ることがあります。",
         "{service} is for releases, but smtpd_milter_maps ({value}) can give it a milter."},
        {"postfix.release-filter", MG_SEVERITY_ERROR, "content_filter", NULL, mg_postfix_not_empty, "",
         "{service} のメールが content_filter ({value}) に渡り、承認された宛先へ承認されたまま届くとは限りません。",
         "What is released goes to the content_filter {value} first: it may arrive changed, or elsewhere."},
        {"postfix.release-proxy", MG_SEVERITY_ERROR, "smtpd_proxy_filter", NULL, mg_postfix_not_empty, "",
         "{service} のメールが smtpd_proxy_filter ({value}) に渡り、承認された宛先へ承認されたまま届くとは限りません。",
         "What is released goes to the smtpd_proxy_filter {value} first: it may arrive changed, or elsewhere."},
        {"postfix.release-mappings", MG_SEVERITY_ERROR, "receive_override_options", NULL, maps_addresses,
         "no_address_mappings",
         "{service} では別名や BCC が働くため、承認されていない宛先にも原本が届くことがあります。",
         "{service} maps addresses: an alias or a BCC could send an original where nobody approved it to go."},
        {"postfix.release-subdomains", MG_SEVERITY_ERROR, "parent_domain_matches_subdomains", NULL, matches_subdomains,
         "", "{service} は release.allowed_domains の下位のドメインにも送ります。",
         "{service} sends to domains below those of release.allowed_domains, too."},
        {"postfix.release-relay", MG_SEVERITY_WARNING, "smtpd_relay_restrictions", NULL, relays_nothing,
         "permit_mynetworks,reject",
         "{service} の smtpd_relay_restrictions ({value}) に permit_mynetworks がなく、払い出しが断られます。",
         "smtpd_relay_restrictions of {service} ({value}) lacks permit_mynetworks: what is released is refused."},
        {"postfix.release-networks", MG_SEVERITY_WARNING, "mynetworks", NULL, lacks_loopback, "127.0.0.0/8",
         "{service} の mynetworks ({value}) にこのホスト自身がなく、払い出しが断られます。",
         "mynetworks of {service} ({value}) lacks this host itself: what is released is refused."},
        {"postfix.release-size", MG_SEVERITY_WARNING, "message_size_limit", NULL, too_small, "{number}",
         "{service} の message_size_limit ({value}) では、大きな原本を払い出せません (base64 で約 1.4 倍になります)。",
         "message_size_limit of {service} is {value}: the largest original, 1.4 times as large in base64, is refused.",
         grown_size},
};

static const MgPostfixRule cleanup_size = {
        "postfix.release-cleanup",
        MG_SEVERITY_WARNING,
        "message_size_limit",
        NULL,
        too_small,
        "{number}",
        "払い出し用の {service} の message_size_limit ({value}) では、大きな原本を払い出せません。",
        "message_size_limit of {service}, which takes what is released, is {value}: the largest original is refused.",
        grown_size};

const MgPostfixService *mg_postfix_find_at(const MgPostfixContext *context, const char *socket) {
        for (guint i = 0; socket != NULL && i < context->postfix->services->len; i++) {
                const MgPostfixService *service = context->postfix->services->pdata[i];
                if (mg_postfix_listens(context->postfix, service, socket))
                        return service;
        }
        return NULL;
}

/* Whether release.smtp names a service by which mail comes in from outside. */
static gboolean is_inbound(const MgPostfixContext *context, const MgPostfixService *service) {
        return mg_postfix_has_ours(context, service, "smtpd_milters") &&
               !mg_postfix_loopback_only(context->postfix, service);
}

const MgPostfixService *mg_postfix_release_port(const MgPostfixContext *context) {
        const MgPostfixService *service = mg_postfix_find_at(context, context->side->release_smtp);

        return service != NULL && !is_inbound(context, service) ? service : NULL;
}

/* The list that sends to the domains of mugai.conf and to nothing else. Caller frees. */
static char *recipient_list(const MgPostfixContext *context) {
        g_autofree char *pairs = g_strjoinv("=OK, ", context->side->release_domains);

        return g_strdup_printf("check_recipient_access inline:{ %s=OK }, reject", pairs);
}

/* "127.0.0.1:10026" of "inet:10026@127.0.0.1". Caller frees. */
char *mg_postfix_listener(const char *socket) {
        const char *port = socket + strcspn(socket, ":") + 1, *at = strchr(port, '@');
        g_autofree char *host = at != NULL ? g_strdup(at + 1) : g_strdup("127.0.0.1");
        const char *open = strchr(host, ':') != NULL && *host != '[' ? "[" : "", *close = *open != '\0' ? "]" : "";

        return g_strdup_printf("%s%s%s:%.*s", open, host, close, (int)strcspn(port, "@"), port);
}

/* A whole service; cleanup by one of its own where main.cf's limit is that of incoming mail. */
char *mg_postfix_release_lines(const MgPostfixContext *context, const char *joint) {
        g_autofree char *name = mg_postfix_listener(context->side->release_smtp);
        g_autofree char *list = recipient_list(context);
        g_autofree char *recipients = g_strdup_printf("{ smtpd_recipient_restrictions = %s }", list);
        g_autofree char *size = g_strdup_printf("message_size_limit=%" G_GUINT64_FORMAT, grown_size(context));
        const char *const options[] = {"syslog_name=postfix/release",
                                       "smtpd_milters=",
                                       "mynetworks=127.0.0.0/8",
                                       "smtpd_client_restrictions=permit_mynetworks,reject",
                                       "smtpd_relay_restrictions=permit_mynetworks,reject",
                                       recipients,
                                       "parent_domain_matches_subdomains=",
                                       "receive_override_options=no_address_mappings",
                                       size,
                                       "cleanup_service_name=" MG_POSTFIX_RELEASE_CLEANUP,
                                       NULL};
        g_autoptr(GString) lines = g_string_new(name);

        g_string_append(lines, " inet n - n - 5 smtpd");
        for (const char *const *option = options; *option != NULL; option++)
                g_string_append_printf(lines, "%s-o %s", joint, *option);
        return g_string_free(g_steal_pointer(&lines), FALSE);
}

char *mg_postfix_cleanup_lines(const MgPostfixContext *context, const char *name, const char *joint) {
        return g_strdup_printf("%s unix n - n - 0 cleanup%s-o message_size_limit=%" G_GUINT64_FORMAT, name, joint,
                               grown_size(context));
}

static void report_missing(const MgPostfixContext *context) {
        g_autofree char *name = mg_postfix_listener(context->side->release_smtp);
        g_autofree char *lines = mg_postfix_release_lines(context, " ");
        g_autofree char *ja =
                g_strdup_printf("mugai.conf の release.smtp が指すサービス %s が master.cf にありません。", name);
        g_autofree char *en = g_strdup_printf("master.cf has no service at %s, which release.smtp names.", name);
        g_autofree char *mend = g_strconcat("master.cf: ", lines, NULL);

        mg_postfix_report(context, "postfix.release-missing", MG_SEVERITY_WARNING, name, ja, en, mend);
}

static void report_inbound(const MgPostfixContext *context, const char *label) {
        g_autofree char *ja = g_strdup_printf(
                "release.smtp が受信用の %s を指しています。払い出しには専用のポートが要ります。", label);
        g_autofree char *en = g_strdup_printf(
                "release.smtp names %s, by which mail comes in: releases need a port of their own.", label);

        mg_postfix_report(context, "postfix.release-inbound", MG_SEVERITY_ERROR, label, ja, en,
                          "mugai.conf: release { smtp = inet:10026@127.0.0.1 }, and the service of "
                          "packaging/postfix/master.cf");
}

static void check_reach(const MgPostfixContext *context, const MgPostfixService *service, const char *label) {
        g_autofree char *name = mg_postfix_listener(context->side->release_smtp);
        g_autofree char *ja = g_strdup_printf("払い出し専用の %s に、ほかのホストから接続できます。", label);
        g_autofree char *en = g_strdup_printf("Other hosts can connect to %s, which is for releases alone.", label);
        g_autofree char *mend = g_strdup_printf("master.cf: %s in the place of %s", name, service->name);

        if (!mg_postfix_loopback_only(context->postfix, service))
                mg_postfix_report(context, "postfix.release-reach", MG_SEVERITY_ERROR, label, ja, en, mend);
}

/* What an inline map lets through. */
typedef struct Allowed {
        GPtrArray *domains; /* keys */
        gboolean others;    /* a key that mugai.conf does not have, or another action than OK */
} Allowed;

/* "{ { a = OK }, b=OK }", and what stands before the brace is the type. */
static void read_inline(const MgPostfixContext *context, const char *map, Allowed *allowed) {
        g_auto(GStrv) all = mg_postfix_words(map + strlen("inline:"));
        g_auto(GStrv) pairs = mg_postfix_words(all[0]);

        for (char **pair = pairs; *pair != NULL; pair++) {
                g_auto(GStrv) sides = g_strsplit(*pair, "=", 2);
                const char *action = sides[0] != NULL && sides[1] != NULL ? g_strstrip(sides[1]) : "";
                const char *key = sides[0] != NULL ? g_strstrip(sides[0]) : "";
                g_autofree char *domain = g_ascii_strdown(key, -1);

                allowed->others |= g_ascii_strcasecmp(action, "OK") != 0 ||
                                   !g_strv_contains((const char *const *)context->side->release_domains, domain);
                g_ptr_array_add(allowed->domains, g_steal_pointer(&domain));
        }
}

static void check_domains(const MgPostfixContext *context, const MgPostfixService *service, const char *label,
                          const GPtrArray *domains) {
        g_autofree char *list = recipient_list(context);
        g_autofree char *mend = mg_postfix_mend(service, TRUE, "smtpd_recipient_restrictions", list);

        for (char **domain = context->side->release_domains; *domain != NULL; domain++) {
                if (g_ptr_array_find_with_equal_func((GPtrArray *)domains, *domain, g_str_equal, NULL))
                        continue;
                g_autofree char *ja =
                        g_strdup_printf("%s が、払い出し先に許可されている %s 宛てを断ります。", label, *domain);
                g_autofree char *en = g_strdup_printf("%s refuses %s, which mugai.conf allows.", label, *domain);
                mg_postfix_report(context, "postfix.release-domains", MG_SEVERITY_WARNING, label, ja, en, mend);
        }
}

/* check_recipient_access MAP, then reject, and before them nothing but what rejects. Borrowed from words, or NULL. */
static const char *only_map(char **words) {
        guint n = g_strv_length(words), i = 0;

        while (i < n && g_str_has_prefix(words[i], "reject_"))
                i++;
        return i + 3 == n && g_str_equal(words[i], "check_recipient_access") && g_str_equal(words[i + 2], "reject")
                       ? words[i + 1]
                       : NULL;
}

static void check_recipients(const MgPostfixContext *context, const MgPostfixService *service, const char *label) {
        const char *value = mg_postfix_text(context, service, "smtpd_recipient_restrictions");
        g_auto(GStrv) words = mg_postfix_words(value);
        const char *map = only_map(words);
        gboolean inlined = map != NULL && g_str_has_prefix(map, "inline:");
        g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
        Allowed allowed = {.domains = domains};
        g_autofree char *list = recipient_list(context);
        g_autofree char *mend = mg_postfix_mend(service, TRUE, "smtpd_recipient_restrictions", list);

        if (inlined)
                read_inline(context, map, &allowed);
        if (map != NULL && !inlined) {
                g_autofree char *ja =
                        g_strdup_printf("%s の宛先の表 %s は調べません。release.allowed_domains と同じであることを"
                                        "確かめるか、inline: で書いてください。",
                                        label, map);
                g_autofree char *en = g_strdup_printf("The map %s of %s is not looked into: it must hold what "
                                                      "release.allowed_domains holds, and nothing else.",
                                                      map, label);
                mg_postfix_report(context, "postfix.release-map", MG_SEVERITY_WARNING, label, ja, en, mend);
        } else if (map == NULL || allowed.others) {
                g_autofree char *ja =
                        g_strdup_printf("%s は release.allowed_domains 以外の宛先にも送ります (%s)。", label,
                                        *value != '\0' ? value : "smtpd_recipient_restrictions なし");
                g_autofree char *en = g_strdup_printf("%s sends to others than release.allowed_domains (%s).", label,
                                                      *value != '\0' ? value : "no smtpd_recipient_restrictions");
                mg_postfix_report(context, "postfix.release-recipients", MG_SEVERITY_ERROR, label, ja, en, mend);
        } else {
                check_domains(context, service, label, domains);
        }
}

/* The limit of the cleanup that this service hands its mail to; or that there is none such. */
static void check_cleanup(const MgPostfixContext *context, const MgPostfixService *service) {
        const char *wanted = mg_postfix_text(context, service, "cleanup_service_name");
        const char *name = *wanted != '\0' ? wanted : "cleanup";

        for (guint i = 0; i < context->postfix->services->len; i++) {
                const MgPostfixService *cleanup = context->postfix->services->pdata[i];
                if (!g_str_equal(cleanup->program, "cleanup") || !g_str_equal(cleanup->name, name))
                        continue;
                mg_postfix_apply(context, &cleanup_size, cleanup, NULL, MG_POSTFIX_MASTER);
                return;
        }
        g_autofree char *subject = g_strdup_printf("%s/unix", name);
        g_autofree char *ja = g_strdup_printf("払い出し用の cleanup サービス %s が master.cf にありません。", name);
        g_autofree char *en =
                g_strdup_printf("master.cf has no cleanup service %s, which the release port names.", name);
        g_autofree char *lines = mg_postfix_cleanup_lines(context, name, " ");
        g_autofree char *mend = g_strconcat("master.cf: ", lines, NULL);
        mg_postfix_report(context, "postfix.release-cleanup", MG_SEVERITY_WARNING, subject, ja, en, mend);
}

/* relay_domains matches the domains below it, too, as parent_domain_matches_subdomains says by default. */
gboolean mg_postfix_relays(const char *relay_domains, const char *domain) {
        g_auto(GStrv) words = mg_postfix_words(relay_domains);

        for (char **word = words; *word != NULL; word++) {
                const char *plain = *word + (**word == '.' ? 1 : 0);
                gsize n = strlen(domain), m = strlen(plain);
                if (m <= n && g_ascii_strcasecmp(domain + n - m, plain) == 0 && (m == n || domain[n - m - 1] == '.'))
                        return TRUE;
        }
        return FALSE;
}

/* Where relay_transport names one server that is the LGWAN side's: with transport_maps it may go elsewhere. */
static void check_route(const MgPostfixContext *context, const char *label) {
        const char *transport = mg_postfix_text(context, NULL, "relay_transport"), *next = strchr(transport, ':');
        const char *relay_domains = mg_postfix_text(context, NULL, "relay_domains");

        if (next == NULL || next[1] == '\0' || *mg_postfix_text(context, NULL, "transport_maps") != '\0')
                return;
        for (char **domain = context->side->release_domains; *domain != NULL; domain++) {
                if (!mg_postfix_relays(relay_domains, *domain))
                        continue;
                g_autofree char *ja =
                        g_strdup_printf("relay_domains に %s があるため、払い出した原本が受信メールと同じ %s へ"
                                        "渡ります。",
                                        *domain, transport);
                g_autofree char *en =
                        g_strdup_printf("relay_domains has %s: released originals go by %s, where incoming "
                                        "mail goes once it is sanitized.",
                                        *domain, transport);
                g_autofree char *mend = g_strdup_printf("main.cf: relay_domains: take out %s, or transport_maps = "
                                                        "inline:{ { %s = smtp: } }",
                                                        *domain, *domain);
                mg_postfix_report(context, "postfix.release-route", MG_SEVERITY_ERROR, label, ja, en, mend);
        }
}

static void check_letters(const MgPostfixContext *context) {
        g_autofree char *name = mg_postfix_listener(context->side->release_letters);
        g_autofree char *ja = g_strdup_printf("mugai.conf の release.letters が指すサービス %s が master.cf になく、"
                                              "申請の結果を職員に知らせられません。",
                                              name);
        g_autofree char *en = g_strdup_printf("master.cf has no service at %s, which release.letters names: nobody is "
                                              "told what became of a request.",
                                              name);
        g_autofree char *mend = g_strdup_printf("master.cf: %s inet n - n - - smtpd -o smtpd_milters=%s", name,
                                                context->side->milter_socket);

        if (mg_postfix_find_at(context, context->side->release_letters) == NULL)
                mg_postfix_report(context, "postfix.letters-missing", MG_SEVERITY_WARNING, name, ja, en, mend);
}

void mg_postfix_check_release(const MgPostfixContext *context) {
        const MgPostfixService *service = mg_postfix_find_at(context, context->side->release_smtp);

        if (context->side->release_smtp == NULL)
                return;
        check_letters(context);
        if (service == NULL) {
                report_missing(context);
                return;
        }
        g_autofree char *label = mg_postfix_label(service);
        if (is_inbound(context, service)) {
                report_inbound(context, label);
                return;
        }
        check_reach(context, service, label);
        check_recipients(context, service, label);
        check_cleanup(context, service);
        check_route(context, label);
        for (guint i = 0; i < G_N_ELEMENTS(port_rules); i++)
                mg_postfix_apply(context, &port_rules[i], service, NULL, MG_POSTFIX_MASTER);
}
