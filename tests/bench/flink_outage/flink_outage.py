#!/usr/bin/env python3
"""Flink's exactly-once KafkaSink through the outages of tests/chaos/outage_test.py: rows lost and doubled, readers held up.

    flink_outage.py --flink DIR [PHASE__OUTAGE ...]

DIR is an unpacked Flink distribution with flink-sql-connector-kafka in lib/. The job (job.sql) passes rows on, with a checkpoint each
second and transaction.timeout.ms of ten. The proxy holds its transaction at a request, which fixes the phase; then the outage lasts 13
seconds. Flink runs in one process (its mini cluster), is killed by SIGKILL, and starts again from its newest checkpoint; so it does when no
row comes out for half a minute (`restarted`). A line for each case:

    flink: case=PHASE__OUTAGE written=N visible=N lost=N duplicated=N recovered_s=N reader_held_up_s=N restarted=N
"""

import argparse
import collections
import json
import pathlib
import shutil
import string
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests/chaos"))
from broker import Broker, end_in_order_when_terminated, free_port  # noqa: E402
from cluster import Process  # noqa: E402
from kafka_proxy import KafkaProxy, Rule  # noqa: E402
from kafka_wire import Connection  # noqa: E402
from outage_test import OUTAGE_SECONDS, TRANSACTION_TIMEOUT_SECONDS  # noqa: E402
from workload import Workload  # noqa: E402

PHASES = {
    "during_produce": Rule(action="delay", api="Produce", transaction="."),
    "after_checkpoint_before_end": Rule(action="delay", api="EndTxn"),
    "end_sent_answer_lost": Rule(action="drop_response", api="EndTxn"),
}
OUTAGES = ("network_hangs", "broker_down", "job_killed")
PARTITIONS = 3
COMES_BACK_SECONDS = 120
SUPERVISED_SECONDS = 30  # Without news, after which a supervisor starts Flink again.
ROWS_OF_RECOVERY = 3000

OPENED = ["java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time", "java.util",
          "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks"]


class Flink:
    """One job in one process."""

    def __init__(self, home, folder, script):
        self._home = home
        self._folder = folder
        self._script = script
        self._starts = 0
        self._process = None

    def _newest_checkpoint(self):
        done = [path.parent for path in (self._folder / "checkpoints").glob("*/chk-*/_metadata")]
        return max(done, key=lambda path: (path / "_metadata").stat().st_mtime, default=None)

    def start(self):
        self._starts += 1
        settings = {
            "execution.target": "local", "parallelism.default": "2", "table.local-time-zone": "UTC",
            "execution.checkpointing.interval": "1s", "execution.checkpointing.storage": "filesystem",
            "execution.checkpointing.dir": f"file://{self._folder}/checkpoints",
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.num-retained": "3", "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": "1000", "restart-strategy.fixed-delay.delay": "1s",
        }
        newest = self._newest_checkpoint()
        if newest:
            settings["execution.state-recovery.path"] = f"file://{newest}"
        arguments = ["java", "-Xmx1g", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED),
                     f"-Dlog4j.configurationFile={HERE / 'log4j.properties'}", "-cp", f"{self._folder}/classes:{self._home}/lib/*", "FlinkJob"]
        for key, value in settings.items():
            arguments += ["-D", f"{key}={value}"]
        self._process = Process(f"flink-{self._starts}", arguments + [str(self._script)], self._folder)
        self._process.start()

    def kill(self):
        self._process.kill()

    def check(self):
        if not self._process.alive():
            raise RuntimeError(f"Flink ended by itself; see {self._process.log}")


