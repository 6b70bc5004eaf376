#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Japanese without a garbled character: 100,000 strings, a mail each, in every charset and under every label.

A character is exact where it stands in the answer in the order of the truth. A string that is not exact must be counted by the
Reading: as characters that could not be read, or as characters that were guessed. Figures per charset and kind of label."""
import collections
import concurrent.futures
import difflib
import os
import pathlib
import struct
import subprocess
import sys
import threading

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("helpers", "make")]
from check import Suite, expect  # noqa: E402
import japanese  # noqa: E402

SEED = 20260401
STRINGS = 100_000
CHUNKS = 2  # processes
WANTED = 0.9995
SHOWN = 12  # failures that are printed


def reader():
    build = pathlib.Path(os.environ.get("MUGAI_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build" / "plain"))
    return build / "tests" / "helpers" / "read-mails"


def answers(cases):
    """(case, replaced, guessed, text) of each case, in order."""
    process = subprocess.Popen([str(reader())], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        with process.stdin as out:
            for case in cases:
                mail = case.mail.replace(b"\n", b"\r\n")
                out.write(struct.pack("<I", len(mail)) + mail)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    take = process.stdout.read
    for case in cases:
        replaced, guessed = struct.unpack("<II", take(8))
        subject, body, _, _ = (take(struct.unpack("<I", take(4))[0]).decode() for _ in range(4))
        yield case, replaced, guessed, subject if case.place == "subject" else body.rstrip("\n")
    feeder.join()
    expect(process.wait() == 0, "read-mails ends without a fault", 0, process.returncode)


def exact_of(truth, got):
    if truth == got:
        return len(truth)
    return sum(block.size for block in difflib.SequenceMatcher(None, truth, got, autojunk=False).get_matching_blocks())


class Figures:
    def __init__(self):
        self.chars = self.exact = self.wrong = self.silent = self.strings = 0

    def add(self, chars, exact, counted):
        self.strings += 1
        self.chars += chars
        self.exact += exact
        self.wrong += exact < chars
        self.silent += exact < chars and not counted

    def merge(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def __str__(self):
        return (f"{100 * self.exact / max(self.chars, 1):.3f} % of {self.chars} characters exact, {self.wrong} of {self.strings} strings "
                f"not exact, {self.silent} of them not counted")


def measure_chunk(seed, n):
    """(figures by kind, all of them, strings called a guess that are exact, failures in words)"""
    kinds, total, guessed_right, failures = collections.defaultdict(Figures), Figures(), 0, []
    for case, replaced, guessed, got in answers(list(japanese.cases(seed, n))):
        exact = exact_of(case.text, got)
        counted = replaced + guessed > 0
        names = [f"{case.charset}, {case.label} label"] + ["lost escapes"] * case.lost + ["split words"] * case.split
        for figures in [total] + [kinds[name] for name in names]:
            figures.add(len(case.text), exact, counted)
        guessed_right += guessed > 0 and exact == len(case.text)
        if exact < len(case.text) and (not counted or case.label == "right"):
            failures.append(f"{case.kind()} as {case.named or '-'}: {case.text!r} -> {got!r}")
    return dict(kinds), total, guessed_right, failures


def measure(suite):
    n = STRINGS // 10 if os.environ.get("MUGAI_QUICK") else STRINGS
    kinds, total, guessed_right, failures = collections.defaultdict(Figures), Figures(), 0, []
    with concurrent.futures.ProcessPoolExecutor(CHUNKS) as pool:
        for part in pool.map(measure_chunk, range(SEED, SEED + CHUNKS), [n // CHUNKS] * CHUNKS):
            for name, figures in part[0].items():
                kinds[name].merge(figures)
            total.merge(part[1])
            guessed_right += part[2]
            failures += part[3]
    for text in failures[:SHOWN]:
        suite.note(text)
    return kinds, total, guessed_right


def main():
    suite = Suite("japanese")
    kinds, total, guessed_right = measure(suite)
    for name in sorted(kinds):
        suite.note(f"{name}: {kinds[name]}")
    suite.note(f"called a guess and right: {guessed_right} of {total.strings} strings")
    with suite.case("99.95 % of the characters come out exact") as case:
        expect(total.exact >= WANTED * total.chars, "characters that are exact", WANTED, total.exact / total.chars)
        case["figure"] = str(total)
    with suite.case("no string is wrong without being counted") as case:
        expect(total.silent == 0, "strings that are wrong and not counted", 0, total.silent)
        case["figure"] = f"{total.wrong} strings are not exact, all counted"
    with suite.case("a right label gives every character") as case:
        right = [figures for name, figures in kinds.items() if name.endswith(" right label")]
        wrong = sum(figures.chars - figures.exact for figures in right)
        expect(wrong == 0, "characters not exact under a right label", 0, wrong)
        case["figure"] = f"{sum(figures.chars for figures in right)} characters"
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
