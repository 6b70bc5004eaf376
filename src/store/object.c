/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of originals. Knows names, compression and syncs, and hands to a seal what shall be sealed; knows no row, and
 * decides nothing about what may be removed. A sync that failed is never tried again: after it the kernel may hold the
 * pages clean although the disk lacks them.
 */
#include "store/object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
/* For ZSTD_createCCtx_advanced(), which is there under this name since zstd 1.0: a context with memory of our own; and
 * for ZSTD_c_stableInBuffer, since 1.4.5. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/receipt.h"
#include "base/wipe.h"

/* By whether the object is sealed. */
static const char *const suffixes[] = {".zst", ".zst.cms"};
#define NAME_MAX_OCTETS 32
/* Of a file that is read. */
#define PIECE (128 * 1024)

struct MgObjects {
        int folder; /* objects/ */
        MgMeter *meter;
        guint32 first; /* serials below it are not written any more */
        GMutex making; /* held by who makes names */
        GMutex mutex;
        GHashTable *made; /* ranges whose names are durable; under the mutex */
};

/* Names are made for so many serials at a time: a folder is synced once for them, not once a mail. */
#define NAMES_AHEAD 64

static guint32 folder_of(const char *receipt) {
        return mg_receipt_serial(receipt) / MG_OBJECTS_FOLDER;
}

static void name_folder(char out[NAME_MAX_OCTETS], guint32 folder) {
        g_snprintf(out, NAME_MAX_OCTETS, "%05u", folder);
}

static void name_file(char out[NAME_MAX_OCTETS], const char *receipt, gboolean sealed) {
        g_snprintf(out, NAME_MAX_OCTETS, "%05u/%s%s", folder_of(receipt), receipt, suffixes[sealed]);
}

/* The file of a receipt, of whichever kind. FALSE where there is none or a blank; the name is that of an unsealed one
 * then. */
static gboolean find_file(MgObjects *objects, const char *receipt, char out[NAME_MAX_OCTETS], struct stat *status,
                          gboolean *sealed) {
        for (int kind = G_N_ELEMENTS(suffixes) - 1; kind >= 0; kind--) {
                *sealed = kind;
                name_file(out, receipt, *sealed);
                if (fstatat(objects->folder, out, status, AT_SYMLINK_NOFOLLOW) == 0 && status->st_size > 0)
                        return TRUE;
        }
        return FALSE;
}

static gboolean sync_fd(MgObjects *objects, int fd, const char *name, GError **error) {
        mg_meter_add(&objects->meter->syncs, 1);
        if (fsync(fd) == 0)
                return TRUE;
        mg_error_system(error, "cannot make %s durable", name);
        return FALSE;
}

