/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two mails, octet by octet, and what has to become of them. Sends nothing and reads nothing.
 */
#include "monitor/canary_mail.h"

#include <string.h>
#include <sys/random.h>

/* What stands in the dangerous places of a mail. Words that occur nowhere else. */
#define MARK_SCRIPT "canaryscriptmark"
#define MARK_HIDDEN "canaryhiddenmark"
#define MARK_HANDLER "canaryhandlermark"
#define MARK_FIELD "canaryfieldmark"
#define MARK_PROGRAM "canaryprogrammark"
#define MARK_MACRO "canarymacromark"
#define MARK_FILE "canaryfilemark"

#define BAD_TEXT "This is the visible text of the canary."

static const char *const names[_MG_CANARY_KIND_N] = {"bad", "japanese"};

static const char *const bad_text[] = {BAD_TEXT, NULL};
static const char *const bad_names[] = {"invoice.zip", "order.xlsm", NULL};
static const char *const bad_marks[] = {MARK_SCRIPT,  MARK_HIDDEN, MARK_HANDLER, MARK_FIELD,
                                        MARK_PROGRAM, MARK_MACRO,  NULL};
static const char *const japanese_text[] = {"これは①㈱Ⅱ№の確認です。", "ﾊﾝｶｸｶﾅも読めます。", "髙橋・山﨑", NULL};
static const char *const japanese_text_jis[] = {"これは(1)(株)IINoの確認です。", "ハンカクカナも読めます。",
                                                "高橋・山崎", NULL};
static const char *const japanese_names[] = {"確認①資料.pdf", NULL};
static const char *const japanese_names_jis[] = {"確認(1)資料.pdf", NULL};
static const char *const japanese_marks[] = {MARK_FILE, NULL};

static const MgCanaryWant wants[_MG_CANARY_KIND_N] = {
        [MG_CANARY_BAD] = {bad_text, bad_text, bad_names, bad_names, bad_marks},
        [MG_CANARY_JAPANESE] = {japanese_text, japanese_text_jis, japanese_names, japanese_names_jis, japanese_marks},
};

const MgCanaryWant *mg_canary_want(MgCanaryKind kind) {
        return &wants[kind];
}

const char *mg_canary_name(MgCanaryKind kind) {
        return names[kind];
}

const char *mg_canary_subject(MgCanaryKind kind) {
        static const char *const subjects[_MG_CANARY_KIND_N] = {"mugai canary", "無害化の確認"};

        return subjects[kind];
}

char *mg_canary_token(void) {
        guint64 number = 0;

        /* So few octets come at once, and never fail once the kernel has its seed. */
        (void)!getrandom(&number, sizeof number, 0);
        return g_strdup_printf("%016" G_GINT64_MODIFIER "x", number);
}

char *mg_canary_address(MgCanaryKind kind, const char *token, const char *domain) {
        return g_strdup_printf("%s-%s@%s", names[kind], token, domain);
}

MgCanaryKind mg_canary_kind_of(const char *address, const char *token, const char *domain) {
        for (guint kind = 0; kind < _MG_CANARY_KIND_N; kind++) {
                g_autofree char *own = mg_canary_address(kind, token, domain);

                if (g_ascii_strcasecmp(own, address) == 0)
                        return kind;
        }
        return _MG_CANARY_KIND_N;
}

