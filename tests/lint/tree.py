# SPDX-License-Identifier: Apache-2.0
"""The repository as a whole: names at the top, what must not be in it, and layout by clang-format."""
import hashlib
import re
import shutil
import subprocess

from check import Skip, equal, expect
from sources import TOP, c_files, name_of, tracked

NAMES = {"meson.build", "meson_options.txt", "src", "include", "rules", "tests", "packaging", "README.md", "README.ja.md", "LICENSE"}
MACHINE = re.compile(r"(?<![\w.])/(work|home/\w+|root)/")


def check(suite):
    files = tracked(".")
    with suite.case("only the agreed names at the top") as case:
        top = {name_of(p).split("/")[0] for p in files}
        case["figure"] = " ".join(sorted(top))
        equal(sorted(n for n in top if not n.startswith(".") and n not in NAMES), [], "further names")
        equal(sorted(NAMES - top), [], "missing names")
    with suite.case(".ci/run calls tests/run and both may be run") as case:
        expect("tests/run" in (TOP / ".ci" / "run").read_text(), ".ci/run names tests/run")
        for name in (".ci/run", "tests/run", "packaging/try", "packaging/build-deb", "packaging/debian/rules"):
            expect((TOP / name).stat().st_mode & 0o111, f"{name} has its run bit")
    with suite.case("no path of one machine") as case:
        wrong = [f"{name_of(p)}:{n}" for p in files if p.suffix != ".eml" and p.parent.name != "lint"
                 for n, line in enumerate(p.read_text(errors="replace").splitlines(), 1) if MACHINE.search(line)]
        case["figure"] = f"{len(files)} files"
        equal(wrong, [], "paths")
    with suite.case("no file of the shared corpus") as case:
        index = TOP.parent / "shared" / "corpus" / "INDEX.tsv"
        if not index.exists():
            raise Skip("../shared is not there")
        known = {line.split("\t")[5] for line in index.read_text().splitlines()[1:]}
        equal([name_of(p) for p in files if hashlib.sha256(p.read_bytes()).hexdigest() in known], [], "copied files")
        case["figure"] = f"{len(files)} files"
    with suite.case("layout is clang-format's") as case:
        if not shutil.which("clang-format"):
            raise Skip("clang-format is not installed")
        wrong = [name_of(p) for p in c_files("src", "include", "tests") if p.suffix == ".c" and subprocess.run(
            ["clang-format", "--dry-run", "-Werror", str(p)], capture_output=True).returncode]
        equal(wrong, [], "files that clang-format would change")
