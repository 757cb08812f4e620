#!/usr/bin/env python3
"""The compose file for real: a Docker engine, the fraud job on generated transactions, a lost worker, a stop and a start.

    compose_test.py [--binary FILE] [--stand-ins] [--keep]      deploy/dev compose-test

Without --binary the image is built from the Dockerfile, from the sources. Ends with one line:

    compose: alerts_expected=N alerts_found=N missing=0 wrong=0 alert_fired=1 alert_resolved=1

Exit status 0 only if that is what it says and every check on the way held. README.md says what is checked.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import checks
import images
from engine import FOLDER, ROOT, Engine, docker, say
from engine import run as run_command
from project import Project, inspect, logs

sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import free_port, read_topic, wait_until  # noqa: E402
from demo import compare  # noqa: E402

NAME = "millrace-compose-test"
IMAGE = "millrace:compose-test"
LOST = "MillraceWorkerLost"
GRACE_SECONDS = 30
PARTITIONS = 4  # Of the topic transactions, as docker-compose.yml makes it.
ROLES = ("coordinator", "worker")


class Scenario:
    def __init__(self, project, transactions):
        self.project = project
        self.transactions = transactions
        self.kafka = f"127.0.0.1:{project.ports['KAFKA_PORT']}"

    def job(self):
        """The one job; None while there is none that the coordinator tells of."""
        jobs = self.project.jobs()
        if not jobs:
            return None
        if len(jobs) > 1:
            raise RuntimeError(f"{len(jobs)} jobs, where one was submitted")
        if jobs[0]["state"] == "JOB_STATE_FAILED":
            raise RuntimeError(f"the job failed: {jobs[0]['message']}")
        return jobs[0]

    def wait_for_job(self, checkpoints=0):
        """Until the job runs and this coordinator has seen so many of its checkpoints complete."""
        def running():
            job = self.job()
            if not job or job["state"] != "JOB_STATE_RUNNING":
                return None
            return job if int((job["last_checkpoint"] or {}).get("completed", 0)) >= checkpoints else None
        return wait_until(running, 120, f"the job to run and to have {checkpoints} checkpoint(s)")

    def written(self):
        """Transactions in the topic, by the ends of its partitions."""
        ends = [word for partition in range(PARTITIONS) for word in ("-t", f"transactions:{partition}:-1")]
        answer = run_command("kcat", "-b", self.kafka, "-Q", *ends).stdout
        return sum(int(line.rsplit(" ", 1)[1]) for line in answer.splitlines())

    def wait_for_share(self, share):
        """Until so much of the transactions is written; returns how much is."""
        wanted = int(self.transactions * share)
        wait_until(lambda: self.written() >= wanted, 300, f"{wanted} transactions")
        return f"{self.written()} of {self.transactions} transactions written"

    def alerts(self):
        return read_topic(self.kafka, "alerts")

    def up(self, *arguments):
        self.project.compose(*arguments, "up", "--detach")

    def stop(self, *services):
        """SIGTERM; every role has to end by itself, with 0, within the grace period."""
        began = time.monotonic()
        self.project.compose("stop", *services)
        seconds = time.monotonic() - began
        for service in ROLES:
            for container in self.project.containers(service):
                code = inspect(container)["State"]["ExitCode"]
                if code != 0:
                    raise RuntimeError(f"a {service} ended with {code} on SIGTERM:\n{logs(container)}")
        say(f"stopped within {seconds:.0f} s, exit code 0")
        if seconds > 2 * GRACE_SECONDS:
            raise RuntimeError(f"stopping took {seconds:.0f} s: something was killed after its grace period")

    def generator_ended(self):
        state = inspect(self.project.containers("generator")[0])["State"]
        if state["Status"] != "exited":
            return False
        if state["ExitCode"] != 0:
            raise RuntimeError("the generator failed:\n" + logs(self.project.containers("generator")[0]))
        return True

    def truth(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "truth.jsonl"
            docker("cp", f"{self.project.containers('generator')[0]}:/var/lib/millrace/demo/truth.jsonl", file)
            return file.read_text().splitlines()


def bring_up(scenario):
    began = time.monotonic()
    scenario.up("--profile", "demo")
    job = scenario.wait_for_job(checkpoints=1)
    say(f"{job['job_id']} runs {time.monotonic() - began:.0f} s after `compose --profile demo up`")
    scenario.up("--profile", "demo")
    scenario.wait_for_job()
    say("a second `up` changed nothing: still one job")


def stop_and_go_on(scenario):
    """A stop in the midst of the transactions, and a start without the demo's services."""
    say(f"{scenario.wait_for_share(0.2)}; stopping coordinator and workers while more come in")
    scenario.stop(*ROLES)
    before = len(scenario.alerts())
    scenario.up()
    job = scenario.wait_for_job(checkpoints=3)
    say(f"{before} alerts so far; started again, the job goes on, at checkpoint {job['last_checkpoint']['epoch']}")


