"""proxies: the example configurations of the guide "Deploying" work as they are.  proxies_test.py PROXY PROGRAM BENNU_NODE

The test starts nginx or HAProxy with apps/guide/deploy/, in which it replaces only ports and the folder of the certificates. A polling
client behind it receives every message once and in order; a WebSocket opens for the site's own pages and for no others; what a client
writes into the headers of proxies is not believed.

HAProxy may reset its connection to the server after it has read the answer: the server must not deliver the same messages again because of
that. Each request comes on a separate connection, so that there are many of these resets. Exits with 77 when the proxy is not
installed.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
from lab import free_port  # noqa: E402

PROXY, PROGRAM, BENNU_NODE = sys.argv[1:]
MESSAGES = 300
HOST = "shop.example"
DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "apps/guide/deploy"

# What Debian's own nginx.conf says around the files of conf.d, without its folders.
AROUND_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/shop.conf;
}}
"""


class through_proxy(http.client.HTTPSConnection):
    """Names the site as its host, and does not check the certificate, which is one of this test."""

    def __init__(self, tls_port):
        super().__init__(HOST, timeout=30, context=ssl._create_unverified_context())
        self.tls_port = tls_port

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.tls_port), timeout=30)
        self.sock = self._context.wrap_socket(plain, server_hostname=HOST)


class client:
    """Speaks long polling, one connection a request."""

    def __init__(self, tls_port):
        self.tls_port, self.headers = tls_port, {}
        self.headers = {"X-Phoenix-Longpoll-Token": self.ask("GET")["token"]}

    def ask(self, method, body=None):
        connection = through_proxy(self.tls_port)
        try:
            connection.request(method, "/socket/longpoll?vsn=2.0.0", body, self.headers)
            answer = connection.getresponse()
            assert answer.status == 200, answer.status
            return json.load(answer)
        finally:
            connection.close()

    def send(self, *message):
        answer = self.ask("POST", json.dumps(message))
        assert answer == {"status": 200}, answer

    def heard(self):
        answer = self.ask("GET")
        assert answer["status"] in (200, 204), answer
        return [json.loads(x) for x in answer["messages"]]


def example(folder, port, tls_port, http_port):
    """The file of the guide with the ports and the folder of this test."""
    text = (DEPLOY / ("haproxy.cfg" if PROXY == "haproxy" else "nginx.conf")).read_text()
    replaced = [("127.0.0.1:4000", f"127.0.0.1:{port}", 1), ("/etc/shop/", f"{folder}/", 1 if PROXY == "haproxy" else 2)]
    if PROXY == "haproxy":
        replaced += [("bind :80\n", f"bind 127.0.0.1:{http_port}\n", 1), ("bind :443 ", f"bind 127.0.0.1:{tls_port} ", 1)]
    else:
        replaced += [("listen 80;", f"listen 127.0.0.1:{http_port};", 1), ("listen 443 ssl;", f"listen 127.0.0.1:{tls_port} ssl;", 1)]
    for old, new, times in replaced:
        assert text.count(old) == times, f"{old} stands {text.count(old)} times in the example"
        text = text.replace(old, new)
    return text + ("  http-reuse never\n" if PROXY == "haproxy" else "")  # each request on a separate connection


def make_certificate(folder):
    subprocess.run([BENNU_NODE, "certs", folder, HOST], check=True, stdout=subprocess.DEVNULL)
    chain, key = (pathlib.Path(folder, HOST + x).read_text() for x in (".crt", ".key"))
    for name, text in (("fullchain.pem", chain), ("privkey.pem", key), ("all.pem", chain + key)):
        pathlib.Path(folder, name).write_text(text)


def start_proxy(folder, port, tls_port, http_port):
    make_certificate(folder)
    config = pathlib.Path(folder, "config")
    text = example(folder, port, tls_port, http_port)
    if PROXY == "nginx":
        pathlib.Path(folder, "shop.conf").write_text(text)
        text = AROUND_NGINX.format(folder=folder)
    config.write_text(text)
    words = ["haproxy", "-db", "-f", config] if PROXY == "haproxy" else ["nginx", "-p", folder, "-c", config]
    proxy = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    while True:
        try:
            if asked(tls_port, "GET", "/health").status == 200:
                return proxy
        except OSError:
            pass
        assert proxy.poll() is None, f"{PROXY} ended with {proxy.returncode}: {proxy.stderr.read()}"
        time.sleep(0.01)


def asked(tls_port, method, path, headers={}):
    connection = through_proxy(tls_port)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer
    finally:
        connection.close()


def websocket_status(tls_port, origin):
    """Opens a WebSocket from a page of `origin`, and has one heartbeat answered if it opens."""
    connection = through_proxy(tls_port)
    connection.connect()
    with connection.sock as wire:
        wire.sendall((f"GET /same_host/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        read = wire.makefile("rb")
        status = int(read.readline().split()[1])
        while read.readline().strip():
            pass
        if status == 101:
            beat = json.dumps([None, "7", "phoenix", "heartbeat", {}]).encode()
            wire.sendall(bytes([0x81, 0x80 | len(beat)]) + bytes(4) + beat)  # masked with zeros
            size = read.read(2)[1]
            assert json.loads(read.read(size))[1] == "7"
        return status


def websockets_open_for_the_own_pages_only(tls_port):
    assert websocket_status(tls_port, f"https://{HOST}") == 101
    assert websocket_status(tls_port, "https://evil.example") == 403


def what_a_client_says_about_itself_is_not_believed(tls_port):
    claims = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7", "X-Real-IP": "192.0.2.7"}
    assert asked(tls_port, "GET", "/metrics", claims).status == 403  # the program shows them to 192.0.2.7 alone
    status = asked(tls_port, "GET", "/same_host/longpoll?vsn=2.0.0",
                   {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert json.loads(status.text)["status"] == 403, status.text


def http_is_redirected(http_port):
    with socket.create_connection(("127.0.0.1", http_port), timeout=30) as wire:
        wire.sendall(f"GET /a?b HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        head = wire.makefile("rb").read().decode().lower()
    assert head.startswith("http/1.1 308 ") and re.search(f"\nlocation: https://{HOST}/a\\?b\\r", head), head


def messages_are_heard_once_and_in_order(tls_port):
    ann, bob = client(tls_port), client(tls_port)
    for who in (ann, bob):
        who.send("1", "1", "echo:proxy", "phx_join", {})
        assert who.heard()[0][3] == "phx_reply"
    numbers = []
    for n in range(MESSAGES):
        bob.send("1", str(n), "echo:proxy", "whisper", n)
        if n % 3 == 0:
            numbers += [x[4] for x in ann.heard()]
    while len(numbers) < MESSAGES:
        numbers += [x[4] for x in ann.heard()]
    bob.send("1", "end", "echo:proxy", "whisper", "end")
    assert [x[4] for x in ann.heard()] == ["end"]
    assert numbers == list(range(MESSAGES)), numbers


if shutil.which(PROXY) is None:
    print(f"{PROXY} is not installed")
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    probe = subprocess.Popen([PROGRAM, "--port", "0", "--threads", "2", "--trust-proxy", "127.0.0.1", "--metrics-from", "192.0.2.7"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    proxy = None
    try:
        port = probe.stdout.readline().split()[1]
        tls_port, http_port = free_port(), free_port()
        proxy = start_proxy(folder, port, tls_port, http_port)
        websockets_open_for_the_own_pages_only(tls_port)
        what_a_client_says_about_itself_is_not_believed(tls_port)
        http_is_redirected(http_port)
        messages_are_heard_once_and_in_order(tls_port)
    finally:
        for process in (proxy, probe):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=30)
