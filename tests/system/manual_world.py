# SPDX-License-Identifier: Apache-2.0
"""The machine that the manual speaks of: addresses, folders, users and Postfix as the guides have them, in a mount and a network
namespace of its own, where /etc, /run and what is below /var are copies. Nothing of the host is changed, and no port of it is taken."""
import contextlib
import ctypes
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import smtp
from check import expect, wait_for
from gateway import TOP, all_pids, command_line, program

ADDRESSES = ("192.0.2.25", "10.20.0.2", "10.20.0.25", "192.0.2.1")
COPIES = ("/media", "/var/lib", "/var/log", "/var/spool", "/var/backups", "/run")
ROLES = ("milter", "sanitize", "store", "release", "console", "monitor")
CONF = pathlib.Path("/etc/mugai/mugai.conf")
PHRASES = {"organization": "correct horse 正しい馬", "escrow": "the second safe's own words"}
PASSWORD = "a password of the manual 1"
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000

# systemd is no init of a test: what the guides ask of it is done as it would do it.
SYSTEMCTL = """
import os, signal, subprocess, sys, time
act, PID = next(w for w in sys.argv[1:] if not w.startswith("-")), "/run/mugaid.pid"
def pid():
    try:
        number = int(open(PID).read())
        os.kill(number, 0)
        return number
    except (OSError, ValueError):
        return 0
def stop():
    number = pid()
    if number:
        os.kill(number, signal.SIGTERM)
    while number and pid() == number:
        time.sleep(0.05)
def start():
    if not pid():
        log = open("/var/log/mugaid.log", "ab")
        process = subprocess.Popen(["mugaid", "--config", "/etc/mugai/mugai.conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        open(PID, "w").write(str(process.pid))
    for _ in range(600):
        said = subprocess.run(["mugai", "check", "--json"], capture_output=True)
        if said.returncode in (0, 1) and b"roles." not in said.stdout:
            return
        time.sleep(0.05)
    sys.exit("mugaid does not answer")
if act in ("stop", "restart"):
    stop()
if act in ("start", "restart", "enable"):
    start()
if act == "reload":
    os.kill(pid(), signal.SIGHUP)
if act not in ("start", "stop", "restart", "enable", "reload"):
    sys.exit("systemctl here knows no " + act)
"""
JOURNALCTL = 'text = open("/var/log/mugaid.log").read()\nprint(text, end="")\nimport sys\nsys.exit(0 if text else 1)\n'


