#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A catalogue as msgfmt makes it -> a C source: catalogue.py OUT IN.mo"""
import pathlib
import struct
import sys


def texts(octets):
    """(text, translation) in the order of the texts' octets; the first text is empty and its translation the catalogue's head."""
    _magic, _revision, count, here, there = struct.unpack_from("=5I", octets)

    def one(table, number):
        size, at = struct.unpack_from("=2I", octets, table + 8 * number)
        return octets[at:at + size]
    return sorted((one(here, number), one(there, number)) for number in range(count))


def literal(octets):
    return '"' + "".join(chr(o) if 32 <= o < 127 and chr(o) not in '"\\?' else f"\\{o:03o}" for o in octets) + '"'


def main(out, catalogue):
    rows = [f"        {{{literal(text)}, {literal(translation)}}}," for text, translation in texts(pathlib.Path(catalogue).read_bytes())[1:]]
    lines = ["/* Made by src/console/catalogue.py. */", '#include "console/catalogue.h"', "", "const MgTranslation mg_catalogue[] = {", *rows, "};",
             f"const gsize mg_catalogue_n = {len(rows)};", ""]
    pathlib.Path(out).write_text("\n".join(lines))


main(*sys.argv[1:])
