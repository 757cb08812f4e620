"""A real broker of a test's own: a folder, ports, kill -9 and a restart with the same data."""

import atexit
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import free_port, wait_until  # noqa: E402

from kafka_wire import Connection, KafkaError  # noqa: E402


class Broker:
    """One node, broker and controller. `proxy_port`: a listener more, on port + 2, for a fault proxy at that port."""

    def __init__(self, folder, proxy_port=None):
        self.folder = pathlib.Path(folder)
        self.port = free_port(following=2)
        self.address = f"127.0.0.1:{self.port}"
        self.proxied = f"127.0.0.1:{self.port + 2}"
        self.proxy_port = proxy_port

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def _script(self, *words):
        proxy = ["--proxy", str(self.proxy_port)] if self.proxy_port else []
        # A pipe would stay open in the broker: it outlives the script.
        return subprocess.run([str(ROOT / "deploy/kafka/kafka"), *words, "--dir", str(self.folder), *proxy],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=dict(os.environ, MILLRACE_KAFKA=self.address))

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        atexit.register(self.stop)
        if self._script("start").returncode != 0:
            raise RuntimeError(f"the broker did not start; its log is {self.folder / 'broker.log'}")
        wait_until(self.answers, 60, f"the broker at {self.address}")

    def answers(self):
        try:
            with Connection(self.address, timeout=2) as connection:
                connection.create_topic("chaos-ready", 1)
            return True
        except (OSError, KafkaError):
            return False

    @property
    def pid(self):
        return int((self.folder / "broker.pid").read_text())

    def kill(self):
        """kill -9. What it had acknowledged is with the kernel, and survives."""
        pid = self.pid
        log = self.folder / "broker.log"
        log.rename(self.folder / f"broker-{pid}.log")  # A start begins a new one.
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists() or _is_zombie(pid), 10, "the end of the broker")

    def stop(self):
        atexit.unregister(self.stop)
        self._script("stop")


def end_in_order_when_terminated():
    """A test that takes too long gets SIGTERM; what it started ends with it."""
    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _is_zombie(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


__all__ = ["Broker", "end_in_order_when_terminated", "free_port"]
