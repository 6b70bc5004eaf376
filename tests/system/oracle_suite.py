#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite oracle: every mail of the shared corpus by `mugai sanitize`, with LF and with CRLF, held against what others read.

Subjects, texts and names of the oracle are met, or the deviation stands in oracle_deviations.tsv with the reason why it
is right. A listed deviation that is gone is a failure too, so the list says what is so today."""
import json
import pathlib
import subprocess
import sys

from harness import CORPUS, workspace

import oracle_compare as compare
import seeds
from check import Suite, equal, expect
from gateway import program

LISTED = pathlib.Path(__file__).with_name("oracle_deviations.tsv")
CONF = 'policy {\n        links = text\n        subject_tag = ""\n        languages = ja\n}\n'
SHOWN = 40


def listed():
    """{(file, oracle, field): why it is right}."""
    rows = [line.split("\t") for line in LISTED.read_text().splitlines() if line and not line.startswith("#")]
    for row in rows:
        expect(len(row) == 4 and all(row), f"{LISTED.name}: file, oracle, field, reason", 4, row)
    keys = [tuple(row[:3]) for row in rows]
    equal(sorted({key for key in keys if keys.count(key) > 1}), [], "listed twice")
    return {tuple(row[:3]): row[3] for row in rows}


def judge(found, known):
    """Fails for what is found and not listed; the figure otherwise."""
    new = [one for one in found if tuple(one[:3]) not in known]
    equal("\n".join("\t".join(one) for one in new[:SHOWN]), "", f"{len(new)} deviations that are not listed")
    return f"{len(found)} listed deviations"


def sanitized(folder, conf, mails):
    """[Outcome] of the mails, in their order."""
    source, result = folder / "in", folder / "out"
    source.mkdir(parents=True)
    result.mkdir()
    for number, octets in enumerate(mails):
        (source / f"{number:05d}.eml").write_bytes(octets)
    done = subprocess.run([program("mugai"), "sanitize", "--config", str(conf), "--output-dir", str(result),
                           *sorted(map(str, source.iterdir()))], capture_output=True, timeout=300)
    outcomes = []
    for number in range(len(mails)):
        report = result / f"{number:05d}.json"
        expect(report.exists(), f"{report.name} was written (exit {done.returncode}: {done.stderr[-400:]!r})")
        outcomes.append(compare.Outcome(report.with_suffix(".eml").read_bytes(), json.loads(report.read_text())))
    return outcomes


def own(folder, conf):
    """Mails of this project by the same comparisons: they hold where the corpus is absent, and nothing may deviate."""
    mails = {"plain": seeds.plain(), "jis": seeds.jis(), "newsletter": seeds.newsletter(), "estimate": seeds.estimate()}
    mails = {name: octets.replace(b"\r\n", b"\n") for name, octets in mails.items()}
    of_lf = sanitized(folder / "own-lf", conf, mails.values())
    of_crlf = sanitized(folder / "own-crlf", conf, [octets.replace(b"\n", b"\r\n") for octets in mails.values()])
    found = []
    for (name, octets), lf, crlf in zip(mails.items(), of_lf, of_crlf):
        expect(lf.text.strip(), f"{name} has a text")
        found += compare.against_python(name, octets, lf) + compare.strange_marks(name, octets, lf)
        found += compare.against_other_ends(name, lf, crlf)
    judge(found, {})
    return f"{len(mails)} mails"


class Corpus:
    """The mails in both forms, and what became of them."""

    def __init__(self, folder, conf):
        self.names = [line.split("\t")[0] for line in (CORPUS / "INDEX.tsv").read_text().splitlines()[1:]]
        self.lf = [(CORPUS / name).read_bytes().replace(b"\r\n", b"\n") for name in self.names]
        self.of_lf = sanitized(folder / "lf", conf, self.lf)
        self.of_crlf = sanitized(folder / "crlf", conf, [octets.replace(b"\n", b"\r\n") for octets in self.lf])
        self.rows = [json.loads(line) for line in (CORPUS / "ORACLE.jsonl").read_text().splitlines()]

    def each(self):
        return zip(self.names, self.lf, self.of_lf)

    def by_oracle(self):
        ours = dict(zip(self.names, self.of_lf))
        return [one for row in self.rows for one in compare.against_oracle(row, ours[row["file"]])]

    def by_python(self):
        known = {row["file"] for row in self.rows}
        return [one for name, octets, ours in self.each() if name not in known
                for one in compare.against_python(name, octets, ours)]

    def marks(self):
        return [one for name, octets, ours in self.each() for one in compare.strange_marks(name, octets, ours)]

    def ends(self):
        return [one for name, lf, crlf in zip(self.names, self.of_lf, self.of_crlf)
                for one in compare.against_other_ends(name, lf, crlf)]


def with_corpus(suite, folder, conf):
    corpus, known, seen = Corpus(folder, conf), listed(), set()
    for name, deviations in (
            ("subjects, texts and names are those of the oracle", corpus.by_oracle),
            ("subjects and names are those that Python's email reads, where no oracle knows the mail", corpus.by_python),
            ("no U+FFFD and no 〓 that the sample does not hold", corpus.marks),
            ("LF and CRLF forms give the same subject, text and parts", corpus.ends)):
        found = deviations()
        seen |= {tuple(one[:3]) for one in found}
        with suite.case(name) as case:
            case["figure"] = f"{len(corpus.names)} mails, {len(corpus.rows)} lines of the oracle, " + judge(found, known)
    with suite.case("no listed deviation is gone") as case:
        equal(sorted(set(known) - seen), [], f"lines of {LISTED.name} that nothing deviates for")
        case["figure"] = f"{len(known)} lines"


def main():
    suite = Suite("oracle")
    with workspace("oracle") as (folder, _):
        conf = folder / "oracle.conf"
        conf.write_text(CONF)
        with suite.case("mails of this project") as case:
            case["figure"] = own(folder, conf)
        if CORPUS.is_dir():
            with_corpus(suite, folder, conf)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
