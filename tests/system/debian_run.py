#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/run --release RELEASE: tests/run in a Debian of that release. debian_run.py RELEASE [OPTION...] SUITE...

The Debian with all packages is kept as build/debian/RELEASE for a week and takes 2 GB; each run works on a copy, which is gone
at the end. Output and exit status are those of the run inside."""
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time

import debian
from gateway import TOP
from harness import workspace

KEPT_FOR = 7 * 86400
# What tests/run takes from its environment, MUGAI_SHARED excepted, which has its place in the folder.
HANDED_ON = ("CI", "MUGAI_TEST_ONLY", "MUGAI_KEEP", "MUGAI_QUICK")


def say(text):
    print(f"\n== {text} ({time.strftime('%H:%M:%S')})", flush=True)


@contextlib.contextmanager
def whole(base):
    """While the body changes base it is not whole; what was not changed to the end, is made anew by the next run."""
    mark = base / "whole"
    made = mark.stat().st_mtime if mark.exists() else time.time()
    mark.unlink(missing_ok=True)
    try:
        yield
        mark.touch()
        os.utime(mark, (made, made))
    except BaseException:
        shutil.rmtree(base, ignore_errors=True)
        raise


def prepare(base, release, words):
    """base is a Debian of the release with the checkout as it stands here and the packages that these words of tests/run ask for."""
    mark = base / "whole"
    if not mark.exists() or time.time() - mark.stat().st_mtime > KEPT_FOR:
        say(f"debootstrap of {release}, kept as {base.relative_to(TOP)}")
        shutil.rmtree(base, ignore_errors=True)
        with whole(base):
            debian.make_root(base, release)
    with whole(base):
        for name in (debian.CHECKOUT, debian.SHARED_THERE):
            shutil.rmtree(base / name, ignore_errors=True)
        debian.put_checkout(base, committed=False)
        if "--no-install" not in words and debian.inside(base, "tests/run", "--only-install", *words).returncode:
            raise SystemExit(f"tests/run: {release}: the packages could not be installed")
        debian.inside(base, "apt-get", "clean")


def main():
    release, *words = sys.argv[1:]
    base = TOP / "build" / "debian" / release
    base.parent.mkdir(parents=True, exist_ok=True)
    with workspace(release) as (folder, _):
        root = folder / "root"
        with open(base.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            prepare(base, release, words)
            subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
        version = (root / "etc/debian_version").read_text().strip()
        say(f"tests/run {' '.join(words)} in Debian {version}")
        done = debian.inside(root, "tests/run", *words, environment={k: v for k, v in os.environ.items() if k in HANDED_ON})
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
