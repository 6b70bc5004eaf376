# SPDX-License-Identifier: Apache-2.0
"""mugaid and its roles, started from a build folder with a configuration of their own, and the administrator's command.

Nothing here knows what a mail looks like."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "helpers"))

from check import expect, wait_for  # noqa: E402
from postfix import die_with_parent, free_port, listens  # noqa: E402

BUILD = pathlib.Path(os.environ.get("MUGAI_BUILD", TOP / "build" / "plain")).resolve()
ROLES = {"milter": "mugai-milter", "sanitize": "mugai-sanitize", "store": "mugai-store", "release": "mugai-release",
         "console": "mugai-console", "monitor": "mugai-monitor"}
USERS = {"milter": "65011", "sanitize": "65012", "store": "65013", "release": "65014", "console": "65015", "monitor": "65017"}
GROUP = "65010"


def program(name):
    """A program of the build folder: uninstalled, as it was linked."""
    path = BUILD / "src" / name
    if not path.exists():
        raise FileNotFoundError(f"{path}: build it first (tests/run does)")
    return str(path)


def json_values(text):
    """One JSON array, or any number of JSON values behind one another -> a list."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        found += value if isinstance(value, list) else [value]
    return found


class Gateway:
    """settings: {section: {key: value}} over what a test needs; section "" holds keys outside sections."""

    def __init__(self, folder, settings=None, state_dir=None):
        self.folder = pathlib.Path(folder)
        self.state = pathlib.Path(state_dir) if state_dir else self.folder / "state"
        self.run = self.folder / "run"
        self.conf, self.log = self.folder / "mugai.conf", self.folder / "mugaid.log"
        self.port = free_port()
        self.settings = {
            "": {"state_dir": f'"{self.state}"', "run_dir": f'"{self.run}"'},
            "user": {**{role: f'"{user}"' for role, user in USERS.items()}, "group": f'"{GROUP}"'},
            "milter": {"socket": f'"inet:{self.port}@127.0.0.1"'},
            "store": {"reserve": "50 MB"},
        }
        self.change(settings or {})
        self.daemon = None

    @property
    def milter(self):
        """As Postfix's smtpd_milters spells it."""
        return f"inet:127.0.0.1:{self.port}"

    def change(self, settings):
        for section, keys in settings.items():
            self.settings.setdefault(section, {}).update(keys)

    def write(self, extra=""):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        text = "".join(f"{k} = {v}\n" for k, v in self.settings[""].items())
        for section, keys in self.settings.items():
            if section:
                text += f"{section} {{\n" + "".join(f"        {k} = {v}\n" for k, v in keys.items()) + "}\n"
        self.conf.write_text(text + extra)

    def start(self, wait=True):
        self.write()
        log = open(self.log, "ab")
        self.daemon = subprocess.Popen([program("mugaid"), "--config", str(self.conf)], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, process_group=0, preexec_fn=die_with_parent)
        log.close()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.daemon.poll() is not None:
                raise RuntimeError(f"mugaid ended with {self.daemon.returncode}: {self.log_text()[-2000:]}")
            if self.listening() and len(self.pids()) == len(self.roles()) and self.answered():
                return
            time.sleep(0.05)
        raise RuntimeError(f"mugaid is not ready after {seconds} s: {self.pids()} {self.mugai('status')} "
                           f"{self.log_text()[-2000:]}")

    def roles(self):
        """Those that run with these settings: release, console and monitor are among them only where they are switched on."""
        return [r for r in ROLES if r not in ("release", "console", "monitor") or self.settings.get(r, {}).get("enabled") == "yes"]

    def answered(self):
        """Whether each role has said what it counts: one that mugaid has just started may have no socket yet."""
        done = self.mugai("status", "--json")
        said = json.loads(done.stdout)["mugaid"] if done.returncode == 0 else {}
        return all(said.get(f"answered_{role}") == 1 for role in self.roles())

    def listening(self):
        """Whether something listens on the milter port."""
        return listens(self.port)

    def pids(self):
        """role -> pid of the long-lived process: children of mugaid by their program's name."""
        found = {}
        if self.daemon is None or self.daemon.poll() is not None:
            return found
        for pid in children(self.daemon.pid):
            name = program_name(pid)
            for role, wanted in ROLES.items():
                if name == wanted:
                    found[role] = pid
        return found

    def workers(self):
        """Processes that the zygote forked and that are alive now."""
        zygote = self.pids().get("sanitize")
        return children(zygote) if zygote else []

    def mugai(self, *arguments, timeout=60, **options):
        command, *rest = arguments
        return subprocess.run([program("mugai"), command, "--config", str(self.conf), *map(str, rest)], capture_output=True,
                              timeout=timeout, **options)

    def records(self, command, *arguments):
        """What `mugai COMMAND --json ...` prints, as a list."""
        done = self.mugai(command, "--json", *arguments)
        if done.returncode:
            raise RuntimeError(f"mugai {command} {arguments}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        return json_values(done.stdout.decode())

    def trace(self, *arguments, count=1, seconds=30):
        """Rows of `mugai trace`; waits a little until there are count: the row of a mail that was not taken follows its reply."""
        deadline = time.monotonic() + seconds
        while True:
            rows = self.records("trace", *arguments)
            if len(rows) >= count or time.monotonic() > deadline:
                return rows
            time.sleep(0.1)

    def get(self, receipt):
        done = self.mugai("get", receipt)
        if done.returncode:
            raise RuntimeError(f"mugai get {receipt}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_lines(self, *words):
        return [line for line in self.log_text().splitlines() if all(w in line for w in words)]

    def signal(self, number):
        self.daemon.send_signal(number)

    def reload(self):
        """SIGHUP, until every role that says so has loaded its configuration, and goes by it: the line comes a moment before. The
        question behind it is answered in its turn."""
        roles = [f"mugai-{role}" for role in self.roles() if role != "console"]
        before = {name: len(self.log_lines(name, "configuration loaded again")) for name in roles}
        self.signal(signal.SIGHUP)
        expect(wait_for(lambda: all(len(self.log_lines(name, "configuration loaded again")) > n for name, n in before.items())),
               "the roles have loaded the configuration again", roles, self.log_text()[-1500:])
        expect(wait_for(self.answered), "the roles answer after a reload", roles, self.log_text()[-1500:])

    def kill_role(self, role):
        """Until its process is gone, so that who asks for the role afterwards gets the next one. Returns its pid."""
        pid = self.pids()[role]
        kill(pid, signal.SIGKILL)
        expect(wait_for(lambda: self.pids().get(role) != pid), f"{role} is gone", "another pid", pid)
        return pid

    def kill_all(self):
        """As a power cut would: no process of the gateway runs on."""
        victims = [self.daemon.pid, *self.pids().values(), *self.workers()]
        for pid in victims:
            kill(pid, signal.SIGKILL)
        self.daemon.wait()
        self._end_rest()

    def stop(self, seconds=75):
        """SIGTERM and wait. Returns the exit status; None where it had to be killed."""
        if self.daemon is None:
            return None
        status = None
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        try:
            status = self.daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self._end_rest()
        self.daemon = None
        return status

    def _end_rest(self):
        """Roles that outlived mugaid: found by the configuration file on their command line, which is ours alone."""
        deadline = time.monotonic() + 10
        while True:
            rest = [pid for pid in all_pids() if str(self.conf).encode() in command_line(pid) and pid != os.getpid()]
            if not rest:
                return
            if time.monotonic() > deadline:
                for pid in rest:
                    kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(p) for p in file.read().split()]
    except OSError:
        return []


def program_name(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
    except OSError:
        return ""


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def rss(pid):
    """Resident octets of a process."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def with_lines(lines, run):
    """What run() returns with a descriptor that these lines are read from: passphrases, which no command line may hold."""
    reader, writer = os.pipe()
    os.write(writer, "".join(f"{line}\n" for line in lines).encode())
    os.close(writer)
    try:
        return run(reader)
    finally:
        os.close(reader)
