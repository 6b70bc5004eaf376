# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium by its DevTools pipe: no port, no package of another registry. Debian's chromium, as root too."""
import json
import os
import shutil
import subprocess
import tempfile

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
         "--blink-settings=imagesEnabled=false", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=800,600",
         "--hide-scrollbars", "--allow-file-access-from-files", "--remote-debugging-pipe"]


class Chromium:
    def __init__(self, program="chromium"):
        self.home = tempfile.mkdtemp(prefix="mugai-chromium-")
        theirs_in, self.out = os.pipe()
        self.inn, theirs_out = os.pipe()
        spare_in, spare_out = os.dup(theirs_in), os.dup(theirs_out)

        def place():
            # The pipe is file descriptors 3 and 4 by its definition.
            first, second = os.dup2(spare_in, 100), os.dup2(spare_out, 101)
            os.dup2(first, 3)
            os.dup2(second, 4)
        self.log = open(os.path.join(self.home, "log"), "wb")
        self.process = subprocess.Popen([program, *FLAGS, f"--user-data-dir={self.home}/profile", "about:blank"], close_fds=False,
                                        preexec_fn=place, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env={**os.environ, "HOME": self.home}, start_new_session=True)
        for descriptor in (theirs_in, theirs_out, spare_in, spare_out):
            os.close(descriptor)
        self.number, self.buffer, self.session, self.events = 0, b"", None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.call("Emulation.setDeviceMetricsOverride", width=800, height=600, deviceScaleFactor=1, mobile=False)

    def _read(self):
        while b"\0" not in self.buffer:
            got = os.read(self.inn, 1 << 20)
            if not got:
                raise RuntimeError("Chromium ended: " + open(self.log.name, "rb").read()[-2000:].decode(errors="replace"))
            self.buffer += got
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            self.events.append(answer.get("method"))
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def load(self, path):
        """Returns when the page has been read and laid out."""
        self.events.clear()
        self.call("Page.navigate", url="file://" + str(path))
        # It may come before the answer.
        while "Page.loadEventFired" not in self.events:
            self.events.append(self._read().get("method"))

    def ask(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def end(self):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)
