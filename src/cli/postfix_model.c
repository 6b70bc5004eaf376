/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of a Postfix configuration, from the output of postconf.
 * Expands no $name (postconf -x did), reads no file and no map, and judges nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/postfix.h"

static void service_free(gpointer data) {
        MgPostfixService *service = data;

        g_free(service->name);
        g_free(service->type);
        g_free(service->program);
        g_hash_table_unref(service->overrides);
        g_free(service);
}

static GHashTable *table_new(void) {
        return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* "name = value" or "name =" into the table. */
static void parse_setting(GHashTable *table, const char *line) {
        const char *equals = strchr(line, '=');

        if (equals == NULL || equals == line)
                return;
        g_hash_table_replace(table, g_strstrip(g_strndup(line, (gsize)(equals - line))),
                             g_strstrip(g_strdup(equals + 1)));
}

static GHashTable *parse_main(const char *text) {
        GHashTable *table = table_new();
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (char **line = lines; *line != NULL; line++)
                parse_setting(table, *line);
        return table;
}

/* The column's "-" is "n" since compatibility level 1. */
static gboolean chroot_column(const MgPostfix *postfix, const char *column) {
        const char *level = g_hash_table_lookup(postfix->main, "compatibility_level");

        if (column[0] == '-')
                return level != NULL && atoi(level) < 1;
        return column[0] == 'y';
}

static void parse_service(MgPostfix *postfix, const char *line) {
        g_auto(GStrv) split = g_strsplit_set(line, " \t", -1);
        g_autoptr(GPtrArray) words = g_ptr_array_new();

        for (char **word = split; *word != NULL; word++) {
                if (**word != '\0')
                        g_ptr_array_add(words, *word);
        }
        if (words->len < 8)
                return;
        MgPostfixService *service = g_new0(MgPostfixService, 1);
        service->name = g_strdup(words->pdata[0]);
        service->type = g_strdup(words->pdata[1]);
        service->chroot = chroot_column(postfix, words->pdata[4]);
        service->program = g_strdup(words->pdata[7]);
        service->overrides = table_new();
        g_ptr_array_add(postfix->services, service);
}

static MgPostfixService *find_service(const MgPostfix *postfix, const char *name, gsize n, const char *type, gsize m) {
        for (guint i = 0; i < postfix->services->len; i++) {
                MgPostfixService *service = postfix->services->pdata[i];
                if (strlen(service->name) == n && memcmp(service->name, name, n) == 0 && strlen(service->type) == m &&
                    memcmp(service->type, type, m) == 0)
                        return service;
        }
        return NULL;
}

/* "name/type/parameter = value": neither type nor parameter has a slash. */
static void parse_override(MgPostfix *postfix, const char *line) {
        const char *equals = strchr(line, '=');
        const char *second = equals != NULL ? g_strrstr_len(line, equals - line, "/") : NULL;
        const char *first = second != NULL ? g_strrstr_len(line, second - line, "/") : NULL;

        if (first == NULL)
                return;
        MgPostfixService *service =
                find_service(postfix, line, (gsize)(first - line), first + 1, (gsize)(second - first - 1));
        if (service != NULL)
                parse_setting(service->overrides, second + 1);
}

MgPostfix *mg_postfix_parse(const char *main, const char *master, const char *overrides) {
        MgPostfix *postfix = g_new0(MgPostfix, 1);
        g_auto(GStrv) services = g_strsplit(master, "\n", -1);
        g_auto(GStrv) settings = g_strsplit(overrides, "\n", -1);

        postfix->main = parse_main(main);
        postfix->services = g_ptr_array_new_with_free_func(service_free);
        for (char **line = services; *line != NULL; line++)
                parse_service(postfix, *line);
        for (char **line = settings; *line != NULL; line++)
                parse_override(postfix, *line);
        return postfix;
}

void mg_postfix_free(MgPostfix *postfix) {
        if (postfix == NULL)
                return;
        g_hash_table_unref(postfix->main);
        g_ptr_array_unref(postfix->services);
        g_free(postfix);
}

const char *mg_postfix_value(const MgPostfix *postfix, const MgPostfixService *service, const char *name) {
        const char *value = service != NULL ? g_hash_table_lookup(service->overrides, name) : NULL;

        return value != NULL ? value : g_hash_table_lookup(postfix->main, name);
}

gboolean mg_postfix_takes_smtputf8(const MgPostfix *postfix) {
        const char *value = mg_postfix_value(postfix, NULL, "smtputf8_enable");
        gboolean takes = value != NULL && g_ascii_strcasecmp(value, "no") != 0;

        for (guint i = 0; i < postfix->services->len && !takes; i++) {
                const MgPostfixService *service = postfix->services->pdata[i];
                value = g_hash_table_lookup(service->overrides, "smtputf8_enable");
                takes = value != NULL && g_ascii_strcasecmp(value, "no") != 0;
        }
        return takes;
}

/* Where the word that begins at s ends: at a separator, or behind the brace that closes it. */
static const char *word_end(const char *s) {
        int depth = 0;

        for (; *s != '\0'; s++) {
                if (*s == '{')
                        depth++;
                else if (*s == '}' && --depth == 0)
                        return s + 1;
                else if (depth == 0 && strchr(", \t\r\n", *s) != NULL)
                        return s;
        }
        return s;
}

char **mg_postfix_words(const char *value) {
        GPtrArray *words = g_ptr_array_new();
        const char *s = value != NULL ? value : "";

        for (s += strspn(s, ", \t\r\n"); *s != '\0'; s += strspn(s, ", \t\r\n")) {
                const char *end = word_end(s);
                gboolean braces = *s == '{' && end[-1] == '}';
                char *word = braces ? g_strndup(s + 1, (gsize)(end - s) - 2) : g_strndup(s, (gsize)(end - s));
                g_ptr_array_add(words, g_strstrip(word));
                s = end;
        }
        g_ptr_array_add(words, NULL);
        return (char **)g_ptr_array_free(words, FALSE);
}

static void milter_free(gpointer data) {
        MgPostfixMilter *milter = data;

        g_free(milter->address);
        g_hash_table_unref(milter->settings);
        g_free(milter);
}

/* "inet:host:port" or, from braces, "inet:host:port, default_action=accept, ..." with blanks wherever they please. */
static MgPostfixMilter *parse_milter(const char *word) {
        MgPostfixMilter *milter = g_new0(MgPostfixMilter, 1);
        g_auto(GStrv) pieces = g_strsplit(word, ",", -1);
        g_autofree char *first = g_strstrip(g_strdup(pieces[0] != NULL ? pieces[0] : ""));
        gsize n = strcspn(first, " \t");

        milter->address = g_strndup(first, n);
        milter->settings = table_new();
        parse_setting(milter->settings, first + n);
        for (char **piece = pieces; *piece != NULL; piece++) {
                if (piece != pieces)
                        parse_setting(milter->settings, *piece);
        }
        return milter;
}

GPtrArray *mg_postfix_milters(const char *value) {
        GPtrArray *milters = g_ptr_array_new_with_free_func(milter_free);
        g_auto(GStrv) words = mg_postfix_words(value);

        for (char **word = words; *word != NULL; word++)
                g_ptr_array_add(milters, parse_milter(*word));
        return milters;
}

gint64 mg_postfix_seconds(const char *value) {
        static const struct {
                char unit;
                gint64 seconds;
        } units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
        char *end = NULL;
        gint64 number = value != NULL ? g_ascii_strtoll(value, &end, 10) : -1;

        if (value == NULL || end == value || number < 0 || number > G_MAXINT32)
                return -1;
        for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
                if (*end == units[i].unit && (*end == '\0' || end[1] == '\0'))
                        return number * units[i].seconds;
        }
        return -1;
}

