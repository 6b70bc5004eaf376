#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite canary: nothing that was removed is in what comes out.

tests/make/mutate.py plants random strings in every removable place of 20,000 mails (2,000 with --quick); the mails go
through `mugai sanitize` in batches. What comes out is decoded and searched for each string: as it is, as base64 at
each of its three offsets, as hex. White space, case and the marks of inert links are taken out before."""
import base64
import collections
import concurrent.futures
import email.header
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from gateway import program
from harness import HERE, workspace

import delivered
import smtp
from check import Suite, equal, expect

COUNT = 2000 if os.environ.get("MUGAI_QUICK") else 20000
BATCH = 500


def forms(canary):
    """How a string could still stand there. Base64: what does not depend on the neighbours."""
    raw = canary.encode()
    yield canary.lower()
    yield raw.hex()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw).decode()
        yield whole[(0, 2, 3)[offset]:len(whole.rstrip("=")) - (1 if whole.endswith("=") else 0)].lower()


def searchable(data):
    """Everything that a reader or a program could see of a mail, in one text."""
    head = data.partition(b"\r\n\r\n")[0].decode("latin-1")
    words = " ".join(p if isinstance(p, str) else p.decode(c or "ascii", "replace")
                     for p, c in email.header.decode_header(re.sub(r"\r?\n", "", head)))
    text = f"{data.decode('latin-1')} {words} {delivered.body_text(data)}"
    return re.sub(r"[\s\[\]=>]+", "", text).lower()


def batch(folder, first):
    """Makes, converts and searches one batch. Returns (outcomes, canaries searched, faults)."""
    source, result = folder / f"in{first}", folder / f"out{first}"
    subprocess.run([sys.executable, str(HERE.parent / "make" / "mutate.py"), str(source), str(first), str(BATCH)], check=True)
    result.mkdir()
    done = subprocess.run([program("mugai"), "sanitize", "--output-dir", str(result), *map(str, sorted(source.glob("*.eml")))],
                          capture_output=True, timeout=900)
    faults, outcomes, searched = [], collections.Counter(), 0
    planted = json.loads((source / "canaries.json").read_text())
    for name, canaries in planted.items():
        report, mail = result / f"{name}.json", result / f"{name}.eml"
        if not report.exists() or not mail.exists():
            faults.append(f"{name}: nothing came out (exit {done.returncode}: {done.stderr[-200:]!r})")
            continue
        said = json.loads(report.read_text())
        outcomes[said["outcome"]] += 1
        outcomes["with a body"] += said["body"]["chars"] > 0
        data = smtp.wire(mail.read_bytes())
        faults += [f"{name}: {fault}" for fault in delivered.faults(data)]
        text = searchable(data)
        for canary, place in canaries:
            searched += 1
            faults += [f"{name}: {place}: {canary} as {form}" for form in forms(canary) if form in text]
    keep = os.environ.get("MUGAI_KEEP") and faults
    for path in () if keep else (source, result):
        shutil.rmtree(path)
    return outcomes, searched, faults


def finds_itself(suite):
    """The search must find what is there; a search that finds nothing at all would pass everything."""
    with suite.case("the search finds planted strings") as case:
        canary = "AbCdEfGh12345678"
        body = [canary, base64.b64encode(b"x" + canary.encode() + b"y").decode(), canary.encode().hex(), "AbCdEfGh\r\n12345678",
                base64.b64encode(b"xy" + canary.encode()).decode()]
        for text in body:
            mail = (b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                    + base64.encodebytes(text.encode()).replace(b"\n", b"\r\n"))
            expect(any(form in searchable(mail) for form in forms(canary)), "found", text)
        case["figure"] = f"{len(body)} forms"


def main():
    suite = Suite("canary")
    with workspace("canary") as (folder, _):
        finds_itself(suite)
        outcomes, searched, faults, began = collections.Counter(), 0, [], time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(batch, pathlib.Path(folder), first) for first in range(0, COUNT, BATCH)]
            for number, one in enumerate(waiting, 1):
                more, count, wrong = one.result()
                outcomes += more
                searched += count
                faults += wrong
                if number % 4 == 0:
                    suite.note(f"{number * BATCH} mails, {searched} canaries, {len(faults)} faults, {time.monotonic() - began:.0f} s")
        with suite.case(f"no canary of {COUNT} mails is in what comes out") as case:
            places = collections.Counter(f.split(": ", 1)[1].rsplit(": ", 1)[0] for f in faults)
            equal("\n".join(faults[:20]), "", f"{len(faults)} faults: {places.most_common(12)}")
            case["figure"] = f"{searched} canaries, outcomes {dict(outcomes)}"
        with suite.case("nearly all of these mails are converted, and their bodies are there") as case:
            expect(outcomes["converted"] >= COUNT * 0.97, "converted", f"at least {COUNT * 0.97:.0f}", dict(outcomes))
            expect(outcomes["with a body"] >= COUNT * 0.95, "with a body", f"at least {COUNT * 0.95:.0f}", dict(outcomes))
            case["figure"] = str(dict(outcomes))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
