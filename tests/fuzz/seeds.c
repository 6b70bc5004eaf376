/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds for the target wire, made from mails: seeds-wire FOLDER FROM... writes, for each mail in the folders FROM, its
 * Reading and its Record as they cross. So they are always of this build's format. Checks nothing.
 */
#include <string.h>

#include "base/reading.h"
#include "base/worker.h"
#include "fuzz.h"
#include "rules/decide.h"
#include "sanitize/sanitize.h"

/* kind: the octet by which the target knows the record. */
static void write_seed(const char *folder, const char *name, guint8 kind, const MgWriter *writer) {
        g_autofree char *file = g_strdup_printf("%s-%u.bin", name, kind);
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autoptr(GByteArray) octets = g_byte_array_new();
        g_autoptr(GError) error = NULL;

        g_byte_array_append(octets, &kind, 1);
        g_byte_array_append(octets, writer->bytes->data, writer->bytes->len);
        if (!g_file_set_contents(path, (const char *)octets->data, octets->len, &error))
                g_error("%s", error->message);
}

static void write_record(const char *folder, const char *name, MgReading *reading, gsize size) {
        g_autoptr(MgPolicy) policy = mg_policy_new();
        g_autoptr(MgRecord) record = mg_record_new();
        g_auto(MgWriter) writer = {0};

        record->size = size;
        mg_record_take(record, reading, mg_decide(policy, &(MgMailFacts){0}, reading));
        mg_writer_init(&writer);
        mg_record_put(&writer, record);
        write_seed(folder, name, 1, &writer);
}

static void write_seeds(const char *folder, const char *name, const char *mail, gsize n) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(mail, n);
        MgReading *reading = mg_sanitize_read(bytes, &mg_limits_default);
        g_auto(MgWriter) writer = {0};

        mg_writer_init(&writer);
        mg_reading_put(&writer, reading);
        write_seed(folder, name, 0, &writer);
        write_record(folder, name, reading, n);
}

int main(int argc, char **argv) {
        const MgWorkOrder order = {.limits = mg_limits_default, .deadline_ms = 30000, .memory = 1 << 30};
        g_auto(MgWriter) writer = {0};

        fuzz_warm();
        g_mkdir_with_parents(argv[1], 0755);
        mg_writer_init(&writer);
        mg_work_order_put(&writer, &order);
        write_seed(argv[1], "order", 2, &writer);
        for (int i = 2; i < argc; i++) {
                g_autoptr(GDir) dir = g_dir_open(argv[i], 0, NULL);
                const char *name;

                while (dir && (name = g_dir_read_name(dir))) {
                        g_autofree char *path = g_build_filename(argv[i], name, NULL), *mail = NULL;
                        gsize n;

                        if (g_file_get_contents(path, &mail, &n, NULL))
                                write_seeds(argv[1], name, mail, n);
                }
        }
        return 0;
}
