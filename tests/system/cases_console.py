# SPDX-License-Identifier: Apache-2.0
"""The console beside the mail: TLS, a unix socket for a web server, sign-in by password over the wire, and that mail goes on whatever
becomes of it. What people do on the pages is the browser suite's business."""
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time
import urllib.parse

import smtp
from check import equal, expect, wait_for
from postfix import free_port
from web_server import UnixConnection

PORT = free_port()
OPTIONS = {"settings": {"console": {"enabled": "yes", "socket": f'"inet:{PORT}@127.0.0.1"', "cookie": "plain"}}}
PASSWORD = "a long pass phrase for the desk"
MAIL = smtp.wire(b"From: a@example.org\nSubject: desk\n\ntext\n")


def ask(connection, method, path, fields=None, **header):
    """(status, header, text)"""
    body = urllib.parse.urlencode(fields) if fields is not None else None
    header = {name.replace("_", "-"): value for name, value in header.items()}
    if body is not None:
        header["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body, header)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def plain():
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)


def set_password(gateway, login):
    read, write = os.pipe()
    os.write(write, PASSWORD.encode() + b"\n")
    os.close(write)
    done = gateway.mugai("user", "password", login, "--passphrase-fd", read, pass_fds=[read])
    os.close(read)
    equal(done.returncode, 0, done.stderr.decode())


def cases(chain, folder):
    folder.mkdir(parents=True, exist_ok=True)
    return [(f"console: {name}", lambda function=function: function(chain, folder)) for name, function in (
        ("a person signs in, comes to the wanted page, and signs out", signs_in),
        ("killed, it comes back; mail goes on meanwhile", killed),
        ("a port that is taken keeps the pages away, and not the mail", taken),
        ("TLS with a certificate of its own", tls),
        ("a unix socket for a web server, whose word for the client's address is taken", unix),
        ("a web server says who signed in, and is believed on the socket that is its own", vouched),
        ("the address of a web server is believed, and no other address", vouched_by_address),
    )]


def signs_in(chain, _folder):
    gateway = chain.gateway
    equal(gateway.mugai("user", "add", "admin", "--name", "運用次郎", "--duty", "administrator").returncode, 0, "added")
    set_password(gateway, "admin")
    status, header, text = ask(plain(), "GET", "/state")
    equal(status, 401, "nobody")
    expect('name="next" value="/state"' in text, "the sign-in form leads back", None, text[-800:])
    fields = {"login": "admin", "password": PASSWORD, "code": "", "next": "/state"}
    equal(ask(plain(), "POST", "/sign-in", fields)[0], 403, "a form of another page")
    status, header, _ = ask(plain(), "POST", "/sign-in", fields, Sec_Fetch_Site="same-origin")
    equal((status, header["Location"]), (303, "/state"), "signed in")
    expect("HttpOnly; SameSite=Strict" in header["Set-Cookie"], "the cookie", None, header["Set-Cookie"])
    cookie = header["Set-Cookie"].split(";")[0]
    status, _, text = ask(plain(), "GET", "/state", Cookie=cookie)
    equal(status, 200, "the page that was wanted")
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', text).group(1)
    rows = json.loads(ask(plain(), "GET", "/state", Cookie=cookie, Accept="application/json")[2])
    expect({row["role"] for row in rows["figures"]} >= {"mugaid", "milter", "store", "console"}, "figures of the roles", None, rows)
    equal(ask(plain(), "GET", "/requests", Cookie=cookie)[0], 403, "a page of other duties")
    equal(ask(plain(), "POST", "/sign-out", {"csrf": csrf}, Cookie=cookie, Sec_Fetch_Site="same-origin")[0], 303, "signed out")
    equal(ask(plain(), "GET", "/state", Cookie=cookie)[0], 401, "the session is over")


def killed(chain, _folder):
    pid = chain.gateway.kill_role("console")
    reply, rcpt = chain.send(MAIL)
    equal(reply.code, 250, f"mail meanwhile: {reply}")
    equal(len(chain.arrivals(rcpt)), 1, "mails that arrived")
    expect(wait_for(lambda: ask(plain(), "GET", "/sign-in")[0] == 200), "the pages are back")
    expect(chain.gateway.pids()["console"] != pid, "by another process")


def restarted(chain, settings, ready=True):
    chain.gateway.stop()
    chain.gateway.change({"console": settings})
    chain.gateway.start(wait=ready)


def taken(chain, _folder):
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        restarted(chain, {"socket": f'"inet:{port}@127.0.0.1"'}, ready=False)
        expect(chain.send_until_taken(MAIL) is not None, "mail is taken")
        expect(wait_for(lambda: "no pages for now" in chain.gateway.log_text()), "the log says so")
    expect(wait_for(lambda: ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/sign-in")[0] == 200, 30),
           "the pages are there as soon as the port is free")


def tls(chain, folder):
    port = free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
                   check=True, capture_output=True)
    os.chmod(folder / "tls.key", 0o444)
    restarted(chain, {"socket": f'"inet:{port}@127.0.0.1"', "certificate": f'"{folder}/tls.crt"', "key": f'"{folder}/tls.key"',
                      "cookie": "secure"})
    context = ssl.create_default_context(cafile=str(folder / "tls.crt"))
    status, header, _ = ask(http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context), "POST", "/language",
                            {"language": "en", "next": "/"}, Sec_Fetch_Site="same-origin")
    equal(status, 303, "over TLS")
    expect(header["Set-Cookie"].startswith("__Host-") and header["Set-Cookie"].endswith("; Secure"), "the cookie", None, header["Set-Cookie"])


