"""traces/live: spans of running programs reach a collector, which checks every byte; a bad one harms nobody.

live_test.py BENNU-PROBE
"""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from collector import Collector

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cluster"))
from phoenix_client import Connection, Refused  # noqa: E402
from lab import free_port  # noqa: E402

PROBE = sys.argv[1]
AT_ONCE = {"OTEL_BSP_SCHEDULE_DELAY": "20"}
CONNECT, MESSAGE = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "b7ad6b7169203331"


class Probe:
    def __init__(self, *options, **variables):
        self.log = tempfile.TemporaryFile("w+")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
        self.process = subprocess.Popen([PROBE, "--port", "0", "--threads", "2", *options], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True, env={**clean, **variables})
        ready = self.process.stdout.readline().split()
        assert ready[:1] == ["ready"], self.lines()
        self.port = int(ready[1])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        assert kind is not None or status == 0, (status, self.lines())

    def lines(self):
        self.log.seek(0)
        return self.log.read()

    def says(self, text):
        while text not in self.lines():
            assert self.process.poll() is None, self.lines()
            time.sleep(0.02)

    def metric(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/metrics")
        found = re.search(rf"^{re.escape(name)} (\S+)$", connection.getresponse().read().decode(), re.M)
        return float(found.group(1)) if found else None

    def until(self, name, holds):
        while not holds(value := self.metric(name)):
            assert self.process.poll() is None, self.lines()
            time.sleep(0.02)
        return value


class Client(Connection):
    def ask(self, event, payload):
        answer = self.reply(self.push(event, payload))
        assert answer["status"] == "ok", answer
        return answer["response"]


def joined(port, topic="echo:a", payload=None, **more):
    client = Client(port, topic=topic, **more)
    client.ask("phx_join", payload or {})
    return client


def traceparent(trace, sampled="01"):
    return f"00-{trace}-{PARENT}-{sampled}"


def attribute(span, name):
    found = [x["value"] for x in span["attributes"] if x["key"] == name]
    return next(iter(found[0].values())) if found else None


def one_trace_over_two_nodes():
    collector, at = Collector(), f"127.0.0.1:{free_port()}"
    options = ("--cluster-insecure", "--otlp-endpoint", collector.url, "--log-level", "debug")
    with Probe("--node", "a", "--cluster-listen", at, *options, **AT_ONCE) as a, \
            Probe("--node", "b", "--cluster-listen", "127.0.0.1:0", "--peer", at, *options, **AT_ONCE) as b:
        b.says('node.up node="a"')
        a.says('node.up node="b"')
        there = joined(b.port)
        ann = joined(a.port, headers=[f"traceparent: {traceparent(CONNECT)}", "tracestate: shop=1"],
                     payload={"_traceparent": traceparent(MESSAGE)})
        ann.push("shout", {"_traceparent": traceparent(MESSAGE), "n": 1})
        there.read_until(lambda x: x[3] == "shout" and x[4]["n"] == 1)
        ann.ask("echo", {"n": 2})
        collector.wait_for(lambda: collector.named("broadcast.receive shout", "b") and
                           collector.named("channel.handle_in echo", "a") and
                           collector.named("broadcast shout", "a"), "the spans of the trace")
        a.until("bennu_trace_spans_exported_total", lambda x: x >= 5)
        assert a.metric('bennu_trace_spans_lost_total{reason="queue"}') == 0

    def only(name, node):
        (found,) = collector.named(name, node)
        return found

    connect = [x for x in collector.named("socket.connect /socket", "a") if x["traceId"] == CONNECT][0]
    assert connect["parentSpanId"] == PARENT and connect["kind"] == 2 and connect["traceState"] == "shop=1"
    assert connect["flags"] & 0x300 == 0x300  # the parent is of another process
    assert attribute(connect, "http.response.status_code") == "101"
    join = [x for x in collector.named("channel.join echo:*", "a")][0]
    event, sent, received = only("channel.handle_in shout", "a"), only("broadcast shout", "a"), \
        only("broadcast.receive shout", "b")
    assert {x["traceId"] for x in (join, event, sent, received)} == {MESSAGE}
    assert join["parentSpanId"] == event["parentSpanId"] == PARENT
    assert sent["parentSpanId"] == event["spanId"] and received["parentSpanId"] == sent["spanId"]
    assert sent["flags"] & 0x300 == 0x100 and received["flags"] & 0x300 == 0x300
    assert (event["kind"], sent["kind"], received["kind"]) == (5, 4, 5)
    assert attribute(received, "bennu.subscribers") == "1" and attribute(received, "bennu.from_node") == "a"
    alone = only("channel.handle_in echo", "a")
    assert "parentSpanId" not in alone and alone["traceId"] not in (CONNECT, MESSAGE)
    assert [(x["traceId"], x["spanId"]) for x in alone["links"]] == [(CONNECT, connect["spanId"])]
    assert len({x["spanId"] for x in collector.spans}) == len(collector.spans)
    assert {x["about"]["service.name"] for x in collector.spans} == {"bennu-probe"}
    assert not collector.wrong, collector.wrong
    collector.close()


def polling_and_browsers():
    """A poll has its context in a header or its params, as has a WebSocket of a page. What is refused has a span."""
    collector = Collector()
    with Probe(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SERVICE_NAME="polled", **AT_ONCE) as node:
        poll = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
        poll.request("GET", "/socket/longpoll?vsn=2.0.0", headers={"traceparent": traceparent(CONNECT)})
        assert poll.getresponse().status == 200
        joined(node.port, params="&traceparent=" + traceparent(MESSAGE))
        try:
            Client(node.port, params="&reject=true&traceparent=" + traceparent(MESSAGE))
            raise AssertionError("it was not refused")
        except Refused as refused:
            assert refused.status == 403
        collector.wait_for(lambda: len(collector.named("socket.connect /socket")) == 3, "three connects")
    spans = {attribute(x, "http.response.status_code"): x for x in collector.named("socket.connect /socket")}
    assert spans["200"]["traceId"] == CONNECT and spans["101"]["traceId"] == spans["403"]["traceId"] == MESSAGE
    assert all(x["parentSpanId"] == PARENT for x in spans.values())
    assert attribute(spans["403"], "bennu.refused")
    assert collector.spans[0]["about"]["service.name"] == "polled"
    collector.close()


def another_service_publishes():
    """A request to the publish API is part of its sender's trace, and its broadcasts of the request."""
    collector = Collector()
    with Probe("--otlp-endpoint", collector.url, "--api-key", "secret", "--trace-sample", "0", "--trace-distrust",
               **AT_ONCE) as node:
        listener = joined(node.port)
        service = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
        service.request("POST", "/api/publish", json.dumps({"topic": "echo:a", "event": "news", "payload": {}}),
                        {"Authorization": "Bearer secret", "traceparent": traceparent(CONNECT)})
        assert service.getresponse().status == 202
        listener.read_until(lambda x: x[3] == "news")
    request, broadcast = collector.named("POST /api/publish"), collector.named("broadcast news")
    assert len(request) == len(broadcast) == 1 and len(collector.spans) == 2, collector.spans
    assert request[0]["traceId"] == CONNECT and request[0]["parentSpanId"] == PARENT
    assert broadcast[0]["traceId"] == CONNECT and broadcast[0]["parentSpanId"] == request[0]["spanId"]
    assert attribute(request[0], "http.response.status_code") == "202"
    assert not collector.wrong, collector.wrong
    collector.close()


def hostile_contexts():
    collector = Collector()
    bad = ["x" * 8000, traceparent("0" * 32), traceparent(MESSAGE.upper()), "ff" + traceparent(MESSAGE)[2:],
           traceparent(MESSAGE) + "-more", "\u00e9" * 40, "00-" + "g" * 32 + "-" + PARENT + "-01", "%00%0d%0a"]
    with Probe("--otlp-endpoint", collector.url, **AT_ONCE) as node:
        for x in bad:
            client = joined(node.port, headers=[f"traceparent: {x}", "tracestate: " + "=,;" * 100])
            client.ask("echo", {"_traceparent": x, "_tracestate": "a\r\nb=c"})
            client.ask("echo", {"_traceparent": traceparent(MESSAGE), "_tracestate": "a\r\nb=c" * 1000})
            client.close()
        collector.wait_for(lambda: len(collector.named("channel.handle_in echo")) == 2 * len(bad), "every event")
    assert all("parentSpanId" not in x for x in collector.named("socket.connect /socket"))
    assert sum("parentSpanId" in x for x in collector.named("channel.handle_in echo")) == len(bad)
    assert not any("traceState" in x for x in collector.spans)
    collector.close()


def who_decides():
    """A ratio of 0 records what clients ask for and nothing else; with --trace-distrust not even that."""
    collector = Collector()
    for options, expected in ((("--trace-sample", "0"), 1), (("--trace-sample", "0", "--trace-distrust"), 0)):
        with Probe("--otlp-endpoint", collector.url, *options, **AT_ONCE) as node:
            client = joined(node.port)
            client.ask("echo", {})
            client.ask("echo", {"_traceparent": traceparent(MESSAGE, "00")})
            client.ask("echo", {"_traceparent": traceparent(MESSAGE)})
        assert [x["traceId"] for x in collector.spans] == [MESSAGE] * expected, collector.spans  # flushed at the stop
        collector.spans.clear()
    assert not collector.wrong, collector.wrong
    collector.close()


def try_again_later():
    """What is answered 503 is sent again when Retry-After says; what is refused for good is lost, and counted."""
    at = []

    def answer(number):
        at.append(time.monotonic())
        return (503, {"Retry-After": "1"}, b"") if number == 1 else (400, {}, b"no") if number == 3 else None

    collector = Collector(answer)
    with Probe("--otlp-endpoint", collector.url, **AT_ONCE) as node:
        joined(node.port)
        node.until("bennu_trace_spans_exported_total", lambda x: x > 0)
        assert at[1] - at[0] >= 1
        node.says(f"spans do not reach {collector.url}/v1/traces: it answers 503")
        node.says("again")
        joined(node.port)
        node.until('bennu_trace_spans_lost_total{reason="rejected"}', lambda x: x > 0)
    assert not collector.wrong, collector.wrong
    collector.close()


def partial_success():
    answer = (200, {}, b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}')
    collector = Collector(lambda _: answer)
    with Probe("--otlp-endpoint", collector.url, **AT_ONCE) as node:
        joined(node.port)
        node.says("the collector of spans refused 1 of")
        node.until('bennu_trace_spans_lost_total{reason="rejected"}', lambda x: x >= 1)
    assert not collector.wrong, collector.wrong
    collector.close()


def speaker(text):
    """A server that answers every request with this text, and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                try:
                    connection.sendall(text)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


def collectors_that_do_not_work():
    """Nobody answers, or never, or with nonsense, or endlessly: clients are served, and the stop takes seconds."""
    silent = socket.create_server(("127.0.0.1", 0))
    nobody = free_port()
    for port, told in ((nobody, "no connection"), (silent.getsockname()[1], None), (speaker(b"no HTTP at all\r\n\r\n"), "no answer"),
                       (speaker(b"HTTP/1.1 500 \r\n\r\n" + b"x" * 1_000_000), "it answers 500"),
                       (speaker(b"HTTP/1.1 301 \r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"), "it answers 301"),
                       (speaker(b""), "no answer")):
        with Probe("--otlp-endpoint", f"http://127.0.0.1:{port}", "--trace-sample", "1", **AT_ONCE) as node:
            client = joined(node.port)
            for n in range(200):
                client.ask("echo", {"n": n})
            if told:
                node.says(f"/v1/traces: {told}")
            begun = time.monotonic()
        assert time.monotonic() - begun < 30  # of 2 s for the spans, on a busy machine
    silent.close()


def encrypted():
    """The certificate of the collector is checked."""
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/key", f"{folder}/cert"]
        done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                               "-keyout", files[0], "-out", files[1], "-days", "2", "-subj", "/CN=localhost", "-addext",
                               "subjectAltName=DNS:localhost"], capture_output=True)
        assert done.returncode == 0, done.stderr
        collector = Collector()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[1], files[0])
        collector.server.socket = context.wrap_socket(collector.server.socket, server_side=True)
        port = collector.server.server_address[1]
        with Probe("--otlp-endpoint", f"https://localhost:{port}", OTEL_EXPORTER_OTLP_CERTIFICATE=files[1],
                   OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20secret", **AT_ONCE) as node:
            joined(node.port)
            node.until("bennu_trace_spans_exported_total", lambda x: x > 0)
        assert collector.headers[0]["Authorization"] == "Bearer secret"
        seen = collector.requests
        with Probe("--otlp-endpoint", f"https://127.0.0.1:{port}", OTEL_EXPORTER_OTLP_CERTIFICATE=files[1],
                   **AT_ONCE) as node:
            joined(node.port)
            node.says("no TLS")  # the certificate is not that of this address
        with Probe("--otlp-endpoint", f"https://localhost:{port}", **AT_ONCE) as node:
            joined(node.port)
            node.says("no TLS")  # nobody has vouched for it
        assert collector.requests == seen and not collector.wrong
        collector.close()


def off_unless_asked():
    """A wrong setting is an error at the start."""
    for options, variables, told in (
            (["--otlp-endpoint", "collector:4318"], {}, "collector:4318 is not http://"),
            (["--trace-sample", "2"], {}, "trace-sample"),
            ([], {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_SAMPLER": "often"}, "OTEL_TRACES_SAMPLER often")):
        done = subprocess.run([PROBE, "--port", "0", *options], env={**os.environ, **variables}, capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 2 and told in done.stderr, done
    with Probe() as node:
        joined(node.port).ask("echo", {"_traceparent": traceparent(MESSAGE)})
        assert node.metric("bennu_trace_spans_exported_total") is None


for case in (one_trace_over_two_nodes, polling_and_browsers, another_service_publishes, hostile_contexts, who_decides, try_again_later, partial_success,
             collectors_that_do_not_work, encrypted, off_unless_asked):
    begun = time.monotonic()
    case()
    print(f"{case.__name__}: {time.monotonic() - begun:.1f} s")
