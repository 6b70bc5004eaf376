#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite lint: what a machine can see of the rules of the house."""
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "helpers")]

import attacks  # noqa: E402
import includes  # noqa: E402
import links  # noqa: E402
import style  # noqa: E402
import tree  # noqa: E402
import units  # noqa: E402
from check import Suite  # noqa: E402


def main():
    suite = Suite("lint")
    for part in (includes, style, tree, links, units, attacks):
        part.check(suite)
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
