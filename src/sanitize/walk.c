/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits a mail along its boundaries. An explicit stack instead of recursion, every level one linear scan, nothing
 * copied but messages that were encoded. Not GMime's parser: while it parses it hands charset names of parameters
 * to iconv_open(), which opens files (E10, trap 7), hangs (trap 1), recurses (trap 2), builds the tree before
 * anyone can count it (trap 3), and keeps one reading only. Does not decode content and does not say what a part
 * is good for.
 */
#include "sanitize/walk.h"

#include <string.h>

#include "sanitize/entity.h"
#include "sanitize/guard.h"

/* What waits to become an entity. */
typedef struct Job {
        const char *s;
        gsize n;
        guint parent;
        char *path;
        const char *fallback; /* static: type where the header says none */
        gboolean region;
        gboolean forced;
} Job;

typedef struct Slice {
        const char *s;
        gsize n;
} Slice;

typedef struct Walk {
        MgTree *tree;
        const MgLimits *limits;
        MgReading *reading;
        GArray *jobs;          /* of Job, last in first out; paths owned */
        GPtrArray *boundaries; /* all that were used */
        GArray *doubtful;      /* of Slice: lines that only begin like a delimiter */
} Walk;

/* How one multipart looks with one boundary. */
typedef struct Split {
        GArray *inside; /* of Slice: parts */
        GArray *beyond; /* of Slice: parts after the closing delimiter, which some readers read (B6) */
        Slice preamble;
        Slice epilogue;
        gboolean found;
        gboolean closed;
} Split;

MgEntity *mg_tree_get(const MgTree *tree, guint i) {
        return tree->entities->pdata[i];
}

void mg_tree_free(MgTree *tree) {
        if (tree == NULL)
                return;
        g_ptr_array_unref(tree->entities);
        g_ptr_array_unref(tree->buffers);
        mg_html_kept_clear(tree->kept);
        g_free(tree->kept);
        g_free(tree);
}

static gboolean is_blank(const char *s, gsize n) {
        for (gsize i = 0; i < n; i++)
                if (!g_ascii_isspace(s[i]))
                        return FALSE;
        return TRUE;
}

/*
 * Keeps a line that begins like a delimiter of another boundary, each once. 64 are enough to find one that is
 * nobody's.
 */
static void doubt(Walk *walk, const char *line, gsize n) {
        for (guint i = 0; i < walk->doubtful->len; i++) {
                const Slice *known = &g_array_index(walk->doubtful, Slice, i);
                if (known->n == n && memcmp(known->s, line, n) == 0)
                        return;
        }
        Slice slice = {line, n};
        if (walk->doubtful->len < 64)
                g_array_append_val(walk->doubtful, slice);
}

typedef enum Delimiter { DELIMITER_NONE, DELIMITER_OPEN, DELIMITER_CLOSE } Delimiter;

/*
 * line without its LF, which begins with "--". RFC 2046 section 5.1.1: the boundary, then nothing but white space.
 */
static Delimiter delimiter(Walk *walk, const char *line, gsize n, const char *boundary, gsize boundary_n) {
        while (n > 0 && g_ascii_isspace(line[n - 1]))
                n--;
        if (n < 2 + boundary_n || memcmp(line + 2, boundary, boundary_n) != 0)
                return DELIMITER_NONE;
        gsize rest = n - 2 - boundary_n;
        if (rest == 0)
                return DELIMITER_OPEN;
        if (rest == 2 && line[n - 1] == '-' && line[n - 2] == '-')
                return DELIMITER_CLOSE;
        doubt(walk, line, n);
        return DELIMITER_NONE;
}

/* Adds [begin, end) without the line end before the delimiter, which belongs to it. */
static void add_slice(GArray *slices, const char *begin, const char *end) {
        if (end > begin && end[-1] == '\n')
                end--;
        if (end > begin && end[-1] == '\r')
                end--;
        Slice slice = {begin, end - begin};
        g_array_append_val(slices, slice);
}

