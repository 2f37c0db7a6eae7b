"""wire: a running probe shows its supervision tree: at the start with --tree, and at SIGUSR1.  tree_test.py PROGRAM"""

import signal
import subprocess
import sys

program = subprocess.Popen([sys.argv[1], "--port", "0", "--tree", "--threads", "2"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tree():
    lines = []
    while not lines or "drainer" not in lines[-1]:
        line = program.stderr.readline()
        assert line, "the program ended; it said: " + "".join(lines)
        lines.append(line)
    text = "".join(lines)
    for name in ("root", "pubsub", "blocking pool", "channel pools", "connection pools", "listener"):
        assert name in text, f"no {name} in\n{text}"
    return text


try:
    assert program.stdout.readline().startswith("ready ")
    tree()
    for _ in range(3):
        program.send_signal(signal.SIGUSR1)
        text = tree()
    print(text)
    program.terminate()
    assert program.wait(timeout=30) == 0, program.returncode
finally:
    if program.poll() is None:
        program.kill()