def lose_a_worker(scenario):
    """A worker is killed: the alert fires; it is started again: the alert is resolved."""
    project = scenario.project
    share = scenario.wait_for_share(0.5)
    alerts = scenario.alerts()
    if len(set(alerts)) != len(alerts):
        raise RuntimeError("alerts came twice after an orderly stop: it did not end at a checkpoint")
    wait_until(lambda: not project.firing(LOST), 120, f"{LOST} not to fire before anything is lost")
    victim = project.containers("worker")[-1]
    began = time.monotonic()
    docker("kill", victim)
    say(f"{share}; docker kill of worker {victim}")
    wait_until(lambda: project.firing(LOST), 180, f"{LOST} to fire")
    say(f"Prometheus fires {LOST}, {time.monotonic() - began:.0f} s after the kill")
    docker("start", victim)
    began = time.monotonic()
    wait_until(lambda: not project.firing(LOST), 180, f"{LOST} to be resolved")
    say(f"the worker is back; {LOST} is resolved {time.monotonic() - began:.0f} s later")


def wait_for_alerts(scenario):
    """Counts (expected, missing, wrong, duplicated) once nothing is missing, or when the time is up."""
    wait_until(scenario.generator_ended, 600, "the generator to end")
    truth = scenario.truth()
    say(f"all transactions are written; {len(truth)} alerts are expected")
    deadline = time.monotonic() + 180
    while True:
        counts = compare(truth, scenario.alerts())
        if counts[1] == 0 or time.monotonic() > deadline:
            return counts
        say(f"{counts[1]} alerts to come")
        time.sleep(2)


def stop_at_the_end(scenario):
    """Everything is stopped and started. A job that lost its place would write its alerts again."""
    before = len(scenario.alerts())
    scenario.stop()
    scenario.up()
    scenario.wait_for_job(checkpoints=3)
    after = len(scenario.alerts())
    if after != before:
        raise RuntimeError(f"{after - before} more alerts after a stop and a start of everything")
    say("everything was stopped and started: not an alert more")


def run_scenario(scenario):
    bring_up(scenario)
    checks.contained(scenario.project)
    checks.log_lines(scenario.project)
    stop_and_go_on(scenario)
    lose_a_worker(scenario)
    expected, missing, wrong, duplicated = wait_for_alerts(scenario)
    if duplicated:
        raise RuntimeError(f"{duplicated} alerts came twice")
    stop_at_the_end(scenario)
    return expected, missing, wrong


def build_image(project, binary):
    began = time.monotonic()
    if binary:
        images.make_image_of(binary, IMAGE)
    else:
        say("building the image from the sources: this takes a while")
        project.compose("build", "coordinator")
    say(f"image of {images.size_of(IMAGE) / 1e6:.0f} MB, {time.monotonic() - began:.0f} s")
    checks.small(IMAGE)


def run(options):
    project = Project(NAME, {
        "MILLRACE_IMAGE": IMAGE, "DEMO_TRANSACTIONS": options.transactions, "DEMO_RATE": options.rate,
        **{port: free_port() for port in images.defaults() if port.endswith("_PORT")}})
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Engine() as engine:
        if engine.own or options.stand_ins:
            images.make_stand_ins()
        project.down()
        build_image(project, options.binary)
        checks.mistakes(IMAGE)
        try:
            expected, missing, wrong = run_scenario(Scenario(project, options.transactions))
        except Exception:
            for service in ROLES:
                for container in project.containers(service):
                    print(f"--- {service} {container}\n{logs(container)}", file=sys.stderr)
            raise
        finally:
            if not options.keep:
                project.down()
    print(f"compose: alerts_expected={expected} alerts_found={expected - missing} missing={missing} wrong={wrong} "
          f"alert_fired=1 alert_resolved=1", flush=True)
    return 0 if missing == 0 and wrong == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, help="put this binary into the image instead of building one")
    parser.add_argument("--stand-ins", action="store_true",
                        help="make stand-ins for images that are missing, in the engine that runs as well")
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=8_000, help="transactions per second")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
