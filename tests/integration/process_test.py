#!/usr/bin/env python3
"""The life of a process at its edges: wrong configuration, what is not there yet, SIGTERM.

Real processes, and a Kafka broker of its own for the test in which the broker comes last. Run by ctest (label kafka);
MILLRACE_BINARY names the binary under test.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Process, free_port, read_topic, wait_until  # noqa: E402

BINARY = os.environ["MILLRACE_BINARY"]


def lines_of(text):
    return [line for line in text.splitlines() if line.strip()]


def status_of(address, path):
    """The HTTP status, None if nobody answers."""
    try:
        return urllib.request.urlopen(f"http://{address}{path}", timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


class ProcessTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.rpc, self.http = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"

    # --- Command lines

    def coordinator_command(self, *more, **settings):
        return self.command("coordinator", *more, **{
            "coordinator.rpc_address": self.rpc, "coordinator.http_address": self.http,
            "coordinator.data_dir": self.folder / "coordinator", "checkpoint.dir": self.folder / "checkpoints", **settings})

    def worker_command(self, name, *more, **settings):
        return self.command("worker", *more, **{
            "worker.coordinator": self.rpc, "worker.id": name, "worker.exchange_address": "127.0.0.1:0",
            "worker.http_address": "127.0.0.1:0", "worker.data_dir": self.folder / name, "worker.slots": 2,
            "worker.memory": "256MiB", **settings})

    def standalone_command(self):
        worker = self.worker_command("w")[2:]
        return ["standalone" if part == "coordinator" else part for part in self.coordinator_command()] + worker

    @staticmethod
    def command(role, *more, **settings):
        return [BINARY, role, *more, *(part for key, value in settings.items() for part in ("--set", f"{key}={value}"))]

    # --- Processes

    def start(self, name, command):
        process = Process(name, command, self.folder)
        self.addCleanup(process.stop)
        process.start()
        return process

    def start_coordinator(self, name="coordinator", *more, **settings):
        process = self.start(name, self.coordinator_command(*more, **settings))
        wait_until(lambda: status_of(self.http, "/readyz") == 200 or not process.alive(), 30, "the coordinator")
        self.assertTrue(process.alive(), process.log_tail())
        return process

    def start_worker(self, name, log_name=None, **settings):
        address = f"127.0.0.1:{free_port()}"
        process = self.start(log_name or name, self.worker_command(name, **{"worker.http_address": address, **settings}))
        process.http = address
        return process

    def start_ready_worker(self, name, log_name=None, **settings):
        process = self.start_worker(name, log_name, **settings)
        wait_until(lambda: status_of(process.http, "/readyz") == 200 or not process.alive(), 30, name)
        self.assertTrue(process.alive(), process.log_tail())
        return process

    def assert_ends(self, process, code, within):
        try:
            self.assertEqual(process.process.wait(within), code, process.log_tail())
        except subprocess.TimeoutExpired:
            self.fail(f"{process.name} has not ended within {within} s:\n{process.log_tail()}")

    def terminate(self, process, within=10):
        process.process.send_signal(signal.SIGTERM)
        self.assert_ends(process, 0, within)

    def assert_fails(self, command, code, *words, within=30):
        """It ends by itself with one line that has all words."""
        result = subprocess.run(command, capture_output=True, text=True, timeout=within)
        output = lines_of(result.stdout + result.stderr)
        self.assertEqual(result.returncode, code, output)
        self.assertEqual(len(output), 1, output)
        for word in words:
            self.assertIn(str(word), output[0])

    def log_lines(self, process, text):
        return [line for line in lines_of(process.log.read_text(errors="replace")) if text in line]

    # --- Jobs

    def cli(self, *arguments):
        result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60,
                                env=dict(os.environ, MILLRACE_COORDINATOR=self.rpc))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def submit(self, sql):
        script = self.folder / "job.sql"
        script.write_text(sql)
        return self.cli("job", "submit", str(script)).strip()

    def job(self, job):
        return json.loads(self.cli("job", "show", job, "-o", "json"))

    def wait_for(self, job, state, attempt=1, timeout=60):
        def reached():
            shown = self.job(job)
            return shown if shown["state"] == f"JOB_STATE_{state}" and shown["attempt"] >= attempt else None
        try:
            return wait_until(reached, timeout, f"{job} to be {state}")
        except TimeoutError:
            self.fail(f"{job} is not {state}: {self.job(job)}")

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=5) as answer:
            samples = [line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if not line.startswith("#")]
        return sum(float(value) for series, value in samples if series.split("{")[0] == name)


class WrongConfigurationTest(ProcessTestCase):
    """One clear line, and an exit status that tells usage (2) from failure (1)."""

    def roles(self):
        return (("coordinator", self.coordinator_command), ("worker", lambda *more, **s: self.worker_command("w", *more, **s)))

    def test_yaml_that_cannot_be_read_is_named_by_file_and_line(self):
        config = self.folder / "millrace.yaml"
        config.write_text("worker:\n  slots: [1\n")
        for _, command in self.roles():
            self.assert_fails(command("--config", str(config)), 2, f"{config}:3")

    def test_a_configuration_file_that_is_not_there_is_named(self):
        for _, command in self.roles():
            self.assert_fails(command("--config", str(self.folder / "none.yaml")), 2, self.folder / "none.yaml")

    def folder_settings(self):
        for role, command in self.roles():
            yield f"{role}.data_dir", command
        yield "checkpoint.dir", self.coordinator_command

    def test_a_file_in_place_of_a_folder_is_named(self):
        (self.folder / "file").write_text("x")
        for setting, command in self.folder_settings():
            self.assert_fails(command(**{setting: self.folder / "file"}), 1, f"{setting}: ", self.folder / "file", "Not a directory")

    def test_a_folder_without_rights_is_named_with_the_user_and_the_remedy(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        # The rights of root without its power to pass over them.
        powerless = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
        for setting, command in self.folder_settings():
            for path in (locked, locked / "new"):
                self.assert_fails(powerless + command(**{setting: path}), 1, f"{setting}: ", path, "Permission denied",
                                  f"user id {os.geteuid()}", "chown")

    def test_a_file_system_that_is_read_only_is_named(self):
        mount = self.folder / "read-only"
        mount.mkdir()
        for setting, command in self.folder_settings():
            shell = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
            self.assert_fails(["unshare", "--mount", "--map-root-user", "sh", "-c", shell, str(mount), *command(**{setting: mount})],
                              1, f"{setting}: ", mount, "Read-only file system", "another folder")

    def test_a_taken_port_is_named_with_its_setting(self):
        settings = [(f"{role}.{port}_address", command) for role, command in self.roles()
                    for port in ("http", "rpc" if role == "coordinator" else "exchange")]
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for setting, command in settings:
                self.assert_fails(command(**{setting: address}), 1, f"{setting}: ", address)

    def test_an_address_that_is_none_is_named_with_its_setting(self):
        for role, command in self.roles():
            self.assert_fails(command(**{f"{role}.http_address": "7071"}), 1, f"{role}.http_address: ", "'7071'", "host:port")
        self.assert_fails(self.worker_command("w", **{"worker.coordinator": "coordinator"}), 1, "worker.coordinator: ", "'coordinator'",
                          "host:port")

    def test_an_address_beyond_loopback_needs_the_operators_word(self):
        for setting, command in ((f"{role}.http_address", command) for role, command in self.roles()):
            self.assert_fails(command(**{setting: "0.0.0.0:0"}), 1, setting, "0.0.0.0:0", "--insecure")

    def test_with_the_operators_word_it_is_opened_with_a_warning(self):
        port = free_port()
        self.http = f"127.0.0.1:{port}"
        coordinator = self.start_coordinator("coordinator", "--insecure", **{"coordinator.http_address": f"0.0.0.0:{port}"})
        self.assertEqual(len(self.log_lines(coordinator, "OPEN TO THE NETWORK")), 1)
        worker = self.start("worker", self.worker_command("w", "--insecure", **{"worker.exchange_address": "0.0.0.0:0"}))
        wait_until(lambda: self.log_lines(worker, "registered with"), 30, "the worker")
        self.assertEqual(len(self.log_lines(worker, "OPEN TO THE NETWORK")), 1)
        # Others are told a name by which they can reach it.
        self.assertEqual(len(self.log_lines(worker, f"advertised={socket.gethostname()}:")), 1)

    def test_a_folder_belongs_to_one_process(self):
        self.start_coordinator()
        self.assert_fails(self.coordinator_command(**{"coordinator.rpc_address": "127.0.0.1:0", "coordinator.http_address": "127.0.0.1:0"}),
                          1, "coordinator.data_dir", self.folder / "coordinator", "in use by a coordinator (process ")
        self.start_ready_worker("w")
        self.assert_fails(self.worker_command("other", **{"worker.data_dir": self.folder / "w"}),
                          1, "worker.data_dir", self.folder / "w", "in use by worker w (process ")


class RefusedWorkerTest(ProcessTestCase):
    """The coordinator says no: the worker ends with 1 and says why, after its own line at the start."""

    def assert_refused(self, command, *words):
        result = subprocess.run(command, capture_output=True, text=True, timeout=30)
        output = lines_of(result.stdout + result.stderr)
        self.assertEqual(result.returncode, 1, output)
        self.assertEqual(len(output), 2, output)
        self.assertIn("worker started", output[0])
        for word in words:
            self.assertIn(str(word), output[1])

    def test_another_cluster(self):
        self.start_coordinator()
        self.assert_refused(self.worker_command("w", **{"cluster.id": "other"}), "'other'", "'millrace'", "same cluster id")

    def test_an_id_that_a_live_worker_has(self):
        self.start_coordinator()
        first = self.start_ready_worker("w", **{"worker.exchange_address": f"127.0.0.1:{free_port()}"})
        address = next(a.split("=")[1] for a in first.arguments if a.startswith("worker.exchange_address"))
        self.assert_refused(self.worker_command("w", **{"worker.data_dir": self.folder / "second"}), "'w'", address, "worker.id")
        self.assertTrue(first.alive())

    def test_another_checkpoint_folder(self):
        self.start_coordinator()
        shell = 'mount -t tmpfs none "$0" && exec "$@"'
        self.assert_refused(["unshare", "--mount", "--map-root-user", "sh", "-c", shell, str(self.folder / "checkpoints"),
                             *self.worker_command("w")], self.folder / "checkpoints", "another one", "same folder at the same path")

    def test_a_checkpoint_folder_without_rights(self):
        self.start_coordinator()
        shell = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
        self.assert_refused(["unshare", "--mount", "--map-root-user", "sh", "-c", shell, str(self.folder / "checkpoints"),
                             *self.worker_command("w")], self.folder / "checkpoints", "Read-only file system", "user id 0")


class NotThereYetTest(ProcessTestCase):
    def test_a_worker_waits_for_its_coordinator(self):
        worker = self.start_worker("w")
        wait_until(lambda: self.log_lines(worker, "waiting for the coordinator"), 5, "a line in the log")
        self.assertEqual(status_of(worker.http, "/readyz"), 503)
        self.assertEqual(status_of(worker.http, "/healthz"), 200)
        time.sleep(3)
        waiting = self.log_lines(worker, "waiting for the coordinator")
        self.assertEqual(len(waiting), 1, waiting)
        self.assertIn(self.rpc, waiting[0])
        self.start_coordinator()
        wait_until(lambda: status_of(worker.http, "/readyz") == 200, 10, "the worker to register")

    def test_a_worker_that_waits_ends_when_it_is_told_to(self):
        worker = self.start_worker("w")
        wait_until(lambda: self.log_lines(worker, "waiting for the coordinator"), 5, "a line in the log")
        self.terminate(worker, within=5)

    def test_what_is_no_coordinator_is_said_so(self):
        other = self.start_coordinator()
        worker = self.start_worker("w", **{"worker.coordinator": self.http})
        wait_until(lambda: self.log_lines(worker, "waiting for the coordinator"), 30, "a line in the log")
        self.assertTrue(worker.alive() and other.alive())

    def test_a_process_takes_the_place_of_one_that_hangs(self):
        self.start_coordinator()
        first = self.start_ready_worker("w")
        first.process.send_signal(signal.SIGSTOP)
        # A container that is started anew has a folder of its own, and the id of the one before.
        second = self.start_worker("w", "second", **{"worker.data_dir": self.folder / "second"})
        try:
            wait_until(lambda: status_of(second.http, "/readyz") == 200 or not second.alive(), 15, "the second one")
            self.assertTrue(second.alive(), second.log_tail())
            self.assertEqual(self.metric("millrace_cluster_workers_lost"), 0)
        finally:
            first.kill()

    def test_a_process_takes_the_place_of_one_that_was_killed(self):
        self.start_coordinator()
        first = self.start_ready_worker("w")
        first.kill()
        self.start_ready_worker("w", "second")


class BrokerTest(ProcessTestCase):
    """With a broker of its own, which comes and goes."""

    def setUp(self):
        super().setUp()
        self.broker = f"127.0.0.1:{free_port()}"
        self.addCleanup(self.kafka, "stop")
        self.kafka("start")

    def kafka(self, *arguments):
        subprocess.run([str(ROOT / "deploy/kafka/kafka"), "--dir", str(self.folder / "kafka"), *arguments], check=True,
                       stdout=subprocess.DEVNULL, env=dict(os.environ, MILLRACE_KAFKA=self.broker))

    def table(self, topic, options=""):
        return f"""CREATE TABLE {topic} (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '{topic}', 'format' = 'json',
  'properties.bootstrap.servers' = '{self.broker}'{options});"""

    def test_a_job_waits_for_its_broker(self):
        # A topic that a broker does not have is an error for good: it is there, only the broker is not.
        self.kafka("create", "clicks", "1")
        self.kafka("stop")
        self.start_coordinator()
        self.start_ready_worker("w")
        job = self.submit(self.table("clicks", ", 'scan.startup.mode' = 'earliest-offset'") + """
