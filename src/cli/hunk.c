/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a file by lines: applied, shown, read again, taken back.
 * Knows no Postfix, reads and writes no file.
 */
#include "cli/hunk.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "config/syntax.h"

#define NO_NEWLINE "\\ No newline at end of file\n"
#define NOT_THERE "/dev/null sha256:"

static void hunk_free(gpointer data) {
        MgHunk *hunk = data;

        g_free(hunk->out);
        g_free(hunk->in);
        g_free(hunk->where);
        g_free(hunk);
}

MgChange *mg_change_new(const char *file) {
        MgChange *change = g_new0(MgChange, 1);

        change->file = g_strdup(file);
        change->hunks = g_ptr_array_new_with_free_func(hunk_free);
        return change;
}

void mg_change_free(MgChange *change) {
        if (change == NULL)
                return;
        g_free(change->file);
        g_free(change->begun);
        g_ptr_array_unref(change->hunks);
        g_free(change);
}

/* What is put in before a line comes before what takes its place. */
static gboolean stands_before(const MgHunk *a, const MgHunk *b) {
        return a->at < b->at || (a->at == b->at && *a->out == '\0' && *b->out != '\0');
}

void mg_change_add(MgChange *change, guint at, const char *out, const char *in, const char *where) {
        MgHunk *hunk = g_new0(MgHunk, 1);
        guint place = change->hunks->len;

        *hunk = (MgHunk){.at = at, .out = g_strdup(out), .in = g_strdup(in), .where = g_strdup(where)};
        while (place > 0 && stands_before(hunk, change->hunks->pdata[place - 1]))
                place--;
        g_ptr_array_insert(change->hunks, (gint)place, hunk);
}

static char *digest_of(const char *text) {
        guint8 sha256[32];
        g_autoptr(GString) hex = g_string_new(NULL);

        mg_digest(text, strlen(text), sha256);
        for (guint i = 0; i < sizeof sha256; i++)
                g_string_append_printf(hex, "%02x", sha256[i]);
        return g_string_free(g_steal_pointer(&hex), FALSE);
}

void mg_change_begins(MgChange *change, const char *text) {
        g_free(change->begun);
        change->begun = digest_of(text);
}

GPtrArray *mg_lines(const char *text) {
        GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

        while (*text != '\0') {
                gsize n = strcspn(text, "\n");
                n += text[n] == '\n';
                g_ptr_array_add(lines, g_strndup(text, n));
                text += n;
        }
        return lines;
}

/* A line that has no end gets one where further ones follow. */
static char *join(const GPtrArray *lines) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < lines->len; i++) {
                const char *line = lines->pdata[i];
                g_string_append(text, line);
                if (i + 1 < lines->len && !g_str_has_suffix(line, "\n"))
                        g_string_append_c(text, '\n');
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}

static guint count_lines(const char *text) {
        g_autoptr(GPtrArray) lines = mg_lines(text);

        return lines->len;
}

static void put(GPtrArray *lines, guint at, guint n, const char *text) {
        g_autoptr(GPtrArray) more = mg_lines(text);

        if (n > 0)
                g_ptr_array_remove_range(lines, at, n);
        for (guint i = 0; i < more->len; i++)
                g_ptr_array_insert(lines, (gint)(at + i), g_strdup(more->pdata[i]));
}

char *mg_change_apply(const MgChange *change, const char *text) {
        g_autoptr(GPtrArray) lines = mg_lines(text);

        for (guint i = change->hunks->len; i > 0; i--) {
                const MgHunk *hunk = change->hunks->pdata[i - 1];
                put(lines, MIN(hunk->at, lines->len),
                    MIN(count_lines(hunk->out), lines->len - MIN(hunk->at, lines->len)), hunk->in);
        }
        return join(lines);
}

/* Line ends are the editor's; what stands in a line is its writer's. */
static gboolean same_line(const char *a, const char *b) {
        gsize n = strcspn(a, "\r\n"), m = strcspn(b, "\r\n");

        return n == m && memcmp(a, b, n) == 0;
}

