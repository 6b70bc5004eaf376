# SPDX-License-Identifier: Apache-2.0
"""Scanners for tests: Debian's clamd with a database of one signature that is written here, and a fake that answers as it is told.

The text that every scanner knows (EICAR) is put together at run time, so that it lies in no file of the project."""
import array
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading

from check import wait_for
from postfix import die_with_parent

PROGRAM = shutil.which("clamd", path="/usr/sbin:/usr/bin")
NAME = "Mugai.Test-1"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"-".join((b"EICAR", b"STANDARD", b"ANTIVIRUS", b"TEST", b"FILE!$H+H*"))


class Clamd:
    """options: further lines of clamd.conf. As root it becomes the package's own user."""

    def __init__(self, folder, options=None):
        self.folder = pathlib.Path(folder)
        self.socket, self.log, self.conf = (self.folder / name for name in ("clamd.sock", "clamd.out", "clamd.conf"))
        self.options = {"LocalSocket": self.socket, "LocalSocketMode": "666", "FixStaleSocket": "yes", "Foreground": "yes",
                        "DatabaseDirectory": self.folder / "db", "TemporaryDirectory": self.folder, "AlertExceedsMax": "yes",
                        "MaxThreads": "2", "User": "clamav", **(options or {})}
        self.process = None

    def start(self):
        (self.folder / "db").mkdir(parents=True, exist_ok=True)
        (self.folder / "db" / "test.ndb").write_text(f"{NAME}:0:*:{EICAR.hex()}\n")
        self.folder.chmod(0o777)
        self.conf.write_text("".join(f"{key} {value}\n" for key, value in self.options.items()))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "-c", str(self.conf)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_parent)
        if not wait_for(self.answers, 60):
            self.stop()
            raise RuntimeError(f"clamd does not answer: {self.log.read_text(errors='replace')[-1500:]}")
        return self

    def answers(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(str(self.socket))
            sock.sendall(b"zPING\0")
            return sock.recv(16) == b"PONG\0"

    def send(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process is None:
            return
        for number in (signal.SIGKILL, signal.SIGCONT):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
        self.process.wait()
        self.process = None
        self.socket.unlink(missing_ok=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class FakeClamd:
    """answer(command, descriptor or None, connection): what is said, or None where the connection stays open and silent. It is called
    in a thread of its own for each connection; commands lists what was asked, in order."""

    def __init__(self, path, answer):
        self.path, self.answer = pathlib.Path(path), answer
        self.commands, self.held, self.lock = [], [], threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.path.unlink(missing_ok=True)
        self.listener.bind(str(self.path))
        self.path.chmod(0o666)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError):
            said, fd = b"", None
            while not said.endswith(b"\0") or (said.startswith(b"zFILDES") and fd is None):
                octets, control, _, _ = connection.recvmsg(64, socket.CMSG_SPACE(array.array("i").itemsize))
                if not octets:
                    break
                said += octets
                for _, _, data in control:
                    fd = array.array("i", data[:4])[0]
            command = said.split(b"\0")[0].decode()[1:]
            with self.lock:
                self.commands.append(command)
            answer = self.answer(command, fd, connection)
            if fd is not None:
                os.close(fd)
            if answer is None:
                with self.lock:
                    self.held.append(connection)
                return
            connection.sendall(answer)
        connection.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.held:
            connection.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
