/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai setup postfix: writes the lines that Postfix lacks, and takes them back.
 * What it wrote stands as a diff in RECORD beside Postfix's files, before the files change: whatever interrupts, each
 * file is the old or the new one, and the next run finishes or takes back. Starts and reloads nothing unless asked, and
 * opens no route of a Postfix that runs without the milter.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "cli/findings.h"
#include "cli/postfix_plan.h"
#include "cli/postfix_run.h"
#include "cli/postfix_running.h"
#include "cli/replace.h"
#include "cli/setup.h"
#include "config/syntax.h"

#define RECORD "mugai-setup.diff"
#define RECORD_HEAD                                                                                                    \
        "# What mugai setup postfix wrote here. Postfix does not read this file; mugai setup postfix --undo does.\n"   \
        "# mugai setup postfix が書き込んだ内容です。元に戻すとき (--undo) に使うので、消さないでください。\n"
/* Octets of one of Postfix's files. */
#define FILE_MAX (1024 * 1024)

/* In the order in which they are written: the milter of master.cf comes first and goes last, so that a Postfix that is
 * started in between has no route of main.cf without it. */
enum { MASTER, MAIN, FILES };
static const char *const files[FILES] = {"master.cf", "main.cf"};
/* What a file begins with where there is none: as Debian's package says. */
static const char *const begins[FILES] = {"/usr/share/postfix/master.cf.dist", "/usr/share/postfix/main.cf.debian"};

/* A folder of Postfix's while it is changed. */
typedef struct Folder {
        char *path;
        int lock;
        char *now[FILES];    /* texts; NULL where there is no such file */
        GPtrArray *recorded; /* of MgChange; empty where nothing was written */
        char *record;        /* path */
} Folder;

static void folder_clear(Folder *folder) {
        mg_fd_close(&folder->lock);
        g_free(folder->path);
        g_free(folder->record);
        for (guint i = 0; i < FILES; i++)
                g_free(folder->now[i]);
        g_clear_pointer(&folder->recorded, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

static GPtrArray *changes_new(void) {
        return g_ptr_array_new_with_free_func((GDestroyNotify)mg_change_free);
}

/* A file of the folder, or NULL without error where there is none. */
static char *read_file(const char *path, GError **error) {
        gsize n;

        if (access(path, F_OK) != 0 && errno == ENOENT)
                return NULL;
        g_autofree char *text = mg_syntax_text(path, FILE_MAX, &n, error);
        if (text == NULL || strlen(text) == n)
                return g_steal_pointer(&text);
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG, "%s has a NUL octet in it, which Postfix does not read", path);
        return NULL;
}

static char *find_folder(const MgSetupOptions *options, GError **error) {
        const char *given = options->postfix_dir != NULL ? options->postfix_dir : g_getenv("MAIL_CONFIG");

        if (given != NULL)
                return g_canonicalize_filename(given, NULL);
        char *compiled = mg_postfix_tool("postconf", NULL, "-dh", "config_directory", error);
        return compiled != NULL ? g_strstrip(compiled) : NULL;
}

/* Two at once would write two records. */
static gboolean lock_folder(Folder *folder, GError **error) {
        folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder->lock < 0) {
                mg_error_system(error, "%s cannot be opened", folder->path);
                return FALSE;
        }
        if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT, "another mugai setup postfix is at work in %s", folder->path);
        return FALSE;
}

/* Of a run that was killed. The lock is ours. */
static void tidy(const Folder *folder) {
        for (guint i = 0; i < FILES; i++) {
                g_autofree char *path = g_build_filename(folder->path, files[i], NULL);
                mg_replace_tidy(path);
        }
        mg_replace_tidy(folder->record);
}

