#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bash completion of mugai: tables of what `mugai --help` and each command's --help say, in the frame of mugai.in. So there is one place for
commands and options, the program.

    make.py MUGAI FRAME OUTPUT"""
import os
import re
import subprocess
import sys

KINDS = {"FILE": "F", "DIR": "D", "FOLDER": "D"}  # of a value or an operand; any other is nobody's to guess


def help_of(program, *words):
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        sys.exit(f"{program} {' '.join(words)} --help: exit {done.returncode}: {done.stderr}")
    return done.stdout


def options_of(text):
    """"--config=F --json": with the kind of the value, V where it is neither a file nor a folder."""
    found = re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)(?:=(\S+))?", text, re.M)
    return " ".join(name + (f"={KINDS.get(value, 'V')}" if value else "") for name, value in found)


def acts_of(text):
    """First words of "add RECEIPT... | list | end CASE", or of "init DIR, rotate DIR, list" where the usage says ACT."""
    usage = text.partition("OPTION…]")[2].partition("\n")[0].strip(" []")
    if usage == "ACT":
        usage = text.split("\n\n")[1].partition(": ")[2].replace(", ", "|")
    first = [piece.split()[0].strip("[]") for piece in usage.split("|") if piece.split()]
    return [word for word in first if re.fullmatch(r"[a-z]+", word)]


def operand_of(text):
    usage = text.partition("OPTION…]")[2].partition("\n")[0]
    summary = text.split("\n\n")[1] if usage else ""
    words = re.findall(r"\b(FILE|DIR|FOLDER)\b", f"{usage} {summary}")
    return KINDS[words[0]] if words else ""


def listed(text):
    """Names of a list of commands."""
    return [line.split()[0] for line in text.partition("\n\n")[2].partition("\n\n")[0].splitlines()]


def tables(program):
    acts, options, operands = {}, {}, {}
    for command in listed(help_of(program)):
        text = help_of(program, command)
        if text.startswith("usage:"):  # a table of its own, as of mugai user
            acts[command] = listed(text)
            pages = {f"{command} {act}": help_of(program, command, act) for act in acts[command]}
            options[command] = "--config=F --help"
        else:
            acts[command] = acts_of(text)
            pages = {command: text}
        for name, page in pages.items():
            options[name], operands[name] = options_of(page), operand_of(page)
    return {"acts": {name: " ".join(words) for name, words in acts.items() if words}, "options": options,
            "operands": {name: kind for name, kind in operands.items() if kind}, "commands": sorted(acts)}


def main(program, frame, output):
    found = tables(program)
    lines = ["_mugai_commands=\"" + " ".join(found["commands"]) + '"']
    for name in ("acts", "options", "operands"):
        lines.append(f"declare -gA _mugai_{name}=(")
        lines += [f'        ["{key}"]="{value}"' for key, value in sorted(found[name].items())]
        lines.append(")")
    with open(frame, encoding="utf-8") as file:
        text = file.read()
    with open(output, "w", encoding="utf-8") as file:
        file.write(text.replace("@TABLES@", "\n".join(lines)))


if __name__ == "__main__":
    main(*sys.argv[1:])