MgObjects *mg_objects_open(const char *state_dir, MgMeter *meter, GError **error) {
        g_autofree char *path = g_build_filename(state_dir, "objects", NULL);
        g_autoptr(MgObjects) objects = g_new0(MgObjects, 1);
        mg_autofd state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        g_mutex_init(&objects->making);
        g_mutex_init(&objects->mutex);
        objects->made = g_hash_table_new(NULL, NULL);
        objects->meter = meter;
        objects->folder = -1;
        if (state < 0 || (mkdirat(state, "objects", 0700) < 0 && errno != EEXIST)) {
                mg_error_system(error, "cannot make %s", path);
                return NULL;
        }
        objects->folder = openat(state, "objects", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (objects->folder < 0) {
                mg_error_system(error, "cannot open %s", path);
                return NULL;
        }
        return sync_fd(objects, state, state_dir, error) ? g_steal_pointer(&objects) : NULL;
}

void mg_objects_free(MgObjects *objects) {
        if (!objects)
                return;
        mg_fd_close(&objects->folder);
        g_hash_table_unref(objects->made);
        g_mutex_clear(&objects->mutex);
        g_mutex_clear(&objects->making);
        g_free(objects);
}

void mg_objects_begin(MgObjects *objects, guint32 first) {
        objects->first = first;
}

guint64 mg_objects_space(MgObjects *objects, GError **error) {
        struct statvfs status;

        if (fstatvfs(objects->folder, &status) < 0) {
                mg_error_system(error, "cannot ask for free space");
                return 0;
        }
        return (guint64)status.f_bavail * status.f_frsize;
}

gboolean mg_objects_room(MgObjects *objects, guint64 size, guint64 reserve, GError **error) {
        g_autoptr(GError) fault = NULL;
        guint64 space = mg_objects_space(objects, &fault);

        if (fault) {
                g_propagate_error(error, g_steal_pointer(&fault));
                return FALSE;
        }
        if (space >= reserve && space - reserve >= size)
                return TRUE;
        g_set_error(error, MG_ERROR, MG_ERROR_FULL,
                    "%" G_GUINT64_FORMAT " octets are free, %" G_GUINT64_FORMAT " are asked for and %" G_GUINT64_FORMAT
                    " are kept free (store.reserve)",
                    space, size, reserve);
        return FALSE;
}

static gboolean sync_folder(MgObjects *objects, guint32 folder, GError **error) {
        char name[NAME_MAX_OCTETS];
        mg_autofd fd = -1;

        name_folder(name, folder);
        fd = openat(objects->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
                mg_error_system(error, "cannot open folder %s", name);
                return FALSE;
        }
        return sync_fd(objects, fd, name, error);
}

/* The first serial of the range that a receipt is in. A range ends with its folder at the latest. */
static guint32 range_of(const char *receipt) {
        guint32 serial = mg_receipt_serial(receipt);

        return serial - serial % MG_OBJECTS_FOLDER % NAMES_AHEAD;
}

/* What has a name and no content is a blank: it was made ahead and belongs to no mail yet. */
static gboolean make_blank(MgObjects *objects, const char *receipt, gboolean sealed, GError **error) {
        char name[NAME_MAX_OCTETS];
        mg_autofd fd = -1;

        name_file(name, receipt, sealed);
        fd = openat(objects->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0 || errno == EEXIST)
                return TRUE;
        mg_error_system(error, "cannot create object %s", name);
        return FALSE;
}

/* The folder of a range, with blanks. */
static gboolean make_range(MgObjects *objects, guint node, guint32 from, gboolean sealed, GError **error) {
        guint32 folder = from / MG_OBJECTS_FOLDER;
        guint32 end = MIN(from + NAMES_AHEAD, (folder + 1) * MG_OBJECTS_FOLDER);
        guint32 at = MAX(from, objects->first);
        char name[NAME_MAX_OCTETS];

        name_folder(name, folder);
        if (mkdirat(objects->folder, name, 0700) < 0 && errno != EEXIST) {
                mg_error_system(error, "cannot make folder %s", name);
                return FALSE;
        }
        for (; at < end; at++) {
                g_autofree char *receipt = mg_receipt_make(node, at);

                if (!make_blank(objects, receipt, sealed, error))
                        return FALSE;
        }
        return sync_fd(objects, objects->folder, "the objects folder", error) && sync_folder(objects, folder, error);
}

/* Whether the names of a range, which begin with a node, are durable; made says that they are now. */
static gboolean is_made(MgObjects *objects, guint node, guint32 range, gboolean sealed, gboolean made) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&objects->mutex);
        gpointer key = GUINT_TO_POINTER(2 * (10 * range + node) + sealed);

        if (made)
                g_hash_table_add(objects->made, key);
        return g_hash_table_contains(objects->made, key);
}

/* Makes the name of a receipt and of those after it durable, unless that was done before. */
static gboolean make_names(MgObjects *objects, const char *receipt, gboolean sealed, GError **error) {
        g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = NULL;
        guint node = (guint)g_ascii_digit_value(*receipt);
        guint32 range = range_of(receipt);

        if (is_made(objects, node, range, sealed, FALSE))
                return TRUE;
        lock = g_mutex_locker_new(&objects->making);
        return is_made(objects, node, range, sealed, FALSE) ||
               (make_range(objects, node, range, sealed, error) && is_made(objects, node, range, sealed, TRUE));
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZSTD_CCtx, ZSTD_freeCCtx)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZSTD_DCtx, ZSTD_freeDCtx)

