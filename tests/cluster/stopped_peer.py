#!/usr/bin/env python3
"""Stops the peer of a node under a load of broadcasts: measures the memory and the losses, and checks that both nodes agree afterwards.

    tests/cluster/stopped_peer.py BENNU-PROBE BENNU-NODE [SECONDS [BROADCASTS-A-SECOND]]

Three nodes in a cluster under certificates; one is stopped (SIGSTOP) for so long (60 s) while a client of another publishes so much
(10,000/s of 100 bytes). Prints the resident memory of the publishing node each five seconds, what the links lost, and, after SIGCONT,
how long it took until the stopped node received messages again. Exit status 1 when memory grew beyond the cap of a link's queue
(32 MiB) and a quarter, when the other node missed anything, when the stopped one receives nothing afterwards, or when this machine was too slow
to publish so much.
"""

import json
import multiprocessing
import re
import signal
import struct
import sys
import time

from lab import Lab, free_port
from phoenix_client import Client

CAP = 32 << 20
SETTLE = 5.0


def resident(node):
    with open(f"/proc/{node.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


class Member(Client):
    """Remembers the load's numbers without parsing JSON ten thousand times a second."""

    LOAD = re.compile(rb'"from": ?"load", ?"n": ?(\d+)')

    def take(self, text):
        load = self.LOAD.search(text)
        if load:
            self.heard.setdefault("load", []).append(int(load[1]))
        else:
            super().take(text)


class Drain(Client):
    """A client that reads everything and discards it."""

    def listen(self):
        try:
            while self.input.read1(1 << 16):
                pass
        except (OSError, ValueError):
            pass


def publish(port, rate, said, is_over):
    """Publishes numbers at a steady rate. It runs in its own process."""
    client = Drain(port)
    start = time.monotonic()
    filler = "x" * 64
    while not is_over.is_set():
        due = min(int((time.monotonic() - start) * rate), said.value + 1000)
        frames = b""
        for n in range(said.value + 1, due + 1):
            text = json.dumps(["1", "9", "room:lobby", "new_msg", {"from": "load", "n": n, "body": filler}]).encode()
            frames += struct.pack("!BBH", 0x81, 0xFE, len(text)) + bytes(4) + text
        client.socket.sendall(frames)
        said.value = max(said.value, due)
        time.sleep(0.002)


def main(probe, certifier, seconds="60", rate="10000"):
    seconds, rate = int(seconds), int(rate)
    with Lab(probe, certifier, Member) as lab:
        addresses = {name: f"127.0.0.1:{free_port()}" for name in "abc"}
        a = lab.node("a", addresses["a"], [])
        b = lab.node("b", addresses["b"], [addresses["a"]])
        c = lab.node("c", addresses["c"], [addresses["a"]])
        lab.all_hear_all()
        apart = multiprocessing.get_context("spawn")  # not a fork, because the lab has threads
        said, is_over = apart.Value("q", 0, lock=False), apart.Event()
        load = apart.Process(target=publish, args=(a.client.port, rate, said, is_over), daemon=True)
        load.start()
        while said.value == 0:
            time.sleep(0.1)
        time.sleep(SETTLE)
        before = resident(a)
        print(f"before\tresident {before >> 10} KiB, said {said.value}", flush=True)
        c.signal(signal.SIGSTOP)
        begin, first = time.monotonic(), said.value
        most = before
        while (passed := time.monotonic() - begin) < seconds:
            time.sleep(min(5, seconds - passed))
            most = max(most, resident(a))
            print(f"{time.monotonic() - begin:.0f} s\tresident {resident(a) >> 10} KiB, said {said.value}", flush=True)
        spoken = said.value - first
        print(f"stopped\tfor {seconds} s; {spoken / seconds:,.0f} broadcasts/s; resident grew by {(most - before) >> 10} KiB")
        c.signal(signal.SIGCONT)
        again = time.monotonic()
        lab.all_hear_all(a, b, c)
        print(f"after\tall heard all {time.monotonic() - again:.1f} s after SIGCONT")
        is_over.set()
        load.join()
        deadline = time.monotonic() + 60
        while b.client.heard["load"][-1] != said.value and time.monotonic() < deadline:
            time.sleep(0.1)
        with b.client.changed:
            heard_b = len(b.client.heard["load"])
        with c.client.changed:
            heard_c = len(c.client.heard["load"])
        print(f"heard\tof {said.value}: b {heard_b}, c {heard_c} (it missed {said.value - heard_c})")
        for line in a.said:
            if "link.lost" in line:
                print(f"lost\t{line.strip()}")
        lab.end()
        if most - before > CAP * 5 // 4:
            sys.exit("memory grew beyond the cap")
        if heard_b != said.value:
            sys.exit("the node that was not stopped missed something")
        if spoken < 0.95 * rate * seconds:
            sys.exit(f"this machine published {spoken / seconds:,.0f} a second only")


if __name__ == "__main__":
    main(*sys.argv[1:])
