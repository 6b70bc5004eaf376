# SPDX-License-Identifier: Apache-2.0
"""What arrives: fields, body, notice, receipt, log line; by swaks and by a raw client."""
import errno
import hashlib
import json
import os
import re
import socket
import subprocess

import delivered
import seeds
import smtp
from check import equal, expect
from gateway import program
from harness import Chain

OPTIONS = {}

# Every field a sender could send, each with a mark in a place that no value has: comments, parameters, unknown fields.
MARKED = b"""Return-Path: <mark01@example.org>
X-Mail-Sanitized: mark02
X-MAIL-SANITIZED: DEL_ATTACH mark03
X-Mugai-Receipt: mark04
Received: from mark05.example.org (mark06 [192.0.2.7]) (using mark07) by mark08.example.org (mark09)
 with ESMTPS id 4X5Y6Z for <mark10@example.org>; Fri, 20 Nov 2026 09:00:00 +0900 (mark11)
Authentication-Results: mark12; spf=pass
DKIM-Signature: v=1; d=mark13.example; b=mark14
ARC-Seal: mark15
fRoM:   "Tanaka \\"mark16\\"" (mark17)   <tanaka@shisetsu.example.jp>
SENDER: (mark18) real@shisetsu.example.jp
Reply-to:  mark19: tanaka@shisetsu.example.jp;
TO:  =?utf-8?q?=E7=B7=8F=E5=8B=99?=  (mark20)   <soumu@city.example.jp>
cC : "a  b"   <c@city.example.jp> (mark21)
Bcc: mark22@example.org
subJECT:   two   blanks   and
\tmark23   folded
DATE:   20 Nov 26 09:15   JST (mark24)
message-ID:   (mark25) <mark26.1@shisetsu.example.jp>
In-Reply-To: "mark27" <1@shisetsu.example.jp>
References: mark28 <1@shisetsu.example.jp>  <2@shisetsu.example.jp>
Auto-Submitted: auto-generated; owner=mark29
Precedence: bulk (mark30)
List-Id:  "mark31"   <dayori.example.jp>
List-Unsubscribe: <https://mark32.example.net/>
Mime-version:   1.0 (mark33)
Content-type:   text/plain;  charset=utf-8; x-mark34=mark35
Content-transfer-encoding:   8bit (mark36)
Content-ID: <mark37>
Content-Description: mark38
Content-Disposition: inline; filename="mark39.txt"
Content-Language: ja-mark40
X-Mailer: mark41
Importance: mark42
Resent-From: mark43@example.org
Resent-Date: Fri, 20 Nov 2026 09:15:00 +0900 (mark44)
Thread-Topic: mark45
Disposition-Notification-To: mark46@example.org
Return-Receipt-To: mark47@example.org
Errors-To: mark48@example.org
X-Face: mark49
Comments: mark50
Keywords: mark51

\xe6\x9c\xac\xe6\x96\x87
"""
# Marks that stand in a value which may cross as text: display names, the subject, a message id, the host and id of a hop.
VALUES = {b"mark05", b"mark08", b"mark16", b"mark17", b"mark20", b"mark21", b"mark18", b"mark19", b"mark23", b"mark26", b"mark31"}


