#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite fresh: both commands in a Debian 12 that debootstrap has just made, with git and nothing else.

Not part of a whole run: it fetches some hundred megabytes of packages. The checkout is cloned as committed. Signals,
processes and mounts stay in namespaces of their own."""
import os
import pathlib
import shutil
import subprocess
import sys

from gateway import TOP
from harness import SHARED, need_root, workspace

from check import Suite, expect

SUITES = os.environ.get("MUGAI_FRESH_SUITES", "lint unit sandbox system").split()


def mirror():
    """The mirror that this machine installs from, so that a closed network works, too."""
    for path in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]:
        for line in path.read_text().splitlines() if path.is_file() else []:
            words = line.split()
            if words[:1] == ["deb"]:
                return next(w for w in words[1:] if "://" in w)
            if words[:1] == ["URIs:"]:
                return words[1]
    raise SystemExit("fresh: /etc/apt names no mirror to install from")


def make_root(root):
    subprocess.run(["debootstrap", "--variant=minbase", "--include=git,ca-certificates", "bookworm", str(root), mirror()],
                   check=True, stdout=subprocess.DEVNULL, timeout=1800)
    for name in ("sources.list", "sources.list.d", "apt.conf.d", "trusted.gpg.d", "keyrings"):
        source = pathlib.Path("/etc/apt") / name
        if source.is_dir():
            shutil.copytree(source, root / "etc/apt" / name, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, root / "etc/apt" / name)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / "srv").mkdir(exist_ok=True)
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", str(TOP), str(root / "srv/mugai")], check=True)
    if SHARED.is_dir():
        shutil.copytree(SHARED, root / "srv/shared", dirs_exist_ok=True)


def inside(root, *command, seconds=3000):
    """A command in the new system: own processes and mounts, all ended with it."""
    script = "mount -t proc proc /proc && mount -t sysfs sys /sys && exec \"$@\""
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", str(root), "/bin/sh", "-c", script, "sh",
                           *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
                          env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                               **{k: v for k, v in os.environ.items() if k.endswith("_proxy")}})


def failures(text, lines=12):
    """What stands at and below each "not ok", wherever it is in a long output."""
    said = text.split("\n")
    return "".join("\n".join(said[at:at + lines]) + "\n...\n" for at, line in enumerate(said) if line.startswith("not ok"))


def main():
    need_root()
    suite = Suite("fresh")
    with workspace("fresh") as (folder, _):
        root = folder / "root"
        with suite.case("fresh: debootstrap makes a Debian 12") as case:
            make_root(root)
            case["figure"] = (root / "etc/debian_version").read_text().strip()
        for name, command in (("packaging/try --once", ["/srv/mugai/packaging/try", "--once"]),
                              (f"tests/run --quick {' '.join(SUITES)}", ["/srv/mugai/tests/run", "--quick", *SUITES])):
            with suite.case(f"fresh: {name}") as case:
                done = inside(root, *command)
                expect(done.returncode == 0, f"exit {done.returncode}: {failures(done.stdout)}{done.stdout[-3000:]}")
                case["figure"] = done.stdout.strip().split("\n")[-1]
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