/*
 * One scan. Counts on when there are more parts than the bound, so that the message can say how many; keeps none
 * of them.
 */
static guint64 split(Walk *walk, const char *s, gsize n, const char *boundary, Split *out) {
        const char *end = s + n;
        const char *part = NULL;
        gsize boundary_n = strlen(boundary);
        guint64 parts = 0;
        for (const char *line = s; line < end;) {
                const char *lf = memchr(line, '\n', end - line);
                const char *next = lf != NULL ? lf + 1 : end;
                Delimiter what = DELIMITER_NONE;
                if (*line == '-' && line + 1 < end && line[1] == '-')
                        what = delimiter(walk, line, next - line, boundary, boundary_n);
                if (what != DELIMITER_NONE && part != NULL && ++parts <= walk->limits->parts)
                        add_slice(out->closed ? out->beyond : out->inside, part, line);
                if (what == DELIMITER_CLOSE && !out->closed) {
                        out->closed = TRUE;
                        out->epilogue = (Slice){next, end - next};
                }
                if (what != DELIMITER_NONE) {
                        if (!out->found)
                                out->preamble = (Slice){s, line - s};
                        out->found = TRUE;
                        part = what == DELIMITER_OPEN ? next : NULL;
                }
                line = next;
        }
        if (part != NULL && ++parts <= walk->limits->parts) {
                Slice slice = {part, end - part};
                g_array_append_val(out->closed ? out->beyond : out->inside, slice);
        }
        return parts;
}

static void push(Walk *walk, const Slice *slice, guint parent, char *path, gboolean region, gboolean forced) {
        const MgEntity *entity = mg_tree_get(walk->tree, parent);
        gboolean digest = strcmp(entity->type, "multipart/digest") == 0; /* RFC 2046 section 5.1.5 */
        Job job = {slice->s, slice->n, parent, path, digest ? "message/rfc822" : "text/plain", region, forced};
        g_array_append_val(walk->jobs, job);
}

/* "1.2" -> "1.2.3". A path is cut where a policy allows more nesting than a path can name. */
static char *child_path(const MgEntity *entity, guint number) {
        if (entity->path[0] == '\0' || strlen(entity->path) > 240)
                return g_strdup_printf("%u", number);
        return g_strdup_printf("%s.%u", entity->path, number);
}

static void push_region(Walk *walk, const Slice *slice, guint index) {
        const MgEntity *entity = mg_tree_get(walk->tree, index);
        if (!is_blank(slice->s, slice->n))
                push(walk, slice, index, g_strdup(entity->path[0] != '\0' ? entity->path : "0"), TRUE, TRUE);
}

/*
 * A preamble says a sentence to old mailers. One that is longer, or has a header or a file in it, is something
 * that somebody may read (B6).
 */
static gboolean is_telling(const Slice *preamble) {
        static const gsize sentence = 1000;
        return preamble->n > sentence || memmem(preamble->s, preamble->n, "Content-", 8) != NULL ||
               memmem(preamble->s, preamble->n, "\nbegin ", 7) != NULL;
}

/*
 * The first line of the content that looks like a delimiter: what some readers take where no boundary is said
 * (B5).
 */
static char *guess_boundary(const MgEntity *entity) {
        const char *end = entity->data + entity->n;
        for (const char *line = entity->data; line < end;) {
                const char *lf = memchr(line, '\n', end - line);
                gsize n = (lf != NULL ? lf : end) - line;
                while (n > 0 && g_ascii_isspace(line[n - 1]))
                        n--;
                if (n > 2 && n <= 202 && line[0] == '-' && line[1] == '-' && memchr(line, '\0', n) == NULL)
                        return g_strndup(line + 2, n - 2);
                line = lf != NULL ? lf + 1 : end;
        }
        return NULL;
}

/*
 * The parts of a multipart by one boundary, pushed so that they come off in order. number: parts numbered so far.
 * FALSE: too many.
 */
