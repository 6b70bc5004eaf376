# SPDX-License-Identifier: Apache-2.0
"""The manual beside the programs: commands, options, findings, pages, and the guides in both languages. Both ways, so that neither has
what the other lacks. Keys of the configuration, of rules and of notices are compared by tests/unit/cli/test-manual.c, which has their tables."""
import json
import os
import re
import subprocess

from check import equal, expect
from gateway import BUILD, TOP, program

import manual_text

MAN = TOP / "packaging" / "man"
COMMON = {"--help", "--config"}  # said once for all commands
ROLES = ("milter", "sanitize", "store", "release", "console", "monitor")


def cases():
    return [
        ("manual: every command of mugai --help has a section in mugai(1), and the other way round", commands),
        ("manual: every option of mugai COMMAND --help stands in its section, and the other way round", options),
        ("manual: every option of mugaid and the roles stands in their pages, and the other way round", daemons),
        ("manual: every finding in the code is in mugai(1), and the other way round", findings),
        ("manual: every installed program and configuration file has a page", pages),
        ("manual: pages name only pages that there are, and each is named by another", links),
        ("manual: the guides in Japanese and English have the same headings and the same commands", languages),
        ("manual: what the guide for staff quotes of notices stands in them", quoted),
        ("manual: each key that a text names is one", keys),
        ("manual: each command that a text names in passing is one, with these options", named),
    ]


def run(*words):
    return subprocess.run([program(words[0]), *words[1:]], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})


def page(name):
    return (MAN / f"{name}.scd").read_text().replace("\\_", "_").replace("\\*", "*")


