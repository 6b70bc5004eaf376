# SPDX-License-Identifier: Apache-2.0
"""The mix of mails that the benches send: what a town office gets, made here from a seed.

By number: text in ISO-2022-JP and UTF-8, newsletters of 20 to 60 KB of HTML, attachments up to 1.5 MB, forwarded mail. About 130 KB a mail
in the mean and 39 KB in the median; `mix.py FOLDER [SEED [COUNT]]` writes them and says what they came to."""
import base64
import pathlib
import quopri
import random
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "make"))
import seeds  # noqa: E402

COUNT = 400
KINDS = (("jis", 28), ("utf8", 17), ("newsletter", 30), ("attachment", 19), ("nested", 6))
SENTENCES = (
    "いつもお世話になっております。", "標記の件について下記のとおりお知らせします。", "ご確認のほどよろしくお願いいたします。",
    "11月25日(水)午後2時から第3会議室で打合せを行います。", "添付の資料を事前にご覧ください。", "回答期限は12月4日(金)です。",
    "不明な点は総務課情報係までお問い合わせください。", "申請書の様式が変わりましたので、新しいものをお使いください。",
    "防災訓練の参加者名簿を各課で取りまとめてください。", "市民講座「はじめての書道」は定員に達しました。",
    "㈱青葉設備の髙橋様が①電気室②空調機械室を点検されます。", "会場は駐車場が狭いため、公共交通機関をご利用ください。",
    "納品書と請求書を三部ずつ提出してください。", "令和八年度の予算要求について照会します。",
)
NAMES = ("議事録.docx", "見積書(第2版).xlsx", "研修会案内.pdf", "平面図.jpg", "名簿.xlsx", "通知文.docx", "写真.jpg", "仕様書.pdf")
TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf", "jpg": "image/jpeg",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def prose(rand, octets):
    """Paragraphs of about so many octets of UTF-8."""
    lines, size = [], 0
    while size < octets:
        line = "".join(rand.choices(SENTENCES, k=rand.randint(1, 3)))
        lines.append(line if rand.random() < 0.85 else line + f"\nhttps://www.example.jp/oshirase/{rand.randint(1000, 9999)}.html")
        size += len(lines[-1].encode()) + 1
    return "\n".join(lines) + "\n"


def page(rand, octets):
    """A newsletter as programs write them: tables in tables, styles on every element, links that are counted."""
    out, size = [], 0
    while size < octets:
        cell = "".join(rand.choices(SENTENCES, k=rand.randint(1, 2)))
        out.append(f'<tr><td align="left" valign="top" style="padding:10px 20px;font-family:Meiryo,sans-serif;font-size:14px;color:#333333;">'
                   f'<table border="0" cellpadding="0" cellspacing="0" width="100%"><tr><td width="160"><img src="https://img.example.jp/m/'
                   f'{rand.randint(1, 99999)}.jpg" width="160" height="90" alt="講座の写真"></td><td style="padding-left:12px;"><b>{cell[:12]}</b><br>'
                   f'{cell}<br><a href="https://click.example.jp/t?id={rand.getrandbits(64):x}" style="color:#0066cc;">くわしくはこちら</a>'
                   "</td></tr></table></td></tr>\n")
        size += len(out[-1].encode())
    return ('<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><style>body{margin:0}td{line-height:1.6}'
            '.pre{display:none}@media only screen and (max-width:600px){.w{width:100%!important}}</style></head><body bgcolor="#f4f4f4">'
            '<div class="pre">今月のおすすめ講座</div><table class="w" width="600" align="center" cellpadding="0" cellspacing="0">'
            + "".join(out) + "</table></body></html>")


def wrapped(data):
    return base64.encodebytes(data).decode()


def text_part(rand, octets):
    text = prose(rand, octets)
    if rand.random() < 0.5:
        return "Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n".encode() + seeds.jis_bytes(text)
    return ("Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n" + wrapped(text.encode())).encode()


