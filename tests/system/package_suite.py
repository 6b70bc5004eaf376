#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Suite package: the Debian package in a Debian that debootstrap has just made. Built twice it is the same; it installs, is wired, delivers, is
upgraded with a full store, is taken out of Postfix again, removed and purged. There is no systemd that runs.

first_mail() is what an administrator types from the fresh system to the first delivered mail; the suite counts and times it."""
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time

import debian
import delivered
import seeds
import smtp
from check import Suite, equal, expect, wait_for
from gateway import TOP, json_values
from harness import need_root, workspace
from machine import Machine

DOMAIN, RCPT = "city.example.jp", "soumu@city.example.jp"
PASSPHRASES = ("a passphrase of the organization", "a passphrase of the escrow")
MAILS = 20  # in the store before the upgrade
INSTALLED = 1  # which of these commands installs the package
COMMANDS, SECONDS = 6, 600  # from the fresh system to the first mail, at most
DEB, LATER = "/srv/mugai.deb", "/srv/mugai-later.deb"
CONF, STORE = "etc/mugai/mugai.conf", "var/lib/mugai"
WIRED = ("etc/postfix/main.cf", "etc/postfix/master.cf")


def built(folder, **environment):
    """The package, built with these surroundings below folder."""
    folder.mkdir(parents=True)
    done = subprocess.run([str(TOP / "packaging/build-deb"), "--output", str(folder / "out")], capture_output=True, text=True, timeout=900,
                          env={**os.environ, "TMPDIR": str(folder), **environment})
    expect(done.returncode == 0, f"build-deb: exit {done.returncode}: {done.stderr[-3000:]}")
    return pathlib.Path(done.stdout.strip())


def make_later(deb, tree, made):
    """The same package with a higher version: what an upgrade does follows from its scripts and the version."""
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+later", control.read_text(), flags=re.M))
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(tree), str(made)], check=True, stdout=subprocess.DEVNULL)


def release():
    """The release that this machine is of, for which it builds."""
    return re.search(r"^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text(), re.M).group(1)


def answered(command, answers):
    """A line of shell: the command, these lines typed to its questions, and the passphrases on descriptor 3."""
    return f"printf '%s\\n' {shlex.join(answers)} | {command} 3<<END\n" + "\n".join(PASSPHRASES) + "\nEND\n"


class Administrator:
    """Types commands on the machine. Each must succeed where nothing else is expected."""

    def __init__(self, root):
        self.root, self.machine, self.sink = root, Machine(root, "gw.city.example.jp"), None
        self.sink = self.machine.in_network(smtp.Sink)

    def does(self, command, status=0, **options):
        done = self.machine.run(command, **options)
        expect(done.returncode == status, f"{command}: exit {done.returncode} instead of {status}: {done.stdout[-3000:]}")
        return done.stdout

    def apt(self, command, status=0, **environment):
        return self.does(f"apt-get -y -q {command}", status, network="", DEBIAN_FRONTEND="noninteractive", **environment)

    def file(self, name):
        return self.root / name

    def mail(self, data, rcpt=RCPT, seconds=60):
        """One mail from outside: again after 4xx, as a sender's server does. What arrived at the next hop."""
        before = len(self.sink.mails)

        def taken():
            reply = self.machine.in_network(lambda: smtp.send_once(25, "sender@example.org", [rcpt], smtp.wire(data)))
            expect(reply.code == 250 or 400 <= reply.code < 500, f"reply {reply}")
            return reply.code == 250
        expect(wait_for(taken, seconds), "the mail is taken")
        expect(wait_for(lambda: len(self.sink.mails) > before, seconds), "the mail arrives", before + 1, len(self.sink.mails))
        return self.sink.mails[-1].data

    def originals(self):
        """receipt -> digest of the original, as mugai get opens it."""
        receipts = [mail["receipt"] for mail in json_values(self.does("mugai list --json --max 1000"))]
        said = self.does(f"for receipt in {' '.join(receipts)}; do mugai get $receipt --key /media/key/organization.key --passphrase-fd 3 "
                         f">/srv/original 3<<END || exit 1\n{PASSPHRASES[0]}\nEND\nsha256sum </srv/original; done").split()
        return dict(zip(receipts, said[::2]))

    def close(self):
        self.machine.close()
        if self.sink:
            self.sink.close()