def unix(chain, folder):
    path = folder / "console.sock"
    folder.chmod(0o755)
    restarted(chain, {"socket": f'"unix:{path}"', "certificate": '""', "key": '""', "cookie": "plain", "group": '"65019"'})
    equal((path.stat().st_gid, path.stat().st_mode & 0o777), (65019, 0o660), "who may connect")
    status, _, _ = ask(UnixConnection(path), "POST", "/sign-in", {"login": "admin", "password": "wrong"}, Sec_Fetch_Site="same-origin",
                       X_Forwarded_For="203.0.113.9, 192.0.2.77")
    equal(status, 401, "a wrong password")
    expect(wait_for(lambda: "by nobody from 192.0.2.77" in chain.gateway.log_text()), "the address that the web server saw is logged")
    connection = UnixConnection(path)
    connection.putrequest("POST", "/sign-in")
    connection.putheader("Content-Length", "0")
    for address in ("203.0.113.9", "192.0.2.78"):
        connection.putheader("X-Forwarded-For", address)
    connection.endheaders()
    equal(connection.getresponse().status, 403, "the field twice, the web server's own behind")
    expect(wait_for(lambda: "by nobody from 192.0.2.78" in chain.gateway.log_text()), "the last one is logged", None,
           chain.gateway.log_text()[-300:])


def one(gateway, act):
    """How many entries of the trail are of it."""
    return len(gateway.mugai("audit", "list", "--act", act, "--json").stdout.splitlines())


def vouched(chain, folder):
    gateway, path = chain.gateway, folder / "web.sock"
    equal(gateway.mugai("user", "add", "gone", "--name", "去った人").returncode, 0, "added")
    equal(gateway.mugai("user", "disable", "gone").returncode, 0, "disabled")
    gateway.change({"store": {"vouched_sign_in": "yes"}})
    restarted(chain, {"socket": f'"unix:{path}"', "user_header": '"X-Remote-User"'})
    before = one(gateway, "signed-in")
    status, header, text = ask(UnixConnection(path), "GET", "/state", X_Remote_User="Admin")
    equal(status, 200, f"signed in by the web server: {text[:300]}")
    cookie = header["Set-Cookie"].split(";")[0]
    status, header, text = ask(UnixConnection(path), "GET", "/account", X_Remote_User="admin", Cookie=cookie)
    equal((status, header["Set-Cookie"]), (200, None), "the session goes on")
    expect("手前の Web サーバー" in text, "the page of the account says how")
    equal(one(gateway, "signed-in") - before, 1, "entries")
    trail = gateway.mugai("audit", "list", "--act", "signed-in", "--json").stdout.decode()
    expect("web-server" in trail, "the trail says by whom", "web-server", trail[-500:])
    for login, words in (("nobody-here", "この名前の人は登録されていません"), ("gone", "この人は停止されています"), ("<b>", "&lt;b&gt;")):
        status, header, text = ask(UnixConnection(path), "GET", "/state", X_Remote_User=login, Cookie=cookie)
        equal((status, header["Set-Cookie"]), (403, None), f"the page of {login}")
        expect(words in text and "運用次郎" not in text, f"what {login} reads", words, text[-600:])
    connection = UnixConnection(path)
    connection.putrequest("GET", "/state")
    for login in ("nobody", "admin"):
        connection.putheader("X-Remote-User", login)
    connection.endheaders()
    equal(connection.getresponse().status, 400, "the field twice")
    equal(ask(UnixConnection(path), "GET", "/state")[0], 401, "without the field people sign in")
    equal(ask(UnixConnection(path), "POST", "/sign-out", {}, X_Remote_User="admin", Sec_Fetch_Site="same-origin")[0], 403,
          "a form of another page")


def vouched_by_address(chain, _folder):
    port = free_port()
    restarted(chain, {"socket": f'"inet:{port}@127.0.0.1"', "proxy": '"127.0.0.7"'})

    def get(source, **header):
        return ask(http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0)), "GET", "/state", **header)
    equal(get("127.0.0.7", X_Remote_User="admin")[0], 200, "from the web server")
    status, header, text = get("127.0.0.1", X_Remote_User="admin")
    equal((status, header["Set-Cookie"]), (403, None), "from another address")
    expect("手前の Web サーバーだけ" in text, "what it says", None, text[-600:])
    equal(get("127.0.0.1")[0], 401, "without the field")
    chain.gateway.change({"store": {"vouched_sign_in": "no"}, "console": {"user_header": '""'}})
