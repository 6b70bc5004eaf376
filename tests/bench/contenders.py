# SPDX-License-Identifier: Apache-2.0
"""Who runs against whom: each is started in a folder of its own, says where its milter listens, and what its processes cost."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
for folder in ("system", "helpers", "make"):
    sys.path.insert(0, str(TOP / "tests" / folder))
import gateway  # noqa: E402
import postfix  # noqa: E402

BENCH = gateway.BUILD / "tests" / "bench"
TICKS = os.sysconf("SC_CLK_TCK")
CPUCLOCK_SCHED = 2      # as clock_getcpuclockid() makes a clock of a process
WAIT = 30


def family(pids):
    """These processes and all that descend from them."""
    found, todo = [], list(pids)
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += gateway.children(pid)
    return found


def cpu_seconds(pids):
    """Of a family, ended children that were waited for included: those in ticks of the kernel, of 10 ms each for a whole
    parent, and what lives by its own clock, since a floor takes no more than some ticks in a short round."""
    seconds = 0
    for pid in family(pids):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            seconds += time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)
        except OSError:
            continue
        seconds += sum(map(int, fields[13:15])) / TICKS
    return seconds


def memory(pids):
    """Octets of a family, a page that several share counted once in all."""
    total = 0
    for pid in family(pids):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
                total += next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total


def wait_socket(path):
    """Until a program listens on this socket; then Postfix may connect, too."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
                path.chmod(0o666)
                return
            except OSError:
                time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {path} after {WAIT} s")


def end(child):
    """SIGTERM, and SIGKILL where that was not heard."""
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(WAIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class Gateway(gateway.Gateway):
    """Its milter on a unix socket, as it is shipped: on a TCP port the small packets of a milter wait 40 ms for one another."""

    def __init__(self, folder):
        super().__init__(folder)
        self.socket = self.folder / "run" / "milter" / "milter.sock"
        self.change({"milter": {"socket": f'"unix:{self.socket}"', "group": "postfix"}})

    @property
    def milter(self):
        return f"unix:{self.socket}"

    def listening(self):
        return self.socket.exists()


class Contender:
    """socket: where the milter listens; None without one. stop() may be called after a start() that failed half way."""
    name, what = "", ""
    pids = ()
    peer = False            # what others made, and may be missing
    load = None             # a client of its own, instead of one that speaks to a milter or Postfix

    def __init__(self, folder):
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)

    socket = None

    @property
    def milter(self):
        """As Postfix spells it."""
        return f"unix:{self.socket}" if self.socket else ""

    def start(self):
        return self

    def stop(self):
        pass

    def syncs(self):
        """How often it synced so far, where it says so."""
        return None


class NoMilter(Contender):
    name, what = "none", "Postfix without a milter"


class Forks(Contender):
    """No milter: a client that does the work by itself, the yardstick for processor time."""
    name, what = "forks", "a process for each mail that cuts tags out of it, without Postfix and milter"
    load = "fork-load"


class Floor(Contender):
    """floor-milter with these arguments."""
    arguments = ()

    def start(self):
        self.socket = self.folder / "sock"
        self.child = subprocess.Popen([str(BENCH / "floor-milter"), *(a.replace("FOLDER", str(self.folder)) for a in self.arguments),
                                       f"unix:{self.socket}"], preexec_fn=postfix.die_with_parent)
        self.pids = (self.child.pid,)
        wait_socket(self.socket)
        return self

    child = None

    def stop(self):
        if self.child:
            end(self.child)


def floor(name_, what_, *arguments_):
    return type(name_, (Floor,), {"name": name_, "what": what_, "arguments": arguments_})


class Mugai(Contender):
    name, what = "mugai", "the gateway: isolation, rules, check of the output, original sealed and synced"

    def __init__(self, folder):
        super().__init__(folder)
        made = subprocess.run([gateway.program("mugai"), "key", "init", str(self.folder / "keys"), "--passphrase-fd", "0"], text=True,
                              input="only for the bench, one\nonly for the bench, two\n", capture_output=True)
        if made.returncode:
            raise RuntimeError(f"mugai key init: {made.stderr}")
        self.gateway = Gateway(self.folder / "gateway")
        for name in ("organization.crt", "escrow.crt"):
            shutil.copy(self.folder / "keys" / name, self.folder / name)
        self.gateway.change({"store": {"seal_to": f'"{self.folder}/organization.crt"', "escrow": f'"{self.folder}/escrow.crt"'}})

    def start(self):
        self.gateway.start()
        self.socket = self.gateway.socket
        self.pids = (self.gateway.daemon.pid,)
        return self

    def stop(self):
        self.gateway.stop()

    def syncs(self):
        return self.gateway.records("status")[0]["store"]["syncs"]


