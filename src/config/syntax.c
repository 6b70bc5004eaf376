/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of our own instead of libconfuse 3.3 (DESIGN trap 11): there a key given twice silently takes the last value
 * and two sections of one name merge, its lexer expands ${NAME} inside quoted strings before any callback can see it,
 * and include resolves against the working folder. The first two could be caught from outside, the third cannot.
 *
 * Knows nothing of keys and types: table.c and notice.c do. Does no expansion, no include, no nesting.
 */
#include "config/syntax.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fd.h"

typedef struct Scan {
        const char *name;
        const char *at;
        const char *end;
        guint line;
        char *section; /* owned, NULL outside */
        char *title;   /* of the section, owned, or NULL */
        guint section_line;
        GHashTable *seen; /* "key section title.key" and "section name title" -> line */
        GArray *entries;
} Scan;

static void entry_clear(gpointer data) {
        MgEntry *entry = data;
        g_free(entry->key);
        g_free(entry->title);
        g_free(entry->value);
}

void mg_syntax_error(GError **error, const char *name, guint line, const char *format, ...) {
        va_list args;
        va_start(args, format);
        g_autofree char *sentence = g_strdup_vprintf(format, args);
        va_end(args);
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s:%u: %s", name, line, sentence);
}

static guint line_of(const char *text, const char *at) {
        guint line = 1;
        for (const char *p = text; p < at; p++)
                line += *p == '\n';
        return line;
}

/* Before anything is scanned: what an editor or a transfer can do to a file and a reader would silently carry on. */
static gboolean check_characters(const char *name, const char *text, gsize n, GError **error) {
        for (gsize i = 0; i < n; i++) {
                guchar c = (guchar)text[i];
                if (c == '\r') {
                        mg_syntax_error(error, name, line_of(text, text + i),
                                        "there is a carriage return; save the file with LF line ends");
                        return FALSE;
                }
                if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
                        mg_syntax_error(error, name, line_of(text, text + i),
                                        "there is a control character (0x%02x); take it out", c);
                        return FALSE;
                }
        }
        const char *bad = NULL;
        if (!g_utf8_validate(text, (gssize)n, &bad)) {
                mg_syntax_error(error, name, line_of(text, bad),
                                "this is not UTF-8 (octet 0x%02x); save the file as UTF-8", (guchar)*bad);
                return FALSE;
        }
        if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                mg_syntax_error(error, name, 1, "the file begins with a byte order mark; save it without one");
                return FALSE;
        }
        return TRUE;
}

static void skip_blanks(Scan *scan) {
        while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t'))
                scan->at++;
}

/* Blanks, line ends and comments. */
static void skip_space(Scan *scan) {
        while (scan->at < scan->end) {
                if (*scan->at == '\n')
                        scan->line++;
                else if (*scan->at == '#') {
                        while (scan->at + 1 < scan->end && scan->at[1] != '\n')
                                scan->at++;
                } else if (*scan->at != ' ' && *scan->at != '\t')
                        return;
                scan->at++;
        }
}

/* The letters, digits and marks that begin here, perhaps none. */
static char *scan_word(Scan *scan, const char *marks) {
        const char *from = scan->at;
        while (scan->at < scan->end && (g_ascii_isalnum(*scan->at) || (*scan->at && strchr(marks, *scan->at) != NULL)))
                scan->at++;
        return g_strndup(from, (gsize)(scan->at - from));
}

/* A quoted value; scan->at is behind the opening quote. NULL with error. */
static char *scan_quoted(Scan *scan, const char *key, GError **error) {
        guint began = scan->line;
        GString *value = g_string_new(NULL);
        for (; scan->at < scan->end && *scan->at != '"'; scan->at++) {
                if (*scan->at != '\\') {
                        scan->line += *scan->at == '\n';
                        g_string_append_c(value, *scan->at);
                        continue;
                }
                const char *escape = scan->at + 1 < scan->end ? strchr("n\nt\t\"\"\\\\", scan->at[1]) : NULL;
                if (escape == NULL || *escape == '\0' || *escape == '\n' || *escape == '\t') {
                        mg_syntax_error(error, scan->name, scan->line,
                                        "a backslash in the value of \"%s\" stands before n, t, \" or \\ only", key);
                        g_string_free(value, TRUE);
                        return NULL;
                }
                g_string_append_c(value, escape[1]);
                scan->at++;
        }
        if (scan->at == scan->end) {
                mg_syntax_error(error, scan->name, began,
                                "the text of \"%s\" begins with \" here and is never closed by \"", key);
                g_string_free(value, TRUE);
                return NULL;
        }
        scan->at++;
        return g_string_free(value, FALSE);
}

