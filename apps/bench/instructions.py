#!/usr/bin/env python3
"""Counts the instructions that a server executes for one unit of work, with valgrind's callgrind.

    apps/bench/instructions.py [--units N] SERVER...

Each SERVER is the command of a probe that prints `ready PORT`, such as 'build/release/apps/probe/bennu-probe --port 0 --threads 1'.
A unit is a round trip of an event and its reply (echo), a delivery to one of 50 subscribers (fanout), or a join and a leave (join). `plain` and
`history` are deliveries, too, on a topic without and with history; a channel of another topic publishes. Each kind runs twice, with N and with 3 N units; the difference leaves out what the start costs. Unlike seconds, instructions hardly depend on what else
the machine does."""
import argparse, base64, json, os, re, shlex, signal, socket, struct, subprocess, sys, tempfile

SUBSCRIBERS = 50


def first_frame(unread):
    """The content of the first frame of a server and what follows it; None when not all of it is there (RFC 6455 §5.2)."""
    if len(unread) < 2:
        return None
    size, start = unread[1], 2
    if longer := {126: "!H", 127: "!Q"}.get(size):
        start += struct.calcsize(longer)
        if len(unread) < start:
            return None
        size, = struct.unpack(longer, unread[2:start])
    return (unread[start:start + size], unread[start + size:]) if len(unread) >= start + size else None


class Client:
    """A WebSocket client that speaks serializer v2 and reads every frame."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.unread:
            self.more()
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            sys.exit(f"the server refuses a WebSocket: {head.decode()}")

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            sys.exit("the server has closed a connection")
        self.unread += piece

    def send(self, *message):
        text = json.dumps(message).encode()
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
        self.socket.sendall(b"\x81" + size + b"\0\0\0\0" + text)  # the mask is zero, so that the text stays as it is

    def frame(self):
        while (found := first_frame(self.unread)) is None:
            self.more()
        text, self.unread = found
        return json.loads(text)

    def wait_for(self, event):
        while self.frame()[3] != event:
            pass

    def join(self, topic):
        self.send("1", "1", topic, "phx_join", {})
        self.wait_for("phx_reply")


def echo(port, units):
    one = Client(port)
    one.join("bench:one")
    payload = {"text": "x" * 100}
    for i in range(units):
        one.send("1", str(i), "bench:one", "ping", payload)
        one.wait_for("phx_reply")


def fanout(port, units):
    room = [Client(port) for _ in range(SUBSCRIBERS)]
    for one in room:
        one.join("bench:room")
    for _ in range(units // SUBSCRIBERS):
        room[0].send("1", None, "bench:room", "pub", {"text": "x" * 100})
        for one in room:
            one.wait_for("msg")


def published_to(topic, port, units):
    room = [Client(port) for _ in range(SUBSCRIBERS)]
    for one in room:
        one.join(topic)
    speaker = Client(port)
    speaker.join("echo:speaker")
    for _ in range(units // SUBSCRIBERS):
        speaker.send("1", "2", "echo:speaker", "publish", {"topic": topic, "event": "msg", "payload": {"text": "x" * 100}})
        speaker.wait_for("phx_reply")
        for one in room:
            one.wait_for("msg")


def plain(port, units):
    published_to("bench:room", port, units)


def history(port, units):
    published_to("log:room", port, units)


def join(port, units):
    one = Client(port)
    for i in range(units):
        topic = f"bench:{i}"
        one.join(topic)
        one.send("1", "2", topic, "phx_leave", {})
        one.wait_for("phx_close")


def instructions(server, work, units):
    """Of the whole life of one server that does `units` of `work`."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        process = subprocess.Popen(valgrind + shlex.split(server), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for line in process.stdout:
                if found := re.match(r"ready (\d+)", line):
                    break
            else:
                sys.exit(f"the server ended before it was ready: {server}")
            work(int(found[1]), units)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)
        with open(out) as counts:
            return int(next(line for line in counts if line.startswith(("summary:", "totals:"))).split()[1])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("servers", nargs="+", metavar="SERVER")
    options.add_argument("--units", type=int, default=2000, help="N (default: 2000)")
    kinds = {work.__name__: work for work in (echo, fanout, join, plain, history)}
    options.add_argument("--only", nargs="+", choices=kinds, default=list(kinds), help="these kinds (default: all)")
    given = options.parse_args()
    for work in (kinds[name] for name in given.only):
        for number, server in enumerate(given.servers, 1):
            few, many = (instructions(server, work, n) for n in (given.units, 3 * given.units))
            print(f"{work.__name__:8} server {number}: {(many - few) / (2 * given.units):10,.0f} instructions per unit", flush=True)


if __name__ == "__main__":
    main()