class Syslog(threading.Thread):
    """A /dev/log that drops what it hears, where the machine has none: some programs end without one."""
    path = pathlib.Path("/dev/log")

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = None
        if not self.heard():
            self.path.unlink(missing_ok=True)
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(str(self.path))
            self.path.chmod(0o666)
            self.start()

    def heard(self):
        """Not where a run that was killed outright left its name."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(str(self.path))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except OSError:
                pass
            return True

    def run(self):
        while self.socket.recv(65536) != b"end":
            pass

    def end(self):
        if self.socket:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", str(self.path))
            self.join()
            self.socket.close()
            self.path.unlink()


class MimeDefang(Contender):
    """Debian's package, its filter doing the same job: no attachments, HTML to text, the original kept (not synced)."""
    name, what = "mimedefang", "MIMEDefang on the same job, its kept original not synced"
    peer = True

    @staticmethod
    def installed():
        return shutil.which("mimedefang") and shutil.which("mimedefang-multiplexor")

    def start(self):
        spool, kept, sock = self.folder / "spool", self.folder / "kept", self.folder / "multiplexor.sock"
        for folder in (spool, kept, self.folder):
            folder.mkdir(exist_ok=True)
            shutil.chown(folder, "defang", "defang")
            folder.chmod(0o755)
        rules = self.folder / "filter"
        rules.write_text((TOP / "tests/bench/mimedefang-filter.pl").read_text().replace("@kept@", str(kept)))
        rules.chmod(0o644)
        program = self.folder / "program"
        program.write_text(f'#!/bin/sh\nexec mimedefang.pl -f {rules} "$@"\n')
        program.chmod(0o755)
        self.socket = self.folder / "sock"
        self.syslog = Syslog()
        options = {"stdin": subprocess.DEVNULL, "preexec_fn": postfix.die_with_parent}
        self.children = [subprocess.Popen(["mimedefang-multiplexor", "-D", "-U", "defang", "-m", "2", "-x", "8", "-q", "64", "-b", "300",
                                           "-s", str(sock), "-z", str(spool), "-f", str(program)], **options)]
        deadline = time.monotonic() + WAIT
        while not sock.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.children.append(subprocess.Popen(["mimedefang", "-D", "-U", "defang", "-q", "-m", str(sock), "-z", str(spool),
                                               "-p", str(self.socket)], **options))
        self.pids = tuple(child.pid for child in self.children)
        wait_socket(self.socket)
        return self

    children, syslog = (), None

    def stop(self):
        for child in reversed(self.children):
            end(child)
        if self.syslog:
            self.syslog.end()


class Rspamd(Contender):
    """Debian's package, its proxy as a milter that scans by itself; it changes and keeps nothing. It has no network, not even loopback,
    so nothing asks DNS, redis or a list of the makers': what is left is its own work."""
    name, what = "rspamd", "rspamd, scans only: without DNS, redis and lists from afar"
    peer = True
    # They would wait for answers that cannot come.
    asking = ("rbl", "spf", "dkim", "dkim_signing", "dmarc", "arc", "asn", "phishing", "fuzzy_check", "mx_check")
    ready = "full hyperscan database"

    @staticmethod
    def installed():
        return shutil.which("rspamd") and shutil.which("unshare") and pathlib.Path("/etc/rspamd/common.conf").exists()

    def start(self):
        for name in ("run", "data", "log", "conf/local.d", "conf/override.d"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name in ("run", "data", "log"):
            shutil.chown(self.folder / name, "_rspamd", "_rspamd")
        for name in self.asking:
            (self.folder / "conf" / "local.d" / f"{name}.conf").write_text("enabled = false;\n")
        (self.folder / "conf" / "override.d" / "actions.conf").write_text("reject = null; add_header = null; greylist = null;\n")
        rules = self.folder / "conf" / "rspamd.conf"
        shutil.copy(TOP / "tests/bench/rspamd.conf", rules)
        places = {"LOCAL_CONFDIR": "conf", "RUNDIR": "run", "DBDIR": "data", "LOGDIR": "log"}
        with open(self.folder / "output", "wb") as out:
            self.child = subprocess.Popen(["unshare", "--net", "rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", str(rules),
                                           *(f"--var={key}={self.folder / name}" for key, name in places.items())],
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=postfix.die_with_parent)
        self.pids = (self.child.pid,)
        self.socket = self.folder / "run" / "sock"
        self.wait_compiled()
        wait_socket(self.socket)
        return self

    def wait_compiled(self):
        """Its helper makes one machine of all expressions at first, which takes ten seconds of processor; no round is to share those."""
        log = self.folder / "log" / "rspamd.log"
        deadline = time.monotonic() + 10 * WAIT
        while not (log.exists() and self.ready in log.read_text(errors="replace")):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"rspamd does not get ready: {(self.folder / 'output').read_text(errors='replace').strip()[-600:]}")
            time.sleep(0.1)

    child = None

    def stop(self):
        if self.child:
            end(self.child)


FLOORS = (
    floor("nothing", "a milter that does nothing"),
    floor("nothing-silent", "the same, no reply per step", "--silent"),
    floor("parse", "GMime reads and writes, no disk", "--parse"),
    floor("floor", "crude text in one process, the original synced", "--text", "--keep", "FOLDER"),
    floor("floor-silent", "the same, no reply per step", "--text", "--keep", "FOLDER", "--silent"),
)


PEERS = (MimeDefang, Rspamd)


def all_of(folder, short):
    """Those that can run here, not started; short: those that ratios are taken of, and mugai."""
    kinds = [NoMilter, Forks, *(k for k in FLOORS if not short or k.name == "floor-silent"), Mugai]
    if not short:
        kinds += [peer for peer in PEERS if peer.installed()]
    return [kind(folder) for kind in kinds]
