#!/usr/bin/env python3
"""Rules, runbooks, dashboards and their deployment agree with each other and with what the code says.

What a program can check without running anything; live_test.py runs the queries.
"""

import json
import pathlib
import re
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
RUNBOOKS = ROOT / "docs/runbooks"
SECTIONS = ["What a user notices", "How to look", "Likely causes", "What to do", "When to ignore it"]

sys.path.insert(0, str(ROOT / "deploy/grafana"))
import dashboards  # noqa: E402

NAME = re.compile(r"(?<![\w:])(?:\w+:)?(?:millrace|process)_\w+(?::\w+)?")
FAMILY = re.compile(r'\{"((?:millrace|process)_\w+)",\s*(k\w+)')
CODE_SPAN = re.compile(r"`([^`]+)`")


def load(path):
    return yaml.safe_load((ROOT / path).read_text())


def rules(kind):
    return [rule for path in RULES for group in load(path)["groups"] for rule in group["rules"] if kind in rule]


def families():
    """{name: kind} of metric_catalog.cc."""
    return dict(FAMILY.findall((ROOT / "common/metrics/metric_catalog.cc").read_text()))


def family_of(name, known):
    """The family that a series' name belongs to: those of histograms have suffixes."""
    base = re.sub(r"_(?:bucket|sum|count)$", "", name)
    return base if known.get(base) == "kHistogram" and base != name else name


def panel_queries():
    return [target["expr"] for made in dashboards.dashboards() for panel in made["panels"] for target in panel.get("targets", [])]


def runbook_pages():
    return {path.stem: path.read_text() for path in RUNBOOKS.glob("*.md") if path.stem != "README"}


class AlertsTest(unittest.TestCase):
    def test_every_alert_says_how_bad_it_is_what_happened_and_where_its_page_is(self):
        for alert in rules("alert"):
            with self.subTest(alert["alert"]):
                self.assertTrue(alert["alert"].startswith("Millrace"))
                self.assertIn(alert["labels"]["severity"], ("page", "warn"))
                self.assertEqual(sorted(alert["annotations"]), ["description", "runbook_url", "summary"])
                self.assertEqual(alert["annotations"]["runbook_url"], f"docs/runbooks/{alert['alert']}.md")

    def test_every_alert_has_a_page_and_every_page_an_alert(self):
        self.assertEqual(sorted(runbook_pages()), sorted(rule["alert"] for rule in rules("alert")))

    def test_every_alert_is_tested_to_fire_and_to_stay_silent(self):
        fires, silent = set(), set()
        for path in (ROOT / "tests/observability/alerts").glob("*.yml"):
            for test in load(path)["tests"]:
                for case in test.get("alert_rule_test", []):
                    (fires if case["exp_alerts"] else silent).add(case["alertname"])
        names = sorted(rule["alert"] for rule in rules("alert"))
        self.assertEqual(sorted(fires), names)
        self.assertEqual(sorted(silent), names)


class RunbooksTest(unittest.TestCase):
    def test_every_page_has_the_same_sections_in_the_same_order(self):
        for name, text in runbook_pages().items():
            with self.subTest(name):
                self.assertEqual(re.findall(r"^# (.+)$", text, re.M), [name])
                self.assertEqual(re.findall(r"^## (.+)$", text, re.M), SECTIONS)

    def test_the_index_lists_every_page_with_its_severity(self):
        rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|", (RUNBOOKS / "README.md").read_text(), re.M)
        self.assertEqual(sorted((name, severity) for name, link, severity in rows if name == link),
                         sorted((rule["alert"], rule["labels"]["severity"]) for rule in rules("alert")))

    def test_links_lead_somewhere(self):
        for name, text in runbook_pages().items():
            for link in re.findall(r"\]\(([^)]+)\)", text):
                self.assertTrue((RUNBOOKS / link).exists(), f"{name}: {link}")

    def test_quoted_log_lines_exist_in_the_code(self):
        code = "\n".join(path.read_text() for folder in ("cli", "common", "coordinator", "worker")
                         for path in (ROOT / folder).rglob("*.cc"))
        quoted = 0
        for path in RUNBOOKS.glob("*.md"):
            for span in CODE_SPAN.findall(path.read_text()):
                kind, _, message = " ".join(span.split()).partition(": ")
                if kind == "log":
                    quoted += 1
                    self.assertTrue(f'"{message}"' in code, f"{path.name}: nothing logs '{message}'")
        self.assertGreater(quoted, 20)

    def test_metrics_that_they_name_exist(self):
        known = families()
        for path in RUNBOOKS.glob("*.md"):
            for name in NAME.findall(path.read_text()):
                self.assertIn(family_of(name, known), known, path.name)


