# SPDX-License-Identifier: Apache-2.0
"""Mails that look like those of a town office, made here: every word, name and file is invented.

Each function returns the octets of one mail with LF line ends. The same arguments give the same octets."""
import base64
import io
import os
import random
import zipfile
import zlib

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")


def b64(data, width=76):
    text = base64.b64encode(data).decode()
    return "\n".join(text[i:i + width] for i in range(0, len(text), width)) + "\n"


def word(text, charset="utf-8"):
    """One encoded word."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def jis_bytes(text):
    """ISO-2022-JP as mail programs really write it: row 13 and NEC's selection of IBM characters included."""
    out, wide = bytearray(), False
    for c in text:
        code = {"髙": b"\xee\xe0"}.get(c) or c.encode("cp932")
        if (len(code) == 2) != wide:
            wide = not wide
            out += b"\x1b$B" if wide else b"\x1b(B"
        if wide:
            row, cell = (code[0] - (0x81 if code[0] < 0xE0 else 0xC1)) * 2 + 0x21, code[1]
            row, cell = (row + 1, cell - 0x7E) if cell >= 0x9F else (row, cell - (0x1F if cell < 0x80 else 0x20))
            code = bytes([row, cell])
        out += code
    return bytes(out + (b"\x1b(B" if wide else b""))


def head(subject, sender="田中 一郎 <tanaka@shisetsu.example.jp>", to="総務課 <soumu@city.example.jp>", charset="utf-8", extra=""):
    def mailbox(text):
        name, _, address = text.partition(" <")
        return f"{word(name, charset)} <{address}"
    return (f"From: {mailbox(sender)}\nTo: {mailbox(to)}\nSubject: {word(subject, charset)}\n"
            "Date: Fri, 20 Nov 2026 09:15:00 +0900\nMessage-ID: <20261120091500.1@shisetsu.example.jp>\n"
            f"{extra}MIME-Version: 1.0\n")


def plain(subject="会議室の予約について", text="お世話になっております。\n予約の件、承知しました。\n", **options):
    return (head(subject, **options) + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
            + b64(text.encode())).encode()


JIS_TEXT = """総務課 御中

いつもお世話になっております。施設管理の田中です。

①会議室Ａの空調点検を11月25日(水)に行います。
②当日9時～11時は使用できません。
㈱青葉設備の髙橋様が伺います。

案内はこちらです: https://www.shisetsu.example.jp/tenken?id=20261125

ご確認のほどよろしくお願いいたします。
"""


def jis():
    """Plain text as most Japanese mail programs sent it for decades, with the characters that get lost."""
    return head("空調点検のお知らせ(11月25日)", charset="iso-2022-jp").encode() + (
        b"Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n" + jis_bytes(JIS_TEXT))


NEWSLETTER = """<html><head><style>td {{ border: 1px solid }}</style><script>track("{mark}")</script></head><body>
<h1>市民講座だより 12月号</h1>
<p>いつも<b>市民講座</b>をご利用いただきありがとうございます。<img src="https://track.example.net/o.gif?u={mark}" width="1" height="1"></p>
<table><tr><th>講座</th><th>日時</th><th>定員</th></tr>
<tr><td>はじめての書道</td><td>12月3日 10時</td><td>20名</td></tr>
<tr><td>年賀状をつくろう</td><td>12月10日 14時</td><td>15名</td></tr></table>
<ul><li>申込は先着順です</li><li>持ち物は当日ご案内します</li></ul>
<p>お申し込みは<a href="https://kouza.example.jp/entry?no=12">こちら</a>、
<a href="http://login.example.net/update">https://www.city.example.jp/</a>をご覧ください。</p>
<div style="display:none">{mark}</div><img src="cid:logo"></body></html>
"""


def newsletter(mark="0"):
    html = NEWSLETTER.format(mark=mark)
    return (head("市民講座だより 12月号", "市民講座 <kouza@kouza.example.jp>", extra="List-Id: <dayori.kouza.example.jp>\n")
            + "Content-Type: multipart/related; boundary=\"rel\"\n\n--rel\nContent-Type: multipart/alternative; boundary=\"alt\"\n\n"
            "--alt\nContent-Type: text/plain; charset=utf-8\n\nHTMLメールに対応したソフトでご覧ください。\n\n"
            "--alt\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + b64(html.encode())
            + "\n--alt--\n\n--rel\nContent-Type: image/png; name=\"logo.png\"\nContent-ID: <logo>\nContent-Disposition: inline\n"
            "Content-Transfer-Encoding: base64\n\n" + b64(PNG) + "\n--rel--\n").encode()


