# SPDX-License-Identifier: Apache-2.0
"""The runner that every suite shares: one line a case, and one line at the end that tests/run reads.

A suite makes one Suite, tells it what it saw, and ends with sys.exit(suite.end()). It does not start or find anything by
itself: what runs is what the suite's own main() calls.

    ok - NAME: FIGURE
    not ok - NAME
        file:line
        expected: ...
        got: ...
    skip - NAME: REASON
    # suite SUITE: 3 passed, 1 failed, 0 skipped
"""
import contextlib
import os
import sys
import time
import traceback

SHOWN = 600  # characters of a value in a failure; the rest is in the kept files


class Skip(Exception):
    """Raised inside a case that cannot run here; the text says what is missing."""


class Fault(AssertionError):
    """An expectation that did not hold."""

    def __init__(self, what, expected=None, got=None):
        super().__init__(what)
        self.what, self.expected, self.got = what, expected, got


def short(value):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"


def expect(condition, what, expected=None, got=None):
    """Inside a case: ends it as failed where condition does not hold."""
    if not condition:
        raise Fault(what, expected, got)


def equal(got, expected, what):
    expect(got == expected, what, expected, got)


def wait_for(condition, seconds=60):
    """Until condition() holds, for so long at most; what it last was. One that cannot be looked at yet (OSError) does not hold."""
    deadline, holds = time.monotonic() + seconds, False
    while not holds and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            holds = condition()
        if not holds:
            time.sleep(0.05)
    return holds


def same_day(seconds=30):
    """What is done in the next so many seconds is of one day, in UTC and in Japan: the end of one is waited for."""
    left = min((end * 3600 - time.time()) % 86400 for end in (24, 15))
    if left < seconds:
        time.sleep(left + 1)


class Suite:
    def __init__(self, name, out=sys.stdout):
        self.name, self.out = name, out
        self.passed = self.failed = self.skipped = 0
        self.began = time.monotonic()
        self.only = os.environ.get("MUGAI_TEST_ONLY", "")

    def say(self, text):
        print(text, file=self.out, flush=True)

    def note(self, text):
        """Progress and figures that are no result."""
        self.say(f"# {text}")

    def ok(self, name, figure=""):
        self.passed += 1
        self.say(f"ok - {name}" + (f": {figure}" if figure else ""))

    def fail(self, name, what="", expected=None, got=None, where=""):
        self.failed += 1
        self.say(f"not ok - {name}")
        for label, value in (("", where), ("", what)):
            if value:
                self.say(f"    {value}")
        if expected is not None or got is not None:
            self.say(f"    expected: {short(expected)}")
            self.say(f"    got: {short(got)}")

    def skip(self, name, reason):
        self.skipped += 1
        self.say(f"skip - {name}: {reason}")

    @contextlib.contextmanager
    def case(self, name):
        """One result. The body may set the figure that is printed: `with suite.case("x") as case: case["figure"] = "3 ms"`."""
        case = {"figure": ""}
        try:
            yield case
        except Skip as reason:
            self.skip(name, str(reason))
        except Exception as fault:  # a suite goes on after any failed case
            frame = traceback.extract_tb(fault.__traceback__)
            here = [f for f in frame if f.filename.find("/tests/") >= 0 and not f.filename.endswith("check.py")] or frame
            where = f"{os.path.relpath(here[-1].filename)}:{here[-1].lineno}"
            if isinstance(fault, Fault):
                self.fail(name, fault.what, fault.expected, fault.got, where)
            else:
                self.fail(name, f"{type(fault).__name__}: {fault}", where=where)
        else:
            self.ok(name, case["figure"])

    def run(self, cases):
        """cases: (name, function) pairs; each function may return the figure to print. MUGAI_TEST_ONLY picks by a part of the name."""
        for name, function in cases:
            if self.only and self.only not in name:
                continue
            with self.case(name) as case:
                case["figure"] = function() or ""

    def end(self):
        took = time.monotonic() - self.began
        self.say(f"# suite {self.name}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped ({took:.0f} s)")
        return 1 if self.failed else 0
