/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor below every exemption with part = keep, as a table: the first row that is true of a part says why it is
 * removed. Looks at Facts alone, decides nothing else, and believes no name and no claim in favour of a file.
 */
#include "rules/keep.h"

#include <string.h>

#include "base/kept_type.h"
#include "rules/nature.h"

/* Marks of a mail of whose parts too little is certain. */
#define UNSURE (MG_MARK_AMBIGUOUS | MG_MARK_PARTIAL | MG_MARK_ENCRYPTED | MG_MARK_OPAQUE)

typedef struct Case {
        const MgMailFacts *mail;
        const MgReading *reading;
        const MgFacts *facts;
} Case;

static gboolean is_unscanned(const Case *it) {
        return it->mail->scan != MG_SCAN_CLEAN;
}

static gboolean is_failed(const Case *it) {
        return it->reading->failure != MG_FAILURE_NONE;
}

static gboolean is_unsure(const Case *it) {
        return it->reading->marks & UNSURE;
}

static gboolean is_no_attachment(const Case *it) {
        return it->facts->kind != MG_PART_ATTACHMENT;
}

/* "2.1" below the message "2". */
static gboolean is_inside(const Case *it) {
        for (guint i = 0; i < it->reading->parts->len; i++) {
                const MgFacts *other = g_ptr_array_index(it->reading->parts, i);
                gsize n = strlen(other->path);

                if (other->kind == MG_PART_MESSAGE &&
                    (n == 0 || (strncmp(it->facts->path, other->path, n) == 0 && it->facts->path[n] == '.')))
                        return TRUE;
        }
        return FALSE;
}

static gboolean is_program(const Case *it) {
        return mg_nature_is_program(it->facts);
}

static gboolean is_encrypted(const Case *it) {
        return mg_nature_is_encrypted(it->facts);
}

static gboolean is_several(const Case *it) {
        return it->facts->also->len > 0;
}

static gboolean has_members(const Case *it) {
        return it->facts->members->len > 0 || it->facts->members_all > 0;
}

/* None of them is harmless: what is unusual in the least is for people to look at. */
static gboolean has_flags(const Case *it) {
        return it->facts->flags != 0;
}

static gboolean has_names(const Case *it) {
        return it->facts->names->len > 0;
}

static gboolean has_no_type(const Case *it) {
        return !mg_kept_type(it->facts->found);
}

/* Again what a worker has said of the name, since the name is here. */
static gboolean has_bad_name(const Case *it) {
        const MgKeptType *type = mg_kept_type(it->facts->found);

        return !type || !mg_kept_type_names(type, it->facts->name) ||
               !mg_type_fits(it->facts->found, it->facts->name) || mg_type_misleads(it->facts->name);
}

static gboolean is_empty(const Case *it) {
        return it->facts->size == 0;
}

typedef struct Row {
        gboolean (*is)(const Case *it);
        const char *why;
} Row;

static const Row floor_of_mail[] = {
        {is_unscanned, "the scanner has not found the mail clean"},
        {is_failed, "the mail could not be converted"},
        {is_unsure, "readers may disagree on the mail, or some of it cannot be read"},
        {is_no_attachment, "it is no attachment"},
        {is_inside, "it lies in a message inside the mail"},
        {has_names, "it has several names"},
        {has_bad_name, "its name does not fit its type, or its type is never kept"},
};

static const Row floor_of_content[] = {
        {is_program, "it is a program, or can run as one"},
        {is_encrypted, "it is encrypted"},
        {is_several, "it is of several types"},
        {has_members, "there are files in it"},
        {has_flags, "something about it is unusual: its flags say what"},
        {has_no_type, "its type is never kept"},
        {is_empty, "it is empty"},
};

static const char *first_of(const Row *rows, gsize n, const Case *it) {
        for (gsize i = 0; i < n; i++)
                if (rows[i].is(it))
                        return rows[i].why;
        return NULL;
}

const char *mg_keep_refusal(const MgMailFacts *mail, const MgReading *reading, const MgFacts *facts) {
        const Case it = {mail, reading, facts};
        const char *why = first_of(floor_of_content, G_N_ELEMENTS(floor_of_content), &it);

        return why ? why : first_of(floor_of_mail, G_N_ELEMENTS(floor_of_mail), &it);
}

const char *mg_keep_refusal_of_content(const MgFacts *first, const MgFacts *second) {
        const Case it = {.facts = second};

        if (second->size != first->size || memcmp(second->sha256, first->sha256, sizeof first->sha256) != 0)
                return "a second look found other octets";
        if (!g_str_equal(second->found, first->found) || second->flags != first->flags)
                return "a second look found another type or other flags";
        return first_of(floor_of_content, G_N_ELEMENTS(floor_of_content), &it);
}
