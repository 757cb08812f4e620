"""A Docker engine for the test: the one that runs, or one that is installed and started for as long as the test takes."""

import os
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/docker"
PACKAGES = {"dockerd": "docker.io", "docker-compose": "docker-compose", "debootstrap": "debootstrap"}
START_SECONDS = 60


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def run(*command, check=True, **options):
    """Runs a command and returns it with its output; a failure says what was said."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if check and result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result


def docker(*arguments, **options):
    return run("docker", *arguments, **options)


def answers():
    return shutil.which("docker") is not None and docker("info", check=False).returncode == 0


def install():
    """Debian's packages of whatever is missing."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [package for program, package in PACKAGES.items() if shutil.which(program, path=path) is None]
    if not missing:
        return
    say(f"installing {' '.join(missing)}")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    run(*as_root, "apt-get", "update", "-q")
    # The package would start a daemon of its own, with images of its own.
    run(*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1",
        "apt-get", "install", "-q", "-y", "--no-install-recommends", *missing)


class Engine:
    """Use as a context manager. `own` says whether it was started here: then its images lie under build/docker, and it ends with
    the test."""

    def __init__(self):
        self.process = None

    @property
    def own(self):
        return self.process is not None

    def __enter__(self):
        if answers():
            say("a Docker engine answers; it is used")
            return self
        install()
        if answers():
            return self
        FOLDER.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            raise RuntimeError("no Docker engine answers, and only root can start one")
        say("starting a Docker engine of the test's own")
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        with open(FOLDER / "dockerd.log", "wb") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", str(FOLDER / "data"), "--pidfile", str(FOLDER / "dockerd.pid")],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, env=dict(os.environ, PATH=path))
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"dockerd does not answer; its log is {FOLDER / 'dockerd.log'}")
            time.sleep(0.2)
        return self

    def __exit__(self, *error):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
