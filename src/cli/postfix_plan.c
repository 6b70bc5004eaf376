/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai setup postfix: which lines are missing.
 * Reads and writes no file and asks nobody; what holds is known from the model, where it stands from the texts.
 */
#include "cli/postfix_plan.h"

#include <string.h>

#include "base/error.h"

/* Postfix's own, which a deadline of mugai.conf may need more than. */
#define CONTENT_SECONDS 300
#define BEYOND_SECONDS 30

typedef struct Plan {
        const MgPostfixContext *context;
        MgCf *main_cf;
        MgCf *master_cf;
        GPtrArray *notes;
} Plan;

/* --- the inbound service ------------------------------------------------------------------------------------- */

/* Beside the milter: what holds for the service whatever main.cf says. */
static const struct {
        const char *name;
        const char *fine[4]; /* any of these may stay */
        const char *value;
} wanted[] = {
        {"smtpd_forbid_bare_newline", {"normalize", "reject", "yes", NULL}, "normalize"},
        {"smtpd_forbid_bare_newline_exclusions", {"", NULL}, ""},
        {"smtputf8_enable", {"no", NULL}, "no"},
};

/* As a list has it: settings of its own in braces. */
static void add_word(GString *list, const char *word) {
        gboolean braces = strpbrk(word, " \t,{}=") != NULL;

        g_string_append_printf(list, "%s%s%s%s", list->len > 0 ? ", " : "", braces ? "{ " : "", word,
                               braces ? " }" : "");
}

/* What stands there already, then ours with settings of its own, so that no other milter's change. Caller frees. */
static char *milter_list(const MgPostfixContext *context, const char *now) {
        g_autofree char *socket = mg_postfix_spell_socket(context);
        g_auto(GStrv) words = mg_postfix_words(now);
        g_autoptr(GString) list = g_string_new(NULL);
        guint beyond = context->side->deadline_ms / 1000 + BEYOND_SECONDS;
        g_autofree char *ours =
                g_strdup_printf("%s, default_action=tempfail, protocol=6, connect_timeout=%us, content_timeout=%us",
                                socket, beyond, MAX(beyond, CONTENT_SECONDS));

        for (char **word = words; *word != NULL; word++)
                add_word(list, *word);
        add_word(list, ours);
        return g_string_free(g_steal_pointer(&list), FALSE);
}

/* The options that a service lacks, each as it stands behind -o. service NULL: one that is to be made. */
static GPtrArray *missing_options(const MgPostfixContext *context, const MgPostfixService *service) {
        GPtrArray *options = g_ptr_array_new_with_free_func(g_free);
        const char *milters = service != NULL ? mg_postfix_text(context, service, "smtpd_milters") : "";

        if (service == NULL || !mg_postfix_has_ours(context, service, "smtpd_milters")) {
                g_autofree char *list = milter_list(context, milters);
                g_ptr_array_add(options, g_strdup_printf("{ smtpd_milters = %s }", list));
        }
        for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
                const char *now = mg_postfix_value(context->postfix, service, wanted[i].name);
                g_autofree char *lower = now != NULL ? g_ascii_strdown(now, -1) : NULL;
                if (lower != NULL && !g_strv_contains(wanted[i].fine, lower))
                        g_ptr_array_add(options, g_strdup_printf("%s=%s", wanted[i].name, wanted[i].value));
        }
        return options;
}

/* Another milter's path that means another file once the service is not chrooted. Borrowed of milters, or NULL. */
static const char *inside_chroot(const GPtrArray *milters) {
        for (guint i = 0; i < milters->len; i++) {
                const MgPostfixMilter *milter = milters->pdata[i];
                if (g_str_has_prefix(milter->address, "unix:/"))
                        return milter->address;
        }
        return NULL;
}

