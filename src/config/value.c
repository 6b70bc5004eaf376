/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of one key: text -> typed field of MgConfig, by the row of the table. Knows nothing of files; does not
 * ask the system whether a user, a path or an address exists.
 */
#include <string.h>

#include "base/text.h"
#include "config/table.h"

/* sun_path is 108 octets with its NUL; a new socket is bound as NAME.new first. */
#define SOCKET_PATH_MAX (107 - 4)
/* Of a name in a mail address: RFC 5321 section 4.5.3.1.2. */
#define DOMAIN_OCTETS 253
#define LABEL_OCTETS 63

typedef struct Unit {
        const char *name;
        guint64 factor;
} Unit;

static const Unit size_units[] = {{"B", 1},         {"KB", 1 << 10}, {"KiB", 1 << 10}, {"MB", 1 << 20},
                                  {"MiB", 1 << 20}, {"GB", 1 << 30}, {"GiB", 1 << 30}, {NULL, 0}};
static const Unit duration_units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {NULL, 0}};
static const Unit day_units[] = {{"d", 1}, {NULL, 0}};
static const Unit no_units[] = {{"", 1}, {NULL, 0}};

static const Unit *units_of(const MgKey *key) {
        return key->type == MG_KEY_SIZE       ? size_units
               : key->type == MG_KEY_DURATION ? duration_units
               : key->type == MG_KEY_DAYS     ? day_units
                                              : no_units;
}

static const char *unit_help(const MgKey *key) {
        return key->type == MG_KEY_SIZE       ? "a whole number with unit B, KB, MB or GB, as in 25 MB"
               : key->type == MG_KEY_DURATION ? "a whole number with unit ms, s or min, as in 20 s"
               : key->type == MG_KEY_DAYS     ? "a whole number of days with unit d, as in 30 d"
                                              : "a whole number without unit, as in 100";
}

/* The largest unit that leaves a whole number. */
static char *print_number(const Unit *units, guint64 value) {
        const Unit *best = units;
        for (const Unit *unit = units; unit->name != NULL; unit++)
                if (value != 0 && value % unit->factor == 0 && unit->factor > best->factor)
                        best = unit;
        g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " %s", value / best->factor, best->name);
        return g_strdup(g_strchomp(text));
}

char *mg_value_size(guint64 octets) {
        return print_number(size_units, octets);
}

/* What the key's offset counts in. */
static gpointer home_of(const MgKey *key, const MgConfig *config) {
        switch (key->home) {
        case MG_HOME_POLICY:
                return config->policy;
        case MG_HOME_ORGANIZATION:
                return (gpointer)mg_organizations_get(config->organizations, 0);
        default:
                return (gpointer)config;
        }
}

static gpointer target(const MgKey *key, gpointer home) {
        return (char *)home + key->offset;
}

static void store_number(const MgKey *key, gpointer home, guint64 value) {
        if (key->width == sizeof(guint64))
                *(guint64 *)target(key, home) = value;
        else
                *(guint32 *)target(key, home) = (guint32)value;
}

static void store_text(const MgKey *key, gpointer home, char *value) {
        char **field = target(key, home);
        g_free(*field);
        *field = value;
}

static char *set_number(const MgKey *key, gpointer home, const char *value) {
        const char *rest = value + strspn(value, "0123456789");
        gsize digits = (gsize)(rest - value);
        while (*rest == ' ' || *rest == '\t')
                rest++;
        const Unit *unit = units_of(key);
        while (unit->name != NULL && strcmp(unit->name, rest) != 0)
                unit++;
        if (digits == 0 || unit->name == NULL)
                return g_strdup_printf("\"%s\" is \"%s\"; it should be %s", key->name, value, unit_help(key));
        /* Twelve digits are beyond every range, and times 1 GB still within 64 bits. */
        guint64 number = digits > 12 ? G_MAXUINT64 : g_ascii_strtoull(value, NULL, 10);
        if (digits > 12 || number > G_MAXUINT64 / unit->factor || number * unit->factor < key->min ||
            number * unit->factor > key->max) {
                g_autofree char *least = print_number(units_of(key), key->min);
                g_autofree char *most = print_number(units_of(key), key->max);
                return g_strdup_printf("\"%s\" is %s; it should be from %s to %s", key->name, value, least, most);
        }
        store_number(key, home, number * unit->factor);
        return NULL;
}

static char *choice_help(const MgKey *key, const char *value) {
        g_autoptr(GString) words = g_string_new(NULL);
        for (const MgChoice *choice = key->choices; choice->word != NULL; choice++) {
                const char *joint = words->len == 0 ? "" : choice[1].word == NULL ? " or " : ", ";
                g_string_append_printf(words, "%s%s", joint, choice->word);
        }
        const char *more = key->type == MG_KEY_CHOICES ? ", or several of them with a blank between" : "";
        return g_strdup_printf("\"%s\" is \"%s\"; it should be %s%s", key->name, value, words->str, more);
}

