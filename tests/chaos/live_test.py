"""chaos: a client notices each fault that `bennu-node chaos` causes on two running nodes, and that it heals.

live_test.py BENNU-PROBE BENNU-NODE
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cluster"))
from lab import PATIENCE, Lab, free_port  # noqa: E402
from phoenix_client import Connection  # noqa: E402

probe, bennu_node = sys.argv[1:3]


class Chaos:
    """A scenario that is being played. It would last ten minutes more, and is interrupted at the end of `with`: so no
    fault heals before the test has seen it. With another status it ends by itself."""

    def __init__(self, *steps, nodes=("a", "b"), status=130):
        self.status = status
        if status in (130, -signal.SIGKILL):
            steps = (*steps, {"at": 600_000, "heal": "all"})
        file = pathlib.Path(lab.folder, "scenario.json")
        file.write_text(json.dumps({"nodes": {x: f"{x}.control" for x in nodes}, "steps": steps}))
        self.process = subprocess.Popen([bennu_node, "chaos", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)

    def __enter__(self):
        return self

    def expect(self, text):
        """Reads lines until one has the text."""
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"chaos does not say {text}, but {seen} {self.process.stderr.read()}")

    def __exit__(self, kind, *_):
        if kind is None and self.status == 130:
            self.process.send_signal(signal.SIGINT)
            self.expect("everything is healed")
        elif kind is not None:
            self.process.kill()
        self.complaint = self.process.stderr.read()
        status = self.process.wait(timeout=PATIENCE)
        assert kind or status == self.status, f"chaos ended with {status}: {self.complaint}"


class Member(Connection):
    """A client that has joined a topic of its own, whose channel no other test needs."""

    def __init__(self, node, topic):
        super().__init__(node.client.port, topic=topic)
        self.reply(self.push("phx_join", {}))

    def echoes(self, text):
        ref = self.push("echo", {"text": text})
        assert self.reply(ref) == {"status": "ok", "response": {"text": text}}


def until(what, holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@contextlib.contextmanager
def test(name):
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:6.1f} s  {name}", flush=True)


@contextlib.contextmanager
def connected_to(node):
    """A connection to the control socket of a node."""
    with socket.socket(socket.AF_UNIX) as tool:
        tool.settimeout(PATIENCE)
        tool.connect(f"{lab.folder}/{node.name}.control")
        yield tool


def say(tool, request):
    tool.sendall(json.dumps(request).encode() + b"\n")
    return json.loads(tool.makefile().readline())


def ask(node, request):
    """One question on a connection of its own."""
    with connected_to(node) as tool:
        return say(tool, request)


def crash():
    member = Member(a, "echo:crash")
    with Chaos({"fault": "crash", "node": "a", "label": "echo_channel echo:crash"}) as chaos:
        chaos.expect("crash label=")
        member.read_until(lambda x: x[3] == "phx_error")
        member.reply(member.push("phx_join", {}))
        member.echoes("it crashed once")
    with Chaos({"fault": "crash", "node": "a", "label": "echo_channel echo:crash", "event": "echo", "times": 1}) as chaos:
        chaos.expect("crash label=")
        member.push("echo", {})
        member.read_until(lambda x: x[3] == "phx_error")
    member.reply(member.push("phx_join", {}))
    member.echoes("it is healed")


def delay():
    member = Member(a, "echo:delay")
    with Chaos({"fault": "delay", "node": "a", "label": "*echo:delay", "event": "echo", "time": 500}) as chaos:
        chaos.expect("delay label=")
        begin = time.monotonic()
        member.echoes("late")
        assert time.monotonic() - begin >= 0.45
        error, late = (member.push(x, {}) for x in ("error", "echo"))
        assert member.read()[1] == error, "another event overtakes it"
        member.reply(late)
    member.echoes("it is healed")


def drop():
    member = Member(a, "echo:drop")
    with Chaos({"fault": "drop", "node": "a", "label": "*echo:drop", "event": "echo"}) as chaos:
        chaos.expect("drop label=")
        member.push("echo", {"text": "lost"})
        assert member.reply(member.push("error", {}))["status"] == "error", "other events are not lost"
        member.push("echo", {"text": "lost, too"})
        member.reply(member.push("error", {}))
    ref = member.push("echo", {"text": "heard"})
    assert member.read()[1] == ref, "what was lost is not answered"


def refuse():
    with Chaos({"fault": "refuse", "node": "a", "label": "echo_channel"}) as chaos:
        chaos.expect("refuse label=")
        stranger = Connection(a.client.port, topic="echo:refuse")
        stranger.push("phx_join", {})
        assert stranger.read()[4]["status"] == "error"
    Member(a, "echo:refuse").echoes("it is healed")


def full_disk():
    with Chaos({"fault": "full_disk", "node": "b", "label": "log"}) as chaos:
        chaos.expect("full_disk label=log")
        Member(b, "echo:disk").close()
    Member(b, "echo:disk").close()
    b.says("log lines were lost")
    b.says("fault.healed")


def cut():
    downs = [x.count("link.down", y.name) for x, y in ((a, b), (b, a))]
    ups = [x.count("link.up", y.name) for x, y in ((a, b), (b, a))]
    with Chaos({"fault": "cut", "node": "a", "peer": "b"}) as chaos:
        chaos.expect("cut a from b")
        a.wait_for("link.down", "b", downs[0] + 1)
        b.wait_for("link.down", "a", downs[1] + 1)
        mark = lab.next()
        a.client.publish("cut", mark)
        assert a.client.wait_for("cut", mark, PATIENCE)
        assert not b.client.wait_for("cut", mark, 0)
    a.wait_for("link.up", "b", ups[0] + 1)
    b.wait_for("link.up", "a", ups[1] + 1)
    lab.all_hear_all()


def slow():
    def seconds():
        mark = lab.next()
        begin = time.monotonic()
        b.client.publish("slow", mark)
        assert a.client.wait_for("slow", mark, PATIENCE)
        return time.monotonic() - begin

    ups = a.count("link.up", "b")
    with Chaos({"fault": "slow", "node": "a", "peer": "b", "time": 700}) as chaos:
        chaos.expect("slow what a hears of b by 700 ms")
        assert seconds() >= 0.65
    a.wait_for("link.up", "b", ups + 1)  # what was on its way was lost with its session
    lab.all_hear_all()
    until("b is heard quickly again", lambda: seconds() < 0.65)


def pause():
    downs = b.count("link.down", "a")
    with Chaos({"fault": "pause", "node": "a", "time": 2500}, status=0) as chaos:
        chaos.expect("pause a")
        state = pathlib.Path(f"/proc/{a.process.pid}/stat")
        until("a is stopped", lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T")
        chaos.expect("healed: pause a")
        chaos.expect("everything is healed")
    b.wait_for("link.down", "a", downs + 1)
    lab.all_hear_all()


def pause_ends_when_nobody_reads():
    state = pathlib.Path(f"/proc/{a.process.pid}/stat")
    with Chaos({"at": 300, "fault": "pause", "node": "a", "time": 500}, status=0) as chaos:
        chaos.process.stdout.close()
    assert state.read_text().rsplit(")", 1)[1].split()[0] != "T", "a is still stopped"
    with Chaos({"fault": "pause", "node": "a", "time": 60_000}, status=128 + signal.SIGQUIT) as chaos:
        chaos.expect("pause a")
        chaos.process.send_signal(signal.SIGQUIT)
        chaos.expect("everything is healed")
    lab.all_hear_all()


def crash_of_a_second_tool():
    first, second = Member(a, "echo:first"), Member(a, "echo:second")
    with connected_to(a) as tool:
        for member, asker in ((first, tool), (second, None)):
            label = f"echo_channel {member.topic}"
            request = {"do": "fault", "fault": {"fault": "crash", "label": label}}
            assert "ok" in (say(asker, request) if asker else ask(a, request))
            member.read_until(lambda x: x[3] == "phx_error")
            member.reply(member.push("phx_join", {}))
        first.echoes("the second tool leaves it alone")


def clock():
    address = f"http://127.0.0.1:{a.client.port}/socket/longpoll?vsn=2.0.0"

    def poll(token=None):
        request = urllib.request.Request(address, headers={"X-Phoenix-Longpoll-Token": token} if token else {})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    old = poll()["token"]
    with Chaos({"fault": "clock", "node": "a", "jump": 30 * 86_400_000}) as chaos:
        chaos.expect("clock of a jumps by")
        answer = poll(old)
        assert answer["status"] == 410 and answer["token"] != old, "the token is a month old"
    new = poll()["token"]
    member = urllib.request.Request(address, headers={"X-Phoenix-Longpoll-Token": new},
                                    data=json.dumps(["1", "1", "echo:clock", "phx_join", {}]).encode())
    with urllib.request.urlopen(member, timeout=PATIENCE) as answer:
        assert json.load(answer)["status"] == 200, "the token is good"


def kill():
    downs = a.count("link.down", "b")
    del lab.running["b"]
    with Chaos({"fault": "kill", "node": "b"}, status=0) as chaos:
        chaos.expect("kill b")
        chaos.expect("b is gone: whatever started it starts it again")
        chaos.expect("everything is healed")
    assert b.process.wait(timeout=PATIENCE) == -signal.SIGKILL
    b.client.close()
    a.wait_for("link.down", "b", downs + 1)
    b.start()
    lab.all_hear_all()


def chaos_is_killed():
    ups = a.count("link.up", "b")
    with Chaos({"fault": "cut", "node": "a", "peer": "b"}, status=-signal.SIGKILL) as chaos:
        chaos.expect("cut a from b")
        chaos.process.kill()
    a.wait_for("link.up", "b", ups + 1)
    lab.all_hear_all()


def a_step_fails():
    member = Member(a, "echo:fails")
    with Chaos({"fault": "drop", "node": "a", "label": "*echo:fails"},
               {"at": 1, "fault": "cut", "node": "a", "peer": "z"}, status=1) as chaos:
        chaos.expect("healed: drop")
        chaos.expect("everything is healed")
    assert 'step 2: this node has no link to "z"; it has links to: b' in chaos.complaint, chaos.complaint
    member.echoes("it is healed")


def what_is_not_possible_is_refused():
    with Chaos({"fault": "kill", "node": "calm"}, nodes=("calm",), status=3) as chaos:
        pass
    assert 'the node "calm" is not in dev mode' in chaos.complaint and "--dev" in chaos.complaint, chaos.complaint
    assert calm.process.poll() is None
    with Chaos({"fault": "explode", "node": "a"}, status=2) as chaos:
        pass
    assert "step 1: not a fault" in chaos.complaint, chaos.complaint
    with Chaos({"fault": "kill", "node": "b"}, nodes=("b", "nobody"), status=1) as chaos:
        pass
    assert "no node listens there" in chaos.complaint, chaos.complaint


def control_socket():
    assert os.stat(f"{lab.folder}/a.control").st_mode & 0o777 == 0o600
    assert ask(a, {"do": "who"}) == {"ok": {"name": "a", "dev": True}}
    assert ask(calm, {"do": "who"}) == {"ok": {"name": "calm", "dev": False}}
    assert ask(calm, {"do": "tree"})["ok"]["id"] == "root"
    assert ask(calm, {"do": "fault", "fault": {"fault": "drop"}})["error"]["status"] == 403
    assert ask(a, {"do": "explode"})["error"]["status"] == 404
    assert ask(a, [])["error"]["status"] == 400
    assert ask(a, {"do": "heal", "id": 99})["error"]["status"] == 409
    assert ask(a, {"do": "heal", "id": "99"})["error"]["status"] == 400
    assert ask(a, {"do": "fault", "fault": {"fault": "explode"}})["error"]["status"] == 400
    assert "the tool sends it the signal" in ask(a, {"do": "fault", "fault": {"fault": "kill"}})["error"]["text"]


class Calm:
    """A node that is not in dev mode."""

    name = "calm"

    def __init__(self):
        command = [probe, "--port", "0", "--threads", "1", "--log-level", "off", "--node", "calm", "--cluster-insecure",
                   "--control", f"{lab.folder}/calm.control"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().startswith("ready ")


with Lab(probe, bennu_node) as lab:
    addresses = {name: f"127.0.0.1:{free_port()}" for name in "ab"}
    control = {name: ["--dev", "--control", f"{lab.folder}/{name}.control"] for name in "ab"}
    a = lab.node("a", addresses["a"], [], options=control["a"])
    b = lab.node("b", addresses["b"], [addresses["a"]], options=control["b"])
    calm = Calm()
    lab.all_hear_all()
    try:
        for check in (control_socket, what_is_not_possible_is_refused, crash, crash_of_a_second_tool, delay, drop, refuse,
                      full_disk, cut, slow, pause, pause_ends_when_nobody_reads, clock, kill, chaos_is_killed,
                      a_step_fails):
            with test(check.__name__.replace("_", " ")):
                check()
    finally:
        calm.process.terminate()
        calm.process.wait(timeout=PATIENCE)
    lab.end()