def enter():
    """This process and what it starts get namespaces of their own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare: this suite needs a mount and a network namespace of its own")
    # In a chroot / is no mount, and whoever made that namespace has made its mounts private.
    subprocess.run(["mount", "--make-rprivate", "/"], stderr=subprocess.DEVNULL)
    if " shared:" in pathlib.Path("/proc/self/mountinfo").read_text():
        raise OSError("this suite would mount over folders of the host")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in ADDRESSES:
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)


class World:
    def __init__(self, folder):
        self.folder, self.work = folder, folder / "work"
        self.tokens, self.values, self.sinks, self.text = {}, {}, {}, None
        self.work.mkdir()

    def __enter__(self):
        enter()
        subprocess.run(["cp", "-a", "/etc", str(self.folder / "etc")], check=True)
        self.users()
        for path in ("/etc", *COPIES):
            copy = self.folder / path.strip("/").replace("/", "-")
            copy.mkdir(exist_ok=True)
            copy.chmod(0o755)
            subprocess.run(["mount", "--bind", str(copy), path], check=True)
        self.programs()
        self.postfix()
        CONF.parent.mkdir(exist_ok=True)
        self.sinks = {host: smtp.Sink(port=25, host=host) for host in ("10.20.0.25", "192.0.2.1")}
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            subprocess.run(["postfix", "stop"], env=self.environment(), capture_output=True, timeout=60)
        with contextlib.suppress(Exception):
            self.run("systemctl stop mugai.target")
        for pid in all_pids():
            if str(CONF).encode() in command_line(pid) and os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt"):
                os.kill(pid, signal.SIGKILL)
        for sink in self.sinks.values():
            sink.close()

    def users(self):
        """In the copy, before it is /etc."""
        etc = self.folder / "etc"
        names = ["mugai", *(f"mugai-{role}" for role in ROLES)]
        with open(etc / "passwd", "a", encoding="ascii") as passwd, open(etc / "group", "a", encoding="ascii") as group:
            for number, name in enumerate(names, 65110):
                passwd.write(f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n")
                group.write(f"{name}:x:{number}:\n")

    def programs(self):
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for name in ("mugai", "mugaid"):
            (self.bin / name).symlink_to(program(name))
        for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
            (self.bin / name).write_text(f"#!{sys.executable}\n{text}")
            (self.bin / name).chmod(0o755)

    def postfix(self):
        """What Debian's package leaves, and where this Postfix may look and write."""
        shutil.copy("/usr/share/postfix/main.cf.debian", "/etc/postfix/main.cf")
        shutil.copy("/usr/share/postfix/master.cf.dist", "/etc/postfix/master.cf")
        with open("/etc/postfix/main.cf", "a", encoding="ascii") as main:
            main.write("myhostname = gw.city.example.lg.jp\nmydestination =\nmaillog_file = /var/log/mail.log\nsmtp_dns_support_level = disabled\n"
                       "smtp_host_lookup = native\nrelayhost = [192.0.2.1]\ninet_interfaces = 192.0.2.25, 10.20.0.2, 127.0.0.1\n")
        for folder, user in (("/var/lib/postfix", "postfix"), ("/var/spool/postfix", "root")):
            os.makedirs(folder, exist_ok=True)
            shutil.chown(folder, user)
        done = subprocess.run(["postfix", "start"], env=self.environment(), capture_output=True, text=True, timeout=60)
        expect(done.returncode == 0, "postfix start", 0, done.stdout + done.stderr)

    def environment(self, who="root"):
        environment = {"PATH": f"{getattr(self, 'bin', '')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                       "HOME": str(self.work), "TERM": "dumb"}
        if who != "root":
            environment["MUGAI_TOKEN"] = self.tokens[who]
        return environment

    def run(self, command, who="root", expected=0, seconds=120):
        """A line of a shell, with a terminal for what asks for passphrases. What it printed."""
        command = self.replaced(command)
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.work)
            os.execve("/bin/bash", ["bash", "-c", command], self.environment(who))
        said, asked, status = b"", 0, None
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        octets = os.read(terminal, 65536)
                    except OSError:  # the terminal of a process that has ended
                        octets = b""
                    if not octets:
                        break
                    said += octets
                prompt = re.search(rb"([^\n]*(?:pass|once more|\xe3\x83\x91\xe3\x82\xb9)[^\n]*): ?$", said[asked:], re.I)
                if prompt:
                    asked = len(said)
                    os.write(terminal, (self.answer(command, prompt.group(1).decode(errors="replace")) + "\n").encode())
        finally:
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done and not wait_for(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), 20):
                os.kill(pid, signal.SIGKILL)
            if not done:
                status = os.waitpid(pid, 0)[1]
            os.close(terminal)
        status = os.waitstatus_to_exitcode(status)
        expect(status == expected, f"{who}: {command}", expected, f"{status}: {said.decode(errors='replace')[-900:]}")
        return said.decode(errors="replace")

    def answer(self, command, prompt):
        if "パスワード" in prompt or "password" in prompt.lower():
            self.last = PASSWORD
        elif "once more" not in prompt:
            self.last = PHRASES["escrow" if "escrow" in prompt or re.search(r"escrow\.key|--escrow", command) else "organization"]
        return self.last

    def replaced(self, command):
        """What stands for something, by what is there. A function is asked each time."""
        for name, value in self.values.items():
            if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", command):
                text = value() if callable(value) else value
                command = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", lambda _, text=text: text, command)
        return command

    def mugaid_has(self, text, kind):
        """A block of lines of a configuration file: it loads, beside what it needs."""
        text = textwrap.dedent(text)
        path = self.folder / f"block-{kind}"
        if kind == "mugai.conf":
            path.write_text(text)
            done = subprocess.run([program("mugaid"), "--check", "--config", str(path)], env=self.environment(), capture_output=True, text=True)
        elif kind == "answers.conf":
            (self.work / kind).write_text(text)
            return None
        elif kind == "rules.conf":
            path.write_text(text)
            done = subprocess.run([program("mugai"), "rules", "check", str(path)], env=self.environment(), capture_output=True, text=True)
        else:
            return self.postconf_knows(text, kind)
        path.chmod(0o644)
        return expect(done.returncode == 0, f"{kind} loads", text, done.stdout + done.stderr)

    def postconf_knows(self, text, kind):
        names = re.findall(r"^\s*(?:-o\s+\{?\s*)?([a-z][a-z0-9_]+)\s*=", text, re.M)
        known = subprocess.run(["postconf", "-d"], env=self.environment(), capture_output=True, text=True, check=True).stdout
        unknown = [name for name in names if not re.search(rf"^{name} =", known, re.M)]
        expect(names and not unknown, f"{kind}: parameters that Postfix does not know", [], unknown)
        return None