/* An address of a milter in either spelling: Postfix has inet:host:port, libmilter inet:port@host. */
typedef struct Address {
        char *path; /* or NULL */
        char *host; /* or NULL: any */
        char *port;
} Address;

static void address_clear(Address *address) {
        g_free(address->path);
        g_free(address->host);
        g_free(address->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Address, address_clear)

static char *host_name(const char *s, gsize n) {
        gboolean brackets = n >= 2 && s[0] == '[' && s[n - 1] == ']';
        g_autofree char *host = brackets ? g_strndup(s + 1, n - 2) : g_strndup(s, n);

        if (g_ascii_strcasecmp(host, "localhost") == 0)
                return g_strdup("127.0.0.1");
        if (*host == '\0' || g_str_equal(host, "0.0.0.0") || g_str_equal(host, "::"))
                return NULL;
        return g_steal_pointer(&host);
}

static gboolean read_address(const char *text, Address *address) {
        const char *colon = strchr(text, ':');

        if (text[0] == '/' || colon == NULL) {
                address->path = g_strdup(text);
                return *text != '\0';
        }
        const char *rest = colon + 1;
        if (g_str_has_prefix(text, "unix:") || g_str_has_prefix(text, "local:")) {
                address->path = g_strdup(rest);
                return TRUE;
        }
        if (!g_str_has_prefix(text, "inet:") && !g_str_has_prefix(text, "inet6:"))
                return FALSE;
        const char *at = strchr(rest, '@');
        const char *last = strrchr(rest, ':');
        if (at != NULL) {
                address->port = g_strndup(rest, (gsize)(at - rest));
                address->host = host_name(at + 1, strlen(at + 1));
        } else if (last != NULL) {
                address->port = g_strdup(last + 1);
                address->host = host_name(rest, (gsize)(last - rest));
        } else {
                address->port = g_strdup(rest);
        }
        return TRUE;
}

/* One spelling of a path: /var/run is /run, no double slashes, no dots. */
static char *canonical(const char *path, const char *folder) {
        g_autofree char *plain = g_canonicalize_filename(path, folder);

        return g_str_has_prefix(plain, "/var/run/") ? g_strdup(plain + strlen("/var")) : g_steal_pointer(&plain);
}

static MgPostfixReach reach_path(const MgPostfix *postfix, const MgPostfixService *service, const char *path,
                                 const char *socket) {
        const char *queue = mg_postfix_value(postfix, NULL, "queue_directory");
        g_autofree char *ours = canonical(socket, "/");
        g_autofree char *meant = canonical(path, queue != NULL ? queue : "/");
        g_autofree char *inside = g_strconcat(queue != NULL ? queue : "", "/", path, NULL);
        g_autofree char *seen =
                canonical(service != NULL && service->chroot ? inside : path, queue != NULL ? queue : "/");

        if (g_str_equal(seen, ours))
                return MG_POSTFIX_OURS;
        return g_str_equal(meant, ours) ? MG_POSTFIX_UNREACHABLE : MG_POSTFIX_OTHER;
}

MgPostfixReach mg_postfix_reach(const MgPostfix *postfix, const MgPostfixService *service, const char *address,
                                const char *socket) {
        g_auto(Address) theirs = {0};
        g_auto(Address) ours = {0};

        if (!read_address(address, &theirs) || !read_address(socket, &ours))
                return MG_POSTFIX_OTHER;
        if (theirs.path != NULL && ours.path != NULL)
                return reach_path(postfix, service, theirs.path, ours.path);
        if (theirs.path != NULL || ours.path != NULL || !g_str_equal(theirs.port, ours.port))
                return MG_POSTFIX_OTHER;
        if (ours.host == NULL || (theirs.host != NULL && g_str_equal(ours.host, theirs.host)))
                return MG_POSTFIX_OURS;
        return MG_POSTFIX_OTHER;
}

/* Of "host:port" or of a port alone, as the first column of master.cf has it. */
static void read_listener(const MgPostfixService *service, Address *address) {
        const char *last = strrchr(service->name, ':');

        address->port = g_strdup(last != NULL ? last + 1 : service->name);
        address->host = last != NULL ? host_name(service->name, (gsize)(last - service->name)) : NULL;
}

static guint16 port_number(const char *text) {
        static const struct {
                const char *name;
                guint16 port;
        } names[] = {{"", 25}, {"smtp", 25}, {"lmtp", 24}, {"submission", 587}};
        guint64 port;

        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
                if (g_str_equal(names[i].name, text))
                        return names[i].port;
        }
        return g_ascii_string_to_unsigned(text, 10, 1, 65535, &port, NULL) ? (guint16)port : 0;
}