CREATE TABLE seen (id BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO seen SELECT id FROM clicks;
""")
        self.assertIn(self.broker, self.wait_for(job, "RESTARTING")["message"])
        self.kafka("start")
        self.assertEqual(self.wait_for(job, "RUNNING", timeout=90)["message"], "")

    def test_what_a_worker_has_read_is_in_the_output_before_it_ends(self):
        """Exactly once, with a checkpoint interval of an hour and nobody else to publish it."""
        self.kafka("create", "clicks", "1")
        self.kafka("create", "seen", "1")
        self.start_coordinator()
        worker = self.start_ready_worker("w")
        job = self.submit("SET 'execution.checkpointing.interval' = '1 h';" + self.table("seen") +
                          self.table("clicks", ", 'scan.startup.mode' = 'earliest-offset'") + "INSERT INTO seen SELECT id FROM clicks;")
        self.wait_for(job, "RUNNING")
        subprocess.run(["kcat", "-P", "-b", self.broker, "-t", "clicks"], text=True, check=True,
                       input="\n".join(json.dumps({"id": i}) for i in range(1000)))
        wait_until(lambda: int(self.job(job)["stages"][0]["records_in"]) >= 1000, 30, "the rows to be read")
        self.assertEqual(read_topic(self.broker, "seen"), [])
        self.terminate(worker)
        self.assertEqual([json.loads(line)["id"] for line in read_topic(self.broker, "seen")], list(range(1000)))


COUNTING = """
SET 'execution.checkpointing.interval' = '1 h';
SET 'parallelism.default' = '2';
CREATE TABLE events (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
CREATE TABLE counts (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO counts
SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY id, window_start, window_end;
"""


class EndTest(ProcessTestCase):
    """SIGTERM costs no row, no failure and little time; what else ends is found out about."""

    def running(self, *workers, **settings):
        self.coordinator = self.start_coordinator()
        started = [self.start_ready_worker(name, **settings) for name in workers]
        job = self.submit(COUNTING)
        self.wait_for(job, "RUNNING")
        return job, *started

    def test_the_jobs_of_a_worker_move_with_a_last_checkpoint(self):
        job, first, second = self.running("a", "b", **{"worker.slots": 2})
        self.terminate(first)
        moved = self.wait_for(job, "RUNNING", attempt=2)
        self.assertGreaterEqual(int(moved["last_checkpoint"]["epoch"]), 1)
        self.assertEqual(moved["restarts"], 0)
        self.assertEqual(self.metric("millrace_job_restarts_total"), 0)
        self.assertEqual(self.metric("millrace_cluster_workers_lost"), 0)
        self.assertEqual(self.metric("millrace_cluster_workers"), 1)
        self.assertEqual(len(self.log_lines(first, "worker ended")), 1)
        self.assertTrue(second.alive())

    def test_all_workers_at_once_and_back(self):
        job, *workers = self.running("a", "b", **{"worker.slots": 1})
        for worker in workers:
            worker.process.send_signal(signal.SIGTERM)
        for worker in workers:
            self.assert_ends(worker, 0, 10)
        waiting = self.wait_for(job, "SCHEDULING")
        self.assertIn("waits for slots: needs 2 slots, 0 are free", waiting["message"])
        self.assertRegex(waiting["message"], "worker.* left")
        self.assertEqual(int(waiting["last_checkpoint"]["completed"]), 1)
        self.start_ready_worker("a", "a-again")
        self.start_ready_worker("b", "b-again")
        self.assertEqual(self.wait_for(job, "RUNNING", attempt=2)["restarts"], 0)

    def test_a_second_signal_ends_it_at_once(self):
        _, worker = self.running("a")
        self.coordinator.process.send_signal(signal.SIGSTOP)
        try:
            worker.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            self.assertTrue(worker.alive())
            worker.process.send_signal(signal.SIGTERM)
            self.assert_ends(worker, 1, 3)
            self.assertEqual(len(self.log_lines(worker, "second signal")), 1)
        finally:
            self.coordinator.process.send_signal(signal.SIGCONT)

    def test_a_worker_without_its_coordinator_ends_as_well(self):
        _, worker = self.running("a")
        self.coordinator.kill()
        self.terminate(worker, within=5)
        self.assertEqual(len(self.log_lines(worker, "lost the coordinator")), 1)

    def test_a_worker_whose_coordinator_hangs_ends_all_the_same(self):
        _, worker = self.running("a")
        self.coordinator.process.send_signal(signal.SIGSTOP)
        try:
            self.terminate(worker, within=15)
        finally:
            self.coordinator.process.send_signal(signal.SIGCONT)

    def test_a_coordinator_ends_soon_and_its_jobs_go_on_with_the_next(self):
        job, worker = self.running("a")
        watch = subprocess.Popen([BINARY, "job", "watch", job], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=dict(os.environ, MILLRACE_COORDINATOR=self.rpc))
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        time.sleep(0.5)
        self.terminate(self.coordinator, within=3)
        self.start_coordinator("coordinator-again")
        self.assertEqual(self.wait_for(job, "RUNNING", attempt=2)["restarts"], 0)
        self.assertTrue(worker.alive())

    def test_standalone_takes_a_checkpoint_before_it_ends(self):
        command = self.standalone_command()
        standalone = self.start("standalone", command)
        wait_until(lambda: status_of(self.http, "/readyz") == 200, 30, "the process")
        job = self.submit(COUNTING)
        self.wait_for(job, "RUNNING")
        self.terminate(standalone)
        self.start("standalone-again", command)
        wait_until(lambda: status_of(self.http, "/readyz") == 200, 30, "the process")
        shown = self.wait_for(job, "RUNNING", attempt=2)
        self.assertGreaterEqual(int(shown["last_checkpoint"]["completed"]), 1)
        self.assertEqual(shown["restarts"], 0)

    def test_a_rolling_restart_loses_and_repeats_no_row(self):
        rows = 30_000
        self.start_coordinator()
        workers = {name: self.start_ready_worker(name) for name in ("a", "b")}
        job = self.submit(f"""
SET 'execution.checkpointing.interval' = '300 ms';
SET 'parallelism.default' = '2';
CREATE TABLE events (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2500', 'number-of-rows' = '{rows}',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{rows}');
CREATE TABLE seen (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{self.folder / "seen"}', 'format' = 'json');
INSERT INTO seen SELECT id FROM events;
""")
        self.wait_for(job, "RUNNING")
        for round_number in range(2):
            for name in ("a", "b"):
                self.terminate(workers[name])
                workers[name] = self.start_ready_worker(name, f"{name}-{round_number}")
                self.wait_for(job, "RUNNING")
        ended = self.wait_for(job, "FINISHED", timeout=120)
        self.assertGreater(ended["attempt"], 2)
        self.assertEqual(ended["restarts"], 0)
        seen = [json.loads(line)["id"] for path in (self.folder / "seen").rglob("*") if path.is_file()
                for line in lines_of(path.read_text())]
        self.assertEqual(sorted(seen), list(range(1, rows + 1)))


class LogTest(ProcessTestCase):
    def test_the_first_line_says_what_the_process_is_and_the_last_that_it_ended(self):
        coordinator = self.start_coordinator()
        worker = self.start_ready_worker("w")
        self.terminate(worker)
        self.terminate(coordinator)
        for process, words in (
                (coordinator, ["coordinator started", "version=", "cluster=millrace", f"rpc={self.rpc}", f"http={self.http}",
                               f"data={self.folder}/coordinator", f"checkpoints={self.folder}/checkpoints"]),
                (worker, ["worker started", "worker=w", "version=", "cluster=millrace", f"coordinator={self.rpc}", "exchange=127.0.0.1:",
                          f"http={worker.http}", f"data={self.folder}/w", "slots=2", "memory="])):
            lines = lines_of(process.log.read_text())
            for word in words:
                self.assertIn(word, lines[0])
            self.assertRegex(lines[-1], "worker ended|coordinator ends")


if __name__ == "__main__":
    unittest.main(verbosity=2)
