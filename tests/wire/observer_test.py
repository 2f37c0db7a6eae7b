"""wire: the observer of a running probe: its token, its views, its actions and a hostile client; bennu-node's tools.

observer_test.py BENNU-PROBE BENNU-NODE
"""

import http.client
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cluster"))
from lab import free_port  # noqa: E402
from phoenix_client import Connection, Refused  # noqa: E402

probe, bennu_node = sys.argv[1:3]
PATIENCE = 30
folder = tempfile.mkdtemp()


class Client(Connection):
    def join(self, topic, params=None):
        self.topic = topic
        answer = self.reply(self.push("phx_join", params or {}))
        assert answer["status"] == "ok", answer
        return answer["response"]


class Observer(Client):
    def __init__(self, node, **more):
        super().__init__(node.port, "/observer/socket", **{"token": node.token, **more})
        self.about = self.join("observer")

    def asked(self, event, payload):
        return self.reply(self.push(event, payload))

    def ask(self, view, **params):
        answer = self.asked("ask", {"view": view, "params": params})
        assert answer["status"] == "ok", (view, params, answer)
        return answer["response"]["value"]

    def refused(self, event, **payload):
        answer = self.asked(event, payload)
        assert answer["status"] == "error", (event, payload, answer)
        assert answer["response"]["reason"]
        return answer["response"]["status"]

    def act(self, action, **params):
        answer = self.asked("act", {"action": action, "params": params})
        assert answer["status"] == "ok", (action, params, answer)
        return answer["response"]

    def until_asked(self, view, holds, **params):
        deadline = time.monotonic() + PATIENCE
        while not holds(value := self.ask(view, **params)):
            assert time.monotonic() < deadline, (view, value)
            time.sleep(0.02)
        return value


class Node:
    """A probe with an observer."""

    def __init__(self, name, *options):
        self.files = pathlib.Path(folder, name)
        self.files.mkdir()
        self.log = open(self.files / "log", "w+")
        self.control = str(self.files / "control")
        self.process = subprocess.Popen(
            [probe, "--port", "0", "--threads", "2", "--observer", str(self.files / "token"), "--control", self.control,
             *options], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.token = (self.files / "token").read_text().strip()

    def get(self, path):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)

    def tool(self, *arguments, status=0):
        done = subprocess.run([bennu_node, *arguments, "--control", self.control], capture_output=True, text=True,
                              timeout=PATIENCE)
        assert done.returncode == status, (arguments, done)
        return done.stdout

    def logged(self):
        return (self.files / "log").read_text()

    def until_logged(self, *parts):
        deadline = time.monotonic() + PATIENCE
        while not any(all(x in line for x in parts) for line in self.logged().splitlines()):
            assert time.monotonic() < deadline, (parts, self.logged())
            time.sleep(0.02)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=PATIENCE) == 0


