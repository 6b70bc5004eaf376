# SPDX-License-Identifier: Apache-2.0
"""What the suites of this folder share: a folder that is gone afterwards, and a Postfix with the gateway between a client
and a next hop. Also the second chain, whose milter does nothing and which delivers by virtual(8)."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
for folder in ("helpers", "make"):
    sys.path.insert(0, str(HERE.parent / folder))

import smtp  # noqa: E402
from check import Fault, expect, wait_for  # noqa: E402
from gateway import BUILD, TOP, Gateway, rss  # noqa: E402,F401
from postfix import Postfix, die_with_parent, free_port, listens  # noqa: E402,F401

SHARED = pathlib.Path(os.environ.get("MUGAI_SHARED") or TOP.parent / "shared")
CORPUS, KILLERS = SHARED / "corpus", SHARED / "killers" / "make.py"
DOMAIN = "city.example.jp"


def need_root():
    if os.geteuid() != 0:
        sys.exit("this suite starts a Postfix of its own and needs root")


@contextlib.contextmanager
def workspace(name):
    """A folder that every user may enter; removed at the end, kept with MUGAI_KEEP=1. SIGTERM and SIGINT end the suite properly."""
    def end(number, _frame):
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"mugai-{name}-"))
    path.chmod(0o755)
    try:
        with contextlib.ExitStack() as stack:
            yield path, stack
    finally:
        if os.environ.get("MUGAI_KEEP"):
            print(f"# kept: {path}", flush=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


def shipped_release(domains):
    """The options of the release port as packaging/postfix/master.cf has them, for these domains."""
    text = (TOP / "packaging" / "postfix" / "master.cf").read_text()
    lines = text.partition("127.0.0.1:10026 inet")[2].partition("\ncleanup-release")[0].splitlines()[1:]
    options = {}
    for line in lines:
        word = re.sub(r"^-o\s+(\{\s*)?|\s*\}$" if "{ smtpd" in line else r"^-o\s+", "", line.strip())
        name, _, value = word.partition("=")
        options[name.strip()] = value.strip().replace("soto.example.jp=OK", ", ".join(f"{{ {d} = OK }}" for d in domains))
    return options


class Chain:
    """client -> Postfix -> next hop, with the gateway as the milter of service "in"; service "out" has no milter. With release, a list of
    domains, the release role runs and Postfix has its port as it is shipped."""

    def __init__(self, folder, settings=None, main=None, state_dir=None, smtputf8=False, start=True, release=None, gateway=Gateway):
        folder = pathlib.Path(folder)
        self.sink = smtp.Sink(smtputf8)
        self.gateway = gateway(folder / "gateway", settings, state_dir)
        self.port, self.port_out, self.port_release = free_port(), free_port(), free_port()
        options = {"default_transport": f"smtp:[127.0.0.1]:{self.sink.port}", "relay_domains": "",
                   "smtp_destination_concurrency_limit": "40", **(main or {})}
        released = {}
        if release:
            self.gateway.change({"release": {"enabled": "yes", "smtp": f"inet:{self.port_release}@127.0.0.1",
                                             "letters": f"inet:{self.port}@127.0.0.1", "from": f"mugai@{DOMAIN}",
                                             "allowed_domains": f'"{" ".join(release)}"'}})
            released = {"release": (self.port_release, shipped_release(release))}
        self.postfix = Postfix(folder / "postfix", options, {
            **released, "in": (self.port, {"smtpd_milters": self.gateway.milter}),
            "out": (self.port_out, {"smtpd_milters": "", "smtpd_client_restrictions": "permit_mynetworks, reject"}),
        })
        self.serial = 0
        if start:
            self.start()

    def start(self):
        try:
            self.gateway.start()
            self.postfix.start()
        except BaseException:
            self.close()
            raise
        return self

    def close(self):
        self.gateway.stop()
        self.postfix.stop()
        self.sink.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def address(self, tag="m"):
        """A recipient that no other mail of this chain has."""
        self.serial += 1
        return f"{tag}{self.serial:06d}@{DOMAIN}"

    def send(self, data, rcpt=None, sender="sender@example.org", port=None, **options):
        """One mail in a session of its own. Returns (reply, recipient)."""
        rcpt = rcpt or self.address()
        return smtp.send_once(port or self.port, sender, [rcpt], data, **options), rcpt

    def arrivals(self, rcpt, count=1, seconds=60):
        """Exactly count mails for rcpt at the next hop; where there are others, what Postfix's log says about them."""
        mails = self.sink.wait(rcpt, count, seconds)
        if len(mails) != count:
            lines = self.postfix.log_text().splitlines()
            ids = {found.group(1) for line in lines if rcpt in line and (found := re.search(r": ([0-9A-F]{6,}): ", line))}
            said = "\n    ".join(line for line in lines if any(i in line for i in ids))
            raise Fault(f"arrivals for {rcpt}; Postfix: {self.postfix.queued()} in the queue\n    {said[-2500:]}", count, len(mails))
        return mails

    def send_until_taken(self, data, rcpt=None, sender="sender@example.org", seconds=60):
        """As a sender's MTA: again after 4xx or a broken connection."""
        rcpt = rcpt or self.address()
        deadline = time.monotonic() + seconds
        while True:
            try:
                reply, _ = self.send(data, rcpt, sender)
            except OSError as fault:
                reply = smtp.Reply(421, str(fault))
            if reply.code < 400 or reply.code >= 500 or time.monotonic() > deadline:
                return reply, rcpt
            time.sleep(0.2)


