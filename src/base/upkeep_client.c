/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of what can be wrong with a store, and the way they come. Looks into no store.
 */
#include "base/upkeep_client.h"

#include <string.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/fd.h"

#define TEXT_MAX 2000
#define WORD_MAX 40
/* Something is said at least every second; a disk may be slow. */
#define SILENCE_MS 600000

static const struct {
        const char *word, *japanese, *english;
} flaws[_MG_FLAW_N] = {
#define FLAW_ROW(name, word, japanese, english) [MG_FLAW_##name] = {word, japanese, english},
        MG_FLAWS(FLAW_ROW)
#undef FLAW_ROW
};

const char *mg_flaw_name(MgFlaw flaw) {
        return flaws[flaw].word;
}

const char *mg_flaw_japanese(MgFlaw flaw) {
        return flaws[flaw].japanese;
}

const char *mg_flaw_english(MgFlaw flaw) {
        return flaws[flaw].english;
}

const char *mg_mend_name(MgMend mend) {
        static const char *const words[_MG_MEND_N] = {
                [MG_MEND_POSSIBLE] = "possible",
                [MG_MEND_OFFLINE] = "offline",
                [MG_MEND_DONE] = "repaired",
                [MG_MEND_NONE] = "lost",
        };

        return words[mend];
}

void mg_finding_put(MgWriter *writer, const MgFinding *finding) {
        g_autofree char *subject = mg_text_clean(finding->subject, strlen(finding->subject), MG_CLASS_LINE, 200, NULL);
        g_autofree char *detail = mg_text_clean(finding->detail, strlen(finding->detail), MG_CLASS_LINE, 500, NULL);

        mg_put_u32(writer, finding->flaw);
        mg_put_u32(writer, finding->mend);
        mg_put_text(writer, subject);
        mg_put_text(writer, detail);
}

void mg_progress_put(MgWriter *writer, const MgProgress *progress) {
        mg_put_text(writer, progress->step);
        mg_put_u64(writer, progress->done);
        mg_put_u64(writer, progress->of);
}

void mg_verdict_put(MgWriter *writer, const MgVerdict *verdict) {
        mg_put_u64(writer, verdict->rows);
        mg_put_u64(writer, verdict->objects);
        mg_put_u64(writer, verdict->entries);
        mg_put_u64(writer, verdict->found);
        mg_put_u64(writer, verdict->repaired);
        mg_put_u64(writer, verdict->lost);
}

void mg_backup_summary_put(MgWriter *writer, const MgBackupSummary *summary) {
        mg_put_i64(writer, summary->made);
        mg_put_u64(writer, summary->objects);
        mg_put_u64(writer, summary->copied);
        mg_put_u64(writer, summary->octets);
        mg_put_u64(writer, summary->removed);
        mg_put_u64(writer, summary->left_out);
}

void mg_restore_summary_put(MgWriter *writer, const MgRestoreSummary *summary) {
        mg_put_i64(writer, summary->made);
        mg_put_u64(writer, summary->objects);
        mg_put_u64(writer, summary->left_out);
        mg_put_u64(writer, summary->erased);
        mg_put_u64(writer, summary->unknown);
        mg_put_i64(writer, summary->serial);
}

static gboolean hear_finding(MgReader *reader, const MgUpkeepFuncs *funcs, gpointer data, GError **error) {
        MgFinding finding = {.flaw = mg_get_enum(reader, _MG_FLAW_N, "finding.flaw"),
                             .mend = mg_get_enum(reader, _MG_MEND_N, "finding.mend")};
        g_autofree char *subject = mg_get_text(reader, TEXT_MAX, MG_CLASS_LINE, "finding.subject");
        g_autofree char *detail = mg_get_text(reader, TEXT_MAX, MG_CLASS_LINE, "finding.detail");

        if (!mg_reader_end(reader, error))
                return FALSE;
        finding.subject = subject;
        finding.detail = detail;
        funcs->finding(&finding, data);
        return TRUE;
}

static gboolean hear_progress(MgReader *reader, const MgUpkeepFuncs *funcs, gpointer data, GError **error) {
        g_autofree char *step = mg_get_text(reader, WORD_MAX, MG_CLASS_TOKEN, "progress.step");
        MgProgress progress = {.step = step};

        progress.done = mg_get_u64(reader, "progress.done");
        progress.of = mg_get_u64(reader, "progress.of");
        if (!mg_reader_end(reader, error))
                return FALSE;
        funcs->progress(&progress, data);
        return TRUE;
}