static gboolean open_one(Walk *walk, guint index, const char *boundary, gboolean sure, guint *number) {
        MgEntity *entity = mg_tree_get(walk->tree, index);
        g_autoptr(GArray) inside = g_array_new(FALSE, FALSE, sizeof(Slice));
        g_autoptr(GArray) beyond = g_array_new(FALSE, FALSE, sizeof(Slice));
        Split parts = {.inside = inside, .beyond = beyond};
        guint64 count =
                split(walk, entity->data, entity->n, boundary, &parts) + walk->tree->entities->len + walk->jobs->len;
        if (count > walk->limits->parts)
                return mg_guard_exceeded(walk->reading, "parts", count, walk->limits->parts);
        g_ptr_array_add(walk->boundaries, g_strdup(boundary));
        if (!sure || !parts.found || !parts.closed || beyond->len > 0)
                walk->tree->marks |= MG_MARK_AMBIGUOUS;
        Slice all = {entity->data, entity->n};
        /* Where the boundary is not sure the whole is listed already. */
        if (!parts.found && sure)
                push_region(walk, &all, index);
        if (sure && parts.found && is_telling(&parts.preamble))
                push_region(walk, &parts.preamble, index);
        if (!is_blank(parts.epilogue.s, parts.epilogue.n)) {
                walk->tree->marks |= MG_MARK_AMBIGUOUS;
                if (sure)
                        push_region(walk, &parts.epilogue, index);
        }
        guint last = *number + inside->len + beyond->len;
        *number = last;
        for (guint i = beyond->len; i > 0; i--)
                push(walk, &g_array_index(beyond, Slice, i - 1), index, child_path(entity, last--), FALSE, TRUE);
        for (guint i = inside->len; i > 0; i--)
                push(walk, &g_array_index(inside, Slice, i - 1), index, child_path(entity, last--), FALSE,
                     !sure || entity->forced);
        return TRUE;
}

/*
 * Follows every reading: one boundary that all readers agree on, or each that one of them takes, and then all is
 * only listed.
 */
static gboolean open_multipart(Walk *walk, guint index, GPtrArray *boundaries, gboolean sure) {
        MgEntity *entity = mg_tree_get(walk->tree, index);
        entity->shape = MG_SHAPE_MULTIPART;
        if (boundaries->len == 0) {
                char *guess = guess_boundary(entity);
                if (guess != NULL)
                        g_ptr_array_add(boundaries, guess);
        }
        if (!sure) {
                walk->tree->marks |= MG_MARK_AMBIGUOUS;
                entity->flags |= MG_PART_AMBIGUOUS;
                Slice all = {entity->data, entity->n};
                push_region(walk, &all, index);
        }
        guint number = 0;
        for (guint i = 0; i < boundaries->len; i++)
                if (!open_one(walk, index, boundaries->pdata[i], sure, &number))
                        return FALSE;
        return TRUE;
}

static gboolean is_multipart(const char *type) {
        return g_str_has_prefix(type, "multipart/");
}

static gboolean is_message(const char *type) {
        return strcmp(type, "message/rfc822") == 0 || strcmp(type, "message/global") == 0 ||
               strcmp(type, "message/news") == 0;
}

/* The message inside, decoded where it was encoded (RFC 2046 section 5.2.1 forbids it; B13). */
static gboolean open_message(Walk *walk, guint index) {
        MgEntity *entity = mg_tree_get(walk->tree, index);
        entity->shape = MG_SHAPE_MESSAGE;
        Slice content = {entity->data, entity->n};
        if (entity->coding != MG_CODING_IDENTITY) {
                gboolean broken = TRUE;
                GBytes *decoded = mg_coding_decode(entity->coding, entity->data, entity->n, &broken);
                g_ptr_array_add(walk->tree->buffers, decoded);
                content.s = g_bytes_get_data(decoded, &content.n);
                entity->flags |= MG_PART_BROKEN_CODING;
        }
        if (is_blank(content.s, content.n))
                return TRUE;
        if (walk->tree->entities->len + walk->jobs->len >= walk->limits->parts)
                return mg_guard_exceeded(walk->reading, "parts", walk->limits->parts + 1, walk->limits->parts);
        push(walk, &content, index, g_strdup(entity->path), FALSE, entity->forced);
        return TRUE;
}