class Virtual:
    """client -> Postfix with a milter that does nothing -> virtual(8) -> Maildir."""

    def __init__(self, folder, stack):
        folder = pathlib.Path(folder)
        self.boxes = folder / "boxes"
        folder.mkdir(parents=True)
        self.boxes.mkdir()
        self.lock, self.seen, self.found = threading.Lock(), set(), {}
        os.chown(self.boxes, 65020, 65020)
        milter = free_port()
        program = BUILD / "tests" / "bench" / "floor-milter"  # does nothing unless told to
        self.helper = subprocess.Popen([str(program), f"inet:{milter}@127.0.0.1"], preexec_fn=die_with_parent)
        stack.callback(self._end_helper)
        expect(wait_for(lambda: listens(milter)), "the milter that does nothing listens")
        self.port = free_port()
        self.postfix = Postfix(folder / "postfix", {
            "virtual_mailbox_domains": DOMAIN, "virtual_mailbox_base": str(self.boxes),
            "virtual_mailbox_maps": f"regexp:{folder}/boxes.re",
            "virtual_uid_maps": "static:65020", "virtual_gid_maps": "static:65020", "virtual_minimum_uid": "1000",
            "virtual_transport": "virtual", "default_transport": "discard:", "virtual_destination_concurrency_limit": "20",
        }, {"in": (self.port, {"smtpd_milters": f"inet:127.0.0.1:{milter}"})})
        (folder / "boxes.re").write_text("/^/ all/\n")
        self.postfix.start()
        stack.callback(self.postfix.stop)

    def _end_helper(self):
        self.helper.terminate()
        self.helper.wait(10)

    def send(self, data, rcpt, sender="sender@example.org"):
        return smtp.send_once(self.port, sender, [rcpt], data)

    def mail(self, rcpt, seconds=60):
        """The delivered file of rcpt's only mail, or None. virtual(8) makes one Maildir of all: its maps know no substitution."""
        deadline = time.monotonic() + seconds
        while True:
            with self.lock:
                self._look()
                if rcpt in self.found:
                    return self.found[rcpt].read_bytes()
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def _look(self):
        new = self.boxes / "all" / "new"
        for name in set(os.listdir(new)) - self.seen if new.is_dir() else ():
            self.seen.add(name)
            with open(new / name, "rb") as file:
                head = file.read(4000)
            self.found[re.search(rb"^X-Original-To: (\S+)$", head, re.M).group(1).decode()] = new / name


def as_milter_saw(delivered):
    """What virtual(8) put in front of the mail, taken off; line ends as on the wire."""
    data = delivered
    for name in (b"Return-Path", b"X-Original-To", b"Delivered-To", b"Received"):
        line, _, rest = data.partition(b"\n")
        if not line.lower().startswith(name.lower() + b":"):
            raise ValueError(f"{name.decode()} expected, but there is {line[:100]!r}")
        while rest[:1] in (b" ", b"\t"):
            rest = rest.partition(b"\n")[2]
        data = rest
    return data.replace(b"\n", b"\r\n")


def header_end(data):
    """Offset of the first line that is neither a field nor the continuation of one."""
    at = 0
    for line in re.findall(rb"[^\n]*\n|[^\n]+$", data):
        if not re.match(rb"[!-9;-~]+[ \t]*:", line) and not (at and line[:1] in b" \t"):
            break
        at += len(line)
    return at


def same_original(stored, delivered):
    """Whether the store kept what virtual(8) delivered. A header block without an empty line may have gained one CRLF."""
    expected = as_milter_saw(delivered)
    end = header_end(expected)
    return stored == expected or (expected[end:end + 2] != b"\r\n" and stored == expected[:end] + b"\r\n" + expected[end:])