static gboolean zstd_failed(size_t code, const char *what, GError **error) {
        if (!ZSTD_isError(code))
                return FALSE;
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "%s: %s", what, ZSTD_getErrorName(code));
        return TRUE;
}

/* Where the frame goes: through a seal, or to the file as it is. */
typedef struct Target {
        int fd;
        MgDigest *digest;     /* of what is written; NULL: not wanted */
        MgSealStream *stream; /* NULL: unsealed */
        guint64 stored;
} Target;

static gboolean target_write(Target *target, gconstpointer data, gsize n, GError **error) {
        target->stored += n;
        if (target->stream)
                return mg_seal_write(target->stream, data, n, error);
        if (target->digest)
                mg_digest_add(target->digest, data, n);
        return mg_fd_write(target->fd, data, n, error);
}

static gboolean compress_all(ZSTD_CCtx *context, GBytes *content, char *buffer, gsize capacity, Target *target,
                             GError **error) {
        ZSTD_inBuffer in = {.pos = 0};
        gsize left = 1;

        in.src = g_bytes_get_data(content, &in.size);
        ZSTD_CCtx_setPledgedSrcSize(context, in.size);
        while (left > 0) {
                ZSTD_outBuffer out = {buffer, capacity, 0};

                left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
                if (zstd_failed(left, "cannot compress", error) || !target_write(target, buffer, out.pos, error))
                        return FALSE;
        }
        return TRUE;
}

/* One frame with the content's size and a checksum. */
static gboolean compress_to(Target *target, GBytes *content, int level, GError **error) {
        /* A context holds the text of the mail. */
        const ZSTD_customMem memory = {mg_wipe_new, mg_wipe_free, NULL};
        g_autoptr(ZSTD_CCtx) context = ZSTD_createCCtx_advanced(memory);
        gsize capacity = ZSTD_CStreamOutSize();
        g_autofree char *buffer = g_malloc(capacity);
        gboolean well;

        if (!context) {
                g_set_error_literal(error, MG_ERROR, MG_ERROR_SYSTEM, "no memory to compress");
                return FALSE;
        }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
        /* The content is there as a whole and stays: no copy of it, and no window that had to be wiped. */
        ZSTD_CCtx_setParameter(context, ZSTD_c_stableInBuffer, 1);
        well = compress_all(context, content, buffer, capacity, target, error);
        OPENSSL_cleanse(buffer, MIN(capacity, target->stored));
        return well;
}

static gboolean write_to(int fd, GBytes *content, int level, MgSeal *seal, guint64 *stored, MgDigest *digest,
                         GError **error) {
        g_autoptr(MgSealStream) stream = NULL;
        Target target = {.fd = fd, .digest = digest};

        if (seal) {
                stream = mg_seal_begin(seal, fd, digest, error);
                if (!stream)
                        return FALSE;
                target.stream = stream;
        }
        if (!compress_to(&target, content, level, error))
                return FALSE;
        *stored = target.stored;
        return !stream || mg_seal_end(stream, stored, error);
}

/* The blank that was made for a receipt. A name that is taken is never written over. */
static int open_blank(MgObjects *objects, const char *name, GError **error) {
        mg_autofd fd = openat(objects->folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;

        if (fd < 0 || fstat(fd, &status) < 0) {
                mg_error_system(error, "cannot open object %s", name);
                return -1;
        }
        if (S_ISREG(status.st_mode) && status.st_size == 0)
                return mg_fd_steal(&fd);
        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "object %s is there already", name);
        return -1;
}

gboolean mg_objects_write(MgObjects *objects, const char *receipt, GBytes *content, int level, MgSeal *seal,
                          guint8 sha256[32], GError **error) {
        g_autoptr(MgDigest) digest = sha256 ? mg_digest_new() : NULL;
        char name[NAME_MAX_OCTETS];
        mg_autofd fd = -1;
        guint64 stored;

        if (!make_names(objects, receipt, seal != NULL, error))
                return FALSE;
        name_file(name, receipt, seal != NULL);
        fd = open_blank(objects, name, error);
        if (fd < 0)
                return FALSE;
        if (!write_to(fd, content, level, seal, &stored, digest, error) || !sync_fd(objects, fd, name, error)) {
                g_prefix_error(error, "object %s: ", name);
                unlinkat(objects->folder, name, 0);
                return FALSE;
        }
        if (digest)
                mg_digest_end(digest, sha256);
        mg_meter_add(&objects->meter->objects, 1);
        mg_meter_add(&objects->meter->objects_sealed, seal != NULL);
        mg_meter_add(&objects->meter->object_bytes, (long long)stored);
        return TRUE;
}