/* A chrooted service does not see a socket that lies outside of the queue directory. */
static gboolean leave_chroot(const Plan *plan, const MgPostfixService *service, const char *label, GError **error) {
        g_autofree char *socket = mg_postfix_spell_socket(plan->context);
        g_autoptr(GPtrArray) milters = mg_postfix_milters(mg_postfix_text(plan->context, service, "smtpd_milters"));

        if (!service->chroot || !g_str_has_prefix(socket, "unix:/"))
                return TRUE;
        const char *other =
                mg_postfix_has_ours(plan->context, service, "smtpd_milters") ? NULL : inside_chroot(milters);
        if (other != NULL) {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "master.cf: %s is chrooted and has the milter %s, which it would not find without the "
                            "chroot that our socket needs: write it relative to queue_directory (without the first "
                            "slash), or put our socket there, too (mugai.conf: milter.socket)",
                            label, other);
                return FALSE;
        }
        if (mg_cf_no_chroot(plan->master_cf, service->name, service->type))
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "master.cf: the columns of %s are not on one line: write n in the fifth, chroot, by hand", label);
        return FALSE;
}

static gboolean plan_service(const Plan *plan, const MgPostfixService *service, GError **error) {
        g_autofree char *label = mg_postfix_label(service);
        g_autoptr(GPtrArray) options = missing_options(plan->context, service);
        gboolean found = leave_chroot(plan, service, label, error);

        if (!found)
                return FALSE;
        for (guint i = 0; i < options->len && found; i++)
                found = mg_cf_option(plan->master_cf, service->name, service->type, options->pdata[i]);
        if (!found)
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "master.cf: %s is not where postconf -M says that it is",
                            label);
        return found;
}

/* --- which service ------------------------------------------------------------------------------------------- */

static gboolean is_named(const MgPostfixService *service, char **names) {
        g_autofree char *label = mg_postfix_label(service);

        return names != NULL && (g_strv_contains((const char *const *)names, label) ||
                                 g_strv_contains((const char *const *)names, service->name));
}

/* Every name is one of a service that mail comes in by. */
static gboolean check_names(const GPtrArray *inbound, char **names, GError **error) {
        for (char **name = names; name != NULL && *name != NULL; name++) {
                char *one[] = {*name, NULL};
                gboolean found = FALSE;
                for (guint i = 0; i < inbound->len; i++)
                        found |= is_named(inbound->pdata[i], one);
                if (found)
                        continue;
                g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                            "master.cf has no smtpd service \"%s\" that mail comes in by; see postconf -M", *name);
                return FALSE;
        }
        return TRUE;
}

/* Of several that are open to other hosts one may be meant for outgoing mail: that is not guessed. */
static gboolean choose(const Plan *plan, GPtrArray *inbound, char **names, GError **error) {
        g_autoptr(GString) several = g_string_new(NULL);
        guint open = 0;

        if (!check_names(inbound, names, error))
                return FALSE;
        for (guint i = inbound->len; i > 0; i--) {
                const MgPostfixService *service = inbound->pdata[i - 1];
                g_autofree char *label = mg_postfix_label(service);
                if (mg_postfix_loopback_only(plan->context->postfix, service))
                        continue;
                if (names != NULL && !is_named(service, names)) {
                        g_ptr_array_remove_index(inbound, i - 1);
                        continue;
                }
                open++;
                g_string_prepend(several, several->len > 0 ? ", " : "");
                g_string_prepend(several, label);
        }
        if (inbound->len > 0 && open == 0)
                g_ptr_array_add(plan->notes, g_strdup("only this host reaches the services by which mail comes in: see "
                                                      "inet_interfaces of main.cf"));
        if (inbound->len == 0)
                g_set_error_literal(error, MG_ERROR, MG_ERROR_CONFIG,
                                    "master.cf: there is no smtpd service by which mail comes in from outside; the "
                                    "usual line is: smtp inet n - y - - smtpd");
        else if (open > 1 && names == NULL)
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "master.cf: mail comes in by several services: %s. Close one that is for outgoing mail "
                            "(-o smtpd_client_restrictions=permit_mynetworks,reject), and name the others by "
                            "--service",
                            several->str);
        return inbound->len > 0 && (open <= 1 || names != NULL);
}

