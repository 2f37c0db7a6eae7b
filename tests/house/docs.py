"""house/docs: `apps/run docs` builds the documentation without a fault, and serves it.  docs.py ROOT

The exit status is 77 where it would have to install packages first.
"""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

if not shutil.which("doxygen") or subprocess.run(["/usr/bin/python3", "-c", "import markdown, pygments"], capture_output=True).returncode:
    print("skipped: doxygen, python3-markdown and python3-pygments are not installed")
    sys.exit(77)
root = pathlib.Path(sys.argv[1])
process = subprocess.Popen([root / "apps/run", "docs", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    told = []
    while not (address := re.match(r"http://127\.0\.0\.1:\d+", told[-1] if told else "")):
        line = process.stdout.readline()
        if not line:
            sys.exit("".join(told))
        told.append(line)
    print("".join(told), end="")

    def get(path):
        with urllib.request.urlopen(f"{address[0]}/{path}", timeout=30) as answer:
            return answer.read().decode()
    assert "<h1" in get("") and "bennu::channel" in get("reference/classbennu_1_1channel.html")
    kinds = {kind for _, kind, _, _ in json.loads(get("search.json"))}
    assert {"guide", "class", "struct", "function", "enum", "variable"} <= kinds, kinds
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
finally:
    process.kill()
