"""life: a program either serves or ends with an exit status, whatever its arguments are and whether or not its output is read.

life_test.py PROGRAM [CLAIM]
"""

import ctypes
import errno
import fcntl
import json
import os
import pathlib
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

PROGRAM = sys.argv[1]
PIDFD_GETFD = 438  # Linux 5.6; Python has no function for it


class Program:
    """The probe, on any port."""

    def __init__(self, *arguments, stderr=subprocess.PIPE, **more):
        self.process = subprocess.Popen([PROGRAM, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=stderr,
                                        text=True, **more)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def request(self, path, body=None, headers=None):
        ask = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers=headers or {})
        with urllib.request.urlopen(ask, timeout=60) as answer:
            return answer.read().decode()

    def join(self, topic, payload):
        poll = "/socket/longpoll?vsn=2.0.0"
        token = {"X-Phoenix-Longpoll-Token": json.loads(self.request(poll))["token"]}
        self.request(poll, json.dumps(["1", "1", topic, "phx_join", payload]).encode(), token)

    def is_healthy(self):
        return json.loads(self.request("/health"))["status"] == "ok"

    def metric(self, name):
        return next(float(x.split()[1]) for x in self.request("/metrics").splitlines() if x.startswith(name + " "))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def the_process_ends_with_its_tree():
    with Program("--dev", "--fault", 'crash label="presence*"') as program:
        try:
            while program.process.poll() is None:
                program.join("presence:a", {"key": "ann", "meta": {}})
        except (urllib.error.URLError, ConnectionError):
            pass
        assert program.process.wait(timeout=60) == 1, "the status tells that the tree ended"
        loud = [x for x in program.process.stderr if " critical " in x]
        assert len(loud) == 1, loud
        for word in ("the supervision tree ended", "supervisor root: child presence", "child presence shard",
                     "a fault on purpose"):
            assert word in loud[0], loud[0]


def take_descriptor(pid, wanted):
    """A copy of the first listening socket of the process for whose address `wanted` is true."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            fd = libc.syscall(PIDFD_GETFD, process, int(name), 0)
            if fd < 0 and ctypes.get_errno() == errno.EPERM:
                return None  # this machine lets nobody take another process's descriptors
            if fd < 0:
                continue
            try:
                one = socket.socket(fileno=fd)
                if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and wanted(one.getsockname()):
                    return one
                one.close()
            except OSError:
                os.close(fd)
    finally:
        os.close(process)
    raise AssertionError("the program listens nowhere")


def a_listening_socket_that_is_lost_ends_the_process():
    cluster = ["--node", "a", "--cluster-insecure", "--cluster-listen", "127.0.0.1:0"]
    for options, is_of_cluster, words in (([], False, "the listening socket is lost"),
                                          (cluster, True, "the listening socket of the cluster is lost")):
        with Program(*options) as program:
            door = take_descriptor(program.process.pid, lambda x: (x[1] != program.port) == is_of_cluster)
            if door is None:
                return print("not tried: pidfd_getfd(2) is not permitted here")
            door.shutdown(socket.SHUT_RDWR)
            assert program.process.wait(timeout=60) == 1, "the status tells that the program cannot serve"
            loud = [x for x in program.process.stderr if " critical " in x]
            assert len(loud) == 1 and words in loud[0], loud


def a_full_disk_costs_log_lines():
    with Program("--log-level", "debug", "--log-file", "/dev/full") as program:
        while program.metric("bennu_log_lines_lost_total") == 0:
            program.join("echo:a", {})
        assert program.is_healthy()
        program.process.send_signal(signal.SIGHUP)
        assert program.is_healthy()
        assert program.stop() == 0


def a_log_file_that_may_not_grow_costs_log_lines():
    with tempfile.TemporaryDirectory() as folder:
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        with Program("--log-level", "debug", "--log-file", f"{folder}/log", preexec_fn=limit) as program:
            while program.metric("bennu_log_lines_lost_total") == 0:
                program.join("echo:a", {})
            assert program.is_healthy()
            assert program.stop() == 0


def a_port_that_is_taken_is_said_and_ends_the_program():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run([PROGRAM, "--port", str(taken.getsockname()[1])], capture_output=True, text=True,
                              timeout=60)
    assert done.returncode == 1, done
    assert "in use" in done.stderr, done.stderr


def a_reader_of_the_log_that_is_gone_costs_log_lines():
    read, write = os.pipe()
    with Program("--log-level", "debug", stderr=write) as program:
        os.close(write)
        os.close(read)
        while program.metric("bennu_log_lines_lost_total") == 0:
            program.join("echo:a", {})
        assert program.is_healthy()
        assert program.stop() == 0


def a_reader_of_the_log_that_is_stuck_costs_log_lines():
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    with Program("--log-level", "debug", "--tree", stderr=write) as program:
        os.close(write)
        for _ in range(200):
            program.join("echo:a", {})
        program.process.send_signal(signal.SIGUSR1)
        assert program.is_healthy()
        assert program.stop() == 0
    os.close(read)


def nobody_need_read_that_it_is_ready():
    read, write = os.pipe()
    os.close(read)
    with tempfile.TemporaryDirectory() as folder:
        door = f"{folder}/socket"
        process = subprocess.Popen([PROGRAM, "--bind", f"unix:{door}"], stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        while not os.path.exists(door):
            assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=60) == 0, process.stderr.read()


def a_signal_that_was_ignored_stays_ignored():
    for ignored in (signal.SIGHUP, signal.SIGINT):
        with Program(preexec_fn=lambda: signal.signal(ignored, signal.SIG_IGN)) as program:
            program.process.send_signal(ignored)
            assert program.is_healthy()
            assert program.stop() == 0


def sighup_ends_nothing_and_opens_the_log_file_anew():
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        with Program("--log-file", str(log)) as program:
            log.rename(log.with_suffix(".1"))
            program.process.send_signal(signal.SIGHUP)
            while not log.exists() or "read again" not in log.read_text():
                assert program.process.poll() is None
                time.sleep(0.01)
            assert program.is_healthy()
            assert program.stop() == 0


class Manager:
    """Plays systemd's part for a program of `Type=notify`."""

    def __init__(self, folder):
        self.path = f"{folder}/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def environment(self, **more):
        return {**os.environ, "NOTIFY_SOCKET": self.path, **more}

    def told(self, timeout=60):
        ready, _, _ = select.select([self.socket], [], [], timeout)
        return self.socket.recv(4096).decode() if ready else None

    def until(self, word):
        while not (told := self.told()).startswith(word):
            pass
        return told