/* A bare value: to the end of the line, "#" or "}". NULL with error. */
static char *scan_bare(Scan *scan, const char *key, GError **error) {
        const char *from = scan->at;
        while (scan->at < scan->end && strchr("\n#}", *scan->at) == NULL)
                scan->at++;
        g_autofree char *value = g_strstrip(g_strndup(from, (gsize)(scan->at - from)));
        if (*value == '\0') {
                mg_syntax_error(error, scan->name, scan->line, "\"%s\" has no value; write %s = \"\" for an empty one",
                                key, key);
                return NULL;
        }
        if (strpbrk(value, "=\"{") != NULL) {
                mg_syntax_error(error, scan->name, scan->line,
                                "the value of \"%s\" holds =, { or \"; put it in quotes, and each further key on a "
                                "line of its own",
                                key);
                return NULL;
        }
        return g_steal_pointer(&value);
}

/* Notes what; FALSE with error where it was there before. kind is "key" or "section". */
static gboolean note_once(Scan *scan, const char *kind, const char *what, GError **error) {
        g_autofree char *id = g_strconcat(kind, " ", what, NULL);
        guint first = GPOINTER_TO_UINT(g_hash_table_lookup(scan->seen, id));
        if (first != 0) {
                mg_syntax_error(error, scan->name, scan->line,
                                "%s \"%s\" is there twice, first in line %u; keep one of them", kind, what, first);
                return FALSE;
        }
        g_hash_table_insert(scan->seen, g_steal_pointer(&id), GUINT_TO_POINTER(scan->line));
        return TRUE;
}

/* "section", or "section title" where it has one. */
static char *section_name(const char *section, const char *title) {
        return title != NULL ? g_strconcat(section, " ", title, NULL) : g_strdup(section);
}

static gboolean scan_key(Scan *scan, const char *word, GError **error) {
        g_autofree char *key = scan->section != NULL ? g_strconcat(scan->section, ".", word, NULL) : g_strdup(word);
        g_autofree char *section = scan->section != NULL ? section_name(scan->section, scan->title) : NULL;
        g_autofree char *whole = section != NULL ? g_strconcat(section, ".", word, NULL) : g_strdup(word);
        guint line = scan->line;
        if (!note_once(scan, "key", whole, error))
                return FALSE;
        skip_blanks(scan);
        gboolean quoted = scan->at < scan->end && *scan->at == '"';
        scan->at += quoted;
        char *value = quoted ? scan_quoted(scan, key, error) : scan_bare(scan, key, error);
        if (value == NULL)
                return FALSE;
        MgEntry entry = {.key = g_steal_pointer(&key),
                         .title = g_strdup(scan->title),
                         .value = value,
                         .line = line,
                         .quoted = quoted};
        g_array_append_val(scan->entries, entry);
        return TRUE;
}

/* title is NULL for a section without one. A section with a title says something even where it is empty. */
static gboolean scan_section(Scan *scan, const char *word, const char *title, GError **error) {
        g_autofree char *name = section_name(word, title);
        if (scan->section != NULL) {
                mg_syntax_error(error, scan->name, scan->line,
                                "section \"%s\" begins inside section \"%s\" of line %u; close that one with } first",
                                name, scan->section, scan->section_line);
                return FALSE;
        }
        if (!note_once(scan, "section", name, error))
                return FALSE;
        scan->section = g_strdup(word);
        scan->title = g_strdup(title);
        scan->section_line = scan->line;
        if (title != NULL) {
                MgEntry entry = {.key = g_strdup(word), .title = g_strdup(title), .line = scan->line};
                g_array_append_val(scan->entries, entry);
        }
        return TRUE;
}

