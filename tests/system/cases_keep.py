# SPDX-License-Identifier: Apache-2.0
"""Files that an exemption lets cross: they arrive octet for octet, and nothing else does, whatever fails."""
import base64
import email.message
import email.policy
import hashlib
import io
import json
import struct
import time
import zipfile
import zlib

import smtp
from cases_rules import apply, reload, rules_file, ward
from check import equal, expect
from clamd import EICAR, Clamd, FakeClamd

OPTIONS = {"settings": {"organization ward": {"domains": '"ward.example.jp"'}}}

SENDER = "a@partner.example"
EXEMPTION = ('exemption partner {\n  sender = partner.example\n  part_found = "image/png image/jpeg application/pdf text/plain"\n  part = keep\n'
             '  reason = "図面の受け渡し"\n  approved_by = "情報政策課長"\n  expires = %s\n}\n')
KEEP = EXEMPTION % "2099-12-31"


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * y) & 255 for x in range(64)) for y in range(64))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pdf(more=b""):
    return (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + more + b">>\nendobj\n"
            b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n0\n%%EOF\n")


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return out.getvalue()


FILES = {"配置図（最終）.png": ("image/png", png()), "仕様書.pdf": ("application/pdf", pdf()),
         "memo.txt": ("application/octet-stream", "入札の予定です。\r\nhttp://example.org/\r\n".encode())}


def mail(files, claimed=("application", "octet-stream"), body="図面を送ります。\n"):
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, "b@city.example.jp", "plan"
    message.set_content(body)
    for name, content in files.items():
        message.add_attachment(content, *claimed, filename=name)
    return message.as_bytes()


def arrived(chain, data, rcpt=None, sender=SENDER):
    """The message that arrives, its parts but the first, as files by name, and who received it."""
    reply, rcpt = chain.send(data, rcpt=rcpt, sender=sender)
    equal(reply.code, 250, f"reply {reply}")
    message = email.message_from_bytes(chain.arrivals(rcpt)[-1].data, policy=email.policy.default)
    parts = list(message.walk())[2:]
    files = {p.get_filename(): (p.get_content_type(), p.get_payload(decode=True)) for p in parts}
    equal(len(files), len(parts), "names of files, each once")
    return message, files, rcpt


def text_of(message, charset="utf-8"):
    first = list(message.walk())[1] if message.is_multipart() else message
    return first.get_payload(decode=True).decode(charset)


def taken(chain, data, rcpt=None, sender=SENDER):
    """The message that arrives, its text, its files, and its record."""
    message, files, rcpt = arrived(chain, data, rcpt, sender)
    row = chain.gateway.trace("--to", rcpt)[0]
    return message, text_of(message), files, chain.gateway.records("show", row["receipt"])[0]


def cases(chain, folder):
    scanner = Clamd(folder / "clamd")
    return [(f"keep: {name}", function) for name, function in (
        ("without a scanner no rule can keep a file", lambda: no_scanner(chain)),
        ("clamd is there", lambda: begin(chain, scanner)),
        ("PNG, PDF and text arrive octet for octet, with Japanese names", lambda: kept(chain)),
        ("who approved, by what means and which file stands in record, log, report and figures", lambda: recorded(chain)),
        ("the notice says which files came along and which did not", lambda: notice(chain)),
        ("the header says what was done, and not more", lambda: header(chain)),
        ("each row of the floor removes, and the text goes on", lambda: floor(chain)),
        ("what else is in the mail is removed as ever", lambda: others(chain)),
        ("other senders, other recipients", lambda: others_mail(chain)),
        ("two recipients under one rule", lambda: two(chain)),
        ("an exemption that has expired keeps nothing", lambda: expired(chain)),
        ("limits, with both numbers", lambda: limits(chain)),
        ("ISO-2022-JP", lambda: jis(chain)),
        ("an infected mail brings no file", lambda: infected(chain)),
        ("a scanner that finds the file alone infected, or is silent then", lambda: alone(chain, folder)),
        ("a scanner that is gone: no file, and the text at once", lambda: gone(chain, scanner)),
        ("mugai sanitize keeps nothing", lambda: sanitize(chain, folder)),
    )]


def use(chain, socket, **policy):
    chain.gateway.change({"scan": {"socket": f'"{socket}"', "wait": "30 s"}, "policy": policy})


def no_scanner(chain):
    apply(chain, "rule pdf {\n  part_found = application/pdf\n  part = remove\n}\n")
    reload(chain, KEEP, f'{rules_file(chain)}:1: exemption "partner" keeps a file, but no scanner is configured')
    message, files, _ = arrived(chain, mail({"a.pdf": pdf()}))
    equal((files, message.is_multipart()), ({}, False), "files")
    rules_file(chain).write_text("")


def begin(chain, scanner):
    scanner.start()
    use(chain, scanner.socket)
    apply(chain, KEEP)


def part_of(record, name):
    return next(p for p in record["parts"] if p.get("name") == name)


def kept(chain):
    for claimed in (("application", "octet-stream"), ("text", "html"), ("application", "x-msdownload")):
        message, text, files, record = taken(chain, mail({n: c for n, (_, c) in FILES.items()}, claimed))
        equal(files, FILES, "files that arrived: names, types, octets")
        equal(message.get_content_type(), "multipart/mixed", "type of the message")
        equal([p.get_content_disposition() for p in message.iter_attachments()], ["attachment"] * 3, "dispositions")
        expect("図面を送ります。" in text, "the text", "", text)
        equal(record["outcome"], "converted", "outcome")


def recorded(chain):
    _, _, _, record = taken(chain, mail({n: c for n, (_, c) in FILES.items()}))
    for name, (_, content) in FILES.items():
        part = part_of(record, name)
        equal((part["action"], part["rule"], part["reason"], part["approved_by"], part["means"], part["sha256"]),
              ("keep", "partner", "図面の受け渡し", "情報政策課長", "inspected and found clean", hashlib.sha256(content).hexdigest()), name)
    equal(record["scan"]["verdict"], "clean", "verdict")
    total = record["original"]["totals"]
    equal(sum(total.values()), record["original"]["size"], "octets accounted for")
    expect(total["kept"] > 1000, "octets that were kept", "> 1000", total)
    page = chain.gateway.mugai("show", record["receipt"]).stdout.decode()
    expect("inspected and found clean" in page and "情報政策課長" in page, "the page", "means and approver", page)
    lines = chain.gateway.log_lines(record["queue_id"])
    expect(len(lines) == 1 and " removed=0 kept=3 " in lines[0], "the log line", "removed=0 kept=3", lines)
    counts = json.loads(chain.gateway.mugai("report", "--month", time.strftime("%Y-%m"), "--json").stdout)
    expect({"image/png", "application/pdf", "text/plain"} <= {c["name"] for c in counts if c["kind"] == "kept"}, "figures", "kept", counts)
    status = chain.gateway.mugai("status", "--json").stdout.decode()
    expect('"parts_kept"' in status, "status", "parts_kept", status)


def notice(chain):
    _, text, files, _ = taken(chain, mail({"仕様書.pdf": pdf(), "表.xlsx": zipped(a=b"b"), "tool.exe": b"MZ" + bytes(200)}))
    equal(list(files), ["仕様書.pdf"], "files")
    ours = text.partition("━━━")[2]
    expect("検査で問題が見つからなかった 1 件を付けてあります" in ours and "・仕様書.pdf（PDF文書" in ours, "what came along", "", ours)
    expect("次の 2 件を取り除きました" in ours and "・表.xlsx（" in ours and "・tool.exe（" in ours, "what did not", "", ours)
    expect("partner" not in ours and "clam" not in ours.lower(), "no rule, no scanner", "", ours)
    expect("Inspected and attached as the sender made them: 1" in ours, "English", "", ours)


def header(chain):
    message, _, _, _ = taken(chain, mail({"仕様書.pdf": pdf()}))
    equal(message["X-Mail-Sanitized"], None, "nothing was removed")
    message, _, _, _ = taken(chain, mail({"仕様書.pdf": pdf(), "a.zip": zipped(a=b"b")}))
    equal(message["X-Mail-Sanitized"], "DEL_ATTACH", "one was")
    for part in list(message.walk())[1:]:
        expect(set(part.keys()) <= {"Content-Type", "Content-Disposition", "Content-Transfer-Encoding"}, "fields of a part", "ours", part.keys())


REMOVED = {
    "macro.pdf": pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> "),
    "launch.pdf": pdf(b"/AA << /O << /S /Launch >> >> "),
    "files.pdf": pdf(b"/Names << /EmbeddedFiles 3 0 R >> "),
    "sealed.pdf": pdf(b"/Encrypt 3 0 R "),
    "unseen.pdf": pdf(b"/X << /Type /ObjStm >> "),
    "both.pdf": pdf() + zipped(a=b"b"),
    "both.png": png() + zipped(a=b"b"),
    "program.pdf": b"MZ\x90\0" + bytes(500),
    "picture.pdf": png(),
    "page.png": pdf(),
    "report.pdf.exe": pdf(),
    "report.docx.pdf": pdf(),
    "invoice.exe.pdf": pdf(),
    "con.pdf": pdf(),
    "../../up.pdf": pdf(),
    "re\u202efdp.pdf": pdf(),
    "noname": pdf(),
    "a.zip": zipped(**{"a.pdf": pdf()}),
    "a.html": b"<html><body>hello</body></html>",
    "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    "a.xlsm": zipped(**{"[Content_Types].xml": b"<x/>", "xl__workbook.xml": b"<x/>", "xl__vbaProject.bin": b"x"}),
    "a.docx": zipped(**{"[Content_Types].xml": b"<x/>", "word__document.xml": b"<x/>"}),
    "a.bat.txt": b"@echo off\r\ndel *.*\r\n",
    "a.csv": b"a,b\r\n1,2\r\n3,4\r\n",
    "empty.txt": b"",
    "unknown.pdf": bytes(range(1, 255)) * 3,
}


def floor(chain):
    said = []
    for name, content in REMOVED.items():
        _, text, files, record = taken(chain, mail({name: content}))
        equal(files, {}, f"files of {name!r}")
        expect("図面を送ります。" in text, f"the text beside {name!r}", "", text)
        part = record["parts"][-1]
        equal(part["action"], "remove", f"{name!r}: {part['found']} {part['flags']}")
        said.append(name)
    return f"{len(said)} files"


def others(chain):
    inner = mail({"inner.pdf": pdf()})
    outer = (b"From: a@partner.example\r\nTo: b@city.example.jp\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
             b"--o\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--o\r\nContent-Type: application/pdf; name=outer.pdf\r\n"
             b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(pdf()) + b"\r\n--o--\r\n")
    _, _, files, record = taken(chain, outer)
    equal(list(files), ["outer.pdf"], "a file inside a message inside the mail stays out")
    expect("inside the mail" in part_of(record, "inner.pdf")["reason"], "reason", "", record["parts"])
    broken = mail({"a.pdf": pdf()}).replace(b"JVBERi0xLjQK", b"JVBERi0x!LjQK")
    _, _, files, record = taken(chain, broken)
    equal(files, {}, "broken base64")
    html = mail({"a.png": png()}).replace(b"Content-Disposition: attachment", b"Content-Disposition: inline")
    _, _, files, record = taken(chain, html)
    expect((record["parts"][-1]["kind"] == "attachment") == ("a.png" in files), "what is no attachment stays out", "", record["parts"])


def others_mail(chain):
    data = mail({"a.pdf": pdf()})
    _, _, files, record = taken(chain, data, sender="a@other.example")
    equal((files, record["parts"][-1]["rule"]), ({}, "text-only"), "another sender")
    apply(chain, KEEP.replace("part = keep", "organization = ward\n  part = keep"))
    _, _, files, _ = taken(chain, data)
    equal(files, {}, "another organization")
    _, _, files, _ = taken(chain, data, rcpt=ward(chain))
    equal(list(files), ["a.pdf"], "the organization of the exemption")
    apply(chain, KEEP)


def two(chain):
    rcpts = [chain.address("one"), chain.address("two")]
    equal(smtp.send_once(chain.port, SENDER, rcpts, mail({"仕様書.pdf": pdf()})).code, 250, "reply")
    for rcpt in rcpts:
        message = email.message_from_bytes(chain.arrivals(rcpt)[-1].data, policy=email.policy.default)
        equal([(p.get_filename(), p.get_payload(decode=True)) for p in message.iter_attachments()], [("仕様書.pdf", pdf())], rcpt)


def expired(chain):
    apply(chain, EXEMPTION % "2020-01-31")
    _, _, files, record = taken(chain, mail({"a.pdf": pdf()}))
    equal((files, record["parts"][-1]["rule"]), ({}, "text-only"), "an exemption of 2020")
    apply(chain, KEEP)


def limits(chain):
    chain.gateway.change({"limits": {"kept_parts": "2", "kept_bytes": "64 KB"}})
    apply(chain, KEEP)
    _, _, files, record = taken(chain, mail({f"{i}.pdf": pdf() for i in range(4)}))
    equal(list(files), ["0.pdf", "1.pdf"], "as many as limits.kept_parts")
    equal([p["reason"] for p in record["parts"][-2:]], ["not kept: limits.kept_parts is 2, it would be number 3"] * 2, "reasons")
    _, _, files, record = taken(chain, mail({"big.pdf": pdf(b"/X (" + b"x" * 70000 + b") "), "small.pdf": pdf()}))
    equal(list(files), ["small.pdf"], "what fits")
    expect("limits.kept_bytes is 65536, with it there would be 7" in part_of(record, "big.pdf")["reason"], "reason", "", record["parts"])
    chain.gateway.change({"limits": {"kept_parts": "5", "kept_bytes": "10 MB"}})
    apply(chain, KEEP)


def jis(chain):
    chain.gateway.change({"policy": {"charset": "iso-2022-jp"}})
    apply(chain, KEEP)
    message, files, _ = arrived(chain, mail({"仕様書.pdf": pdf()}))
    equal(files, {"仕様書.pdf": ("application/pdf", pdf())}, "files")
    equal(list(message.walk())[1].get_content_charset(), "iso-2022-jp", "charset of the text")
    expect("図面を送ります。" in text_of(message, "iso-2022-jp"), "the text")
    chain.gateway.change({"policy": {"charset": "utf-8"}})
    apply(chain, KEEP)


def infected(chain):
    _, text, files, record = taken(chain, mail({"仕様書.pdf": pdf(), "x.bin": EICAR}))
    equal((files, record["scan"]["verdict"]), ({}, "infected"), "files, verdict")
    equal(part_of(record, "仕様書.pdf")["reason"], "not kept: the scanner has not found the mail clean", "reason")
    expect("図面を送ります。" in text, "the text", "", text)


def alone(chain, folder):
    socket = chain.gateway.folder / "fake.sock"
    answers = iter([])

    def say(command, _fd, _connection):
        return b"PONG\0" if command == "PING" else next(answers)
    with FakeClamd(socket, say):
        use(chain, socket)
        for second, word in ((b"fd[9]: Test FOUND\0", "infected"), (b"fd[9]: x ERROR\0", "unscanned"), (b"", "unscanned"),
                             (b"fd[9]: OK\0", None)):
            answers = iter([b"fd[9]: OK\0", second])
            apply(chain, KEEP)
            _, text, files, record = taken(chain, mail({"仕様書.pdf": pdf()}))
            equal(list(files), [] if word else ["仕様書.pdf"], f"files after {second}")
            expect("図面を送ります。" in text, "the text", "", text)
            if word:
                equal(record["parts"][-1]["reason"], f"not kept: the scanner calls it {word} by itself", "reason")


def gone(chain, scanner):
    use(chain, scanner.socket)
    apply(chain, KEEP)
    scanner.stop()
    _, text, files, record = taken(chain, mail({"仕様書.pdf": pdf()}))
    equal((files, record["scan"]["verdict"]), ({}, "unscanned"), "files, verdict")
    expect("図面を送ります。" in text, "the text", "", text)


def sanitize(chain, folder):
    path = folder / "one.eml"
    path.write_bytes(mail({"仕様書.pdf": pdf()}))
    made = chain.gateway.mugai("sanitize", str(path)).stdout
    expect(b"multipart" not in made and b"Content-Type: text/plain" in made, "the message", "text alone", made[:1500])