static gboolean stands_at(const GPtrArray *lines, guint at, const GPtrArray *wanted) {
        if (at + wanted->len > lines->len)
                return FALSE;
        for (guint i = 0; i < wanted->len; i++) {
                if (!same_line(lines->pdata[at + i], wanted->pdata[i]))
                        return FALSE;
        }
        return TRUE;
}

/* By what a line is known whoever changed its value: "relay_domains", "smtp inet". NULL for comments and blanks. */
static char *name_of(const char *line) {
        const char *s = line + strspn(line, " \t\r\n");

        if (*s == '#' || *s == '\0')
                return NULL;
        if (g_str_has_prefix(s, "-o"))
                s += strlen("-o") + strspn(s + strlen("-o"), " \t{");
        gsize n = strcspn(s, "=\r\n");
        g_autofree char *name = g_strstrip(g_strndup(s, n));
        if (s[n] == '=' && strpbrk(name, " \t") == NULL)
                return g_steal_pointer(&name);
        gsize first = strcspn(s, " \t"), gap = strspn(s + first, " \t");
        return g_strdup_printf("%.*s %.*s", (int)first, s, (int)strcspn(s + first + gap, " \t\r\n"), s + first + gap);
}

/* Whether line at is of that service of master.cf; "" is any. */
static gboolean is_in_service(const GPtrArray *lines, guint at, const char *where) {
        for (guint i = at + 1; *where != '\0' && i > 0; i--) {
                const char *line = lines->pdata[i - 1];
                g_autofree char *name = *line != ' ' && *line != '\t' ? name_of(line) : NULL;
                if (name != NULL)
                        return g_str_equal(name, where);
        }
        return *where == '\0';
}

static gboolean has_service(const GPtrArray *lines, const char *where) {
        for (guint i = 0; i < lines->len; i++) {
                const char *line = lines->pdata[i];
                g_autofree char *name = *line != ' ' && *line != '\t' ? name_of(line) : NULL;
                if (g_strcmp0(name, where) == 0)
                        return TRUE;
        }
        return FALSE;
}

/* Where text stands in lines, as near to a place as may be, in the service where. */
static gboolean find(const GPtrArray *lines, guint near, const char *text, const char *where, guint *at) {
        g_autoptr(GPtrArray) wanted = mg_lines(text);

        for (guint far = 0; far <= MAX(near, lines->len); far++) {
                *at = near + far;
                if (stands_at(lines, *at, wanted) && is_in_service(lines, *at, where))
                        return TRUE;
                *at = near - far;
                if (far <= near && stands_at(lines, *at, wanted) && is_in_service(lines, *at, where))
                        return TRUE;
        }
        return FALSE;
}

/* The name of the first line of a text that has one. */
static char *name_in(const char *text) {
        g_autoptr(GPtrArray) lines = mg_lines(text);
        char *name = NULL;

        for (guint i = 0; i < lines->len && name == NULL; i++)
                name = name_of(lines->pdata[i]);
        return name;
}

/* Says which line stands where the one that was put in stood. */
static void report(const MgChange *change, const MgHunk *hunk, const GPtrArray *lines, GPtrArray *left) {
        g_autofree char *wanted = name_in(hunk->in);
        g_autofree char *service = g_strdup("");

        for (guint i = 0; i < lines->len; i++) {
                const char *line = lines->pdata[i];
                g_autofree char *name = name_of(line);
                if (name != NULL && line[0] != ' ' && line[0] != '\t') {
                        g_free(service);
                        service = g_strdup(name);
                }
                if (g_strcmp0(name, wanted) != 0 || (*hunk->where != '\0' && !g_str_equal(service, hunk->where)))
                        continue;
                g_autofree char *shown = g_strstrip(g_strdup(line));
                g_ptr_array_add(left, g_strdup_printf("%s:%u: was changed since mugai setup wrote it, and stays: %s",
                                                      change->file, i + 1, shown));
                return;
        }
        g_autofree char *lost = g_strdelimit(g_strchomp(g_strdup(hunk->out)), "\r\n", ' ');
        if (*lost != '\0')
                g_ptr_array_add(left, g_strdup_printf("%s: what mugai setup put in the place of this was taken out "
                                                      "since, and this is not put back: %s",
                                                      change->file, lost));
}