static void get_verdict(MgReader *reader, gpointer end) {
        MgVerdict *verdict = end;

        verdict->rows = mg_get_u64(reader, "verdict.rows");
        verdict->objects = mg_get_u64(reader, "verdict.objects");
        verdict->entries = mg_get_u64(reader, "verdict.entries");
        verdict->found = mg_get_u64(reader, "verdict.found");
        verdict->repaired = mg_get_u64(reader, "verdict.repaired");
        verdict->lost = mg_get_u64(reader, "verdict.lost");
}

static void get_backup(MgReader *reader, gpointer end) {
        MgBackupSummary *summary = end;

        summary->made = mg_get_i64(reader, "backup.made");
        summary->objects = mg_get_u64(reader, "backup.objects");
        summary->copied = mg_get_u64(reader, "backup.copied");
        summary->octets = mg_get_u64(reader, "backup.octets");
        summary->removed = mg_get_u64(reader, "backup.removed");
        summary->left_out = mg_get_u64(reader, "backup.left_out");
}

static void get_restore(MgReader *reader, gpointer end) {
        MgRestoreSummary *summary = end;

        summary->made = mg_get_i64(reader, "restore.made");
        summary->objects = mg_get_u64(reader, "restore.objects");
        summary->left_out = mg_get_u64(reader, "restore.left_out");
        summary->erased = mg_get_u64(reader, "restore.erased");
        summary->unknown = mg_get_u64(reader, "restore.unknown");
        summary->serial = mg_get_i64(reader, "restore.serial");
}

gboolean mg_upkeep_ask_on(int sock, gboolean repair, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_u8(&writer, repair ? 1 : 0);
        return mg_packet_send(sock, MG_UPKEEP_VERIFY, &writer, NULL, 0, error);
}

int mg_upkeep_ask(const MgAsker *asker, gboolean repair, GError **error) {
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_u8(&writer, repair ? 1 : 0);
        return mg_store_ask(asker, MG_UPKEEP_VERIFY, &writer, NULL, 0, error);
}

/* What ends an answer, and where it goes. */
typedef struct End {
        guint32 kind;
        void (*get)(MgReader *reader, gpointer end);
        gpointer end;
} End;

/* One answer. *ended where it is the last one. */
static gboolean hear_one(const MgPacket *packet, const MgUpkeepFuncs *funcs, gpointer data, const End *end,
                         gboolean *ended, GError **error) {
        MgReader reader;

        mg_reader_init(&reader, packet->record);
        *ended = packet->kind == end->kind;
        if (*ended) {
                end->get(&reader, end->end);
                return mg_reader_end(&reader, error);
        }
        switch (packet->kind) {
        case MG_UPKEEP_FINDING:
                return hear_finding(&reader, funcs, data, error);
        case MG_UPKEEP_PROGRESS:
                return hear_progress(&reader, funcs, data, error);
        case MG_FAULT:
                mg_fault_take(packet, "store", error);
                return FALSE;
        default:
                g_set_error(error, MG_ERROR, MG_ERROR_PROTOCOL, "store: an answer of kind %u", packet->kind);
                return FALSE;
        }
}

static gboolean hear_all(int sock, const MgUpkeepFuncs *funcs, gpointer data, const End *end, GError **error) {
        gboolean ended = FALSE;

        while (!ended) {
                g_auto(MgPacket) packet = MG_PACKET_INIT;

                if (!mg_packet_receive(sock, SILENCE_MS, &packet, error) ||
                    !hear_one(&packet, funcs, data, end, &ended, error))
                        return FALSE;
        }
        return TRUE;
}

gboolean mg_upkeep_hear(int sock, const MgUpkeepFuncs *funcs, gpointer data, MgVerdict *verdict, GError **error) {
        const End end = {MG_UPKEEP_VERDICT, get_verdict, verdict};

        return hear_all(sock, funcs, data, &end, error);
}

gboolean mg_upkeep_backup(const MgAsker *asker, int folder, const MgUpkeepFuncs *funcs, gpointer data,
                          MgBackupSummary *summary, GError **error) {
        const End end = {MG_UPKEEP_BACKED_UP, get_backup, summary};
        mg_autofd sock = mg_store_ask(asker, MG_UPKEEP_BACKUP, NULL, &folder, 1, error);

        return sock >= 0 && hear_all(sock, funcs, data, &end, error);
}

gboolean mg_upkeep_restore(int sock, int folder, gint64 after, const MgUpkeepFuncs *funcs, gpointer data,
                           MgRestoreSummary *summary, GError **error) {
        const End end = {MG_UPKEEP_RESTORED, get_restore, summary};
        g_auto(MgWriter) writer;

        mg_writer_init(&writer);
        mg_put_i64(&writer, after);
        return mg_packet_send(sock, MG_UPKEEP_RESTORE, &writer, &folder, 1, error) &&
               hear_all(sock, funcs, data, &end, error);
}