char *mg_canary_date(gint64 time) {
        static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(time);

        if (!at)
                return g_strdup("Thu, 01 Jan 1970 00:00:00 +0000");
        /* Not by the locale. */
        return g_strdup_printf("%s, %02d %s %04d %02d:%02d:%02d +0000", days[g_date_time_get_day_of_week(at) - 1],
                               g_date_time_get_day_of_month(at), months[g_date_time_get_month(at) - 1],
                               g_date_time_get_year(at), g_date_time_get_hour(at), g_date_time_get_minute(at),
                               g_date_time_get_second(at));
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static void put_le(GByteArray *out, guint32 value, guint octets) {
        for (guint i = 0; i < octets; i++) {
                const guint8 octet = (guint8)(value >> (8 * i));

                g_byte_array_append(out, &octet, 1);
        }
}

static void put(GByteArray *out, const char *text) {
        g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
}

static void pad(GByteArray *out, guint to) {
        while (out->len < to)
                put_le(out, 0, 1);
}

static guint32 crc32_of(const GByteArray *data) {
        guint32 crc = 0xffffffff;

        for (guint i = 0; i < data->len; i++) {
                crc ^= data->data[i];
                for (guint bit = 0; bit < 8; bit++)
                        crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
        }
        return ~crc;
}

/* What both headers of a member of a ZIP say. */
static void put_member(GByteArray *zip, const char *name, const GByteArray *file) {
        put_le(zip, 10, 2);         /* needs version 1.0 */
        put_le(zip, 0, 2);          /* no flag */
        put_le(zip, 0, 2);          /* stored */
        put_le(zip, 0x00210000, 4); /* 1980-01-01 00:00 */
        put_le(zip, crc32_of(file), 4);
        put_le(zip, file->len, 4);
        put_le(zip, file->len, 4);
        put_le(zip, (guint32)strlen(name), 2);
        put_le(zip, 0, 2); /* no extra field */
}

/* A ZIP of one stored file. Takes file. */
static GByteArray *zip_of(const char *name, GByteArray *file) {
        GByteArray *zip = g_byte_array_new();
        guint directory;

        put(zip, "PK\3\4");
        put_member(zip, name, file);
        put(zip, name);
        g_byte_array_append(zip, file->data, file->len);
        directory = zip->len;
        put(zip, "PK\1\2");
        put_le(zip, 10, 2);
        put_member(zip, name, file);
        put_le(zip, 0, 4); /* no comment; on this disk */
        put_le(zip, 0, 2);
        put_le(zip, 0, 4);
        put_le(zip, 0, 4); /* begins at 0 */
        put(zip, name);
        const guint length = zip->len - directory;
        put(zip, "PK\5\6");
        put_le(zip, 0, 4);
        put_le(zip, 1, 2);
        put_le(zip, 1, 2);
        put_le(zip, length, 4);
        put_le(zip, directory, 4);
        put_le(zip, 0, 2);
        g_byte_array_unref(file);
        return zip;
}

/* The headers of a Windows program and no code. */
static GByteArray *program(void) {
        GByteArray *file = g_byte_array_new();

        put(file, "MZ");
        pad(file, 60);
        put_le(file, 64, 4);
        put(file, "PE");
        pad(file, 68);
        put_le(file, 0x14c, 2);
        pad(file, 88);
        put(file, MARK_PROGRAM);
        return file;
}

/* The first sector of an old Office file and no document. */
static GByteArray *macro_file(void) {
        GByteArray *file = g_byte_array_new();

        put(file, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
        pad(file, 512);
        put(file, "VBA " MARK_MACRO);
        return file;
}

static GByteArray *pdf_file(void) {
        GByteArray *file = g_byte_array_new();

        put(file, "%PDF-1.4\n%" MARK_FILE "\n%%EOF\n");
        return file;
}

/* --- mails -------------------------------------------------------------------------------------------------------- */

#define BOUNDARY "=_mugai_canary"
#define LINE_OCTETS 54 /* of a file in a line of base64 */

/* A part with that header, ended by its own CRLF. Takes file. */
static void put_file(GString *mail, const char *header, GByteArray *file) {
        g_string_append_printf(mail, "--" BOUNDARY "\r\n%sContent-Transfer-Encoding: base64\r\n\r\n", header);
        for (guint at = 0; at < file->len; at += LINE_OCTETS) {
                g_autofree char *line = g_base64_encode(file->data + at, MIN(LINE_OCTETS, file->len - at));

                g_string_append_printf(mail, "%s\r\n", line);
        }
        g_byte_array_unref(file);
}

static void put_head(GString *mail, MgCanaryKind kind, const char *token, const char *domain, gint64 time) {
        /* mg_canary_subject() as it is written. */
        static const char *const subjects[_MG_CANARY_KIND_N] = {"mugai canary",
                                                                "=?ISO-2022-JP?B?GyRCTDUzMjI9JE4zTkcnGyhC?="};
        g_autofree char *to = mg_canary_address(kind, token, domain), *date = mg_canary_date(time);

        g_string_append_printf(mail,
                               "From: <canary@%s>\r\nTo: <%s>\r\nSubject: %s %s\r\nDate: %s\r\nMessage-ID: <%s>\r\n"
                               "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                               "Content-Type: multipart/mixed; boundary=\"" BOUNDARY "\"\r\n",
                               domain, to, subjects[kind], token, date, to);
}

static void put_bad(GString *mail) {
        g_string_append(mail, "X-Mugai-Canary: " MARK_FIELD "\r\n\r\n--" BOUNDARY
                              "\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
                              "<html><body><p>" BAD_TEXT "</p>\r\n"
                              "<script>" MARK_SCRIPT "()</script>\r\n"
                              "<p style=\"display:none\">" MARK_HIDDEN "</p>\r\n"
                              "<p><a href=\"http://other.invalid/\">https://bank.invalid/</a></p>\r\n"
                              "<img src=\"http://other.invalid/x.png\" onerror=\"" MARK_HANDLER "()\">\r\n"
                              "</body></html>\r\n");
        put_file(mail,
                 "Content-Type: application/zip; name=\"invoice.zip\"\r\n"
                 "Content-Disposition: attachment; filename=\"invoice.zip\"\r\n",
                 zip_of("invoice.exe", program()));
        put_file(mail,
                 "Content-Type: application/vnd.ms-excel.sheet.macroEnabled.12\r\n"
                 "Content-Disposition: attachment; filename=\"order.xlsm\"\r\n",
                 macro_file());
}

/* The octets of japanese_text, as an old Windows client writes them; and its file name by RFC 2231. */
static void put_japanese(GString *mail) {
        g_string_append(mail, "\r\n--" BOUNDARY "\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n"
                              "Content-Transfer-Encoding: 7bit\r\n\r\n"
                              "\033$B$3$l$O-!-j-6-b$N3NG'$G$9!#\033(B\r\n"
                              "\033(IJ]686E\033$B$bFI$a$^$9!#\033(B\r\n"
                              "\033$B|b66!&;3yu\033(B\r\n");
        put_file(mail,
                 "Content-Type: application/pdf\r\n"
                 "Content-Disposition: attachment;\r\n"
                 " filename*=UTF-8''%E7%A2%BA%E8%AA%8D%E2%91%A0%E8%B3%87%E6%96%99.pdf\r\n",
                 pdf_file());
}

GBytes *mg_canary_mail(MgCanaryKind kind, const char *token, const char *domain, gint64 time) {
        GString *mail = g_string_new(NULL);

        put_head(mail, kind, token, domain, time);
        if (kind == MG_CANARY_BAD)
                put_bad(mail);
        else
                put_japanese(mail);
        g_string_append(mail, "--" BOUNDARY "--\r\n");
        return g_string_free_to_bytes(mail);
}
