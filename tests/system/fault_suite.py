#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite fault: kill -9 of any process of the gateway at 500 random moments under load (50 with --quick).

Eight senders work as mail servers do: a 4xx or a broken connection is tried again, now and then a reply is not read. A
kill falls only after mail has been taken since the last one, so that it always hits a working gateway. At the end each
mail answered 250 has arrived, none raw, and none more often than there were replies that its sender did not read."""
import collections
import os
import random
import signal
import sys
import threading
import time

from gateway import children, kill
from harness import DOMAIN, Chain, need_root, workspace

import delivered
import seeds
import smtp
from check import Suite, equal, expect

KILLS = 50 if os.environ.get("MUGAI_QUICK") else 500
SENDERS = 8
TARGETS = ["milter"] * 5 + ["sanitize"] * 4 + ["worker"] * 5 + ["store"] * 5 + ["mugaid"] * 1
UNREAD = 0.03  # share of replies that a sender does not wait for


class Load:
    """The senders, and what each of their mails met."""

    def __init__(self, chain):
        self.chain, self.over = chain, threading.Event()
        self.lock = threading.Lock()
        self.taken = {}                        # token -> number of mail bodies, for those answered 250
        self.unread = collections.Counter()    # token -> replies not read after the final dot
        self.replies = collections.Counter()
        self.bodies = [seeds.attached([("a.bin", "application/octet-stream", random.Random(n).randbytes(size))], text="本文 TOKEN です。\n")
                       for n, size in enumerate((300, 3000, 20000, 200000))]
        self.threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(SENDERS)]

    def wire(self, token, size):
        return smtp.wire(self.bodies[size].replace(b"MIME-Version", b"X-Token: " + token.encode() + b"\nMIME-Version", 1))

    def _send(self, sender):
        dice, serial = random.Random(sender), 0
        while not self.over.is_set():
            serial += 1
            token, size = f"f{sender}x{serial:06d}", dice.choices(range(4), (10, 10, 5, 1))[0]
            while not self._attempt(dice, token, size) and not self.over.is_set():
                time.sleep(dice.uniform(0.01, 0.15))

    def _attempt(self, dice, token, size):
        """One try. TRUE once it was answered 250 or 5xx."""
        dotted = False
        try:
            client = smtp.Client(self.chain.port, timeout=100)
            try:
                reply = client.envelope("load@example.org", [f"{token}@{DOMAIN}"])
                if reply.code == 354:
                    client.sock.sendall(smtp.stuffed(self.wire(token, size)) + b".\r\n")
                    dotted = True
                    if dice.random() < UNREAD:
                        raise smtp.Gone("not read, on purpose")
                    reply = client.reply()
            finally:
                client.close()
        except OSError as fault:
            with self.lock:
                self.replies[type(fault).__name__] += 1
                self.unread[token] += dotted
            return False
        with self.lock:
            self.replies[reply.code] += 1
            if reply.code == 250:
                self.taken[token] = size
        return reply.code == 250 or reply.code >= 500

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(120)

    def wait_progress(self, seconds=90):
        """Until one more mail was answered 250."""
        count, deadline = len(self.taken), time.monotonic() + seconds
        while len(self.taken) == count:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


def kill_one(gateway, target, dice):
    """kill -9. Returns what was hit, or None where there was nothing to hit at this moment."""
    if target == "mugaid":
        if dice.random() < 0.5:
            gateway.kill_all()      # as systemd does with a unit whose main process died
        else:
            gateway.daemon.kill()   # its roles are orphans, and the next mugaid meets them
            gateway.daemon.wait()
        start_again(gateway)
        return target
    if target == "worker":
        deadline = time.monotonic() + 3
        zygote = gateway.pids().get("sanitize")
        while zygote and time.monotonic() < deadline:
            found = children(zygote)
            if found:
                kill(dice.choice(found), signal.SIGKILL)
                return target
        return None
    pid = gateway.pids().get(target)
    if pid:
        kill(pid, signal.SIGKILL)
    return target if pid else None


def start_again(gateway):
    """As an init system would: again until it stays."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        gateway.start(wait=False)
        try:
            gateway.daemon.wait(0.7)
        except Exception:  # still running after a moment: that is what is wanted
            return
    raise RuntimeError(f"mugaid does not start again: {gateway.log_text()[-1500:]}")


