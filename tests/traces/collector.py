"""A collector of spans that believes nothing: every request must be an ExportTraceServiceRequest in the JSON of OTLP.

The rules are those of opentelemetry-proto 1.9 (trace.proto, common.proto, resource.proto) and of OTLP's "JSON Protobuf
Encoding": lowerCamelCase names, ids in hexadecimal, 64-bit numbers as decimal texts, enums as numbers; a receiver
ignores unknown names, but here they are errors, because they are mistakes of the sender.
"""

import http.server
import json
import re
import threading


class Wrong(Exception):
    pass


def require(holds, place, what):
    if not holds:
        raise Wrong(f"{place}: {what}")


def members(x, place, required, optional=()):
    require(isinstance(x, dict), place, f"no object: {x!r}")
    for name in x:
        require(name in required or name in optional, place, f"unknown name {name}")
    for name in required:
        require(name in x, place, f"no {name}")


def text(x, place, most=1 << 16):
    require(isinstance(x, str) and len(x) <= most, place, f"no text: {x!r}")


def identity(x, place, size):
    require(isinstance(x, str) and re.fullmatch(r"[0-9a-f]{%d}" % (2 * size), x), place, f"no id of {size} bytes: {x!r}")
    require(set(x) != {"0"}, place, "the id is zero")


def number64(x, place, low, high):
    require(isinstance(x, str) and re.fullmatch(r"0|-?[1-9]\d*", x), place, f"no decimal text: {x!r}")
    require(low <= int(x) <= high, place, f"{x} is out of range")
    return int(x)


def uint32(x, place):
    require(type(x) is int and 0 <= x < 1 << 32, place, f"no uint32: {x!r}")


def value(x, place):
    members(x, place, (), ("stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"))
    require(len(x) == 1, place, "not one kind of value")
    if "stringValue" in x:
        text(x["stringValue"], place)
    elif "intValue" in x:
        number64(x["intValue"], place, -(1 << 63), (1 << 63) - 1)
    else:
        raise Wrong(f"{place}: the sender knows texts and numbers alone: {x}")


def attributes(all_of, place):
    require(isinstance(all_of, list), place, "no list of attributes")
    keys = []
    for i, x in enumerate(all_of):
        members(x, f"{place}[{i}]", ("key", "value"))
        text(x["key"], place)
        require(x["key"], place, "an empty key")
        value(x["value"], f"{place}.{x['key']}")
        keys.append(x["key"])
    require(len(keys) == len(set(keys)), place, f"keys are not unique: {keys}")


def tracestate(x, place):
    text(x, place, 512)
    pairs = x.split(",")
    require(len(pairs) <= 32, place, "more than 32 members")
    for one in pairs:
        require(re.fullmatch(r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]", one),
                place, f"no member of tracestate: {one!r}")


def link(x, place):
    members(x, place, ("traceId", "spanId"), ("traceState", "attributes", "droppedAttributesCount", "flags"))
    identity(x["traceId"], place, 16)
    identity(x["spanId"], place, 8)
    uint32(x.get("flags", 0), place)
    if "traceState" in x:
        tracestate(x["traceState"], place)
    attributes(x.get("attributes", []), place)