void mg_objects_remove(MgObjects *objects, const char *receipt) {
        for (int sealed = 0; sealed < (int)G_N_ELEMENTS(suffixes); sealed++) {
                char name[NAME_MAX_OCTETS];
                struct stat status;

                name_file(name, receipt, sealed);
                if (fstatat(objects->folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
                    unlinkat(objects->folder, name, 0) < 0 || status.st_size == 0)
                        continue;
                mg_meter_add(&objects->meter->objects, -1);
                mg_meter_add(&objects->meter->objects_sealed, -(long long)sealed);
                mg_meter_add(&objects->meter->object_bytes, -(long long)status.st_size);
        }
}

gboolean mg_objects_has(MgObjects *objects, const char *receipt) {
        char name[NAME_MAX_OCTETS];
        struct stat status;
        gboolean sealed;

        return find_file(objects, receipt, name, &status, &sealed) && S_ISREG(status.st_mode);
}

/* What cannot be read is damage of the object, as much as what reads as something else. */
static gboolean as_damage(GError *fault, GError **error) {
        g_autoptr(GError) taken = fault;

        g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, taken->message);
        return FALSE;
}

/* The next piece of an object's file; none at its end. */
static gboolean read_piece(int file, char *piece, guint64 *at, gsize *n, GError **error) {
        g_autoptr(GError) fault = NULL;
        gssize got = mg_fd_read_at(file, piece, PIECE, *at, &fault);

        if (got < 0)
                return as_damage(g_steal_pointer(&fault), error);
        *n = (gsize)got;
        *at += *n;
        return TRUE;
}

/* Decompresses at most size octets into fd. STORE where there are more, or where the file is broken. */
static gboolean decompress_to(int fd, int file, guint64 size, GError **error) {
        g_autoptr(ZSTD_DCtx) context = ZSTD_createDCtx();
        gsize capacity = ZSTD_DStreamOutSize(), left = 1;
        g_autofree char *buffer = g_malloc(capacity), *piece = g_malloc(PIECE);
        ZSTD_inBuffer in = {.src = piece};
        guint64 written = 0, at = 0;

        while (left > 0) {
                ZSTD_outBuffer out = {buffer, capacity, 0};
                gsize before;

                if (in.pos == in.size) {
                        if (!read_piece(file, piece, &at, &in.size, error))
                                return FALSE;
                        in.pos = 0;
                }
                before = in.pos;
                left = ZSTD_decompressStream(context, &out, &in);
                if (zstd_failed(left, "cannot decompress", error))
                        return FALSE;
                written += out.pos;
                if (written > size || (out.pos == 0 && in.pos == before)) {
                        g_set_error(error, MG_ERROR, MG_ERROR_STORE, "is not the %" G_GUINT64_FORMAT " octets it was",
                                    size);
                        return FALSE;
                }
                if (!mg_fd_write(fd, buffer, out.pos, error))
                        return FALSE;
        }
        return TRUE;
}

static gboolean check_content(int fd, guint64 size, const guint8 sha256[32], GError **error) {
        g_autoptr(GBytes) content = mg_fd_map(fd, 0, size, error);

        if (!content)
                return FALSE;
        if (g_bytes_get_size(content) == size && mg_digest_is(content, sha256))
                return TRUE;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE, "its content does not have the digest of its row");
        return FALSE;
}

static gboolean copy_to(int fd, int file, GError **error) {
        g_autofree char *piece = g_malloc(PIECE);
        guint64 at = 0;
        gsize n = 1;

        while (n > 0)
                if (!read_piece(file, piece, &at, &n, error) || !mg_fd_write(fd, piece, n, error))
                        return FALSE;
        return TRUE;
}

