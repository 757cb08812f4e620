"""What holds for the image and for every container."""

import json
import pathlib
import tempfile

from engine import docker, say
from images import size_of
from project import inspect, logs

MOST_BYTES = 300_000_000
# Their images write where they please; Kafka's turns its variables into files of /opt.
WRITABLE = ("kafka", "init")


def small(image):
    if size_of(image) > MOST_BYTES:
        raise RuntimeError(f"{image} has {size_of(image)} bytes, more than {MOST_BYTES}")


def contained(project):
    """No container is root, has a capability or may gain one; ours and Prometheus cannot write outside their volumes."""
    for container in project.containers():
        facts = inspect(container)
        service, host = facts["Config"]["Labels"]["com.docker.compose.service"], facts["HostConfig"]
        wanted = {
            "a user that is not root": facts["Config"]["User"].split(":")[0] not in ("", "0", "root"),
            "no capabilities": host["CapDrop"] == ["ALL"] and not host["CapAdd"] and not host["Privileged"],
            "no new privileges": any(option.startswith("no-new-privileges") for option in host["SecurityOpt"]),
            "a read-only root": host["ReadonlyRootfs"] or service in WRITABLE,
            "ports on loopback": all(port["HostIp"] == "127.0.0.1" for ports in (host["PortBindings"] or {}).values() for port in ports),
        }
        for what, holds in wanted.items():
            if not holds:
                raise RuntimeError(f"{service} should have {what}")
    # The engine's word for it is good; the kernel's is better.
    worker = project.containers("worker")[0]
    if docker("exec", worker, "id", "-u").stdout.strip() != "10001":
        raise RuntimeError("the worker does not run as 10001")
    if docker("exec", worker, "touch", "/usr/here", check=False).returncode == 0:
        raise RuntimeError("the worker's root can be written")
    say(f"{len(project.containers())} containers: not root, no capabilities, read-only, ports on 127.0.0.1")


def log_lines(project):
    """The roles write JSON, line by line, and say loudly that they are open to their network."""
    for service in ("coordinator", "worker"):
        for container in project.containers(service):
            lines = [json.loads(line) for line in logs(container, tail="all").splitlines()]
            if not any(line["level"] == "warning" and "insecure" in line["msg"] for line in lines):
                raise RuntimeError(f"the {service} does not say that it runs with --insecure")
    say("logs: JSON in every line, and a warning of --insecure")


def mistakes(image):
    """Mistakes of a person give one line that names the place, and the exit code that tells usage from failure."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        place.chmod(0o755)
        broken, unknown, locked = place / "broken.yaml", place / "unknown.yaml", place / "locked"
        broken.write_text("worker:\n  memory: [1\n")
        unknown.write_text("worker:\n  memroy: 1GiB\n")
        locked.mkdir(mode=0o755)
        mounts = {"broken": ["-v", f"{broken}:/etc/millrace.yaml:ro"], "unknown": ["-v", f"{unknown}:/etc/millrace.yaml:ro"]}
        for name, expected in (("broken", "/etc/millrace.yaml:"), ("unknown", "memory")):
            _fails(image, mounts[name], ["worker", "--config", "/etc/millrace.yaml"], 2, expected)
        for role, data in (("coordinator", "/var/lib/millrace/coordinator"), ("worker", "/var/lib/millrace/worker")):
            _fails(image, ["-v", f"{locked}:{data}"], [role], 1, data)
        _fails(image, [], ["coordinator", "--set", "coordinator.rpc_address=0.0.0.0:7070"], 1, "--insecure")
    say("mistakes in the configuration: one clear line each, exit codes 2 (usage) and 1 (failure)")


def _fails(image, options, command, code, expected):
    result = docker("run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", *options, image, *command,
                    check=False, timeout=60)
    output = (result.stdout + result.stderr).strip()
    if result.returncode != code or expected not in output or len(output.splitlines()) != 1:
        raise RuntimeError(f"millrace {' '.join(command)} ended with {result.returncode}, expected {code} and one line with "
                           f"'{expected}':\n{output}")