static gboolean is_loopback(const char *host) {
        return g_str_has_prefix(host, "127.") || g_str_equal(host, "::1");
}

/* Where a service without a host listens: inet_interfaces. */
static char **interfaces(const MgPostfix *postfix) {
        const char *value = mg_postfix_value(postfix, NULL, "inet_interfaces");
        char **words = mg_postfix_words(value != NULL ? value : "all");

        for (char **word = words; *word != NULL; word++) {
                char *host = host_name(*word, strlen(*word));
                g_free(*word);
                *word = host != NULL ? host : g_strdup("all");
        }
        return words;
}

gboolean mg_postfix_loopback_only(const MgPostfix *postfix, const MgPostfixService *service) {
        g_auto(Address) address = {0};

        read_listener(service, &address);
        if (address.host != NULL)
                return is_loopback(address.host);
        if (strchr(service->name, ':') != NULL)
                return FALSE;
        g_auto(GStrv) hosts = interfaces(postfix);
        for (char **host = hosts; *host != NULL; host++) {
                if (!is_loopback(*host) && !g_str_equal(*host, "loopback-only"))
                        return FALSE;
        }
        return *hosts != NULL;
}

gboolean mg_postfix_listens(const MgPostfix *postfix, const MgPostfixService *service, const char *socket) {
        g_auto(Address) theirs = {0};
        g_auto(Address) meant = {0};

        if (!g_str_equal(service->type, "inet") || !read_address(socket, &meant) || meant.port == NULL)
                return FALSE;
        read_listener(service, &theirs);
        if (port_number(theirs.port) == 0 || port_number(theirs.port) != port_number(meant.port))
                return FALSE;
        if (theirs.host != NULL || strchr(service->name, ':') != NULL)
                return theirs.host == NULL || meant.host == NULL || g_str_equal(theirs.host, meant.host);
        g_auto(GStrv) hosts = interfaces(postfix);
        const char *const *list = (const char *const *)hosts;
        return meant.host == NULL || g_strv_contains(list, "all") || g_strv_contains(list, meant.host) ||
               (g_strv_contains(list, "loopback-only") && is_loopback(meant.host));
}

