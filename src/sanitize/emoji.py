#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unicode's EmojiSources.txt (Debian: unicode-data) as tables in C, one a carrier, in the order of their codes:
emoji.py EmojiSources.txt >emoji_table.h"""
import sys

CARRIERS = ("docomo", "kddi", "softbank")  # in the order of the file's columns


def read(path):
    """carrier -> {Shift_JIS code: [code points]}"""
    tables = {name: {} for name in CARRIERS}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            fields = line.split("#")[0].strip().split(";")
            if len(fields) < 4:
                continue
            points = [int(point, 16) for point in fields[0].split()]
            if not 1 <= len(points) <= 2:
                sys.exit(f"{path}: {len(points)} code points where one or two were to be: {line.strip()}")
            for name, code in zip(CARRIERS, fields[1:4]):
                if code:
                    tables[name][int(code, 16)] = points
    return tables


def main():
    tables = read(sys.argv[1])
    print("/* Made by emoji.py from EmojiSources.txt of the Unicode Character Database. */")
    for name in CARRIERS:
        if not tables[name]:
            sys.exit(f"{sys.argv[1]} has no code of {name}")
        print(f"static const MgEmoji {name}_emoji[] = {{")
        for code, points in sorted(tables[name].items()):
            second = points[1] if len(points) > 1 else 0
            print(f"        {{0x{code:04X}, 0x{points[0]:04X}, 0x{second:04X}}},")
        print("};")


if __name__ == "__main__":
    main()
