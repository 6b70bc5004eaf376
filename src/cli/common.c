/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all commands share: options, errors, configuration, output, times.
 * Does not know any command, and never prints more than one line for an error.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/receipt.h"

char **mg_cli_parse(const MgCommand *command, const GOptionEntry *entries, int argc, char **argv, int min, int max) {
        g_autoptr(GOptionContext) context = g_option_context_new(command->parameters);
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) words = g_new0(char *, (gsize)argc + 1);

        g_option_context_set_summary(context, command->summary);
        g_option_context_add_main_entries(context, entries, NULL);
        for (int i = 0; i < argc; i++)
                words[i] = g_strdup(argv[i]);
        /* GOption prints the name of the program in its help. */
        g_autofree char *program = g_strdup_printf("mugai %s", command->name);
        g_set_prgname(program);
        if (!g_option_context_parse_strv(context, &words, &error)) {
                mg_cli_fail(EX_USAGE, "%s; see mugai %s --help", error->message, command->name);
                return NULL;
        }
        guint n = g_strv_length(words);
        guint first = n > 0 ? 1 : 0;
        if (first < n && g_str_equal(words[first], "--"))
                first++;
        int operands = (int)(n - first);
        if (operands < min || (max >= 0 && operands > max)) {
                mg_cli_fail(EX_USAGE, "usage: mugai %s %s", command->name, command->parameters);
                return NULL;
        }
        char **left = g_new0(char *, (gsize)operands + 1);
        for (int i = 0; i < operands; i++)
                left[i] = g_strdup(words[first + (guint)i]);
        return left;
}

static void complain(const char *text) {
        g_autofree char *line = g_strdelimit(g_strdup(text), "\r\n", ' ');
        g_autofree char *whole = g_strdup_printf("mugai: %s\n", g_strchomp(line));

        fflush(stdout);
        fputs(whole, stderr);
}

int mg_cli_fail(int code, const char *format, ...) {
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        complain(text);
        return code;
}

/* What an error of MG_ERROR means for a shell: the codes of sysexits.h. */
static const int error_codes[] = {
        [MG_ERROR_SYSTEM] = EX_IOERR,         [MG_ERROR_CLOSED] = EX_UNAVAILABLE, [MG_ERROR_TIMEOUT] = EX_TEMPFAIL,
        [MG_ERROR_PROTOCOL] = EX_UNAVAILABLE, [MG_ERROR_CONFIG] = EX_CONFIG,      [MG_ERROR_FULL] = EX_IOERR,
        [MG_ERROR_MISSING] = EX_DATAERR,      [MG_ERROR_STORE] = EX_IOERR,        [MG_ERROR_GRAMMAR] = EX_DATAERR,
        [MG_ERROR_USAGE] = EX_USAGE,          [MG_ERROR_DENIED] = EX_NOPERM,      [MG_ERROR_LOCKED] = EX_NOPERM,
        [MG_ERROR_STEP_UP] = EX_NOPERM,
};

static int error_code(const GError *error) {
        if (error->domain != MG_ERROR || error->code < 0 || error->code >= (int)G_N_ELEMENTS(error_codes))
                return EX_IOERR;
        return error_codes[error->code];
}

int mg_cli_fail_error(const char *what, GError *error) {
        g_autoptr(GError) taken = error;

        if (what != NULL)
                return mg_cli_fail(error_code(taken), "%s: %s", what, taken->message);
        return mg_cli_fail(error_code(taken), "%s", taken->message);
}

int mg_cli_fail_role(const MgConfig *config, const char *role, GError *error) {
        g_autoptr(GError) taken = error;

        /* The role answered and said what is wrong: that is the message. */
        if (g_error_matches(taken, MG_ERROR, MG_ERROR_MISSING) || g_error_matches(taken, MG_ERROR, MG_ERROR_STORE) ||
            g_error_matches(taken, MG_ERROR, MG_ERROR_USAGE) || g_error_matches(taken, MG_ERROR, MG_ERROR_DENIED) ||
            g_error_matches(taken, MG_ERROR, MG_ERROR_LOCKED) || g_error_matches(taken, MG_ERROR, MG_ERROR_STEP_UP))
                return mg_cli_fail(error_code(taken), "%s", taken->message);
        if (g_error_matches(taken, MG_ERROR, MG_ERROR_TIMEOUT))
                return mg_cli_fail(EX_TEMPFAIL, "%s did not answer: %s; try again, or look into its log", role,
                                   taken->message);
        return mg_cli_fail(EX_UNAVAILABLE,
                           "%s cannot be asked: %s; start mugaid, or run this as root or as a member of group %s", role,
                           taken->message, config->group);
}