def the_service_manager_is_told():
    with tempfile.TemporaryDirectory() as folder:
        manager = Manager(folder)
        with Program(env=manager.environment()) as program:
            assert manager.told() == "READY=1"
            program.process.send_signal(signal.SIGHUP)
            assert manager.told().startswith("RELOADING=1\nMONOTONIC_USEC=")
            assert manager.told() == "READY=1"
            assert program.stop() == 0
            assert manager.told() == "STOPPING=1"


def the_watchdog_is_told_only_while_every_io_unit_answers():
    with tempfile.TemporaryDirectory() as folder:
        manager = Manager(folder)
        with Program("--threads", "2", env=manager.environment(WATCHDOG_USEC="300000")) as program:
            manager.until("WATCHDOG=1")
            manager.until("WATCHDOG=1")
            threading.Thread(target=hang, args=(program, 3000), daemon=True).start()
            silence = 0  # the longest, as the manager sees it
            before = time.monotonic()
            while silence < 1:
                manager.until("WATCHDOG=1")
                silence, before = max(silence, time.monotonic() - before), time.monotonic()
            manager.until("WATCHDOG=1")
            assert program.stop() == 0


def hang(program, ms):
    """Blocks one io unit for that time."""
    poll = "/socket/longpoll?vsn=2.0.0"
    token = {"X-Phoenix-Longpoll-Token": json.loads(program.request(poll))["token"]}
    program.request(poll, json.dumps(["1", "1", "echo:b", "phx_join", {}]).encode(), token)
    program.request(poll, json.dumps(["1", "2", "echo:b", "hang", {"ms": ms}]).encode(), token)


def a_secret_that_everybody_can_read_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder, "secret")
        secret.write_text("x" * 32)
        secret.chmod(0o644)
        done = subprocess.run([PROGRAM, "--port", "0", "--secret-file", str(secret)], capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 1, done
        assert f"chmod o-rwx {secret}" in done.stderr, done.stderr


def a_page_of_another_site_is_refused_and_the_log_says_how_to_let_it_in():
    def status(program):
        answer = program.request("/same_host/longpoll?vsn=2.0.0", headers={"Origin": "https://app.test"})
        return json.loads(answer)["status"]

    with Program() as program:
        assert status(program) == 403
        assert program.stop() == 0
        told = [x for x in program.process.stderr if "origin.refused" in x]
        assert len(told) == 1 and " warning " in told[0], told
        option = re.search(r"--allow-origin self --allow-origin https://app\.test", told[0]).group().split()
    with Program(*option) as program:
        assert status(program) == 410, "the first poll of a session"
        assert program.stop() == 0


CLAIMS = [the_process_ends_with_its_tree, a_listening_socket_that_is_lost_ends_the_process, a_full_disk_costs_log_lines,
          a_log_file_that_may_not_grow_costs_log_lines, a_port_that_is_taken_is_said_and_ends_the_program,
          a_reader_of_the_log_that_is_gone_costs_log_lines, a_reader_of_the_log_that_is_stuck_costs_log_lines,
          nobody_need_read_that_it_is_ready, a_signal_that_was_ignored_stays_ignored,
          sighup_ends_nothing_and_opens_the_log_file_anew, the_service_manager_is_told,
          the_watchdog_is_told_only_while_every_io_unit_answers, a_secret_that_everybody_can_read_is_refused,
          a_page_of_another_site_is_refused_and_the_log_says_how_to_let_it_in]

for claim in CLAIMS:
    if sys.argv[2:] in ([], [claim.__name__]):
        claim()
        print(f"ok: {claim.__name__}", flush=True)
