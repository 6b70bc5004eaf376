#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite corpus: every file of the shared corpus and every killer goes through Postfix, and through `mugai sanitize`.

Accepted mail arrives once, as one text/plain message or as the notice, and its original is what virtual(8) delivers
behind a milter that does nothing. Refused mail leaves one log line and one row. Ordinary mail sent beside the killers
arrives. It does not judge how well a text reads."""
import collections
import concurrent.futures
import json
import subprocess
import sys
import threading
import time

from harness import CORPUS, KILLERS, Chain, Virtual, need_root, same_original, workspace

import delivered
import seeds
import smtp
from check import Suite, equal, expect

SENDER = "corpus@sender.example.org"
Sent = collections.namedtuple("Sent", "name wire rcpt reply seconds")


def samples(folder, suite):
    """(name, octets as sent) of both sources, or None where they are not there."""
    if not CORPUS.is_dir() or not KILLERS.exists():
        suite.skip("corpus", f"{CORPUS} and {KILLERS} are not there")
        return None, None
    made = folder / "killers"
    subprocess.run([sys.executable, str(KILLERS), str(made)], check=True)
    names = [line.split("\t")[0] for line in (CORPUS / "INDEX.tsv").read_text().splitlines()[1:]]
    corpus = [(name, smtp.wire((CORPUS / name).read_bytes())) for name in names]
    return corpus, [(path.name, path.read_bytes()) for path in sorted(made.iterdir())]


class Neighbours(threading.Thread):
    """Ordinary mail, one after the other, until told to stop."""

    def __init__(self, chain):
        super().__init__(daemon=True)
        self.chain, self.sent, self.over, self.slowest = chain, [], threading.Event(), 0

    def run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                reply, rcpt = self.chain.send(smtp.wire(seeds.plain(f"隣のメール {len(self.sent)}")), f"n{len(self.sent):05d}@city.example.jp")
            except OSError as fault:
                reply, rcpt = smtp.Reply(0, str(fault)), ""
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.sent.append((reply, rcpt))
            self.over.wait(0.03)


def through_postfix(chain, virtual, mails, tag):
    def one(item):
        number, (name, wire) = item
        rcpt = f"{tag}{number:05d}@city.example.jp"
        began = time.monotonic()
        reply, _ = chain.send(wire, rcpt, SENDER)
        took = time.monotonic() - began
        virtual.send(wire, rcpt, SENDER)
        return Sent(name, wire, rcpt, reply, took)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        return list(pool.map(one, enumerate(mails)))


def outcome_faults(chain, virtual, sent):
    """What is wrong with one sample's way through the gateway, and its outcome."""
    if sent.reply.code == 250:
        return _accepted_faults(chain, virtual, sent)
    if not 400 <= sent.reply.code < 600:
        return [f"reply {sent.reply}"], "?"
    rows = chain.gateway.trace("--to", sent.rcpt)
    wrong = [f"refused ({sent.reply}), but it arrived"] if chain.sink.by_rcpt.get(sent.rcpt) else []
    if len(rows) != 1:
        return wrong + [f"refused ({sent.reply}): {len(rows)} rows in trace"], "refused"
    row = rows[0]
    if row.get("receipt") or row["outcome"] not in ("refused", "deferred") or not row["reply"].startswith(str(sent.reply.code)):
        wrong.append(f"row of a refused mail: {row}")
    lines = chain.gateway.log_lines(row["queue_id"], "reply=") if row["queue_id"] else []
    if len(lines) != 1:
        wrong.append(f"{len(lines)} log lines with queue id {row['queue_id']!r} and reply=")
    return wrong, row["outcome"]


def _accepted_faults(chain, virtual, sent):
    arrived = chain.sink.wait(sent.rcpt)
    wrong = [] if len(arrived) == 1 else [f"arrived {len(arrived)} times"]
    for mail in arrived[:1]:
        wrong += delivered.faults(mail.data)
    rows = chain.gateway.trace("--to", sent.rcpt)
    if len(rows) != 1 or rows[0]["outcome"] not in ("converted", "failed"):
        return wrong + [f"{len(rows)} rows in trace: {str(rows)[:300]}"], "?"
    kept = chain.gateway.get(rows[0]["receipt"])
    yardstick = virtual.mail(sent.rcpt)
    if yardstick is None:
        wrong.append("the chain with the milter that does nothing did not deliver it")
    elif not same_original(kept, yardstick):
        wrong.append(f"the original differs: {len(kept)} octets kept, {len(yardstick)} delivered by virtual(8)")
    lines = chain.gateway.log_lines(f"receipt={rows[0]['receipt']}")
    if len(lines) != 1:
        wrong.append(f"{len(lines)} log lines with its receipt")
    return wrong, rows[0]["outcome"]


