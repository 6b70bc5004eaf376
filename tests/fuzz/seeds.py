#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The seeds of the fuzz targets: seeds.py FOLDER writes FOLDER/TARGET/seed-NAME.EXT, the same octets every time.

What a fuzzer found stands beside them under another name and is not made here."""
import base64
import gzip
import io
import pathlib
import sys
import tarfile
import zipfile

SUFFIX = {"archive": "bin", "authentication": "eml", "calendar": "ics", "charset": "bin", "header": "eml", "html": "html", "identify": "bin", "milter": "bin", "rules": "conf", "text": "txt", "walk": "eml", "wire": "bin"}
WORDS = "会計課 田中様 ご確認ください。ﾃｽﾄ①"


def charset():
    text = "日本語のメールです。会議は十日。"
    made = {f"label-{label}": f"{label}\n\n".encode() + text.encode(codec) for label, codec in (
        ("utf-8", "utf-8"), ("shift_jis", "cp932"), ("euc-jp", "euc_jp"), ("iso-2022-jp", "iso2022_jp"), ("gb18030", "gb18030"),
        ("utf-16", "utf-16"), ("utf-16be", "utf-16-be"), ("utf-32le", "utf-32-le"))}
    made |= {
        "ascii": b"us-ascii\n\nplain text\r\n",
        "big5": b"big5\n\n" + "會議".encode("big5"),
        "euc-kr": b"euc-kr\n\n" + "한국어".encode("euc_kr"),
        "latin": b"iso-8859-1\n\ncaf\xe9 \xa310",
        "cyrillic": b"koi8-r\nwindows-1251\n\xf0\xd2\xc9\xd7\xc5\xd4",
        "thai": b"tis-620\n\n\xca\xc7\xd1\xca\xb4\xd5",
        "wrong-label": b"iso-8859-1\nutf-8\n" + text.encode("cp932"),
        "no-label": b"\n\n" + text.encode("euc_jp"),
        "unknown-label": b"x-user-defined\nutf-7\n+ADw-script+AD4- \x80",
        "lost-escapes": b"iso-2022-jp\n\nde $B2q5D(B and $B2q5D",
        "empty-escapes": b"iso-2022-jp\n\nde\x1b$B\x1b(Blete \x1b(Ia\x1b(J\\~\x1b$(D0!\x1b$(Q!!\x1b&@\x1b$B!!",
        "kana": b"iso-2022-jp\n\n\x0eD=D\x0f \x1b(I1234\x1b(B",
        "euc-three": b"euc-jp\n\n\x8f\xb0\xa1\x8e\xb1\xad\xa1\xfc\xf1",
        "gaiji": b"shift_jis\n\n\xf0\x40\x87\x40\xed\x40\xfb\xfc\xf9\xfc",
        "overlong": b"utf-8\n\n\xc0\xbc\xe0\x80\xbc\xed\xa0\x80\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
        "mark": b"shift_jis\n\n\xef\xbb\xbf" + text.encode(),
        "odd-utf-16": b"utf-16le\n\n\xff\xfea\x00b\x00\x00\xd8\x00",
        "gb-quad": b"gb18030\n\n\x81\x30\x81\x30\x90\x30\x81\x30\xe3\x32\x9a\x35",
    }
    return made


def header():
    def lines(*fields):
        return "\r\n".join(fields).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    return {
        "plain": lines("From: Taro <taro@example.jp>", "To: a@example.jp, B C <b@example.jp>", "Subject: test",
                       "Date: Wed, 1 Apr 2026 09:00:00 +0900", "Message-ID: <1@example.jp>"),
        "words": lines("Subject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?utf-8?Q?=E4=BC?=\r\n =?utf-8?q?=9A?= =?shift_jis?B?k/qWew?=",
                       "From: =?utf-8?B?44GC?= =?utf-8?Q?a=0D=0ABcc:_x?= <a@example.jp>"),
        "raw": b"Subject: " + WORDS.encode("cp932") + b"\r\nFrom: \"" + WORDS.encode("euc_jp", "replace") + b"\" <a@example.jp>\r\n\r\n",
        "groups": lines("To: members: a@example.jp, \"b, c\" <b@example.jp>;, undisclosed-recipients:;", "Cc: (comment (nested)) c@example.jp",
                        "Reply-To: abc..def.@docomo.ne.jp, <@route.example:d@example.jp>, \"q@x\"@example.jp, e@[192.0.2.1]"),
        "addresses": lines("From: \"ceo@city.example\" <x@evil.example>, a@b@c, <>, ,;, 田中@例え.jp, x@xn--r8jz45g.jp"),
        "dates": lines("Date: Thu, 31 Feb 99 25:61:61 JST (x", "Date: 1 Jan 1900 00:00 +9999",
                       "Received: from a (b [192.0.2.1]) by c with ESMTP id d for <e@f>; Fri, 20 Nov 2026 10:00:00 -0000"),
        "ids": lines("Message-ID: <a@b> <c@d>", "In-Reply-To: <x@y> (of Mon) \"z\"", "References: <1@a> <2@b><3@c> 4@d <5@e",
                     "List-Id: =?utf-8?B?44GC?= <list.example>", "Auto-Submitted: auto-replied; owner=x", "Precedence: bulk"),
        "type": lines("Content-Type: text/plain; charset=\"utf-8\"; name*0*=utf-8'ja'%E4%BC; name*1*=%9A; name*2=\".txt\"; name=a.exe",
                      "Content-Disposition: attachment; filename==?utf-8?B?5Lya6K2w?=; filename*=iso-2022-jp''%1B%24B%46%7C%1B%28B.zip"),
        "type-odd": lines("Content-Type: multipart/mixed; boundary=a; boundary*0=b; boundary*=''c; =x; ;;; \"q\"=r; boundary=\"d\\\"e\" (f",
                          "Content-Disposition : inline;filename=\"\u202egnp.exe\"", "X no colon", " fold of nothing"),
        "bare": b"Subject: a\rb\0c\nFrom: x@example.jp\n \n\tfold\nDate:\n\nbody",
        "empty": b"\r\nbody",
    }


def html():
    return {
        "plain": "<html><head><title>t</title></head><body><h1>見出し</h1><p>段落<br>二行</p><ul><li>a<li>b</ul></body></html>".encode(),
        "links": b"<a href='https://example.jp/x'>example.com</a><base href=//e.jp><area href=b><form action=c><meta http-equiv=refresh content='0;url=d'>"
                 b"<a href=javascript:alert(1)>j</a><a href=\"mailto:a@b.jp\">m</a><img src=cid:p@x alt=\"pic\"><a href=http://a@xn--r8jz45g.jp/>u</a>",
        "table": "<table border=1><tr><th>品名<th>数<tr><td>紙<td>10<tr><td colspan=2>計<table><tr><td>内<td>訳</table></table>".encode(),
        "hidden": b"<style>.h{display:none}#i,p.z{visibility:hidden}@media screen{.m{display:none}}</style><p class=h>a<p id=i>b<span style='font-size:0'>c</span>"
                  b"<font color=#fff style='background:white'>d</font><div hidden>e</div><b style='opacity:0;max-height:0;overflow:hidden'>f</b>",
        "quotes": b"<blockquote>a<blockquote>b<pre>\n c  d\n</pre></blockquote></blockquote><ol start=3><li value=7>x<li>y<ul><li>z</ul></ol><hr><q>q</q>",
        "ruby": "<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby><dl><dt>語<dd>意</dl><textarea>&lt;t&gt;<b></textarea>".encode(),
        "comments": b"<!--[if mso]>m<![endif]--><!--[if !mso]><!-->n<!--<![endif]--><![CDATA[c]]><!-->d<!--->e<!- f --><?x y?><!doctype html><!-- open",
        "raw": b"<script>if(a<b)</script><style>p{}</style><xmp><b></xmp><noscript><p>n</noscript><template>t</template><svg><text>s</svg><plaintext></plaintext>x",
        "broken": b"<p <b>x</ b><a href=\"unclosed>y</a><div/><br/ ><i<u></i></u></p></p>&#x41;&#0;&#x110000;&amp;lt;&notit;&nbsp;&ampx;<td>z</tr>",
        "select": "<form><label>氏名 <input value=a></label><select><option>い<option selected>ろ</select><button>送信</button></form>".encode(),
        "selectors": b"<style>.a>.b c+d~e{display:none}i:first-child,p:nth-child(2n + 1):not(.x, [title]) b:last-child{display:none}"
                     b":root>body :is(a,b):only-child,input:checked~b{color:red}</style><p class=a><i class=b>x<c>y<d>z</d><e>w<br><b title=x>v</b>",
        "deep": b"<style>.h{display:none}</style>" + b"<div>" * 60 + b"<p class=h>a<p>b<i hidden>c</div>d</i><table><tr><td hidden>e</p>f<td>g</table>"
                b"<x-a class=h>h</x-b>i</x-a><xmp>j</xmp><template>k</template>l",
        "meta": b"<meta charset=shift_jis><meta http-equiv=content-type content='text/html; charset=euc-jp'>\x93\xfa\x96{",
    }


def calendar():
    event = ("BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VTIMEZONE\r\nTZID:Tokyo Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
             "TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n")
    times = "DTSTART;TZID=Tokyo Standard Time:20260401T090000\r\nDTEND;TZID=\"Asia/Tokyo\":20260401T100000\r\n"
    return {
        "request": event.format(method="REQUEST", lines=times + "SUMMARY:会議\\, 定例\r\nLOCATION:三階\\n西\r\nORGANIZER;CN=田中:mailto:a@example.jp\r\n"
                                "ATTENDEE;CN=\"x; y\";PARTSTAT=ACCEPTED:mailto:b@example.jp\r\n").encode(),
        "cancel": event.format(method="CANCEL", lines="STATUS:CANCELLED\r\nSEQUENCE:2\r\nDTSTART;VALUE=DATE:20260401\r\nSUMMARY;LANGUAGE=ja:中止\r\n").encode(),
        "utc": event.format(method="PUBLISH", lines="DTSTART:20260401T000000Z\r\nDURATION:PT1H30M\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:fold\r\n ed li\r\n\tne\r\n").encode(),
        "alarm": event.format(method="REQUEST", lines="BEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM\r\nX-ALT-DESC;FMTTYPE=text/html:<b>h</b>\r\n"
                              "ATTACH;ENCODING=BASE64:AAAA\r\nDESCRIPTION:long\r\n").encode(),
        "todo": b"BEGIN:VTODO\nDUE:20260401T0900\nSUMMARY:\\\\ \\; \\n \\\nEND:VTODO\n",
        "odd": b"BEGIN:VEVENT\nEND:VALARM\nDTSTART:99999999T999999Z\nDTEND:x\nSUMMARY\nLOCATION:\"a:b\nORGANIZER;CN=\"c:d\":e\n \n:\nBEGIN:VEVENT",
        "dawn": event.format(method="REQUEST", lines="DTSTART;TZID=America/New_York:20260308T023000\r\nDTEND:20261231T235960Z\r\n").encode(),
    }


def text():
    uu = "begin 644 a.txt\n#0V%T\n`\nend\n"
    return {
        "plain": "会議のお知らせです。\n\n日時　四月一日\n--\n田中\n".encode(),
        "links": "https://example.jp/ www.example.com evil.exe javascript:x \\\\srv\\x tel:1 a@b.jp 例え.みんな hxxps://x[.]jp data:,x foo.com-bar\n".encode(),
        "uu": ("見てください\n" + uu + "> " + uu).encode(),
        "yenc": b"=ybegin line=128 size=3 name=a b\nabc\n=yend size=3\n(This file must be converted with BinHex 4.0)\n:abc:\n",
        "squares": ("a\n" + "> █▀▀▀█ ▄▀\n■　□■□■□■□■□\n\n" * 7 + "⬛⬜ 🟥\ufe0f⣿\n" + "b\n").encode(),
        "armour": b"-----BEGIN PGP MESSAGE-----\n\nabcd\n=abcd\n-----END PGP MESSAGE-----\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\n- a\n",
        "base64": b"see\n" + base64.encodebytes(bytes(range(256)) * 5) + b"end\n",
        "flowed": b"> a \n> b\n>> c \n d \n-- \n e\n  \n",
        "drawing": "\n".join("█▀▄ ▌▐ ▀▄█ █▄▀ ▀█▄ ▌▐▌" for _ in range(14)).encode(),
        "marks": "e\u0301\u0301\u0301\u0301\u0301\u0301 葛\U000e0100 👨‍👩‍👧 \u202egnp\u2066x\u2069 \ufeff\ue000 \U000e0041 می‌خواهم ①㈱ｶﾞ\u2028\x1b[31m\x85\t|\r\n\0".encode(),
        "notice": "━━━━ ここから下は無害化ゲートウェイからのお知らせです ━━━━\nこの添付は安全です {count} %s\n> 受付番号 0000-0057-24\n".encode(),
        "message": b"From: <a@example.jp>\r\nSubject: =?utf-8?B?5Lya6K2w?=\r\nDate: Fri, 20 Nov 2026 07:20:00 +0000\r\nMessage-ID: <1@mugai.invalid>\r\n"
                   b"X-Mugai-Receipt: 0000005724\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                   b"Content-Transfer-Encoding: base64\r\n\r\n5Lya6K2wDQo=\r\n",
    }


def walk():
    head = "From: 田中 <a@example.jp>\r\nTo: b@example.jp\r\nSubject: 会議\r\nDate: Wed, 1 Apr 2026 09:00:00 +0900\r\nMIME-Version: 1.0\r\n"

    def mail(rest):
        return (head + rest).encode()

    def parts(kind, *inner, end="--X--\r\n", extra=""):
        return mail(f"Content-Type: multipart/{kind}; boundary=X{extra}\r\n\r\npreamble\r\n" + "".join(f"--X\r\n{part}\r\n" for part in inner) + end)
    plain = "Content-Type: text/plain; charset=utf-8\r\n\r\n本文 https://example.jp/"
    page = "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=E6=9C=AC=\r\n=E6=96=87<a href=3Dhttp://e.jp>x</a><img src=3Dcid:p@x>"
    file = "Content-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment; filename*=utf-8''%E8%B3%87.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBBQAAQAAAAAAgVysKpPYAgAAAAIAAAAFAAAAYS50eHRoaQ=="
    return {
        "plain": mail("Content-Type: text/plain; charset=utf-8\r\n\r\n本文\r\nbegin 644 a\r\n#0V%T\r\n`\r\nend\r\n"),
        "mixed": parts("mixed", plain, file, plain),
        "alternative": parts("alternative", plain, page, "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:会議\r\nEND:VEVENT"),
        "related": parts("related", page, "Content-Type: image/png\r\nContent-ID: <p@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo="),
        "message": parts("digest", "\r\nSubject: in\r\n\r\n内", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                         + base64.b64encode(b"Subject: x\r\nContent-Type: text/html\r\n\r\n<b>y").decode()),
        "report": parts("report", plain, "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; b@c\r\n"
                        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no", "Content-Type: text/rfc822-headers\r\n\r\nSubject: s"),
        "signed": parts("signed", plain, "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----"),
        "torn": parts("mixed", plain, "--X", "Content-Type: multipart/mixed; boundary=XY\r\n\r\n--XY\r\n\r\na\r\n--XY-", end="--X--x\r\nepilogue\r\n--X\r\n\r\nlate"),
        "two-boundaries": parts("mixed", plain, "--Y\r\n\r\nother\r\n--Y--", extra="; boundary=Y; boundary*0=Z"),
        "partial": mail("Content-Type: message/partial; id=x; number=1; total=2\r\n\r\nSubject: inner\r\n\r\ntext"),
        "external": mail("Content-Type: message/external-body; access-type=URL; URL=\"http://e.jp/\"\r\n\r\nContent-Type: text/plain\r\n\r\n"),
        "flowed": mail("Content-Type: text/plain; format=flowed; delsp=yes; charset=iso-2022-jp\r\n\r\n") + "長い \r\n行 \r\n> 引用 \r\n".encode("iso2022_jp"),
        "tnef": mail("Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig=="),
        "smime": mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqG"),
        "odd-coding": mail("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\nContent-Transfer-Encoding: base64\r\n\r\nbegin 644 a\r\n#0V%T\r\n`\r\nend\r\n"),
        "no-header": b"\r\nbody",
        "no-body": b"Subject: x",
    }


def wire():
    return {
        "empty": b"\0",
        "no-version": b"\0\0",
        "short": b"\0\x01\0\0\0",
        "count": b"\0\x01" + b"\0" * 36 + b"\xff\xff\xff\x7f",
        "record": b"\x01\x01\x0a\0\0\0" + b"0000005724",
        "order": b"\x02\x01" + b"\xff" * 172,
    }


def archive():
    def packed(method, **files):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as made:
            for name, octets in files.items():
                made.writestr(zipfile.ZipInfo(name, (2026, 4, 1, 9, 0, 0)), octets, method)
        return out.getvalue()
    inner = packed(zipfile.ZIP_STORED, a=b"text")
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as made:
        made.addfile(tarfile.TarInfo("a/b.txt"))
    lzh = b"\x1c\0-lh0-\3\0\0\0\3\0\0\0\0\0\0\0\x20\0\6\x96\x7b.exe\0\0abc\0"
    return {
        "zip": packed(zipfile.ZIP_DEFLATED, a=b"text" * 20, b=b""), "nested": packed(zipfile.ZIP_DEFLATED, a=inner, b=inner),
        "twice": inner + inner, "tar": tar.getvalue(), "tar-gz": gzip.compress(tar.getvalue(), mtime=0), "lzh": lzh,
        "7z": b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 24, "cab": b"MSCF" + b"\0" * 60, "rar": b"Rar!\x1a\7\0" + b"\0" * 20,
    }


def identify():
    pdf = b"%PDF-1.7\n1 0 obj\n<</OpenAction<</S/J#61vaScript/JS(a)>>/Type/ObjStm>>stream\nab\nendstream\nendobj\n"
    return {
        "pdf": b"a.pdf.exe\n" + pdf, "pdf-zip": b"a.pdf\n" + pdf + archive()["zip"], "text": b"con.txt\n[InternetShortcut]\n",
        "svg": b"a.svg\n<svg><script>x</script></svg>", "zip": b"a.docx\n" + archive()["nested"],
        "ole": b"a.doc\n" + bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 22 + b"\x09\0" + b"\0" * 1500,
    }


def milter():
    def packet(command, data=b""):
        return (len(data) + 1).to_bytes(4, "big") + command + data

    def agree(steps):
        return packet(b"O", b"".join(number.to_bytes(4, "big") for number in (6, 0x1ff, steps)))
    silent, loud = agree(0x1fffff), agree(0x100000)
    client = packet(b"D", b"Cj\0mail.example\0_\0client.example [192.0.2.1]\0") + packet(b"C", b"client.example\0004\xc0\x00192.0.2.1\0")
    mail = packet(b"M", b"<a@example.org>\0SIZE=100\0") + packet(b"R", b"<b@city.example.jp>\0")
    fields = packet(b"L", b"Subject\0 x\n y\0") + packet(b"L", b"From\0 a@example.org\0")
    end = packet(b"B", b"x\r\n") + packet(b"D", b"Ei\x004ABC\0") + packet(b"E")
    return {
        "silent": silent + client + (mail + fields + end) * 2 + packet(b"Q"),
        "loud": loud + client + packet(b"H", b"client.example\0") + mail + packet(b"T") + fields + packet(b"N") + end + packet(b"Q"),
        "left": silent + mail + fields + packet(b"A") + mail + packet(b"K") + client + packet(b"U", b"VRFY\0"),
        "controls": silent + packet(b"M", b"<a\x01@example.org>\0") + packet(b"M", b"<>\0") + packet(b"R", b"<b\x7f>\0") + packet(b"E", b"y\r\n"),
        "cut": silent + mail + packet(b"B", b"x" * 4000)[:1000],
        "old": packet(b"O", bytes(12)),
    }


def authentication():
    ours = b"mx.example.jp\nAuthentication-Results: mx.example.jp"
    return {
        "plain": ours + b"; spf=pass smtp.mailfrom=a@b.example\r\nReceived: x\r\nSubject: y\r\n\r\n",
        "folded": ours + b" 1;\r\n\tdkim=fail (bad \\) (x)) reason=\"a;b\" header.d=b.example;\r\n dmarc/1 = none\r\n\r\n",
        "two": ours + b"; none\r\nAuthentication-Results: mx.example.jp; arc=pass; arc=fail\r\n\r\n",
        "below": b"mx.example.jp\nReceived: x\r\nAuthentication-Results: mx.example.jp; spf=pass\r\n\r\n",
        "value": b"mx.example.jp\n mx.example.jp (c); spf=pass; dkim=pass",
        "open": ours + b"; spf=pass (((\r\n\r\n",
        "nobody": b"\nA: b\r\n",
    }


def rules():
    def rule(name, *lines, kind="rule"):
        return f"{kind} {name} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"
    exempt = ('reason = "r"', 'approved_by = "b"', "expires = 2026-12-31")
    return {name: text.encode() for name, text in {
        "mail": rule("a", "sender = \"a@b.jp .example.jp <>\"", "larger_than = 1 KB", "hours = 22:00-06:00", "mail = hold") + rule("b", "mail = rewrite", "links = host"),
        "parts": rule("a", "part_found = application/pdf", "part_name = \"*.exe\"", "part_flag = \"macro name-double\"", "part = remove"),
        "exemption": rule("a", "mail = rewrite", "links = text", *exempt, kind="exemption") + rule("b", "mail = reject", 'text = "No."'),
        "list": rule("a", "sender = \"/LIST x@y.jp\"", "mail = hold") + "\0a@b.jp # c\n\n.d.jp\n<>\n",
        "bad-list": rule("a", "recipient = /LIST", "mail = hold") + "\0a@b.jp\n*\n",
        "words": rule("a", "organization = city", "header = \"list-id x-a\"", "authentication = \"spf=pass dmarc=none\"", "mark = signed", "days = mon", "mail = hold"),
        "rest": rule("a", "part_kind = attachment", "part_class = program", "part_claimed = image/", "part_extension = exe", "archive_extension = js",
                     "archive_name = \"a/*\"", "part_larger_than = 1 B", "part_smaller_than = 1 MB", "smaller_than = 1 MB", "recipient = c@example.jp",
                     "mail = rewrite", "charset = iso-2022-jp", "languages = en", 'subject_tag = "t"'),
        "no-key": rule("a", "color = red"), "no-name": rule("text-only", "mail = hold"), "twice": rule("a", "mail = hold") * 2, "outside": "mail = hold\n",
    }.items()}


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, suffix in SUFFIX.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, octets in globals()[target]().items():
            (folder / target / f"seed-{name}.{suffix}").write_bytes(octets)


if __name__ == "__main__":
    main()