static const MgChoice *find_choice(const MgKey *key, const char *word) {
        for (const MgChoice *choice = key->choices; choice->word != NULL; choice++)
                if (strcmp(choice->word, word) == 0)
                        return choice;
        return NULL;
}

static char *set_choice(const MgKey *key, gpointer home, const char *value) {
        const MgChoice *choice = find_choice(key, value);
        if (choice == NULL)
                return choice_help(key, value);
        store_number(key, home, (guint64)choice->value);
        return NULL;
}

static char *set_choices(const MgKey *key, gpointer home, const char *value) {
        g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
        guint64 bits = 0;
        for (char **word = words; *word != NULL; word++) {
                const MgChoice *choice = find_choice(key, *word);
                if (**word != '\0' && (choice == NULL || (bits & (guint64)choice->value) != 0))
                        return choice_help(key, value);
                bits |= choice != NULL ? (guint64)choice->value : 0;
        }
        if (bits == 0)
                return choice_help(key, value);
        store_number(key, home, bits);
        return NULL;
}

static gboolean is_plain_path(const char *path) {
        g_autofree char *canonical = g_path_is_absolute(path) ? g_canonicalize_filename(path, NULL) : NULL;
        return canonical != NULL && mg_text_is(path, strlen(path), MG_CLASS_LINE) && strcmp(canonical, path) == 0 &&
               path[1] != '\0';
}

static char *set_path(const MgKey *key, gpointer home, const char *value) {
        gboolean empty = *value == '\0' && key->min == 0;
        if (!empty && !is_plain_path(value))
                return g_strdup_printf(
                        "\"%s\" is \"%s\"; it should be an absolute path without \".\", \"..\", doubled or final "
                        "slash, as in /var/lib/mugai",
                        key->name, value);
        store_text(key, home, g_strdup(value));
        return NULL;
}

static char *set_name(const MgKey *key, gpointer home, const char *value) {
        gsize n = strlen(value);
        const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
        if (n < key->min || n > 32 || strspn(value, letters) != n || *value == '-')
                return g_strdup_printf(
                        "\"%s\" is \"%s\"; it should be a name of at most 32 letters, digits, _ . and -, or a number",
                        key->name, value);
        store_text(key, home, g_strdup(value));
        return NULL;
}

/* port@host behind inet: or inet6: */
static gboolean is_inet(const char *value) {
        gsize digits = strspn(value, "0123456789");
        guint64 port = digits > 0 && digits <= 5 ? g_ascii_strtoull(value, NULL, 10) : 0;
        const char *host = value + digits + 1;
        return port > 0 && port <= 65535 && value[digits] == '@' && *host != '\0' &&
               mg_text_is(host, strlen(host), MG_CLASS_HOST) && strpbrk(host, "/@+=_") == NULL;
}

static char *set_address(const MgKey *key, gpointer home, const char *value) {
        gboolean local = g_str_has_prefix(value, "unix:");
        gboolean good = local                               ? is_plain_path(value + 5)
                        : g_str_has_prefix(value, "inet:")  ? is_inet(value + 5)
                        : g_str_has_prefix(value, "inet6:") ? is_inet(value + 6)
                                                            : FALSE;
        if (!good)
                return g_strdup_printf("\"%s\" is \"%s\"; it should be unix:/path, inet:port@host or inet6:port@host",
                                       key->name, value);
        if (local && strlen(value + 5) > SOCKET_PATH_MAX)
                return g_strdup_printf("\"%s\" has a path of %zu octets; a socket's path may have %d", key->name,
                                       strlen(value + 5), SOCKET_PATH_MAX);
        store_text(key, home, g_strdup(value));
        return NULL;
}

static char *set_text(const MgKey *key, gpointer home, const char *value) {
        if (!mg_text_is(value, strlen(value), MG_CLASS_LINE))
                return g_strdup_printf(
                        "\"%s\" holds a character that may not cross (a line end, a control, an invisible or a "
                        "private one); write one line of plain text",
                        key->name);
        if ((guint64)g_utf8_strlen(value, -1) > key->max)
                return g_strdup_printf("\"%s\" has %ld characters; it may have %" G_GUINT64_FORMAT, key->name,
                                       g_utf8_strlen(value, -1), key->max);
        store_text(key, home, g_strdup(value));
        return NULL;
}

/* Where the host ends that begins at value: "[...]" or a name. */
static const char *host_end(const char *value) {
        const char *inside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
        gboolean brackets = *value == '[';
        /* A colon is an address's alone, and that stands in brackets. */
        gsize n = strspn(value + brackets, brackets ? inside
                                                    : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "0123456789.-");
        const char *end = value + brackets + n;

        if (n == 0 || n > DOMAIN_OCTETS || (brackets && *end != ']'))
                return NULL;
        return end + brackets;
}

