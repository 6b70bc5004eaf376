# SPDX-License-Identifier: Apache-2.0
"""Length, nesting, static state, words: what a reader would stumble over and a machine can see."""
import re
import unicodedata

from check import equal
from sources import blanked, c_files, functions, name_of, tracked

FILE_LINES, FUNCTION_LINES, NESTING, COLUMNS = 800, 70, 3, 120
# The one place for state that has to live at file scope. name -> why.
STATE = {
    "src/base/digest.c": "libcrypto's SHA-256, fetched once under GLib's once and only read afterwards",
    "src/base/log.c": "the destination, set once before threads start (base/log.h)",
    "src/sanitize/": "loaded once by mg_sanitize_warm() before confinement (sanitize.h)",
}
# What the store maps: memory files, which nobody can cut short. Files on its disk are read: a page of a mapping that cannot be is SIGBUS,
# and ends all mail in flight. (file, descriptor) -> why it is no file on disk.
MAPPED = {
    ("src/store/object.c", "fd"): "the memory that an original was decompressed into, of mg_objects_read()'s own",
    ("src/store/session.c", "request->fds[0]"): "looked at first: mg_fd_is_sealed()",
}
MAPS = re.compile(r"\b(?:mg_fd_map|mmap|g_mapped_file_\w+)\(([^,)]*)")
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented|\bstub(bed)?\b")
GOTO = re.compile(r"\bgoto\b")


def columns(line):
    """Places that a line takes: a mark stands on the character before it."""
    return sum(unicodedata.category(c) not in ("Mn", "Me", "Cf") for c in line)


def check(suite):
    sources = [(path, path.read_text()) for path in c_files()]
    tests = [(path, path.read_text()) for path in c_files("tests")]
    parsed = [(path, functions(blanked(text))) for path, text in sources if path.suffix == ".c"]
    count = sum(len(found) for _, found in parsed)

    def case(name, wrong, figure):
        with suite.case(name) as result:
            equal(wrong, [], f"{len(wrong)} places")
            result["figure"] = figure

    case(f"files below {FILE_LINES} lines",
         [f"{name_of(p)}: {t.count(chr(10))} lines" for p, t in sources + tests if t.count("\n") >= FILE_LINES],
         f"{len(sources) + len(tests)} files")
    case(f"functions within {FUNCTION_LINES} lines",
         [f"{name_of(p)}:{f.first}: {f.name} has {f.length} lines" for p, found in parsed for f in found if f.length > FUNCTION_LINES],
         f"{count} functions, longest {max((f.length for _, found in parsed for f in found), default=0)}")
    case(f"nesting within {NESTING} levels",
         [f"{name_of(p)}:{f.nesting()[1]}: {f.name} goes {f.nesting()[0]} deep" for p, found in parsed for f in found
          if f.nesting()[0] > NESTING], f"{count} functions")
    case("no mutable state at file scope", [w for p, t in sources for w in _state(p, t)], f"{len(sources)} files")
    case(f"lines within {COLUMNS} columns", [f"{name_of(p)}:{n}: {len(line)}" for p, t in sources + tests
                                             for n, line in enumerate(t.split("\n"), 1) if columns(line) > COLUMNS and p.suffix == ".c"],
         f"{len(sources) + len(tests)} files")
    case("no goto", [f"{name_of(p)}:{n}" for p, t in sources for n, line in enumerate(blanked(t).split("\n"), 1) if GOTO.search(line)],
         f"{len(sources)} files")
    maps = [(name_of(p), n, found.group(1)) for p, t in sources if name_of(p).startswith("src/store/")
            for n, line in enumerate(blanked(t).split("\n"), 1) for found in MAPS.finditer(line)]
    case("the store maps no file on disk", [f"{name}:{n}: {what}" for name, n, what in maps if (name, what) not in MAPPED] +
         [f"{name}: {what} is mapped no more" for name, what in MAPPED if (name, what) not in {(m[0], m[2]) for m in maps}],
         f"{len(maps)} mappings")
    _check_words(suite)
    _check_heads(suite, sources + tests)


def _state(path, text):
    """Objects at file scope, and statics inside functions, that are not const."""
    wrong, depth = [], 0
    for number, line in enumerate(blanked(text).split("\n"), 1):
        declared = re.match(r"\s*static\s+(?!inline|const\b)([^(]*?)(=|;|\[)", line)
        if declared and "const" not in declared.group(1) and "(" not in declared.group(1):
            wrong.append(number)
        elif depth == 0 and re.match(r"[A-Za-z_]\w*[\s*]+\w+\s*(=[^=]|;)", line) and not re.match(
                r"(static|extern|typedef|struct|enum|union|return|const|G_\w+|#)\b", line):
            wrong.append(number)
        depth += line.count("{") - line.count("}")
    name = name_of(path)
    return [f"{name}:{n}" for n in wrong if not any(name.startswith(allowed) for allowed in STATE)]


def _check_words(suite):
    wrong, count = [], 0
    for path in tracked("src", "include", "rules", "packaging", "tests"):
        if path.parent.name == "lint" or path.suffix in (".eml", ".bin"):
            continue
        count += 1
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if WORDS.search(line) and not (path.name.startswith("test") and '"' in line and "XXX" in line):
                wrong.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    with suite.case("no marks of unfinished work") as case:
        case["figure"] = f"{count} files"
        equal(wrong, [], "marks")


def _check_heads(suite, sources):
    wrong = [name_of(p) for p, t in sources if not t.startswith("/* SPDX-License-Identifier: Apache-2.0 */\n")]
    scripts = [p for p in tracked("tests", "packaging", ".ci", "meson.build", "src", "rules")
               if p.suffix == ".py" or p.name in ("meson.build", "run", "try")]
    wrong += [name_of(p) for p in scripts if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(p.read_text().split("\n")[:2])]
    bare = [name_of(p) for p, t in sources if p.suffix == ".c" and not t.split("\n", 1)[1].lstrip().startswith("/*")]
    with suite.case("every source names its licence and says what it does") as case:
        case["figure"] = f"{len(sources) + len(scripts)} files"
        equal(wrong, [], "no SPDX line")
        equal(bare, [], "no comment that says what it does")
