"""A Millrace cluster of real processes on loopback, for the demo and for the integration tests."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.request


def _free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_port(following=0):
    """A port that is free, and so many after it. Below those that the system gives to connections (32768 and up): a process
    that is killed and started again finds its port as it left it."""
    for _ in range(1000):
        port = random.randrange(20_000, 32_000)
        if all(_free(port + n) for n in range(following + 1)):
            return port
    raise RuntimeError("no free port")


def wait_until(condition, timeout, what):
    """Calls `condition` until it gives something true; that is returned."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise TimeoutError(f"waited {timeout} s for {what}")


class Process:
    """One process of the cluster, with its log."""

    def __init__(self, name, arguments, folder, environment=None):
        self.name = name
        self.arguments = arguments
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.environment = dict(os.environ, **(environment or {}))
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.environment)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def pause(self):
        """SIGSTOP: it does nothing, and does not know it."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """kill -9: the process gets no chance to do anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, timeout=15):
        if not self.alive():
            return
        self.process.terminate()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_tail(self, lines=20):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def rss_bytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cluster:
    """A coordinator and workers with folders of their own. Use as a context manager: leaving it stops everything."""

    def __init__(self, binary, folder, workers=2, slots=2, memory="2GiB"):
        self.binary = str(binary)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rpc = f"127.0.0.1:{free_port()}"
        self.http = f"127.0.0.1:{free_port()}"
        self.coordinator = Process("coordinator", [
            self.binary, "coordinator", "--set", f"coordinator.rpc_address={self.rpc}",
            "--set", f"coordinator.http_address={self.http}",
            "--set", f"coordinator.data_dir={self.folder / 'coordinator'}",
            "--set", f"checkpoint.dir={self.folder / 'checkpoints'}"], self.folder)
        self.workers = [self._worker(n, slots, memory) for n in range(1, workers + 1)]

    def _worker(self, number, slots, memory):
        name = f"worker-{number}"
        worker = Process(name, [
            self.binary, "worker", "--set", f"worker.coordinator={self.rpc}", "--set", f"worker.id={name}",
            "--set", "worker.exchange_address=127.0.0.1:0",
            "--set", f"worker.http_address=127.0.0.1:{free_port()}",
            "--set", f"worker.data_dir={self.folder / name}",
            "--set", f"worker.slots={slots}", "--set", f"worker.memory={memory}"], self.folder)
        worker.http = next(a.split("=", 1)[1] for a in worker.arguments if a.startswith("worker.http_address="))
        return worker

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        self.coordinator.start()
        wait_until(lambda: self.ready(self.http) or not self.coordinator.alive(), 30, "the coordinator")
        if not self.coordinator.alive():
            raise RuntimeError("the coordinator ended:\n" + self.coordinator.log_tail())
        for worker in self.workers:
            worker.start()
        # A job that is submitted earlier would run on the first worker alone.
        wait_until(lambda: self.metrics(self.http).get("millrace_cluster_workers") == len(self.workers), 30, "the workers")

    def stop(self):
        for process in self.workers + [self.coordinator]:
            process.stop()

    @staticmethod
    def get(address, path):
        with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
            return answer.read().decode()

    @classmethod
    def ready(cls, address):
        try:
            cls.get(address, "/healthz")
            return True
        except OSError:
            return False

    def metrics(self, process_address):
        """The samples of /metrics: {'name{labels}': value}."""
        samples = {}
        for line in self.get(process_address, "/metrics").splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def cli(self, *arguments, check=True, timeout=None):
        result = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=timeout,
                                env=dict(os.environ, MILLRACE_COORDINATOR=self.rpc))
        if check and result.returncode != 0:
            raise RuntimeError(f"millrace {' '.join(arguments)}: {result.stderr or result.stdout}")
        return result

    def submit(self, script, **variables):
        pairs = [part for name, value in variables.items() for part in ("--var", f"{name}={value}")]
        return self.cli("job", "submit", str(script), *pairs).stdout.strip()

    def job(self, job_id):
        return json.loads(self.cli("job", "show", job_id, "-o", "json").stdout)

    def wait_for_state(self, job_id, state, timeout=60):
        def reached():
            job = self.job(job_id)
            if job["state"] == f"JOB_STATE_{state}":
                return job
            if job["state"] == "JOB_STATE_FAILED":
                raise RuntimeError(f"{job_id} failed: {job['message']}")
            return None
        return wait_until(reached, timeout, f"{job_id} to be {state}")


def read_topic(bootstrap, topic):
    """Every committed record of a topic, read by kcat: an independent reader."""
    result = subprocess.run(
        ["kcat", "-C", "-b", bootstrap, "-t", topic, "-o", "beginning", "-e", "-q",
         "-X", "isolation.level=read_committed"], capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        raise RuntimeError(f"kcat: {result.stderr}")
    return result.stdout.splitlines()
