# SPDX-License-Identifier: Apache-2.0
"""Log lines in each form and to each place: read back as others read them, whatever a mail says; and nobody waits for who reads them."""
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import seeds
import smtp
from check import Skip, equal, expect, wait_for
from gateway import BUILD, Gateway, program

OPTIONS = {}
HELPER = BUILD / "tests" / "helpers" / "log-lines"
FORMATS = ("logfmt", "json", "cef")
DEV_LOG, JOURNAL = "/dev/log", "/run/systemd/journal/socket"
HOSTILE = ["", " ", "=", "|", "\\", '"', "\n", "\r\n", "\t", "\x1b[31m", "\0x"[1:], "a=b", 'x" outcome="converted', " outcome=converted", "\\n",
           "|9|", "msg=1\nCEF:0|x|y|1|2|3|4|act=1", "\u2028", "\u202e", "\ud7ff", "\U000e0041", "\ufeff", "会議", "㈱①髙", "é", "\x7f", "\x85",
           "{", "}", "'", "<3>", "%s%n", "`id`", "$(id)", "\\", "\\\\", '\\"', "\\=", "nul"]
SENDER = '"a b|c=d\\"x <3>"@strange.example'


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    return [(f"lines: {name}", function) for name, function in (
        ("what a mail says is a value and nothing else, in each form and at each place", lambda: forged(folder)),
        ("the lines of a gateway are read back, all of them, in each form", lambda: gateways(chain)),
        ("a file: its mode, and a new one after SIGHUP for every role", lambda: rotated(chain, folder)),
        ("standard error that nobody reads: mail goes on, lines are counted, and said later", lambda: unread(chain)),
        ("a syslog that hangs: mail goes on, lines are counted, and said later", lambda: hung(chain)),
        ("the journal, by its own protocol", lambda: journal(chain)),
    )]


# --- readers, each as strict as the form ---------------------------------------------------------------------------------------

def read_logfmt(line):
    """key=value; a bare value has no blank, quote, '=' or stroke; in quotes only \\" and \\\\ are escapes."""
    found, at = {}, 0
    while at < len(line):
        match = re.compile(r'([a-z_]+)=(?:([^\s"=\\]+)|"((?:[^"\\]|\\["\\])*)")(?: |$)').match(line, at)
        expect(match and match.group(1) not in found, "a field of logfmt", "key=value, once", line[at:])
        bare, quoted = match.group(2), match.group(3)
        found[match.group(1)] = bare if bare is not None else re.sub(r"\\(.)", r"\1", quoted)
        at = match.end()
    return found


def read_cef(line):
    """Header of seven fields, then values: a key begins where a blank, letters and an unescaped '=' are."""
    head = re.match(r"CEF:0((?:\|(?:[^|\\]|\\[|\\])*){6})\|(.*)$", line)
    expect(head, "a header of CEF", "CEF:0|vendor|product|version|signature|name|severity|", line)
    fields = [re.sub(r"\\(.)", r"\1", f) for f in re.split(r"(?<!\\)\|", head.group(1))[1:]]
    equal(fields[:2], ["mugai", "mugai"], "vendor and product")
    expect(fields[5].isdigit() and 0 <= int(fields[5]) <= 10, "severity", "0 to 10", fields[5])
    found, text = {}, head.group(2)
    keys = list(re.finditer(r"(?:^| )([A-Za-z0-9]+)=", text))
    keys = [k for k in keys if text[k.end() - 2] != "\\"]
    equal(keys[0].start(), 0, "the first key")
    for key, following in zip(keys, [*keys[1:], None]):
        value = text[key.end():following.start() if following else len(text)]
        expect(re.fullmatch(r"(?:[^=\\]|\\[=\\])*", value), "a value of CEF", "= and \\ escaped", value)
        expect(key.group(1) not in found, "each key once", None, key.group(1))
        found[key.group(1)] = re.sub(r"\\(.)", r"\1", value)
    return {**found, "signature": fields[3], "name": fields[4], "severity": fields[5]}


