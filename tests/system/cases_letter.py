# SPDX-License-Identifier: Apache-2.0
"""What people are told of requests, by letters that pass the gateway as any mail; and requests of which nobody knows whether Postfix has
them, until a person looks in its log."""
import email
import email.policy
import json
import re
import select
import socket
import threading
import time

from cases_release import ALLOWED, NAME, OPTIONS, Release, parts_of, prepared
from check import equal, expect

REASON = "別の方法で渡した"
LINK = re.compile(r"https?:|hxxps?:|www\.|<a ", re.I)


class Wire:
    """Between the role and Postfix. cut: None passes all on; "lost": the connection breaks before Postfix has the final dot; "sent": it
    breaks when Postfix has answered that, before the role hears it."""

    def __init__(self, port):
        self.to, self.cut, self.cuts = port, None, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self.to)) as server:
                self._relay(client, server)

    def _relay(self, client, server):
        mail, ended = None, False   # mail: octets of DATA, kept until the final dot is there
        while True:
            ready, _, _ = select.select([client, server], [], [], 60)
            if server in ready:
                said = server.recv(65536)
                if not said or (ended and self._cuts("sent")):
                    return
                client.sendall(said)
                mail, ended = b"" if said.startswith(b"354") else None, False
            if client in ready:
                said = client.recv(65536)
                if not said:
                    return
                mail = mail if mail is None else mail + said
                if mail is None:
                    server.sendall(said)
                elif mail.endswith(b"\r\n.\r\n"):
                    if self._cuts("lost"):
                        return
                    server.sendall(mail)
                    ended = True

    def _cuts(self, how):
        self.cuts += self.cut == how
        return self.cut == how

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.listener.close()


class Letters(Release):
    def __init__(self, chain, folder):
        super().__init__(chain, folder)
        self.wire = Wire(chain.port_release)

    def letters(self, rcpt, count, seconds=40):
        """(subject, text, mail) of the letters that came to an address, once there are count of them."""
        deadline = time.monotonic() + seconds
        while True:
            mails = [m for m in list(self.chain.sink.by_rcpt.get(rcpt, [])) if b"<letter.1." in m.data]
            if len(mails) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        equal(len(mails), count, f"letters to {rcpt}")
        found = []
        for mail in mails:
            message = email.message_from_bytes(mail.data, policy=email.policy.default)
            equal((mail.sender, message["Auto-Submitted"]), ("", "auto-generated"), "nobody answers a letter")
            expect(not LINK.search(message.get_content()), "no link to click", None, message.get_content())
            found.append((message["Subject"], message.get_content().replace("\r\n", "\n"), message))
        return found

    def asked(self, receipt):
        return json.loads(self.ask("taro", receipt, "--part", "2", to=f"taro@{ALLOWED}").stdout)["number"]


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    letters = Letters(chain, folder)
    return [(f"letter: {name}", lambda function=function: function(letters)) for name, function in (
        ("people, keys and mail, and a wire to Postfix that can break", wired),
        ("approvers get a digest of what waits, once", digest),
        ("who asked is told that it was denied, and not why", denied),
        ("of two receipt numbers in a letter it says which is its own", receipts),
        ("unknown, and Postfix has it: settled as sent, it is there once", sent),
        ("unknown, and Postfix has it not: settled again, it goes, once", again),
        ("the wire is taken away", unwired),
    )]


def wired(letters):
    letters.gateway.change({"release": {"smtp": f"inet:{letters.wire.port}@127.0.0.1"}})
    prepared(letters)
    letters.unlock()


def digest(letters):
    letters.first = letters.asked(letters.receipt)
    for who in ("anna", "akira"):
        (subject, text, _), = letters.letters(f"{who}@city.example.jp", 1)
        expect("承認待ちの申請が 1 件" in subject, "the subject", None, subject)
        for words in ("あなたの承認を待っている", "件数　　　: 1\n", "Requests: 1\n"):
            expect(words in text, f"what {who} reads", words, text)
        for words in (NAME, "見積の件", "sender@example.org", letters.receipt):
            expect(words not in text, "nothing of the mail", None, text)
    # What is new waits for the next digest.
    letters.second = letters.asked(letters.receipt)
    time.sleep(12)
    for who in ("anna", "akira"):
        letters.letters(f"{who}@city.example.jp", 1)
    letters.letters("taro@city.example.jp", 0, seconds=0)
    letters.letters("officer@city.example.jp", 0, seconds=0)


