#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of a meson suite and counts each TAP point: meson_suite.py NAME BUILD-FOLDER MESON-SUITE."""
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

from check import Suite


def points(build):
    """(program, name, outcome, text) of each test point, from the report that meson writes."""
    report = build / "meson-logs" / "testlog.junit.xml"
    # Tests of hostile mail print control characters, which meson copies and XML does not have.
    text = re.sub(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", report.read_text(errors="replace"))
    for suite in xml.etree.ElementTree.fromstring(text):
        for case in suite:
            if case.tag != "testcase":
                continue
            found = {child.tag: child for child in case}
            outcome = next((tag for tag in ("failure", "error", "skipped") if tag in found), "passed")
            where = suite.get("name", "").rpartition(" / ")[2]
            yield where, case.get("name"), outcome, (found[outcome].text or "") if outcome != "passed" else ""


def only_plain(name):
    """A bound on the address space cannot be tried under ASan, which reserves terabytes. The plain build tries it and counts there."""
    return name.endswith("-asan")


def main():
    name, build, which = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    suite = Suite(name)
    report = build / "meson-logs" / "testlog.junit.xml"
    report.unlink(missing_ok=True)
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    done = subprocess.run(["meson", "test", "-C", str(build), "--no-rebuild", "--suite", which, "--num-processes", "2",
                           "--print-errorlogs"], capture_output=True, text=True, errors="replace", env=environment)
    programs = set()
    if report.exists():
        for program, name_of_point, outcome, text in points(build):
            programs.add(program)
            point = f"{program} {name_of_point}"
            if outcome == "passed":
                suite.passed += 1
            elif outcome == "skipped" and only_plain(name):
                suite.note(f"{point}: not under the sanitizers; suite unit has it")
            elif outcome == "skipped":
                suite.skip(point, text.strip() or "the test said so")
            else:
                suite.fail(point, text.strip())
    if done.returncode and not suite.failed or not suite.passed:
        suite.fail("meson test", (done.stdout + done.stderr)[-3000:])
    elif suite.failed:
        suite.say(done.stdout[-6000:])
    suite.note(f"{suite.passed} points of {len(programs)} programs in {build}")
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
