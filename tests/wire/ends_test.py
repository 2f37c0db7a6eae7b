"""ends: the log says why a client was disconnected, refused or not understood.  ends_test.py PROGRAM"""

import base64
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.request

PROGRAM = sys.argv[1]


def connect(port, path="/socket/websocket?vsn=2.0.0"):
    client = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(4096)
    return client, int(answer.split()[1])


def send(client, opcode, body):
    size = bytes([0x80 | len(body)]) if len(body) < 126 else struct.pack(">BH", 0x80 | 126, len(body))
    client.sendall(bytes([0x80 | opcode]) + size + b"\0\0\0\0" + body)  # a mask of zeros


def say(client, *message):
    send(client, 1, json.dumps(message).encode())


def read_all(client):
    while client.recv(4096):
        pass


def cause_everything(port):
    client, _ = connect(port)
    send(client, 1, b"not json")
    read_all(client)
    client, _ = connect(port)
    send(client, 3, b"")
    read_all(client)
    client, _ = connect(port)
    send(client, 8, struct.pack(">H", 4242) + b"bye")
    read_all(client)
    client, _ = connect(port)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()  # with a reset
    _, status = connect(port, "/socket/websocket?vsn=2.0.0&reject=true")
    assert status == 403
    _, status = connect(port, "/socket/websocket?vsn=9.9.9")
    assert status == 403
    client, _ = connect(port)
    say(client, "1", "1", "echo:deny", "phx_join", {})
    client.recv(4096)
    say(client, None, "2", "nowhere", "x", {})
    client.recv(4096)


WANTED = [('socket.disconnected', 'reason="protocol_error"', "code=1011", 'peer="127.0.0.1"', "messages_in=1"),
          ('socket.disconnected', 'reason="protocol_error"', "code=1002"),
          ('socket.disconnected', 'reason="client_closed"', 'text="bye"', "code=4242"),
          ('socket.disconnected', 'reason="lost"', 'text="the connection was lost"', 'connection="4"'),
          ('connect.refused', 'connect refused', "status=403"), ('connect.refused', "vsn", "status=403"),
          ('channel.join', 'topic="echo:deny"', 'result="error"', "unauthorized"), ('topic.unmatched', 'nowhere')]

with tempfile.TemporaryFile("w+") as log:
    program = subprocess.Popen([PROGRAM, "--port", "0", "--log-level", "debug"], stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        port = int(program.stdout.readline().split()[1])
        cause_everything(port)
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60).read().decode()
        program.terminate()
        assert program.wait(timeout=60) == 0
    finally:
        if program.poll() is None:
            program.kill()
    log.seek(0)
    lines = log.read().splitlines()
    for words in WANTED:
        assert any(all(word in line for word in words) for line in lines), (words, lines)
    assert 'bennu_refused_total{event="connect.refused"} 2' in metrics, metrics
    assert 'bennu_refused_total{event="join.refused"} 1' in metrics, metrics
    assert 'bennu_connections_closed_total{reason="client_closed",transport="websocket"} 1' in metrics, metrics
