#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every sentence that the loader of rules can say stands in a test, with values in the place of its conversions.

messages.py SOURCE... TEST: sentences are the texts that a source hands to g_strdup() and g_strdup_printf()."""
import ast
import pathlib
import re
import sys

LITERAL = r'"(?:[^"\\]|\\.)*"'
TEXTS = re.compile(rf'{LITERAL}(?:\s+{LITERAL})*')
BUILT_OF = re.compile(r"g_strdup(?:_printf)?\(")
CONVERSION = re.compile(r"%%|%(?:zu|l?u|d|s)")


def joined(literals):
    return "".join(ast.literal_eval("b" + one).decode("utf-8", "replace") if one.isascii() else ast.literal_eval(one)
                   for one in re.findall(LITERAL, literals))


def clean(text):
    """Macros between literals are numbers: a value like others."""
    text = re.sub(r'/\*.*?\*/', "", text, flags=re.S)
    return re.sub(r'"\s+G_GUINT64_FORMAT\s+"', "u", text)


def calls(text):
    """What stands in the parentheses of each call."""
    for found in BUILT_OF.finditer(text):
        at, depth, quoted = found.end(), 1, False
        while depth:
            char = text[at]
            if char == "\\":
                at += 1
            elif char == '"':
                quoted = not quoted
            elif not quoted:
                depth += {"(": 1, ")": -1}.get(char, 0)
            at += 1
        yield text[found.end():at - 1]


def sentences(path):
    for call in calls(clean(pathlib.Path(path).read_text())):
        texts = [joined(one) for one in TEXTS.findall(call)]
        yield from (text for text in texts if " " in text and len(text) > 25)


def pattern(sentence):
    sentence = re.sub(r"^(?:%[a-z]+[: ]*)+", "", sentence)  # file and line, which a test has not as they stand
    parts = CONVERSION.split(sentence)
    between = ["%" if one == "%%" else ".*" for one in CONVERSION.findall(sentence)]
    return re.compile("".join(re.escape(part) + gap for part, gap in zip(parts, between + [""])), re.S)


def main():
    *sources, test = sys.argv[1:]
    said = [joined(one) for one in TEXTS.findall(clean(pathlib.Path(test).read_text()))]
    wanted = sorted({sentence for source in sources for sentence in sentences(source)})
    missing = [sentence for sentence in wanted if not any(pattern(sentence).search(text) for text in said)]
    print("1..1")
    print(f"{'not ok' if missing or len(wanted) < 30 else 'ok'} 1 - {len(wanted)} sentences of the loader stand in a test")
    for sentence in missing:
        print(f"# {sentence}")
    return 1 if missing else 0


sys.exit(main())
