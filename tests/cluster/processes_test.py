"""cluster: three processes that know one seed are one system, whoever is killed, stopped or started again.

processes_test.py BENNU-PROBE BENNU-NODE
"""

import signal
import sys

from lab import Lab, free_port

with Lab(*sys.argv[1:3]) as lab:
    addresses = {name: f"127.0.0.1:{free_port()}" for name in "abc"}
    a = lab.node("a", addresses["a"], [])
    b = lab.node("b", addresses["b"], [addresses["a"]])
    c = lab.node("c", addresses["c"], [addresses["a"]])
    lab.all_hear_all()

    # Killed: the others notice at once, and go on.
    b.kill()
    a.wait_for("link.down", "b")
    c.wait_for("link.down", "b")
    lab.all_hear_all()

    # Started again under its name: a new life.
    b.start()
    a.wait_for("link.up", "b", 2)
    c.wait_for("link.up", "b", 2)
    lab.all_hear_all()

    # Stopped: silent, so down after two seconds; when it goes on it is back.
    downs = a.count("link.down", "c")
    c.signal(signal.SIGSTOP)
    a.wait_for("link.down", "c", downs + 1)
    lab.all_hear_all(a, b)
    c.signal(signal.SIGCONT)
    lab.all_hear_all()

    # The seed itself: the others found each other long ago.
    a.kill()
    lab.all_hear_all()
    a.start()
    lab.all_hear_all()

    lab.end()
