# SPDX-License-Identifier: Apache-2.0
"""The browser of the suite desk: tests/desk/browser.js, its packages from npm with fixed versions below build/desk, Debian's chromium."""
import json
import shutil
import subprocess

from gateway import TOP
from postfix import die_with_parent

PACKAGES = TOP / "build" / "desk"


def install():
    """npm ci, where the lock is another one than last time."""
    lock = (TOP / "tests" / "desk" / "package-lock.json").read_bytes()
    done = PACKAGES / "installed"
    PACKAGES.mkdir(parents=True, exist_ok=True)
    if done.exists() and done.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(TOP / "tests" / "desk" / name, PACKAGES / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], cwd=PACKAGES, check=True,
                   stdout=subprocess.DEVNULL, timeout=300)
    done.write_bytes(lock)


class Browser:
    """Each call of browser.js is a method."""

    def __init__(self, origin, folder):
        install()
        shutil.copy(TOP / "tests" / "desk" / "browser.js", PACKAGES / "browser.js")
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(["node", str(PACKAGES / "browser.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        cwd=folder, preexec_fn=die_with_parent)
        self.call("start", origin)

    def call(self, *words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the browser ended at {words}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def __getattr__(self, name):
        return lambda *words: self.call(name, *words)

    def close(self):
        try:
            self.call("end")
        except (RuntimeError, BrokenPipeError):
            pass
        self.process.wait(20)
