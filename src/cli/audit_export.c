/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mugai audit export: a bundle of entries that is verified without the store. The first line says what the bundle is
 * of, then comes an entry a line, the last line has the digest of all before it. Only what follows from the entry
 * before is exported: a bundle that is wrong from the beginning proves nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/audit_check.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/audit.h"
#include "cli/mailfile.h"

typedef struct Bundle {
        const MgAuditQuery *query;
        FILE *out;
        GChecksum *digest;
        MgAuditCheck check;
        guint64 entries;
} Bundle;

static gboolean put_line(Bundle *bundle, const char *line, GError **error) {
        gsize n = strlen(line);

        g_checksum_update(bundle->digest, (const guchar *)line, (gssize)n);
        g_checksum_update(bundle->digest, (const guchar *)"\n", 1);
        if (fwrite(line, 1, n, bundle->out) == n && fputc('\n', bundle->out) != EOF)
                return TRUE;
        mg_error_system(error, "the bundle cannot be written");
        return FALSE;
}

static char *time_json(gint64 time) {
        return time != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, time) : g_strdup("null");
}

static gboolean put_head(const MgAuditSpan *span, gpointer data, GError **error) {
        Bundle *bundle = data;
        g_autofree char *before = mg_text_hex(span->before.hash, MG_CHAIN_HASH);
        g_autofree char *head = mg_text_hex(span->head.hash, MG_CHAIN_HASH);
        g_autofree char *since = time_json(bundle->query->since), *until = time_json(bundle->query->until);
        g_autofree char *line =
                g_strdup_printf("{\"bundle\":\"mugai-audit-1\",\"made\":%" G_GINT64_FORMAT
                                ",\"since\":%s,\"until\":%s,\"first\":%" G_GINT64_FORMAT ",\"last\":%" G_GINT64_FORMAT
                                ",\"before\":\"%s\",\"head\":{\"number\":%" G_GINT64_FORMAT ",\"hash\":\"%s\"}}",
                                g_get_real_time() / G_USEC_PER_SEC, since, until, span->first, span->last, before,
                                span->head.number, head);

        bundle->check.chain = span->before;
        return put_line(bundle, line, error);
}

static gboolean put_entry(const MgEntry *entry, gpointer data, GError **error) {
        Bundle *bundle = data;
        g_autofree char *line = NULL;

        if (!mg_audit_check_entry(&bundle->check, entry)) {
                g_set_error(error, MG_ERROR, MG_ERROR_STORE, "nothing is exported: %s See mugai audit verify.",
                            bundle->check.en);
                return FALSE;
        }
        bundle->entries++;
        line = mg_entry_export(entry);
        return put_line(bundle, line, error);
}

static int put_bundle(const MgAuditOptions *options, const MgAuditQuery *query, FILE *out) {
        const MgAuditFuncs funcs = {put_head, put_entry};
        Bundle bundle = {.query = query, .out = out, .digest = g_checksum_new(G_CHECKSUM_SHA256)};
        int code;

        mg_audit_check_init(&bundle.check, NULL);
        code = mg_audit_ask(options, query, &funcs, &bundle);
        if (code == EX_OK && (fprintf(out, "{\"entries\":%" G_GUINT64_FORMAT ",\"sha256\":\"%s\"}\n", bundle.entries,
                                      g_checksum_get_string(bundle.digest)) < 0 ||
                              fflush(out) != 0))
                code = mg_cli_fail(EX_IOERR, "the bundle cannot be written: %s", g_strerror(errno));
        mg_audit_check_clear(&bundle.check);
        g_checksum_free(bundle.digest);
        return code;
}

static int to_file(const MgAuditOptions *options, const MgAuditQuery *query) {
        g_autofree char *name = NULL;
        GError *error = NULL;
        mg_autofd fd = mg_mailfile_begin(options->output, &name, &error);
        FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
        int code;

        if (out == NULL)
                return mg_cli_fail_error(NULL, error);
        fd = -1;
        code = put_bundle(options, query, out);
        fclose(out);
        if (code != EX_OK) {
                mg_mailfile_abandon(name);
                return code;
        }
        return mg_mailfile_end(name, options->output, options->force, &error) ? EX_OK : mg_cli_fail_error(NULL, error);
}

int mg_audit_export(const MgAuditOptions *options) {
        MgAuditQuery query;

        if (!mg_audit_options_query(options, MG_ACT_EXPORTED, &query))
                return EX_USAGE;
        if (options->actor != NULL || options->act != NULL || options->receipt != NULL || options->about != NULL)
                return mg_cli_fail(EX_USAGE,
                                   "a bundle has every act of its time, or its chain would have gaps: export takes "
                                   "--since and --until alone");
        query.whole = TRUE;
        return options->output != NULL ? to_file(options, &query) : put_bundle(options, &query, stdout);
}