def cases(chain, folder):
    return [(f"mail: {name}", function) for name, function in (
        ("none of the sender's fields survives as it was", lambda: fields_rebuilt(chain)),
        ("A13 our own fields sent by a stranger are taken out", lambda: own_fields(chain)),
        ("Japanese text of ISO-2022-JP arrives whole", lambda: japanese(chain)),
        ("an HTML newsletter becomes readable text", lambda: newsletter(chain)),
        ("docx and encrypted zip are removed, listed and kept", lambda: estimate(chain)),
        ("the tag stands before the subject only where something was removed", lambda: subject_tag(chain)),
        ("one mail to many recipients", lambda: recipients(chain)),
        ("many mails in one session, pipelined", lambda: pipelined(chain)),
        ("swaks delivers", lambda: by_swaks(chain)),
        ("one log line per mail", lambda: log_line(chain)),
        ("list, show and get agree", lambda: commands(chain)),
        ("trace finds by sender, recipient, time and queue id", lambda: trace(chain)),
        ("search finds a mail by what is known of it", lambda: search(chain)),
        ("raw 8-bit fields leave as ASCII", lambda: raw_fields(chain)),
        ("A14 null sender and Auto-Submitted stay", lambda: null_sender(chain)),
        ("mail outward without the milter keeps its attachment", lambda: outward(chain)),
        ("A14 each Received is kept, rebuilt, so that loops end", lambda: hops(chain)),
        ("A15 an SMTPUTF8 mail where the next hop offers SMTPUTF8", lambda: smtputf8(folder)),
        ("Postfix reaches a unix socket by its group, a stranger does not", lambda: unix_socket(folder)),
        ("members of the group use the command, strangers do not", lambda: group_of_command(chain)),
        ("sanitize: file, standard input, report, the same bytes each time", lambda: sanitize(chain, folder)),
        ("B19 S/MIME as openssl writes it: the notice says where the text is", lambda: smime(folder)),
        ("status counts", lambda: status(chain)),
    )]


def arrive(chain, mail, **options):
    """Sends, expects 250, one arrival without faults. Returns (data, the row of trace)."""
    reply, rcpt = chain.send(smtp.wire(mail), **options)
    equal(reply.code, 250, f"reply {reply}")
    arrived = chain.arrivals(rcpt)
    equal(delivered.faults(arrived[0].data), [], "what is wrong with the delivered mail")
    rows = chain.gateway.trace("--to", rcpt)
    equal(len(rows), 1, "rows in trace")
    return arrived[0].data, rows[0]


def fields_rebuilt(chain):
    data, _ = arrive(chain, MARKED)
    head = data.partition(b"\r\n\r\n")[0]
    marks = set(re.findall(rb"mark\d\d", head)) - VALUES
    equal(sorted(marks), [], "marks of removed places in the header")
    sent = [raw for _, raw in delivered.fields(smtp.wire(MARKED))[0]]
    left = {raw for _, raw in delivered.fields(data)[0]}
    equal([raw for raw in sent if raw in left], [], "fields that went through as they were sent")
    equal(len(delivered.fields(data)[0][0][1].split(b"with ESMTP")), 2, "Postfix's own Received stands on top")
    equal(len([n for n, _ in delivered.fields(data)[0] if n.lower() == "from"]), 1, "From fields")
    return f"{len(sent)} fields sent, {len(left)} arrived"


def own_fields(chain):
    data, row = arrive(chain, MARKED)
    found = {n.lower(): raw for n, raw in delivered.fields(data)[0]}
    expect(b"mark" not in found.get("x-mail-sanitized", b""), "X-Mail-Sanitized is our own", None, found.get("x-mail-sanitized"))
    digits = re.sub(rb"\D", b"", b"".join(raw.partition(b":")[2] for n, raw in found.items() if "receipt" in n))
    equal(digits.decode(), row["receipt"].replace("-", ""), "receipt in the header")


def receipt_in(text):
    found = re.search(r"(\d{4}-\d{4}-\d{2})", text)
    return found.group(1) if found else None


def japanese(chain):
    data, _ = arrive(chain, seeds.jis())
    text = delivered.body_text(data)
    for words in ("①会議室Ａの空調点検を11月25日(水)に行います。", "㈱青葉設備の髙橋様が伺います。", "9時～11時は使用できません。"):
        expect(words in text, "the text holds what was written", words, text)
    expect("https://" not in text and "shisetsu" in text, "the link is inert and readable", "hxxps://...", text)
    equal(delivered.header(data, "Subject"), "空調点検のお知らせ(11月25日)", "Subject")


def newsletter(chain):
    data, _ = arrive(chain, seeds.newsletter("MARKxyz"))
    text = delivered.body_text(data)
    for words in ("市民講座だより 12月号", "はじめての書道", "12月10日 14時", "申込は先着順です", "kouza", "login"):
        expect(words in text, "the text holds what the newsletter shows", words, text)
    for words in ("MARKxyz", "<td", "track(", "border"):
        expect(words not in text, "the text holds nothing hidden", f"no {words}", text)