static char *set_hop(const MgKey *key, gpointer home, const char *value) {
        const char *end = *value != '\0' ? host_end(value) : value;
        guint64 port;
        gboolean good =
                end != NULL &&
                (*end == '\0' || (*end == ':' && g_ascii_string_to_unsigned(end + 1, 10, 1, 65535, &port, NULL)));

        if (!good)
                return g_strdup_printf(
                        "\"%s\" is \"%s\"; it should be a mail server as Postfix spells it: [10.20.0.25], "
                        "[mail.example.jp]:2525, or a domain with MX records",
                        key->name, value);
        store_text(key, home, g_strdup(value));
        return NULL;
}

/* A name of the DNS in ASCII: labels of letters, digits and inner hyphens, at least so many. */
static gboolean is_domain(const char *name, guint least) {
        g_auto(GStrv) labels = g_strsplit(name, ".", -1);
        gboolean good = strlen(name) <= DOMAIN_OCTETS && g_strv_length(labels) >= least;
        for (char **label = labels; good && *label != NULL; label++) {
                gsize n = strlen(*label);
                good = n >= 1 && n <= LABEL_OCTETS && strspn(*label, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
                       **label != '-' && (*label)[n - 1] != '-';
        }
        return good;
}

static char *set_domains(const MgKey *key, gpointer home, const char *value) {
        gboolean below = key->type == MG_KEY_ALL_BELOW;
        g_autofree char *lower = g_ascii_strdown(value, -1);
        g_auto(GStrv) words = g_strsplit_set(lower, " \t\n", -1);
        g_autoptr(GString) domains = g_string_new(NULL);
        guint n = 0;
        for (char **word = words; *word != NULL; word++) {
                if (**word == '\0')
                        continue;
                if (below && **word == '.' ? !is_domain(*word + 1, 1) : !is_domain(*word, 2))
                        return g_strdup_printf("\"%s\" has \"%s\", which is no domain; it should be names with a blank "
                                               "between%s, as in city.example.jp %sschool.example.jp",
                                               key->name, *word,
                                               below ? ", \".\" before one for all that is below it" : "",
                                               below ? "." : "");
                g_string_append_printf(domains, "%s%s", n > 0 ? " " : "", *word);
                n++;
        }
        if (n < key->min || n > key->max)
                return g_strdup_printf("\"%s\" has %u domains; it should have from %" G_GUINT64_FORMAT
                                       " to %" G_GUINT64_FORMAT,
                                       key->name, n, key->min, key->max);
        store_text(key, home, g_strdup(domains->str));
        return NULL;
}

gboolean mg_config_has_domain(const char *domains, const char *address) {
        const char *at = strrchr(address, '@');
        g_autofree char *domain = at != NULL ? g_ascii_strdown(at + 1, -1) : g_strdup("");
        g_auto(GStrv) words = g_strsplit(domains, " ", -1);
        return *domain != '\0' && g_strv_contains((const char *const *)words, domain);
}

typedef char *(*Setter)(const MgKey *key, gpointer home, const char *value);

static const Setter setters[] = {
        [MG_KEY_PATH] = set_path,    [MG_KEY_NAME] = set_name,       [MG_KEY_ADDRESS] = set_address,
        [MG_KEY_COUNT] = set_number, [MG_KEY_SIZE] = set_number,     [MG_KEY_DURATION] = set_number,
        [MG_KEY_DAYS] = set_number,  [MG_KEY_CHOICE] = set_choice,   [MG_KEY_CHOICES] = set_choices,
        [MG_KEY_TEXT] = set_text,    [MG_KEY_DOMAINS] = set_domains, [MG_KEY_ALL_BELOW] = set_domains,
        [MG_KEY_HOP] = set_hop,
};

char *mg_key_set(const MgKey *key, MgConfig *config, const char *value) {
        return setters[key->type](key, home_of(key, config), value);
}

char *mg_key_set_in(const MgKey *key, gpointer home, const char *value) {
        return setters[key->type](key, home, value);
}

static gboolean is_text(const MgKey *key) {
        return key->type == MG_KEY_PATH || key->type == MG_KEY_NAME || key->type == MG_KEY_ADDRESS ||
               key->type == MG_KEY_TEXT || key->type == MG_KEY_HOP || key->type == MG_KEY_DOMAINS ||
               key->type == MG_KEY_ALL_BELOW;
}

gboolean mg_key_equal(const MgKey *key, const MgConfig *a, const MgConfig *b) {
        gpointer one = target(key, home_of(key, a)), other = target(key, home_of(key, b));
        if (is_text(key))
                return g_strcmp0(*(char **)one, *(char **)other) == 0;
        return memcmp(one, other, key->width) == 0;
}
