#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite manual: what the manual says is what the programs do. Comparisons stand in manual_compare.py, what is run in manual_commands.py."""
import sys

from harness import need_root, workspace

import manual_commands
import manual_compare
from check import Suite
from manual_world import World


def main():
    need_root()
    suite = Suite("manual")
    suite.run(manual_compare.cases())
    with workspace("manual") as (folder, _), World(folder) as world:
        suite.run(manual_commands.cases(world))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
