/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations in words (row B22): what is asked, when by both clocks, how often, who. */
#include "sanitize/calendar.h"

#include "../used.h"
#include "mails.h"
#include "sanitize/moment.h"
#include "sanitize/recur.h"
#include "sanitize/zone.h"

#define BEGIN "BEGIN:VCALENDAR\n"
#define EVENT "BEGIN:VEVENT\n"
#define END "END:VEVENT\nEND:VCALENDAR\n"
/* A zone with a name of its own, so that no table knows it. */
#define ZONE                                                                                                           \
        "BEGIN:VTIMEZONE\nTZID:My "                                                                                    \
        "Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"                        \
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\n"             \
        "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"

static const struct {
        const char *id;
        const char *calendar;
        const char *text;
} rows[] = {
        {"tokyo",
         BEGIN "METHOD:REQUEST\n" EVENT "DTSTART;TZID=Asia/Tokyo:20260401T090000\nSUMMARY:会議\\, 第\n 1回\n" END,
         "[予定 / Calendar] 招待 / Invitation\n件名 / Summary: 会議, 第1回\n"
         "開始 / Start: 2026-04-01 (水 Wed) 09:00 日本時間 / Japan time\n"},
        {"utc", BEGIN EVENT "DTSTART:20260401T200000Z\nDURATION:PT1H30M\n" END,
         "[予定 / Calendar]\n開始 / Start: 2026-04-02 (木 Thu) 05:00 日本時間 / Japan time\n"
         "  差出人の時間帯 / Sender's time zone: 2026-04-01 (水 Wed) 20:00 +0000\n"
         "終了 / End: 2026-04-02 (木 Thu) 06:30 日本時間 / Japan time\n"
         "  差出人の時間帯 / Sender's time zone: 2026-04-01 (水 Wed) 21:30 +0000\n"},
        {"vtimezone-winter", BEGIN ZONE EVENT "DTSTART;TZID=\"My Zone\":20260115T100000\n" END,
         "[予定 / Calendar]\n開始 / Start: 2026-01-15 (木 Thu) 18:00 日本時間 / Japan time\n"
         "  差出人の時間帯 / Sender's time zone: 2026-01-15 (木 Thu) 10:00 +0100 (My Zone)\n"},
        {"vtimezone-summer-after", BEGIN EVENT "DTSTART;TZID=My Zone:20260715T100000\nEND:VEVENT\n" ZONE,
         "[予定 / Calendar]\n開始 / Start: 2026-07-15 (水 Wed) 17:00 日本時間 / Japan time\n"
         "  差出人の時間帯 / Sender's time zone: 2026-07-15 (水 Wed) 10:00 +0200 (My Zone)\n"},
        {"windows-zone", BEGIN EVENT "DTSTART;TZID=Pacific Standard Time:20260715T100000\n" END,
         "[予定 / Calendar]\n開始 / Start: 2026-07-16 (木 Thu) 02:00 日本時間 / Japan time\n"
         "  差出人の時間帯 / Sender's time zone: 2026-07-15 (水 Wed) 10:00 -0700 (Pacific Standard Time)\n"},
        {"unknown-zone", BEGIN EVENT "DTSTART;TZID=Mars:20260715T100000\nDTEND:20260715T110000\n" END,
         "[予定 / Calendar]\n開始 / Start: 2026-07-15 (水 Wed) 10:00 (Mars)\n"
         "終了 / End: 2026-07-15 (水 Wed) 11:00 (時間帯の指定なし / no time zone)\n"},
        {"all-day", BEGIN EVENT "DTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260504\n" END,
         "[予定 / Calendar]\n開始 / Start: 2026-05-01 (金 Fri) 終日 / all day\n"
         "終了 / End: 2026-05-03 (日 Sun) 終日 / all day\n"},
        {"unreadable", BEGIN EVENT "DTSTART:tomorrow\nDTEND:20261332T250000\n" END,
         "[予定 / Calendar]\n開始 / Start: tomorrow\n終了 / End: 20261332T250000\n"},
        {"cancel",
         BEGIN "METHOD:CANCEL\n" EVENT "SUMMARY:x\nSTATUS:CANCELLED\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10\n" END,
         "[予定 / Calendar] 取り消し / Cancellation\n件名 / Summary: x\n"
         "くり返し / Repeats: 毎週 月・水、10回 / every week: Mon, Wed, 10 times\n状態 / Status: 取り消し / "
         "cancelled\n"},
        {"update", BEGIN "METHOD:REQUEST\n" EVENT "SUMMARY:x\nSEQUENCE:2\n" END,
         "[予定 / Calendar] 変更 / Update\n件名 / Summary: x\n"},
        {"reply",
         BEGIN "METHOD:REPLY\n" EVENT "ORGANIZER;CN=課長:mailto:b@example.jp\n"
               "ATTENDEE;PARTSTAT=DECLINED;CN=\"山田; 太郎\":MAILTO:a@example.jp\nATTENDEE:mailto:c@example.jp\n" END,
         "[予定 / Calendar] 返信 / Reply\n主催者 / Organizer: 課長 <b@example.jp>\n"
         "出席者 / Attendees: 山田; 太郎 <a@example.jp> (欠席 / declined), c@example.jp\n"},
        {"B22-active",
         BEGIN EVENT
         "SUMMARY:x\nX-ALT-DESC;FMTTYPE=text/html:<script>evil</script>\nATTACH;ENCODING=BASE64;VALUE=BINARY:"
         "ZXZpbA==\nATTACH:http://evil.example/x.htm\nURL:http://evil.example/\nBEGIN:VALARM\nSUMMARY:evil\n"
         "ATTACH:evil\nEND:VALARM\nDESCRIPTION:one\\ntwo\nLOCATION:201\n" END,
         "[予定 / Calendar]\n件名 / Summary: x\n場所 / Location: 201\n説明 / Description:\none\ntwo\n"},
        {"task", BEGIN "BEGIN:VTODO\nDUE:20260401T000000Z\nSUMMARY:x\nEND:VTODO\n",
         "[予定 / Calendar]\n件名 / Summary: x\n期限 / Due: 2026-04-01 (水 Wed) 09:00 日本時間 / Japan time\n"
         "  差出人の時間帯 / Sender's time zone: 2026-04-01 (水 Wed) 00:00 +0000\n"},
        {"two", BEGIN EVENT "SUMMARY:a\nEND:VEVENT\n" EVENT "SUMMARY:b\n" END,
         "[予定 / Calendar]\n件名 / Summary: a\n\n件名 / Summary: b\n"},
        {"no-event", BEGIN "METHOD:REQUEST\n" ZONE, ""},
        {"empty", "", ""},
};