static gboolean scan_close(Scan *scan, GError **error) {
        if (scan->section == NULL) {
                mg_syntax_error(error, scan->name, scan->line, "there is a } but no section is open");
                return FALSE;
        }
        g_clear_pointer(&scan->section, g_free);
        g_clear_pointer(&scan->title, g_free);
        scan->at++;
        return TRUE;
}

/* One statement. scan->at is at its first character. */
static gboolean scan_statement(Scan *scan, GError **error) {
        if (*scan->at == '}')
                return scan_close(scan, error);
        const char *from = scan->at;
        g_autofree char *word = scan_word(scan, "_-.");
        if (*word == '\0') {
                const char *next = g_utf8_next_char(from);
                mg_syntax_error(error, scan->name, scan->line,
                                "there should be a key, a section or } here, not \"%.*s\"", (int)(next - from), from);
                return FALSE;
        }
        skip_blanks(scan);
        /* Without dots, so that title and key in a row cannot be read in two ways. */
        g_autofree char *title = scan_word(scan, "_-");
        skip_blanks(scan);
        char mark = scan->at < scan->end ? *scan->at : '\0';
        if (mark != '{' && (mark != '=' || *title != '\0')) {
                mg_syntax_error(error, scan->name, scan->line, "after \"%s%s%s\" there should be %s\"{\"", word,
                                *title != '\0' ? " " : "", title, *title != '\0' ? "" : "\"= value\" or ");
                return FALSE;
        }
        scan->at++;
        return mark == '=' ? scan_key(scan, word, error)
                           : scan_section(scan, word, *title != '\0' ? title : NULL, error);
}

static gboolean scan_all(Scan *scan, GError **error) {
        for (skip_space(scan); scan->at < scan->end; skip_space(scan))
                if (!scan_statement(scan, error))
                        return FALSE;
        if (scan->section != NULL) {
                mg_syntax_error(error, scan->name, scan->section_line,
                                "section \"%s\" begins here and is never closed by }", scan->section);
                return FALSE;
        }
        return TRUE;
}

GArray *mg_syntax_parse(const char *name, const char *text, gsize n, GError **error) {
        if (!check_characters(name, text, n, error))
                return NULL;
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(MgEntry));
        g_array_set_clear_func(entries, entry_clear);
        Scan scan = {.name = name, .at = text, .end = text + n, .line = 1, .seen = seen, .entries = entries};
        gboolean good = scan_all(&scan, error);
        g_free(scan.section);
        g_free(scan.title);
        return good ? g_steal_pointer(&entries) : NULL;
}

char *mg_syntax_text(const char *path, gsize max, gsize *n, GError **error) {
        /* O_NONBLOCK: a FIFO under this name must not hang a start or a reload. */
        mg_autofd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s: cannot be read: %s", path, g_strerror(errno));
                return NULL;
        }
        if (!S_ISREG(st.st_mode) || (guint64)st.st_size > max) {
                g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                            "%s: cannot be read: it is not a regular file of at most %zu octets", path, max);
                return NULL;
        }
        g_autofree char *text = g_malloc(max + 1);
        gssize got = 1;
        *n = 0;
        while (*n < max && got > 0) {
                got = read(fd, text + *n, max - *n);
                if (got < 0 && errno != EINTR) {
                        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s: cannot be read: %s", path,
                                    g_strerror(errno));
                        return NULL;
                }
                *n += got > 0 ? (gsize)got : 0;
                got = got < 0 ? 1 : got;
        }
        text[*n] = '\0';
        return g_steal_pointer(&text);
}

GArray *mg_syntax_read(const char *path, GError **error) {
        gsize n;
        g_autofree char *text = mg_syntax_text(path, MG_SYNTAX_MAX, &n, error);
        return text != NULL ? mg_syntax_parse(path, text, n, error) : NULL;
}
