"""A member of a room, with nothing but the standard library: RFC 6455 without fragments, Phoenix's second serializer."""

import base64
import json
import os
import socket
import struct
import threading


class Connection:
    """A connection to an endpoint, for one topic at a time."""

    def __init__(self, port, path="/socket", topic="room:lobby", open_socket=socket.socket):
        self.port = port
        self.topic = topic
        self.lock = threading.Lock()
        self.ref = 0
        self.socket = open_socket()
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path}/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.input = self.socket.makefile("rb")
        assert b" 101 " in self.input.readline()
        while self.input.readline().strip():
            pass

    def push(self, event, payload):
        with self.lock:
            self.ref += 1
            text = json.dumps(["1", str(self.ref), self.topic, event, payload]).encode()
            head = struct.pack("!BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(text))
            self.socket.sendall(head + bytes(4) + text)  # masked with zeros
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

    def read(self):
        return json.loads(self.read_text())

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