static void test_rows(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].id);
                g_autoptr(GString) text = mg_calendar_summary(rows[i].calendar, strlen(rows[i].calendar));
                g_assert_cmpstr(text->str, ==, rows[i].text);
        }
}

/* Ten events and twenty attendees are shown, the others counted. */
static void test_many(void) {
        g_autoptr(GString) calendar = g_string_new(BEGIN);
        for (guint i = 0; i < 13; i++) {
                g_string_append_printf(calendar, EVENT "SUMMARY:s%u\n", i);
                for (guint k = 0; k < 25; k++)
                        g_string_append_printf(calendar, "ATTENDEE:mailto:a%u@example.jp\n", k);
                g_string_append(calendar, "END:VEVENT\n");
        }
        g_autoptr(GString) text = mg_calendar_summary(calendar->str, calendar->len);
        g_assert_nonnull(strstr(text->str, "s9\n"));
        g_assert_null(strstr(text->str, "s10\n"));
        g_assert_nonnull(strstr(text->str, "a19@example.jp, ほか5人 / and 5 more\n"));
        g_assert_null(strstr(text->str, "a20@"));
        g_assert_nonnull(strstr(text->str, "ほか3件の予定 / and 3 more events\n"));
}

static void test_recur(void) {
        static const struct {
                const char *rule, *text;
        } rules[] = {
                {"FREQ=DAILY", "毎日 / every day"},
                {"FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2週ごと 金 / every 2 weeks: Fri"},
                {"FREQ=MONTHLY;BYDAY=1MO,-1FR", "毎月 第1月・最終金 / every month: no. 1 Mon, last Fri"},
                {"FREQ=YEARLY;UNTIL=20261231", "毎年、2026-12-31 (木 Thu)まで / every year, until then"},
                {"FREQ=MONTHLY;BYMONTHDAY=5", "毎月（ほかに条件あり） / every month (under further conditions)"},
                {"FREQ=SECONDLY", "くり返しあり / repeats"},
                {"", "くり返しあり / repeats"},
        };
        for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
                g_autoptr(GString) text = g_string_new(NULL);
                mg_recur_append(text, rules[i].rule);
                g_assert_cmpstr(text->str, ==, rules[i].text);
        }
}