int mg_objects_read(MgObjects *objects, const char *receipt, guint64 size, const guint8 sha256[32], gboolean *sealed,
                    GError **error) {
        char name[NAME_MAX_OCTETS];
        mg_autofd file = -1;
        mg_autofd memory = -1;
        struct stat status;
        gboolean well;

        find_file(objects, receipt, name, &status, sealed);
        file = openat(objects->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_STORE, "object %s: %s", name, g_strerror(errno));
                return -1;
        }
        memory = mg_fd_memory("mugai-original", error);
        well = memory >= 0 &&
               (*sealed ? copy_to(memory, file, error)
                        : decompress_to(memory, file, size, error) && check_content(memory, size, sha256, error));
        if (!well || !mg_fd_seal(memory, 0, error)) {
                g_prefix_error(error, "object %s: ", name);
                return -1;
        }
        return mg_fd_steal(&memory);
}

/* A CMS is looked at as a whole. */
static gboolean check_sealed(int file, GError **error) {
        g_autoptr(GError) fault = NULL;
        g_autoptr(GBytes) bytes = mg_fd_read(file, G_MAXINT64, &fault);
        gconstpointer data;
        gsize n;

        if (!bytes)
                return as_damage(g_steal_pointer(&fault), error);
        data = g_bytes_get_data(bytes, &n);
        return mg_seal_is_whole(data, n, error);
}

static gboolean check_stored(int file, const guint8 *stored, GError **error) {
        g_autoptr(GError) fault = NULL;
        guint8 digest[32];
        guint64 n;

        if (!mg_digest_file(file, -1, &n, digest, &fault))
                return as_damage(g_steal_pointer(&fault), error);
        if (memcmp(digest, stored, sizeof digest) == 0)
                return TRUE;
        g_set_error_literal(error, MG_ERROR, MG_ERROR_STORE,
                            "its file does not have the digest that it was written with");
        return FALSE;
}

gboolean mg_objects_check(MgObjects *objects, const char *receipt, guint64 size, const guint8 sha256[32],
                          const guint8 *stored, GError **error) {
        char name[NAME_MAX_OCTETS];
        mg_autofd file = -1;
        mg_autofd memory = -1;
        struct stat status;
        gboolean sealed;

        if (!find_file(objects, receipt, name, &status, &sealed)) {
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no file %s", name);
                return FALSE;
        }
        file = openat(objects->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0) {
                g_set_error(error, MG_ERROR, MG_ERROR_STORE, "%s: %s", name, g_strerror(errno));
                return FALSE;
        }
        if (stored && !check_stored(file, stored, error))
                return FALSE;
        if (sealed)
                return check_sealed(file, error);
        memory = mg_objects_read(objects, receipt, size, sha256, &sealed, error);
        return memory >= 0;
}

int mg_objects_open_file(MgObjects *objects, const char *receipt, gboolean *sealed, GError **error) {
        char name[NAME_MAX_OCTETS];
        struct stat status;
        int file;

        if (!find_file(objects, receipt, name, &status, sealed)) {
                g_set_error(error, MG_ERROR, MG_ERROR_MISSING, "there is no file %s", name);
                return -1;
        }
        file = openat(objects->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0)
                mg_error_system(error, "object %s", name);
        return file;
}