static gboolean open_folder(Folder *folder, const MgSetupOptions *options, GError **error) {
        GError *fault = NULL;

        folder->path = find_folder(options, error);
        if (folder->path == NULL || !lock_folder(folder, error))
                return FALSE;
        for (guint i = 0; i < FILES && fault == NULL; i++) {
                g_autofree char *path = g_build_filename(folder->path, files[i], NULL);
                folder->now[i] = read_file(path, &fault);
        }
        folder->record = g_build_filename(folder->path, RECORD, NULL);
        g_autofree char *record = fault == NULL ? read_file(folder->record, &fault) : NULL;
        if (!options->dry_run)
                tidy(folder);
        if (fault == NULL)
                folder->recorded = record != NULL ? mg_changes_parse(folder->record, record, &fault) : changes_new();
        if (fault != NULL)
                g_propagate_error(error, fault);
        return fault == NULL;
}

/* A file as it would be without what is recorded; NULL where it would not be there. */
static char *without_ours(const Folder *folder, guint file, GPtrArray *left) {
        g_autofree char *text = g_strdup(folder->now[file]);

        for (guint i = 0; i < folder->recorded->len && text != NULL; i++) {
                const MgChange *change = folder->recorded->pdata[i];
                if (!g_str_equal(change->file, files[file]))
                        continue;
                char *undone = mg_change_undo(change, text, left);
                g_free(text);
                text = undone;
        }
        return g_steal_pointer(&text);
}

/* Writes a text, or takes the file away where there is none; nothing where it is so already. */
static gboolean put_file(const Folder *folder, guint file, const char *text, GError **error) {
        g_autofree char *path = g_build_filename(folder->path, files[file], NULL);

        if (g_strcmp0(folder->now[file], text) == 0)
                return TRUE;
        return text != NULL ? mg_replace_file(path, text, error) : mg_replace_remove(path, error);
}

/* --- the plan ------------------------------------------------------------------------------------------------ */

/* postconf's view of two texts, in a folder of their own. */
static MgPostfix *load_texts(char *const texts[FILES], GError **error) {
        g_autofree char *folder = g_dir_make_tmp("mugai-setup-XXXXXX", error);
        MgPostfix *postfix = NULL;
        gboolean well = folder != NULL;

        for (guint i = 0; i < FILES && well; i++) {
                g_autofree char *path = g_build_filename(folder, files[i], NULL);
                well = g_file_set_contents(path, texts[i], -1, error);
        }
        if (well)
                postfix = mg_postfix_load(folder, error);
        for (guint i = 0; i < FILES && folder != NULL; i++) {
                g_autofree char *path = g_build_filename(folder, files[i], NULL);
                unlink(path);
        }
        if (folder != NULL)
                rmdir(folder);
        return postfix;
}

/* What a file that is not there begins with. */
static char *beginning(guint file, GError **error) {
        g_autoptr(GError) fault = NULL;
        char *text = read_file(begins[file], &fault);

        if (text != NULL)
                return text;
        if (file == MAIN)
                return g_strdup("compatibility_level = 3.6\n");
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "there is no master.cf, and no %s to begin one with: is Postfix "
                    "installed?",
                    begins[file]);
        return NULL;
}

/* The changes of two texts, NULL where there is no such file; those of a file without any are in it, too. */
static GPtrArray *plan(const MgPostfixSide *side, char **services, char *const now[FILES], GPtrArray *notes,
                       GError **error) {
        char *texts[FILES] = {NULL};
        MgCf *cf[FILES] = {NULL};
        g_autoptr(GPtrArray) changes = changes_new();
        gboolean well = TRUE;

        for (guint i = 0; i < FILES && well; i++) {
                texts[i] = now[i] != NULL ? g_strdup(now[i]) : beginning(i, error);
                well = texts[i] != NULL;
        }
        g_autoptr(MgPostfix) postfix = well ? load_texts(texts, error) : NULL;
        if (postfix != NULL) {
                const MgPostfixContext context = {.postfix = postfix, .side = side};
                for (guint i = 0; i < FILES; i++)
                        cf[i] = mg_cf_new(files[i], texts[i]);
                well = mg_postfix_plan(&context, services, cf[MAIN], cf[MASTER], notes, error);
        }
        for (guint i = 0; i < FILES && postfix != NULL; i++) {
                MgChange *change = mg_cf_finish(cf[i]);
                if (now[i] == NULL)
                        mg_change_begins(change, texts[i]);
                g_ptr_array_add(changes, change);
                mg_cf_free(cf[i]);
        }
        for (guint i = 0; i < FILES; i++)
                g_free(texts[i]);
        return well && postfix != NULL ? g_steal_pointer(&changes) : NULL;
}

