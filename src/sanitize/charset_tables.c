/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset_tables: iconv's converters as tables, made before the worker is confined
 *
 * Each converter is opened once by the name that our own table has for it, asked one character at a time, and closed
 * again, in a child of its own: decoding opens nothing and hands iconv nothing of a mail, and glibc's modules, which
 * stay for a while, are in no worker. The tables are a mapping of a sealed memory file, which fork() need not copy.
 * Does not decode.
 */
#include <errno.h>
#include <iconv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "sanitize/charset.h"
#include "sanitize/charset_table.h"

#define ROWS_MAX 64

/* Filled once by mg_charset_warm(), only read afterwards. One worker has one thread. */
static struct {
        gboolean warm;
        gpointer table[ROWS_MAX];
        MgCharsetTables tables;
} state = {.tables = {.table = state.table}};

const MgCharsetTables *mg_charset_tables(void) {
        return &state.tables;
}

/* One character through iconv as a cell. */
static guint32 probe(iconv_t converter, const guint8 *bytes, gsize n) {
        char in[8];
        guint32 out[4];
        char *from = in, *to = (char *)out;
        gsize n_from = n, n_to = sizeof out;
        memcpy(in, bytes, n);
        iconv(converter, NULL, NULL, NULL, NULL);
        if (iconv(converter, &from, &n_from, &to, &n_to) == (gsize)-1 || n_from != 0)
                return 0;
        /* Converters that combine keep one character back. */
        if (iconv(converter, NULL, NULL, &to, &n_to) == (gsize)-1 || sizeof out - n_to != 4)
                return 0;
        if ((out[0] >= 0xE000 && out[0] <= 0xF8FF) || out[0] >= 0xF0000)
                return MG_CELL_GETA;
        return mg_cell_of(out[0]);
}

/* GLib's byte order macro decides what the machine reads a code point as. */
#define UTF_32_NATIVE (G_BYTE_ORDER == G_LITTLE_ENDIAN ? "UTF-32LE" : "UTF-32BE")

static gboolean open_converter(const char *name, iconv_t *converter, GError **error) {
        *converter = iconv_open(UTF_32_NATIVE, name);
        if (*converter != (iconv_t)-1)
                return TRUE;
        mg_error_system(error, "iconv has no converter for %s", name);
        return FALSE;
}

static void fill_high(iconv_t converter, guint32 high[128]) {
        for (guint i = 0; i < 128; i++) {
                guint8 byte = (guint8)(0x80 + i);
                high[i] = probe(converter, &byte, 1);
        }
}

static void fill_single(iconv_t converter, MgSingleTable *table) {
        /* ASCII stands for itself whatever the converter says; NUL has no cell. */
        for (guint i = 0; i < 128; i++)
                table->single[i] = mg_cell_of(i);
        fill_high(converter, table->single + 128);
}

static void fill_pairs(iconv_t converter, MgDoubleTable *table) {
        fill_high(converter, table->single);
        for (guint lead = 1; lead < MG_DOUBLE_LEADS - 1; lead++) {
                guint8 bytes[2] = {(guint8)(lead + 0x80), 0};
                for (guint trail = 0x40; trail < 0xFF; trail++) {
                        bytes[1] = (guint8)trail;
                        /* A lead octet that stands for itself followed by ASCII is no pair. */
                        if (trail != 0x7F && table->single[lead] == 0)
                                table->pair[lead][trail] = probe(converter, bytes, 2);
                }
        }
}

static gboolean fill_row(const MgCharsetRow *row, gpointer table, GError **error) {
        iconv_t converter;
        if (row->iconv == NULL)
                return TRUE;
        if (!open_converter(row->iconv, &converter, error))
                return FALSE;
        if (row->kind == MG_KIND_SINGLE)
                fill_single(converter, table);
        else
                fill_pairs(converter, table);
        iconv_close(converter);
        return TRUE;
}

/* JIS X 0212 as the third code set of EUC, with the IBM characters that EUC-JP-MS has there. */
static gboolean fill_x0212(MgJisTables *jis, GError **error) {
        iconv_t converter;
        if (!open_converter("EUC-JP-MS", &converter, error))
                return FALSE;
        for (guint row = 0; row < 94; row++) {
                for (guint cell = 0; cell < 94; cell++) {
                        guint8 bytes[3] = {0x8F, (guint8)(row + 0xA1), (guint8)(cell + 0xA1)};
                        jis->x0212[row][cell] = probe(converter, bytes, 3);
                }
        }
        iconv_close(converter);
        return TRUE;
}