READ = {"logfmt": read_logfmt, "json": json.loads, "cef": read_cef}
# As CEF calls what the others call so.
CEF_KEY = {"from": "suser", "reply": "cs4", "reason": "reason", "queue_id": "cs1", "receipt": "externalId", "outcome": "outcome", "in": "in"}


def value_of(found, form, name):
    return str(found.get(CEF_KEY[name] if form == "cef" else name, ""))


# --- forged values -------------------------------------------------------------------------------------------------------------

def hostile_values(count, seed):
    source = random.Random(seed)
    for _ in range(count):
        text = "".join(source.choice(HOSTILE) for _ in range(source.randrange(12))).encode("utf-8", "surrogatepass")
        if source.randrange(4) == 0:
            text += bytes(source.randrange(1, 256) for _ in range(source.randrange(300)))
        if source.randrange(20) == 0:
            text *= 40
        yield text.replace(b"\0", b"")


def run_helper(form, where, values, path=None):
    """(values as the log has them, standard error, which is a file: a pipe would lose what is not read at once)"""
    with tempfile.TemporaryFile() as said:
        done = subprocess.run([str(HELPER), form, where, *([path] if path else [])], input=b"".join(v + b"\0" for v in values),
                              stdout=subprocess.PIPE, stderr=said, timeout=60, check=False)
        equal(done.returncode, 0, "lines that were lost")
        said.seek(0)
        return [v.decode() for v in done.stdout.split(b"\0")[:-1]], said.read()


@contextlib.contextmanager
def listener(path, room=1 << 20):
    pathlib.Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        sock.bind(str(path))
        os.chmod(path, 0o666)
        try:
            yield sock
        finally:
            pathlib.Path(path).unlink(missing_ok=True)


def take(sock, seconds=0.0):
    """What is there, or comes within so many seconds."""
    found = []
    sock.settimeout(seconds or 0.01)
    with contextlib.suppress(TimeoutError, BlockingIOError):
        while True:
            found.append(sock.recv(65536))
    return found


def run_beside(sock, form, where, values, path):
    """(values as the log has them, datagrams)"""
    kept, _ = run_helper(form, where, values, str(path))
    return kept, take(sock)


