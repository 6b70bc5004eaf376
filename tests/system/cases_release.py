# SPDX-License-Identifier: Apache-2.0
"""Releases: from a mail with a Japanese-named file to the mailbox on the Internet side, by a real Postfix; and everything that may come in
between: a locked key, a wrong domain, a Postfix that is away or refuses, a role that is killed."""
import base64
import email
import email.policy
import hashlib
import json
import os
import sqlite3
import subprocess
import time

import smtp
from cases_keys import Keys
from cases_request import PEOPLE, Desk
from cases_scan import use
from cases_seal import PHRASES, memory_of
from check import equal, expect, wait_for
from clamd import FakeClamd
from gateway import GROUP, json_values, program, with_lines

ALLOWED = "soto.example.jp"
OPTIONS = {"release": [ALLOWED], "settings": {"release": {"lgwan_domains": "city.example.jp"}}}
NAME = "見積書（令和8年度）①.xlsx"
CONTENT = hashlib.sha256(b"seed").digest() * 3000 + b"\x00\r\n.\r\nend"
PLANTED = b"RELEASED-PLANTED-" + b"x9Qm4" * 8


class Release(Desk):
    def __init__(self, chain, folder):
        super().__init__(chain)
        self.keys = Keys(chain, folder)
        self.serial, self.officer = 0, "root"

    def mail(self, files, rcpt="taro@city.example.jp"):
        """Sends a mail with these (name, octets); (receipt, the octets that must be kept)."""
        self.serial += 1
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = "sender@example.org", rcpt, f"見積の件 {self.serial}"
        message["Message-ID"] = f"<original-{self.serial}@example.org>"
        message.set_content("本文です。\n")
        for name, content in files:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        data = smtp.wire(message.as_bytes())
        before = self.receipts(rcpt)
        reply, _ = self.chain.send(data, rcpt)
        equal(reply.code, 250, f"reply {reply}")
        new = self.receipts(rcpt) - before
        equal(len(new), 1, "new rows")
        return new.pop(), data

    def receipts(self, rcpt):
        """Of all kept mail to an address, as the officer sees it (before there is one, root)."""
        rows = json_values(self.run(self.officer, "trace", "--json", "--from", "sender@example.org", "--to", rcpt, "--max", "1000").stdout)
        return {row["receipt"].replace("-", "") for row in rows}

    def approved(self, receipt, *what):
        """A request of taro's that anna has approved."""
        number = json.loads(self.ask("taro", receipt, *what, to=f"taro@{ALLOWED}").stdout)["number"]
        self.run("anna", "request", "approve", number)
        return number

    def state(self, number):
        return self.show("taro", number)["state"]

    def wait(self, number, *states, seconds=60):
        deadline = time.monotonic() + seconds
        while self.state(number) not in states and time.monotonic() < deadline:
            time.sleep(0.2)
        expect(self.state(number) in states, f"state of request {number}", states, self.show("taro", number))
        return self.show("taro", number)

    def arrived(self, number):
        """Mails of this request at the next hop, once Postfix has handed on all that it took: a request is released when Postfix took it."""
        expect(self.chain.postfix.wait_empty(60), "Postfix's queue is empty", [], self.chain.postfix.queued())
        words = f"<request.1.{number}@mugai.invalid>".encode()
        return [m for m in list(self.chain.sink.mails) if words in m.data]

    def unlock(self):
        done = self.keys.unlock("organization", None, "--minutes", 30, user=PEOPLE["officer"][0], group=int(GROUP), extra_groups=[])
        equal(done.returncode, 0, f"unlock: {done.stderr.decode()}")


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    release = Release(chain, folder)
    return [(f"release: {name}", lambda function=function: function(release)) for name, function in (
        ("people, keys and mail", prepared),
        ("with the key locked an approved request waits, and status says so", locked),
        ("status and check warn once it has waited for release.key_alarm", alarmed),
        ("unlocked, the file arrives byte for byte under its Japanese name, once", released),
        ("the whole original arrives as RECEIPT.eml", whole),
        ("several files, two of one name, in one mail", several),
        ("malware, and what was not scanned, needs two approvals and is named so in what is released", malware),
        ("C3 names that deceive are made harmless", deceiving),
        ("its requester is told by letters", letters),
        ("the release port takes no other domain, sender of mail or alias", port_closed),
        ("a domain that is allowed no longer fails the request", disallowed),
        ("while Postfix is away it waits, and goes once it is back", away),
        ("what Postfix refuses is failed, with its words", refused),
        ("kill -9 of the role before, in and after the hand-over", killed),
        ("a damaged original fails and holds up no other", damaged),
        ("what was released is nowhere in the memory of store, sanitize and release once the key is locked", planted),
    )]


