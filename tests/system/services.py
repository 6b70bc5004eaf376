# SPDX-License-Identifier: Apache-2.0
"""The gateway as systemd runs it, without systemd: sockets, users, environment and order are read from the units that the build made.

Knows what these units use and no more, and fails where one says what it does not know of among the keys that matter here."""
import fcntl
import os
import pathlib
import signal
import socket
import subprocess

from check import expect, wait_for
from gateway import BUILD, GROUP, USERS, Gateway, kill, program

UNITS = BUILD / "packaging"
HANDED_ABOVE = 20
MANAGED = "65016"  # the user of mugaid, which is no role
USER_OF = {**{f"mugai-{role}": user for role, user in USERS.items()}, "mugai": MANAGED, "root": "0"}


def read_unit(path):
    """section -> key -> values, in the order of the file."""
    sections, section = {}, None
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return sections


class Service:
    """One .service and its process."""

    def __init__(self, manager, path):
        self.manager, self.name, self.unit, self.process = manager, path.stem, read_unit(path), None
        self.sockets = [s for s in manager.sockets.values() if s["service"] == path.name]

    def value(self, key):
        return self.unit["Service"][key][-1]

    def after(self):
        return {word.removesuffix(".service") for line in self.unit["Unit"].get("After", []) for word in line.split() if word.endswith(".service")}

    def command(self, key):
        """The command line with the build's programs and this gateway's configuration in the place of those that are installed."""
        first, *rest = self.value(key).split()
        return [program(pathlib.Path(first).name), *(str(self.manager.conf) if word.endswith("/mugai.conf") else word for word in rest)]

    def as_user(self):
        return {"user": int(USER_OF[self.value("User")]), "group": int(USER_OF[self.value("Group")]), "extra_groups": [int(GROUP)]}

    def is_wanted(self):
        return "ExecCondition" not in self.unit["Service"] or \
            subprocess.run(self.command("ExecCondition"), timeout=30, **self.as_user()).returncode == 0

    def start(self):
        """As Type=notify: until it says that it serves."""
        expect(self.value("Type") == "notify", f"{self.name} says when it is ready")
        ready = self.manager.news("READY=1")
        names = ":".join(s["name"] for s in self.sockets)
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.manager.notify), "LISTEN_FDS": str(len(self.sockets)), "LISTEN_FDNAMES": names}
        # A socket is handed over as 3, 4 ...; LISTEN_PID is known once the process is there.
        moves = "".join(f"{3 + at}<&{s['socket'].fileno()} " for at, s in enumerate(self.sockets))
        script = f'exec {moves}; LISTEN_PID=$$ exec "$@"' if moves else 'LISTEN_PID=$$ exec "$@"'
        with open(self.manager.log, "ab") as log:
            self.process = subprocess.Popen(["bash", "-c", script, "bash", *self.command("ExecStart")], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment, pass_fds=[s["socket"].fileno() for s in self.sockets],
                                            umask=int(self.value("UMask"), 8), **self.as_user())
        expect(wait_for(lambda: self.manager.news("READY=1") > ready or self.process.poll() is not None, 30) and self.process.poll() is None,
               f"{self.name} serves", "READY=1", f"exit {self.process.poll()}: {self.manager.log_text()[-1500:]}")

    def runs(self):
        return self.process is not None and self.process.poll() is None


class Services(Gateway):
    """Gateway, with systemd's part played by this process."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.services, self.sockets, self.notify, self.heard = {}, {}, self.folder / "notify", []

    def _listen(self, path):
        unit = read_unit(path)["Socket"]
        name = self.run / pathlib.Path(unit["ListenSequentialPacket"][0]).name
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(str(name))
        os.chown(name, 0, int(GROUP))
        name.chmod(int(unit["SocketMode"][0], 8))
        listener.listen(int(unit["Backlog"][0]))
        # Above the numbers as which sockets are handed over.
        listener = socket.socket(fileno=fcntl.fcntl(listener.detach(), fcntl.F_DUPFD_CLOEXEC, HANDED_ABOVE))
        self.sockets[path.name] = {"socket": listener, "name": unit["FileDescriptorName"][0], "service": unit["Service"][0]}

    def news(self, word):
        """How often the services said this so far."""
        try:
            while True:
                self.heard += self.ear.recv(4096).decode().splitlines()
        except BlockingIOError:
            return self.heard.count(word)

    def start(self, wait=True):
        self.write()
        for folder, owner, mode in ((self.run, 0, 0o751), (self.state, int(USERS["store"]), 0o700)):
            folder.mkdir(exist_ok=True)
            os.chown(folder, owner, int(GROUP) if owner == 0 else owner)
            folder.chmod(mode)
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.ear.bind(str(self.notify))
        self.notify.chmod(0o666)
        for path in sorted(UNITS.glob("mugai-*.socket")):
            self._listen(path)
        found = {path.stem: Service(self, path) for path in UNITS.glob("mugai*.service")}
        self.services = {name: service for name, service in found.items() if service.is_wanted()}
        while waiting := [s for s in self.services.values() if s.process is None]:
            nexts = [s for s in waiting if not any(self.services[name].process is None for name in s.after() if name in self.services)]
            expect(nexts, "the units are in an order", "no circle", [s.name for s in waiting])
            nexts[0].start()
        self.daemon = self.services["mugaid"].process
        if wait:
            self.wait_ready()
        return self

    def pids(self):
        return {name.removeprefix("mugai-"): s.process.pid for name, s in self.services.items() if name != "mugaid" and s.runs()}

    def stop(self, seconds=75):
        """In the opposite order, as systemd stops units: what ended by itself meanwhile gets no signal."""
        status = None
        order = sorted(self.services.values(), key=lambda s: s.name != "mugaid")
        for service in order:
            if service.runs() and service.name != "mugaid":
                # mugaid told it to end; a signal would come only after that did not help.
                wait_for(lambda process=service.process: process.poll() is not None, 20)
            if service.runs():
                service.process.send_signal(signal.SIGTERM)
                try:
                    service.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    kill(service.process.pid, signal.SIGKILL)
                    service.process.wait()
            if service.name == "mugaid":
                status = service.process.poll()
        self._end_rest()
        for one in self.sockets.values():
            one["socket"].close()
        if self.services:
            self.ear.close()
        self.services, self.daemon = {}, None
        return status