def parts(kind, boundary, pieces):
    out = f"Content-Type: multipart/{kind}; boundary=\"{boundary}\"\n\n".encode()
    for piece in pieces:
        out += f"--{boundary}\n".encode() + piece + b"\n"
    return out + f"--{boundary}--\n".encode()


def head(rand, number):
    hops = "".join(f"Received: from mx{i}.example.net (mx{i}.example.net [192.0.2.{i + 1}])\n\tby relay{i}.example.net with ESMTPS id {rand.getrandbits(40):X}\n"
                   "\tfor <soumu@city.example.jp>; Fri, 20 Nov 2026 09:15:0" f"{i} +0900 (JST)\n" for i in range(rand.randint(1, 4)))
    extra = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s1;\n\th=from:to:subject:date; bh=" \
        + wrapped(rand.randbytes(32)).strip() + ";\n\tb=" + wrapped(rand.randbytes(48)).strip() + "\n"
    subject = rand.choice(SENTENCES)[:18]
    return hops.encode() + seeds.head(f"{subject}({number})", extra=extra).encode()


def html_part(rand):
    html = page(rand, rand.randint(20_000, 60_000)).encode()
    if rand.random() < 0.5:
        return b"Content-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n" + wrapped(html).encode()
    return b"Content-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(html)


def file_part(rand):
    """Octets that do not compress, with the beginning of what the name says."""
    name = rand.choice(NAMES)
    kind = name.rsplit(".", 1)[1]
    size = int(min(1_100_000, max(8_000, rand.lognormvariate(11.8, 1.0))))
    data = {"pdf": b"%PDF-1.7\n", "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0"}.get(kind)
    data = data + rand.randbytes(size) if data else seeds.zipped({"word/document.xml": b"<w/>", "media/image1.bin": rand.randbytes(size)}, stored=True)
    return (f"Content-Type: {TYPES[kind]};\n name=\"{seeds.word(name)}\"\nContent-Disposition: attachment;\n filename=\"{seeds.word(name)}\"\n"
            "Content-Transfer-Encoding: base64\n\n" + wrapped(data)).encode()


def mail(seed, number):
    """One mail in LF lines."""
    rand = random.Random(f"{seed}/{number}")
    kind = rand.choices([k for k, _ in KINDS], [w for _, w in KINDS])[0]
    mark = f"b{rand.getrandbits(48):x}"
    if kind == "jis":
        text = prose(rand, rand.randint(1_500, 12_000))
        body = b"Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n" + seeds.jis_bytes(text)
    elif kind == "utf8":
        text = prose(rand, rand.randint(1_500, 12_000))
        body = b"Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n" + text.encode()
    elif kind == "newsletter":
        body = parts("alternative", mark, [text_part(rand, rand.randint(500, 4_000)), html_part(rand)])
    elif kind == "attachment":
        body = parts("mixed", mark, [text_part(rand, rand.randint(800, 4_000))] + [file_part(rand) for _ in range(rand.choices((1, 2, 3), (70, 20, 10))[0])])
    else:
        inner = head(rand, number) + parts("mixed", mark + "i", [text_part(rand, 3_000), file_part(rand)])
        body = parts("mixed", mark, [text_part(rand, 1_000), b"Content-Type: message/rfc822\n\n" + inner])
    return head(rand, number) + body


def write(folder, seed=1, count=COUNT):
    """The mails as NUMBER.eml in CRLF lines. Returns their sizes."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = []
    for number in range(count):
        data = mail(seed, number).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        (folder / f"{number:05d}.eml").write_bytes(data)
        sizes.append(len(data))
    return sizes


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: mix.py FOLDER [SEED [COUNT]]")
    came = write(sys.argv[1], *map(int, sys.argv[2:4]))
    print(f"{len(came)} mails, mean {statistics.mean(came) / 1000:.0f} KB, median {statistics.median(came) / 1000:.0f} KB, largest {max(came) / 1000:.0f} KB")