def until_stopped(x):
    """Waits until the kernel has stopped the process."""
    deadline = time.monotonic() + PATIENCE
    while pathlib.Path(f"/proc/{x.process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.005)


def the_token_opens_the_page():
    assert stat.S_IMODE((node.files / "token").stat().st_mode) == 0o600
    page = node.get("/observer/")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"], page.headers
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<html" in page.read()
    for path, status, location in (("/observer", 301, "./observer/"), ("/observer/", 200, None)):
        wire = http.client.HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
        wire.request("GET", path)
        answer = wire.getresponse()
        assert (answer.status, answer.headers["Location"]) == (status, location), (path, answer.status)
        wire.close()
    try:
        node.get("/observer/../../etc/passwd")
        raise AssertionError("a path led out of the page")
    except urllib.error.HTTPError as problem:
        assert problem.code in (400, 404)
    for wrong in ({"token": "wrong"}, {"token": None}, {"token": node.token + "x"},
                  {"origin": "http://evil.example"}, {"origin": "null"}):
        try:
            Observer(node, **wrong)
            raise AssertionError(f"accepted: {wrong}")
        except Refused as refusal:
            assert refusal.status == 403, (wrong, refusal)
    assert Observer(node, origin=f"http://127.0.0.1:{node.port}").about["threads"] == 2
    os.chmod(node.files / "token", 0o644)
    refused = subprocess.run([probe, "--port", "0", "--observer", str(node.files / "token")], capture_output=True, text=True,
                             timeout=PATIENCE)
    os.chmod(node.files / "token", 0o600)
    assert refused.returncode == 1 and "token" in refused.stderr, refused


def pages_that_may_connect_elsewhere_do_not_lock_out_the_observers_page():
    strict = Node("strict", "--allow-origin", "https://app.example")
    nodes.append(strict)
    for own in (f"http://127.0.0.1:{strict.port}", "https://127.0.0.1:8443"):  # a proxy may serve it at another port
        assert Observer(strict, origin=own).about["threads"] == 2
    try:
        Observer(strict, origin="https://app.example")
        raise AssertionError("a page of another host connected")
    except Refused as refusal:
        assert refusal.status == 403, refusal
    strict.end()


def views_have_the_promised_members():
    user = Client(node.port, "/socket")
    user.join("echo:views")
    user.reply(user.push("echo", {"x": 1}))
    observer = Observer(node)
    overview = observer.until_asked("overview", lambda x: x["connections"] >= 2 and x["joins"] >= 2)
    for name in ("at_ms", "uptime_ms", "topics", "in_per_s", "out_per_s", "bytes_in_per_s", "bytes_out_per_s", "cpu",
                 "resident_bytes", "threads", "open_files", "max_files", "restarts", "crashes", "ends", "latency_us",
                 "limits", "units", "draining", "faults"):
        assert name in overview, name
    assert [x["unit"] for x in overview["units"]] == [0, 1]
    found = observer.ask("connections", search="echo:views")
    assert found["matches"] == 1 and found["total"] >= 2, found
    row = found["rows"][0]
    assert row["in"] >= 2 and row["out"] >= 2 and row["peer"] == "127.0.0.1" and row["transport"] == "websocket", row
    detail = observer.ask("connection", id=row["id"])
    assert detail["channels"][0]["topic"] == "echo:views" and detail["slow"] is None, detail
    assert observer.ask("topics", search="echo:views")["rows"][0]["subscribers"] == 1
    assert observer.ask("topic", topic="echo:views")["subscribers"] == [row["id"]]
    user.close()
    end = observer.until_asked("ended", lambda x: [y for y in x["rows"] if y["id"] == row["id"]], search=row["id"])["rows"][0]
    assert end["reason"] in ("lost", "client_closed") and end["in"] >= 2, end
    guest = Client(node.port, "/socket")
    guest.join("presence:hall", {"key": "ann", "meta": {"a": 1}})
    shown = observer.until_asked("presence", lambda x: x["rows"], search="hall")["rows"][0]
    assert shown == {"topic": "presence:hall", "keys": 1, "metas": 1}, shown
    assert observer.ask("topic", topic="presence:hall")["presence"]["first"] == [{"key": "ann", "metas": 1}]
    tree = observer.ask("tree")
    assert {"pubsub", "channel pools", "server"} <= {x["id"] for x in tree["children"]["rows"]}, tree
    below = observer.ask("tree", path=["server"])
    assert below["path"] == ["server"] and below["node"]["strategy"] == "rest_for_one", below
    assert below["node"]["memory_bytes"] > 0, below  # a supervisor knows its children
    second = observer.ask("tree", limit=1, offset=1)["children"]["rows"]
    assert [x["id"] for x in second] == [tree["children"]["rows"][1]["id"]], second
    found = observer.ask("tree", search="PubSub")["children"]
    assert [x["id"] for x in found["rows"]] == ["pubsub"] and found["total"] == tree["children"]["total"], found
    assert observer.ask("cluster") == {"self": None, "nodes": []}
    assert observer.ask("names")["rows"] == []
    assert len(observer.ask("faults")["possible"]) >= 8
    assert observer.ask("history")["every_ms"] == 1000
    observer.ask("events", prefix="channel")
    guest.push("list", {})
    is_handled = lambda y: y["name"] == "channel.handled_in" and y["fields"]["topic"] == "presence:hall"
    shown = observer.until_asked("events", lambda x: any(map(is_handled, x["events"])), after=0, prefix="channel")
    assert all(x["name"].startswith("channel") for x in shown["events"]), shown
    observer.until_asked("log", lambda x: x["lines"], search="wrong token")


def what_is_looked_at_again_has_a_rate():
    user, observer = Client(node.port, "/socket"), Observer(node)
    user.join("echo:rates")
    row = observer.ask("connections", search="echo:rates")["rows"][0]
    assert row["in_per_s"] is None and row["out_per_s"] is None, row  # nobody has looked before
    for view, rate in (("connections", "in_per_s"), ("connections", "out_per_s"), ("topics", "per_s")):
        def is_measured(page):
            user.push("shout", {"x": 1})
            user.reply(user.push("echo", {}))
            return page["rows"][0][rate]
        shown = observer.until_asked(view, is_measured, search="echo:rates")["rows"][0]
    detail = observer.ask("topic", topic="echo:rates")
    assert detail["messages"] >= shown["messages"] > 0, (detail, shown)
    assert observer.ask("connection", id=row["id"])["channels"][0]["memory_bytes"] == 0


def a_watched_view_is_pushed_when_it_changes():
    observer = Observer(node)
    first = observer.asked("watch", {"id": "t", "view": "topics", "params": {"search": "echo:new"}, "every_ms": 250})
    assert first["response"]["value"]["matches"] == 0, first
    user = Client(node.port, "/socket")
    user.join("echo:new")
    changed = observer.read_until(lambda x: x[3] == "changed")[4]
    assert changed["id"] == "t" and changed["value"]["rows"][0]["topic"] == "echo:new", changed
    assert observer.asked("unwatch", {"id": "t"}) == {"status": "ok", "response": {}}
    for i in range(16):
        assert observer.asked("watch", {"id": str(i), "view": "faults"})["status"] == "ok"
    assert observer.refused("watch", id="one more", view="faults") == 429


def actions_are_for_development_and_leave_a_line():
    observer, quiet_observer = Observer(node), Observer(quiet)
    for action, params in (("crash", {"actor": 1}), ("stop", {"actor": 1}), ("kill", {"actor": 1}), ("pause", {"actor": 1}), ("restart", {"path": ["server"]}),
                           ("fault", {"fault": {"fault": "crash"}}), ("heal", {}), ("cut", {"peer": "b"})):
        assert quiet_observer.refused("act", action=action, params=params) == 403, action
    quiet.until_logged("127.0.0.1", "cut", "refused")
    rows = observer.ask("tree", path=["presence"])["children"]["rows"]
    victim = rows[0]
    observer.act("crash", actor=victim["actor"])
    holds = lambda x: any(y["id"] == victim["id"] and y["restarts"] == 1 and y["actor"] not in (None, victim["actor"])
                          for y in x["children"]["rows"])
    again = next(y for y in observer.until_asked("tree", holds, path=["presence"])["children"]["rows"]
                 if y["id"] == victim["id"])
    story = observer.ask("crash", actor=again["actor"])
    assert "on purpose" in story["text"] and story["stack"], story
    node.until_logged("crash", str(victim["actor"]), "done")
    shards = ["pubsub", "shards"]
    victim = observer.ask("tree", path=shards)["children"]["rows"][0]
    observer.act("kill", actor=victim["actor"])
    is_back = lambda y: y["id"] == victim["id"] and y["restarts"] == 1 and y["actor"] not in (None, victim["actor"])
    holds = lambda x: any(map(is_back, x["children"]["rows"]))
    actor = next(filter(is_back, observer.until_asked("tree", holds, path=shards)["children"]["rows"]))["actor"]
    node.until_logged("kill", str(victim["actor"]), "done")
    answers = lambda yes: lambda x: all(y["answers"] is yes for y in x["children"]["rows"] if y["id"] == victim["id"])
    pause = observer.act("pause", actor=actor, time=60_000)
    assert observer.refused("act", action="pause", params={"actor": actor}) == 409  # it is paused already
    observer.until_asked("tree", answers(False), path=shards)
    listed = observer.ask("faults")["active"]
    assert [(x["id"], x["fault"]["fault"], x["fault"]["actor"]) for x in listed] == [(pause["id"], "pause", actor)], listed
    observer.act("heal", id=pause["id"])
    observer.until_asked("tree", answers(True), path=shards)
    observer.act("pause", actor=actor, time=1)
    observer.until_asked("tree", answers(True), path=shards)  # by itself
    observer.act("heal")
    assert observer.refused("act", action="pause", params={"actor": actor, "time": 60_001}) == 400
    assert observer.refused("act", action="pause", params={"actor": 10**15}) == 404
    assert observer.refused("act", action="kill", params={"actor": "x"}) == 400
    begin = time.monotonic()
    observer.act("fault", fault={"fault": "pause", "time": 300})
    until_stopped(node)
    assert observer.ask("overview")["crashes"] >= 1 and time.monotonic() - begin >= 0.3  # it goes on, and answers then
    observer.act("heal")
    assert observer.refused("act", action="fault", params={"fault": {"fault": "pause", "time": 60_001}}) == 409
    assert observer.refused("act", action="fault", params={"fault": {"fault": "kill"}}) == 409
    fault = observer.act("fault", fault={"fault": "drop", "label": "nobody"})
    assert [x["id"] for x in observer.ask("faults")["active"]] == [fault["id"]]
    observer.act("heal", id=fault["id"])
    assert observer.ask("faults")["active"] == []
    assert observer.refused("act", action="fault", params={"fault": {"fault": "explode"}}) == 400
    assert observer.refused("act", action="cut", params={"peer": "b"}) == 409
    assert observer.refused("act", action="drain", params={"confirm": "yes"}) == 400
    user = Client(quiet.port, "/socket")
    user.join("echo:kicked")
    row = quiet_observer.ask("connections", search="echo:kicked")["rows"][0]
    quiet_observer.act("disconnect", connection=row["id"])
    try:
        while True:
            user.read()
    except (OSError, ValueError):
        pass  # it is disconnected
    end = quiet_observer.until_asked("ended", lambda x: [y for y in x["rows"] if y["id"] == row["id"]], search=row["id"])["rows"][0]
    assert end["reason"] == "kicked", end
    assert quiet_observer.refused("act", action="disconnect", params={"socket_id": "echo:room"}) == 400  # all in the room
    quiet_observer.act("disconnect", socket_id="user:nobody")


def a_question_that_crashes_costs_its_own_answer_alone():
    observer = Observer(node)
    for _ in range(5):
        observer.act("fault", fault={"fault": "crash", "label": "question of an observer", "event": "*begin*", "times": 1})
        assert observer.refused("ask", view="names", params={}) == 500
        assert observer.ask("names")["rows"] == []
    observer.act("heal")


def a_hostile_observer_disturbs_nobody():
    observer = Observer(node)
    crashes = observer.ask("overview")["crashes"]
    for event, payload in (("ask", {}), ("ask", {"view": 7}), ("ask", {"view": "x" * 1000}), ("ask", {"view": "tree", "params": 7}),
                           ("ask", {"view": "tree", "params": {"path": [[]]}}), ("ask", {"view": "tree", "params": {"limit": 1e30}}),
                           ("ask", {"view": "connection", "params": {"id": "99999999999999999999"}}),
                           ("ask", {"view": "connection", "params": {"id": {}}}), ("ask", {"view": "topics", "params": {"offset": -1}}),
                           ("ask", {"view": "topic"}), ("ask", {"view": "log", "params": {"level": []}}), ("act", {"action": []}),
                           ("act", {"action": "disconnect", "params": {}}), ("act", {"action": "explode"}), ("watch", {"id": 1}),
                           ("watch", {"id": "a" * 129, "view": "tree"}), ("watch", {"id": "a", "view": "nix"}),
                           ("watch", {"id": "a", "view": "tree", "every_ms": 1}), ("watch", {"id": "a", "view": "tree", "every_ms": "1"}),
                           ("unwatch", {}), ("ask", []), ("ask", "text"), ("ask", None), ("ask", {"view": "tree", "params": {"node": 7}}),
                           ("ask", {"view": "tree", "params": {"node": "nobody"}})):
        answer = observer.asked(event, payload)
        assert answer["status"] == "error" and answer["response"]["reason"], (event, payload, answer)
    user = Client(node.port, "/socket")
    user.join("echo:beside")
    greedy = Observer(node)
    open_refs = {greedy.push("ask", {"view": "connections", "params": {"search": "x", "limit": 200}}) for _ in range(1000)}
    assert user.reply(user.push("echo", {"still": "here"}))["response"] == {"still": "here"}
    while open_refs:  # in any order
        _, ref, _, _, answer = greedy.read_until(lambda x: x[3] == "phx_reply")
        open_refs.remove(ref)
        assert answer["status"] == "ok" or "too many" in answer["response"]["reason"], answer
    assert observer.ask("overview")["crashes"] == crashes


def the_tools_show_the_same():
    user = Client(node.port, "/socket")
    user.join("echo:tools")
    assert "connections" in node.tool("top", "--once")
    assert json.loads(node.tool("top", "--json"))["overview"]["connections"] >= 1
    tree = node.tool("tree")
    assert "channel pools" in tree and "MEMORY" in tree, tree
    assert "echo:tools" in node.tool("topics", "echo:tools")
    row = json.loads(node.tool("why", "echo:tools", "--json"))["living"][0]
    text = node.tool("why", row["id"])
    assert "echo:tools" in text and "lives" in text, text
    user.close()
    deadline = time.monotonic() + PATIENCE
    while "ended at" not in (text := node.tool("why", row["id"])):
        assert time.monotonic() < deadline, text
    node.tool("why", "nobody-at-all", status=1)
    tracing = subprocess.Popen([bennu_node, "trace", "socket.connected", "--events", "1", "--json", "--control", node.control],
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + PATIENCE
    while tracing.poll() is None:
        assert time.monotonic() < deadline
        Client(node.port, "/socket").close()
        time.sleep(0.05)
    assert json.loads(tracing.stdout.readline())["name"] == "socket.connected"


def another_node_of_the_cluster_answers():
    at = f"127.0.0.1:{free_port()}"
    a = Node("a", "--dev", "--node", "a", "--cluster-insecure", "--cluster-listen", at)
    b = Node("b", "--dev", "--node", "b", "--cluster-insecure", "--cluster-listen", "127.0.0.1:0", "--peer", at)
    nodes.extend((a, b))
    observer = Observer(a)
    is_up = lambda state: lambda x: any(y["name"] == "b" and y["state"] == state for y in x["nodes"])
    observer.until_asked("cluster", is_up("up"))
    link = observer.until_asked("cluster", lambda x: x["nodes"][0]["rtt_us"])["nodes"][0]
    assert link["bytes_in"] > 0 and link["bytes_out"] > 0, link
    user = Client(b.port, "/socket")
    user.join("echo:far")
    assert observer.ask("topics", search="echo:far")["matches"] == 0
    assert observer.ask("topics", search="echo:far", node="b")["matches"] == 1
    assert json.loads(a.tool("topics", "echo:far", "--of", "b", "--json"))["matches"] == 1
    assert observer.refused("ask", view="overview", params={"node": "c"}) == 404
    fault = observer.act("fault", fault={"fault": "drop", "label": "nobody"}, node="b")
    b.until_logged("at the node a", "fault", "done")
    observer.act("heal", id=fault["id"], node="b")
    cut = observer.act("cut", peer="b")
    found = observer.until_asked("cluster", lambda x: not is_up("up")(x))["nodes"][0]
    assert found["cut"] is True, found
    observer.act("heal", id=cut["id"])
    observer.until_asked("cluster", is_up("up"))
    a.end()
    b.end()


node, quiet = nodes = [Node("dev", "--dev"), Node("quiet")]
try:
    for test in (the_token_opens_the_page, pages_that_may_connect_elsewhere_do_not_lock_out_the_observers_page,
                 views_have_the_promised_members, what_is_looked_at_again_has_a_rate, a_watched_view_is_pushed_when_it_changes,
                 actions_are_for_development_and_leave_a_line, a_question_that_crashes_costs_its_own_answer_alone,
                 a_hostile_observer_disturbs_nobody, the_tools_show_the_same, another_node_of_the_cluster_answers):
        begin = time.monotonic()
        test()
        print(f"{time.monotonic() - begin:6.1f} s  {test.__name__.replace('_', ' ')}", flush=True)
    observer = Observer(quiet)
    observer.act("drain", confirm="drain")
    assert quiet.process.wait(timeout=PATIENCE) == 0
    node.end()
finally:
    for x in nodes:
        if x.process.poll() is None:
            x.process.kill()