def first_mail(admin):
    """What an administrator types from the fresh system to the first mail; no file is edited. The last two are systemd's where it runs."""
    return [
        lambda: admin.apt("update"),
        lambda: admin.apt(f"install {DEB}"),
        lambda: admin.does(answered("mugai setup --passphrase-fd 3", (
            DOMAIN, f"[127.0.0.1]:{admin.sink.port}", "", "/media/key", "/media/escrow", "", "", ""))),
        lambda: admin.does("mugai setup postfix"),
        lambda: admin.does("mugaid >>/var/log/mugaid.log 2>&1 &"),
        lambda: admin.does("postfix start"),
    ]


def same_twice(folder, results):
    """Once as it is, and once in another folder, later, with other surroundings."""
    first = results["deb"]
    second = built(folder / "somewhere-else" / "and-deeper", TZ="Asia/Tokyo", LC_ALL="C", CFLAGS="-O0", HOME="/nonexistent")
    digests = [hashlib.sha256(deb.read_bytes()).hexdigest() for deb in (first, second)]
    equal(digests[1], digests[0], "SHA-256 of the second package")
    return f"both {digests[0]}"


def looked_at(results):
    said = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", "--tag-display-limit", "0", str(results["deb"])],
                          capture_output=True, text=True)
    expect(said.returncode == 0, "lintian names no error and no warning", "", said.stdout + said.stderr)
    return "no error, no warning"


def nothing_started(admin):
    for name in ("mugaid", "mugai-milter", "mugai-sanitize", "mugai-store"):
        equal(admin.machine.processes(name), [], f"processes of {name}")
    expect(not admin.file(CONF).exists() and not admin.file(STORE).exists(), "neither configuration nor store is there")
    said = admin.does("postconf -n; postconf -P; postconf -M; for u in mugai mugai-store mugai-milter; do id -un $u; done; stat -c %U:%G:%a /run/mugai/milter")
    equal([line for line in said.splitlines() if "mugai" in line],
          ["mugai", "mugai-store", "mugai-milter", "mugai-milter:postfix:2710"], "of mugai there are users and a folder, and in Postfix nothing")
    expect(admin.machine.run("systemctl is-enabled mugai.target").stdout.strip() == "disabled", "the units are not enabled")


def to_first_mail(admin, results):
    commands, began = first_mail(admin), time.monotonic()
    for number, command in enumerate(commands):
        command()
        if number == INSTALLED:
            nothing_started(admin)
            results["before"] = {name: admin.file(name).read_bytes() for name in WIRED}
    arrived = admin.mail(seeds.estimate())
    took = time.monotonic() - began
    equal(delivered.faults(arrived), [], "what is wrong with the delivered mail")
    expect(len(commands) <= COMMANDS and took <= SECONDS, "commands and seconds", (COMMANDS, SECONDS), (len(commands), took))
    return f"{len(commands)} commands, {took:.0f} s"


def upgraded(admin, results):
    for number in range(MAILS - 1):
        admin.mail(seeds.plain(subject=f"{number}番目の連絡"))
    kept, conf = admin.originals(), admin.file(CONF).read_bytes()
    equal(len(set(kept.values())), MAILS, "originals before the upgrade, no two alike")
    before = admin.machine.processes("mugaid")
    said = admin.apt(f"install {LATER}")
    equal(admin.machine.processes("mugaid"), before, "mugaid goes on")
    restart = [line.strip() for line in said.splitlines() if line.strip().startswith("kill -TERM ")]
    equal(len(restart), 1, f"the upgrade says how to restart: {said[-1500:]}")
    admin.mail(seeds.plain(subject="再起動の前"))
    admin.does(f"exec >>/var/log/mugaid.log 2>&1; {restart[0]}")
    expect(wait_for(lambda: admin.machine.run("mugai status").returncode == 0, 60), "the new version serves")
    expect(admin.machine.processes("mugaid") != before, "another mugaid")
    admin.mail(seeds.plain(subject="再起動の後"))
    after = admin.originals()
    equal({receipt: after.get(receipt) for receipt in kept}, kept, "originals of before")
    equal(len(after), MAILS + 2, "originals after the upgrade")
    equal(admin.file(CONF).read_bytes(), conf, "the configuration")
    return f"{len(after)} originals, each as it was; {admin.does('dpkg-query -W mugai').strip()}"


def faulty_configuration(admin):
    conf = admin.file(CONF).read_bytes()
    admin.file(CONF).write_bytes(conf + b"nonsense = 1\n")
    said = admin.apt(f"install --reinstall {LATER}")
    expect("nonsense" in said and "mend it" in said, "the upgrade names the fault", "nonsense", said[-1500:])
    admin.file(CONF).write_bytes(conf)
    admin.mail(seeds.plain(subject="設定の誤りの後"))


