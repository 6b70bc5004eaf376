/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of every version. Knows no row.
 */
#include "store/schema.h"

#include "base/error.h"
#include "base/log.h"
#include "store/sql.h"

/* An attempt is what a row said before the mail came again. retry_key leaves a row when a later mail
 * takes it. */
static const char version_1[] = "CREATE TABLE mail("
                                " id INTEGER PRIMARY KEY,"
                                " receipt TEXT UNIQUE,"
                                " retry_key BLOB UNIQUE,"
                                " time INTEGER NOT NULL,"
                                " queue_id TEXT NOT NULL,"
                                " sender TEXT NOT NULL,"
                                " client TEXT NOT NULL,"
                                " outcome TEXT NOT NULL,"
                                " reply TEXT NOT NULL,"
                                " reason TEXT NOT NULL,"
                                " subject TEXT NOT NULL,"
                                " size INTEGER NOT NULL,"
                                " sha256 BLOB NOT NULL,"
                                " policy BLOB NOT NULL,"
                                " version TEXT NOT NULL,"
                                " bytes_out INTEGER NOT NULL,"
                                " milliseconds INTEGER NOT NULL,"
                                " retries INTEGER NOT NULL DEFAULT 0,"
                                " record BLOB NOT NULL"
                                ") STRICT;"
                                "CREATE INDEX mail_time ON mail(time);"
                                "CREATE INDEX mail_queue_id ON mail(queue_id);"
                                "CREATE INDEX mail_sha256 ON mail(sha256);"
                                "CREATE TABLE recipient("
                                " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
                                " address TEXT NOT NULL,"
                                " PRIMARY KEY(mail, address)"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE TABLE part("
                                " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
                                " number INTEGER NOT NULL,"
                                " path TEXT NOT NULL,"
                                " kind TEXT NOT NULL,"
                                " claimed TEXT NOT NULL,"
                                " found TEXT NOT NULL,"
                                " name TEXT NOT NULL,"
                                " size INTEGER NOT NULL,"
                                " sha256 BLOB NOT NULL,"
                                " action TEXT NOT NULL,"
                                " rule TEXT NOT NULL,"
                                " reason TEXT NOT NULL,"
                                " PRIMARY KEY(mail, number)"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE INDEX part_sha256 ON part(sha256);"
                                "CREATE TABLE attempt("
                                " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
                                " number INTEGER NOT NULL,"
                                " queue_id TEXT NOT NULL,"
                                " outcome TEXT NOT NULL,"
                                " reply TEXT NOT NULL,"
                                " PRIMARY KEY(mail, number)"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE INDEX attempt_queue_id ON attempt(queue_id);";

/* Digest of the object's file; NULL for a mail of version 1, and for an event. */
static const char stored[] = "ALTER TABLE mail ADD COLUMN stored BLOB;";

/* What the scanner said, by its word. It stands behind the record, which may be long: counts go by the index alone. */
static const char scanned[] = "ALTER TABLE mail ADD COLUMN scan TEXT NOT NULL DEFAULT 'none';"
                              "CREATE INDEX mail_scan ON mail(id, scan) WHERE scan <> 'none';";
/* Days that a mail is kept at least, by the rule that decided on it; 0: as its organizations say. */
static const char kept[] = "ALTER TABLE mail ADD COLUMN retention INTEGER NOT NULL DEFAULT 0;";

/*
 * Terms of mail (posting.h). Whoever adds, changes or deletes a row of mail throws the postings of its segment away
 * by that, so that no term outlives its row; 1024 is MG_SEGMENT_MAILS. Rows of an earlier version are pending at
 * first.
 */
#define FORGET(name, event, row)                                                                                       \
        "CREATE TRIGGER " name " AFTER " event " ON mail BEGIN"                                                        \
        " DELETE FROM posting WHERE segment = " row ".id / 1024;"                                                      \
        " INSERT OR IGNORE INTO pending(segment) VALUES(" row ".id / 1024);"                                           \
        " END;"
static const char terms[] =
        "CREATE TABLE posting("
        " segment INTEGER NOT NULL,"
        " term INTEGER NOT NULL,"
        " mails BLOB NOT NULL,"
        " PRIMARY KEY(segment, term)"
        ") STRICT, WITHOUT ROWID;"
        "CREATE TABLE pending(segment INTEGER PRIMARY KEY) STRICT;"
        "INSERT INTO pending SELECT DISTINCT id / 1024 FROM mail;" FORGET("mail_added", "INSERT", "new")
                FORGET("mail_changed", "UPDATE OF record", "old") FORGET("mail_deleted", "DELETE", "old");
#undef FORGET

/* The audit trail (audit.h). What an entry says is in its line alone, so that nothing can be altered beside it. */
static const char audit[] = "CREATE TABLE audit("
                            " number INTEGER PRIMARY KEY,"
                            " entry TEXT NOT NULL,"
                            " hash BLOB NOT NULL"
                            ") STRICT;";

/* What the store keeps for itself, by name: the key of digests in the trail. */
static const char secrets[] = "CREATE TABLE secret("
                              " name TEXT PRIMARY KEY,"
                              " value BLOB NOT NULL"
                              ") STRICT;";

/*
 * Persons are never deleted: the audit trail names them by number. unix_user is a name or a number, as it was given. Of
 * tokens and recovery codes only the SHA-256 is kept: they are random enough for that. totp_counter is that of the
 * last code that was taken. idle: seconds without use that end a token, or NULL. stepped: when password and code were
 * said last.
 */
static const char people[] = "CREATE TABLE person("
                             " number INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " login TEXT NOT NULL UNIQUE,"
                             " name TEXT NOT NULL,"
                             " organization TEXT NOT NULL,"
                             " scope TEXT NOT NULL,"
                             " duties INTEGER NOT NULL,"
                             " unix_user TEXT UNIQUE,"
                             " until INTEGER,"
                             " disabled INTEGER,"
                             " made INTEGER NOT NULL,"
                             " password TEXT,"
                             " totp BLOB,"
                             " totp_counter INTEGER NOT NULL DEFAULT 0"
                             ") STRICT;"
                             "CREATE TABLE person_address("
                             " person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,"
                             " address TEXT NOT NULL,"
                             " PRIMARY KEY(person, address)"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE TABLE token("
                             " hash BLOB PRIMARY KEY,"
                             " person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,"
                             " made INTEGER NOT NULL,"
                             " used INTEGER NOT NULL,"
                             " idle INTEGER,"
                             " until INTEGER NOT NULL,"
                             " known_by TEXT NOT NULL DEFAULT 'token',"
                             " stepped INTEGER NOT NULL DEFAULT 0"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX token_person ON token(person);"
                             "CREATE TABLE recovery_code("
                             " person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,"
                             " hash BLOB NOT NULL,"
                             " PRIMARY KEY(person, hash)"
                             ") STRICT, WITHOUT ROWID;";

/* Logins and addresses of clients that failed, by the SHA-256 of what was typed: whether there is such a person makes
 * no difference. */
static const char sign_in[] = "CREATE TABLE sign_in("
                              " login BLOB PRIMARY KEY,"
                              " failures INTEGER NOT NULL,"
                              " retry_at INTEGER NOT NULL,"
                              " noted INTEGER NOT NULL DEFAULT 0"
                              ") STRICT, WITHOUT ROWID;"
                              "CREATE INDEX sign_in_retry_at ON sign_in(retry_at);";

/*
 * What is asked for (request.h). A request outlives its mail, hence by receipt and not by reference; number is never
 * given twice: the Message-ID of what is sent follows from it. person 0 is the machine's owner. tries: how often it
 * came back unsent since a person last said something of it. Parts in their order in the mail.
 */
static const char requests[] = "CREATE TABLE request("
                               " number INTEGER PRIMARY KEY AUTOINCREMENT,"
                               " receipt TEXT NOT NULL,"
                               " organization TEXT NOT NULL,"
                               " person INTEGER NOT NULL,"
                               " state TEXT NOT NULL,"
                               " needed INTEGER NOT NULL,"
                               " made INTEGER NOT NULL,"
                               " decided INTEGER NOT NULL DEFAULT 0,"
                               " ended INTEGER NOT NULL DEFAULT 0,"
                               " tries INTEGER NOT NULL DEFAULT 0,"
                               " try_after INTEGER NOT NULL DEFAULT 0,"
                               " erased INTEGER NOT NULL DEFAULT 0,"
                               " reason TEXT NOT NULL,"
                               " result TEXT NOT NULL DEFAULT ''"
                               ") STRICT;"
                               "CREATE INDEX request_state ON request(state, decided, organization, person, made);"
                               "CREATE INDEX request_receipt ON request(receipt);"
                               "CREATE INDEX request_person ON request(person, number);"
                               "CREATE TABLE request_part("
                               " request INTEGER NOT NULL REFERENCES request ON DELETE CASCADE,"
                               " position INTEGER NOT NULL,"
                               " path TEXT NOT NULL,"
                               " name TEXT NOT NULL,"
                               " found TEXT NOT NULL,"
                               " size INTEGER NOT NULL,"
                               " sha256 BLOB NOT NULL,"
                               " PRIMARY KEY(request, position)"
                               ") STRICT, WITHOUT ROWID;"
                               "CREATE TABLE request_address("
                               " request INTEGER NOT NULL REFERENCES request ON DELETE CASCADE,"
                               " address TEXT NOT NULL COLLATE NOCASE,"
                               " PRIMARY KEY(request, address)"
                               ") STRICT, WITHOUT ROWID;"
                               "CREATE TABLE approval("
                               " request INTEGER NOT NULL REFERENCES request ON DELETE CASCADE,"
                               " person INTEGER NOT NULL,"
                               " time INTEGER NOT NULL,"
                               " reason TEXT NOT NULL,"
                               " PRIMARY KEY(request, person)"
                               ") STRICT, WITHOUT ROWID;";

/* What people are to be told (letter.h). given: to the release role, and not answered for. Kept for a while after
 * sent, for the rate. */
static const char letters[] = "CREATE TABLE letter("
                              " number INTEGER PRIMARY KEY AUTOINCREMENT,"
                              " kind TEXT NOT NULL,"
                              " person INTEGER NOT NULL,"
                              " address TEXT NOT NULL,"
                              " time INTEGER NOT NULL,"
                              " request INTEGER NOT NULL,"
                              " count INTEGER NOT NULL,"
                              " oldest INTEGER NOT NULL,"
                              " tries INTEGER NOT NULL DEFAULT 0,"
                              " try_after INTEGER NOT NULL DEFAULT 0,"
                              " given INTEGER NOT NULL DEFAULT 0,"
                              " sent INTEGER NOT NULL DEFAULT 0"
                              ") STRICT;";

/* Whose mail it is, by its recipients, as the configuration said when it came. Mail that came before there
 * were organizations is that of the one without a name. */
static const char organizations[] =
        "CREATE TABLE mail_organization("
        " organization TEXT NOT NULL,"
        " time INTEGER NOT NULL,"
        " mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,"
        " PRIMARY KEY(organization, time, mail)"
        ") STRICT, WITHOUT ROWID;"
        "CREATE UNIQUE INDEX mail_organization_mail ON mail_organization(mail, organization);"
        "INSERT INTO mail_organization(organization, time, mail)"
        " SELECT '', time, id FROM mail;";

/* What is kept of each organization, kept true by triggers: a mail that is erased takes its share with it, whoever
 * erases it. A row that has no original counts for nothing. */
static const char usage[] = "CREATE TABLE organization("
                            " name TEXT PRIMARY KEY,"
                            " mails INTEGER NOT NULL,"
                            " octets INTEGER NOT NULL"
                            ") STRICT, WITHOUT ROWID;"
                            "INSERT INTO organization(name, mails, octets)"
                            " SELECT organization, count(receipt), sum(iif(receipt IS NULL, 0, size))"
                            " FROM mail_organization JOIN mail ON id = mail GROUP BY organization;"
                            "CREATE TRIGGER organization_gains AFTER INSERT ON mail_organization BEGIN"
                            " INSERT INTO organization(name, mails, octets)"
                            " SELECT new.organization, receipt IS NOT NULL, iif(receipt IS NULL, 0, size)"
                            " FROM mail WHERE id = new.mail"
                            " ON CONFLICT(name) DO UPDATE SET"
                            " mails = mails + excluded.mails, octets = octets + excluded.octets;"
                            "END;"
                            "CREATE TRIGGER organization_loses BEFORE DELETE ON mail WHEN old.receipt IS NOT NULL BEGIN"
                            " UPDATE organization SET mails = mails - 1, octets = octets - old.size"
                            " WHERE name IN (SELECT organization FROM mail_organization WHERE mail = old.id);"
                            "END;";

/* What may not be erased (hold.h). The reference has no way out: a mail on hold cannot be deleted by any statement. */
static const char holds[] = "CREATE TABLE hold("
                            " id INTEGER PRIMARY KEY,"
                            " name TEXT NOT NULL UNIQUE,"
                            " organization TEXT NOT NULL,"
                            " until INTEGER NOT NULL,"
                            " made INTEGER NOT NULL,"
                            " actor TEXT NOT NULL"
                            ") STRICT;"
                            "CREATE TABLE hold_mail("
                            " mail INTEGER NOT NULL REFERENCES mail,"
                            " hold INTEGER NOT NULL REFERENCES hold ON DELETE CASCADE,"
                            " PRIMARY KEY(mail, hold)"
                            ") STRICT, WITHOUT ROWID;"
                            "CREATE INDEX hold_mail_hold ON hold_mail(hold);";

/* When mail was last looked through for what is to be erased, before which time nothing is (retention.h), and the
 * highest serial of what was: no receipt is given twice. */
static const char retention[] = "CREATE TABLE retention("
                                " last_run INTEGER NOT NULL,"
                                " not_before INTEGER NOT NULL,"
                                " last_serial INTEGER NOT NULL"
                                ") STRICT;"
                                "INSERT INTO retention VALUES(0, 0, -1);";

/* What leads from the version before to this one: statements, each part by itself. */
static const char *const steps[MG_SCHEMA_VERSION + 1][16] = {
        [1] = {version_1},
        [2] = {stored, scanned, kept, terms, audit, secrets, people, sign_in, requests, letters, organizations, usage,
               holds, retention},
};

static gboolean take_step(sqlite3 *db, guint version, GError **error) {
        g_autofree char *mark = g_strdup_printf("PRAGMA user_version = %u", version);

        for (guint i = 0; i < G_N_ELEMENTS(steps[version]) && steps[version][i]; i++)
                if (!mg_sql_do(db, steps[version][i], error))
                        return FALSE;
        return mg_sql_do(db, mark, error);
}

/* The connection of who fails here is closed, and with it the transaction is gone. */
static gboolean take_steps(sqlite3 *db, guint version, GError **error) {
        if (!mg_sql_do(db, "BEGIN EXCLUSIVE", error))
                return FALSE;
        while (version < MG_SCHEMA_VERSION)
                if (!take_step(db, ++version, error))
                        return FALSE;
        return mg_sql_do(db, "COMMIT", error);
}

/* Who starts a new release on an old index sees why no mail is taken yet. */
static gboolean bring_up(sqlite3 *db, const char *path, guint version, GError **error) {
        mg_log(MG_LOG_INFO, "%s is brought from schema version %u to %d; until then no mail is taken", path, version,
               MG_SCHEMA_VERSION);
        if (!take_steps(db, version, error)) {
                g_prefix_error(error, "%s stays as it was, of schema version %u: ", path, version);
                return FALSE;
        }
        mg_log(MG_LOG_INFO, "%s has schema version %d", path, MG_SCHEMA_VERSION);
        return TRUE;
}

gboolean mg_schema_take(sqlite3 *db, const char *path, GError **error) {
        gint64 version, tables;

        if (!mg_sql_number(db, "PRAGMA user_version", &version, error) ||
            !mg_sql_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error))
                return FALSE;
        if (version == MG_SCHEMA_VERSION)
                return TRUE;
        if (version == 0 && tables == 0)
                return take_steps(db, 0, error);
        if (version > 0 && version < MG_SCHEMA_VERSION)
                return bring_up(db, path, (guint)version, error);
        g_set_error(error, MG_ERROR, MG_ERROR_CONFIG,
                    "%s has schema version %" G_GINT64_FORMAT ", this program knows version %d: %s", path, version,
                    MG_SCHEMA_VERSION,
                    version > MG_SCHEMA_VERSION ? "a newer mugai made it; start that one" : "it is no index of mugai");
        return FALSE;
}