/* What a run found, and what it is going to write. */
typedef struct Work {
        GPtrArray *changes;  /* beside the files without ours */
        char *before[FILES]; /* without ours */
        char *after[FILES];
        GPtrArray *notes; /* of char * */
} Work;

static void work_clear(Work *work) {
        g_clear_pointer(&work->changes, g_ptr_array_unref);
        g_clear_pointer(&work->notes, g_ptr_array_unref);
        for (guint i = 0; i < FILES; i++) {
                g_free(work->before[i]);
                g_free(work->after[i]);
        }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

static gboolean has_hunks(const GPtrArray *changes) {
        for (guint i = 0; i < changes->len; i++) {
                const MgChange *change = changes->pdata[i];
                if (change->hunks->len > 0 || change->begun != NULL)
                        return TRUE;
        }
        return FALSE;
}

/* As a diff. */
static char *print_changes(const GPtrArray *changes) {
        g_autoptr(GString) diff = g_string_new(NULL);

        for (guint i = 0; i < changes->len; i++) {
                const MgChange *change = changes->pdata[i];
                if (change->hunks->len > 0 || change->begun != NULL)
                        mg_change_print(change, diff);
        }
        return g_string_free(g_steal_pointer(&diff), FALSE);
}

/* What was changed, wherever that stands; a line that only got an end is none. */
static char *gist_of(const GPtrArray *changes) {
        g_autoptr(GString) gist = g_string_new(NULL);

        for (guint i = 0; i < changes->len; i++) {
                const MgChange *change = changes->pdata[i];
                for (guint j = 0; j < change->hunks->len; j++) {
                        const MgHunk *hunk = change->hunks->pdata[j];
                        g_autofree char *out = g_strchomp(g_strdup(hunk->out));
                        g_autofree char *in = g_strchomp(g_strdup(hunk->in));
                        if (!g_str_equal(out, in))
                                g_string_append_printf(gist, "%s\n-%s\n+%s\n", change->file, out, in);
                }
        }
        return g_string_free(g_steal_pointer(&gist), FALSE);
}

/* Nothing is missing, and what is there is what would be written now. */
static gboolean is_so_already(const Folder *folder, const MgPostfixSide *side, char **services, const Work *work) {
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *wanted = gist_of(work->changes);
        g_autofree char *there = gist_of(folder->recorded);

        if (folder->recorded->len == 0 || !g_str_equal(wanted, there))
                return !has_hunks(work->changes) && folder->recorded->len == 0;
        g_autoptr(GPtrArray) missing = plan(side, services, folder->now, notes, NULL);
        return missing != NULL && !has_hunks(missing);
}

/* A file that was not there before the first run is one that goes with the last of it. */
static void keep_begun(const Folder *folder, MgChange *change) {
        for (guint i = 0; i < folder->recorded->len; i++) {
                const MgChange *older = folder->recorded->pdata[i];
                if (change->begun == NULL && older->begun != NULL && g_str_equal(older->file, change->file))
                        change->begun = g_strdup(older->begun);
        }
}

static gboolean prepare(const Folder *folder, const MgPostfixSide *side, char **services, Work *work, GError **error) {
        g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(g_free);

        work->notes = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < FILES; i++)
                work->before[i] = without_ours(folder, i, left);
        work->changes = plan(side, services, work->before, work->notes, error);
        for (guint i = 0; i < FILES && work->changes != NULL; i++) {
                g_autofree char *begun = work->before[i] == NULL ? beginning(i, error) : g_strdup(work->before[i]);
                work->after[i] = mg_change_apply(work->changes->pdata[i], begun);
                keep_begun(folder, work->changes->pdata[i]);
        }
        return work->changes != NULL;
}

/* --- a Postfix that runs ------------------------------------------------------------------------------------- */

