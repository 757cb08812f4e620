#!/usr/bin/env python3
"""A real Prometheus scrapes a real cluster; every query of the dashboards and every series that a rule reads must be there.

Run by ctest (label observability); MILLRACE_TEST_KAFKA names the broker, MILLRACE_BINARY the binary under test.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy/demo"), str(ROOT / "deploy/grafana")]
import dashboards  # noqa: E402
from cluster import Cluster, Process, free_port, wait_until  # noqa: E402

BOOTSTRAP = os.environ["MILLRACE_TEST_KAFKA"]
BINARY = os.environ["MILLRACE_BINARY"]
SUFFIX = f"{os.getpid()}-{int(time.time())}"

# What may give nothing here, and why. Everything else must give at least one series.
EMPTY = {
    "What fires": "nothing is wrong with this cluster",
    "What fires for these jobs": "nothing is wrong with these jobs",
}

# Rows are made up, go through Kafka, are counted in short windows, and held in long ones until they fill RocksDB.
GENERATE = """
SET 'pipeline.name' = 'generate';
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '500 ms';
CREATE TABLE made (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'datagen', 'rows-per-second' = '20000');
CREATE TABLE events (id BIGINT, at TIMESTAMP(3))
WITH ('connector' = 'kafka', 'topic' = '${events}', 'properties.bootstrap.servers' = '${bootstrap}',
      'sink.delivery-guarantee' = 'at-least-once', 'format' = 'json');