/* Every day of 600 years against GLib's calendar. */
static void test_moment(void) {
        g_autoptr(GDateTime) begin = g_date_time_new_utc(1700, 1, 1, 0, 0, 0);
        gint64 local = g_date_time_to_unix(begin);
        for (guint i = 0; i < 220000; i++, local += 86400) {
                g_autoptr(GDateTime) day = g_date_time_new_from_unix_utc(local);
                int year = g_date_time_get_year(day), month = g_date_time_get_month(day);
                g_assert_cmpint(mg_moment_make(year, month, g_date_time_get_day_of_month(day), 0, 0, 0), ==, local);
                g_assert_cmpint(mg_moment_year(local), ==, year);
                g_assert_cmpint(mg_moment_weekday(local), ==, g_date_time_get_day_of_week(day) % 7);
        }
        g_assert_cmpint(mg_moment_nth(2026, 3, -1, 0), ==, mg_moment_make(2026, 3, 29, 0, 0, 0));
        g_assert_cmpint(mg_moment_nth(2026, 12, -2, 4), ==, mg_moment_make(2026, 12, 24, 0, 0, 0));
        g_assert_cmpint(mg_moment_nth(2026, 3, 2, 0), ==, mg_moment_make(2026, 3, 8, 0, 0, 0));
}

static void test_zones(void) {
        static const struct {
                const char *zone, *time;
                int offset;
        } changes[] = {
                {"Europe/Paris", "20260329T015900", 3600},       {"Europe/Paris", "20260329T030000", 7200},
                {"GMT Standard Time", "20260329T005900", 0},     {"GMT Standard Time", "20260701T120000", 3600},
                {"Europe/Paris", "20261025T040000", 3600},       {"Eastern Standard Time", "20260308T015900", -18000},
                {"America/New_York", "20260308T030000", -14400}, {"America/New_York", "20261101T030000", -18000},
                {"Australia/Sydney", "20260115T120000", 39600},  {"Australia/Sydney", "20260701T120000", 36000},
                {"asia/tokyo", "20260701T120000", 32400},        {"India Standard Time", "20260701T120000", 19800},
        };
        g_autoptr(MgZones) zones = mg_zones_read("");
        for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
                gint64 local;
                gboolean clock, utc;
                int offset = 0;
                g_assert_true(mg_zone_time(changes[i].time, &local, &clock, &utc));
                g_assert_true(mg_zones_offset(zones, changes[i].zone, local, &offset));
                g_test_message("%s %s", changes[i].zone, changes[i].time);
                g_assert_cmpint(offset, ==, changes[i].offset);
        }
}

static void test_linear(void) {
        static const char *const pieces[] = {EVENT,
                                             EVENT "END:VEVENT\n",
                                             "BEGIN:VTIMEZONE\n",
                                             "A:b\n",
                                             "A;B=\"",
                                             "\n ",
                                             "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nEND:STANDARD\nEND:VTIMEZONE\n",
                                             EVENT "ATTENDEE:x\n",
                                             "ATTENDEE;CN=\"a\";CN=b:x\n"};
        for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
                g_autoptr(GString) calendar = g_string_new(BEGIN EVENT);
                while (calendar->len < 4000000)
                        g_string_append(calendar, pieces[i]);
                gint64 begin = used_time();
                g_autoptr(GString) text = mg_calendar_summary(calendar->str, calendar->len);
                g_test_message("%s %.2f s", pieces[i], (used_time() - begin) / 1e6);
                g_assert_cmpuint(text->len, <, 200000);
                g_assert_cmpint(used_time() - begin, <, 20 * G_USEC_PER_SEC);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/calendar/rows", test_rows);
        g_test_add_func("/calendar/many", test_many);
        g_test_add_func("/calendar/recur", test_recur);
        g_test_add_func("/calendar/moment", test_moment);
        g_test_add_func("/calendar/zones", test_zones);
        g_test_add_func("/calendar/linear", test_linear);
        return g_test_run();
}
