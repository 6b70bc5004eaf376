# SPDX-License-Identifier: Apache-2.0
"""Every row of the list of attacks is named by a test: in a path of g_test, in the first string of a row of a test table, or
in the name of a case of the system suites. What a comment names does not count."""
import re

from check import equal
from sources import name_of, tracked

# The rows of the list, by its tables: transport and header, structure, names and files, text, character sets.
ROWS = ([f"A{n}" for n in range(1, 17)] + [f"B{n}" for n in range(1, 25)] + [f"C{n}" for n in range(1, 12)]
        + [f"D{n}" for n in range(1, 15)] + [f"E{n}" for n in range(1, 11)])
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
# A path of g_test; the first string of a row of a table.
UNIT = re.compile(r'g_test_add\w*\(\s*"([^"\n]+)"|\{\s*"((?:%s)[ -][^"\\\n]*|[A-E]\d{1,2})"' % "|".join(ROWS))
# A case, a row of a list of cases, a key of a table of cases.
SYSTEM = re.compile(r'^(?:[^#"\n]*(?:\.case\(|\()f?"([^"\n]+)"|\s*"([^"\n]+)": \()', re.M)
ID = re.compile(r"(?<![A-Za-z0-9])([A-E][0-9]{1,2})(?![A-Za-z0-9])")


def named():
    """{id: names of the tests that carry it}."""
    found = {}
    for path in tracked("tests/unit", "tests/system"):
        if path.suffix not in (".c", ".py"):
            continue
        text = path.read_text()
        pairs = UNIT.findall(COMMENT.sub(" ", text)) if path.suffix == ".c" else SYSTEM.findall(text)
        names = [one or other for one, other in pairs]
        for name in names:
            for row in ID.findall(name):
                found.setdefault(row, []).append(f"{name_of(path)}: {name}")
    return found


def check(suite):
    found = named()
    with suite.case("every row of the list of attacks is named by a test") as case:
        equal([row for row in ROWS if row not in found], [], "rows without a test")
        case["figure"] = f"{len(ROWS)} rows, {sum(len(found[row]) for row in ROWS)} names"
    with suite.case("no test names a row that is not in the list") as case:
        strange = sorted(set(found) - set(ROWS))
        equal([found[row] for row in strange], [], "unknown rows")
        case["figure"] = f"{len(found)} rows named"