def estimate(chain):
    data, row = arrive(chain, seeds.estimate())
    text = delivered.body_text(data)
    # .zip is a top-level domain, and a name that ends in it a link for a mail program: it is shown inert.
    for words in ("見積書をお送りします。", "御見積書.docx", "内訳[.]zip"):
        expect(words in text, "body and list", words, text)
    expect(receipt_in(text) is not None, "the receipt number stands below the body", "1234-5678-90", text)
    equal(receipt_in(text).replace("-", ""), row["receipt"].replace("-", ""), "receipt below the body and in the row")
    report = chain.gateway.records("show", row["receipt"])[0]
    removed = {part["name"]: part["found"] for part in report["parts"] if part["action"] == "remove"}
    equal(sorted(removed), ["内訳.zip", "御見積書.docx"], "removed parts in the report")
    expect("zip" in removed["内訳.zip"] and "word" in removed["御見積書.docx"], "types by content", None, removed)
    return str(removed)


def subject_tag(chain):
    tagged, _ = arrive(chain, seeds.estimate())
    bare, _ = arrive(chain, seeds.plain("件名だけ"))
    pictures, _ = arrive(chain, seeds.newsletter())
    equal(delivered.header(tagged, "Subject"), "【添付削除】見積書の送付", "Subject where a file was removed")
    equal(delivered.header(bare, "Subject"), "件名だけ", "Subject where nothing was removed")
    equal(delivered.header(pictures, "Subject"), "市民講座だより 12月号", "Subject where only an inline picture was removed")


def recipients(chain):
    rcpts = [chain.address("r") for _ in range(50)]
    with smtp.Client(chain.port) as client:
        equal(client.send("s@example.org", rcpts, smtp.wire(seeds.plain())).code, 250, "reply")
    for rcpt in rcpts:
        chain.arrivals(rcpt)
    rows = [row for rcpt in rcpts for row in chain.gateway.trace("--to", rcpt)]
    equal(len({row["receipt"] for row in rows}), 1, "receipts")
    equal(sorted(rows[0]["to"]), sorted(rcpts), "recipients of the row")


def pipelined(chain):
    rcpts = [chain.address("p") for _ in range(20)]
    with smtp.Client(chain.port) as client:
        expect("PIPELINING" in client.features.text, "Postfix offers PIPELINING")
        for rcpt in rcpts:
            client.sock.sendall(f"MAIL FROM:<p@example.org>\r\nRCPT TO:<{rcpt}>\r\nDATA\r\n".encode())
            equal([client.reply().code for _ in range(3)], [250, 250, 354], "replies to a group of commands")
            client.sock.sendall(smtp.stuffed(smtp.wire(seeds.plain(rcpt))) + b".\r\n")
            equal(client.reply().code, 250, "reply to the final dot")
    for rcpt in rcpts:
        chain.arrivals(rcpt)


def by_swaks(chain):
    rcpt = chain.address("w")
    done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(chain.port), "--from", "s@example.org", "--to", rcpt,
                           "--ehlo", "client.example", "--header", "Subject: swaks", "--body", "hello", "--attach-type", "application/zip",
                           "--attach-name", "a.zip", "--attach", "-"], input=seeds.zipped({"a": b"a"}), capture_output=True, timeout=60)
    equal(done.returncode, 0, f"exit of swaks: {done.stdout[-500:]!r}")
    arrived = chain.arrivals(rcpt)
    equal(delivered.faults(arrived[0].data), [], "what is wrong with the delivered mail")
    expect("a[.]zip" in delivered.body_text(arrived[0].data), "the zip is listed")


def log_line(chain):
    _, row = arrive(chain, seeds.estimate())
    lines = chain.gateway.log_lines(row["queue_id"])
    equal(len(lines), 1, f"log lines with queue id {row['queue_id']}")
    for word in ("receipt=", "from=", "nrcpt=1", "outcome=converted", "removed=2", "in=", "out=", "ms="):
        expect(word in lines[0], "the line says it", word, lines[0])
    return lines[0][-240:]


