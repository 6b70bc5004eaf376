# SPDX-License-Identifier: Apache-2.0
"""The scanner: what clamd says of an original, and mail that goes on whatever becomes of clamd."""
import base64
import datetime
import json
import os
import signal

from cases_rules import rules_file
from check import equal, expect, wait_for
from clamd import EICAR, NAME, Clamd, FakeClamd

OPTIONS = {}

FRAME = (b"From: a@partner.example\r\nTo: b@city.example.jp\r\nSubject: plan\r\nMIME-Version: 1.0\r\n"
         b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n"
         b"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=tool.dat\r\n"
         b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n")
CLEAN = FRAME % base64.b64encode(b"nothing of interest")
INFECTED = FRAME % base64.b64encode(EICAR)

HOLD = 'rule found {\n  scan = infected\n  mail = hold\n}\nrule unknown {\n  scan = unscanned\n  mail = hold\n  reason = "not looked at"\n}\n'


def cases(chain, folder):
    return [(f"scan: {name}", function) for name, function in (
        ("none is configured: the verdict is none", lambda: none(chain)),
        ("clamd finds a clean mail clean", lambda: clean(chain, folder)),
        ("clamd names what is infected; its text goes on with a warning, in log, show and status", lambda: infected(chain, folder)),
        ("a mail beyond scan.max_size, or a bound of clamd, is unscanned", lambda: too_large(chain, folder)),
        ("searches and figures by verdict", lambda: counted(chain, folder)),
        ("check says what is wrong with a scanner", lambda: checked(chain, folder)),
        ("rules hold what is infected and what is unscanned", lambda: by_rule(chain, folder)),
        ("clamd that is stopped holds up no mail, and is used again when it goes on", lambda: stopped(chain, folder)),
        ("clamd that is killed holds up no mail, and is used again when it is back", lambda: killed(chain, folder)),
        ("the descriptor is the original, and cannot be changed", lambda: descriptor(chain, folder)),
        ("to a scanner that is silent one mail is handed over", lambda: silent(chain, folder)),
        ("a scanner that takes long for one mail is asked again", lambda: slow(chain, folder)),
    ) + tuple((f"an answer that is none: {name}", lambda answer=answer, wanted=wanted: faulty(chain, folder, answer, wanted))
              for name, (answer, wanted) in FAULTY.items())]


def use(chain, socket, **keys):
    """Reloads with this scanner and no rules."""
    rules = keys.pop("rules", "")
    gateway = chain.gateway
    rules_file(chain).write_text(rules)
    gateway.change({"scan": {"socket": f'"{socket}"', "wait": "30 s", "grace": "5 s", "max_size": "25 MB", **keys},
                    "policy": {"rules": f'"{rules_file(chain)}"' if rules else '""'}})
    gateway.write()
    gateway.reload()


def taken(chain, data=CLEAN):
    """What arrives, and the record."""
    reply, rcpt = chain.send(data)
    equal(reply.code, 250, f"reply {reply}")
    header, _, body = chain.arrivals(rcpt)[-1].data.decode().partition("\r\n\r\n")
    if "\r\nContent-Transfer-Encoding: base64" in header:
        body = base64.b64decode(body).decode()
    return header + body, chain.gateway.trace("--to", rcpt)[0]


def verdict(record):
    return record["scan"]["verdict"], record["scan"]["fault"]


def until(chain, wanted):
    """Mails until one has this verdict: the scanner shows a sign of life first. All of them arrive."""
    seen = []

    def again():
        seen.append(verdict(taken(chain)[1]))
        return seen[-1] == wanted
    expect(wait_for(again, 60), "a verdict", wanted, seen)
    return seen


def none(chain):
    use(chain, "")
    mail, record = taken(chain, INFECTED)
    equal(verdict(record), ("none", "none"), "verdict")
    expect("scan=" not in chain.gateway.log_lines(record["receipt"])[-1], "the log line", "without scan", "")


def clean(chain, folder):
    with Clamd(folder / "clamd") as clamd:
        use(chain, clamd.socket)
        mail, record = taken(chain)
        equal(record["scan"], {"verdict": "clean", "fault": "none", "said": ""}, "scan")
        expect("see the file" in mail and "tool.dat" in mail, "the text", "goes on", mail)
        expect("scan=\"clean\"" in chain.gateway.log_lines(record["receipt"])[-1], "the log line", "scan", "")


def infected(chain, folder):
    with Clamd(folder / "clamd") as clamd:
        use(chain, clamd.socket)
        before = chain.gateway.records("status")[0]["milter"]["scan_infected"]
        mail, record = taken(chain, INFECTED)
        equal((record["outcome"], verdict(record)), ("converted", ("infected", "none")), "record")
        expect(NAME in record["scan"]["said"], "what it is called", NAME, record["scan"])
        expect("see the file" in mail, "the text", "goes on", mail)
        expect(NAME not in mail and EICAR.decode() not in mail, "nothing of it", "in the mail", mail)
        expect("危険なファイル" in mail and "dangerous" in mail, "the warning", "in both languages", mail)
        expect(NAME in chain.gateway.log_lines(record["receipt"])[-1], "the log line", NAME, "")
        shown = chain.gateway.mugai("show", record["receipt"]).stdout.decode()
        expect(f"infected: {NAME}" in shown, "show", NAME, shown)
        equal(chain.gateway.records("status")[0]["milter"]["scan_infected"], before + 1, "scan_infected of status")


def too_large(chain, folder):
    with Clamd(folder / "clamd", {"MaxFileSize": "200K"}) as clamd:
        use(chain, clamd.socket, max_size="400 KB")
        record = taken(chain, CLEAN + b"x" * 70 + b"\r\n" * 250000)[1]
        equal(verdict(record), ("unscanned", "too-large"), "beyond scan.max_size")
        expect(f"scan.max_size is {400 * 1024}, the mail has {record['original']['size']}" in record["scan"]["said"], "both numbers", "", record["scan"])
        record = taken(chain, CLEAN + b"\r\n" * 120000)[1]
        equal(verdict(record), ("unscanned", "too-large"), "beyond MaxFileSize")
        equal(verdict(taken(chain)[1]), ("clean", "none"), "a small mail")


def counted(chain, folder):
    def found(*words):
        return {row["receipt"] for row in chain.gateway.records("search", *words, "--max", 1000)}
    with Clamd(folder / "clamd") as clamd:
        use(chain, clamd.socket)
        one, other = taken(chain)[1]["receipt"], taken(chain, INFECTED)[1]["receipt"]
    away = taken(chain)[1]["receipt"]
    for words, inside, outside in ((("clean",), one, {other, away}), (("infected",), other, {one, away}), (("unscanned",), away, {one, other})):
        rows = found("--scan", *words)
        expect(inside in rows and not rows & outside, f"search --scan {words}", inside, rows)
    expect({one, other} <= found("--scan", "clean", "--scan", "infected"), "two verdicts", "both", "")
    done = chain.gateway.mugai("search", "--scan", "none")
    equal((done.returncode, b"clean, infected or unscanned" in done.stderr), (64, True), "a verdict that there is none of")
    month = datetime.datetime.now().strftime("%Y-%m")
    rows = {row["name"]: row["number"] for row in chain.gateway.records("report", "--month", month) if row["kind"] == "scan"}
    equal(rows.keys(), {"clean", "infected", "unscanned"}, "figures of the month")
    equal(rows["infected"], len(found("--scan", "infected")), "how many")


def checked(chain, folder):
    def found(clamd=None):
        done = chain.gateway.mugai("check", "--json", *(("--clamd-conf", clamd.conf) if clamd else ()))
        rows = [f for f in json.loads(done.stdout)["findings"] if f["id"].startswith("scan.")]
        for row in rows:
            expect(row["ja"] and row["en"] and (row["mend"] or row["severity"] == "note"), "both languages, and what mends it", "", row)
        return {row["id"] for row in rows}
    with Clamd(folder / "clamd") as clamd:
        use(chain, clamd.socket)
        equal(found(clamd), {"scan.signatures-unknown"}, "a sound one, whose signatures have no date")
        use(chain, clamd.socket, max_size="1 MB")
        equal(found(clamd), {"scan.signatures-unknown", "scan.max-size"}, "scan.max_size is below limits.mail_size")
    with Clamd(folder / "clamd", {"MaxFileSize": "1M", "AlertExceedsMax": "no"}) as clamd:
        use(chain, clamd.socket)
        equal(found(clamd), {"scan.signatures-unknown", "scan.alert-exceeds-max"}, "a clamd that does not say what it left out")
        equal(found(), {"scan.signatures-unknown"}, "the configuration of another clamd")
    with Clamd(folder / "clamd", {"MaxFileSize": "1M"}) as clamd:
        use(chain, clamd.socket)
        equal(found(clamd), {"scan.signatures-unknown", "scan.bounds"}, "MaxFileSize is below scan.max_size")
    equal(found(), {"scan.silent"}, "none at the socket")
    answers = {"VERSION": b"ClamAV 1.4.6/27000/Thu Jan  2 09:00:00 2020\0", "FILDES": b"No file descriptor received. ERROR\0"}
    with FakeClamd(folder / "fake.sock", lambda command, *_: answers[command]) as fake:
        use(chain, fake.path)
        equal(found(), {"scan.signatures-old", "scan.descriptor"}, "old signatures, and a clamd that reads no descriptor")
    use(chain, "", rules=HOLD)
    equal(found(), {"scan.none"}, "a rule without a scanner")


def by_rule(chain, folder):
    with Clamd(folder / "clamd") as clamd:
        use(chain, clamd.socket, rules=HOLD)
        mail, record = taken(chain, INFECTED)
        equal((record["outcome"], record["reason"]), ("held", "by rule found"), "an infected mail")
        expect("see the file" not in mail and record["receipt"][:4] in mail, "the notice", "alone", mail)
        equal(taken(chain)[1]["outcome"], "converted", "a clean mail")
    record = taken(chain, INFECTED)[1]
    equal((record["outcome"], record["reason"], verdict(record)), ("held", "by rule unknown: not looked at", ("unscanned", "broken")), "without clamd")


def stopped(chain, folder):
    with Clamd(folder / "clamd") as clamd:
        use(chain, clamd.socket)
        equal(verdict(taken(chain)[1]), ("clean", "none"), "before")
        use(chain, clamd.socket, grace="500 ms")
        clamd.send(signal.SIGSTOP)
        for _ in range(10):
            equal(verdict(taken(chain, INFECTED)[1]), ("unscanned", "silent"), "while it is stopped")
        clamd.send(signal.SIGCONT)
        return f"{len(until(chain, ('clean', 'none')))} mails until it was used again"


def killed(chain, folder):
    clamd = Clamd(folder / "clamd").start()
    try:
        use(chain, clamd.socket)
        equal(verdict(taken(chain)[1]), ("clean", "none"), "before")
        clamd.send(signal.SIGKILL)
        clamd.process.wait()
        for _ in range(5):
            equal(verdict(taken(chain)[1]), ("unscanned", "broken"), "while it is away")
        clamd.stop()
        clamd.start()
        until(chain, ("clean", "none"))
    finally:
        clamd.stop()


def descriptor(chain, folder):
    seen = {}

    def answer(command, fd, _connection):
        seen["content"] = os.pread(fd, 1 << 20, 0)
        for name, change in (("write", lambda: os.pwrite(fd, b"X", 0)), ("shorten", lambda: os.ftruncate(fd, 1)),
                             ("lengthen", lambda: os.ftruncate(fd, 1 << 20))):
            try:
                change()
                seen[name] = "done"
            except OSError as fault:
                seen[name] = fault.errno
        return b"fd[9]: OK\0"
    with FakeClamd(folder / "fake.sock", answer) as fake:
        use(chain, fake.path)
        record = taken(chain)[1]
        equal(verdict(record), ("clean", "none"), "verdict")
        equal({k: seen[k] for k in ("write", "shorten", "lengthen")}, dict.fromkeys(("write", "shorten", "lengthen"), 1), "EPERM for each change")
        equal(seen["content"], chain.gateway.get(record["receipt"]), "what the scanner read")


def silent(chain, folder):
    with FakeClamd(folder / "fake.sock", lambda *_: None) as fake:
        use(chain, fake.path, grace="500 ms")
        for _ in range(5):
            equal(verdict(taken(chain)[1]), ("unscanned", "silent"), "verdict")
        expect(wait_for(lambda: len(fake.commands) >= 2), "a sign of life", "is asked for", fake.commands)
        equal(fake.commands.count("FILDES"), 1, f"originals handed over: {fake.commands}")
        fake.answer = lambda command, *_: b"PONG\0" if command == "PING" else b"fd[9]: OK\0"
        until(chain, ("clean", "none"))


def slow(chain, folder):
    """Long for what has the word; all else at once."""
    def answer(command, fd, _connection):
        if command == "PING":
            return b"PONG\0"
        return None if b"word" in os.pread(fd, 1 << 20, 0) else b"fd[9]: OK\0"
    with FakeClamd(folder / "fake.sock", answer) as fake:
        use(chain, fake.path, grace="500 ms")
        equal(verdict(taken(chain, CLEAN + b"word\r\n")[1]), ("unscanned", "silent"), "the slow one")
        until(chain, ("clean", "none"))


def drip(_command, _fd, connection):
    """An answer without an end, an octet at a time, for as long as somebody listens."""
    while True:
        connection.sendall(b"x")
        wait_for(lambda: False, 0.05)


FAULTY = {
    "garbage": (lambda *_: b"\x00\xff\x1b[31m\0", ("unscanned", "broken")),
    "closed at once": (lambda *_: b"", ("unscanned", "broken")),
    "half of one": (lambda *_: b"fd[9]: O", ("unscanned", "broken")),
    "without an end": (lambda *_: b"fd[9]: " + b"x" * 100000, ("unscanned", "broken")),
    "two lines": (lambda *_: b"fd[9]: OK\nfd[9]: OK\n\0", ("unscanned", "broken")),
    "an octet at a time": (drip, ("unscanned", "silent")),
    "of another command": (lambda *_: b"PONG\0", ("unscanned", "broken")),
    "an error": (lambda *_: b"fd[9]: Can't open file or directory ERROR\0", ("unscanned", "refused")),
    "a name of controls": (lambda *_: b"fd[9]: a\r\nb\x1b FOUND\0", ("unscanned", "broken")),
    "a name that is long": (lambda *_: b"fd[9]: " + b"n" * 900 + b" FOUND\0", ("infected", "none")),
}


def faulty(chain, folder, answer, wanted):
    with FakeClamd(folder / "fake.sock", answer) as fake:
        use(chain, fake.path, grace="500 ms" if wanted[1] == "silent" else "5 s")
        mail, record = taken(chain)
        equal(verdict(record), wanted, "verdict")
        expect("see the file" in mail, "the text", "goes on", mail)
        expect(len(record["scan"]["said"]) <= 200, "what is kept of it", "200 octets at most", record["scan"])
    # What one case leaves the milter to think of the scanner must not reach the next one.
    with FakeClamd(folder / "fake.sock", lambda command, *_: b"PONG\0" if command == "PING" else b"fd[9]: OK\0") as fake:
        use(chain, fake.path)
        until(chain, ("clean", "none"))
