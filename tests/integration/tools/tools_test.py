#!/usr/bin/env python3
"""millrace health, doctor and reference against real processes, without Kafka. MILLRACE_BINARY names the binary under test."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, free_port, wait_until  # noqa: E402

BINARY = os.environ["MILLRACE_BINARY"]


class ToolsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.cluster = Cluster(BINARY, cls.folder, workers=1)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()

    def millrace(self, *arguments, **environment):
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env=dict(os.environ, **environment))

    def doctor(self, *arguments):
        """(exit status, {check: (verdict, detail, remedy)})"""
        ran = self.millrace("doctor", "-o", "json", *arguments)
        checks = json.loads(ran.stdout)["checks"]
        return ran.returncode, {c["check"]: (c["verdict"], c["detail"], c["remedy"]) for c in checks}

    def roles(self):
        """The settings of the cluster that runs, as its processes were given them."""
        return [a for role in (self.cluster.coordinator, self.cluster.workers[0]) for a in role.arguments[2:]]

    def test_health_asks_where_the_roles_own_configuration_has_it_listen(self):
        port = self.cluster.http.rpartition(":")[2]
        ran = self.millrace("health", "coordinator", "--ready", MILLRACE_COORDINATOR_HTTP_ADDRESS=f"0.0.0.0:{port}")
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, f"ready: http://127.0.0.1:{port}/readyz\n", ""))

    def test_health_of_a_worker_and_of_the_grpc_port(self):
        worker = self.cluster.workers[0].http
        self.assertEqual(self.millrace("health", "worker", "--ready", "--address", worker).returncode, 0)
        ran = self.millrace("health", "coordinator", "--grpc", "--set", f"coordinator.rpc_address={self.cluster.rpc}")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_nobody_there_is_one_line_and_status_1(self):
        nobody = f"127.0.0.1:{free_port()}"
        for arguments in (("health",), ("health", "coordinator", "--grpc"), ("health", "worker", "--ready")):
            ran = self.millrace(*arguments, "--address", nobody)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr.count("\n")), (1, "", 1), ran)
            self.assertIn(nobody, ran.stderr)

    def test_a_wrong_question_is_status_2(self):
        for arguments in (("--timeout", "soon"), ("--address", "nowhere"), ("worker", "--grpc"), ("--set", "coordinator.slotz=1")):
            self.assertEqual(self.millrace("health", *arguments).returncode, 2, arguments)

    def test_a_worker_without_its_coordinator_lives_but_is_not_ready(self):
        http = f"127.0.0.1:{free_port()}"
        worker = subprocess.Popen(
            [BINARY, "worker", "--set", f"worker.coordinator=127.0.0.1:{free_port()}", "--set", f"worker.http_address={http}",
             "--set", "worker.exchange_address=127.0.0.1:0", "--set", f"worker.data_dir={self.folder / 'alone'}"],
            stderr=subprocess.DEVNULL)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.terminate)
        wait_until(lambda: self.millrace("health", "worker", "--address", http).returncode == 0, 30, "the worker")
        ran = self.millrace("health", "worker", "--ready", "--address", http)
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stderr, "503: not registered with the coordinator")

    def test_doctor_finds_the_cluster_that_runs(self):
        status, checks = self.doctor("--coordinator", self.cluster.rpc, *self.roles())
        self.assertEqual(status, 0, checks)
        self.assertEqual(checks["coordinator"][0], "ok")
        for setting in ("coordinator.rpc_address", "coordinator.http_address", "worker.http_address"):
            self.assertEqual(checks[setting][0], "ok")
            self.assertRegex(checks[setting][1], "in use: the (coordinator|worker) runs")
        self.assertEqual(list((self.folder / "checkpoints").glob(".millrace-doctor*")), [])

    def test_doctor_tells_a_port_that_another_program_has(self):
        status, checks = self.doctor("--role", "worker", "--set", f"worker.exchange_address={self.cluster.http}")
        verdict, detail, remedy = checks["worker.exchange_address"]
        self.assertEqual((status, verdict), (1, "fail"), checks)
        self.assertIn("already in use", detail)
        self.assertIn("worker.exchange_address", remedy)

    def test_doctor_tells_a_folder_that_is_none_and_a_configuration_that_cannot_be_read(self):
        (self.folder / "file").write_text("")
        status, checks = self.doctor("--role", "coordinator", "--set", f"checkpoint.dir={self.folder / 'file'}")
        self.assertEqual((status, checks["checkpoint.dir"][0]), (1, "fail"))
        wrong = self.folder / "wrong.yaml"
        wrong.write_text("worker:\n  slotz: 4\n")
        status, checks = self.doctor("--config", str(wrong))
        self.assertEqual((status, checks["configuration"][0]), (1, "fail"))
        self.assertIn("wrong.yaml:2", checks["configuration"][1])
        self.assertIn("clock", checks)

    def test_doctor_tells_a_kafka_that_is_not_there(self):
        nobody = f"127.0.0.1:{free_port()}"
        status, checks = self.doctor("--kafka", nobody, "--timeout", "1s")
        self.assertEqual((status, checks["kafka"][0]), (1, "fail"))
        self.assertIn(nobody, checks["kafka"][1])

    def test_both_roles_read_the_example_configuration(self):
        example = self.folder / "example.yaml"
        example.write_text(self.millrace("reference", "example").stdout)
        _, checks = self.doctor("--config", str(example))
        self.assertEqual(checks["configuration"][0], "ok", checks)


if __name__ == "__main__":
    unittest.main()
