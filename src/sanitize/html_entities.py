# SPDX-License-Identifier: Apache-2.0
"""Writes the table of HTML's named characters for html_entity.c: html_entities.py OUTPUT. Python's library has the
list of the WHATWG; the names stand sorted by their octets, without the "&"."""
import html.entities
import sys


def quoted(text):
    return "".join(f"\\{octet:03o}" for octet in text.encode("utf-8"))


def main():
    rows = sorted((name.encode("ascii"), value) for name, value in html.entities.html5.items())
    with open(sys.argv[1], "w", encoding="ascii") as out:
        for name, value in rows:
            out.write(f'{{"{name.decode()}", "{quoted(value)}"}},\n')


if __name__ == "__main__":
    main()