def forged(folder):
    values = [*(v.encode() for v in HOSTILE), *hostile_values(3000, 7)]
    values = values[:len(values) // 3 * 3]
    lines = 0
    for form in FORMATS:
        kept, said = run_helper(form, "stderr", values)
        expect(all("\n" not in v and "\r" not in v for v in kept), "values are lines")
        text = said.decode()
        expect(text.endswith("\n"), "the last line ends")
        rows = text[:-1].split("\n")
        equal((len(rows), len(kept)), (len(values) // 3, len(values)), f"{form}: lines, and values")
        expect(max(len(r.encode()) for r in rows) < 4096, "lines are within what a pipe takes as a whole")
        for at, row in enumerate(rows):
            found = READ[form](row)
            equal([value_of(found, form, n) for n in ("from", "reply", "reason")], kept[3 * at:3 * at + 3], f"{form}: values of {row[:300]}")
            equal(value_of(found, form, "outcome"), "", f"{form}: a field that nobody wrote in {row[:300]}")
            lines += 1
    path = folder / "socket"
    few = values[:24]  # eight lines: the kernel keeps ten datagrams
    for form in FORMATS:
        with listener(path) as sock:
            kept, found = run_beside(sock, form, "syslog", few, path)
        equal(len(found), 8, "datagrams")
        for at, datagram in enumerate(found):
            head = re.match(rb"<22>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d log-lines\[\d+\]: ", datagram)
            expect(head and b"\n" not in datagram, "a datagram for syslog", None, datagram)
            fields = READ[form](datagram[head.end():].decode())
            equal([value_of(fields, form, n) for n in ("from", "reply", "reason")], kept[3 * at:3 * at + 3], f"syslog, {form}")
    with listener(path) as sock:
        kept, found = run_beside(sock, "json", "journal", few, path)
    equal(len(found), 8, "datagrams")
    for at, datagram in enumerate(found):
        fields = [line.partition(b"=") for line in datagram[:-1].split(b"\n")]
        equal([name.decode() for name, _, _ in fields], ["PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "MESSAGE", "MUGAI_FROM", "MUGAI_REPLY",
                                                         "MUGAI_REASON"], "fields of the journal")
        equal([value.decode() for _, _, value in fields[4:]], kept[3 * at:3 * at + 3], "values in the journal")
    return f"{lines} lines"


# --- a gateway -----------------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def logging(chain, **keys):
    """The gateway with these settings of the log; its log file is empty."""
    chain.gateway.stop()
    before = dict(chain.gateway.settings.get("log", {}))
    chain.gateway.change({"log": keys})
    chain.gateway.log.write_bytes(b"")
    try:
        yield
    finally:
        chain.gateway.stop()
        chain.gateway.settings["log"] = before
        chain.gateway.start()


def send(chain, count=1, sender=SENDER):
    rcpts = []
    for _ in range(count):
        reply, rcpt = chain.send_until_taken(smtp.wire(seeds.plain()), sender=sender)
        equal(reply.code, 250, "reply")
        rcpts.append(rcpt)
    for rcpt in rcpts:
        chain.arrivals(rcpt)
    return rcpts


def gateways(chain):
    said = []
    for form in FORMATS:
        with logging(chain, format=form):
            chain.gateway.start()
            rcpt = send(chain)[0]
            row = chain.gateway.trace("--to", rcpt)[0]
            chain.gateway.stop()
            rows = [READ[form](line) for line in chain.gateway.log_text().splitlines()]
            mails = [r for r in rows if value_of(r, form, "queue_id") == row["queue_id"]]
            equal(len(mails), 1, f"{form}: lines of the mail")
            equal([value_of(mails[0], form, n) for n in ("from", "receipt", "outcome")], [row["from"], row["receipt"].replace("-", ""), "converted"],
                  "values")
            expect(int(value_of(mails[0], form, "in")) > 0, "octets")
            said.append(f"{form} {len(rows)} lines")
    return ", ".join(said)


def rotated(chain, folder):
    path, old = folder / "mugai.log", folder / "mugai.log.1"
    with logging(chain, to="file", file=f'"{path}"', format="json"):
        chain.gateway.start()
        send(chain)
        equal(path.stat().st_mode & 0o777, 0o640, "mode")
        path.rename(old)
        before = old.stat().st_size
        send(chain)
        expect(old.stat().st_size > before, "until SIGHUP lines go to the file that it was")
        chain.gateway.signal(signal.SIGHUP)
        wanted = {(f"mugai-{role}", "configuration loaded again") for role in chain.gateway.roles()}

        def said():
            rows = [json.loads(line) for line in path.read_text().rpartition("\n")[0].splitlines()]
            return {(r["program"], r.get("msg")) for r in rows}
        expect(wait_for(lambda: wanted <= said() and any(name == "mugaid" for name, _ in said())), "roles write to the new file", wanted, path)
        equal(path.stat().st_mode & 0o777, 0o640, "mode of the new one")
        size = old.stat().st_size
        send(chain)
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        equal((len([r for r in rows if r["event"] == "mail"]), old.stat().st_size), (1, size), "lines of mail in the new file; size of the old one")
        expect({"mugaid", "mugai-milter"} <= {r["program"] for r in rows}, "programs that write to it", None, {r["program"] for r in rows})


def dropped(chain):
    figures = json.loads(chain.gateway.mugai("status", "--json").stdout)
    return figures["milter"]["log_dropped"]


class Piped(Gateway):
    """Its standard error is a pipe."""

    def start(self, wait=True):
        self.write()
        reader, writer = os.pipe()
        self.daemon = subprocess.Popen([program("mugaid"), "--config", str(self.conf)], stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
                                       process_group=0)
        os.close(writer)
        self.reader = reader
        if wait:
            self.wait_ready()
        return self


def unread(chain):
    """A pipe is 64 KB: two hundred lines or more."""
    gateway = chain.gateway
    gateway.stop()
    kind = gateway.__class__
    gateway.__class__ = Piped
    gateway.change({"log": {"level": "debug"}})
    try:
        gateway.start()
        began = time.monotonic()
        sent = 0
        while dropped(chain) == 0:
            expect(sent < 2000, "the pipe is full at last")
            send(chain, 20, "plain@example.org")
            sent += 20
        full = time.monotonic()
        send(chain, 20, "plain@example.org")
        took, before = time.monotonic() - full, (full - began) / sent * 20
        expect(took < 4 * before + 2, "seconds of 20 mails while nobody reads", before, took)
        lost = dropped(chain)
        text = os.read(gateway.reader, 1 << 20).decode()
        expect(all(re.match(r"\d{4}-\d\d-\d\dT\S+ mugai", line) for line in text.splitlines()), "lines are whole", None, text[-500:])
        send(chain, 1, "plain@example.org")
        again = os.read(gateway.reader, 1 << 20).decode()
        said = [int(n) for n in re.findall(r"mugai-milter\[\d+\]: (\d+) log lines were lost", again)]
        expect(said and said[0] >= lost, "the milter says how many were lost", lost, again)
        return f"{sent} mails, {lost} lost; 20 mails {took:.2f} s, before {before:.2f} s"
    finally:
        threading.Thread(target=lambda: iter(lambda: os.read(gateway.reader, 65536), b"") and None, daemon=True).start()
        gateway.stop()
        os.close(gateway.reader)
        gateway.__class__ = kind
        gateway.settings.pop("log", None)
        gateway.start()


def is_listened_at(path):
    """A socket that nobody has any more is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(path)
        except OSError:
            return False
    return True


def hung(chain):
    if is_listened_at(DEV_LOG):
        raise Skip("something listens at /dev/log here")
    with logging(chain, to="syslog", format="logfmt"), listener(DEV_LOG, 4096) as sock:
        chain.gateway.start()
        began = time.monotonic()
        sent = 0
        while dropped(chain) == 0:
            expect(sent < 1000, "its queue is full at last")
            send(chain, 10)
            sent += 10
        began = time.monotonic()
        send(chain, 20)
        took, lost = time.monotonic() - began, dropped(chain)
        expect(took < 20, "seconds of 20 mails while it hangs", 20, took)
        take(sock)
        rcpt = send(chain)[0]
        expect(chain.gateway.trace("--to", rcpt), "the row of the mail")
        found = b"\n".join(take(sock, 1)).decode()
        said = [int(n) for n in re.findall(r"mugai-milter\[\d+\]: .*msg=\"(\d+) log lines were lost", found)]
        expect(said and said[0] >= lost, "the milter says how many were lost", lost, found)
        return f"{sent} mails until it was full, {lost} lost"


def journal(chain):
    if is_listened_at(JOURNAL):
        raise Skip("systemd's journal is here")
    folder = pathlib.Path(JOURNAL).parent
    made = [p for p in (folder.parent, folder) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with logging(chain, to="journal"), listener(JOURNAL) as sock:
            found = []
            stop = threading.Event()

            def listen():
                while not stop.is_set():
                    found.extend(take(sock, 0.2))
            reader = threading.Thread(target=listen)
            reader.start()
            chain.gateway.start()
            rcpt = send(chain)[0]
            row = chain.gateway.trace("--to", rcpt)[0]
            wanted = f"\nMUGAI_QUEUE_ID={row['queue_id']}\nMUGAI_RECEIPT={row['receipt'].replace('-', '')}\nMUGAI_FROM={row['from']}\n".encode()
            try:
                expect(wait_for(lambda: any(wanted in d for d in found)), "the mail's fields", wanted, found[-3:])
            finally:
                stop.set()
                reader.join()
            expect(any(b"SYSLOG_IDENTIFIER=mugaid\n" in d and d.startswith(b"PRIORITY=6\n") for d in found), "mugaid's lines")
            return f"{len(found)} datagrams"
    finally:
        for path in reversed(made):
            path.rmdir()
