#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite system: a real Postfix, real clients, one requirement a case. The cases stand in the modules cases_*.py."""
import sys

from harness import Chain, need_root, workspace

import cases_check
import cases_mail
import cases_refusal
import cases_running
import cases_seal
from check import Suite


def main():
    need_root()
    suite = Suite("system")
    with workspace("system") as (folder, _):
        # Each module gets a gateway of its own, so that what one leaves behind cannot help or hurt the next.
        for module in (cases_mail, cases_refusal, cases_running, cases_seal, cases_check):
            name = module.__name__.removeprefix("cases_")
            suite.note(f"{name}: {module.__doc__.splitlines()[0]}")
            with Chain(folder / name, **module.OPTIONS) as chain:
                suite.run(module.cases(chain, folder / name))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
