# SPDX-License-Identifier: Apache-2.0
"""A Debian of any release in a folder, made by debootstrap, with the checkout in it, and commands that run there.

What runs there has processes and mounts of its own, so that all of it ends with the command and nothing stays mounted. The
network is this machine's. Needs root and debootstrap."""
import os
import pathlib
import shutil
import signal
import subprocess

from gateway import TOP
from harness import SHARED

SCRIPTS = pathlib.Path("/usr/share/debootstrap/scripts")
APT = pathlib.Path("/etc/apt")
# Whom this machine trusts beside what Debian does; npm has a list of its own and is told of Debian's.
CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")
TRUSTED = {"NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Below the new root: the checkout, and beside it what tests/run takes as ../shared.
CHECKOUT, SHARED_THERE = "srv/mugai", "srv/shared"
MOUNTS = ("mount -t proc proc /proc && mount -t sysfs sys /sys && mkdir -p /dev/shm /dev/pts && mount -t tmpfs shm /dev/shm && "
          "mount -t devpts pts /dev/pts")


def registry():
    """The registry of npm that this machine takes packages from."""
    if not shutil.which("npm"):
        return {}
    return {"npm_config_registry": subprocess.run(["npm", "config", "get", "registry"], check=True, capture_output=True, text=True).stdout.strip()}


def mirrors():
    """(archive, security or None): the mirrors that this machine installs from, so that a closed network works, too."""
    found = []
    for path in [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]:
        for line in path.read_text().splitlines() if path.is_file() else []:
            words = line.split()
            if words[:1] in (["deb"], ["URIs:"]):
                found += [next((w for w in words[1:] if "://" in w), None)]
    found = [uri for uri in found if uri]
    if not found:
        raise SystemExit("/etc/apt names no mirror to install from")
    return found[0], next((uri for uri in found if "security" in uri), None)


def sources(release):
    """apt's sources of a release, by the mirrors of this machine."""
    archive, security = mirrors()
    text = f"Types: deb\nURIs: {archive}\nSuites: {release} {release}-updates\nComponents: main\nSigned-By: {KEYRING}\n"
    if security:
        text += f"\nTypes: deb\nURIs: {security}\nSuites: {release}-security\nComponents: main\nSigned-By: {KEYRING}\n"
    return text


def make_root(root, release):
    """root becomes a minimal Debian with git, which installs from where this machine does."""
    # In namespaces of its own: a debootstrap that is interrupted leaves its /proc mounted.
    subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "debootstrap", "--variant=minbase",
                    "--include=git,ca-certificates", release, str(root), mirrors()[0]],
                   check=True, stdout=subprocess.DEVNULL, timeout=1800)
    for name in ("apt.conf.d", "trusted.gpg.d", "keyrings"):
        if (APT / name).is_dir():
            shutil.copytree(APT / name, root / "etc/apt" / name, dirs_exist_ok=True)
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    (root / "etc/apt/sources.list.d/debian.sources").write_text(sources(release))
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / CHECKOUT).mkdir(parents=True)
    if CERTIFICATES.is_dir():
        shutil.copytree(CERTIFICATES, root / CERTIFICATES.relative_to("/"), dirs_exist_ok=True)
        done = inside(root, "update-ca-certificates", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError(f"certificates: {done.stdout}")


def listed(*options):
    """Names that git ls-files says of the checkout."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(TOP), "ls-files", "-z", *options], check=True, capture_output=True)
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def put_checkout(root, committed):
    """The checkout as committed, or as it stands here with what is not committed yet; and shared beside it."""
    there = root / CHECKOUT
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", str(TOP), str(there)], check=True)
    for name in [] if committed else listed("-co", "--exclude-standard"):
        (there / name).unlink(missing_ok=True)
        if (TOP / name).is_file():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, there / name)
    if SHARED.is_dir():
        shutil.copytree(SHARED, root / SHARED_THERE, dirs_exist_ok=True)


def surroundings():
    """The environment of a command in the new system: root's, and how this machine reaches the network."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
            **{k: v for k, v in os.environ.items() if k.endswith("_proxy")}}


def inside(root, *command, environment=None, timeout=None, **options):
    """A command in the new system, beginning in the checkout: own processes and mounts, all ended with it, whatever ends it. options are
    Popen's; a CompletedProcess."""
    process = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", str(root), "/bin/sh", "-c",
                                f"{MOUNTS} && cd /{CHECKOUT} && exec \"$@\"", "sh", *command], text=True,
                               env={**surroundings(), **TRUSTED, **registry(), **(environment or {})},
                               **options)
    try:
        out, _ = process.communicate(timeout=timeout)
    except BaseException:
        end(process)
        raise
    return subprocess.CompletedProcess(command, process.returncode, out)


def end(unshare):
    """Kills the first process of the namespace; unshare ends when the kernel has taken all others there away."""
    for pid in pathlib.Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    unshare.wait()
