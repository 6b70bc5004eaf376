/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <jansson.h>

/*
 * Findings: what check has to say, each with a stable id, two sentences and the line that mends it
 */
typedef enum MgSeverity {
        MG_SEVERITY_ERROR,   /* unsafe: mail can pass raw, be lost or be changed where it must not */
        MG_SEVERITY_WARNING, /* works, but not as it should */
        MG_SEVERITY_NOTE,    /* worth knowing; nothing to mend */
        _MG_SEVERITY_N,
} MgSeverity;

typedef struct MgFinding {
        const char *id; /* static: "postfix.default-action" */
        MgSeverity severity;
        char *subject; /* which service, file or user it is about, or "" */
        char *ja;      /* one sentence */
        char *en;
        char *mend; /* the line that mends it, or "" */
} MgFinding;

/* An array of MgFinding that clears its elements. */
GArray *mg_findings_new(void);
/* Appends. ja, en and mend are copied; NULL means "". */
void mg_findings_add(GArray *findings, const char *id, MgSeverity severity, const char *subject, const char *ja,
                     const char *en, const char *mend);
/* Whether there is an error or a warning. */
gboolean mg_findings_unsafe(const GArray *findings);
/* The finding of that id, or NULL. Borrowed. */
const MgFinding *mg_findings_get(const GArray *findings, const char *id);
/* One of them as it stands in that text, and a line "$ command" where command is not ""; a mend that is just that command is not said
 * twice. */
void mg_findings_append(GString *text, const MgFinding *finding, const char *command);
/* Text for a terminal, or a JSON object {"unsafe": bool, "findings": [...]}; a newline at the end. Caller frees. */
char *mg_findings_text(const GArray *findings);
char *mg_findings_json(const GArray *findings);
/* The list of that object alone. Caller decrefs. */
json_t *mg_findings_list(const GArray *findings);