def commands(chain):
    wire = smtp.wire(seeds.newsletter("get"))
    _, row = arrive(chain, wire)
    kept = chain.gateway.get(row["receipt"])
    equal(kept, wire, "get returns what was sent")
    printed = f"{row['receipt'][:4]}-{row['receipt'][4:8]}-{row['receipt'][8:]}" if "-" not in row["receipt"] else row["receipt"]
    equal(chain.gateway.get(printed), wire, "get takes the number as it is printed")
    shown = chain.gateway.records("show", row["receipt"])
    equal(len(shown), 1, "show prints one object")
    equal(shown[0]["original"]["size"], len(wire), "size of the original in the report")
    equal(shown[0]["original"]["sha256"], hashlib.sha256(wire).hexdigest(), "digest of the original in the report")
    listed = chain.gateway.records("list")
    expect(row["receipt"] in {r["receipt"] for r in listed}, "list has it")
    wrong = chain.gateway.mugai("show", "0000000001")
    expect(wrong.returncode != 0 and wrong.stderr.count(b"\n") == 1, "a wrong number: one line and an exit code", None, wrong)
    plain = chain.gateway.mugai("show", row["receipt"])
    equal(plain.returncode, 0, "show for people")


def trace(chain):
    sender = "tracer@trace.example.org"
    _, row = arrive(chain, seeds.plain("trace"), sender=sender)
    for arguments in (("--from", sender), ("--queue-id", row["queue_id"]), ("--from", sender, "--since", "1h"), ("--to", row["to"][0])):
        rows = chain.gateway.trace(*arguments)
        equal([r["receipt"] for r in rows], [row["receipt"]], f"trace {' '.join(arguments)}")
    equal(chain.gateway.records("trace", "--from", sender, "--since", "2038-01-01"), [], "rows of the future")
    for name in ("time", "queue_id", "from", "to", "reply", "outcome", "reason"):
        expect(name in row, f"a row has {name}")


def search(chain):
    """One mail by everything that is known of it, as people spell it, from a shell without Japanese."""
    sender, mail = "searched@search.example.org", seeds.newsletter("search")
    wire = smtp.wire(mail)
    _, row = arrive(chain, wire, sender=sender)
    logo = hashlib.sha256(seeds.PNG).hexdigest()
    asked = (("市民講座",), ("だより 12月", "logo"), ("ﾀﾞﾖﾘ", "LOGO.png"), ("--subject", "講座だより　１２月"), ("--name", "logo.png"),
             ("--from", "SEARCHED@search", "--since", "1h"), ("--host", "LOGIN.example"), ("kouza.example.jp",), ("--to", row["to"][0], "--from", "search.example"), ("--hash", logo),
             ("--hash", hashlib.sha256(wire).hexdigest().upper()), ("--receipt", row["receipt"], "--outcome", "converted"), ("座",))
    for arguments in asked:
        found = {r["receipt"] for r in chain.gateway.records("search", "--from", sender, *arguments)}
        equal(found, {row["receipt"]}, f"search {' '.join(arguments)}")
    for arguments in (("会計検査院",), ("--hash", "0" * 64), ("--outcome", "refused"), ("--until", "1h"), ("--since", "2038-01-01"),
                      ("--name", "だより"), ("--subject", "logo"), ("--host", "track.example")):
        equal(chain.gateway.records("search", "--from", sender, *arguments), [], f"search {' '.join(arguments)}")
    for arguments, code in (((), 64), (("--hash", "12"), 64), (("--outcome", "eaten"), 64), (("--receipt", "1"), 65), (("--to", ""), 64)):
        done = chain.gateway.mugai("search", *arguments)
        equal((done.returncode, done.stdout, done.stderr.count(b"\n")), (code, b"", 1), f"search {' '.join(arguments)}")
    return f"{len(asked)} ways to one mail"


