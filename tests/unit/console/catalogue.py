#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every text of the console that is marked for translation has its Japanese in the catalogue, and the catalogue has no other; and what
the console expects other roles to say (said.c) still stands in their sources."""
import pathlib
import re
import sys

ROOM = pathlib.Path(sys.argv[1])
MARK = re.compile(r'\bN_\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')
ENTRY = re.compile(r'^msgid "(.+)"\nmsgstr "(.*)"$', re.M)


def texts(paths):
    for path in paths:
        for found in MARK.finditer(path.read_text()):
            yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found.group(1)))


def spoken():
    """What the other rooms' sources say: neighbouring literals as one, each place of a format as %s."""
    text = "\n".join(p.read_text() for room in (ROOM.parent, ROOM.parents[1] / "include") for p in sorted(room.rglob("*.[ch]"))
                     if ROOM not in p.parents)
    text = re.sub(r'"\s*G_G(?:INT64|UINT64|SIZE)_FORMAT\s*"', "s", text)
    text = re.sub(r'"\s*G_STRINGIFY\(\w+\)\s*"', "%s", text)
    text = re.sub(r'"\s*\n\s*"', "", text)
    return re.sub(r"%(?:zu|u|d|lu)", "%s", text)


def main():
    wanted = set(texts(sorted(ROOM.glob("*.c"))))
    there = dict(ENTRY.findall((ROOM / "ja.po").read_text()))
    missing = sorted(wanted - {key for key, text in there.items() if text})
    idle = sorted(set(there) - wanted)
    source, said = spoken(), set(texts([ROOM / "said.c"]))
    # A sentence that is put together is looked for piece by piece.
    unsaid = sorted(row for row in said if row not in source
                    and any(piece.strip(": ") not in source for piece in row.split("%s") if piece.strip(": ")))
    lost = sorted(row for row in said if {f"%{i + 1}" for i in range(row.count("%s"))} != set(re.findall(r"%\d", there.get(row, ""))))
    print("1..4")
    print(f"{'not ok' if missing or len(wanted) < 100 else 'ok'} 1 - {len(wanted)} texts have their Japanese")
    print(f"{'not ok' if idle else 'ok'} 2 - no translation without a text")
    print(f"{'not ok' if unsaid or len(said) < 50 else 'ok'} 3 - {len(said)} sentences of other roles are theirs")
    print(f"{'not ok' if lost else 'ok'} 4 - what stands in the places of a sentence stands in its Japanese, too")
    for text in missing + idle + unsaid + lost:
        print(f"# {text}")
    return 1 if missing or idle or unsaid or lost else 0


sys.exit(main())