def denied(letters):
    letters.run("anna", "request", "deny", letters.first, "--reason", REASON)
    (subject, text, _), = letters.letters("taro@city.example.jp", 1)
    expect(f"申請 {letters.first} は承認されませんでした" in subject, "the subject", None, subject)
    expect(f"申請番号: {letters.first}\n" in text and REASON not in text, "what taro reads", None, text)
    equal(letters.show("taro", letters.first)["result"], f"anna 氏: {REASON}", "what the request says")
    # Who took his own back knows it.
    letters.run("taro", "request", "deny", letters.second, "--reason", "不要")
    time.sleep(12)
    letters.letters("taro@city.example.jp", 1)


def receipts(letters):
    (_, text, message), = letters.letters("taro@city.example.jp", 1)
    spelled = f"{letters.receipt[:4]}-{letters.receipt[4:8]}-{letters.receipt[8:]}"
    own = message["X-Mugai-Receipt"]
    above, _, below = text.partition("━━━━━")
    expect(own != letters.receipt and f"{own[:4]}-{own[4:8]}-{own[8:]}" in below, "the gateway's notice has the letter's own", own, below)
    equal((above.count(spelled), below.count(spelled)), (2, 0), "the letter has that of the mail, in each language")
    for words in ("このお知らせ自身の番号です", "is that of this notice itself"):
        equal(above.count(words), 1, f"it says so: {words}")
    expect("このお知らせ自身の番号です" in letters.letters("anna@city.example.jp", 1)[0][1], "in a digest, too")


def lose(letters, cut):
    """A request that became unknown because the connection broke there."""
    letters.wire.cut = cut
    number = letters.approved(letters.receipt, "--part", "2")
    row = letters.wait(number, "unknown", "released", "failed")
    letters.wire.cut = None
    equal((row["state"], letters.wire.cuts), ("unknown", 1), f"state: {row}")
    letters.wire.cuts = 0
    equal(json.loads(letters.gateway.mugai("status", "--json").stdout)["store"]["requests_unknown"], 1, "status says so")
    # It stays so until somebody has looked, and who asked is not the one.
    time.sleep(5)
    equal(letters.state(number), "unknown", "state")
    letters.run("taro", "request", "settle", number, "again", "--reason", "bitte", expected=77)
    letters.run("akira", "request", "settle", number, "again", expected=64)
    return number


def settle(letters, number, how):
    letters.run("akira", "request", "settle", number, how, "--reason", "in the log" if how == "sent" else "not in the log")
    row = letters.wait(number, "released", "failed")
    equal(row["state"], "released", f"state: {row}")
    mails = letters.arrived(number)
    equal(len(mails), 1, f"mails of request {number}")
    equal([name for name, _ in parts_of(mails[0].data)[1]], [NAME], "the file")
    return row


def in_log(letters, number):
    return f"message-id=<request.1.{number}@mugai.invalid>" in letters.chain.postfix.log_text()


def sent(letters):
    number = lose(letters, "sent")
    equal((len(letters.arrived(number)), in_log(letters, number)), (1, True), "who looks finds it")
    row = settle(letters, number, "sent")
    equal(row["result"], "akira 氏: in the log", "the result")
    time.sleep(5)
    equal(len(letters.arrived(number)), 1, "nothing more comes")


def again(letters):
    number = lose(letters, "lost")
    # Postfix logs the Message-ID when it reads the header; that it queued the mail is another line.
    equal(len(letters.arrived(number)), 0, "nothing came")
    row = settle(letters, number, "again")
    expect("queued as" in row["result"], "Postfix's words", None, row["result"])


def unwired(letters):
    """Approved (told as each is), released twice: taro was told of each by the gateway, and of nothing twice."""
    subjects = [subject for subject, _, _ in letters.letters("taro@city.example.jp", 5)]
    equal(len(set(subjects)), 5, f"letters, each once: {subjects}")
    letters.wire.close()
