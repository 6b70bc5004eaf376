# SPDX-License-Identifier: Apache-2.0
"""Both ends of SMTP for the tests: a client that can send any bytes and break off anywhere, and a next hop that keeps
exactly what it was sent. Neither parses mail."""
import re
import socket
import threading
import time


class Reply:
    def __init__(self, code, text):
        self.code, self.text = code, text

    def __repr__(self):
        return f"{self.code} {self.text}"


class Gone(ConnectionError):
    """The other side closed."""


class Client:
    """One session. Each step can be taken alone; send() takes all of them."""

    def __init__(self, port, helo="client.example", timeout=120, ehlo=True, host="127.0.0.1"):
        self.sock = socket.create_connection((host, port), timeout=timeout)
        self.buffer = b""
        self.banner = self.reply()
        self.features = self.command(f"EHLO {helo}") if ehlo else None

    def reply(self):
        lines = []
        while True:
            while b"\n" not in self.buffer:
                more = self.sock.recv(65536)
                if not more:
                    raise Gone("closed while a reply was due")
                self.buffer += more
            line, _, self.buffer = self.buffer.partition(b"\n")
            lines.append(line.decode("latin-1").rstrip("\r"))
            if lines[-1][3:4] != "-":
                return Reply(int(lines[-1][:3]), "\n".join(x[4:] for x in lines))

    def command(self, line):
        self.sock.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return self.reply()

    def envelope(self, sender, rcpts, options=""):
        """MAIL, RCPT and DATA; the first reply that is not the hoped one, or that of DATA (354)."""
        reply = self.command(f"MAIL FROM:<{sender}>{options}")
        for rcpt in rcpts:
            if reply.code != 250:
                return reply
            reply = self.command(f"RCPT TO:<{rcpt}>")
        return self.command("DATA") if reply.code == 250 else reply

    def send(self, sender, rcpts, wire, options=""):
        """wire: what stands between DATA's reply and the final dot, not stuffed. Returns the last Reply."""
        reply = self.envelope(sender, rcpts, options)
        if reply.code != 354:
            self.command("RSET")
            return reply
        self.sock.sendall(stuffed(wire) + b".\r\n")
        return self.reply()

    def send_unread(self, sender, rcpts, wire):
        """Sends the final dot and goes away without reading the reply."""
        reply = self.envelope(sender, rcpts)
        if reply.code == 354:
            self.sock.sendall(stuffed(wire) + b".\r\n")
        self.close()
        return reply

    def quit(self):
        try:
            self.command("QUIT")
        except OSError:
            pass
        self.close()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.quit()


def wire(mail):
    """A mail as a file -> as an MTA would send it: every line end CRLF, the last line ended. Bare CR stays."""
    mail = re.sub(rb"\r?\n", b"\r\n", mail)
    return mail if mail.endswith(b"\r\n") or not mail else mail + b"\r\n"


def stuffed(data):
    """Dots at line beginnings doubled, after bare LF too since Postfix takes it as a line end."""
    data = re.sub(rb"(^|\n)\.", rb"\1..", data)
    return data if data.endswith(b"\r\n") or not data else data + b"\r\n"


def send_once(port, sender, rcpts, data, **options):
    with Client(port, **options) as client:
        return client.send(sender, rcpts, data)


class Received:
    """One mail at the next hop. data: exactly the octets of DATA, unstuffed."""

    def __init__(self, sender, rcpts, data, smtputf8):
        self.sender, self.rcpts, self.data, self.smtputf8 = sender, rcpts, data, smtputf8
        self.time = time.monotonic()


class Sink:
    """The next hop. Listens on a loopback port, takes everything, keeps everything. smtputf8: whether EHLO offers it. port: that one, after
    another Sink had it; host: where it listens."""

    def __init__(self, smtputf8=False, port=0, host="127.0.0.1"):
        self.smtputf8 = smtputf8
        self.mails, self.by_rcpt = [], {}
        self.changed = threading.Condition()
        self.listener = socket.create_server((host, port), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._session, args=(sock,), daemon=True).start()

    def _session(self, sock):
        with sock, sock.makefile("rb", buffering=1 << 16) as lines:
            try:
                self._talk(sock, lines)
            except OSError:
                pass  # Postfix broke off; it tries again

    def _talk(self, sock, lines):
        sock.sendall(b"220 next.hop ESMTP\r\n")
        sender, rcpts, utf8 = None, [], False
        for line in lines:
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                offers = [b"next.hop", b"PIPELINING", b"8BITMIME", b"SIZE 104857600"]
                offers += [b"SMTPUTF8"] if self.smtputf8 else []
                sock.sendall(b"".join(b"250-" + o + b"\r\n" for o in offers) + b"250 OK\r\n")
            elif verb == b"MAIL":
                sender, rcpts, utf8 = _address(line), [], b"SMTPUTF8" in line.upper()
                sock.sendall(b"250 OK\r\n")
            elif verb == b"RCPT":
                rcpts.append(_address(line))
                sock.sendall(b"250 OK\r\n")
            elif verb == b"DATA":
                sock.sendall(b"354 go\r\n")
                self._keep(Received(sender, rcpts, _data(lines), utf8))
                sock.sendall(b"250 kept\r\n")
            elif verb == b"QUIT":
                sock.sendall(b"221 bye\r\n")
                return
            else:
                sock.sendall(b"250 OK\r\n")

    def _keep(self, mail):
        with self.changed:
            self.mails.append(mail)
            for rcpt in mail.rcpts:
                self.by_rcpt.setdefault(rcpt, []).append(mail)
            self.changed.notify_all()

    def wait(self, rcpt, count=1, seconds=60):
        """The mails for rcpt, once there are count of them; fewer where time runs out."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.by_rcpt.get(rcpt, [])) >= count, seconds)
            return list(self.by_rcpt.get(rcpt, []))

    def close(self):
        """Ends the thread before the descriptor: its number is used again, and the thread would take the next listener's connections."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.listener.close()


def _address(line):
    found = re.search(rb"<(.*?)>", line)
    return found.group(1).decode("utf-8", "replace") if found else ""


def _data(lines):
    """Reads to the final dot. A client that breaks off before it has sent nothing."""
    kept = []
    for line in lines:
        if line == b".\r\n":
            return b"".join(kept)
        kept.append(line[1:] if line.startswith(b".") else line)
    raise ConnectionError("broken off in DATA")
