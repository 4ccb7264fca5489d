"""What `run-gateway` measures: a cluster with users, bare Hummingbird, FastAPI; and the HTTP load."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from consensus_nodes import Failure, free_ports, note, run_build, run_load

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE / "gateway-peers"
PACKAGES = ["fastapi==0.165.0", "uvicorn[standard]==0.54.0"]
START_SECONDS = 90
STOP_SECONDS = 15
CLUSTER = "gateway-bench"
PASSWORD = "correct horse battery staple"


def build_http_load():
    program = PEERS / ".build" / "http_load"
    program.parent.mkdir(exist_ok=True)
    run_build(["cc", "-std=gnu11", "-O2", "-o", str(program), "http_load.c"], PEERS)
    return program


def install_fastapi():
    """The Python that has FastAPI and uvicorn."""
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists():
        run_build([sys.executable, "-m", "venv", str(HERE / ".venv")], HERE)
    run_build([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               *PACKAGES], HERE)
    return python


# ---- Processes


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mebibytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class MemoryWatch:
    """Samples the resident memory of a process while it is entered."""

    def __init__(self, pid, interval=0.25):
        self.pid, self.interval = pid, interval
        self.samples = []  # (seconds since begin, MiB)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        begin = time.monotonic()
        while not self.over.wait(self.interval):
            with contextlib.suppress(OSError):
                self.samples.append((time.monotonic() - begin, resident_mebibytes(self.pid)))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Server:
    """A process of a peer, ended when it is left."""

    def __init__(self, name, arguments, environment=None, port=None):
        self.name, self.port = name, port
        self.process = subprocess.Popen(
            [str(word) for word in arguments], env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            if port is None:  # it tells which one it has got
                readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
                text = self.process.stdout.readline().strip() if readable else ""
                if not text.isdigit():
                    raise Failure(f"{name} printed no port")
                self.port = int(text)
            wait_for_http(self.port, name)
        except BaseException:
            self.end()
            raise

    @property
    def pid(self):
        return self.process.pid

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def wait_for_http(port, name):
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise Failure(f"{name} does not answer at port {port}")
            time.sleep(0.05)


def hummingbird(program, key, identity):
    return Server("hummingbird", [program, "hummingbird", "--key", key, "--identity", identity])


def fastapi(python, key, identity):
    port = free_ports(1)[0]
    return Server(
        "fastapi",
        [python, "-m", "uvicorn", "--app-dir", PEERS, "fastapi_app:app", "--port", port,
         "--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools"],
        {"BENCH_KEY": key, "BENCH_IDENTITY": identity}, port)


# ---- The load


class HTTPLoad:
    def __init__(self, program):
        self.program = program

    def run(self, port, path, *, key=None, pid=0, connections, seconds, warm=0.3, **options):
        words = [self.program, "--port", port, "--path", path, "--connections", connections,
                 "--seconds", seconds, "--warm", warm, "--pid", pid]
        if key is not None:
            words += ["--header", f"Authorization: Bearer {key}"]
        for name, value in options.items():
            words += ["--" + name, value]
        return run_load(words, seconds + warm)


# ---- The cluster


class Cluster:
    """A process for each role: placement driver, worker, auth node, gateway; all with users."""

    def __init__(self, folder, program):
        self.folder = folder / "cluster"
        self.program = program
        gateway, bridge, rest, placement, worker, auth = free_ports(6)
        self.gateway, self.worker = f"tcp://127.0.0.1:{gateway}", f"tcp://127.0.0.1:{worker}"
        self.bridge_port, self.rest_port = bridge, rest
        self.nodes = {
            "placement": f"tcp://127.0.0.1:{placement}", "auth": f"tcp://127.0.0.1:{auth}",
            "worker": self.worker, "gateway": self.gateway}
        self.key = self.session = None

    @property
    def bridge(self):
        return f"tcp://127.0.0.1:{self.bridge_port}"

    @property
    def state(self):
        return self.folder / "state"

    def __enter__(self):
        self.folder.mkdir(parents=True)
        lines = ["cluster:", f"  id: {CLUSTER}", "data:", f"  directory: {self.folder / 'data'}",
                 "nodes:"]
        for role, endpoint in self.nodes.items():
            lines += [f"  - name: {role}-1", f"    role: {role}", f"    endpoint: {endpoint}"]
        lines += [f"    bridge: {self.bridge}", f"    rest: tcp://127.0.0.1:{self.rest_port}"]
        file = self.folder / "bench.yaml"
        file.write_text("\n".join(lines) + "\n")
        try:
            self.run("cluster", "up", file, "--state", self.state)
            self.log_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.run("cluster", "down", "--state", self.state)
        except Failure as failure:
            note(str(failure))
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("VECTRON_")}
        done = subprocess.run(
            [str(word) for word in (self.program, *words)], text=True, timeout=START_SECONDS,
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Failure(f"vectron {words[0]} {words[1]}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def pid(self, node):
        nodes = json.loads(self.run("cluster", "status", "-o", "json", "--state", self.state))
        return next(each["pid"] for each in nodes if each["node"] == node)

    def ask(self, method, path, body=None):
        """Status and answer of REST, by the session once there is one."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rest_port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode())
        if self.session:
            request.add_header("Authorization", f"Bearer {self.session}")
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 503, str(error)

    def must(self, method, path, body=None):
        """The answer, once the nodes have found each other."""
        end = time.monotonic() + START_SECONDS
        while True:
            status, answer = self.ask(method, path, body)
            if status < 300:
                return answer
            if status < 500 or time.monotonic() > end:
                raise Failure(f"{method} {path}: {status} {answer[:300]}")
            time.sleep(0.1)

    def log_in(self):
        """Makes the first administrator and a key that may do everything."""
        user = {"name": "admin", "password": PASSWORD}
        self.must("POST", "/v1/bootstrap", {"token": self.bootstrap_token(), **user})
        self.session = json.loads(self.must("POST", "/v1/sessions", user))["access_token"]
        scope = {"access": "manage", "collections": ["*"]}
        created = self.must("POST", "/v1/keys", {"label": "bench", "scopes": [scope]})
        self.key = json.loads(created)["key"]

    def bootstrap_token(self):
        end = time.monotonic() + START_SECONDS
        log = self.state / "auth-1.log"
        while time.monotonic() < end:
            lines = log.read_text().splitlines() if log.exists() else []
            for line, following in zip(lines, lines[1:]):
                if line.startswith("Bootstrap token"):
                    return following.strip()
            time.sleep(0.1)
        raise Failure(f"no bootstrap token after {START_SECONDS} s")
