"""Rules of docker-compose.yml and .env that a program can check without an engine."""

import re

LONG_RUNNING = ("kafka", "coordinator", "worker", "prometheus", "grafana")
# Kafka's image writes its configuration to /opt at every start.
WRITABLE = ("kafka", "init")
PINNED = re.compile(r"^[\w./-]+:v?\d+\.\d+\.\d+$")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)\}")


def variables_of(env):
    """NAME=VALUE lines of .env."""
    return dict(re.findall(r"^(\w+)=(.*)$", env, re.MULTILINE))


def filled(value, variables):
    """`value` with its ${NAME} replaced; an unknown one stays."""
    return VARIABLE.sub(lambda found: variables.get(found.group(1), found.group()), str(value))


def service_breaches(name, service, variables):
    image = filled(service.get("image", ""), variables)
    if not PINNED.match(image):
        yield f"image '{image}' is not pinned to a version"
    for port in service.get("ports", []):
        if not filled(port, variables).startswith("127.0.0.1:"):
            yield f"port {port} is not on 127.0.0.1"
    if name in LONG_RUNNING and "test" not in service.get("healthcheck", {}):
        yield "no health check"
    if name in LONG_RUNNING and service.get("restart") != "unless-stopped":
        yield "does not come back by itself"
    if name in LONG_RUNNING and "mem_limit" not in service:
        yield "no limit of memory"
    if name not in WRITABLE and service.get("read_only") is not True:
        yield "the root file system can be written"
    if service.get("cap_drop") != ["ALL"]:
        yield "keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "may gain privileges"
    if "container_name" in service:
        yield "a container_name rules out a second copy of the project"


def breaches(compose, env):
    """Lines that say what is wrong: 'worker: no health check'."""
    variables = variables_of(env)
    found = []
    if "version" in compose:
        found.append("the key 'version' is obsolete")
    for name, service in compose["services"].items():
        found += [f"{name}: {breach}" for breach in service_breaches(name, service, variables)]
    used = set(VARIABLE.findall(str(compose["services"])))
    found += [f"{name} is used, and .env does not say what it is" for name in sorted(used - set(variables))]
    found += [f"{name} of .env is used by nothing" for name in sorted(set(variables) - used)]
    return found
