#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite try: the demonstration ends by itself, shows what it promises, and leaves nothing behind, interrupted or not."""
import email
import email.policy
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from gateway import TOP, all_pids, command_line, json_values
from harness import need_root, workspace

import delivered
from check import Suite, equal, expect, wait_for

TRY = TOP / "packaging" / "try"


def system_postfix():
    """What must not change: the system's configuration and queue."""
    etc = pathlib.Path("/etc/postfix")
    queue = pathlib.Path("/var/spool/postfix")
    return ({str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in sorted(etc.rglob("*")) if p.is_file()},
            sorted(str(p) for p in queue.rglob("*")))


def left_behind(folder):
    running = [command_line(pid).replace(b"\0", b" ").decode() for pid in all_pids() if b"mugai-try-" in command_line(pid)]
    return running + [str(p) for p in folder.glob("mugai-try-*")]


def once(folder):
    keep, before = folder / "kept", system_postfix()
    done = subprocess.run([str(TRY), "--once", "--keep", str(keep)], capture_output=True, text=True, timeout=800,
                          env={**os.environ, "TMPDIR": str(folder)})
    equal(done.returncode, 0, f"exit status: {done.stdout[-1500:]} {done.stderr[-1500:]}")
    receipts = re.findall(r"receipt number: (\d{4}-\d{4}-\d{2})", done.stdout)
    equal(len(set(receipts)), 3, "receipt numbers shown")
    for words in ("①会議室Ａの空調点検", "はじめての書道", "御見積書.docx", "内訳[.]zip", "the very octets that were sent"):
        expect(words in done.stdout, "it shows", words, done.stdout[-3000:])
    expect("NOT what was sent" not in done.stdout, "originals are what was sent")
    for number in (1, 2, 3):
        after = (keep / "mails" / f"{number}-after.eml").read_bytes().replace(b"\n", b"\r\n")
        message = email.message_from_bytes(after)
        equal(message.get_content_type(), "text/plain", f"type of mail {number}")
        own = [f for f in delivered.faults(after) if not re.search(r"field b'(Return-Path|X-Original-To|Delivered-To)", f)]
        equal(own, [], f"what is wrong with mail {number}")
        equal(len(json_values((keep / "mails" / f"{number}-report.json").read_text())), 1, "report")
    expect("the very file that was taken out" in done.stdout and "NOT the file" not in done.stdout, "the release", None, done.stdout[-3000:])
    box = list((keep / "maildir-internet" / "soumu" / "new").iterdir())
    equal(len(box), 1, "mails on the Internet side")
    released = next(email.message_from_bytes(box[0].read_bytes(), policy=email.policy.default).iter_attachments())
    wanted = next(email.message_from_bytes((keep / "mails" / "3-before.eml").read_bytes(), policy=email.policy.default).iter_attachments())
    equal((released.get_filename(), released.get_payload(decode=True)), ("御見積書.docx", wanted.get_payload(decode=True)), "the file that was released")
    expect(wait_for(lambda: not left_behind(folder)), "nothing is left behind", [], left_behind(folder))
    equal(system_postfix(), before, "the system's Postfix")
    return " ".join(receipts)


def interrupted(folder, number, after):
    """Ctrl-C while it stays up, or a signal while it starts."""
    with subprocess.Popen([str(TRY)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0,
                          env={**os.environ, "TMPDIR": str(folder)}) as process:
        for line in process.stdout:
            if after in line:
                break
        time.sleep(0.7)
        began = time.monotonic()
        os.killpg(process.pid, number)  # as a terminal does: to the whole group
        rest = process.stdout.read()
        status = process.wait(60)
    took = time.monotonic() - began
    expect(wait_for(lambda: not left_behind(folder)), f"nothing is left behind ({rest[-500:]})", [], left_behind(folder))
    expect(status in (0, 128 + number, -number), "exit status", (0, 128 + number), status)
    return f"exit {status}, gone after {took:.1f} s"


def main():
    need_root()
    suite = Suite("try")
    with workspace("try") as (folder, _):
        suite.run([("try: --once shows three mails and a release, and ends", lambda: once(folder)),
                   ("try: Ctrl-C while it stays up", lambda: interrupted(folder, signal.SIGINT, "Ctrl-C")),
                   ("try: Ctrl-C while it starts", lambda: interrupted(folder, signal.SIGINT, "3/3")),
                   ("try: SIGTERM while it stays up", lambda: interrupted(folder, signal.SIGTERM, "Ctrl-C"))])
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