def raw_fields(chain):
    mail = ("From: 田中 <tanaka@example.org>\nTo: soumu@city.example.jp\nSubject: 生の件名\n\n本文\n").encode()
    data, _ = arrive(chain, mail)
    equal(delivered.header(data, "Subject"), "生の件名", "Subject")
    with smtp.Client(chain.port) as client:
        expect("SMTPUTF8" not in client.features.text, "SMTPUTF8 is not offered where the next hop lacks it", None, client.features.text)
        reply = client.command("MAIL FROM:<田中@example.org> SMTPUTF8")
        expect(reply.code >= 500, "an SMTPUTF8 mail is refused at MAIL and not bounced after 250", "5xx", reply)
    return f"SMTPUTF8 at MAIL: {reply}"


def null_sender(chain):
    mail = seeds.head("自動応答", extra="Auto-Submitted: auto-replied\n").encode() + b"\nbody\n"
    rcpt = chain.address("null")
    data, row = arrive(chain, mail, rcpt=rcpt, sender="")
    equal(chain.sink.by_rcpt[rcpt][0].sender, "", "envelope sender at the next hop")
    equal(row["from"], "", "sender in the row")
    equal(delivered.header(data, "Auto-Submitted"), "auto-replied", "Auto-Submitted")


def outward(chain):
    mail = smtp.wire(seeds.estimate())
    reply, rcpt = chain.send(mail, port=chain.port_out)
    equal(reply.code, 250, "reply")
    arrived = chain.arrivals(rcpt)
    expect(arrived[0].data.endswith(mail), "the mail with its attachments arrives as it was sent", mail[:100], arrived[0].data[:400])
    equal(chain.gateway.records("trace", "--to", rcpt), [], "rows of the gateway")


def hops(chain):
    hop = b"Received: from a.example.org (a.example.org [192.0.2.%d]) by b.example.org with ESMTP id X%d; Fri, 20 Nov 2026 09:00:%02d +0900\n"
    data, _ = arrive(chain, b"".join(hop % (n, n, n) for n in range(40)) + seeds.plain("hops"))
    equal(len([n for n, _ in delivered.fields(data)[0] if n.lower() == "received"]), 41, "Received fields at the next hop")


def smtputf8(folder):
    with Chain(folder / "utf8", main={"smtputf8_enable": "yes"}, smtputf8=True) as chain:
        rcpt = chain.address("u8")
        mail = seeds.plain("国際化").replace(b"tanaka@", "田中@".encode())
        with smtp.Client(chain.port) as client:
            reply = client.send("田中@例え.example.org", [rcpt], smtp.wire(mail), " SMTPUTF8")
        equal(reply.code, 250, f"reply {reply}")
        arrived = chain.arrivals(rcpt)
        equal(delivered.faults(arrived[0].data), [], "what is wrong with the delivered mail")
        equal(arrived[0].sender, "田中@例え.example.org", "envelope sender at the next hop")
        return delivered.header(arrived[0].data, "From")


def unix_socket(folder):
    path = folder / "unix" / "gateway" / "run" / "milter" / "milter.sock"
    chain = Chain(folder / "unix", {"milter": {"socket": f'"unix:{path}"', "group": "postfix"}}, start=False)
    chain.postfix.services["in"][1]["smtpd_milters"] = f"unix:{path}"
    chain.gateway.listening = path.exists
    with chain.start():
        arrive(chain, seeds.plain("unix"))
        equal(connects(path, 65040), errno.EACCES, "what a stranger gets")
        # A file system may give a number again.
        before = (os.stat(path).st_ino, os.stat(path).st_ctime_ns)
        chain.gateway.kill_role("milter")
        reply, _ = chain.send_until_taken(smtp.wire(seeds.plain("after")))
        equal(reply.code, 250, "a mail after the milter was killed")
        expect((os.stat(path).st_ino, os.stat(path).st_ctime_ns) != before, "the new milter has a socket of its own")