/* Whether a route changes: which mail goes on, and where to. */
static gboolean changes_route(const char *before, const char *after) {
        static const char *const routes[] = {"relay_domains", "transport_maps", "mydestination"};
        g_autoptr(MgCf) old = mg_cf_new(files[MAIN], before != NULL ? before : "");
        g_autoptr(MgCf) new = mg_cf_new(files[MAIN], after);
        gboolean changes = FALSE;

        for (guint i = 0; i < G_N_ELEMENTS(routes); i++) {
                g_autofree char *was = mg_cf_value(old, routes[i]), *is = mg_cf_value(new, routes[i]);
                changes |= g_strcmp0(was, is) != 0;
        }
        return changes;
}

/*
 * The processes of a Postfix that runs read main.cf as they start, and it starts them all the time; what master.cf says
 * of them it learns by a reload, and those in a session never do. So a route that is written before all of them know
 * the milter would be open without it.
 */
static gboolean may_write(const Folder *folder, const Work *work, GError **error) {
        g_autofree char *path = g_build_filename(folder->path, files[MASTER], NULL);
        gboolean wired = g_strcmp0(folder->now[MASTER], work->after[MASTER]) == 0;
        pid_t master = 0;

        if (folder->now[MAIN] == NULL || !changes_route(folder->now[MAIN], work->after[MAIN]))
                return TRUE;
        if (!mg_postfix_running(folder->path, &master, error))
                return FALSE;
        if (master == 0 || (wired && mg_postfix_has_read(master, path)))
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_TIMEOUT,
                    "Postfix runs, and would send mail on by the new routes before %s knows the milter: first postfix "
                    "stop, then this again, then postfix start (senders wait meanwhile)",
                    wired ? "each of its processes" : "it");
        return FALSE;
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static gboolean put_record(const Folder *folder, const GPtrArray *changes, const GPtrArray *older, GError **error) {
        g_autofree char *first = print_changes(changes);
        g_autofree char *second = older != NULL ? print_changes(older) : g_strdup("");
        g_autofree char *text = g_strconcat(RECORD_HEAD, first, second, NULL);

        return mg_replace_file(folder->record, text, error);
}

/* The record first: with what it had, until the files are what the new one says. */
static gboolean write_all(const Folder *folder, const Work *work, GError **error) {
        gboolean well = put_record(folder, work->changes, folder->recorded, error);

        for (guint i = 0; i < FILES && well; i++)
                well = put_file(folder, i, work->after[i], error);
        if (!well || folder->recorded->len == 0)
                return well;
        return has_hunks(work->changes) ? put_record(folder, work->changes, NULL, error)
                                        : mg_replace_remove(folder->record, error);
}

static void print_sentences(const GPtrArray *sentences) {
        for (guint i = 0; i < sentences->len; i++) {
                g_autofree char *line = g_strdup_printf("%s\n", (const char *)sentences->pdata[i]);
                mg_cli_print(line);
        }
}

/* Postfix reads its files anew, where that was asked for; else it is said how, and before what. */
static int reload(const MgSetupOptions *options, const Folder *folder, const char *before) {
        g_autofree char *command =
                options->postfix_dir != NULL ? g_strdup_printf("postfix -c %s", folder->path) : g_strdup("postfix");
        g_autofree char *line =
                g_strdup_printf("次に / next: %s%s reload (動いていなければ / where it does not run: %s start)\n",
                                before, command, command);
        GError *error = NULL;

        if (!options->reload) {
                mg_cli_print(line);
                return EX_OK;
        }
        g_autofree char *said = mg_postfix_tool("postfix", options->postfix_dir, "reload", NULL, &error);
        return said != NULL ? EX_OK : mg_cli_fail_error(NULL, error);
}

static int check(const MgSetupOptions *options, const MgConfig *config, const Folder *folder) {
        g_autoptr(GArray) findings = mg_findings_new();
        GError *error = NULL;

        if (!mg_postfix_run(config, folder->path, !options->no_probe, findings, &error))
                return mg_cli_fail(EX_UNAVAILABLE, "Postfix cannot be checked: %s", error->message);
        g_autofree char *text = mg_findings_text(findings);
        mg_cli_print("mugai check --postfix:\n");
        mg_cli_print(text);
        return mg_findings_unsafe(findings) ? 1 : EX_OK;
}