MgConfig *mg_cli_config_with(const char *file, const char *rules, int *code) {
        const char *standard = MG_SYSCONF_DIR "/mugai.conf";
        GError *error = NULL;

        if (file == NULL && access(standard, F_OK) == 0)
                file = standard;
        MgConfig *config = mg_config_load_with(file, rules, &error);
        if (config == NULL)
                *code = mg_cli_fail_error(NULL, error);
        return config;
}

MgConfig *mg_cli_config(const char *file, int *code) {
        return mg_cli_config_with(file, "", code);
}

MgMailFacts mg_cli_facts(const MgConfig *config, const MgRecord *record, guint i) {
        const GPtrArray *rcpts = record->envelope->rcpts;
        const char *recipient = i < rcpts->len ? g_ptr_array_index(rcpts, i) : "";

        return (MgMailFacts){
                .organization = mg_organizations_of(config->organizations, recipient)->name,
                .sender = record->envelope->from,
                .recipient = recipient,
                .size = record->size,
                .time = record->envelope->time,
                .header = record->header,
                .scan = record->scan.verdict,
        };
}

MgAsker mg_cli_asker(const char *socket_path) {
        const char *token = g_getenv(MG_CLI_TOKEN);

        return (MgAsker){socket_path, token != NULL && *token != '\0' ? token : NULL};
}

char *mg_cli_receipt(const char *typed) {
        g_autoptr(GError) error = NULL;
        char *receipt = mg_receipt_read(typed, &error);

        if (receipt == NULL)
                mg_cli_fail(EX_DATAERR, "%s", error->message);
        return receipt;
}

void mg_cli_print(const char *text) {
        fputs(text, stdout);
}

int mg_cli_flush(void) {
        if (fflush(stdout) == 0 && !ferror(stdout))
                return EX_OK;
        return mg_cli_fail(EX_IOERR, "standard output: %s", g_strerror(errno));
}

static gboolean digits(const char **at, guint n, int *value) {
        const char *s = *at;

        *value = 0;
        for (guint i = 0; i < n; i++) {
                if (!g_ascii_isdigit(s[i]))
                        return FALSE;
                *value = *value * 10 + (s[i] - '0');
        }
        *at = s + n;
        return TRUE;
}

/* "YYYY-MM-DD", then nothing or a blank or T and "HH:MM" or "HH:MM:SS", in local time. */
static gboolean calendar_time(const char *text, gint64 *time) {
        int year, month, day, hour = 0, minute = 0, second = 0;
        const char *at = text;

        if (!digits(&at, 4, &year) || *at++ != '-' || !digits(&at, 2, &month) || *at++ != '-' || !digits(&at, 2, &day))
                return FALSE;
        if (*at == ' ' || *at == 'T') {
                at++;
                if (!digits(&at, 2, &hour) || *at++ != ':' || !digits(&at, 2, &minute))
                        return FALSE;
                if (*at == ':' && (at++, !digits(&at, 2, &second)))
                        return FALSE;
        }
        g_autoptr(GDateTime) value = *at == '\0' ? g_date_time_new_local(year, month, day, hour, minute, second) : NULL;
        if (value == NULL)
                return FALSE;
        *time = g_date_time_to_unix(value);
        return TRUE;
}

/* "3d": so long before now. At most nine digits, so that nothing overflows. */
static gboolean ago(const char *text, gint64 now, gint64 *time) {
        static const struct {
                char letter;
                gint64 seconds;
        } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
        gsize n = strlen(text);
        int value;
        const char *at = text;

        if (n < 2 || n > 10 || !digits(&at, (guint)n - 1, &value))
                return FALSE;
        for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
                if (units[i].letter != *at)
                        continue;
                *time = MAX(now - value * units[i].seconds, 0);
                return TRUE;
        }
        return FALSE;
}

gboolean mg_cli_time(const char *text, gint64 now, gint64 *time, GError **error) {
        if (text[0] == '@') {
                guint64 value;
                if (g_ascii_string_to_unsigned(text + 1, 10, 0, G_MAXINT32 * G_GINT64_CONSTANT(100), &value, NULL)) {
                        *time = (gint64)value;
                        return TRUE;
                }
        }
        if (calendar_time(text, time) || ago(text, now, time))
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_USAGE,
                    "\"%s\" is no time: write 2026-11-20, \"2026-11-20 13:00\", 30m, 2h or 3d", text);
        return FALSE;
}
