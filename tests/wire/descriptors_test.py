"""wire: a probe that may have fewer descriptors than clients says so at its start, answers 503 to the clients without one, reports it
once a second at most, and serves again when some are free.  descriptors_test.py PROGRAM
"""

import re
import socket
import subprocess
import sys
import urllib.request

LIMIT = 256
CLIENTS = 400

program = subprocess.Popen(["sh", "-c", f'ulimit -n {LIMIT}; exec "$0" --port 0 --threads 1', sys.argv[1]],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
try:
    port = int(program.stdout.readline().split()[1])
    warning = next(line for line in program.stderr if "limit.descriptors" in line)
    assert f"descriptors={LIMIT}" in warning, warning
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS)]
    refused = 0
    for x in clients:
        x.settimeout(10)
        try:
            x.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = x.recv(100)
        except ConnectionError:
            answer = b""
        assert answer == b"" or re.match(rb"HTTP/1.1 (404|503) ", answer), answer
        refused += b" 404 " not in answer
    assert CLIENTS - LIMIT <= refused <= CLIENTS - LIMIT + 64, refused
    for x in clients:
        x.close()
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as x:
                assert x.status == 200
                break
        except OSError:
            pass  # the places of those who left are not free yet
    program.terminate()
    rest = program.stderr.read()
    assert program.wait(timeout=30) == 0, program.returncode
    reports = re.findall(r'(\S+)Z .*limit.hit limit="descriptors"', rest)
    seconds = [x.split(".")[0] for x in reports]
    assert reports and len(seconds) <= len(set(seconds)) + 1, reports
finally:
    if program.poll() is None:
        program.kill()
