#!/usr/bin/env python3
"""two_nodes.py RUN: the README's `apps/run chat --nodes 2`, as a terminal would run it. It prints both addresses, a user of one
node receives the messages of a user of the other, and Ctrl+C ends every process. Exits with 77 when the test is skipped."""

import glob
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request

if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
    print("skipped: PostgreSQL is not installed (apt-get install postgresql)")
    sys.exit(77)

# Ctrl+C in a terminal goes to all processes of the foreground group, so the test uses a separate group.
run = subprocess.Popen([sys.argv[1], "chat", "--nodes", "2", "--port", "0"], stdout=subprocess.PIPE, text=True, process_group=0)


def end(sign):
    try:
        os.killpg(run.pid, sign)
    except ProcessLookupError:
        pass


limit = threading.Timer(150, end, [signal.SIGKILL])
limit.start()
try:
    nodes = {}
    for line in run.stdout:
        if found := re.fullmatch(r"node (\w): (http://127\.0\.0\.1:\d+)\n", line):
            nodes[found[1]] = found[2]
        if line == "ready\n":
            break
    assert sorted(nodes) == ["a", "b"], nodes

    def ask(node, path, body):
        request = urllib.request.Request(nodes[node] + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    ann = {"name": "ann", "password": "correct horse battery"}
    made = ask("a", "/api/users", ann)["user"]
    assert ask("b", "/api/sessions", ann)["user"] == made, "a user who signed up on one node signs in on the other"
    while True:  # the nodes connect after a while; `limit` ends the loop
        with urllib.request.urlopen(nodes["b"] + "/metrics", timeout=30) as answer:
            if re.search(rb"^bennu_nodes 1$", answer.read(), re.M):
                break
finally:
    end(signal.SIGINT)
    run.stdout.read()  # until the last process that holds the pipe has ended
    run.wait()
    limit.cancel()
print("two nodes, one chat; all ended with Ctrl+C:", run.returncode)
assert run.returncode in (130, -signal.SIGINT), run.returncode