/* --- main.cf ------------------------------------------------------------------------------------------------- */

static guint64 number(const Plan *plan, const char *name) {
        return g_ascii_strtoull(mg_postfix_text(plan->context, NULL, name), NULL, 10);
}

static void plan_sizes(const Plan *plan) {
        static const char *const mailboxes[] = {"mailbox_size_limit", "virtual_mailbox_limit"};
        guint64 size = plan->context->side->mail_size;
        g_autofree char *wanted_size = g_strdup_printf("%" G_GUINT64_FORMAT, size);

        if (number(plan, "message_size_limit") != size)
                mg_cf_set(plan->main_cf, "message_size_limit", wanted_size, "limits.mail_size of mugai.conf");
        for (guint i = 0; i < G_N_ELEMENTS(mailboxes); i++) {
                guint64 now = number(plan, mailboxes[i]);
                if (now != 0 && now < size)
                        mg_cf_set(plan->main_cf, mailboxes[i], "0", "not less than message_size_limit");
        }
}

static void plan_pickup(const Plan *plan) {
        if (mg_postfix_has_word(mg_postfix_text(plan->context, NULL, "authorized_submit_users"), "static:anyone"))
                mg_cf_set(plan->main_cf, "authorized_submit_users", "root",
                          "mail of the sendmail command passes no milter");
}

/* ".example.jp" as a list of domains has it. */
static const char *plain(const char *domain) {
        return *domain == '.' ? domain + 1 : domain;
}

static gboolean has_domain(const char *list, const char *domain) {
        g_auto(GStrv) words = mg_postfix_words(list);

        for (char **word = words; *word != NULL; word++) {
                if (g_ascii_strcasecmp(*word, domain) == 0)
                        return TRUE;
        }
        return FALSE;
}

/* Whether a map of transports has a key; one that is not inline may have any. */
static gboolean map_has(const char *map, const char *key) {
        g_auto(GStrv) all = mg_postfix_words(g_str_has_prefix(map, "inline:") ? map + strlen("inline:") : "");
        g_auto(GStrv) pairs = mg_postfix_words(all[0]);

        for (char **pair = pairs; *pair != NULL; pair++) {
                g_autofree char *left = g_strstrip(g_strndup(*pair, strcspn(*pair, "=")));
                if (g_ascii_strcasecmp(left, key) == 0)
                        return TRUE;
        }
        return !g_str_has_prefix(map, "inline:");
}

/* Whether Postfix knows already where to mail for this domain goes. */
static gboolean is_routed(const Plan *plan, const char *domain) {
        const char *next = strchr(mg_postfix_text(plan->context, NULL, "relay_transport"), ':');
        g_auto(GStrv) maps = mg_postfix_words(mg_postfix_text(plan->context, NULL, "transport_maps"));
        gboolean mapped = FALSE;

        for (char **map = maps; *map != NULL; map++)
                mapped |= map_has(*map, domain);

        return mg_postfix_relays(mg_postfix_text(plan->context, NULL, "relay_domains"), plain(domain)) &&
               ((next != NULL && next[1] != '\0') || mapped);
}

/* A domain that Postfix would deliver on this host goes on instead. */
static void leave_destination(const Plan *plan, const GPtrArray *domains) {
        g_auto(GStrv) words = mg_postfix_words(mg_postfix_text(plan->context, NULL, "mydestination"));
        g_autoptr(GString) rest = g_string_new(NULL);
        gboolean gone = FALSE;

        for (char **word = words; *word != NULL; word++) {
                gboolean ours = FALSE;
                for (guint i = 0; i < domains->len; i++)
                        ours |= g_ascii_strcasecmp(*word, plain(domains->pdata[i])) == 0;
                gone |= ours;
                if (!ours)
                        g_string_append_printf(rest, "%s%s", rest->len > 0 ? ", " : "", *word);
        }
        if (gone)
                mg_cf_set(plan->main_cf, "mydestination", rest->str, "without the domains that go on");
}

