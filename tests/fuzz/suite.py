#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite fuzz: each target of tests/fuzz/ replays its corpus and then looks for new faults, 60 s each, two at a time.

Needs build/fuzz (tests/run makes it: clang, libFuzzer, ASan, UBSan). Mails of the shared corpus are further seeds where they
are. An input that a target cannot take stays in build/fuzz/findings; the line that reads it again is printed. Inputs that
were found by chance are kept nowhere else: what is worth keeping is put into tests/fuzz/corpus by hand, as found-NAME.

Each run draws the same numbers, so that a change is not judged by chance. MUGAI_FUZZ_SEED=N draws others, MUGAI_FUZZ_SEED=random
others each time: for the hunt by hand. A failure names the seed, and holds an input of up to 2 KB in base64."""
import base64
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "helpers"))

from check import Skip, Suite, equal, expect  # noqa: E402

FUZZ = TOP / "tests" / "fuzz"
BUILD = pathlib.Path(os.environ.get("MUGAI_FUZZ_BUILD", TOP / "build" / "fuzz"))
PROGRAMS, FINDINGS = BUILD / "tests" / "fuzz", BUILD / "findings"
TARGETS = sorted(path.stem.removeprefix("fuzz-") for path in FUZZ.glob("fuzz-*.c"))
MAIL = ("header", "walk")  # targets whose inputs are mails: the shared corpus is theirs too
SECONDS = 10 if os.environ.get("MUGAI_QUICK") else 60
# Targets with threads of GLib's pool, whose own memory LeakSanitizer finds unowned where one of them ends at that moment; it is
# allocated without a frame that a suppression could name. What a session leaves is looked at by unit-asan (milter/session).
POOLED = ("milter",)
AT_ONCE = 2
SEED = os.environ.get("MUGAI_FUZZ_SEED") or "1"
if SEED == "random":
    SEED = str(random.randrange(1, 2**32))
SHOWN = 2048  # octets of an input that a failure holds
# For one input under the sanitizers on a shared machine: 64 KB take some 100 ms.
BOUNDS = ["-timeout=5", "-rss_limit_mb=2048", "-max_len=65536"]


def seeds(target):
    found = [FUZZ / "corpus" / target]
    if target == "wire":
        found.append(PROGRAMS / "wire")
    shared = os.environ.get("MUGAI_CORPUS")
    if target in MAIL and shared:
        found += sorted(path for path in pathlib.Path(shared).iterdir() if path.is_dir())
    return [str(path) for path in found]


def run(target, *options):
    """(status, what it printed). G_SLICE: GLib's own allocator hides overruns from ASan."""
    command = [str(PROGRAMS / f"fuzz-{target}"), *BOUNDS, f"-artifact_prefix={FINDINGS}/{target}-", *options]
    leaks = 0 if target in POOLED else 1
    environment = {**os.environ, "G_SLICE": "always-malloc", "ASAN_OPTIONS": f"detect_leaks={leaks}:allocator_may_return_null=1",
                   "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, timeout=SECONDS * 4 + 240)
    return done.returncode, done.stdout.decode(errors="replace")


def figure(said):
    """Executions per second, edges reached of all edges, the slowest input."""
    def last(pattern):
        found = re.findall(pattern, said)
        return found[-1] if found else "?"
    return (f"{last(r'average_exec_per_sec: *([0-9]+)')} a second, {last(r'cov: ([0-9]+)')} of {last(r'Loaded 1 PC tables .([0-9]+) PCs')} edges, "
            f"{last(r'corp: ([0-9]+)')} inputs kept of {last(r'number_of_executed_units: *([0-9]+)')}, "
            f"slowest {last(r'slowest_unit_time_sec: *([0-9]+)')} s, {last(r'peak_rss_mb: *([0-9]+)')} MB")


def verdict(target, status, said):
    left = re.findall(r"Test unit written to (\S+)", said)
    lines = [line for line in said.splitlines() if "does not hold" in line or "ERROR" in line or "runtime error" in line or "SUMMARY" in line]
    again = [f"replay: {PROGRAMS / ('fuzz-' + target)} {left[-1]} (seed {SEED})"] if left else [said[-1500:], f"seed {SEED}"]
    if left and pathlib.Path(left[-1]).stat().st_size <= SHOWN:
        again.append(f"base64: {base64.b64encode(pathlib.Path(left[-1]).read_bytes()).decode()}")
    expect(status == 0, "\n    ".join(lines[:4] + again), 0, status)


def fuzz(target):
    with tempfile.TemporaryDirectory() as kept:
        replayed = run(target, "-runs=0", *seeds(target))
        if replayed[0]:
            return replayed, None
        return replayed, run(target, f"-dict={FUZZ / 'dictionary' / target}.dict", f"-max_total_time={SECONDS}", f"-seed={SEED}", "-len_control=20",
                             "-print_final_stats=1", kept, *seeds(target))


def check_seeds(suite):
    with suite.case("the seeds are those that seeds.py makes") as case, tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, str(FUZZ / "seeds.py"), folder], check=True)
        made = {str(path.relative_to(folder)): path.read_bytes() for path in pathlib.Path(folder).rglob("seed-*")}
        there = {str(path.relative_to(FUZZ / "corpus")): path.read_bytes() for path in (FUZZ / "corpus").rglob("seed-*")}
        equal(sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name)), [], "seeds that differ")
        case["figure"] = f"{len(made)} seeds"


def main():
    suite = Suite("fuzz")
    check_seeds(suite)
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {target: pool.submit(fuzz, target) for target in TARGETS if suite.only in target}
        for target, future in runs.items():
            with suite.case(f"{target}: the corpus again") as case:
                if not (PROGRAMS / f"fuzz-{target}").exists():
                    raise Skip(f"fuzz-{target} is not built (clang)")
                replayed, found = future.result()
                verdict(target, *replayed)
                case["figure"] = f"{sum(len(list(pathlib.Path(path).rglob('*'))) for path in seeds(target))} inputs"
            with suite.case(f"{target}: {SECONDS} s without a finding") as case:
                replayed, found = future.result()
                expect(found, "its corpus does not pass")
                verdict(target, *found)
                case["figure"] = figure(found[1])
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
