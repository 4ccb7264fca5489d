"""Clusters of three processes on this machine: etcd, and vectron's Raft groups; loads on them."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NODES = (1, 2, 3)
START_SECONDS = 30
STOP_SECONDS = 15
BUILD_SECONDS = 3600


class Failure(Exception):
    """A system that cannot be built, started or measured, with the reason."""


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def load_average():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


# ---- Building


def run_build(arguments, folder, environment=None):
    if shutil.which(arguments[0]) is None:
        raise Failure(f"cannot be built: {arguments[0]} is not installed")
    done = subprocess.run(
        arguments, cwd=folder, timeout=BUILD_SECONDS, text=True, errors="replace",
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        tail = "\n    ".join(done.stdout.strip().splitlines()[-12:])
        raise Failure(f"cannot be built: {' '.join(arguments)}\n    {tail}")
    return done.stdout


def build_swift(product):
    build = ["swift", "build", "-c", "release", "--product", product]
    run_build(build, ROOT)
    return pathlib.Path(run_build(build + ["--show-bin-path"], ROOT).splitlines()[-1]) / product


def build_etcd_load():
    """Debian's etcd 3.4, and the load in Go against Debian's own client."""
    for program in ("etcd", "etcdctl"):
        if shutil.which(program) is None:
            raise Failure(f"{program} is not installed: apt-get install etcd-server etcd-client")
    folder = HERE / "raft-peers"
    program = folder / ".build" / "etcd_load"
    program.parent.mkdir(exist_ok=True)
    run_build(["go", "build", "-o", str(program), "etcd_load.go"], folder,
              {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"})
    return program


# ---- Processes


def free_ports(count):
    """Ports that nobody has now; all are held until the last is found."""
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(count):
            found = stack.enter_context(socket.socket())
            found.bind(("127.0.0.1", 0))
            ports.append(found.getsockname()[1])
        return ports


def processor_milliseconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_load(arguments, seconds):
    """The row that a load prints."""
    try:
        done = subprocess.run(
            [str(word) for word in arguments], timeout=seconds + 90, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        raise Failure(f"the load took {seconds + 90} s")
    if done.returncode != 0:
        tail = "\n    ".join(done.stderr.strip().splitlines()[-6:])
        raise Failure(f"the load ended with status {done.returncode}\n    {tail}")
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Failure(f"the load printed no row but {done.stdout!r}")


class Nodes:
    """Three processes, and the loads that are put on them."""

    system = ""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / self.system
        self.processes = {}

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            for node in NODES:
                self.start(node, is_new=True)
            self.leader()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in list(self.processes):
            self.end(node, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, node, is_new=False):
        with open(self.folder / f"n{node}.log", "a", encoding="utf-8") as log:
            self.processes[node] = subprocess.Popen(
                [str(word) for word in self.command(node, is_new)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    def end(self, node, number):
        """Sends a signal that ends the process, and waits for the end."""
        process = self.processes.pop(node)
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def pids(self):
        return ",".join(str(self.processes[node].pid) for node in sorted(self.processes))

    def load(self, clients, seconds, warm, **options):
        words = ["--clients", clients, "--seconds", seconds, "--warm", warm, "--pids", self.pids()]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), value]
        return run_load(self.load_command() + words, seconds + warm)

    def start_load(self, clients, seconds, **options):
        """A load that runs beside what is done to the nodes; it ends by itself."""
        words = ["--clients", clients, "--seconds", seconds, "--warm", 0]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), value]
        return subprocess.Popen(
            [str(word) for word in self.load_command(probes=True) + words], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


class Etcd(Nodes):
    """Debian's etcd; its clients speak to the leader, or to all nodes."""

    system = "etcd-3.4"

    def __init__(self, folder, program, target="leader"):
        super().__init__(folder)
        self.program = program
        self.target = target
        self.ports = free_ports(6)

    def url(self, node):
        return f"http://127.0.0.1:{self.ports[node - 1]}"

    def peer(self, node):
        return f"http://127.0.0.1:{self.ports[node + 2]}"

    def command(self, node, is_new):
        cluster = ",".join(f"n{each}={self.peer(each)}" for each in NODES)
        return ["etcd", "--name", f"n{node}", "--data-dir", self.folder / f"n{node}",
                "--listen-client-urls", self.url(node), "--advertise-client-urls", self.url(node),
                "--listen-peer-urls", self.peer(node),
                "--initial-advertise-peer-urls", self.peer(node),
                "--initial-cluster", cluster, "--initial-cluster-token", "bench",
                "--initial-cluster-state", "new" if is_new else "existing",
                "--log-level", "error", "--logger", "zap", "--quota-backend-bytes", 8_000_000_000]

    def leader(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            for node in sorted(self.processes):
                done = subprocess.run(
                    ["etcdctl", "--endpoints", self.url(node), "--command-timeout", "1s",
                     "endpoint", "status"], env={**os.environ, "ETCDCTL_API": "3"}, text=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                fields = done.stdout.strip().split(", ")
                if len(fields) > 4 and fields[4] == "true":
                    return node
            time.sleep(0.05)
        raise Failure(f"etcd has no leader after {START_SECONDS} s")

    def load_command(self, probes=False):
        leader = self.leader()
        if probes:  # as if a client knew which nodes live
            places = [node for node in NODES if node != leader]
        else:
            places = [leader] if self.target == "leader" else NODES
        return [self.program, "-endpoints", ",".join(self.url(node) for node in places),
                "-metrics", ",".join(self.url(node) for node in NODES)]


class Groups(Nodes):
    """Vectron's Raft groups, with a small state machine."""

    system = "vectron"

    def __init__(self, folder, program, groups=1):
        super().__init__(folder)
        self.program = program
        self.groups = groups
        ports = free_ports(3)
        self.peers = ",".join(f"n{node}=tcp://127.0.0.1:{ports[node - 1]}" for node in NODES)

    def command(self, node, is_new):
        return [self.program, "node", "--name", f"n{node}", "--peers", self.peers,
                "--data", self.folder / f"n{node}", "--groups", self.groups]

    def leader(self):
        done = subprocess.run(
            [self.program, "load", "--peers", self.peers, "--groups", str(self.groups), "--leader"],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Failure(f"vectron's groups have no leaders: {done.stderr.strip()}")
        return int(done.stdout.strip().removeprefix("n"))

    def load_command(self, probes=False):
        return [self.program, "load", "--peers", self.peers, "--groups", self.groups]


# ---- Failovers


def answers(path):
    """Begin and end of each answered request, in unix nanoseconds, in the order of ends."""
    return [tuple(map(int, line.split())) for line in path.read_text().splitlines()]


def first_answer_milliseconds(history, instant):
    """From the fault to the first answer to a request that began after it."""
    ends = [end for begin, end in history if begin >= instant]
    return (min(ends) - instant) / 1e6 if ends else None


def longest_gap_milliseconds(history, instant):
    """The longest time without an answer from a little before the fault on."""
    ends = [end for _, end in history if end >= instant - 200_000_000]
    return max((b - a for a, b in zip(ends, ends[1:])), default=0) / 1e6