def prepared(release):
    done = with_lines(PHRASES.values(), lambda fd: release.gateway.mugai("key", "init", release.keys.folder, "--passphrase-fd", fd, pass_fds=(fd,)))
    equal(done.returncode, 0, f"key init: {done.stderr.decode()}")
    for name in PHRASES:
        (release.gateway.folder / f"{name}.crt").write_bytes((release.keys.folder / f"{name}.crt").read_bytes())
    release.gateway.change({"store": {"seal_to": f'"{release.gateway.folder}/organization.crt"',
                                      "escrow": f'"{release.gateway.folder}/escrow.crt"'}})
    release.gateway.stop()
    release.gateway.start()
    release.receipt, release.original = release.mail([(NAME, CONTENT)])
    release.run("root", "user", "add", "officer", "--name", "officer", "--duty", "officer", "--unix-user", PEOPLE["officer"][0])
    for login in ("taro", "anna", "akira"):
        words = [word for duty in PEOPLE[login][1] for word in ("--duty", duty)]
        release.run("officer", "user", "add", login, "--name", f"{login} 氏", *words, "--unix-user", PEOPLE[login][0],
                    "--address", f"{login}@city.example.jp", "--address", f"{login}@{ALLOWED}")
    # From the first person on root is an administrator alone: the officer has the key.
    release.officer = "officer"
    release.keys.folder.chmod(0o755)
    os.chown(release.keys.file("organization"), PEOPLE["officer"][0], -1)


def locked(release):
    release.first = release.approved(release.receipt, "--part", "2")
    deadline = time.monotonic() + 20
    while release.keys.figure("waiting_for_key") != 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    equal((release.keys.figure("waiting_for_key"), release.state(release.first)), (1, "approved"), "it waits")
    time.sleep(5)
    equal((release.state(release.first), release.arrived(release.first)), ("approved", []), "still")
    with sqlite3.connect(f"file:{release.gateway.state}/index.db?mode=ro", uri=True) as db:
        acts = [json.loads(row[0])["act"] for row in db.execute("SELECT entry FROM audit ORDER BY number")]
    equal([a for a in acts if a in ("handed-over", "release-returned")], [], "acts that a waiting request leaves behind")
    return f"{len(acts)} acts, none of them of the waiting"


def alarmed(release):
    """Five hours are passed by setting back when it was approved."""
    def said():
        status = json.loads(release.gateway.mugai("status", "--json").stdout)["findings"]
        check = json.loads(release.gateway.mugai("check", "--json").stdout)["findings"]
        return [[f["id"] for f in found if f["id"] == "release.key-locked"] for found in (status, check)]

    def set_back(hours):
        with sqlite3.connect(f"file:{release.gateway.state}/index.db?mode=rw", uri=True, timeout=10) as db:
            db.execute("UPDATE request SET decided = decided - ? WHERE number = ?", (hours * 3600, int(release.first)))
    equal(said(), [[], []], "findings at first")
    set_back(5)
    equal(said(), [["release.key-locked"], ["release.key-locked"]], "findings after five hours")
    text = release.gateway.mugai("status").stdout.decode()
    expect("1 approved requests wait for a key that is locked" in text, "status says so", None, text[-600:])
    set_back(-5)


