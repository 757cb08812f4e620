"""What a chaos run is made of: broker, cluster, job, generator and verifier, brought up and taken down together.

Every log is in `folder`. While the rig runs, `timeline` grows by what the verifier sees.
"""

import atexit
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from broker import Broker, Quorum, free_port
from cluster import Cluster
from kafka_brokers import connect
from kafka_proxy import KafkaProxy
from oracle import KINDS
from part_files import PartFiles
from workload import Workload

HERE = pathlib.Path(__file__).resolve().parent
QUIET_SECONDS = 2
PARTITIONS = {"passed": 3, "counted": 2, "running": 2}


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


class Stalled(Exception):
    """The job does not come back, or something of the rig itself has ended."""


@dataclasses.dataclass
class Settings:
    binary: str
    folder: pathlib.Path
    workload: Workload = Workload()
    guarantee: str = "exactly-once"
    outputs: tuple = ("passed", "counted", "running")
    interval: str = "1 s"
    brokers: int = 1
    workers: int = 3
    slots: int = 2  # Of each worker: two workers are enough.
    memory: str = "1GiB"
    transaction_timeout_ms: int = 60_000
    proxied: bool = False  # The job reaches the broker through `proxy`.
    filed: bool = False  # Part files too (part_files.py).
    patience: float = 120  # So many seconds without new output, and the job is taken to have stopped.
    armed: tuple = ()  # (role or name of a process, what MILLRACE_FAILPOINTS is for it), all the time: a slow disk, a slow network.


@dataclasses.dataclass(frozen=True)
class Seen:
    """At time `t`, of the verifier: distinct right records so far, and one above the highest row of each source partition."""

    t: float
    distinct: int
    reached: tuple

    def has(self, sent):
        """Of every source partition rows that were not among its first `sent`."""
        return all(r > s for r, s in zip(self.reached, sent))