static gboolean refuse_virtual(const Plan *plan, const GPtrArray *domains, GError **error) {
        static const char *const lists[] = {"virtual_alias_domains", "virtual_mailbox_domains"};

        for (guint i = 0; i < domains->len * G_N_ELEMENTS(lists); i++) {
                const char *list = lists[i % G_N_ELEMENTS(lists)];
                const char *domain = plain(domains->pdata[i / G_N_ELEMENTS(lists)]);
                if (!has_domain(mg_postfix_text(plan->context, NULL, list), domain))
                        continue;
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "main.cf: %s has %s, whose mail mugai.conf sends on to %s: take it out there, or empty "
                            "postfix.next_hop",
                            list, domain, plan->context->side->next_hop);
                return FALSE;
        }
        return TRUE;
}

/* A list of main.cf, as it is written, with more words at its end or its front. Caller frees. */
static char *longer(const Plan *plan, const char *name, const char *more, gboolean front) {
        g_autofree char *now = mg_cf_value(plan->main_cf, name);

        if (now == NULL || *now == '\0')
                return g_strdup(more);
        return front ? g_strdup_printf("%s, %s", more, now) : g_strdup_printf("%s, %s", now, more);
}

/* Whether canaries have no way out. What a table outside of main.cf holds is not known; a second line does no harm. */
static gboolean lacks_exit(const Plan *plan) {
        const char *domain = plan->context->side->canary_domain;
        g_auto(GStrv) maps = mg_postfix_words(mg_postfix_text(plan->context, NULL, "transport_maps"));
        gboolean has = domain == NULL;

        for (char **map = maps; *map != NULL && !has; map++)
                has = g_str_has_prefix(*map, "inline:") && map_has(*map, domain);
        return !has;
}

/* "inet:10027@127.0.0.1" -> "smtp:[127.0.0.1]:10027". Caller frees. */
static char *exit_of(const char *listen) {
        const char *port = strchr(listen, ':') + 1, *at = strchr(port, '@');
        gboolean bare = at[1] != '[';

        return g_strdup_printf("smtp:%s%s%s:%.*s", bare ? "[" : "", at + 1, bare ? "]" : "", (int)(at - port), port);
}

static void add_transport(GString *map, const char *domain, const char *transport) {
        g_string_append_printf(map, "%s { %s = %s }", map->len > 0 ? "," : "", domain, transport);
}

/* The transports of these domains, and of canaries, in one line. */
static void write_route(const Plan *plan, const GPtrArray *domains) {
        const MgPostfixSide *side = plan->context->side;
        g_autofree char *hop = g_strconcat("relay:", side->next_hop, NULL);
        g_autoptr(GString) relay = g_string_new(NULL);
        g_autoptr(GString) map = g_string_new(NULL);

        for (guint i = 0; i < domains->len; i++) {
                const char *domain = domains->pdata[i];
                add_transport(map, domain, hop);
                if (!mg_postfix_relays(mg_postfix_text(plan->context, NULL, "relay_domains"), plain(domain)) &&
                    !has_domain(relay->str, plain(domain)))
                        g_string_append_printf(relay, "%s%s", relay->len > 0 ? ", " : "", plain(domain));
        }
        if (lacks_exit(plan)) {
                g_autofree char *way = exit_of(side->canary_listen);
                add_transport(map, side->canary_domain, way);
        }
        g_autofree char *table = g_strdup_printf("inline:{%s }", map->str);
        g_autofree char *transports = longer(plan, "transport_maps", table, TRUE);
        g_autofree char *relays = longer(plan, "relay_domains", relay->str, FALSE);
        if (relay->len > 0)
                mg_cf_set(plan->main_cf, "relay_domains", relays, "domains on the LGWAN side (mugai.conf)");
        if (map->len > 0)
                mg_cf_set(plan->main_cf, "transport_maps", transports,
                          domains->len > 0 ? "postfix.next_hop of mugai.conf" : "monitor.canary_domain of mugai.conf");
}

