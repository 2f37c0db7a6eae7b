"""metrics/live: who may read /metrics, on the port for clients and on its own; and promtool finds nothing wrong with a
program's metrics.  live_test.py PROGRAM ROOT"""

import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import promtool

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cluster"))
from phoenix_client import Connection  # noqa: E402

PROGRAM, ROOT = sys.argv[1], sys.argv[2]


class Probe:
    def __init__(self, *options):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([PROGRAM, "--port", "0", "--threads", "1", *options], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        ready = self.process.stdout.readline().split()
        assert ready[:1] == ["ready"], self.lines()
        self.port = int(ready[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0

    def lines(self):
        self.log.seek(0)
        return self.log.read()

    def own_port(self):
        while not (found := re.search(r"/metrics is served on port (\d+)", self.lines())):
            assert self.process.poll() is None  # another thread writes the log
        return int(found.group(1))


def get(port, path="/metrics", **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def talk(port):
    """One client joins a channel, gets an answer, and is kicked off for what it says then."""
    client = Connection(port, topic="echo:a")
    client.push("phx_join", {})
    client.push("echo", {"x": 1})
    client.send_text(b"no json")
    client.input.read()  # until the server closes


def on_the_port_for_clients():
    with Probe() as probe:
        status, text = get(probe.port)
        assert status == 200 and "# TYPE bennu_connections gauge" in text, text
        # A proxy on this machine forwards the requests of strangers.
        assert get(probe.port, **{"X-Forwarded-For": "192.0.2.1"})[0] == 403
        assert get(probe.port, **{"Forwarded": "for=192.0.2.1"})[0] == 403
        # One that adds no header passes on the name that they used.
        assert get(probe.port, Host="chat.example.com")[0] == 403
        assert get(probe.port, Host="127.0.0.1.example.com")[0] == 403
        for host in ("localhost", "LOCALHOST:4000", "127.0.0.2:80", "[::1]:4000"):
            assert get(probe.port, Host=host)[0] == 200, host
        talk(probe.port)
        text = get(probe.port)[1]
        for series in ('bennu_channel_joins_total{channel="echo_channel"} 1',
                       'bennu_channel_handled_in_seconds_count{channel="echo_channel",event="echo",result="ok"} 1',
                       'bennu_channel_join_seconds_bucket{channel="echo_channel",result="ok",le="+Inf"} 1',
                       'bennu_connections_closed_total{reason="protocol_error",transport="websocket"} 1',
                       'bennu_channels_ended_total{channel="echo_channel",reason="disconnected"} 1'):
            assert series in text, (series, text)
        if promtool.path(ROOT) is not None:
            promtool.run(ROOT, "check", "metrics", text=text)


def on_a_port_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        token = pathlib.Path(folder) / "token"
        token.write_bytes(b"abc.def \r\n")
        token.chmod(0o644)
        done = subprocess.run([PROGRAM, "--port", "0", "--metrics-token-file", str(token)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and f"chmod o-rwx {token}" in done.stderr, done
        token.chmod(0o600)
        with Probe("--metrics-listen", "127.0.0.1:0", "--metrics-token-file", str(token)) as probe:
            port = probe.own_port()
            assert get(probe.port)[0] == 404
            assert get(port)[0] == 401
            assert get(port, Authorization="Bearer abc.deg")[0] == 401
            assert get(port, Authorization="bearer  abc.def", Host="chat.example.com")[0] == 200
            status, text = get(port, Authorization="Bearer abc.def")
            assert status == 200 and "bennu_connections 0" in text, text
            assert get(port, "/health", Authorization="Bearer abc.def")[0] == 404
            # Somebody who never finishes a request does not keep others waiting, eight of them do so for five seconds.
            for stuck in (1, 8):
                many = [socket.create_connection(("127.0.0.1", port)) for _ in range(stuck)]
                for x in many:
                    x.sendall(b"GET /met")
                assert get(port, Authorization="Bearer abc.def")[0] == 200


def never_public_by_accident():
    for options in (["--metrics-listen", "0.0.0.0:0"], ["--metrics-listen", "nonsense"], ["--metrics-listen", "127.0.0.1"]):
        done = subprocess.run([PROGRAM, "--port", "0", *options], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "--metrics-listen" in done.stderr, done
    with Probe("--metrics-listen", "0.0.0.0:0", "--metrics-from", "192.0.2.0/24") as probe:
        assert get(probe.own_port())[0] == 403


on_the_port_for_clients()
on_a_port_of_its_own()
never_public_by_accident()