char *mg_change_undo(const MgChange *change, const char *text, GPtrArray *left) {
        g_autoptr(GPtrArray) lines = mg_lines(text);
        g_autoptr(GPtrArray) lost = g_ptr_array_new();
        gint moved = 0;
        guint at;

        for (guint i = 0; i < change->hunks->len; i++) {
                const MgHunk *hunk = change->hunks->pdata[i];
                moved += (gint)count_lines(hunk->in) - (gint)count_lines(hunk->out);
        }
        for (guint i = change->hunks->len; i > 0; i--) {
                const MgHunk *hunk = change->hunks->pdata[i - 1];
                moved -= (gint)count_lines(hunk->in) - (gint)count_lines(hunk->out);
                guint near = (guint)MAX((gint)hunk->at + moved, 0);
                /* One that got another name has its lines still. */
                const char *where = has_service(lines, hunk->where) ? hunk->where : "";
                if (find(lines, near, hunk->in, where, &at))
                        put(lines, at, count_lines(hunk->in), hunk->out);
                else if (*hunk->out == '\0' || !find(lines, near, hunk->out, where, &at))
                        g_ptr_array_insert(lost, 0, (gpointer)hunk);
        }
        for (guint i = 0; i < lost->len; i++)
                report(change, lost->pdata[i], lines, left);
        g_autofree char *undone = join(lines);
        g_autofree char *digest = digest_of(undone);
        return g_strcmp0(digest, change->begun) == 0 ? NULL : g_steal_pointer(&undone);
}

static void print_lines(GString *diff, char sign, const char *text) {
        g_autoptr(GPtrArray) lines = mg_lines(text);

        for (guint i = 0; i < lines->len; i++) {
                const char *line = lines->pdata[i];
                g_string_append_printf(diff, "%c%s", sign, line);
                if (!g_str_has_suffix(line, "\n"))
                        g_string_append(diff, "\n" NO_NEWLINE);
        }
}

/* diff names the line before, where there are none of its own. */
static guint shown_place(guint at, guint n) {
        return n > 0 ? at + 1 : at;
}

/* So many lines from a place of the file before, and what takes theirs in the file after. */
static void print_hunk(GString *diff, guint from, const char *out, guint to, const char *in, const char *where) {
        guint gone = count_lines(out), come = count_lines(in);

        g_string_append_printf(diff, "@@ -%u,%u +%u,%u @@%s%s\n", shown_place(from, gone), gone, shown_place(to, come),
                               come, *where != '\0' ? " " : "", where);
        print_lines(diff, '-', out);
        print_lines(diff, '+', in);
}

void mg_change_print(const MgChange *change, GString *diff) {
        guint moved = 0;

        if (change->begun != NULL)
                g_string_append_printf(diff, "--- " NOT_THERE "%s\n", change->begun);
        else
                g_string_append_printf(diff, "--- %s\n", change->file);
        g_string_append_printf(diff, "+++ %s\n", change->file);
        for (guint i = 0; i < change->hunks->len; i++) {
                const MgHunk *hunk = change->hunks->pdata[i];
                print_hunk(diff, hunk->at, hunk->out, hunk->at + moved, hunk->in, hunk->where);
                moved += count_lines(hunk->in) - count_lines(hunk->out);
        }
}

void mg_change_print_back(const MgChange *change, GString *diff) {
        guint moved = 0;

        g_string_append_printf(diff, "--- %s\n+++ %s\n", change->file,
                               change->begun != NULL ? "/dev/null" : change->file);
        for (guint i = 0; i < change->hunks->len; i++) {
                const MgHunk *hunk = change->hunks->pdata[i];
                print_hunk(diff, hunk->at + moved, hunk->in, hunk->at, hunk->out, hunk->where);
                moved += count_lines(hunk->in) - count_lines(hunk->out);
        }
}