def check_all(chain, virtual, sent, label):
    wrong, count, noted = [], collections.Counter(), []
    for one in sent:
        faults, outcome = outcome_faults(chain, virtual, one)
        count[outcome] += 1
        if outcome != "converted":
            noted.append(f"{one.name} {outcome}")
        wrong += [f"{one.name}: {fault}" for fault in faults]
    equal("\n".join(wrong[:40]), "", f"{len(wrong)} faults")
    slow = max(sent, key=lambda one: one.seconds)
    return (f"{len(sent)} {label}: " + ", ".join(f"{n} {o}" for o, n in sorted(count.items()))
            + f"; slowest {slow.seconds:.1f} s ({slow.name}); not converted: {', '.join(noted)}")


def by_command(chain, folder, mails):
    """The same mails by `mugai sanitize`: same worker, same composition, no Postfix that cuts or refuses before."""
    source, result = folder / "in", folder / "out"
    source.mkdir()
    result.mkdir()
    for number, (_, wire) in enumerate(mails):
        (source / f"{number:05d}.eml").write_bytes(wire)
    done = chain.gateway.mugai("sanitize", "--output-dir", str(result), *sorted(source.iterdir()), timeout=600)
    wrong, count = [], collections.Counter()
    for number, (name, _) in enumerate(mails):
        written, report = result / f"{number:05d}.eml", result / f"{number:05d}.json"
        if not report.exists():
            wrong.append(f"{name}: no report")
            continue
        outcome = json.loads(report.read_text())["outcome"]
        count[outcome] += 1
        if written.exists():
            wrong += [f"{name}: {fault}" for fault in delivered.faults(smtp.wire(written.read_bytes()))]
        elif outcome in ("converted", "failed"):
            wrong.append(f"{name}: {outcome}, but no mail was written")
    equal("\n".join(wrong[:40]), "", f"{len(wrong)} faults (exit {done.returncode}: {done.stderr.decode(errors='replace')[-300:]})")
    return f"{len(mails)} mails: " + ", ".join(f"{n} {o}" for o, n in sorted(count.items()))


def main():
    need_root()
    suite = Suite("corpus")
    with workspace("corpus") as (folder, stack):
        corpus, killers = samples(folder, suite)
        if corpus is None:
            return suite.end()
        chain = stack.enter_context(Chain(folder / "chain"))
        virtual = Virtual(folder / "virtual", stack)
        before = chain.gateway.pids()

        suite.note(f"{len(corpus)} mails of the corpus, {len(killers)} killers")
        with suite.case("corpus: all arrive once as text or notice, originals are kept byte for byte") as case:
            case["figure"] = check_all(chain, virtual, through_postfix(chain, virtual, corpus, "c"), "mails")

        neighbours = Neighbours(chain)
        neighbours.start()
        with suite.case("killers: refused, or text, or notice; originals are kept byte for byte") as case:
            case["figure"] = check_all(chain, virtual, through_postfix(chain, virtual, killers, "k"), "killers")
        neighbours.over.set()
        neighbours.join()
        with suite.case("the killers cost their neighbours nothing") as case:
            refused = [reply for reply, _ in neighbours.sent if reply.code != 250]
            equal(refused, [], "neighbours that were not taken")
            lost = [rcpt for _, rcpt in neighbours.sent if len(chain.sink.wait(rcpt)) != 1]
            equal(lost, [], "neighbours that did not arrive once")
            case["figure"] = f"{len(neighbours.sent)} arrived, slowest reply {neighbours.slowest:.2f} s"
        with suite.case("no role died") as case:
            equal(chain.gateway.pids(), before, "pids of the roles")
            expect(chain.postfix.wait_empty(60), "Postfix's queue is empty", [], chain.postfix.queued())
            case["figure"] = str(before)
        with suite.case("corpus and killers by mugai sanitize") as case:
            case["figure"] = by_command(chain, folder, corpus + killers)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