def parts_of(data):
    """(text, [(name, octets)]) by a second reader."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    equal(message.defects, [], "defects that Python's reader sees")
    text, *files = list(message.iter_parts())
    return text.get_content(), [(f.get_filename(), f.get_payload(decode=True)) for f in files]


def only(release, number):
    found = release.arrived(number)
    equal(len(found), 1, f"mails of request {number}")
    return found[0]


def released(release):
    release.unlock()
    row = release.wait(release.first, "released", "failed")
    equal(row["state"], "released", f"state: {row}")
    expect("250 2.0.0" in row["result"] and "queued as" in row["result"], "Postfix's words", None, row["result"])
    release.chain.sink.wait(f"taro@{ALLOWED}", 1)
    mail = only(release, release.first)
    equal((mail.rcpts, mail.sender), ([f"taro@{ALLOWED}"], "mugai@city.example.jp"), "envelope")
    text, files = parts_of(mail.data)
    equal([(n, hashlib.sha256(c).hexdigest()) for n, c in files], [(NAME, hashlib.sha256(CONTENT).hexdigest())], "the file")
    equal(files[0][1], CONTENT, "its octets")
    for words in ("taro 氏", "anna 氏", "sender@example.org", "見積の件 1", f"{release.receipt[:4]}-{release.receipt[4:8]}-{release.receipt[8:]}"):
        expect(words in text, "what it says", words, text)
    message = email.message_from_bytes(mail.data, policy=email.policy.compat32)
    equal((message["In-Reply-To"], message["Auto-Submitted"], message["X-Mail-Sanitized"]), ("<original-1@example.org>", "auto-generated", None), "fields")
    # What clients that know no RFC 2231 show.
    raw = message.get_payload()[1]["Content-Type"]
    shown = str(email.header.make_header(email.header.decode_header(raw.partition('name="')[2].rstrip('"').replace("\n", ""))))
    equal(shown, NAME, "the name by encoded words")
    words = f"<request.1.{release.first}@mugai.invalid>"
    expect(wait_for(lambda: words in release.chain.postfix.log_text()), "Postfix's log has the Message-ID")
    return f"{len(CONTENT)} octets, {NAME}"


def whole(release):
    number = release.approved(release.receipt, "--whole")
    release.wait(number, "released", "failed")
    release.chain.sink.wait(f"taro@{ALLOWED}", 2)
    _, files = parts_of(only(release, number).data)
    equal([n for n, _ in files], [f"{release.receipt}.eml"], "name")
    kept = with_lines([PHRASES["organization"]], lambda fd: subprocess.run(
        [program("mugai"), "get", release.receipt, "--config", release.gateway.conf, "--key", release.keys.file("organization"), "--passphrase-fd",
         str(fd)], pass_fds=(fd,), capture_output=True, user=PEOPLE["officer"][0], group=int(GROUP), extra_groups=[]))
    equal(kept.returncode, 0, f"mugai get: {kept.stderr.decode()}")
    equal(files[0][1] == kept.stdout, True, "the octets are those of the original")


def several(release):
    files = [("同じ名前.pdf", b"%PDF-1.4 one"), ("同じ名前.pdf", b"%PDF-1.4 two"), ("third.txt", b"")]
    receipt, _ = release.mail(files)
    number = release.approved(receipt, "--part", "2", "--part", "3", "--part", "4")
    release.wait(number, "released", "failed")
    release.chain.sink.wait(f"taro@{ALLOWED}", 3)
    equal(parts_of(only(release, number).data)[1], [("同じ名前.pdf", b"%PDF-1.4 one"), ("同じ名前 (2).pdf", b"%PDF-1.4 two"), ("third.txt", b"")], "files")


def malware(release):
    with FakeClamd(release.gateway.folder / "fake.sock", lambda *_: b"fd[9]: Win.Malware-7 FOUND\0") as fake:
        use(release.chain, fake.path)
        infected, _ = release.mail([("list.pdf", b"%PDF-1.4 x")])
    unscanned, _ = release.mail([("list.pdf", b"%PDF-1.4 y")])
    use(release.chain, "")
    for receipt, words in ((infected, ("危険なファイルが見つかっています", "検出名: Win[.]Malware-7")), (unscanned, ("検査を受けていません",))):
        number = release.approved(receipt, "--part", "2")
        shown = release.show("taro", number)
        equal((shown["state"], shown["needed"]), ("waiting", 2), "after one approval")
        release.run("akira", "request", "approve", number)
        release.wait(number, "released")
        text = email.message_from_bytes(only(release, number).data, policy=email.policy.default).get_body().get_content()
        for word in words:
            expect(word in text, "the released mail says it", word, text)


def deceiving(release):
    receipt, _ = release.mail([("../../etc/cron.d/x", b"one"), ("CON.pdf", b"two"), ("a\u202efdp.exe", b"three")])
    number = json.loads(release.ask("taro", receipt, "--part", "2", "--part", "3", "--part", "4", to=f"taro@{ALLOWED}").stdout)["number"]
    for who in ("anna", "akira"):
        if release.state(number) == "waiting":
            release.run(who, "request", "approve", number)
    release.wait(number, "released", "failed")
    release.chain.sink.wait(f"taro@{ALLOWED}", 6)
    names = [n for n, _ in parts_of(only(release, number).data)[1]]
    for name in names:
        expect(not set(name) & set('/\\:*?"<>|\u202e') and not name.startswith(".") and name.partition(".")[0].upper() != "CON", "a name that can be saved",
               None, names)
    return ", ".join(names)


def letters(release):
    wait_for(lambda: release.keys.figure("letters") >= 8, 30)

    def come():
        return [m for m in list(release.chain.sink.by_rcpt.get("taro@city.example.jp", [])) if b"letter.1." in m.data]
    expect(wait_for(lambda: len(come()) >= 4), "letters that arrived", None, len(come()))
    mails = come()
    equal({m.sender for m in mails}, {""}, "sender")
    return f"{len(mails)} letters"


def port_closed(release):
    said = {}
    for rcpt in ("x@city.example.jp", f"x@sub.{ALLOWED}", "x@example.com", f"x%city.example.jp@{ALLOWED}.evil.example"):
        with smtp.Client(release.chain.port_release) as client:
            said[rcpt] = client.send("a@example.org", [rcpt], b"Subject: x\r\n\r\nx\r\n").code
    equal(set(said.values()), {554}, f"replies: {said}")


def disallowed(release):
    equal(release.keys.lock().returncode, 0, "lock")
    number = release.approved(release.receipt, "--part", "2")
    release.gateway.change({"release": {"allowed_domains": '"other.example.jp"'}})
    release.gateway.write()
    release.gateway.reload()
    release.unlock()
    row = release.wait(number, "failed", "released")
    equal((row["state"], release.arrived(number)), ("failed", []), f"state: {row}")
    expect("no domain that is allowed now" in row["result"], "why", None, row["result"])
    release.gateway.change({"release": {"allowed_domains": f'"{ALLOWED}"'}})
    release.gateway.write()
    release.gateway.reload()


def away(release):
    release.chain.postfix.stop()
    number = release.approved(release.receipt, "--part", "2")
    expect(wait_for(lambda: release.gateway.log_lines(f"request {number} is tried again later"), 60), "it is tried, and again later")
    equal(release.state(number), "approved", "state while Postfix is away")
    release.chain.postfix.start()
    row = release.wait(number, "released", "failed", seconds=100)
    equal(row["state"], "released", f"state: {row}")
    only(release, number)


def refused(release):
    """The port refuses every recipient, as it does where its list of domains was forgotten."""
    equal(release.keys.lock().returncode, 0, "lock")
    number = release.approved(release.receipt, "--part", "2")
    options = release.chain.postfix.services["release"][1]
    kept = dict(options)
    options["smtpd_recipient_restrictions"] = "reject"
    release.chain.postfix.stop()
    release.chain.postfix.start()
    release.unlock()
    row = release.wait(number, "failed", "released")
    equal((row["state"], release.arrived(number)), ("failed", []), f"state: {row}")
    expect("554 5.7.1" in row["result"], "Postfix's words", None, row["result"])
    options.clear()
    options.update(kept)
    release.chain.postfix.stop()
    release.chain.postfix.start()


def killed(release):
    """At moments from the approval on. Each is handed over once, or unknown and settled by a person."""
    moments, unknown = [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.8, 2.5], 0
    for pause in moments:
        number = release.approved(release.receipt, "--part", "2")
        time.sleep(pause)
        release.gateway.kill_role("release")
        release.gateway.wait_ready()
        release.unlock()
        row = release.wait(number, "released", "unknown")
        count = len(release.arrived(number))
        if row["state"] == "released":
            equal(count, 1, f"mails of a released request, killed after {pause} s")
            continue
        unknown += 1
        expect(count <= 1, "mails of an unknown request", "0 or 1", count)
        release.run("akira", "request", "settle", number, "sent" if count else "again", "--reason", "in the log" if count else "not in the log")
        release.wait(number, "released")
        equal(len(release.arrived(number)), 1, "mails after it was settled")
    return f"{len(moments)} kills, {unknown} unknown"


def damaged(release):
    receipt, _ = release.mail([("x.bin", b"damaged")])
    path = next((release.gateway.state / "objects").rglob(f"{receipt}.zst.cms"))
    content = path.read_bytes()
    path.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    bad, good = release.approved(receipt, "--part", "2"), release.approved(release.receipt, "--part", "2")
    equal(release.wait(good, "released", "failed")["state"], "released", "the one behind it")
    equal(release.wait(bad, "released", "failed")["state"], "failed", "the damaged one")


def planted(release):
    receipt, _ = release.mail([("planted.bin", PLANTED * 2000)])
    number = release.approved(receipt, "--part", "2")
    release.wait(number, "released", "failed")
    equal(parts_of(only(release, number).data)[1], [("planted.bin", PLANTED * 2000)], "what arrived")
    equal(release.keys.lock().returncode, 0, "lock")
    time.sleep(10)
    words, held = (PLANTED[:20], base64.b64encode(PLANTED * 3)[:40]), 0
    # Not of the milter: memory that libmilter gives back is not wiped (README, "What is a boundary").
    pids = release.gateway.pids()
    for role in ("store", "sanitize", "release"):
        for piece in memory_of(pids[role]):
            held += len(piece)
            for word in words:
                expect(word not in piece, f"the memory of {role} is free of it")
    return f"{held} octets of memory"
