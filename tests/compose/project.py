"""The compose file of the tree, brought up under a name and on ports of its own."""

import json
import os
import urllib.parse
import urllib.request

from engine import ROOT, docker, run


class Project:
    def __init__(self, name, variables):
        self.name = name
        self.ports = {key: value for key, value in variables.items() if key.endswith("_PORT")}
        self.environment = dict(os.environ, COMPOSE_PROJECT_NAME=name, **{key: str(value) for key, value in variables.items()})

    def compose(self, *arguments, check=True):
        return run(ROOT / "deploy/docker/compose", *arguments, check=check, env=self.environment)

    def containers(self, service=None):
        """Ids of all containers, ended ones too, in the order of their names."""
        filters = ["--filter", f"label=com.docker.compose.project={self.name}"]
        if service is not None:
            filters += ["--filter", f"label=com.docker.compose.service={service}"]
        rows = docker("ps", "--all", "--format", "{{.Names}} {{.ID}}", *filters).stdout.splitlines()
        return [row.split()[1] for row in sorted(rows)]

    def get(self, port, path, **query):
        """The JSON that a published port answers; None if there is no answer."""
        url = f"http://127.0.0.1:{self.ports[port]}{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    def jobs(self):
        """None if the coordinator does not answer."""
        answer = self.get("MILLRACE_HTTP_PORT", "/api/v1/jobs")
        return None if answer is None else answer["jobs"]

    def firing(self, alert):
        """Whether Prometheus fires the alert. An answer that does not come is an error: it must not pass for a resolved alert."""
        answer = self.get("PROMETHEUS_PORT", "/api/v1/alerts")
        if answer is None:
            raise RuntimeError("Prometheus does not answer")
        return any(entry["labels"]["alertname"] == alert and entry["state"] == "firing" for entry in answer["data"]["alerts"])

    def down(self):
        self.compose("--profile", "demo", "--profile", "obs", "down", "--volumes", "--remove-orphans", "--timeout", "5", check=False)


def inspect(container):
    return json.loads(docker("inspect", container).stdout)[0]


def logs(container, tail=30):
    result = docker("logs", "--tail", tail, container)
    return result.stdout + result.stderr
