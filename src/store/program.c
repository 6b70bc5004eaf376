/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types and endings of files that run. Does not look into archives and documents: what is inside these is a scanner's
 * business.
 */
#include "store/program.h"

#include <string.h>

static const char *const types[] = {
        "application/x-dosexec",
        "application/vnd.microsoft.portable-executable",
        "application/x-ms-ne-executable",
        "application/x-dosdriver",
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "application/x-object",
        "application/x-mach-binary",
        "application/x-msi",
        "application/java-archive",
        "application/vnd.android.package-archive",
        "application/x-ms-shortcut",
        "application/x-mswinurl",
        "application/javascript",
        "text/javascript",
        "application/x-shockwave-flash",
        "application/vnd.ms-htmlhelp",
        "application/winhelp",
        "text/x-msdos-batch",
        "text/x-shellscript",
        "text/x-script.python",
        "text/x-perl",
        "text/x-php",
        "text/x-ruby",
        "text/x-ms-regedit",
        NULL,
};

/* What Windows starts by a double click. */
static const char *const endings[] = {
        "ade",    "adp",         "app",
        "appx",   "application", "bat",
        "chm",    "cmd",         "com",
        "cpl",    "dll",         "exe",
        "gadget", "hlp",         "hta",
        "inf",    "ins",         "iqy",
        "isp",    "jar",         "jnlp",
        "js",     "jse",         "lnk",
        "mde",    "msc",         "msh",
        "msi",    "msp",         "mst",
        "ocx",    "pif",         "ps1",
        "psc1",   "reg",         "scf",
        "scr",    "sct",         "settingcontent-ms",
        "shb",    "shs",         "sys",
        "url",    "vb",          "vbe",
        "vbs",    "ws",          "wsc",
        "wsf",    "wsh",         "xll",
        NULL,
};

/* Windows leaves dots and blanks at the end of a name away: "a.exe. " is one, too. */
static gboolean has_ending(const char *name) {
        gsize n = strlen(name);
        g_autofree char *lower = NULL;
        const char *dot;

        while (n > 0 && strchr(". ", name[n - 1]))
                n--;
        lower = g_ascii_strdown(name, (gssize)n);
        dot = strrchr(lower, '.');
        return dot && g_strv_contains(endings, dot + 1);
}

gboolean mg_program_is(const MgFacts *facts) {
        if (g_strv_contains(types, facts->found) || has_ending(facts->name))
                return TRUE;
        for (guint i = 0; i < facts->names->len; i++)
                if (has_ending(g_ptr_array_index(facts->names, i)))
                        return TRUE;
        return FALSE;
}
