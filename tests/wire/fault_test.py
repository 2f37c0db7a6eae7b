"""wire: a probe in dev mode causes the faults that it was told to, and shows its tree as JSON.  fault_test.py PROGRAM

Long polling is enough of a client: plain HTTP.
"""

import json
import subprocess
import sys
import urllib.request

PROGRAM = sys.argv[1]


def start(*arguments):
    return subprocess.Popen([PROGRAM, "--port", "0", "--threads", "1", *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stop(program):
    program.terminate()
    rest = program.stderr.read()
    assert program.wait(timeout=30) == 0, program.returncode
    return rest


class poll:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/socket/longpoll?vsn=2.0.0"
        self.url += "&token=" + self.answer(None)["token"]

    def answer(self, body):
        with urllib.request.urlopen(urllib.request.Request(self.url, data=body), timeout=30) as x:
            return json.load(x)

    def send(self, *message):
        self.answer(json.dumps(list(message)).encode())

    def heard(self):
        return [json.loads(x) if isinstance(x, str) else x for x in self.answer(None)["messages"]]


def faults_are_caused():
    program = start("--dev", "--log-level", "debug", "--fault", "crash label=*echo:a* event=echo times=1")
    try:
        client = poll(program.stdout.readline().split()[1])
        client.send("1", "1", "echo:a", "phx_join", {})
        assert client.heard()[0][3] == "phx_reply"
        client.send("1", "2", "echo:a", "shout", {})
        assert client.heard()[0][3] == "shout"
        client.send("1", "3", "echo:a", "echo", {})
        crash = client.heard()[0]
        assert crash[3] == "phx_error", crash
        client.send("2", "4", "echo:a", "phx_join", {})
        client.heard()
        client.send("2", "5", "echo:a", "echo", {"x": 1})
        reply = client.heard()[0]
        assert reply[4] == {"status": "ok", "response": {"x": 1}}, reply
    finally:
        log = stop(program)
    assert log.count("fault.hit") == 1, log
    crashed = next(x for x in log.splitlines() if "process.crashed" in x)
    for part in ("echo:a", 'message="echo"', "bytes=2", 'trace="'):
        assert part in crashed, crashed
    assert 'trace=""' not in crashed, crashed
    print(crashed)


def without_dev_mode_they_are_refused():
    program = start("--fault", "crash")
    out, err = program.communicate(timeout=30)
    assert program.returncode != 0 and "--dev" in err and not out, (program.returncode, out, err)
    print(err)


def the_tree_is_json():
    program = start("--tree", "json")
    try:
        program.stdout.readline()
        tree = json.loads(program.stderr.readline())
    finally:
        stop(program)
    assert tree["type"] == "supervisor" and tree["children"], tree


faults_are_caused()
without_dev_mode_they_are_refused()
the_tree_is_json()
