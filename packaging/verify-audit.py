#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies a bundle of mugai audit export, on any machine: verify-audit.py BUNDLE [ANCHORS...]

Needs Python 3 and nothing else. ANCHORS are files that hold lines "audit-anchor NUMBER HASH TIME", from a log, a file of anchors or a mail
that left the gateway before: only with them is a bundle seen that was chained anew as a whole. Exit status: 0 whole, 1 not, 2 unreadable.
監査記録の書き出しを検証します。必要なのは Python 3 だけです。終了コード: 0 正常、1 異常、2 読めない。"""
import datetime
import hashlib
import json
import re
import sys

TAIL = re.compile(rb',"hash":"([0-9a-f]{64})"}\Z')
ANCHOR = re.compile(r"audit-anchor ([0-9]+) ([0-9a-f]{64}) ([0-9]+)")


class Wrong(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Wrong(text)


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds).isoformat(" ")


def walk(lines, head, anchors):
    """Each entry follows from the one before. Returns the last hash, the time of the last entry and how many anchors agree."""
    number, hash_, time, agreed = head["first"] - 1, bytes.fromhex(head["before"]), None, 0
    for raw in lines:
        number += 1
        found = TAIL.search(raw)
        check(found, f"entry {number} was altered: it has no hash at its end")
        line = raw[:found.start()] + b"}"     # as the store keeps it
        named = re.match(rb'{"number":([0-9]+),"time":(-?[0-9]+),', line)
        check(named, f"entry {number} was altered: it does not begin as an entry does")
        check(int(named[1]) == number, f"entry {number} is missing: entry {int(named[1])} stands in its place")
        hash_, time = hashlib.sha256(hash_ + line).digest(), int(named[2])
        check(hash_.hex() == found[1].decode(), f"entry {number} was altered: its hash does not follow from entry {number - 1} and from what it says")
        for anchored, anchored_at in anchors.get(number, ()):
            check(anchored == hash_.hex(), f"entry {number} is not the one that was anchored at {when(anchored_at)}: it or one before it was "
                                           "altered, and what stands behind was chained anew")
            agreed += 1
        if b'"act":"restored"' in line:     # from a backup: anchors of the entries that were lost by that say nothing of these
            anchors = {n: [a for a in those if n <= number or a[1] > time] for n, those in anchors.items()}
    check(number == head["last"], f"entry {number + 1} is missing and all behind it: the bundle goes to entry {head['last']}")
    check(number != head["head"]["number"] or hash_.hex() == head["head"]["hash"], f"entry {number} is not the head that the first line names")
    return hash_, time, agreed


def verify(bundle, anchors):
    lines = bundle.split(b"\n")
    check(len(lines) >= 3 and lines[-1] == b"", "the bundle is cut off: its last line is not ended")
    try:
        head, end = json.loads(lines[0]), json.loads(lines[-2])
        check(head["bundle"] == "mugai-audit-1", f"this is a bundle of kind {head['bundle']}, which this program does not know")
        hash_, time, agreed = walk(lines[1:-2], head, anchors)
        whole = hashlib.sha256(bundle[:len(bundle) - len(lines[-2]) - 1]).hexdigest()
        check(end == {"entries": len(lines) - 3, "sha256": whole}, "the first or the last line was altered: the digest of the bundle is another one")
    except (ValueError, KeyError, TypeError) as fault:
        raise Wrong(f"the first or the last line was altered: {type(fault).__name__} {fault}") from None
    print(f"OK: entries {head['first']} to {head['last']} follow from each other" + (f"; the last one is of {when(time)}" if time else ""))
    print(f"{agreed} anchors agree" if anchors else "no anchors were given: a bundle that was chained anew as a whole would not be seen")
    print(f"hash of entry {head['last']}: {hash_.hex()}")


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    anchors = {}
    try:
        with open(arguments[0], "rb") as file:
            bundle = file.read()
        for name in arguments[1:]:
            with open(name, encoding="utf-8", errors="replace") as file:
                for number, hash_, time in ANCHOR.findall(file.read()):
                    anchors.setdefault(int(number), []).append((hash_, int(time)))
        verify(bundle, anchors)
    except OSError as fault:
        print(f"{fault.filename}: {fault.strerror}", file=sys.stderr)
        return 2
    except Wrong as fault:
        print(f"NOT OK: {fault}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
