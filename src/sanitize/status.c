/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why mail does not arrive, by the codes of RFC 3463 and the registry of RFC 5248. Says what the code says: whether the
 * system that gave it is right is not known here.
 */
#include "sanitize/status.h"

typedef struct Row {
        int subject;
        int detail; /* -1: any of the subject */
        MgStatusWords words;
} Row;

/* Rows of a subject end with the one for all of its details. */
static const Row rows[] = {
        {1, 1, {"宛先のメールアドレスが存在しません", "the mail address does not exist"}},
        {1, 2, {"宛先のドメイン（＠より右）が存在しません", "the domain of the address does not exist"}},
        {1, 3, {"宛先のメールアドレスの書き方が正しくありません", "the mail address is not written correctly"}},
        {1, 4, {"宛先を一つに決められません", "the mail address is ambiguous"}},
        {1, 6, {"宛先の人は別のアドレスに移りました", "the recipient has moved"}},
        {1, 7, {"差出人のアドレスの書き方が正しくありません", "the sender's address is not written correctly"}},
        {1, 8, {"差出人のアドレスが受け付けられません", "the sender's address is not accepted"}},
        {1, 10, {"宛先のドメインはメールを受け取りません", "the domain accepts no mail"}},
        {1, -1, {"宛先のメールアドレスに問題があります", "there is a problem with the mail address"}},
        {2, 1, {"宛先のメールボックスは使われていません", "the mailbox is disabled"}},
        {2, 2, {"宛先のメールボックスがいっぱいです", "the mailbox is full"}},
        {2, 3, {"宛先の受け取れる大きさを超えています", "the message is too large for the mailbox"}},
        {2, 4, {"メーリングリストの配信に問題があります", "the mailing list could not be expanded"}},
        {2, -1, {"宛先のメールボックスに問題があります", "there is a problem with the mailbox"}},
        {3, 1, {"受信側のサーバーの容量が足りません", "the receiving system is full"}},
        {3, 2, {"受信側のサーバーが受け付けていません", "the receiving system accepts no mail now"}},
        {3, 4, {"メールが大きすぎます", "the message is too large for the receiving system"}},
        {3, -1, {"受信側のサーバーに問題があります", "there is a problem with the receiving system"}},
        {4, 1, {"受信側のサーバーが応答しません", "the receiving system does not answer"}},
        {4, 2, {"通信が途中で切れました", "the connection was lost"}},
        {4, 3, {"宛先を調べる仕組み（DNS など）に問題があります", "a directory (DNS) does not work"}},
        {4, 4, {"配送先を見つけられません", "no route to the recipient was found"}},
        {4, 6, {"メールが堂々巡りしています", "the message goes round in a loop"}},
        {4, 7, {"期限までに届けられませんでした", "the time for delivery has passed"}},
        {4, -1, {"通信経路に問題があります", "there is a problem with the network"}},
        {5, 3, {"宛先の数が多すぎます", "there are too many recipients"}},
        {5, -1, {"送受信の手順に問題があります", "there is a problem with the mail protocol"}},
        {6, -1, {"メールの形式や内容を扱えません", "the content of the message cannot be handled"}},
        {7, 1, {"受信側の規則により配送が断られました", "delivery was refused by a rule of the receiver"}},
        {7, 2, {"メーリングリストに投稿する権限がありません", "posting to the mailing list is not allowed"}},
        {7, 20, {"送信元の認証（DKIM）に通りませんでした", "the sender could not be authenticated (DKIM)"}},
        {7, 23, {"送信元の認証（SPF）に通りませんでした", "the sender could not be authenticated (SPF)"}},
        {7, 25, {"送信元サーバーの名前を確かめられません", "the name of the sending system could not be verified"}},
        {7, 26, {"送信元の認証に通りませんでした", "the sender could not be authenticated"}},
        {7, 28, {"短い間に送られた数が多すぎます", "too much mail was sent in a short time"}},
        {7, -1, {"安全上の規則により断られました", "refused by a security rule"}},
};

/* By class, where the subject says nothing. */
static const MgStatusWords classes[] = {
        ['2'] = {"届きました", "delivered"},
        ['4'] = {"一時的に届けられません", "temporarily not deliverable"},
        ['5'] = {"届けられません", "not deliverable"},
};

/* At most three digits (RFC 3463 section 2); -1: none. */
static int number(const char **s) {
        int value = -1;
        for (guint i = 0; i < 3 && g_ascii_isdigit(**s); i++, (*s)++)
                value = MAX(value, 0) * 10 + (**s - '0');
        return value;
}

const MgStatusWords *mg_status_words(const char *s, gsize *n) {
        const char *p = s;
        *n = 0;
        if ((*p != '2' && *p != '4' && *p != '5') || p[1] != '.')
                return NULL;
        p += 2;
        int subject = number(&p);
        if (subject < 0 || *p != '.')
                return NULL;
        p++;
        int detail = number(&p);
        if (detail < 0 || g_ascii_isdigit(*p))
                return NULL;
        *n = p - s;
        for (gsize i = 0; i < G_N_ELEMENTS(rows) && *s != '2'; i++)
                if (rows[i].subject == subject && (rows[i].detail == detail || rows[i].detail < 0))
                        return &rows[i].words;
        return &classes[(guint8)*s];
}