static int wire(const MgSetupOptions *options, const MgConfig *config, const Folder *folder) {
        g_autoptr(MgPostfixSide) side = mg_postfix_side(config);
        g_auto(Work) work = {0};
        GError *error = NULL;

        if (!prepare(folder, side, options->services, &work, &error))
                return mg_cli_fail_error(NULL, error);
        gboolean same = is_so_already(folder, side, options->services, &work);
        g_autofree char *diff = print_changes(work.changes);
        if (!same && !options->dry_run && !(may_write(folder, &work, &error) && write_all(folder, &work, &error)))
                return mg_cli_fail_error(NULL, error);
        g_autofree char *head =
                g_strdup_printf(same ? "%s: 変更はありません / nothing to change\n" : "%s:\n", folder->path);
        mg_cli_print(head);
        if (!same)
                mg_cli_print(diff);
        print_sentences(work.notes);
        if (options->dry_run)
                return same ? mg_cli_flush() : (mg_cli_flush(), 1);
        int code = check(options, config, folder);
        int reloaded = same ? EX_OK : reload(options, folder, "mugaid を起動し / start mugaid, then ");
        int flushed = mg_cli_flush();
        return flushed != EX_OK ? flushed : reloaded != EX_OK ? reloaded : code;
}

/* --- back ---------------------------------------------------------------------------------------------------- */

static gboolean take_back(const Folder *folder, char *const before[FILES], GError **error) {
        gboolean well = TRUE;

        for (guint i = FILES; i > 0 && well; i--)
                well = put_file(folder, i - 1, before[i - 1], error);
        return well && mg_replace_remove(folder->record, error);
}

static int undo(const MgSetupOptions *options, const Folder *folder) {
        g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GString) diff = g_string_new(NULL);
        char *before[FILES];
        GError *error = NULL;
        gboolean well = TRUE;

        if (folder->recorded->len == 0) {
                g_autofree char *line =
                        g_strdup_printf("%s: 元に戻すものはありません / nothing here is mugai setup's\n", folder->path);
                mg_cli_print(line);
                return mg_cli_flush();
        }
        for (guint i = 0; i < FILES; i++)
                before[i] = without_ours(folder, i, left);
        if (!options->dry_run)
                well = take_back(folder, before, &error);
        for (guint i = 0; i < FILES; i++)
                g_free(before[i]);
        if (!well)
                return mg_cli_fail_error(NULL, error);
        for (guint i = 0; i < folder->recorded->len; i++)
                mg_change_print_back(folder->recorded->pdata[i], diff);
        g_autofree char *head = g_strdup_printf(options->dry_run ? "%s: 元に戻す内容 / would be taken back:\n"
                                                                 : "%s: 元に戻しました / taken back:\n",
                                                folder->path);
        mg_cli_print(head);
        mg_cli_print(diff->str);
        print_sentences(left);
        mg_cli_print("milter がなくなると、中継されるメールは届いたままの形で渡ります / without the milter, mail that "
                     "Postfix "
                     "relays goes on as it came\n");
        /* A route of ours that stays would be open once a reload takes the milter away: a person looks first. */
        const MgSetupOptions unasked = {.postfix_dir = options->postfix_dir,
                                        .reload = options->reload && left->len == 0};
        int code = options->dry_run ? EX_OK : reload(&unasked, folder, "");
        int flushed = mg_cli_flush();
        return flushed != EX_OK ? flushed : code != EX_OK ? code : options->dry_run || left->len > 0 ? 1 : EX_OK;
}

int mg_setup_postfix(const MgSetupOptions *options) {
        g_auto(Folder) folder = {.lock = -1};
        GError *error = NULL;
        int code = EX_OK;

        if (!open_folder(&folder, options, &error))
                return mg_cli_fail_error(NULL, error);
        if (options->undo)
                return undo(options, &folder);
        g_autoptr(MgConfig) config = mg_cli_config(options->config, &code);
        return config != NULL ? wire(options, config, &folder) : code;
}
