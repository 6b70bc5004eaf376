#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files -> a C source with their octets; each has a path that follows from its content, so that browsers may keep it for ever."""
import hashlib
import pathlib
import sys

TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def main(out, *files):
    lines = ["/* Made by src/console/assets.py. */", '#include "console/assets.h"', ""]
    rows = []
    for number, name in enumerate(files):
        path = pathlib.Path(name)
        octets = path.read_bytes()
        digest = hashlib.sha256(octets).hexdigest()[:16]
        lines.append(f"static const unsigned char octets_{number}[] = {{{', '.join(map(str, octets))}}};")
        rows.append(f'        {{"{path.name}", "/assets/{path.stem}-{digest}{path.suffix}", "{TYPES[path.suffix]}", octets_{number}, sizeof octets_{number}}},')
    lines += ["", "const MgAsset mg_assets[] = {", *rows, "        {0},", "};", ""]
    pathlib.Path(out).write_text("\n".join(lines))


main(*sys.argv[1:])
