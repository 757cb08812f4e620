"""Real brokers of a test's own: folders, ports, kill -9 and a restart with the same data."""

import atexit
import os
import pathlib
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import free_port, wait_until  # noqa: E402

from kafka_brokers import Brokers  # noqa: E402
from kafka_wire import Connection, KafkaError  # noqa: E402


class Broker:
    """One node, broker and controller. `proxy_port`: a listener more, on port + 2, for a fault proxy at that port. `quorum`: the
    ports of all nodes, if there are others."""

    name = "broker"

    def __init__(self, folder, proxy_port=None, port=None, quorum=()):
        self.folder = pathlib.Path(folder)
        self.port = port or free_port(following=2)
        self.quorum = quorum
        self.address = f"127.0.0.1:{self.port}"
        self.proxied = f"127.0.0.1:{self.port + 2}"
        self.proxy_port = proxy_port

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def _script(self, *words):
        options = ["--proxy", str(self.proxy_port)] if self.proxy_port else []
        options += ["--quorum", ",".join(map(str, self.quorum))] if self.quorum else []
        # A pipe would stay open in the broker: it outlives the script.
        return subprocess.run([str(ROOT / "deploy/kafka/kafka"), *words, "--dir", str(self.folder), *options],
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
                if self.quorum:
                    return self.address in connection.metadata()[0].values()  # The others know it, and let it take part.
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

    @property
    def nodes(self):
        return [self]

    def is_whole(self):
        return True


class Quorum:
    """Several nodes; each is a Broker, named broker-1 and so on. Every partition has three replicas, two of which must be in sync."""

    def __init__(self, folder, nodes):
        ports = []
        while len(ports) < nodes:
            port = free_port(following=2)
            if all(abs(port - other) > 2 for other in ports):
                ports.append(port)
        self.nodes = [Broker(pathlib.Path(folder) / str(n), port=port, quorum=ports) for n, port in enumerate(ports, 1)]
        for n, node in enumerate(self.nodes, 1):
            node.name = f"broker-{n}"
        self.address = ",".join(node.address for node in self.nodes)

    def start(self):
        # None answers before most are there.
        _at_once(node.start for node in self.nodes)
        failed = [node.name for node in self.nodes if not node.answers()]
        if failed:
            raise RuntimeError(f"{', '.join(failed)} did not start; see {self.nodes[0].folder.parent}")

    def answers(self):
        return all(node.answers() for node in self.nodes)

    def is_whole(self):
        """All nodes are up, and every replica is in sync: the next one may be killed."""
        try:
            with Brokers(self.address.split(","), "chaos", timeout=5) as brokers:
                up, partitions = brokers.metadata()
        except (OSError, KafkaError):
            return False
        return len(up) == len(self.nodes) and all(len(in_sync) == len(replicas) for _, replicas, in_sync in partitions.values())

    def stop(self):
        _at_once(node.stop for node in self.nodes)


def _at_once(calls):
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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


__all__ = ["Broker", "Quorum", "end_in_order_when_terminated", "free_port"]
