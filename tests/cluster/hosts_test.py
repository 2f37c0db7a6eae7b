"""cluster: three hosts in a network that is cut, that loses one direction, and that hides a reset from one side.

hosts_test.py BENNU-PROBE BENNU-NODE; needs the right to make network namespaces (root), which it removes again.
"""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading

from lab import Lab

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


class Network:
    """A bridge and the hosts a, b and c (10.77.0.1 to .3), each in its own network namespace and invisible outside."""

    def __init__(self):
        self.tag = f"bennu{os.getpid()}"

    def __enter__(self):
        ip("netns", "add", f"{self.tag}-net")
        ip("-n", f"{self.tag}-net", "link", "add", "bridge", "type", "bridge")
        ip("-n", f"{self.tag}-net", "link", "set", "bridge", "up")
        for number, name in enumerate("abc", 1):
            host = self.host(name)
            ip("netns", "add", host)
            ip("-n", f"{self.tag}-net", "link", "add", f"port-{name}", "type", "veth", "peer", "name", "eth0", "netns", host)
            ip("-n", f"{self.tag}-net", "link", "set", f"port-{name}", "master", "bridge", "up")
            ip("-n", host, "address", "add", f"10.77.0.{number}/24", "dev", "eth0")
            ip("-n", host, "link", "set", "lo", "up")
            ip("-n", host, "link", "set", "eth0", "up")
        return self

    def __exit__(self, *_):
        for name in ("net", *"abc"):
            ip("netns", "delete", f"{self.tag}-{name}", check=False)

    def host(self, name):
        return f"{self.tag}-{name}"

    def address(self, name):
        return f"10.77.0.{'abc'.index(name) + 1}"

    def socket_at(self, name):
        """A socket in the namespace of that host. It stays there, although a thread changes its namespace to make it."""
        made = []

        def enter_and_make():
            with open(f"/run/netns/{self.host(name)}", "rb") as place:
                assert libc.setns(place.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            made.append(socket.socket())

        thread = threading.Thread(target=enter_and_make)
        thread.start()
        thread.join()
        return made[0]

    def plug(self, name, state):
        ip("-n", f"{self.tag}-net", "link", "set", f"port-{name}", state)

    def lose(self, source, target, lost):
        """Drops everything that `source` sends to `target`; the other direction works."""
        if lost:
            ip("-n", self.host(source), "neighbour", "replace", self.address(target), "lladdr", "02:00:00:00:00:99", "dev", "eth0",
               "nud", "permanent")
        else:
            ip("-n", self.host(source), "neighbour", "delete", self.address(target), "dev", "eth0")

    def reset(self, source, target):
        """Resets the connections to `target`. @returns whether this kernel can do that."""
        if not shutil.which("ss"):
            return False
        done = subprocess.run(["ip", "netns", "exec", self.host(source), "ss", "-K", "dst", self.address(target)],
                              capture_output=True, text=True)
        return "ESTAB" in done.stdout or self.address(target) in done.stdout


def can_make_namespaces():
    if not shutil.which("ip"):
        return False
    name = f"bennu{os.getpid()}-try"
    if ip("netns", "add", name, check=False).returncode != 0:
        return False
    ip("netns", "delete", name)
    return True


def parted(lab, one, other, break_it, heal_it):
    """Checks that both sides notice a cut, and receive each other's messages again after it."""
    downs = one.count("link.down", other.name), other.count("link.down", one.name)
    break_it()
    one.wait_for("link.down", other.name, downs[0] + 1)
    other.wait_for("link.down", one.name, downs[1] + 1)
    heal_it()
    lab.all_hear_all()


def main():
    with Network() as network, Lab(*sys.argv[1:3]) as lab:
        seed = f"{network.address('a')}:4444"
        nodes = {name: lab.node(name, f"{network.address(name)}:4444", [] if name == "a" else [seed],
                                prefix=("ip", "netns", "exec", network.host(name)),
                                open_socket=lambda name=name: network.socket_at(name)) for name in "abc"}
        a, b, c = nodes.values()
        lab.all_hear_all()

        print("the cable of b is pulled")
        parted(lab, a, b, lambda: network.plug("b", "down"), lambda: network.plug("b", "up"))

        print("what a sends to b is lost")
        parted(lab, a, b, lambda: network.lose("a", "b", True), lambda: network.lose("a", "b", False))

        print("b's connections to c are reset, and c does not learn of it")

        def hidden_reset():
            network.lose("b", "c", True)
            if not network.reset("b", "c"):
                print("(this machine cannot reset a connection from outside: left out)")

        parted(lab, b, c, hidden_reset, lambda: network.lose("b", "c", False))

        print("all cables are pulled at once")
        downs = [x.count("link.down", y.name) for x in (a, b, c) for y in (a, b, c)]
        for name in "abc":
            network.plug(name, "down")
        for (x, y), before in zip(((x, y) for x in (a, b, c) for y in (a, b, c)), downs):
            if x is not y:
                x.wait_for("link.down", y.name, before + 1)
        for name in "abc":
            network.plug(name, "up")
        lab.all_hear_all()
        lab.end()


if not can_make_namespaces():
    print("skipped: this needs ip (iproute2) and the right to make network namespaces")
    sys.exit(77)
main()