static void hop_free(gpointer data) {
        MgPostfixHop *hop = data;

        g_free(hop->host);
        g_free(hop);
}

GPtrArray *mg_postfix_hops_new(void) {
        return g_ptr_array_new_with_free_func(hop_free);
}

static void add_once(GPtrArray *hops, const char *host, guint16 port) {
        for (guint i = 0; i < hops->len; i++) {
                const MgPostfixHop *hop = hops->pdata[i];
                if (hop->port == port && g_ascii_strcasecmp(hop->host, host) == 0)
                        return;
        }
        MgPostfixHop *hop = g_new0(MgPostfixHop, 1);
        hop->host = g_strdup(host);
        hop->port = port;
        g_ptr_array_add(hops, hop);
}

gboolean mg_postfix_hop_add(GPtrArray *hops, const char *value, gboolean transport, gboolean mx) {
        const char *next = value;

        if (transport) {
                gsize n = strcspn(value, ":");
                gboolean network = g_str_has_prefix(value, "smtp") || g_str_has_prefix(value, "relay") ||
                                   g_str_has_prefix(value, "lmtp");
                next = network && value[n] == ':' ? value + n + 1 : "";
                next += g_str_has_prefix(next, "inet:") ? strlen("inet:") : 0;
        }
        if (*next == '\0' || g_str_has_prefix(next, "unix:"))
                return TRUE;
        gboolean brackets = *next == '[';
        gsize n = brackets ? strcspn(next, "]") : strcspn(next, ":");
        g_autofree char *host = g_strndup(next + brackets, n - brackets);
        const char *rest = next + n + (brackets && next[n] == ']');
        guint16 port = port_number(*rest == ':' ? rest + 1 : "");
        gboolean address = strspn(host, "0123456789.") == strlen(host);

        if (port == 0 || *host == '\0' || (mx && !brackets && !address) || hops->len >= MG_POSTFIX_HOPS)
                return FALSE;
        add_once(hops, host, port);
        return TRUE;
}

GPtrArray *mg_postfix_hops(const MgPostfix *postfix, gboolean *unknown) {
        static const char *const transports[] = {"default_transport", "relay_transport", "virtual_transport",
                                                 "local_transport", "mailbox_transport"};
        GPtrArray *hops = mg_postfix_hops_new();
        const char *dns = mg_postfix_value(postfix, NULL, "smtp_dns_support_level");
        const char *disabled = mg_postfix_value(postfix, NULL, "disable_dns_lookups");
        gboolean mx = g_strcmp0(dns, "disabled") != 0 && g_strcmp0(disabled, "yes") != 0;
        const char *relayhost = mg_postfix_value(postfix, NULL, "relayhost");

        *unknown = !mg_postfix_hop_add(hops, relayhost != NULL ? relayhost : "", FALSE, mx);
        for (guint i = 0; i < G_N_ELEMENTS(transports); i++) {
                const char *value = mg_postfix_value(postfix, NULL, transports[i]);
                if (value != NULL && !mg_postfix_hop_add(hops, value, TRUE, mx))
                        *unknown = TRUE;
        }
        return hops;
}