/*
 * Duplicate Content-Type fields with different values (A5): what another reader takes for a multipart is split as
 * well.
 */
static void take_others(Walk *walk, MgEntity *entity, GPtrArray *others, GPtrArray *boundaries, gboolean *sure) {
        for (guint i = 0; i < others->len; i++) {
                const MgStructured *other = others->pdata[i];
                gboolean text = strcmp(other->value, "text/plain") == 0 || strcmp(other->value, "text/html") == 0;
                walk->tree->marks |= MG_MARK_AMBIGUOUS;
                if (!is_multipart(other->value)) {
                        entity->attachment |= !text;
                        *sure = *sure && !is_multipart(entity->type);
                        continue;
                }
                gboolean agreed;
                g_autoptr(GPtrArray) more = mg_entity_boundaries(entity, other, &agreed);
                for (guint k = 0; k < more->len; k++)
                        if (!g_ptr_array_find_with_equal_func(boundaries, more->pdata[k], g_str_equal, NULL))
                                g_ptr_array_add(boundaries, g_strdup(more->pdata[k]));
                *sure = *sure && agreed && boundaries->len == 1 && is_multipart(entity->type);
                if (!is_multipart(entity->type)) {
                        char *type = g_strdup(mg_entity_type(other->value, entity->type));
                        g_free(entity->type);
                        entity->type = type;
                }
        }
}

/* IMAP's numbering: a single part that is the whole of a message is its part 1 (RFC 3501 section 6.4.5). */
static void number_single(MgTree *tree, MgEntity *entity) {
        gboolean whole =
                entity->parent == MG_ENTITY_NONE || mg_tree_get(tree, entity->parent)->shape == MG_SHAPE_MESSAGE;
        if (!whole || is_multipart(entity->type))
                return;
        char *path = child_path(entity, 1);
        g_free(entity->path);
        entity->path = path;
}

static gboolean open_entity(Walk *walk, const Job *job, guint index) {
        MgEntity *entity = mg_tree_get(walk->tree, index);
        const MgLimits *limits = walk->limits;
        if (entity->depth > limits->nesting)
                return mg_guard_exceeded(walk->reading, "nesting", entity->depth, limits->nesting);
        if (!mg_guard_block(job->s, job->n, limits, walk->reading))
                return FALSE;
        gsize body = 0;
        gboolean odd = FALSE;
        entity->fields = mg_header_split(job->s, job->n, limits, &body, &odd);
        entity->data = job->s + MIN(body, job->n);
        entity->n = job->n - MIN(body, job->n);
        g_autoptr(GPtrArray) others = mg_entity_describe(entity, job->fallback, limits);
        if (odd || entity->flags & MG_PART_AMBIGUOUS)
                walk->tree->marks |= MG_MARK_AMBIGUOUS;
        gboolean sure = TRUE;
        g_autoptr(GPtrArray) boundaries = mg_entity_boundaries(entity, entity->content, &sure);
        if (!is_multipart(entity->type)) {
                g_ptr_array_set_size(boundaries, 0);
                sure = TRUE;
        }
        if (others != NULL)
                take_others(walk, entity, others, boundaries, &sure);
        number_single(walk->tree, entity);
        if (is_multipart(entity->type)) {
                /* RFC 2045 section 6.4 forbids it; who decodes first sees other parts (B7). */
                if (entity->coding != MG_CODING_IDENTITY)
                        walk->tree->marks |= MG_MARK_AMBIGUOUS;
                return open_multipart(walk, index, boundaries, sure);
        }
        return !is_message(entity->type) || open_message(walk, index);
}