def command_names():
    lines = run("mugai", "--help").stdout.partition("\n\n")[2].partition("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


def sections(text):
    """(words of the heading, body) of each "## " section; a heading may name several: "user disable LOGIN, user enable LOGIN"."""
    found = []
    for piece in re.split(r"^## ", text.partition("\n# COMMANDS\n")[2].partition("\n# ")[0], flags=re.M)[1:]:
        heading, _, body = piece.partition("\n")
        for name in heading.split(", "):
            found.append((re.sub(r"[_\[*].*", "", name).split(), body))
    return found


def subcommands(command):
    """What `mugai user --help` lists: commands with options of their own."""
    text = run("mugai", command, "--help").stdout
    return re.findall(r"^  (?!mugai )([a-z]+) ", text, re.M) if text.startswith("usage:") else []


def options_of(*words):
    text = run(*words, "--help").stdout
    return set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", text, re.M)) | set(re.findall(r"^\s+(-\w), --", text, re.M))


def command_options(command):
    subs = subcommands(command)
    found = set().union(*(options_of("mugai", command, sub) for sub in subs)) if subs else options_of("mugai", command)
    return found - COMMON - {"-h", "-c"}


def commands():
    names, there = command_names(), sections(page("mugai.1"))
    equal(sorted({words[0] for words, _ in there}), sorted(names), "commands that have a section")
    wrong = []
    for words, _ in there:
        said = run("mugai", words[0], "--help").stdout
        wrong += [" ".join(words)] if len(words) > 1 and not re.search(rf"\b{re.escape(words[1])}\b", said) else []
    for name in names:
        wrong += [f"{name} {sub}" for sub in subcommands(name) if [name, sub] not in [words for words, _ in there]]
    equal(wrong, [], "sections without such a command, commands without such a section")
    return f"{len(names)} commands, {len(there)} sections"


def options():
    wrong, count, text = [], 0, sections(page("mugai.1"))
    every = set().union(*(command_options(name) for name in command_names())) | {"--token-file", "--version", "--help", "--config"}
    for name in command_names():
        body = "\n".join(b for words, b in text if words[0] == name)
        code = command_options(name)
        entries = set(re.findall(r"\*(-{1,2}[a-z][a-z-]*)\*", "\n".join(re.findall(r"^\*-.*$", body, re.M))))
        mentioned = set(re.findall(r"\*(--[a-z][a-z-]*)\*", body))
        # Short forms of --json and its like may be said in passing.
        wrong += [f"mugai {name} {o} is not in mugai(1)" for o in sorted(code) if not re.search(rf"\*{o}\*", body)]
        wrong += [f"mugai {name} has no {o}" for o in sorted(entries - code - {"-c", "--config"})]
        wrong += [f"no command has {o}, which is said of mugai {name}" for o in sorted(mentioned - every)]
        count += len(code)
    equal(wrong, [], "options")
    return f"{count} options"


def daemons():
    wrong, count = [], 0
    for name in ("mugaid", *(f"mugai-{role}" for role in ROLES if (BUILD / "src" / f"mugai-{role}").exists())):
        code, text = options_of(name) | {"--help"}, page(f"{name}.8")
        said = set(re.findall(r"\*(--?[a-z][a-z-]*)\*", text.partition("# OPTIONS")[2].partition("\n# ")[0]))
        wrong += [f"{name} {o}: {'page' if o in code else 'program'} has it not" for o in sorted((code ^ said) - {"-h"})]
        count += len(code)
    equal(wrong, [], "options")
    return f"{count} options"


def config_keys():
    """Of the shipped mugai.conf, as "section.key"."""
    known, section = set(), ""
    for line in (TOP / "rules" / "mugai.conf").read_text().splitlines():
        found = re.match(r"\s*([a-z_]+) (=|\{)|(\})", line)
        if found and found.group(2) == "=":
            known.add(section + found.group(1))
        elif found:
            section = "" if found.group(3) else f"{found.group(1)}."
    return known


def findings():
    code = set()
    for path in sorted((TOP / "src" / "cli").glob("*.c")):
        for call in re.findall(r"(?:mg_findings_add|mg_postfix_report)\(([^;]*?)MG_SEVERITY", path.read_text()):
            code |= set(re.findall(r'"([a-z]+\.[a-z0-9-]+)"', call))
    # Where the id is a variable it stands in a table.
    for path in sorted((TOP / "src" / "cli").glob("postfix*.c")):
        code |= set(re.findall(r'"(postfix\.[a-z0-9-]+)"', path.read_text()))
    text = page("mugai.1")
    for path in sorted((TOP / "src" / "cli").glob("doctor*.c")):
        if path.name != "doctor_mend.c":  # which has beginnings of ids
            code |= set(re.findall(r'"((?:mail|postfix|release|clock|config)\.[a-z-]+)"', path.read_text())) - config_keys()
    listed = text.partition("\n# FINDINGS OF CHECK\n")[2].partition("\n# TIMES")[0]
    entries = set(re.findall(r"\*([a-z]+\.[a-z0-9-]+)\*", "\n".join(re.findall(r"^\*.*$", listed, re.M))))
    equal((sorted(code - entries), sorted(entries - code)), ([], []), "findings that only the code, only the manual has")
    expect(len(code) > 40, "findings", 40, len(code))
    return f"{len(code)} findings"


def installed():
    done = subprocess.run(["meson", "introspect", "--installed", str(BUILD)], capture_output=True, text=True, check=True)
    return sorted(json.loads(done.stdout).values())


def pages():
    names = {path.name.removesuffix(".scd").rpartition(".")[0] for path in MAN.glob("*.scd")}
    files = [path.rpartition("/")[2] for path in installed() if re.search(r"/(s?bin|libexec/mugai)/", path)]
    configured = [path.rpartition("/")[2] for path in installed() if re.search(r"/mugai/[a-z.]+\.conf$", path)]
    equal([f for f in files if f not in names], [], "programs without a page")
    of = {"mugai.conf": "mugai.conf", "notice.ja.conf": "mugai.notice", "notice.en.conf": "mugai.notice"}
    equal([f for f in configured if of.get(f) not in names], [], "configuration files without a page")
    where = [path.rpartition("/")[2] for path in installed() if "/man/man" in path]
    equal(sorted(p.name.removesuffix(".scd") for p in MAN.glob("*.scd")), sorted(where), "pages that are installed")
    expect(len(files) >= 7 and len(configured) >= 3, "files", None, (files, configured))
    return f"{len(files)} programs, {len(configured)} files, {len(where)} pages"


def links():
    there = {path.name.removesuffix(".scd") for path in MAN.glob("*.scd")}
    wrong, named_by = [], {name: set() for name in there}
    for path in sorted(MAN.glob("*.scd")):
        name = path.name.removesuffix(".scd")
        for word, section in re.findall(r"\*?(mugai[a-z.-]*)\*?\((\d)\)", page(name).partition("\n")[2]):
            other = f"{word}.{section}"
            if other not in there:
                wrong.append(f"{name} names {other}")
            elif other != name:
                named_by[other].add(name)
    wrong += [f"nothing names {name}" for name, by in named_by.items() if not by]
    equal(wrong, [], "links")
    return f"{len(there)} pages"


def languages():
    wrong, count = [], 0
    for ja in sorted(manual_text.GUIDES.glob("*.ja.md")):
        en = ja.with_name(ja.name.replace(".ja.md", ".en.md"))
        if not en.exists():
            wrong.append(f"{en.name} is missing")
            continue
        one, two = manual_text.Text(ja), manual_text.Text(en)
        if one.levels() != two.levels():
            wrong.append(f"{ja.name}: headings {one.levels()}, {en.name}: {two.levels()}")
        for a, b in zip(one.blocks + [None] * len(two.blocks), two.blocks + [None] * len(one.blocks)):
            if (a is None) != (b is None) or (a is not None and a.bare() != b.bare()):
                wrong.append(f"{ja.name}:{a.line if a else '-'} and {en.name}:{b.line if b else '-'}: {a.bare() if a else None} "
                             f"against {b.bare() if b else None}")
                break
        count += 1
    # The Japanese README is shorter: its commands are the same, in the same order.
    readmes = [[block.bare() for block in manual_text.Text(TOP / name).blocks if block.kind == "sh"] for name in ("README.md", "README.ja.md")]
    if readmes[0] != [[line.replace("受付番号", "RECEIPT") for line in block] for block in readmes[1]]:
        wrong.append(f"README.md and README.ja.md have other commands: {readmes}")
    wrong += [f"{p.name} has no .ja.md" for p in manual_text.GUIDES.glob("*.en.md") if not p.with_name(p.name.replace(".en.md", ".ja.md")).exists()]
    for path in manual_text.texts():
        wrong += [f"{path.name}:{number}: {target} is not there" for number, line in manual_text.Text(path).prose
                  for target in re.findall(r"\]\(([^):#]+)[^)]*\)", line) if not (path.parent / target).exists()]
        # A command that stands in no fence would be run by nobody.
        wrong += [f"{path.name}:{number}: a command outside of a fence" for number, line in manual_text.Text(path).prose
                  if re.match(r" {4,}(sudo |mugaid? |systemctl |postfix |apt-get )", line)]
    missing = [p.name for p in manual_text.GUIDES.glob("*.md") if not any(f.endswith(f"/doc/mugai/{p.name}") for f in installed())]
    equal((wrong, missing), ([], []), "guides, and those that are not installed")
    expect(count >= 2, "guides", 2, count)
    return f"{count} guides in two languages"


def quoted():
    count = 0
    for language, pattern in (("ja", r"【[^】]+】|━{5}[^━]+━{5}"), ("en", r"\[[A-Z][a-z ]+\](?!\()|-{6} [^-]+ -{6}|【[^】]+】")):
        said = (TOP / "rules" / f"notice.{language}.conf").read_text() + (TOP / "rules" / "mugai.conf").read_text()
        text = (manual_text.GUIDES / f"staff.{language}.md").read_text()
        found = re.findall(pattern, text)
        equal([f for f in found if f not in said], [], f"words of staff.{language}.md that are in no notice")
        expect(len(found) >= 5, "quotations", 5, found)
        count += len(found)
    return f"{count} quotations"


def keys():
    """`section.key` between backquotes: of mugai.conf, where the section is one of its own."""
    known = config_keys()
    parts = {name.partition(".")[0] for name in known if "." in name}
    wrong, count = [], 0
    for path in manual_text.texts():
        for number, line in manual_text.Text(path).prose:
            for name in re.findall(r"`([a-z]+\.[a-z_]+)(?: = [^`]*)?`", line):
                if name.partition(".")[0] in parts and name.partition(".")[2] not in ("conf", "list"):
                    count += 1
                    wrong += [] if name in known else [f"{path.name}:{number}: there is no key {name}"]
    equal(wrong, [], "keys")
    return f"{count} keys"


def named():
    """`mugai X --y ...` between backquotes, wherever it stands."""
    names, wrong, count = command_names(), [], 0
    known = {name: command_options(name) | COMMON | {"-c"} for name in names}
    for path in manual_text.texts():
        for line, words in manual_text.Text(path).inline():
            if words[0] != "mugai" or len(words) < 2:
                continue
            count += 1
            if words[1] in ("--version", "--help", "--token-file", "COMMAND", "X"):
                continue
            if words[1] not in names:
                wrong.append(f"{path.name}:{line}: there is no mugai {words[1]}")
                continue
            wrong += [f"{path.name}:{line}: mugai {words[1]} has no {w}" for w in words[2:]
                      if re.fullmatch(r"--?[a-z][a-z-]*", w) and w not in known[words[1]]]
    equal(wrong, [], "commands named in passing")
    return f"{count} commands"