def connects(path, user):
    """errno of connect(2) as another user; 0 where it connects."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        os._exit(socket.socket(socket.AF_UNIX).connect_ex(str(path)))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def group_of_command(chain):
    def as_user(group):
        return subprocess.run([program("mugai"), "list", "--config", str(chain.gateway.conf), "--json"], user=65040, group=group,
                              extra_groups=[], capture_output=True, text=True, timeout=30)
    member, stranger = as_user(65010), as_user(65041)
    equal((member.returncode, member.stderr), (0, ""), "a member of the group")
    equal((stranger.returncode, stranger.stdout, stranger.stderr.count("\n")), (69, "", 1), f"a stranger: {stranger.stderr}")
    return stranger.stderr.strip()


def sanitize(chain, folder):
    """Without a gateway: shipped rules, no configuration."""
    source, report = folder / "one.eml", folder / "one.json"
    source.write_bytes(seeds.estimate())

    def run(*arguments, **options):
        return subprocess.run([program("mugai"), "sanitize", *map(str, arguments)], capture_output=True, timeout=60, **options)
    first, second = run("--report", report, source), run(source)
    piped = run(input=seeds.estimate())
    equal((first.returncode, first.stderr), (0, b""), "exit status")
    equal(delivered.faults(smtp.wire(first.stdout)), [], "what is wrong with what came out")
    equal((second.stdout, piped.stdout), (first.stdout, first.stdout), "the same octets again, and from standard input")
    said = json.loads(report.read_text())
    equal((said["outcome"], [part["action"] for part in said["parts"]], said["original"]["size"]),
          ("converted", ["convert", "remove", "remove"], len(smtp.wire(seeds.estimate()))), "report")
    for name in ("outcome", "subject", "body", "parts", "original"):
        expect(name in said, f"the report has {name}")
    missing = run(folder / "none.eml")
    equal((missing.returncode, missing.stdout, missing.stderr.count(b"\n")), (66, b"", 1), f"a file that is not there: {missing.stderr!r}")
    wrong = run("--no-such-option")
    equal((wrong.returncode, wrong.stderr.count(b"\n")), (64, 1), f"an option that is not there: {wrong.stderr!r}")


def smime(folder):
    """Opaque, detached and enveloped, in DER and streamed; the text crosses only where it stands beside its signature."""
    folder = folder / "smime"
    folder.mkdir()
    (folder / "text").write_bytes("Content-Type: text/plain; charset=utf-8\r\n\r\n中にある本文です。\r\n".encode())

    def openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=60)
        equal(done.returncode, 0, f"openssl {arguments[0]}: {done.stderr!r}")
        return done.stdout

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key", "-out", "crt", "-subj", "/CN=a")
    sign = ("cms", "-sign", "-in", "text", "-signer", "crt", "-inkey", "key", "-from", "a@example.org", "-subject", "s")
    encrypt = ("cms", "-encrypt", "-in", "text", "-aes256", "-from", "a@example.org", "-subject", "s")
    opaque, removed = "メールの文は、取り除いた署名付きファイルの中にあり", "中身と電子署名が一つになったファイル"
    checked, beside, closed = "電子署名が付いていましたが", "作り直した本文とは合わなくなる", "暗号化されていて、中身を確かめられません"
    for name, mail, there in (
            ("opaque", openssl(*sign, "-nodetach"), {opaque, removed, checked}),
            ("opaque, streamed", openssl(*sign, "-nodetach", "-stream"), {opaque, removed, checked}),
            ("detached", openssl(*sign), {checked, beside, "中にある本文です。"}),
            ("enveloped", openssl(*encrypt, "crt"), {closed}),
            ("enveloped, streamed", openssl(*encrypt, "-stream", "crt"), {closed})):
        done = subprocess.run([program("mugai"), "sanitize"], input=mail, capture_output=True, timeout=60)
        equal((done.returncode, done.stderr), (0, b""), f"{name}: exit status")
        equal(delivered.faults(smtp.wire(done.stdout)), [], f"{name}: what is wrong with what came out")
        text = delivered.body_text(smtp.wire(done.stdout))
        said = {words for words in (opaque, removed, checked, beside, closed, "中にある本文です。") if words in text}
        equal(said, there, f"{name}: what the reader is told in {text}")


def status(chain):
    before = chain.gateway.records("status")
    arrive(chain, seeds.plain("status"))
    after = chain.gateway.records("status")
    expect(before != after, "a mail changes the counts", None, str(after)[:600])
    equal(chain.gateway.mugai("status").returncode, 0, "status for people")
    return str(after)[:400]
