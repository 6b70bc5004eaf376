# SPDX-License-Identifier: Apache-2.0
"""The units of systemd as the build makes them: systemd takes them, each role is confined, and users and folders are those of the
default configuration."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from check import Skip, equal, expect
from sources import TOP

MADE = pathlib.Path(os.environ.get("MUGAI_BUILD", TOP / "build" / "plain")) / "packaging"
EXPOSURE = 1.5  # of systemd-analyze security: below it


def analyze(*words):
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not installed")
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False)


def verified():
    """In a folder where programs are at hand: those that are installed need not be."""
    with tempfile.TemporaryDirectory() as folder:
        for path in MADE.glob("mugai*.*"):
            if path.suffix in (".service", ".socket", ".target"):
                text = re.sub(r"^(ExecStart|ExecCondition)=\S+", r"\1=/bin/true", path.read_text(), flags=re.M)
                (pathlib.Path(folder) / path.name).write_text(re.sub("^Documentation=.*\n", "", text, flags=re.M))
        said = analyze("verify", "--recursive-errors=no", f"{folder}/mugai.target", *sorted(pathlib.Path(folder).glob("*.service")))
        lines = [line for line in said.stderr.splitlines() if "mugai" in line]
        equal(lines, [], "what systemd says of the units")
        return f"{len(list(pathlib.Path(folder).iterdir()))} units"


def confined():
    found = {}
    for path in sorted(MADE.glob("mugai*.service")):
        said = analyze("security", "--offline=true", "--no-pager", path)
        level = re.search(r"exposure level for \S+: ([0-9.]+)", said.stdout)
        expect(level, f"{path.name} has a level: {said.stderr}")
        found[path.stem] = float(level.group(1))
    equal({name: level for name, level in found.items() if level >= EXPOSURE}, {}, f"units at {EXPOSURE} or above")
    expect(len(found) == 7, "a unit for each role and for mugaid", 7, sorted(found))
    return " ".join(f"{name} {level}" for name, level in found.items())


def confining():
    """The role that confines others needs calls for it that are in none of systemd's sets for services."""
    needed = {"seccomp", *re.findall(r"SYS_(landlock_\w+)", (TOP / "src/sandbox/confine.c").read_text())}
    unit = (MADE / "mugai-sanitize.service").read_text()
    allowed = {word for line in re.findall(r"^SystemCallFilter=([^~].*)", unit, re.M) for word in line.split()}
    equal(sorted(needed - allowed), [], "calls that the unit does not allow")
    return " ".join(sorted(needed))


def accounts():
    text = (TOP / "packaging/systemd/mugai.sysusers").read_text()
    made = set(re.findall(r"^u (\S+)", text, re.M))
    table = (TOP / "src/config/table.c").read_text()
    wanted = set(re.findall(r'\{"user\.(?:milter|sanitize|store|release|console|monitor)".*?"(mugai-\w+)"', table))
    equal(made, wanted | {"mugai"}, "users: those of the configuration's defaults, and mugaid's")
    used = {line for path in MADE.glob("mugai*.service") for line in re.findall(r"^User=(\S+)", path.read_text(), re.M)}
    equal(used, made, "users of the units")


def check(suite):
    suite.run([("units: systemd takes them", verified), (f"units: each below {EXPOSURE} in systemd-analyze security", confined),
               ("units: the one that confines workers may do so", confining),
               ("units: users are those of the configuration", accounts)])
