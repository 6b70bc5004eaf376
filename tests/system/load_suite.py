#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite load: memory of the roles over 10,000 mails, of a worker on the largest mail, and fsyncs of the store per mail.

All through Postfix, 20 sessions at once. It measures and compares with the bounds of the requirements; it tunes nothing."""
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

from gateway import children, rss
from harness import Chain, need_root, workspace

import delivered
import seeds
import smtp
from check import Suite, equal, expect, wait_for

SESSIONS = 20
MAILS = 2000 if os.environ.get("MUGAI_QUICK") else 10000
GROWTH = 8 << 20        # octets that a role may grow between 1,000 and 10,000 mails: caches fill, nothing more
FSYNCS = 1.2            # per mail, at 20 sessions
WORKER_MEMORY = 512 << 20


def pump(chain, first, count):
    """count small mails over SESSIONS sessions. Returns seconds."""
    mails, numbers, faults = [smtp.wire(seeds.plain(f"件名 {n}")) for n in range(50)], iter(range(first, first + count)), []
    lock = threading.Lock()

    def session():
        with smtp.Client(chain.port) as client:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                reply = client.send(f"s{number}@example.org", [f"l{number:06d}@city.example.jp"], mails[number % len(mails)])
                if reply.code != 250:
                    faults.append(f"{number}: {reply}")
    began = time.monotonic()
    threads = [threading.Thread(target=session) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(faults[:5], [], f"{len(faults)} mails were not taken")
    return time.monotonic() - began


def figures(chain):
    """{role.name: number} of `mugai status --json`, however deep they stand."""
    found = {}

    def walk(prefix, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{prefix}.{key}" if prefix else key, inner)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found[prefix] = value
    for value in chain.gateway.records("status"):
        walk("", value)
    return found


def fsync_figure(chain):
    wanted = [name for name in figures(chain) if name == "store.syncs"]
    equal(len(wanted), 1, f"figures named store.syncs: {wanted}")
    return figures(chain)[wanted[0]]


def growth(suite, chain):
    """RSS of each role after 1,000 and after all mails."""
    early, late, arrived = min(1000, MAILS // 2), MAILS, len(chain.sink.mails)
    before = pump(chain, 0, early)
    first = {role: rss(pid) for role, pid in chain.gateway.pids().items()}
    pids = chain.gateway.pids()
    suite.note(f"{early} mails, {early / before:.0f} a second: " + sizes(first))
    took = pump(chain, early, late - early)
    last = {role: rss(pid) for role, pid in chain.gateway.pids().items()}
    equal(chain.gateway.pids(), pids, "pids of the roles")
    for role in first:
        expect(last[role] - first[role] < GROWTH, f"growth of {role}", f"below {GROWTH >> 20} MB", f"{(last[role] - first[role]) / 1e6:.1f} MB")
    expect(chain.postfix.wait_empty(60), "everything was delivered", [], chain.postfix.queued()[:5])
    equal(len(chain.sink.mails) - arrived, late, "arrivals")
    return f"after {early}: {sizes(first)}; after {late}: {sizes(last)}; {(late - early) / took:.0f} mails a second"


def sizes(by_role):
    return ", ".join(f"{role} {size / 1e6:.1f} MB" for role, size in sorted(by_role.items()))


def open_files(chain):
    pids = chain.gateway.pids()
    before = {role: len(os.listdir(f"/proc/{pid}/fd")) for role, pid in pids.items()}
    pump(chain, 200000, 200)
    after = {}

    def closed():
        after.update({role: len(os.listdir(f"/proc/{pid}/fd")) for role, pid in pids.items()})
        return all(after[role] <= before[role] + 2 for role in before)
    wait_for(closed)
    for role in before:
        expect(after[role] <= before[role] + 2, f"open descriptors of {role}", before[role], after[role])
    return str(after)


def fsyncs(chain):
    before = fsync_figure(chain)
    took = pump(chain, 300000, 2000)
    count = fsync_figure(chain) - before
    expect(count > 0, "the store counts its fsyncs")
    expect(count / 2000 <= FSYNCS, "fsyncs per mail", f"at most {FSYNCS}", f"{count / 2000:.2f}")
    return f"{count / 2000:.2f} per mail at {SESSIONS} sessions, {2000 / took:.0f} mails a second"


def fsyncs_seen(chain, folder):
    """The same seen from outside, so that the figure is no claim: strace stops the store at each system call, so the bound is not asked here."""
    out = folder / "strace.out"
    tracer = subprocess.Popen(["strace", "-f", "-e", "trace=fsync,fdatasync,sync_file_range,syncfs,sync,msync", "-o", str(out), "-p",
                               str(chain.gateway.pids()["store"])], stderr=subprocess.PIPE, text=True)
    try:
        expect("attached" in tracer.stderr.readline(), "strace attached")
        before = fsync_figure(chain)
        pump(chain, 400000, 600)
        said = fsync_figure(chain) - before
        time.sleep(0.5)
    finally:
        tracer.terminate()
        tracer.wait(20)
    seen = len(re.findall(r"\b(?:fsync|fdatasync|sync_file_range|syncfs|sync|msync)\(", out.read_text()))
    expect(seen > 0, "strace saw fsyncs")
    expect(abs(seen - said) <= max(5, said * 0.02), "the store's figure and strace agree", seen, said)
    return f"strace {seen}, the store {said}, for 600 mails: {seen / 600:.2f} per mail"


class Watch(threading.Thread):
    """Looks at the workers: address space limit and peak memory of each that it catches."""

    def __init__(self, zygote):
        super().__init__(daemon=True)
        self.zygote, self.over, self.limits, self.peak = zygote, threading.Event(), set(), 0

    def run(self):
        while not self.over.is_set():
            for pid in children(self.zygote):
                try:
                    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
                    status = pathlib.Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                self.limits.add(re.search(r"Max address space\s+(\S+)", limits).group(1))
                found = re.search(r"VmHWM:\s+(\d+)", status)
                self.peak = max(self.peak, int(found.group(1)) * 1024 if found else 0)
            time.sleep(0.001)


def largest(chain):
    """A mail just below the size limit: it passes within the bound of its worker."""
    wire = smtp.wire(seeds.sized(25_300_000))
    expect(25_000_000 < len(wire) < 26_214_400 - 10_000, "size of the mail", "just below 25 MB", len(wire))
    watch = Watch(chain.gateway.pids()["sanitize"])
    watch.start()
    began = time.monotonic()
    reply, rcpt = chain.send(wire)
    took = time.monotonic() - began
    watch.over.set()
    watch.join()
    equal(reply.code, 250, f"reply {reply}")
    chain.arrivals(rcpt)
    equal(delivered.faults(chain.sink.by_rcpt[rcpt][0].data), [], "what is wrong with the delivered mail")
    row = chain.gateway.trace("--to", rcpt)[0]
    equal(row["outcome"], "converted", f"outcome: {row['reason']}")
    expect(str(WORKER_MEMORY) in watch.limits, "a worker was seen with its limit", WORKER_MEMORY, watch.limits)
    expect(watch.peak < WORKER_MEMORY, "peak of the worker", WORKER_MEMORY, watch.peak)
    return f"{len(wire) / 1e6:.1f} MB in {took:.2f} s, worker's peak {watch.peak / 1e6:.0f} MB resident, limit {WORKER_MEMORY >> 20} MB"


def main():
    need_root()
    suite = Suite("load")
    with workspace("load") as (folder, stack):
        chain = stack.enter_context(Chain(folder / "chain"))
        suite.run([("load: a mail of 25 MB within the memory of a worker", lambda: largest(chain)),
                   (f"load: roles do not grow over {MAILS} mails", lambda: growth(suite, chain)),
                   ("load: no descriptor is left open", lambda: open_files(chain)),
                   (f"load: at most {FSYNCS} fsyncs a mail at {SESSIONS} sessions", lambda: fsyncs(chain)),
                   ("load: strace counts the same fsyncs", lambda: fsyncs_seen(chain, folder))])
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
