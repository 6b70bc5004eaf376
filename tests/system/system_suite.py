#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite system: a real Postfix, real clients, one requirement a case. The cases stand in the modules cases_*.py."""
import sys

from harness import Chain, need_root, workspace

import cases_audit
import cases_bombs
import cases_canary
import cases_care
import cases_check
import cases_console
import cases_doctor
import cases_explain
import cases_keep
import cases_keys
import cases_letter
import cases_lines
import cases_mail
import cases_monitor
import cases_people
import cases_profiles
import cases_refusal
import cases_release
import cases_request
import cases_running
import cases_rules
import cases_scan
import cases_seal
import cases_setup
import cases_store
import cases_text
import cases_units
from check import Suite


def main():
    need_root()
    suite = Suite("system")
    with workspace("system") as (folder, _):
        # Each module gets a gateway of its own, so that what one leaves behind cannot help or hurt the next.
        for module in (cases_mail, cases_refusal, cases_running, cases_seal, cases_keys, cases_audit, cases_store, cases_people,
                       cases_request, cases_release, cases_rules, cases_scan, cases_keep, cases_explain, cases_profiles, cases_text, cases_care,
                       cases_console, cases_monitor, cases_lines, cases_bombs, cases_units, cases_check, cases_doctor, cases_setup, cases_canary):
            name = module.__name__.removeprefix("cases_")
            suite.note(f"{name}: {module.__doc__.splitlines()[0]}")
            with Chain(folder / name, **module.OPTIONS) as chain:
                suite.run(module.cases(chain, folder / name))
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
