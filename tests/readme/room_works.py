"""readme: the room of the README lets two clients talk, refuses a stranger, and comes back from a crash.

The clients poll: that needs nothing but HTTP.  room_works.py PROGRAM
"""

import json
import signal
import subprocess
import sys
import urllib.request


class Client:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/socket/longpoll?vsn=2.0.0"
        self.headers = {}
        self.waiting = []
        self.headers["X-Phoenix-Longpoll-Token"] = self.request()["token"]

    def request(self, body=None):
        ask = urllib.request.Request(self.url, data=body, headers=self.headers)
        with urllib.request.urlopen(ask, timeout=30) as answer:
            return json.load(answer)

    def send(self, ref, event, payload):
        frame = json.dumps(["1", ref, "room:lobby", event, payload])
        assert self.request(frame.encode())["status"] == 200

    def next(self):
        while not self.waiting:
            self.waiting = self.request()["messages"]
        return json.loads(self.waiting.pop(0))


def reply(ref, status, response):
    return ["1", ref, "room:lobby", "phx_reply", {"response": response, "status": status}]


def talk(port):
    ann, bob = Client(port), Client(port)
    ann.send("1", "phx_join", {})
    assert ann.next() == reply("1", "error", {"reason": "unauthorized"})
    for who, name in ((ann, "ann"), (bob, "bob")):
        who.send("1", "phx_join", {"user": name})
        assert who.next() == reply("1", "ok", {})
    said = [None, None, "room:lobby", "new_msg", {"user": "ann", "body": "hi"}]
    ann.send("2", "new_msg", {"body": "hi"})
    assert [ann.next(), ann.next()] == [said, reply("2", "ok", {})]
    assert bob.next() == said
    ann.send("3", "new_msg", {})
    assert ann.next() == reply("3", "error", {"reason": "crashed"})
    ann.send("4", "new_msg", {"body": "hi"})
    assert [ann.next(), ann.next()] == [said, reply("4", "ok", {})]
    assert bob.next() == said


program = subprocess.Popen([sys.argv[1], "--port", "0"], stdout=subprocess.PIPE, text=True)
try:
    talk(int(program.stdout.readline().split()[1]))
    program.send_signal(signal.SIGTERM)
    assert program.wait(timeout=30) == 0, program.returncode
finally:
    if program.poll() is None:
        program.kill()
