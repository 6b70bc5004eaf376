# SPDX-License-Identifier: Apache-2.0
"""A Debian in a folder (debian.py) that stays up: commands one after the other see the same processes, and the network is its own, so that
nothing in it meets the ports of this machine. There is no systemd in it: its first process only takes what others leave."""
import ctypes
import fcntl
import pathlib
import socket
import struct
import subprocess
import tempfile
import threading

import debian
from check import wait_for
from postfix import die_with_parent

CLONE_NEWNET = 0x40000000
# Perl is essential in Debian. IGNORE: what a daemon leaves does not stay as a zombie, which would look as if it still ran.
FIRST = (debian.MOUNTS + " && echo \"$0\" >/proc/sys/kernel/hostname && echo up >/run/machine && "
         "exec perl -e '$SIG{CHLD} = \"IGNORE\"; sleep 1000 while 1'")
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40


def loopback_up():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


class Machine:
    """root is what debian.make_root made; name is its host name."""

    def __init__(self, root, name):
        self.root = pathlib.Path(root)
        hosts = self.root / "etc/hosts"
        hosts.write_text(f"127.0.0.1 localhost\n127.0.1.1 {name} {name.partition('.')[0]}\n")
        (self.root / "etc/hostname").write_text(f"{name}\n")
        # As in any chroot: packages start nothing of theirs.
        policy = self.root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        self.unshare = subprocess.Popen(["unshare", "--mount", "--uts", "--pid", "--net", "--fork", "--kill-child", "chroot", str(root), "/bin/sh", "-c",
                                         FIRST, name], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        if not wait_for(lambda: (self.root / "run/machine").exists() or self.unshare.poll() is not None) or self.unshare.poll() is not None:
            raise RuntimeError(f"{root} does not come up: {self.unshare.poll()}")
        self.first = pathlib.Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children").read_text().split()[0]
        self.in_network(loopback_up)

    def run(self, command, timeout=600, network="--net", **environment):
        """A line of shell as root of the machine; with network="" it reaches what this machine reaches. A CompletedProcess whose stdout has
        both outputs: a file, so that what goes on in the background keeps nobody waiting."""
        with tempfile.TemporaryFile("w+", errors="replace") as out:
            done = subprocess.run(["nsenter", "--target", self.first, "--mount", "--uts", "--pid", "--root", "--wd", *([network] if network else []),
                                   "/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=timeout,
                                  env={**debian.surroundings(), "LC_ALL": "C.UTF-8", **environment})
            out.seek(0)
            done.stdout = out.read()
        return done

    def in_network(self, function):
        """What function returns in the network of the machine. Sockets that it makes stay there, also for other threads."""
        result = {}

        def inside():
            try:
                with open(f"/proc/{self.first}/ns/net", "rb") as network:
                    if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                result["value"] = function()
            except BaseException as fault:
                result["fault"] = fault
        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if "fault" in result:
            raise result["fault"]
        return result["value"]

    def processes(self, name):
        """pids, as the machine counts them, of the processes of this name."""
        return self.run(f"for p in /proc/[0-9]*; do [ \"$(cat $p/comm 2>/dev/null)\" = {name} ] && echo ${{p#/proc/}}; done; true").stdout.split()

    def close(self):
        if self.unshare.poll() is None:
            debian.end(self.unshare)