def span(x, place):
    members(x, place, ("traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"),
            ("traceState", "parentSpanId", "flags", "attributes", "droppedAttributesCount", "events", "droppedEventsCount",
             "links", "droppedLinksCount", "status"))
    identity(x["traceId"], f"{place}.traceId", 16)
    identity(x["spanId"], f"{place}.spanId", 8)
    if "parentSpanId" in x:
        identity(x["parentSpanId"], f"{place}.parentSpanId", 8)
        require(x["parentSpanId"] != x["spanId"], place, "it is its own parent")
    if "traceState" in x:
        tracestate(x["traceState"], f"{place}.traceState")
    uint32(x.get("flags", 0), f"{place}.flags")
    require(x.get("flags", 1) & 1, place, "it is sent, but not sampled")
    require(x.get("flags", 0) < 0x400, place, "reserved flags")
    text(x["name"], f"{place}.name")
    require(x["name"], place, "no name")
    require(x["kind"] in (1, 2, 3, 4, 5) and type(x["kind"]) is int, place, f"no kind: {x['kind']!r}")
    begin = number64(x["startTimeUnixNano"], f"{place}.startTimeUnixNano", 1, (1 << 64) - 1)
    end = number64(x["endTimeUnixNano"], f"{place}.endTimeUnixNano", 1, (1 << 64) - 1)
    require(begin <= end, place, "it ends before it begins")
    require(begin > 1_500_000_000 * 10**9, place, "its time is not in nanoseconds since 1970")
    attributes(x.get("attributes", []), f"{place}.attributes")
    for i, one in enumerate(x.get("links", [])):
        link(one, f"{place}.links[{i}]")
    status = x.get("status", {})
    members(status, f"{place}.status", (), ("message", "code"))
    require(status.get("code", 0) in (0, 1, 2) and type(status.get("code", 0)) is int, place, "no code of a status")
    require("message" not in status or status.get("code") == 2, place, "a message without an error")
    text(status.get("message", ""), f"{place}.status")


def spans_of(request):
    """The spans of a request, each with the attributes of its resource. Raises Wrong."""
    members(request, "request", ("resourceSpans",))
    result = []
    for i, of_resource in enumerate(request["resourceSpans"]):
        place = f"resourceSpans[{i}]"
        members(of_resource, place, ("resource", "scopeSpans"), ("schemaUrl",))
        members(of_resource["resource"], f"{place}.resource", ("attributes",), ("droppedAttributesCount", "entityRefs"))
        attributes(of_resource["resource"]["attributes"], f"{place}.resource")
        about = {x["key"]: x["value"].get("stringValue") for x in of_resource["resource"]["attributes"]}
        require(about.get("service.name"), place, "no service.name")
        for k, of_scope in enumerate(of_resource["scopeSpans"]):
            members(of_scope, f"{place}.scopeSpans[{k}]", ("scope", "spans"), ("schemaUrl",))
            members(of_scope["scope"], f"{place}.scope", ("name",), ("version", "attributes", "droppedAttributesCount"))
            require(of_scope["spans"], place, "a request without spans")
            require(len(of_scope["spans"]) <= 512, place, "more spans than a batch has")
            for n, one in enumerate(of_scope["spans"]):
                span(one, f"{place}.scopeSpans[{k}].spans[{n}]")
                result.append({**one, "about": about})
    return result


class Collector:
    """`answer` decides what a request gets: None for 200, a status, or (status, headers, body)."""

    def __init__(self, answer=lambda number: None):
        self.spans, self.wrong, self.requests, self.headers = [], [], 0, []
        self.changed = threading.Condition()
        self.answer = answer
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, reply = collector.take(self, body)
                self.send_response(status)
                for name, content in headers.items():
                    self.send_header(name, content)
                self.send_header("Content-Length", str(len(reply)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, request, body):
        with self.changed:
            self.requests += 1
            self.headers.append(dict(request.headers))
            answer = self.answer(self.requests)
            try:
                require(request.path == "/v1/traces", "path", request.path)
                require(request.headers["Content-Type"] == "application/json", "type", request.headers["Content-Type"])
                found = spans_of(json.loads(body.decode("utf-8")))
                if answer is None or answer == 200:
                    self.spans += found
            except (Wrong, ValueError) as why:
                self.wrong.append(str(why))
            self.changed.notify_all()
        if isinstance(answer, tuple):
            return answer
        return (answer or 200), {}, b"{}"

    def wait_for(self, holds, what, patience=30):
        with self.changed:
            assert self.changed.wait_for(lambda: holds() or self.wrong, patience), (what, [x["name"] for x in self.spans])
            assert not self.wrong, self.wrong

    def named(self, name, node=None):
        return [x for x in self.spans if x["name"] == name and node in (None, x["about"]["service.instance.id"])]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