def not_while_wired(admin):
    said = admin.apt("remove mugai", 100)
    expect("mugai setup postfix --undo" in said and "smtpd_milters" in said, "the refusal says what comes first", "", said[-1500:])
    admin.mail(seeds.plain(subject="削除されないまま"))


def undone(admin, results):
    admin.does("mugai setup postfix --undo --reload")
    for name, content in results["before"].items():
        equal(admin.file(name).read_bytes(), content, name)
    return "main.cf and master.cf byte for byte"


def removed(admin):
    admin.apt("remove mugai")
    equal(admin.machine.processes("mugaid") + admin.machine.processes("mugai-store"), [], "processes")
    expect(admin.file(CONF).exists() and any(admin.file(STORE).iterdir()), "configuration and store stay")
    expect(not admin.file("usr/bin/mugai").exists() and not admin.file("run/mugai").exists(), "programs and sockets are gone")


def purged(admin):
    keys = [path for name in ("etc/mugai", "media") for path in admin.file(name).rglob("*") if path.suffix in (".key", ".crt")]
    equal(len(keys), 4, f"files of keys: {keys}")
    files = sorted(path for path in admin.file(STORE).rglob("*"))
    said = admin.apt("purge mugai")
    expect("rm -rf /var/lib/mugai" in said, "says what stays", "", said[-1500:])
    expect(not admin.file(CONF).exists(), "the configuration is gone")
    equal(sorted(path for path in admin.file(STORE).rglob("*")), files, "files of the store")
    equal([path for path in keys if not path.exists()], [], "keys that are gone")
    admin.apt(f"install {DEB}")
    admin.apt("purge mugai", MUGAI_PURGE_STORE="yes")
    expect(not admin.file(STORE).exists(), "the store is gone where that was asked for")
    return f"{len(files)} files of the store and {len(keys)} of keys stay unless asked"


def main():
    need_root()
    suite, results = Suite("package"), {}
    with workspace("package") as (folder, stack):
        root = folder / "root"
        # debootstrap waits for the network while the compiler does not.
        fetching = threading.Thread(target=lambda: results.update(fetched=attempt(lambda: debian.make_root(root, release()))))
        fetching.start()
        suite.run([("package: packaging/build-deb builds it", lambda: results.update(deb=built(folder / "first")))])
        if "deb" in results:
            suite.run([("package: built again elsewhere, later and by somebody else, it has the same bytes", lambda: same_twice(folder, results)),
                       ("package: lintian", lambda: looked_at(results))])
        fetching.join()
        if "deb" in results:
            in_debian(suite, root, folder, results, stack)
    return suite.end()


def attempt(function):
    """None, or what went wrong, for another thread to tell."""
    try:
        return function()
    except Exception as fault:
        return fault


def in_debian(suite, root, folder, results, stack):
    """From the fresh system on; each case goes on where the one before ended, so none follows one that failed."""
    failed = suite.failed
    with suite.case(f"package: debootstrap makes a fresh Debian {release()}") as case:
        if results["fetched"]:
            raise results["fetched"]
        admin = Administrator(root)
        stack.callback(admin.close)
        shutil.copy(results["deb"], admin.file(DEB.lstrip("/")))
        make_later(results["deb"], folder / "later", admin.file(LATER.lstrip("/")))
        case["figure"] = admin.file("etc/debian_version").read_text().strip()
    for name, function in (
            ("installs; nothing starts, nothing changes in Postfix; wired, the first mail is delivered", lambda: to_first_mail(admin, results)),
            ("upgraded with a full store while mugaid runs without systemd: told how to restart it, nothing is lost", lambda: upgraded(admin, results)),
            ("upgraded with a configuration that does not load: the old version goes on", lambda: faulty_configuration(admin)),
            ("not removed while Postfix hands its mail over", lambda: not_while_wired(admin)),
            ("mugai setup postfix --undo", lambda: undone(admin, results)),
            ("removed: configuration and store stay", lambda: removed(admin)),
            ("purged: the store stays unless asked", lambda: purged(admin))):
        if suite.failed > failed:
            suite.fail(f"package: {name}", "not tried, after what failed before")
            continue
        suite.run([(f"package: {name}", function)])


if __name__ == "__main__":
    sys.exit(main())
