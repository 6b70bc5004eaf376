#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite bench: the short form of tests/bench/run; fails where mugai's processor time, of that of fixed work in a process for each mail,
got worse by more than a fifth.

Kept ratios are in tests/bench/kept.json, of `tests/bench/run --short --keep`. How the run deals with a busy machine is said in tests/bench/run."""
import json
import signal
import subprocess
import sys

from harness import TOP, need_root, workspace

sys.path.insert(0, str(TOP / "tests" / "helpers"))
from check import Suite, expect  # noqa: E402


def short_run(suite, folder, stack):
    """What the run saw, as it wrote it down; its lines are notes."""
    seen = folder / "seen.json"
    run = subprocess.Popen([str(TOP / "tests" / "bench" / "run"), "--short", "--json", str(seen)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
    stack.callback(run.wait)
    stack.callback(run.send_signal, signal.SIGTERM)
    for line in run.stdout:
        suite.note(line.rstrip())
    expect(run.wait() in (0, 1) and seen.exists(), "the run came to its end", "exit 0 or 1", f"exit {run.returncode}")
    return json.loads(seen.read_text())["ratios"]


def judge(row):
    expect(row["kept"] is not None, "a ratio was kept to judge by: tests/bench/run --short --keep")
    expect(not row["worse"], "worse by more than a fifth, in repeated rounds, too", f"about {row['kept']:.2f}", f"{row['value']:.2f}")
    return f"{row['value']:.2f}, kept {row['kept']:.2f}"


def main():
    need_root()
    suite, rows = Suite("bench"), []
    with workspace("bench") as (folder, stack):
        with suite.case("the short form runs") as case:
            rows = short_run(suite, folder, stack)
            case["figure"] = "; ".join(f"{row['name']} {row['value']:.2f}" for row in rows if not row["judged"])
        suite.run([(row["name"], lambda row=row: judge(row)) for row in rows if row["judged"]])
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
