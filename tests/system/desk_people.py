# SPDX-License-Identifier: Apache-2.0
"""The people of the suite desk, what they sign in with, and how they are asked for without a browser."""
import base64
import hashlib
import hmac
import http.client
import json
import sqlite3
import struct
import time
import urllib.parse

from cases_request import Desk
from check import equal
from gateway import with_lines

ALLOWED, TOWN = "soto.example.jp", "town.example.jp"
PASSWORD = "長い合言葉 with words"
# login -> (duties, organization, domain of the addresses)
PEOPLE = {"officer": (["officer"], "", "city.example.jp"), "taro": (["staff"], "", "city.example.jp"), "jiro": (["staff"], "", "city.example.jp"),
          "anna": (["approver"], "", "city.example.jp"), "akira": (["approver"], "", "city.example.jp"),
          "kansa": (["auditor"], "", "city.example.jp"), "kanri": (["administrator"], "", "city.example.jp"),
          "machi": (["officer", "approver"], "town", TOWN)}


def totp(secret, step):
    """RFC 6238 with SHA-1, six digits."""
    mac = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", step), "sha1")
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 10 ** 6:06d}"


class Person:
    def __init__(self, login, made, forget):
        self.login, self.used, self.forget = login, 0, forget
        self.secret = next(line.strip() for line in made.splitlines() if line.startswith("  "))

    def code(self):
        """One that was not used, and is good for half a minute at least: not that of the step before, which ends while it is typed. Where
        the window has none left the store forgets that they were: as if half a minute had passed."""
        now = int(time.time()) // 30
        step = max(now, self.used + 1)
        if step > now + 1:
            self.forget(self.login)
            step = now
        self.used = step
        return totp(self.secret, step)


class People(Desk):
    """Registered by the officer; each with password and second factor."""

    def __init__(self, chain, port):
        super().__init__(chain)
        self.port, self.all, self.tokens = port, {}, {}

    def register(self):
        for login, (duties, organization, domain) in PEOPLE.items():
            words = [word for duty in duties for word in ("--duty", duty)]
            if organization:
                words += ["--organization", organization]
            boss = ["--unix-user", "65061"] if login == "officer" else []
            self.run("root" if login == "officer" else "officer", "user", "add", login, "--name", f"{login} 氏", *words, *boss,
                     "--address", f"{login}@{domain}", "--address", f"{login}@{ALLOWED}")
        for login in PEOPLE:
            with_lines([PASSWORD], lambda fd, login=login: equal(self.gateway.mugai(
                "user", "password", login, "--passphrase-fd", fd, pass_fds=(fd,), user=65061, group=65010, extra_groups=[]).returncode, 0,
                f"password of {login}"))
            self.all[login] = Person(login, self.run("officer", "user", "totp", login).stdout, self.forget_code)

    def forget_code(self, login):
        with sqlite3.connect(self.gateway.state / "index.db", timeout=20) as db:
            db.execute("UPDATE person SET totp_counter = 0 WHERE login = ?", (login,))

    def http(self, method, path, fields=None, cookie=None, headers=None, body=None, source="127.0.0.1"):
        """(status, headers, text); a form of ours unless headers say otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        sent = {"Sec-Fetch-Site": "same-origin", **({"Cookie": f"mugai={cookie}"} if cookie else {}), **(headers or {})}
        if fields is not None:
            body = urllib.parse.urlencode(fields, doseq=True)
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        return reply.status, dict(reply.getheaders()), text

    def token(self, login):
        """Of a session without a browser."""
        if login not in self.tokens:
            status, _, text = self.http("POST", "/sign-in", {"login": login, "password": PASSWORD, "code": self.all[login].code()},
                                        headers={"Accept": "application/json"})
            equal(status, 200, f"sign-in of {login}: {text}")
            self.tokens[login] = json.loads(text)["token"]
        return self.tokens[login]

    @staticmethod
    def csrf(token):
        return hashlib.sha256(b"mugai console form\n" + token.encode()).hexdigest()
