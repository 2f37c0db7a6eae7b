"""A member of a room, with nothing but the standard library: RFC 6455 without fragments, Phoenix's second serializer."""

import base64
import json
import os
import socket
import struct
import threading


class Refused(Exception):
    """The server has answered the handshake with another status than 101."""

    def __init__(self, status):
        super().__init__(f"the handshake is answered {status}")
        self.status = status


class Connection:
    """A connection to an endpoint, for one topic at a time."""

    def __init__(self, port, path="/socket", topic="room:lobby", open_socket=socket.socket, token=None, origin=None,
                 headers=(), params=""):
        self.port = port
        self.topic = topic
        self.lock = threading.Lock()
        self.ref = 0
        self.socket = open_socket()
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        head = [f"GET {path}/websocket?vsn=2.0.0{params} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket",
                "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(), *headers]
        if token is not None:
            shown = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
            head.append(f"Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.{shown}")
        if origin is not None:
            head.append(f"Origin: {origin}")
        self.socket.sendall("\r\n".join([*head, "", ""]).encode())
        self.input = self.socket.makefile("rb")
        status = int(self.input.readline().split()[1])
        while self.input.readline().strip():
            pass
        if status != 101:
            raise Refused(status)

    def send_text(self, text):
        size = len(text)
        head = bytes([0x81, 0x80 | size]) if size < 126 else struct.pack("!BBH", 0x81, 0xFE, size) if size < 65536 \
            else struct.pack("!BBQ", 0x81, 0xFF, size)
        self.socket.sendall(head + bytes(4) + text)  # masked with zeros

    def push(self, event, payload):
        with self.lock:
            self.ref += 1
            self.send_text(json.dumps(["1", str(self.ref), self.topic, event, payload]).encode())
            return str(self.ref)

    def read_text(self):
        while True:
            first, size = self.input.read(2)
            if size == 126:
                (size,) = struct.unpack("!H", self.input.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.input.read(8))
            body = self.input.read(size)
            if first & 15 == 1:
                return body
            if first & 15 == 8:
                raise ConnectionAbortedError(body)

    def read(self):
        return json.loads(self.read_text())

    def read_until(self, holds):
        while not holds(message := self.read()):
            pass
        return message

    def reply(self, ref):
        return self.read_until(lambda x: x[3] == "phx_reply" and x[1] == ref)[4]

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Client(Connection):
    """Joins `room:lobby` and remembers what every publisher said, in the order in which it came."""

    def __init__(self, port, open_socket=socket.socket):
        super().__init__(port, open_socket=open_socket)
        self.heard = {}  # publisher -> numbers
        self.changed = threading.Condition()
        self.push("phx_join", {})
        while self.read()[3] != "phx_reply":
            pass
        self.socket.settimeout(None)
        threading.Thread(target=self.listen, daemon=True).start()

    def take(self, text):
        _, _, _, event, payload = json.loads(text)
        if event == "new_msg":
            with self.changed:
                self.heard.setdefault(payload["from"], []).append(payload["n"])
                self.changed.notify_all()

    def listen(self):
        try:
            while True:
                self.take(self.read_text())
        except (OSError, ValueError):
            pass  # the node has ended

    def publish(self, name, n):
        try:
            self.push("new_msg", {"from": name, "n": n})
        except OSError:
            pass

    def wait_for(self, name, n, seconds):
        with self.changed:
            return self.changed.wait_for(lambda: n in self.heard.get(name, []), seconds)
