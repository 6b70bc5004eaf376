# SPDX-License-Identifier: Apache-2.0
"""A small reader of C for the other lints: comments and literals blanked out, functions found by their braces.

It knows the house style (clang-format's layout), not C: a function begins at a line without indent that ends in "{"."""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]


def tracked(*patterns):
    """Files of the project that git knows or would know (new ones too, ignored ones not)."""
    listed = subprocess.run(["git", "-c", f"safe.directory={TOP}", "-C", str(TOP), "ls-files", "-co", "--exclude-standard", "--",
                             *patterns], capture_output=True, text=True, check=True)
    return [TOP / name for name in sorted(set(listed.stdout.splitlines())) if (TOP / name).is_file()]


def c_files(*folders):
    return tracked(*(f"{folder}/{pattern}" for folder in folders or ("src", "include") for pattern in ("*.c", "*.h")))


def name_of(path):
    return str(path.relative_to(TOP))


def blanked(text):
    """The same text with comments, strings and character literals as blanks; line numbers stay."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


class Function:
    def __init__(self, name, first, lines):
        self.name, self.first, self.lines = name, first, lines

    @property
    def length(self):
        return len(self.lines)

    def nesting(self):
        """Deepest control block, and its line; a block of the function itself is 0. Initializer braces do not count."""
        depth, deepest, where, stack = 0, 0, self.first, []
        for number, line in enumerate(self.lines, self.first):
            for at, c in enumerate(line):
                if c == "{":
                    before = line[:at].rstrip()
                    block = not before.endswith(("=", "(", ",", "{", "return")) and number > self.first
                    stack.append(block)
                    depth += block
                elif c == "}" and stack:
                    depth -= stack.pop()
                if depth > deepest:
                    deepest, where = depth, number
        return deepest, where


def functions(text):
    """Functions of a blanked source."""
    lines, found, at = text.split("\n"), [], 0
    while at < len(lines):
        if re.match(r"[A-Za-z_].*\)\s*\{\s*$", lines[at]) or (
                re.match(r"\s+.*\)\s*\{\s*$", lines[at]) and _begins_above(lines, at)):
            end = next((i for i in range(at, len(lines)) if lines[i].startswith("}")), len(lines) - 1)
            head = lines[at]
            while not re.match(r"[A-Za-z_]", lines[at]):
                at -= 1
                head = lines[at] + head
            name = re.search(r"(\w+)\s*\(", head)
            found.append(Function(name.group(1) if name else "?", at + 1, lines[at:end + 1]))
            at = end
        at += 1
    return found


def _begins_above(lines, at):
    """A signature that goes over several lines: an unindented line with an open parenthesis stands above."""
    while at > 0 and re.match(r"\s+\S", lines[at]):
        at -= 1
    return bool(re.match(r"[A-Za-z_][^;{}=]*\([^;{}]*,\s*$", lines[at]))