INSERT INTO events SELECT id, at FROM made;
"""
COUNT = """
SET 'pipeline.name' = 'count';
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '500 ms';
CREATE TABLE events (id BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '1' SECOND)
WITH ('connector' = 'kafka', 'topic' = '${events}', 'properties.bootstrap.servers' = '${bootstrap}',
      'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE totals (window_start TIMESTAMP(3), n BIGINT)
WITH ('connector' = 'kafka', 'topic' = '${totals}', 'properties.bootstrap.servers' = '${bootstrap}',
      'sink.delivery-guarantee' = 'at-least-once', 'format' = 'json');
CREATE TABLE held (id BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO totals
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' SECOND))
GROUP BY window_start, window_end;
INSERT INTO held
SELECT id, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' HOUR)) GROUP BY id, window_start, window_end;
"""

SELECTOR = re.compile(r"(?<![\w:])(?:up|(?:\w+:)?(?:millrace|process)_\w+(?::\w+)?)\b(?:\{[^}]*\})?")
LABEL_VALUES = re.compile(r"label_values\((.*), (\w+)\)")


class Prometheus:
    """The server, with the repository's configuration and rules, but the addresses of `cluster` and scrapes every second."""

    def __init__(self, folder, cluster):
        self.address = f"127.0.0.1:{free_port()}"
        folder.mkdir()
        shutil.copytree(ROOT / "deploy/prometheus/rules", folder / "rules")
        configuration = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
        configuration["global"].update(scrape_interval="1s", scrape_timeout="1s", evaluation_interval="1s")
        targets = {"coordinator": [cluster.http], "worker": [worker.http for worker in cluster.workers],
                   "prometheus": [self.address]}
        for job in configuration["scrape_configs"]:
            job.pop("dns_sd_configs", None)
            job["static_configs"] = [{"targets": targets.pop(job["job_name"])}]
        assert not targets
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
        program = shutil.which("prometheus") or str(ROOT / "build/deps/bin/prometheus")
        self.process = Process("prometheus", [
            program, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self.address}", "--log.level=warn"], folder)

    def start(self):
        self.process.start()
        wait_until(self.ready, 30, "Prometheus")

    def ready(self):
        if not self.process.alive():
            raise RuntimeError("Prometheus ended:\n" + self.process.log_tail())
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except OSError:
            return False

    def api(self, path, **parameters):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{json.load(error).get('error')}: {parameters}") from None

    def query(self, expression):
        """The labels of every series in the answer."""
        return [sample["metric"] for sample in self.api("query", query=expression)["result"]]

    def rules(self):
        return [rule for group in self.api("rules")["groups"] for rule in group["rules"]]

    def firing(self):
        return {rule["name"] for rule in self.rules() if rule.get("state") == "firing"}


def escaped(value):
    """As Grafana puts a value of a variable into a regular expression inside a PromQL string."""
    return re.sub(r"([\\^$*+?.()|\[\]{}])", r"\\\\\1", value)


class Filled:
    """Queries with variables replaced as Grafana would: every choice of each, and the least window of rates."""

    def __init__(self, prometheus, made):
        self.values = {"__rate_interval": "20s"}
        for variable in made["templating"]["list"]:
            if variable["type"] != "query":
                continue
            query, label = LABEL_VALUES.fullmatch(variable["definition"]).groups()
            found = sorted({labels[label] for labels in prometheus.query(self.fill(query))})
            self.values[variable["name"]] = "(" + "|".join(map(escaped, found)) + ")" if found else ""

    def fill(self, query):
        return re.sub(r"\$(\w+)", lambda match: self.values[match.group(1)], query)


def create_topic(name):
    topic = f"{name}-{SUFFIX}"
    subprocess.run([str(ROOT / "deploy/kafka/kafka"), "create", topic, "2"], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, MILLRACE_KAFKA=BOOTSTRAP))
    return topic


def panels():
    """(title, unfilled query, labels that its legend or table names, its dashboard)"""
    for made in dashboards.dashboards():
        for panel in made["panels"]:
            for target in panel.get("targets", []):
                labels = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
                yield panel["title"], target["expr"], labels, made


def missing(prometheus):
    """What a dashboard or rule asks for and does not get."""
    filled = {}
    lines = []
    for title, query, labels, made in panels():
        fill = filled.setdefault(made["uid"], Filled(prometheus, made)).fill
        found = prometheus.query(fill(query))
        without = [label for label in labels if any(label not in series for series in found)]
        if title not in EMPTY and not found:
            lines.append(f"panel '{title}': nothing for {fill(query)}")
        elif without:
            lines.append(f"panel '{title}': series without {without} for {fill(query)}")
    for selector in sorted({selector for rule in prometheus.rules() for selector in SELECTOR.findall(rule["query"])}):
        if not prometheus.query(selector):
            lines.append(f"rules: nothing for {selector}")
    return lines


class LiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.cluster = Cluster(BINARY, cls.folder, workers=2, slots=4)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        names = {"events": create_topic("events"), "totals": create_topic("totals"), "bootstrap": BOOTSTRAP}
        for name, text in (("generate", GENERATE), ("count", COUNT)):
            script = cls.folder / f"{name}.sql"
            script.write_text(text)
            cls.cluster.wait_for_state(cls.cluster.submit(script, **names), "RUNNING")
        cls.prometheus = Prometheus(cls.folder / "prometheus", cls.cluster)
        cls.addClassCleanup(cls.prometheus.process.stop)
        cls.prometheus.start()

    def test_1_every_panel_and_every_rule_finds_its_series(self):
        for title in EMPTY:
            self.assertIn(title, {title for title, *_ in panels()}, "EMPTY names a panel that is not there")
        deadline = time.monotonic() + 40
        while (lines := missing(self.prometheus)) and time.monotonic() < deadline:
            time.sleep(1)
        if lines:
            self.fail("\n" + "\n".join(lines))

    def test_2_every_rule_was_evaluated_without_error_and_a_healthy_cluster_alerts_nobody(self):
        rules = self.prometheus.rules()
        self.assertGreater(len(rules), 20)
        for rule in rules:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
        self.assertEqual(self.prometheus.firing(), set())

    def test_3_a_worker_that_is_killed_alerts_until_it_is_back(self):
        victim = self.cluster.workers[1]
        victim.kill()
        wait_until(lambda: "MillraceWorkerLost" in self.prometheus.firing(), 30, "the alert")
        self.assertEqual(len(self.prometheus.query(dashboards.FIRING % ", job=\"coordinator\"")), 1)
        victim.start()
        wait_until(lambda: not self.prometheus.firing(), 30, "the end of the alert")


class RunbooksTest(unittest.TestCase):
    def test_the_commands_that_they_name_exist(self):
        spans = [span for path in (ROOT / "docs/runbooks").glob("*.md") for span in re.findall(r"`([^`]+)`", path.read_text())]
        commands = {tuple(match.group().split()) for span in spans
                    if (match := re.match(r"millrace(?: job)? [a-z]+", " ".join(span.split())))}
        self.assertGreater(len(commands), 4)
        for _, *words in sorted(commands):
            result = subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, f"millrace {' '.join(words)}: {result.stdout}{result.stderr}")
            self.assertIn(f"Usage: millrace {' '.join(words)}", result.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