def docx(text="見積書", mark=""):
    """The least that a word processor opens."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
                ("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                 '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                 '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                 'wordprocessingml.document.main+xml"/></Types>'),
                ("_rels/.rels", '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                 '<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
                 'Target="word/document.xml"/></Relationships>'),
                ("word/document.xml", '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/'
                 f'2006/main"><w:body><w:p><w:r><w:t>{text}{mark}</w:t></w:r></w:p></w:body></w:document>')):
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 20, 9, 0, 0)), content)
    return out.getvalue()


def zipped(files, stored=False, comment=b""):
    """files: {name: octets}. The comment is that of the archive and of each file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 11, 20, 9, 0, 0))
            info.comment = comment
            archive.writestr(info, content)
        archive.comment = comment
    return out.getvalue()


CRC = [0] * 256
for _n in range(256):
    _c = _n
    for _ in range(8):
        _c = (_c >> 1) ^ (0xEDB88320 if _c & 1 else 0)
    CRC[_n] = _c


def encrypted_zip(name, content, password=b"himitsu"):
    """A zip of one stored file with the traditional encryption of APPNOTE 6.1, which Python reads but does not write."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def step(c):
        keys[0] = (keys[0] >> 8) ^ CRC[(keys[0] ^ c) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ CRC[(keys[2] ^ keys[1] >> 24) & 255]

    def seal(c):
        mask = keys[2] | 2
        sealed = c ^ ((mask * (mask ^ 1)) >> 8 & 255)
        step(c)
        return sealed
    for c in password:
        step(c)
    check = zlib.crc32(content)
    body = bytes(seal(c) for c in bytes(range(1, 12)) + bytes([check >> 24]) + content)
    raw = name.encode()
    sizes = [0x5A21, check & 0xFFFF, check >> 16, len(body) & 0xFFFF, len(body) >> 16, len(content) & 0xFFFF, len(content) >> 16]
    common = b"".join(n.to_bytes(2, "little") for n in [20, 0x801, 0, 0x4800] + sizes + [len(raw), 0])
    local = b"PK\x03\x04" + common + raw + body
    central = b"PK\x01\x02\x14\x00" + common + bytes(10) + bytes(4) + raw
    end = b"PK\x05\x06" + bytes(4) + b"\x01\x00\x01\x00" + len(central).to_bytes(4, "little") + len(local).to_bytes(4, "little") + b"\x00\x00"
    return local + central + end


def attached(parts, subject="見積書の送付", text="見積書をお送りします。\nパスワードは別途お知らせします。\n", boundary="b1", **options):
    """parts: (file name, type, octets)."""
    body = (head(subject, **options) + f"Content-Type: multipart/mixed; boundary=\"{boundary}\"\n\n--{boundary}\n"
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + b64(text.encode()))
    for name, kind, content in parts:
        body += (f"\n--{boundary}\nContent-Type: {kind}; name=\"{word(name)}\"\nContent-Transfer-Encoding: base64\n"
                 f"Content-Disposition: attachment; filename=\"{word(name)}\"\n\n" + b64(content))
    return (body + f"\n--{boundary}--\n").encode()


def estimate():
    """A docx beside an encrypted zip: what staff get from suppliers every day."""
    word_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return attached([("御見積書.docx", word_type, docx()),
                     ("内訳.zip", "application/zip", encrypted_zip("uchiwake.txt", b"secret figures\n" * 20))],
                    sender="鈴木 花子 <suzuki@aoba-setsubi.example.com>")


def sized(size, seed=0):
    """A mail of about size octets with one attachment that does not compress."""
    noise = random.Random(seed).randbytes(max(1, int(size * 0.73) - 700))
    return attached([("data.bin", "application/octet-stream", noise)], subject=f"資料 {seed}")


if __name__ == "__main__":
    import sys
    os.makedirs(sys.argv[1], exist_ok=True)
    for label, mail in (("jis", jis()), ("newsletter", newsletter()), ("estimate", estimate())):
        with open(os.path.join(sys.argv[1], label + ".eml"), "wb") as file:
            file.write(mail)
