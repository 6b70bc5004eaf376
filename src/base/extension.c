/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the end of a file name makes a machine do, as a table
 *
 * Only for what a reader is told: nothing passes because its name is not here. Not here are types that run only with
 * the help of a fault, and documents with macros.
 */
#include "base/extension.h"

#include <string.h>

static const char *const runs[] = {
        /* Windows */
        "appref-ms", "appx", "bat", "chm", "cmd", "com", "cpl", "dll", "exe", "gadget", "hlp", "hta", "inf", "ins",
        "isp", "js", "jse", "lnk", "mde", "msc", "msi", "msix", "msp", "mst", "ocx", "pif", "ps1", "psm1", "reg", "scf",
        "scr", "sct", "settingcontent-ms", "shb", "sys", "url", "vb", "vbe", "vbs", "wsc", "wsf", "wsh", "xll",
        /* others */
        "apk", "app", "command", "desktop", "jar", "jnlp", "pkg", "pl", "py", "rb", "sh"};

gboolean mg_extension_runs(const char *name) {
        gsize n = strlen(name);
        const char *dot;

        while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '.'))
                n--;
        dot = n > 0 ? memrchr(name, '.', n) : NULL;
        if (!dot)
                return FALSE;
        n -= (gsize)(dot + 1 - name);
        for (gsize i = 0; i < G_N_ELEMENTS(runs); i++)
                if (*runs[i] == g_ascii_tolower(dot[1]) && strlen(runs[i]) == n &&
                    g_ascii_strncasecmp(runs[i], dot + 1, n) == 0)
                        return TRUE;
        return FALSE;
}