static gboolean fill_quads(MgQuadTable *quads, GError **error) {
        iconv_t converter;
        if (!open_converter("GB18030", &converter, error))
                return FALSE;
        for (guint i = 0; i < MG_QUADS; i++) {
                guint8 bytes[4] = {(guint8)(0x81 + i / 12600), (guint8)(0x30 + i / 1260 % 10),
                                   (guint8)(0x81 + i / 10 % 126), (guint8)(0x30 + i % 10)};
                quads->cell[i] = probe(converter, bytes, 4);
        }
        iconv_close(converter);
        return TRUE;
}

static gpointer table_of(const char *name) {
        gsize n;
        const MgCharsetRow *row = mg_charset_row(name);
        return state.table[row - mg_charset_rows(&n)];
}

/* What the child has to say where it failed. */
typedef struct Complaint {
        char text[256];
} Complaint;

static gpointer cut(guint8 *base, gsize *at, gsize n) {
        guint8 *start = base ? base + *at : NULL;
        *at += n;
        return start;
}

/* Gives each table its place behind the complaint in a block that begins at base. How long the block is, also where
 * there is none yet (NULL). */
static gsize place(guint8 *base) {
        gsize n, at = sizeof(Complaint);
        const MgCharsetRow *rows = mg_charset_rows(&n);
        for (gsize i = 0; i < n; i++)
                if (rows[i].iconv)
                        state.table[i] =
                                cut(base, &at,
                                    rows[i].kind == MG_KIND_SINGLE ? sizeof(MgSingleTable) : sizeof(MgDoubleTable));
        state.tables.jis = cut(base, &at, sizeof(MgJisTables));
        state.tables.quads = cut(base, &at, sizeof(MgQuadTable));
        return at;
}

static gboolean fill(GError **error) {
        gsize n;
        const MgCharsetRow *rows = mg_charset_rows(&n);
        for (gsize i = 0; i < n; i++)
                if (!fill_row(&rows[i], state.table[i], error))
                        return FALSE;
        mg_jis_tables_init(state.tables.jis, table_of("shift_jis"));
        return fill_x0212(state.tables.jis, error) && fill_quads(state.tables.quads, error);
}

/* In a child, whose iconv ends with it. */
static gboolean fill_apart(Complaint *complaint, GError **error) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
                g_autoptr(GError) failure = NULL;
                if (fill(&failure))
                        _exit(EXIT_SUCCESS);
                g_strlcpy(complaint->text, failure->message, sizeof complaint->text);
                _exit(EXIT_FAILURE);
        }
        if (pid < 0) {
                mg_error_system(error, "no process to make the tables of charsets");
                return FALSE;
        }
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_SYSTEM, "no tables of charsets: %s",
                    *complaint->text ? complaint->text : "the process that makes them died");
        return FALSE;
}

/* An empty block of this size in the memory file, or NULL with error. */
static void *map_block(int fd, gsize size, GError **error) {
        void *block = ftruncate(fd, (off_t)size) < 0 ? MAP_FAILED
                                                     : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (block != MAP_FAILED)
                return block;
        mg_error_system(error, "no memory for the tables of charsets");
        return NULL;
}

/* From now on read only, at the same address, since tables point to one another. */
static gboolean close_block(void *block, gsize size, int fd, GError **error) {
        if (mmap(block, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED)
                return mg_fd_seal(fd, 0, error);
        mg_error_system(error, "cannot map the tables of charsets");
        return FALSE;
}

gboolean mg_charset_warm(GError **error) {
        mg_autofd fd = -1;
        void *block;
        gsize n, size;
        if (state.warm)
                return TRUE;
        mg_charset_rows(&n);
        g_return_val_if_fail(n <= ROWS_MAX, FALSE);
        fd = mg_fd_memory("mugai-charsets", error);
        size = place(NULL);
        block = fd < 0 ? NULL : map_block(fd, size, error);
        if (!block)
                return FALSE;
        place(block);
        state.warm = fill_apart(block, error) && close_block(block, size, fd, error);
        if (!state.warm)
                munmap(block, size);
        return state.warm;
}
