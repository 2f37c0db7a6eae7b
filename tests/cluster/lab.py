"""Nodes of a cluster as processes, and clients that exchange messages through them all the time."""

import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time

from phoenix_client import Client

PATIENCE = 60  # seconds, for actions that take less than five


def free_port():
    """A port where nobody listens. It lies below those that the kernel gives to outgoing connections, so that none takes it."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
                return probe.getsockname()[1]
            except OSError:
                continue


class Node:
    """One bennu-probe with a client in room:lobby."""

    def __init__(self, lab, name, address, peers, prefix=(), open_socket=socket.socket, options=()):
        self.lab, self.name, self.address, self.options = lab, name, address, options
        self.start = lambda: self.run(peers, prefix, open_socket)
        self.start()

    def run(self, peers, prefix, open_socket):
        files = {kind: f"{self.lab.folder}/{stem}" for kind, stem in
                 (("cert", f"{self.name}.crt"), ("key", f"{self.name}.key"), ("ca", "ca.crt"))}
        command = [*prefix, self.lab.probe, "--port", "0", "--threads", "1", "--log-level", "debug", "--node", self.name,
                   "--cluster-listen", self.address, *(x for peer in peers for x in ("--peer", peer)),
                   *(x for kind, file in files.items() for x in (f"--cluster-{kind}", file)), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = []
        self.changed = threading.Condition()
        threading.Thread(target=self.follow, args=(self.process.stderr,), daemon=True).start()
        line = self.process.stdout.readline()
        assert line.startswith("ready "), f"{self.name} did not start: {self.said}"
        self.client = self.lab.member(int(line.split()[1]), open_socket)
        self.lab.running[self.name] = self

    def follow(self, stream):
        for line in stream:
            with self.changed:
                if any(x in line for x in ("link.", "crashed", "fault.", "log lines were lost")):
                    self.said.append(line)
                self.changed.notify_all()

    def count(self, event, peer):
        with self.changed:
            return sum(event in line and f'peer="{peer}"' in line for line in self.said)

    def wait_for(self, event, peer, times=1):
        with self.changed:
            found = self.changed.wait_for(
                lambda: sum(event in line and f'peer="{peer}"' in line for line in self.said) >= times, PATIENCE)
        assert found, f"{self.name} never said {event} of {peer}: {self.said}"

    def says(self, text):
        with self.changed:
            found = self.changed.wait_for(lambda: any(text in line for line in self.said), PATIENCE)
        assert found, f"{self.name} never said {text}: {self.said}"

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        del self.lab.running[self.name]
        self.process.kill()
        self.process.wait()
        self.client.close()


class Lab:
    """`with Lab(probe, node) as lab`: makes certificates and traffic through all nodes, and ends everything."""

    def __init__(self, probe, certifier, member=Client):
        self.probe, self.certifier, self.member = probe, certifier, member
        self.running = {}
        self.clients = []
        self.last = 0
        self.is_over = threading.Event()

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = f"{self.scratch.name}/certs"
        subprocess.run([self.certifier, "certs", self.folder, "a", "b", "c"], check=True, stdout=subprocess.DEVNULL)
        assert pathlib.Path(self.folder, "ca.key").stat().st_mode & 0o77 == 0
        self.talking = threading.Thread(target=self.talk)
        self.talking.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.talking.join()
        for node in list(self.running.values()):
            if node.process.poll() is None:
                node.signal(signal.SIGCONT)
                node.process.kill()
                node.process.wait()
        self.scratch.cleanup()

    def next(self):
        self.last += 1
        return self.last

    def talk(self):
        while not self.is_over.wait(0.005):
            for name, node in list(self.running.items()):
                node.client.publish(name, self.next())

    def node(self, *arguments, **named):
        return Node(self, *arguments, **named)

    def all_hear_all(self, *nodes):
        """Checks that every node's client receives a message of every other one, all in order and none twice."""
        nodes = nodes or list(self.running.values())
        for speaker in nodes:
            for listener in nodes:
                deadline = time.monotonic() + PATIENCE
                while True:
                    mark = self.next()
                    speaker.client.publish(speaker.name + "!", mark)
                    if listener.client.wait_for(speaker.name + "!", mark, 0.5):
                        break
                    assert time.monotonic() < deadline, f"{listener.name} receives nothing from {speaker.name}: {listener.said}"
        for listener in nodes:
            with listener.client.changed:
                for name, numbers in listener.client.heard.items():
                    assert all(x < y for x, y in zip(numbers, numbers[1:])), f"{listener.name} heard {name} out of order"

    def end(self):
        """Tells all nodes to stop, and checks that they do."""
        self.is_over.set()
        self.talking.join()
        for node in self.running.values():
            node.signal(signal.SIGTERM)
        for node in self.running.values():
            assert node.process.wait(timeout=PATIENCE) == 0, f"{node.name} ended with {node.process.returncode}"