static guint add_entity(Walk *walk, const Job *job) {
        MgEntity *entity = mg_entity_new();
        const MgEntity *parent = job->parent != MG_ENTITY_NONE ? mg_tree_get(walk->tree, job->parent) : NULL;
        g_free(entity->path);
        entity->path = g_strdup(job->path);
        entity->parent = job->parent;
        entity->depth = parent != NULL ? parent->depth + 1 : 0;
        entity->quotes = parent != NULL ? parent->quotes + (parent->shape == MG_SHAPE_MESSAGE) : 0;
        entity->forced = job->forced;
        entity->begin = entity->data = job->s;
        entity->n = job->n;
        if (job->forced)
                entity->flags |= MG_PART_AMBIGUOUS;
        if (job->region) {
                entity->shape = MG_SHAPE_REGION;
                g_free(entity->type);
                g_free(entity->claimed);
                entity->type = g_strdup(parent->type);
                entity->claimed = g_strdup(parent->type);
        }
        g_ptr_array_add(walk->tree->entities, entity);
        return walk->tree->entities->len - 1;
}

/* Lines that begin like a delimiter and are none of any boundary in the mail: prefix matchers split there (B5). */
static void judge_doubts(Walk *walk) {
        for (guint i = 0; i < walk->doubtful->len; i++) {
                const Slice *line = &g_array_index(walk->doubtful, Slice, i);
                gboolean known = FALSE;
                for (guint k = 0; k < walk->boundaries->len && !known; k++) {
                        const char *boundary = walk->boundaries->pdata[k];
                        gsize n = strlen(boundary);
                        gboolean same = line->n >= n + 2 && memcmp(line->s + 2, boundary, n) == 0;
                        known = same &&
                                (line->n == n + 2 || (line->n == n + 4 && memcmp(line->s + n + 2, "--", 2) == 0));
                }
                if (!known)
                        walk->tree->marks |= MG_MARK_AMBIGUOUS;
        }
}

static void mark_ends(MgTree *tree) {
        for (guint i = tree->entities->len; i > 0; i--) {
                MgEntity *entity = mg_tree_get(tree, i - 1);
                entity->after = MAX(entity->after, i);
                if (entity->parent != MG_ENTITY_NONE) {
                        MgEntity *parent = mg_tree_get(tree, entity->parent);
                        parent->after = MAX(parent->after, entity->after);
                }
        }
}

static void job_clear(gpointer job) {
        g_free(((Job *)job)->path);
}

MgTree *mg_walk(GBytes *mail, const MgLimits *limits, MgReading *reading) {
        g_autoptr(MgTree) tree = g_new0(MgTree, 1);
        tree->kept = g_new0(MgHtmlKept, 1);
        tree->entities = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entity_free);
        tree->buffers = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_autoptr(GArray) jobs = g_array_new(FALSE, FALSE, sizeof(Job));
        g_array_set_clear_func(jobs, job_clear);
        g_autoptr(GPtrArray) boundaries = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GArray) doubtful = g_array_new(FALSE, FALSE, sizeof(Slice));
        Walk walk = {tree, limits, reading, jobs, boundaries, doubtful};

        gsize n;
        const char *s = g_bytes_get_data(mail, &n);
        tree->mail = s != NULL ? s : "";
        tree->n = n;
        Job first = {s != NULL ? s : "", n, MG_ENTITY_NONE, g_strdup(""), "text/plain", FALSE, FALSE};
        g_array_append_val(jobs, first);
        while (jobs->len > 0) {
                Job job = g_array_index(jobs, Job, jobs->len - 1);
                g_autofree char *path = g_strdup(job.path);
                job.path = path;
                g_array_set_size(jobs, jobs->len - 1);
                guint index = add_entity(&walk, &job);
                if (!job.region && !open_entity(&walk, &job, index))
                        return NULL;
                /* With what stands before and behind the parts. */
                guint64 count = tree->entities->len + jobs->len;
                if (count > MAX(limits->parts, 1)) {
                        mg_guard_exceeded(reading, "parts", count, limits->parts);
                        return NULL;
                }
        }
        judge_doubts(&walk);
        mark_ends(tree);
        return g_steal_pointer(&tree);
}
