# SPDX-License-Identifier: Apache-2.0
"""A web server in front of the desk, as small as one can be: it takes requests on a port of loopback, says who sent them, and hands them
to a unix socket."""
import http.client
import http.server
import socket
import threading

HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "x-remote-user", "x-forwarded-for", "content-length", "date", "server"}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("desk", timeout=60)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class WebServer:
    """user: whom it has signed in, or None."""

    def __init__(self, path):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = UnixConnection(path)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP:
                        connection.putheader(name, value)
                connection.putheader("X-Forwarded-For", self.client_address[0])
                if outer.user:
                    connection.putheader("X-Remote-User", outer.user)
                if self.command == "POST":
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body or None)
                answer = connection.getresponse()
                data = answer.read()
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                connection.close()

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        self.user = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
