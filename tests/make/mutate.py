#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mails with canaries: random 16-octet strings in every place that must not cross, each mail of another shape.

mutate.py FOLDER FIRST COUNT writes FOLDER/NNNNNN.eml and FOLDER/canaries.json {name: [[canary, place], ...]}.
The number of a mail is its seed: the same number gives the same octets. What a reader may see (body text, file names,
names of files in archives) holds no canary. Where the shared corpus stands beside the checkout, every third mail is a real one, planted."""
import base64
import binascii
import email
import email.policy
import gzip
import json
import os
import pathlib
import quopri
import random
import sys
import tarfile
import io

import seeds

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
CORPUS = pathlib.Path(os.environ.get("MUGAI_SHARED") or pathlib.Path(__file__).resolve().parents[3] / "shared") / "corpus"


class Mail:
    """One mail in the making: its dice, and the canaries it has planted."""

    def __init__(self, number):
        self.dice = random.Random(number * 7919 + 1)
        self.canaries = []

    def canary(self, place):
        text = "".join(self.dice.choice(LETTERS) for _ in range(16))
        self.canaries.append((text, place))
        return text

    def pick(self, *choices):
        return self.dice.choice(choices)

    def maybe(self, chance=0.5):
        return self.dice.random() < chance


# --- contents of attachments ---------------------------------------------------------------------------------------

def content(mail, place):
    """(type, octets) of a file whose content holds a canary."""
    dice, mark = mail.dice, mail.canary(place)
    raw = f"start {mark} end {mail.dice.random()}\n".encode()
    kind = dice.randrange(10)
    if kind == 0:
        return "application/zip", seeds.zipped({"a.txt": raw}, stored=True, comment=mail.canary(place + ": comments of a zip").encode())
    if kind == 1:
        return "application/zip", seeds.zipped({"inner.zip": seeds.zipped({"a.txt": raw}), "b.txt": raw})
    if kind == 2:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document", seeds.docx(mark=mark)
    if kind == 3:
        return "application/gzip", gzip.compress(raw, mtime=0)
    if kind == 4:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            info = tarfile.TarInfo("a.txt")
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
        return "application/x-tar", out.getvalue()
    if kind == 5:
        return "text/html", f"<html><body><p>{mark}</p><script>{mark}</script></body></html>".encode()
    if kind == 6:
        return "text/plain", raw
    if kind == 7:
        return "image/svg+xml", f'<svg xmlns="http://www.w3.org/2000/svg"><text>{mark}</text></svg>'.encode()
    if kind == 8:
        return "image/png", seeds.PNG + raw
    return "application/octet-stream", b"MZ\0\0" + raw + dice.randbytes(200)


def encoded(mail, data):
    """(transfer encoding, encoded lines), with the liberties that encoders take."""
    kind = mail.dice.randrange(5)
    if kind == 0 and not data.startswith(b"--") and b"\0" not in data and max(map(len, data.split(b"\n"))) < 900 and b"\n--" not in data:
        return mail.pick("7bit", "8bit", "binary"), data
    if kind == 1:
        return mail.pick("quoted-printable", "Quoted-Printable"), quopri.encodestring(data)
    if kind == 2:
        lines = [binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45)]
        return mail.pick("x-uuencode", "uuencode", "x-uue"), b"begin 644 file.bin\n" + b"".join(lines) + b"`\nend\n"
    text = seeds.b64(data, mail.pick(76, 60, 72, 4)).encode()
    if mail.maybe(0.2):
        text = text.replace(b"\n", b" \n", 3)
    return mail.pick("base64", "BASE64", "Base64"), text


# --- parts -----------------------------------------------------------------------------------------------------------

def part(mail, kind, data, extra="", transfer=None):
    """A MIME part as octets; its fields in random order and case."""
    name, lines = transfer or encoded(mail, data)
    fields = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {name}"] + [line for line in extra.split("\n") if line]
    if mail.maybe(0.4):
        fields.append(f"Content-Description: {mail.canary('Content-Description')}")
    if mail.maybe(0.4):
        fields.append(f"Content-ID: <{mail.canary('Content-ID')}@example>")
    if mail.maybe(0.2):
        fields.append(f"X-Attachment-Id: {mail.canary('field of a part')}")
    mail.dice.shuffle(fields)
    if mail.maybe(0.2):
        fields = [f.partition(":")[0].lower() + ":" + f.partition(":")[2] for f in fields]
    return "\n".join(fields).encode() + b"\n\n" + lines


def attachment(mail):
    kind, data = content(mail, "attachment")
    if mail.maybe(0.2):
        kind = mail.pick("application/octet-stream", "text/plain", "application/pdf", "image/jpeg", "application/x-msdownload")
    name = f"file{mail.dice.randrange(1000)}.{mail.pick('zip', 'pdf', 'exe', 'docx', 'jtd', 'txt', 'jpg')}"
    disposition = mail.pick("attachment", "Attachment", "ATTACHMENT")
    style = mail.dice.randrange(4)
    if style == 0:
        extra = f"Content-Disposition: {disposition}; filename=\"{name}\""
    elif style == 1:
        extra = f"Content-Disposition: {disposition}; filename*=utf-8'ja'{name}"
    elif style == 2:
        extra = f"Content-Disposition: {disposition};\n\tfilename*0=\"{name[:4]}\";\n\tfilename*1=\"{name[4:]}\""
        return part(mail, f"{kind}; name=\"{name}\"", data).replace(b"Content-", extra.encode() + b"\nContent-", 1)
    else:
        extra, kind = f"Content-Disposition: {disposition}", f"{kind}; name={name}"
    if mail.maybe(0.3):
        kind += f"; x-{mail.dice.randrange(9)}=\"{mail.canary('parameter of Content-Type')}\""
    return part(mail, kind, data, extra)


def picture(mail):
    return part(mail, "image/png; name=\"i.png\"", seeds.PNG + mail.canary("inline picture").encode(), "Content-Disposition: inline")


def odd(mail):
    """Parts that other programs handle by themselves."""
    kind, mark = mail.dice.randrange(7), mail.canary("odd part")
    if kind == 0:
        return part(mail, "text/x-amp-html", f"<!doctype html><html amp4email><p>{mark}</p></html>".encode())
    if kind == 1:
        return part(mail, "application/ms-tnef; name=winmail.dat", b"\x78\x9f\x3e\x22" + mark.encode() * 3, "Content-Disposition: attachment")
    if kind == 2:
        return part(mail, "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", mark.encode() * 4, "Content-Disposition: attachment")
    if kind == 3:
        return part(mail, "text/vcard; name=a.vcf", f"BEGIN:VCARD\nNOTE:{mark}\nEND:VCARD\n".encode(), "Content-Disposition: attachment")
    if kind == 4:
        return part(mail, "application/rtf; name=a.rtf", f"{{\\rtf1 {mark}}}".encode(), "Content-Disposition: attachment")
    if kind == 5:
        return part(mail, "application/applefile; name=a", b"\0\5\x16\7" + mark.encode(), "Content-Disposition: attachment")
    return part(mail, "video/mp4; name=v.mp4", b"\0\0\0\x18ftypmp42" + mark.encode(), "Content-Disposition: attachment")


def html(mail):
    """A page whose shown text holds no canary and whose hidden places all do."""
    def mark(place):
        return mail.canary("HTML: " + place)
    shown = mail.pick("<p>お知らせです。</p>", "<div>本文</div>", "<table><tr><td>一</td><td>二</td></tr></table>", "<ul><li>一<li>二</ul>")
    pieces = [
        lambda: f"<!-- {mark('comment')} -->",
        lambda: f"<script>var a = '{mark('script')}';</script>",
        lambda: f"<style>p {{ color: red }} /* {mark('style')} */</style>",
        lambda: f"<p data-x=\"{mark('attribute')}\" class='{mark('class')}' id={mark('id')}>文</p>",
        lambda: f"<p onclick=\"{mark('event attribute')}\" style=\"x:{mark('style attribute')}\">文</p>",
        lambda: f"<img src=\"https://t.example.net/{mark('address of a picture')}.gif\" width=1 height=1>",
        lambda: f"<img src=\"data:image/png;base64,{base64.b64encode(mark('data picture').encode()).decode()}\">",
        lambda: f"<div style=\"display:none\">{mark('display none')}</div>",
        lambda: f"<span style='display : none !important'>{mark('display none, important')}</span>",
        lambda: f"<div hidden>{mark('hidden')}</div>",
        lambda: f"<template>{mark('template')}</template>",
        lambda: f"<object data=\"x.swf\"><param name=a value=\"{mark('object parameter')}\"></object>",
        lambda: f"<iframe src=\"https://i.example.net/{mark('frame')}\"></iframe>",
        lambda: f"<input type=hidden name=a value=\"{mark('hidden input')}\">",
        lambda: f"<link rel=stylesheet href=\"https://c.example.net/{mark('style sheet')}.css\">",
        lambda: f"<meta name=description content=\"{mark('meta')}\">",
        lambda: f"<svg><script>{mark('script in svg')}</script></svg>",
        lambda: f"<!--[if mso]>{mark('conditional comment')}<![endif]-->",
        lambda: f"<video poster=\"https://v.example.net/{mark('poster')}\"></video>",
        lambda: f"<a href=\"#\" title=\"{mark('title')}\">上へ</a>",
    ]
    chosen = mail.dice.sample(pieces, mail.dice.randrange(3, 12))
    body = "".join(piece() + (shown if mail.maybe() else "\n") for piece in chosen)
    page = f"<html><head><title>t</title></head><body>{shown}{body}{shown}</body></html>" if mail.maybe(0.8) else shown + body
    charset = mail.pick("utf-8", "iso-2022-jp", "shift_jis", "euc-jp")
    data = page.encode(charset)
    transfer = ("base64", seeds.b64(data).encode()) if mail.maybe() else ("quoted-printable", quopri.encodestring(data))
    return part(mail, f"text/html; charset={mail.pick(charset, charset.upper())}", b"", transfer=transfer)


def text(mail):
    """A body of text, with encoded files in it now and then."""
    lines = "お世話になっております。\nご確認ください。\n"
    if mail.maybe(0.3):
        data = f"uuencoded {mail.canary('uuencode in the text')} file\n".encode() + mail.dice.randbytes(300)
        rows = "".join(binascii.b2a_uu(data[i:i + 45]).decode() for i in range(0, len(data), 45))
        lines += f"\nbegin {mail.pick('644', '600', '755')} a.exe\n{rows}`\nend\n\n以上です。\n"
    elif mail.maybe(0.2):
        data = f"run {mail.canary('base64 run in the text')} run".encode() + mail.dice.randbytes(1500)
        lines += "\n" + seeds.b64(data) + "\n以上です。\n"
    charset = mail.pick("utf-8", "iso-2022-jp", "shift_jis", "euc-jp")
    data = lines.encode(charset)
    transfer = ("base64", seeds.b64(data).encode()) if mail.maybe() else ("8bit", data)
    return part(mail, f"text/plain; charset={charset}", b"", transfer=transfer)


def multipart(mail, kind, parts, depth=0):
    """A multipart with canaries before, between the parameters and after."""
    boundary = mail.pick("b", "=_", "----=_Part_", "Apple-Mail-") + f"{depth}-{mail.dice.randrange(10 ** 9)}"
    parameter = mail.pick(f"boundary=\"{boundary}\"", f"Boundary=\"{boundary}\"", f"boundary=\"{boundary}\"; charset=utf-8",
                          f"type=\"text/html\";\n\tboundary=\"{boundary}\"")
    if mail.maybe(0.3):
        parameter += f"; x-p=\"{mail.canary('parameter of a multipart')}\""
    preamble = f"{mail.canary('preamble')}\n" if mail.maybe() else mail.pick("", "This is a multi-part message in MIME format.\n")
    epilogue = f"{mail.canary('epilogue')}\n" if mail.maybe() else ""
    body = preamble.encode()
    for one in parts:
        body += b"\n--" + boundary.encode() + mail.pick(b"", b" ", b"\t") + b"\n" + one
    if mail.maybe(0.95):
        body += b"\n--" + boundary.encode() + b"--\n" + epilogue.encode()
    elif epilogue:
        mail.canaries = [c for c in mail.canaries if c[0] not in epilogue]
    return f"Content-Type: multipart/{kind}; {parameter}\n".encode() + mail.pick(b"", b"Content-Transfer-Encoding: 8bit\n") + b"\n" + body


def nested(mail, body):
    """Wraps a body into further multiparts, as gateways and signers do."""
    for depth in range(mail.dice.randrange(3)):
        kind = mail.pick("mixed", "mixed", "signed; protocol=\"application/pgp-signature\"", "report; report-type=delivery-status", "x-unknown")
        body = multipart(mail, kind, [body] + ([attachment(mail)] if mail.maybe() else []), depth + 5)
    return body


def header(mail):
    """Fields of the whole mail; those outside the list hold canaries."""
    lines = seeds.head(f"件名 {mail.dice.randrange(1000)}").splitlines()
    names = ["X-Mailer", "User-Agent", "DKIM-Signature", "Authentication-Results", "X-Originating-IP", "List-Unsubscribe", "Organization",
             "Comments", "Keywords", "Resent-Message-ID", "Thread-Index", "X-Mail-Sanitized", "X-Mugai-Receipt", "ARC-Seal", "Disposition-Notification-To",
             f"X-{mail.dice.randrange(10 ** 6)}"]
    for name in mail.dice.sample(names, mail.dice.randrange(2, 7)):
        value = mail.canary(f"field {name}")
        lines.append(f"{name}: {mail.pick('', 'v=1; ', '<')}{value}" if mail.maybe() else f"{name}: first\n {value}\n\tlast")
    if mail.maybe(0.4):
        lines.append(f"Received: from relay.example ([192.0.2.1]) ({mail.canary('comment of Received')})\n by mx.example; Fri, 20 Nov 2026 09:00:00 +0900")
    if mail.maybe(0.3):
        lines.append(f"Mail-Followup-To: <{mail.canary('address of an unknown field')}@example.org>")
    mail.dice.shuffle(lines)
    return "\n".join(lines).encode() + b"\n"


def made(number):
    """A mail from nothing."""
    mail = Mail(number)
    bodies = [text(mail)] if mail.maybe(0.3) else [html(mail)] if mail.maybe(0.4) else None
    if bodies is None:
        alternatives = [text(mail), html(mail)] + ([odd(mail)] if mail.maybe(0.2) else [])
        bodies = [multipart(mail, "alternative", alternatives, 1)]
    if mail.maybe(0.4):
        bodies = [multipart(mail, "related", bodies + [picture(mail) for _ in range(mail.dice.randrange(1, 3))], 2)]
    parts = bodies + [mail.pick(attachment, attachment, odd, picture)(mail) for _ in range(mail.dice.randrange(4))]
    body = parts[0] if len(parts) == 1 else multipart(mail, mail.pick("mixed", "mixed", "Mixed", "related"), parts, 3)
    return mail, header(mail) + nested(mail, body)


def planted(number, path):
    """A real mail: unknown fields, comments, scripts and every attachment get canaries. None where Python cannot write it again."""
    mail = Mail(number)
    try:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
        if message.defects or any(p.defects for p in message.walk()):
            return None
        for one in message.walk():
            _plant(mail, one)
        for _ in range(3):
            message[f"X-{mail.dice.randrange(10 ** 6)}"] = mail.canary("unknown field of a real mail")
        if message.is_multipart():
            message.preamble = mail.canary("preamble of a real mail") + "\n"
            message.epilogue = mail.canary("epilogue of a real mail") + "\n"
        return mail, message.as_bytes()
    except (UnicodeError, LookupError, ValueError, AttributeError, KeyError, TypeError):
        return None


def _plant(mail, one):
    if one.is_multipart():
        return
    disposition = (one.get("Content-Disposition") or "").lower()
    if disposition.startswith("attachment") and not one.get_content_type().startswith("message/"):
        kind, data = content(mail, "attachment of a real mail")
        del one["Content-Transfer-Encoding"]
        one["Content-Transfer-Encoding"] = "base64"
        one.set_payload(seeds.b64(data))
    elif one.get_content_type() == "text/html" and not disposition:
        page = one.get_payload(decode=True)
        extra = f"<!-- {mail.canary('comment in real HTML')} --><script>{mail.canary('script in real HTML')}</script>".encode()
        at = page.lower().find(b"</p>")
        if at < 0:
            return
        del one["Content-Transfer-Encoding"]
        one["Content-Transfer-Encoding"] = "base64"
        one.set_payload(seeds.b64(page[:at + 4] + extra + page[at + 4:]))


def seeds_of_corpus():
    index = CORPUS / "INDEX.tsv"
    return [CORPUS / line.split("\t")[0] for line in index.read_text().splitlines()[1:]] if index.exists() else []


def one_mail(number, real):
    found = planted(number, real[number // 3 % len(real)]) if real and number % 3 == 2 else None
    mail, data = found or made(number)
    data = data.replace(b"\r\n", b"\n")
    return mail, data.replace(b"\n", b"\r\n") if mail.maybe(0.8) else data


def main():
    folder, first, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    real, planted_in = seeds_of_corpus(), {}
    for number in range(first, first + count):
        mail, data = one_mail(number, real)
        (folder / f"{number:06d}.eml").write_bytes(data)
        planted_in[f"{number:06d}"] = mail.canaries
    (folder / "canaries.json").write_text(json.dumps(planted_in))


if __name__ == "__main__":
    main()
