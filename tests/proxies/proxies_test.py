"""proxies: a polling client behind HAProxy or nginx receives every message once and in order.  proxies_test.py PROXY PROGRAM

HAProxy may reset its connection to the server after it has read the answer: the server must not deliver the same messages again because of
that. Each request comes on a separate connection, so that there are many of these resets. Exits with 77 when the proxy is not
installed.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROXY, PROGRAM = sys.argv[1:]
MESSAGES = 300

HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend door
  bind unix@{door}
  default_backend probe
backend probe
  http-reuse never
  server probe 127.0.0.1:{port}
"""

NGINX = """
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
  upstream probe {{ server 127.0.0.1:{port}; keepalive 8; }}
  server {{
    listen unix:{door};
    location / {{ proxy_pass http://probe; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


class through_proxy(http.client.HTTPConnection):
    def __init__(self, door):
        super().__init__("127.0.0.1", timeout=30)
        self.door = door

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.door)


class client:
    """Speaks long polling, one connection a request."""

    def __init__(self, door):
        self.door, self.headers = door, {}
        self.headers = {"X-Phoenix-Longpoll-Token": self.ask("GET")["token"]}

    def ask(self, method, body=None):
        connection = through_proxy(self.door)
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


def start_proxy(folder, port, door):
    config = os.path.join(folder, "config")
    with open(config, "w") as x:
        x.write((HAPROXY if PROXY == "haproxy" else NGINX).format(folder=folder, port=port, door=door))
    words = ["haproxy", "-db", "-f", config] if PROXY == "haproxy" else ["nginx", "-p", folder, "-c", config]
    proxy = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    while not os.path.exists(door):
        assert proxy.poll() is None, f"{PROXY} ended with {proxy.returncode}"
        time.sleep(0.01)
    return proxy


def messages_are_heard_once_and_in_order(door):
    ann, bob = client(door), client(door)
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
    probe = subprocess.Popen([PROGRAM, "--port", "0", "--threads", "2"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True)
    proxy = None
    try:
        port = probe.stdout.readline().split()[1]
        door = os.path.join(folder, "door")
        proxy = start_proxy(folder, port, door)
        messages_are_heard_once_and_in_order(door)
    finally:
        for process in (proxy, probe):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=30)
