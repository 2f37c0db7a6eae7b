"""cluster: three processes that know one seed form one cluster, whichever of them is killed, stopped or started again.

processes_test.py BENNU-PROBE BENNU-NODE
"""

import re
import signal
import sys
import time
import urllib.request

from lab import PATIENCE, Lab, free_port


def shows(node, number, peer, holds):
    """Waits until the value of that metric of the peer, in the node's /metrics, satisfies `holds`."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{node.client.port}/metrics", timeout=30) as answer:
            found = re.search(rf'^{number}{{node="{peer}"}} (\S+)$', answer.read().decode(), re.M)
        if found and holds(float(found[1])):
            return
        assert time.monotonic() < deadline, f"{node.name} shows {number} of {peer} as {found and found[1]}"
        time.sleep(0.05)


with Lab(*sys.argv[1:3]) as lab:
    addresses = {name: f"127.0.0.1:{free_port()}" for name in "abc"}
    a = lab.node("a", addresses["a"], [])
    b = lab.node("b", addresses["b"], [addresses["a"]])
    c = lab.node("c", addresses["c"], [addresses["a"]])
    lab.all_hear_all()
    for peer in "bc":
        shows(a, "bennu_link_up", peer, lambda x: x == 1)
        shows(a, "bennu_link_window_bytes", peer, lambda x: x > 0)
        shows(a, "bennu_missed_broadcasts_total", peer, lambda x: x == 0)
        shows(a, "bennu_presence_mirror_behind", peer, lambda x: x == 0)

    # A process is killed. The others notice immediately and continue.
    b.kill()
    a.wait_for("link.down", "b")
    c.wait_for("link.down", "b")
    lab.all_hear_all()

    # A process that starts again under the same name is a new incarnation of the node.
    b.start()
    a.wait_for("link.up", "b", 2)
    c.wait_for("link.up", "b", 2)
    lab.all_hear_all()

    # A stopped node is silent, so it is down after two seconds. When it continues, it is up again.
    downs = a.count("link.down", "c")
    c.signal(signal.SIGSTOP)
    a.wait_for("link.down", "c", downs + 1)
    lab.all_hear_all(a, b)
    shows(a, "bennu_link_up", "c", lambda x: x == 0)
    shows(a, "bennu_link_lost_blocks_total", "c", lambda x: x > 0)
    c.signal(signal.SIGCONT)
    lab.all_hear_all()
    shows(a, "bennu_link_up", "c", lambda x: x == 1)
    shows(c, "bennu_missed_broadcasts_total", "a", lambda x: x > 0)

    # Kills the seed. The other nodes know each other by now.
    a.kill()
    lab.all_hear_all()
    a.start()
    lab.all_hear_all()

    lab.end()