class MetricsTest(unittest.TestCase):
    def test_rules_and_dashboards_name_only_metrics_of_the_catalog_and_recorded_ones(self):
        known, recorded = families(), {rule["record"] for rule in rules("record")}
        self.assertGreater(len(known), 50)
        for expression in [rule["expr"] for rule in rules("expr")] + panel_queries():
            for name in NAME.findall(expression):
                self.assertTrue(name in recorded or family_of(name, known) in known, f"{name} in {expression}")

    def test_every_metric_of_the_catalog_is_on_a_dashboard(self):
        known = families()
        recorded = {rule["record"]: rule["expr"] for rule in rules("record")}
        shown = {family_of(name, known) for query in panel_queries()
                 for text in [query] + [expression for record, expression in recorded.items() if record in query]
                 for name in NAME.findall(text)}
        self.assertEqual(sorted(known.keys() - shown), [])

    def test_every_recorded_series_is_used(self):
        used = "\n".join([rule["expr"] for rule in rules("alert")] + panel_queries())
        for rule in rules("record"):
            self.assertIn(rule["record"], used)


class DeploymentTest(unittest.TestCase):
    def setUp(self):
        self.prometheus = load("deploy/prometheus/prometheus.yml")
        self.services = load("docker-compose.yml")["services"]

    def mounts(self, service):
        """{path in the container: path in the repository}"""
        pairs = [volume.split(":")[:2] for volume in self.services[service]["volumes"] if volume.startswith("./")]
        return {target: ROOT / source for source, target in pairs}

    def test_grafana_finds_dashboards_and_data_source_where_compose_mounts_them(self):
        mounts = self.mounts("grafana")
        self.assertEqual(mounts["/etc/grafana/provisioning"], ROOT / "deploy/grafana/provisioning")
        provider = load("deploy/grafana/provisioning/dashboards/millrace.yml")["providers"][0]
        self.assertEqual(mounts[provider["options"]["path"]], dashboards.FOLDER)
        source = load("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
        self.assertEqual(source["url"], "http://prometheus:9090")
        self.assertEqual(source["jsonData"]["timeInterval"], self.prometheus["global"]["scrape_interval"])

    def test_prometheus_scrapes_the_services_of_compose_at_their_ports(self):
        self.assertEqual(self.mounts("prometheus")["/etc/prometheus"], ROOT / "deploy/prometheus")
        jobs = {job["job_name"]: job for job in self.prometheus["scrape_configs"]}
        host, port = jobs["coordinator"]["static_configs"][0]["targets"][0].split(":")
        self.assertTrue(self.services[host]["environment"]["MILLRACE_COORDINATOR_HTTP_ADDRESS"].endswith(f":{port}"))
        found = jobs["worker"]["dns_sd_configs"][0]
        for name in found["names"]:
            self.assertTrue(self.services[name]["environment"]["MILLRACE_WORKER_HTTP_ADDRESS"].endswith(f":{found['port']}"))

    def test_a_streaming_job_keeps_its_own_label_job(self):
        for job in self.prometheus["scrape_configs"]:
            self.assertEqual(job.get("honor_labels", False), job["job_name"] != "prometheus")


class DashboardsTest(unittest.TestCase):
    def test_panels_do_not_overlap_and_stay_inside(self):
        for made in dashboards.dashboards():
            taken = set()
            for panel in made["panels"]:
                at = panel["gridPos"]
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertFalse(cells & taken, panel["title"])
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                taken |= cells

    def test_the_committed_files_are_valid_json_with_ids_of_their_own(self):
        for path in dashboards.FOLDER.glob("*.json"):
            ids = [panel["id"] for panel in json.loads(path.read_text())["panels"]]
            self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main(verbosity=1)
