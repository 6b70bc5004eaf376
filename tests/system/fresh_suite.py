#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite fresh: both commands in a Debian 12 that debootstrap has just made, with git and nothing else.

Not part of a whole run: it fetches some hundred megabytes of packages. The checkout is cloned as committed."""
import os
import subprocess
import sys

import debian
from harness import need_root, workspace

from check import Suite, expect

SUITES = os.environ.get("MUGAI_FRESH_SUITES", "lint unit sandbox system").split()


def failures(text, lines=12):
    """What stands at and below each "not ok", wherever it is in a long output."""
    said = text.split("\n")
    return "".join("\n".join(said[at:at + lines]) + "\n...\n" for at, line in enumerate(said) if line.startswith("not ok"))


def main():
    need_root()
    suite = Suite("fresh")
    with workspace("fresh") as (folder, _):
        root = folder / "root"
        with suite.case("fresh: debootstrap makes a Debian 12") as case:
            debian.make_root(root, "bookworm")
            debian.put_checkout(root, committed=True)
            case["figure"] = (root / "etc/debian_version").read_text().strip()
        for name, command in (("packaging/try --once", ["packaging/try", "--once"]),
                              (f"tests/run --quick {' '.join(SUITES)}", ["tests/run", "--quick", *SUITES])):
            with suite.case(f"fresh: {name}") as case:
                done = debian.inside(root, *command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3000)
                expect(done.returncode == 0, f"exit {done.returncode}: {failures(done.stdout)}{done.stdout[-3000:]}")
                case["figure"] = done.stdout.strip().split("\n")[-1]
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