gboolean mg_objects_set_aside(MgObjects *objects, const char *receipt, GError **error) {
        char name[NAME_MAX_OCTETS], aside[NAME_MAX_OCTETS * 2];
        mg_autofd folder = -1;
        struct stat status;
        gboolean sealed;

        if (!find_file(objects, receipt, name, &status, &sealed))
                return TRUE;
        g_snprintf(aside, sizeof aside, "../lost+found/%s", strchr(name, '/') + 1);
        if ((mkdirat(objects->folder, "../lost+found", 0700) < 0 && errno != EEXIST) ||
            renameat(objects->folder, name, objects->folder, aside) < 0) {
                mg_error_system(error, "%s cannot be moved to lost+found", name);
                return FALSE;
        }
        mg_meter_add(&objects->meter->objects, -1);
        mg_meter_add(&objects->meter->objects_sealed, -(long long)sealed);
        mg_meter_add(&objects->meter->object_bytes, -(long long)status.st_size);
        folder = openat(objects->folder, "../lost+found", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return folder >= 0 && sync_fd(objects, folder, "lost+found", error) &&
               sync_folder(objects, folder_of(receipt), error);
}

gboolean mg_objects_writable(MgObjects *objects, GError **error) {
        if (faccessat(objects->folder, ".", W_OK, AT_EACCESS) == 0)
                return TRUE;
        mg_error_system(error, "files cannot be made");
        return FALSE;
}

/* A folder below objects/ opened for reading, or NULL. */
static DIR *open_folder(MgObjects *objects, const char *name, GError **error) {
        int fd = openat(objects->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *folder = fd < 0 ? NULL : fdopendir(fd);

        if (folder)
                return folder;
        mg_error_system(error, "cannot read folder %s", name);
        if (fd >= 0)
                close(fd);
        return NULL;
}

/* The number of an object folder, or -1 for other names. */
static gint64 folder_number(const char *name) {
        gsize n = strlen(name);

        if (n < 5 || n > 6 || strspn(name, "0123456789") != n)
                return -1;
        return (gint64)g_ascii_strtoull(name, NULL, 10);
}

/* Whether a file name is that of an object; its receipt is copied. */
static gboolean file_receipt(const char *name, char receipt[11], gboolean *sealed) {
        g_autofree char *read = NULL;

        if (strspn(name, "0123456789") != 10)
                return FALSE;
        *sealed = strcmp(name + 10, suffixes[TRUE]) == 0;
        if (strcmp(name + 10, suffixes[*sealed]) != 0)
                return FALSE;
        memcpy(receipt, name, 10);
        receipt[10] = '\0';
        read = mg_receipt_read(receipt, NULL);
        return read != NULL;
}

static gboolean each_in(MgObjects *objects, const char *name, MgObjectFunc func, gpointer data, gboolean *go_on,
                        GError **error) {
        DIR *folder = open_folder(objects, name, error);
        struct dirent *entry;

        if (!folder)
                return FALSE;
        while (*go_on && (entry = readdir(folder))) {
                struct stat status;
                char receipt[11];
                gboolean sealed;

                /* A file that is gone between the two calls was removed by a session: it is no object any more. */
                if (!file_receipt(entry->d_name, receipt, &sealed) ||
                    fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || status.st_size == 0)
                        continue;
                *go_on = func(receipt, (guint64)status.st_size, sealed, data);
        }
        closedir(folder);
        return TRUE;
}

gboolean mg_objects_each(MgObjects *objects, MgObjectFunc func, gpointer data, GError **error) {
        DIR *top = open_folder(objects, ".", error);
        gboolean go_on = TRUE, well = TRUE;
        struct dirent *entry;

        if (!top)
                return FALSE;
        while (go_on && well && (entry = readdir(top)))
                if (folder_number(entry->d_name) >= 0)
                        well = each_in(objects, entry->d_name, func, data, &go_on, error);
        closedir(top);
        return well;
}

static gboolean highest(const char *receipt, guint64 size, gboolean sealed, gpointer data) {
        gint64 *last = data;

        *last = MAX(*last, (gint64)mg_receipt_serial(receipt));
        return TRUE;
}

gint64 mg_objects_last_serial(MgObjects *objects, GError **error) {
        DIR *top = open_folder(objects, ".", error);
        gint64 last_folder = -1, last = -1;
        gboolean go_on = TRUE;
        char name[NAME_MAX_OCTETS];
        struct dirent *entry;

        if (!top)
                return -1;
        while ((entry = readdir(top)))
                last_folder = MAX(last_folder, folder_number(entry->d_name));
        closedir(top);
        if (last_folder < 0)
                return -1;
        name_folder(name, (guint32)last_folder);
        each_in(objects, name, highest, &last, &go_on, error);
        /* The last folder may be empty: what was in it was swept. Its number still says that the serials before it
         * are used. */
        return MAX(last, last_folder * MG_OBJECTS_FOLDER - 1);
}