class Source:
    """Writes the rows of the workload; the process of the chaos runs."""

    def __init__(self, broker, topic, workload, folder):
        self.sent = self.acked = [0] * workload.partitions
        self._process = subprocess.Popen([sys.executable, str(ROOT / "tests/chaos/generator.py"), "--broker", broker, "--topic", topic,
                                          "--workload", workload.to_json()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=open(folder / "generator.err", "ab"), text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in map(json.loads, self._process.stdout):
            self.sent, self.acked = line["sent"], line["acked"]

    def end(self):
        self._process.stdin.close()
        self._process.wait(60)
        time.sleep(0.2)

    def kill(self):
        self._process.kill()
        self._process.wait()


class Readers:
    """How far a read_committed reader comes in the output, and for how long it cannot come further though there is more."""

    def __init__(self, broker, topic):
        self._broker = broker
        self._topic = topic
        self._stop = threading.Event()
        self.held_up = 0.0  # The longest time.
        self.stable = [0] * PARTITIONS
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        since = [None] * PARTITIONS
        while not self._stop.wait(0.1):
            try:
                with Connection(self._broker, timeout=3) as connection:
                    high = connection.end_offsets(self._topic, PARTITIONS, isolation=0)
                    stable = connection.end_offsets(self._topic, PARTITIONS)
            except Exception:  # noqa: BLE001 - the broker is down.
                continue
            now = time.monotonic()
            for p in range(PARTITIONS):
                if stable[p] > self.stable[p] or stable[p] >= high[p]:
                    since[p] = None
                elif since[p] is None:
                    since[p] = now
                else:
                    self.held_up = max(self.held_up, now - since[p])
            self.stable = stable

    def end(self):
        self._stop.set()
        self._thread.join()


def visible_rows(broker, topic):
    """How often each row (p, n) is visible to a read_committed reader."""
    result = subprocess.run(["kcat", "-C", "-b", broker, "-t", topic, "-o", "beginning", "-e", "-q", "-X", "isolation.level=read_committed"],
                            capture_output=True, text=True, timeout=120, check=True)
    rows = map(json.loads, result.stdout.splitlines())
    return collections.Counter((row["p"], row["n"]) for row in rows)


class Case:
    def __init__(self, options, broker, proxy, name):
        self.options, self.broker, self.proxy, self.name = options, broker, proxy, name
        self.folder = options.folder / name
        self.restarts = 0  # By the supervisor.
        self.workload = Workload(seed=18, partitions=2, rate=500)
        self.source_topic, self.passed_topic = f"source.{name}", f"passed.{name}"

    def run(self):
        with Connection(self.broker.address) as connection:
            connection.create_topic(self.source_topic, self.workload.partitions)
            connection.create_topic(self.passed_topic, PARTITIONS)
        script = self.folder / "job.sql"
        script.write_text(string.Template((HERE / "job.sql").read_text()).substitute(
            source=self.source_topic, passed=self.passed_topic, bootstrap=self.proxy.address,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_SECONDS * 1000))
        subprocess.run(["javac", "-cp", f"{self.options.flink}/lib/*", "-d", str(self.folder / "classes"), str(HERE / "FlinkJob.java")],
                       check=True)
        self.flink = Flink(self.options.flink, self.folder, script)
        source = Source(self.broker.address, self.source_topic, self.workload, self.folder)
        readers = Readers(self.broker.address, self.passed_topic)
        self.flink.start()
        try:
            self._wait(lambda: sum(readers.stable) > 2000, "rows to come out")
            time.sleep(3)
            recovered = self._outage(readers)
            time.sleep(5)
            source.end()
            rows = self._drain(readers)
        finally:
            readers.end()
            source.kill()
            self.flink.kill()
            self.proxy.release_all()
        written = {(p, n) for p, end in enumerate(source.acked) for n in range(end)}
        lost, doubled = written - rows.keys(), sum(times - 1 for times in rows.values())
        self._keep(sorted(lost))
        return (f"flink: case={self.name} written={len(written)} visible={sum(rows.values())} lost={len(lost)} duplicated={doubled} "
                f"recovered_s={recovered:.1f} reader_held_up_s={readers.held_up:.1f} restarted={self.restarts}")

    def _outage(self, readers):
        phase, outage = self.name.split("__")
        rule = self.proxy.add(Rule(**{**vars(PHASES[phase]), "id": 0}))
        self.proxy.wait_for("matched", rule.id)
        begun = time.monotonic()
        if outage == "job_killed":
            time.sleep(0.3)
            self.flink.kill()
        elif outage == "broker_down":
            self.broker.kill()
        time.sleep(OUTAGE_SECONDS)
        if outage == "broker_down":
            self.broker.start()
        elif outage == "job_killed":
            self.flink.start()
        self.proxy.release(rule.id)
        # More than what was written before and is held up.
        before = sum(readers.stable)
        self._wait(lambda: sum(readers.stable) > before + ROWS_OF_RECOVERY, "rows to come out again", readers)
        return time.monotonic() - begun

    def _drain(self, readers):
        """Once nothing more comes for a while."""
        last, since = None, time.monotonic()
        while time.monotonic() - since < 15:
            time.sleep(0.5)
            if readers.stable != last:
                last, since = readers.stable, time.monotonic()
        return visible_rows(self.broker.address, self.passed_topic)

    def _wait(self, condition, what, readers=None):
        deadline = time.monotonic() + COMES_BACK_SECONDS
        moved, seen = time.monotonic(), None
        while not condition():
            self.flink.check()
            if readers and readers.stable != seen:
                moved, seen = time.monotonic(), readers.stable
            if readers and time.monotonic() - moved > SUPERVISED_SECONDS:
                # Its task manager may have ended by itself, which ends nothing else in a process of its own.
                self.restarts += 1
                self.flink.kill()
                self.flink.start()
                moved = time.monotonic()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: waited {COMES_BACK_SECONDS} s for {what}; see {self.folder}")
            time.sleep(0.1)

    def _keep(self, lost):
        (self.folder / "lost.json").write_text(json.dumps(lost))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=[f"{phase}__{outage}" for phase in PHASES for outage in OUTAGES])
    parser.add_argument("--flink", type=pathlib.Path, required=True, help="an unpacked distribution")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/flink-outage")
    options = parser.parse_args()
    options.flink = options.flink.resolve()
    end_in_order_when_terminated()
    failed = 0
    for name in options.cases:
        folder = options.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "classes").mkdir(parents=True)
        try:
            with Broker(folder / "kafka", proxy_port=free_port()) as broker, \
                    KafkaProxy(broker.proxied, broker.proxy_port, 18, folder / "proxy.jsonl") as proxy:
                print(Case(options, broker, proxy, name).run(), flush=True)
        except (OSError, RuntimeError) as error:
            failed += 1
            print(f'flink: case={name} error="{error}"', flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