static gboolean plan_route(const Plan *plan, GError **error) {
        const MgPostfixSide *side = plan->context->side;
        g_autoptr(GPtrArray) domains = g_ptr_array_new();
        g_autoptr(GString) names = g_string_new(NULL);

        for (char **domain = side->domains; domain != NULL && *domain != NULL; domain++) {
                if (is_routed(plan, *domain))
                        continue;
                g_ptr_array_add(domains, *domain);
                g_string_append_printf(names, " %s", *domain);
        }
        if (domains->len > 0 && (side->next_hop == NULL || *side->next_hop == '\0')) {
                g_ptr_array_add(plan->notes,
                                g_strdup_printf("where Postfix sends mail for these on is not known here:%s; name the "
                                                "mail server, mugai.conf: postfix { next_hop = [10.20.0.25] }, or see "
                                                "to it in main.cf",
                                                names->str));
                g_ptr_array_set_size(domains, 0);
        }
        if (!refuse_virtual(plan, domains, error))
                return FALSE;
        leave_destination(plan, domains);
        write_route(plan, domains);
        return TRUE;
}

/* --- releases ------------------------------------------------------------------------------------------------ */

static gboolean has_cleanup(const MgPostfix *postfix) {
        for (guint i = 0; i < postfix->services->len; i++) {
                const MgPostfixService *service = postfix->services->pdata[i];
                if (g_str_equal(service->program, "cleanup") && g_str_equal(service->name, MG_POSTFIX_RELEASE_CLEANUP))
                        return TRUE;
        }
        return FALSE;
}

static void plan_letters(const Plan *plan) {
        g_autofree char *name = mg_postfix_listener(plan->context->side->release_letters);
        g_autoptr(GPtrArray) options = missing_options(plan->context, NULL);
        g_autoptr(GString) lines = g_string_new("# mugai setup: letters to staff come in here (mugai.conf: "
                                                "release.letters)\n");

        g_string_append_printf(lines, "%s inet n - n - - smtpd\n", name);
        for (guint i = 0; i < options->len; i++)
                g_string_append_printf(lines, "  -o %s\n", (const char *)options->pdata[i]);
        mg_cf_append(plan->master_cf, lines->str);
}

static void plan_release(const Plan *plan) {
        const MgPostfixContext *context = plan->context;
        const MgPostfixSide *side = context->side;

        if (side->release_smtp == NULL)
                return;
        if (mg_postfix_find_at(context, side->release_letters) == NULL)
                plan_letters(plan);
        if (side->release_domains[0] == NULL || mg_postfix_find_at(context, side->release_smtp) != NULL)
                return;
        g_autofree char *port = mg_postfix_release_lines(context, "\n  ");
        g_autofree char *cleanup = mg_postfix_cleanup_lines(context, MG_POSTFIX_RELEASE_CLEANUP, "\n  ");
        g_autofree char *lines = g_strdup_printf(
                "# mugai setup: released originals leave here, by this host alone and to "
                "these domains alone (mugai.conf: release)\n%s\n%s%s",
                port, has_cleanup(context->postfix) ? "" : cleanup, has_cleanup(context->postfix) ? "" : "\n");
        mg_cf_append(plan->master_cf, lines);
}

gboolean mg_postfix_plan(const MgPostfixContext *context, char **services, MgCf *main_cf, MgCf *master_cf,
                         GPtrArray *notes, GError **error) {
        const Plan plan = {.context = context, .main_cf = main_cf, .master_cf = master_cf, .notes = notes};
        g_autoptr(GPtrArray) inbound = mg_postfix_inbound(context);
        gboolean well = choose(&plan, inbound, services, error);

        for (guint i = 0; i < inbound->len && well; i++)
                well = plan_service(&plan, inbound->pdata[i], error);
        if (!well || !plan_route(&plan, error))
                return FALSE;
        plan_sizes(&plan);
        plan_pickup(&plan);
        plan_release(&plan);
        return TRUE;
}
