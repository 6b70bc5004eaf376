/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/*
 * alarm: the alarms that canaries raise, for the role that raises them and for the command that shows them
 *
 * X(name, word, sentence in Japanese, in English, what to do in Japanese, in English). The role monitor has a figure for each, 1 while it
 * stands: MG_ALARM_FIGURE and the word, with _ for -.
 */
#define MG_ALARMS(X)                                                                                                   \
        X(UNSAFE, "unsafe", "検査用メールが無害化されずに届きました。",                                                \
          "A canary came through without being sanitized.",                                                            \
          "受信を止め (postfix stop)、mugai check --postfix で経路を確かめてください。",                               \
          "Stop the entrance (postfix stop) and look for the way around: mugai check --postfix")                       \
        X(DIFFERENT, "different", "検査用メールの内容が、期待した文と違います。",                                      \
          "A canary came out as another text than it should.",                                                         \
          "mugai status で処理プロセスを確かめ、そのメールを mugai trace で探してください。",                          \
          "See that the roles are up (mugai status), and what became of the mail (mugai trace)")                       \
        X(SILENT, "silent", "検査用メールが、受け付けられた後、時間内に届きません。",                                  \
          "A canary was taken and did not come out in time.",                                                          \
          "キュー (postqueue -p) と、検査用ドメインの transport の行を確かめてください。",                             \
          "Look at the queue (postqueue -p) and at the transport of the canary's domain")                              \
        X(ENTRANCE, "entrance", "受信の入口が、検査用メールを受け付けません。",                                        \
          "The entrance does not take a canary.",                                                                      \
          "mugai status と Postfix のログで、止まっている役割を確かめてください。",                                    \
          "See which role is down (mugai status), and what Postfix's log says")                                        \
        X(NEXT_HOP, "next-hop", "次の中継先 (LGWAN 側) が応答しません。", "The next hop does not answer.",             \
          "中継先と経路を確かめてください。届かないメールは Postfix のキューで待ちます。",                             \
          "See that it is up and reached; mail for it waits in Postfix's queue")                                       \
        X(CLOCK, "clock", "このホストの時計が信用できません。", "The clock of this host cannot be believed.",          \
          "時刻同期 (chronyc tracking、timedatectl) を確かめてください。",                                             \
          "Look at what sets it (chronyc tracking, timedatectl)")

typedef enum MgAlarm {
#define MG_ALARM_NAME(name, word, ja, en, do_ja, do_en) MG_ALARM_##name,
        MG_ALARMS(MG_ALARM_NAME)
#undef MG_ALARM_NAME
                _MG_ALARM_N,
} MgAlarm;

typedef struct MgAlarmRow {
        const char *word;
        const char *ja;
        const char *en;
        const char *do_ja;
        const char *do_en;
} MgAlarmRow;

const MgAlarmRow *mg_alarm_row(MgAlarm alarm);

#define MG_ALARM_FIGURE "alarm_"
/* "alarm_next_hop". Caller frees. */
char *mg_alarm_figure(MgAlarm alarm);