def killing(suite, chain, load):
    dice, hits, began = random.Random(20261120), collections.Counter(), time.monotonic()
    waits = []
    while sum(hits.values()) < KILLS:
        at = time.monotonic()
        expect(load.wait_progress(), "mail is taken again within 90 s after a kill", None,
               f"{dict(hits)} {chain.gateway.pids()} {chain.gateway.log_text()[-1200:]}")
        waits.append(time.monotonic() - at)
        time.sleep(dice.uniform(0, 0.25))
        hit = kill_one(chain.gateway, dice.choice(TARGETS), dice)
        if hit:
            hits[hit] += 1
            if sum(hits.values()) % 50 == 0:
                suite.note(f"{sum(hits.values())} kills, {len(load.taken)} mails taken, {time.monotonic() - began:.0f} s")
    waits.sort()
    return (f"{sum(hits.values())} kills {dict(hits)}, {len(load.taken)} mails taken, replies {dict(load.replies)}; until the next 250: "
            f"median {waits[len(waits) // 2]:.2f} s, longest {waits[-1]:.1f} s")


def nothing_lost(chain, load):
    lost = [token for token in load.taken if not chain.sink.by_rcpt.get(f"{token}@{DOMAIN}")]
    equal(lost[:10], [], f"{len(lost)} mails answered 250 that never arrived")
    return f"{len(load.taken)} mails answered 250, all arrived"


def nothing_twice(chain, load):
    wrong = []
    for rcpt, mails in chain.sink.by_rcpt.items():
        token = rcpt.partition("@")[0]
        allowed = (token in load.taken) + load.unread[token]
        if len(mails) > allowed:
            wrong.append(f"{token}: arrived {len(mails)} times, {allowed} allowed")
    equal(wrong[:10], [], f"{len(wrong)} mails arrived too often")
    return f"{sum(load.unread.values())} replies not read, {sum(len(m) - 1 for m in chain.sink.by_rcpt.values())} mails arrived again for that"


def nothing_raw(chain):
    wrong = [f"{mail.rcpts}: {fault}" for mail in chain.sink.mails for fault in delivered.faults(mail.data)]
    equal(wrong[:5], [], f"{len(wrong)} faults in delivered mails")
    return f"{len(chain.sink.mails)} mails looked at"


def all_kept(chain, load):
    """Each delivered receipt has its row; originals of a sample are what was sent; a mail has one receipt however often it was sent."""
    rows = chain.gateway.records("trace", "--max", "100000")
    by_rcpt = {}
    for row in rows:
        if row.get("receipt"):
            by_rcpt.setdefault(row["to"][0].partition("@")[0], []).append(row)
    missing = [token for token in load.taken if token not in by_rcpt]
    equal(missing[:10], [], f"{len(missing)} taken mails without a row that has a receipt")
    several = {token: len(found) for token, found in by_rcpt.items() if len({r["receipt"] for r in found}) > 1}
    equal(dict(list(several.items())[:5]), {}, f"{len(several)} mails with more than one receipt")
    for token in random.Random(1).sample(sorted(load.taken), min(300, len(load.taken))):
        equal(chain.gateway.get(by_rcpt[token][0]["receipt"]), load.wire(token, load.taken[token]), f"original of {token}")
    outcomes = collections.Counter(row["outcome"] for row in rows)
    return f"{len(rows)} rows {dict(outcomes)}, 300 originals compared"


def main():
    need_root()
    suite = Suite("fault")
    with workspace("fault") as (folder, stack):
        chain = stack.enter_context(Chain(folder / "chain"))
        load = Load(chain)
        load.start()
        with suite.case(f"mail is taken again after each of {KILLS} kills") as case:
            case["figure"] = killing(suite, chain, load)
        load.stop()
        chain.gateway.wait_ready()
        with suite.case("Postfix's queue runs empty") as case:
            expect(chain.postfix.wait_empty(90), "empty queue", [], chain.postfix.queued()[:5])
        for name, function in (("no mail answered 250 is lost", lambda: nothing_lost(chain, load)),
                               ("none is delivered twice unless its sender did not read a reply", lambda: nothing_twice(chain, load)),
                               ("none is delivered raw", lambda: nothing_raw(chain)),
                               ("each has one receipt, one row and its original", lambda: all_kept(chain, load))):
            with suite.case(name) as case:
                case["figure"] = function()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