/* --- reading ------------------------------------------------------------------------------------------------- */

/* A diff on its way. */
typedef struct Reader {
        const char *name;
        GPtrArray *changes;
        GPtrArray *lines;
        guint at; /* line that comes next */
} Reader;

static gboolean fail(const Reader *reader, GError **error) {
        mg_syntax_error(error, reader->name, reader->at + 1,
                        "this is not what mugai setup wrote; take its lines out of Postfix's files by hand, then "
                        "remove this file");
        return FALSE;
}

static gboolean read_number(const char **s, char before, guint *value) {
        gsize n;

        if (**s != before)
                return FALSE;
        n = strspn(*s + 1, "0123456789");
        if (n == 0 || n > 8)
                return FALSE;
        *value = (guint)g_ascii_strtoull(*s + 1, NULL, 10);
        *s += 1 + n;
        return TRUE;
}

/* So many lines of that sign, their ends as they were. NULL where there are fewer. */
static char *read_lines(Reader *reader, char sign, guint n) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < n; i++) {
                const char *line = reader->at < reader->lines->len ? reader->lines->pdata[reader->at] : "";
                if (line[0] != sign)
                        return NULL;
                g_string_append(text, line + 1);
                reader->at++;
                line = reader->at < reader->lines->len ? reader->lines->pdata[reader->at] : "";
                if (!g_str_equal(line, NO_NEWLINE))
                        continue;
                g_string_truncate(text, text->len - 1);
                reader->at++;
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}

/* "@@ -12,0 +13,1 @@ smtp inet" and its lines. */
static gboolean read_hunk(Reader *reader, MgChange *change, GError **error) {
        const char *s = reader->lines->pdata[reader->at];
        guint out, in, old, new;

        s += strlen("@@ ");
        if (!read_number(&s, '-', &old) || !read_number(&s, ',', &out) || *s++ != ' ' || !read_number(&s, '+', &new) ||
            !read_number(&s, ',', &in) || !g_str_has_prefix(s, " @@") || (out > 0 && old == 0))
                return fail(reader, error);
        g_autofree char *where = g_strstrip(g_strdup(s + strlen(" @@")));
        reader->at++;
        g_autofree char *was = read_lines(reader, '-', out);
        g_autofree char *is = was != NULL ? read_lines(reader, '+', in) : NULL;
        if (is == NULL)
                return fail(reader, error);
        mg_change_add(change, out > 0 ? old - 1 : old, was, is, where);
        return TRUE;
}

/* "--- main.cf" and "+++ main.cf". */
static gboolean read_head(Reader *reader, GError **error) {
        const char *before = reader->lines->pdata[reader->at];
        const char *after = reader->at + 1 < reader->lines->len ? reader->lines->pdata[reader->at + 1] : "";

        if (!g_str_has_prefix(before, "--- ") || !g_str_has_prefix(after, "+++ "))
                return fail(reader, error);
        g_autofree char *file = g_strchomp(g_strdup(after + strlen("+++ ")));
        MgChange *change = mg_change_new(file);
        if (g_str_has_prefix(before, "--- " NOT_THERE))
                change->begun = g_strchomp(g_strdup(before + strlen("--- " NOT_THERE)));
        g_ptr_array_add(reader->changes, change);
        reader->at += 2;
        return TRUE;
}

GPtrArray *mg_changes_parse(const char *name, const char *diff, GError **error) {
        g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func((GDestroyNotify)mg_change_free);
        g_autoptr(GPtrArray) lines = mg_lines(diff);
        Reader reader = {.name = name, .changes = changes, .lines = lines};
        gboolean well = TRUE;

        while (reader.at < lines->len && g_str_has_prefix(lines->pdata[reader.at], "#"))
                reader.at++;
        while (well && reader.at < lines->len) {
                if (changes->len > 0 && g_str_has_prefix(lines->pdata[reader.at], "@@ "))
                        well = read_hunk(&reader, changes->pdata[changes->len - 1], error);
                else
                        well = read_head(&reader, error);
        }
        return well ? g_steal_pointer(&changes) : NULL;
}
