#!/usr/bin/env python3
"""docker-compose.yml, .env and the Dockerfile by the rules of compose_rules.py. Run by ctest; needs no Docker."""

import pathlib
import re
import unittest

import yaml

from compose_rules import breaches, variables_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
ENV = (ROOT / ".env").read_text()
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def size(text):
    number, unit = re.fullmatch(r"(\d+)([kmg])(?:i?b)?", text.lower()).groups()
    return int(number) * UNITS[unit]


class TreeTest(unittest.TestCase):
    def test_the_file_keeps_the_rules(self):
        self.assertEqual(breaches(COMPOSE, ENV), [])

    def test_two_workers_are_the_default_and_their_number_may_change(self):
        worker = COMPOSE["services"]["worker"]
        self.assertEqual(worker["deploy"]["replicas"], 2)
        self.assertNotIn("ports", worker)

    def test_every_replica_has_local_state_of_its_own_and_all_share_the_checkpoints(self):
        named = {volume.split(":")[0] for volume in COMPOSE["services"]["worker"]["volumes"] if ":" in volume}
        self.assertEqual(named, {"checkpoints"})
        self.assertIn("checkpoints:/var/lib/millrace/checkpoints", COMPOSE["services"]["coordinator"]["volumes"])

    def test_a_worker_has_room_beyond_its_budget(self):
        variables = variables_of(ENV)
        self.assertLess(size(variables["MILLRACE_WORKER_MEMORY"]), size(variables["MILLRACE_WORKER_MEMORY_LIMIT"]))

    def test_one_service_builds_the_image_and_the_others_wait_for_it(self):
        services = COMPOSE["services"]
        self.assertEqual([name for name, service in services.items() if "build" in service], ["coordinator"])
        for name, service in services.items():
            if service["image"] == "${MILLRACE_IMAGE}" and name != "coordinator":
                self.assertIn("coordinator", service["depends_on"], name)

    def test_the_broker_is_of_the_version_that_the_other_tests_run(self):
        pom = (ROOT / "deploy/kafka/pom.xml").read_text()
        version = re.search(r"<kafka.version>(.*)</kafka.version>", pom).group(1)
        self.assertEqual(variables_of(ENV)["KAFKA_IMAGE"], f"apache/kafka:{version}")

    def test_the_image_has_the_version_of_the_project(self):
        version = re.search(r"project\(millrace VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertEqual(variables_of(ENV)["MILLRACE_IMAGE"], f"millrace:{version}")
        self.assertIn(f'org.opencontainers.image.version="{version}"', (ROOT / "Dockerfile").read_text())

    def test_what_is_mounted_is_there(self):
        mounts = [volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
        folders = [mount for mount in mounts if mount.startswith("./")]
        self.assertGreater(len(folders), 0)
        for folder in folders:
            self.assertTrue((ROOT / folder).is_dir(), folder)


class RulesTest(unittest.TestCase):
    """Each rule finds its breach."""

    def setUp(self):
        self.service = {
            "image": "prom/prometheus:v3.5.0", "ports": ["127.0.0.1:9090:9090"], "healthcheck": {"test": ["CMD", "true"]},
            "restart": "unless-stopped", "mem_limit": "1g", "read_only": True, "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"]}

    def found(self, env="", **changes):
        return breaches({"services": {"prometheus": dict(self.service, **changes)}}, env)

    def test_a_good_service_has_no_breach(self):
        self.assertEqual(self.found(), [])

    def test_an_image_without_a_full_version(self):
        for image in ("prom/prometheus", "prom/prometheus:latest", "prom/prometheus:v3"):
            self.assertEqual(self.found(image=image), [f"prometheus: image '{image}' is not pinned to a version"])

    def test_a_port_for_everybody(self):
        self.assertEqual(self.found(ports=["9090:9090"]), ["prometheus: port 9090:9090 is not on 127.0.0.1"])

    def test_what_is_missing_is_named(self):
        for change, breach in ((dict(healthcheck={}), "no health check"), (dict(restart="no"), "does not come back by itself"),
                               (dict(read_only=False), "the root file system can be written"),
                               (dict(cap_drop=[]), "keeps capabilities"), (dict(security_opt=[]), "may gain privileges"),
                               (dict(container_name="p"), "a container_name rules out a second copy of the project")):
            self.assertEqual(self.found(**change), [f"prometheus: {breach}"])
        del self.service["mem_limit"]
        self.assertEqual(self.found(), ["prometheus: no limit of memory"])

    def test_the_version_key(self):
        self.assertEqual(breaches({"version": "3", "services": {}}, ""), ["the key 'version' is obsolete"])

    def test_variables_and_their_defaults_agree(self):
        self.assertEqual(self.found(env="PORT=1\n"), ["PORT of .env is used by nothing"])
        self.assertEqual(self.found(mem_limit="${ROOM}"), ["ROOM is used, and .env does not say what it is"])
        self.assertEqual(self.found(env="IMAGE=prom/prometheus:v3.5.0\n", image="${IMAGE}"), [])


if __name__ == "__main__":
    unittest.main()
