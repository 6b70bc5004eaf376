/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/key_call.h"
#include "mugai/reading.h"

/*
 * Release client: what the release role answers on release.sock about keys and texts; one connection, one request, as for the store
 * (base/store_call.h: a token may come first; FAULT in place of an answer)
 *
 *   UNLOCK minutes key {passphrase}  -> KEYS keys     the encrypted PKCS#8 as it stands in its file; the passphrase is in a pipe, so that
 *                                                     no copy of it is left in a record
 *   LOCK id                          -> KEYS keys     "" locks all of them
 *   KEYS                             -> KEYS keys
 *   TEXT receipt charset             -> MAIL_TEXT text   the text of a mail, made anew by a worker; charset "" is as it was delivered
 * KEYS are those that are unlocked now. Who may is said by the store (base/key_call.h, base/text_call.h). Nothing is released by TEXT.
 */
typedef enum MgReleaseKind {
        MG_RELEASE_UNLOCK = 300,
        MG_RELEASE_LOCK,
        MG_RELEASE_ASK_KEYS,
        MG_RELEASE_KEYS,
        MG_RELEASE_TEXT,
        MG_RELEASE_MAIL_TEXT,
} MgReleaseKind;

/* Minutes at most: a working day. */
#define MG_UNLOCK_MINUTES_MAX 480
/* Octets of a passphrase at most. */
#define MG_PASSPHRASE_MAX 1000
/* Keys that are unlocked at once. */
#define MG_UNLOCKED_MAX 16

typedef struct MgUnlockedKey {
        guint8 digest[32]; /* of the public key, as MgCertificate.key_digest */
        gint64 until;      /* seconds since the epoch */
} MgUnlockedKey;

/* Arrays of MgUnlockedKey. */
void mg_unlocked_put(MgWriter *writer, const GArray *keys);
GArray *mg_unlocked_get(MgReader *reader);

/* Each returns what is unlocked then (the caller unrefs), or NULL with error. minutes 0: as long as the configuration says. */
GArray *mg_release_unlock(const MgAsker *asker, guint minutes, const char *pem, gsize n, const char *passphrase,
                          GError **error);
GArray *mg_release_lock(const MgAsker *asker, const char *id, GError **error);
GArray *mg_release_keys(const MgAsker *asker, GError **error);

/*
 * Character sets in which a text can be asked for: those that mail to Japan comes in. X(name), as the sanitizer calls them.
 */
#define MG_TEXT_CHARSETS(X)                                                                                            \
        X("iso-2022-jp")                                                                                               \
        X("shift_jis")                                                                                                 \
        X("euc-jp")                                                                                                    \
        X("utf-8")                                                                                                     \
        X("utf-16le")                                                                                                  \
        X("utf-16be")                                                                                                  \
        X("gb18030")                                                                                                   \
        X("big5")                                                                                                      \
        X("euc-kr")                                                                                                    \
        X("windows-1252")                                                                                              \
        X("windows-1251")                                                                                              \
        X("koi8-r")
#define MG_TEXT_CHARSET_MAX 32
/* Whether it is one of these. */
gboolean mg_text_charset_is(const char *name);

/* Octets of a text that is shown; the rest is left out. */
#define MG_MAIL_TEXT_MAX (1024 * 1024)

/* The words of one mail, as they left or would leave: links as the policy says, nothing that is active. */
typedef struct MgMailText {
        char *subject;          /* LINE, or "" */
        char *text;             /* TEXT: the sender's words without notice and list of files; "" where the mail has none */
        char *charset;          /* HOST: in which the first text of the body was read, or "" */
        MgCharsetReason reason; /* why in that one; ASKED where a person said so */
        guint32 replaced;       /* characters that could not be read; subject and names included */
        guint32 guessed;        /* characters whose character set is no more than a guess */
        gboolean delivered;     /* these are the words that were delivered, by their digest */
        gboolean cut;           /* there is more */
} MgMailText;

void mg_mail_text_free(MgMailText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgMailText, mg_mail_text_free)
void mg_mail_text_put(MgWriter *writer, const MgMailText *text);
MgMailText *mg_mail_text_get(MgReader *reader);

/*
 * charset NULL: as it was delivered. Caller frees. NULL with error: LOCKED where no key that opens the original is unlocked, DENIED who
 * may not, MISSING no such mail (that he may see), USAGE no such character set, TIMEOUT too many are read at once (again in a moment),
 * GRAMMAR the mail has no text since it cannot be read: the message says why.
 */
MgMailText *mg_release_text(const MgAsker *asker, const char *receipt, const char *charset, GError **error);