class Child:
    """A process that prints lines of JSON; each is handed to `on_line` in a thread of its own."""

    def __init__(self, name, arguments, folder, on_line):
        self.name = name
        self._error_log = open(folder / f"{name}.err", "ab")
        self._line_log = open(folder / f"{name}.jsonl", "a")
        self.process = subprocess.Popen([sys.executable, str(HERE / f"{name}.py"), *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self._error_log, text=True)
        self._on_line = on_line
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for text in self.process.stdout:
            self._line_log.write(text)
            self._on_line(json.loads(text))

    def tell(self, command):
        print(json.dumps(command), file=self.process.stdin, flush=True)

    def check(self):
        if self.process.poll() not in (None, 0):
            raise Stalled(f"the {self.name} failed, exit status {self.process.returncode}; see {self._error_log.name}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        self._error_log.close()
        self._line_log.close()


class Rig:
    def __init__(self, settings):
        self.settings = settings
        self.folder = pathlib.Path(settings.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        proxy_port = free_port() if settings.proxied else None
        self.broker = Quorum(self.folder / "kafka", settings.brokers) if settings.brokers > 1 else Broker(self.folder / "kafka", proxy_port)
        self.proxy = None
        self.cluster = Cluster(settings.binary, self.folder, workers=settings.workers, slots=settings.slots, memory=settings.memory)
        for who, failpoints in settings.armed:
            for process in [self.cluster.coordinator, *self.cluster.workers]:
                if who in (process.name, process.name.split("-")[0]):
                    process.environment["MILLRACE_FAILPOINTS"] = failpoints
        self.part_files = PartFiles(self.folder / "filed", settings.workload) if settings.filed else None
        self.job = None
        self.generator = None
        self.verifier = None
        self.sent = [0] * settings.workload.partitions
        self.acked = list(self.sent)
        self.timeline = [Seen(time.monotonic(), 0, tuple(self.sent))]
        self.progress = {}
        self._answers = {}  # Of the verifier, by kind.
        self._moved = time.monotonic()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        settings = self.settings
        self.broker.start()
        atexit.register(self.stop)
        if settings.proxied:
            self.proxy = KafkaProxy(self.broker.proxied, self.broker.proxy_port, settings.workload.seed, self.folder / "proxy.jsonl")
            self.proxy.start()
        with connect(self.broker.address) as connection:
            connection.create_topic("source", settings.workload.partitions)
            for output in settings.outputs:
                connection.create_topic(output, PARTITIONS[output])
        self.cluster.start()
        self.job = self.submit()
        workload = settings.workload.to_json()
        self.generator = Child("generator", ["--broker", self.broker.address, "--topic", "source", "--workload", workload], self.folder,
                               self._on_generator)
        topics = json.dumps({output: [output, PARTITIONS[output]] for output in settings.outputs})
        self.verifier = Child("verifier", ["--broker", self.broker.address, "--workload", workload, "--topics", topics, "--guarantee",
                                           settings.guarantee], self.folder, self._on_verifier)

    def stop(self):
        atexit.unregister(self.stop)
        for child in (self.generator, self.verifier):
            if child:
                child.end()
        for process in self.cluster.workers + [self.cluster.coordinator]:
            if process.alive():
                process.resume()
        self.cluster.stop()
        if self.proxy:
            self.proxy.stop()
            self.proxy = None
        self.broker.stop()

    def submit(self):
        """One job of all outputs. The statements of sql/*.sql end with an INSERT each; they run together."""
        tables, inserts = [(HERE / "sql/source.sql").read_text()], []
        settings = self.settings
        for output in settings.outputs + (("filed",) if settings.filed else ()):
            table, insert = (HERE / f"sql/{output}.sql").read_text().split("INSERT INTO ")
            tables.append(table)
            inserts.append("INSERT INTO " + insert)
        script = self.folder / "job.sql"
        script.write_text("\n".join(tables) + "\nEXECUTE STATEMENT SET BEGIN\n\n" + "\n".join(inserts) + "\nEND;\n")
        variables = {output: output for output in settings.outputs}
        if settings.filed:
            variables["filed"] = self.part_files.folder.resolve()
        return self.cluster.submit(
            script, bootstrap=self.proxy.address if self.proxy else self.broker.address, source="source", interval=settings.interval,
            parallelism=settings.workload.partitions, guarantee=settings.guarantee, skip=settings.workload.skip,
            transaction_timeout_ms=settings.transaction_timeout_ms, **variables)

    def process(self, name):
        """coordinator, worker-N, and broker or broker-N."""
        return next(p for p in [self.cluster.coordinator, *self.cluster.workers, *self.broker.nodes] if p.name == name)

    # News of the children, in their threads.

    def _on_generator(self, line):
        self.sent, self.acked = line["sent"], line["acked"]
        if "done" in line:
            self._answers["done"] = line

    def _on_verifier(self, line):
        if "progress" in line:
            if line["distinct"] > self.timeline[-1].distinct:
                self.timeline.append(Seen(line["t"], line["distinct"], tuple(line["reached"])))
                self._moved = time.monotonic()
            self.progress = line
        else:
            self._answers["missing" if "missing" in line else "report"] = line

    # Waiting.

    def wait(self, condition, what):
        """Until `condition` gives something true, which is returned. Stalled if the output stands still for too long meanwhile, or the
        job has failed."""
        self._moved = time.monotonic()
        looked = time.monotonic()
        while not (value := condition()):
            now = time.monotonic()
            self.generator.check()
            self.verifier.check()
            if now - self._moved > self.settings.patience:
                raise Stalled(f"no new output for {self.settings.patience:g} s while waiting for {what}\n{self.state()}")
            if now - looked > 5:
                looked = now
                if self.job_state().get("state") == "JOB_STATE_FAILED":
                    raise Stalled(f"the job failed while waiting for {what}\n{self.state()}")
            time.sleep(0.02)
        return value

    def came_out(self, sent):
        """Of every source partition rows are visible that were not among its first `sent`."""
        return self.timeline[-1].has(sent)

    def wait_for_new_rows(self, what):
        """Rows that are written from now on come out."""
        sent = list(self.sent)
        self.wait(lambda: self.came_out(sent), what)

    def job_state(self):
        """{} if the coordinator does not answer."""
        try:
            return self.cluster.job(self.job)
        except (RuntimeError, ValueError):
            return {}

    def state(self):
        """For people: what is up, and what the job says."""
        job = self.job_state()
        lines = [f"job {self.job}: " + (f"{job['state']}, {job['restarts']} restarts, last checkpoint {job['last_checkpoint']}, "
                                        f"message: {job['message'] or '-'}" if job else "the coordinator does not answer")]
        lines += [f"{p.name}: {'runs' if p.alive() else 'is down'}" for p in [self.cluster.coordinator, *self.cluster.workers]]
        lines += [f"broker: {'answers' if self.broker.answers() else 'does not answer'}",
                  f"rows written {self.acked}, rows visible up to {list(self.timeline[-1].reached)}, verifier {self.progress}"]
        return "\n".join("  " + line for line in lines)

    # The end.

    def finish(self):
        """No more input; waits until everything that was written has come out, stops the job, and returns the verifier's report.
        Whatever is still missing when no news has come for too long is lost."""
        self.generator.process.stdin.close()
        self._within(60, lambda: self._answers.get("done"), "the generator does not end")
        try:
            self.wait(self._nothing_missing, "the last rows")
        except Stalled as stalled:
            say(str(stalled))
        self.stop_job()
        # What must not come any more gets the time to come.
        quiet = time.monotonic() + QUIET_SECONDS
        self._within(60, lambda: self._ask({"written": self.acked}, "missing")["settled"] and time.monotonic() > quiet,
                     "the outputs do not come to rest: a transaction stays open")
        return self._ask({"end": self.acked}, "report")["report"]

    def report_of_progress(self):
        """As `finish`, when the verifier cannot be asked any more: what is not known to be visible is lost."""
        seen, missing = self.timeline[-1], sum(self.acked) - sum(self.timeline[-1].reached)
        counts = {"lost": max(missing, 1), **{kind: self.progress.get("violations", {}).get(kind, 0) for kind in KINDS[1:]}}
        return {"records": self.progress.get("records", 0), "distinct": seen.distinct, "epochs": self.progress.get("epochs", 0), **counts,
                "examples": {kind: [] for kind in KINDS}}

    def _within(self, seconds, condition, complaint):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                say(complaint)
                return
            time.sleep(0.05)

    def wait_until_complete(self):
        """Until everything that has been written by now is visible, and then no transaction is open: no reader is held up."""
        written = list(self.acked)

        def complete():
            answer = self._ask({"written": written}, "missing")
            return answer["settled"] and not any(answer["missing"].values())

        self.wait(complete, "everything that was written to come out")

    def _nothing_missing(self):
        time.sleep(0.2)
        missing = self._ask({"written": self.acked}, "missing")["missing"]
        return not any(missing.values()) and (self.part_files is None or self.part_files.complete(self.acked))

    def _ask(self, command, answer):
        self._answers.pop(answer, None)
        self.verifier.tell(command)
        deadline = time.monotonic() + 600
        while answer not in self._answers:
            self.verifier.check()
            if time.monotonic() > deadline:
                raise Stalled(f"the verifier does not answer {command}")
            time.sleep(0.02)
        return self._answers[answer]

    def stop_job(self):
        try:
            result = self.cluster.cli("job", "stop", self.job, check=False, timeout=60)
            trouble = (result.stderr.strip() or result.stdout.strip()) if result.returncode != 0 else ""
        except subprocess.TimeoutExpired:
            trouble = "no answer within 60 s"
        if trouble:
            say(f"the job did not stop: {trouble}\n{self.state()}")


def default_binary():
    return os.environ.get("MILLRACE_BINARY", str(HERE.parents[1] / "build/millrace"))
