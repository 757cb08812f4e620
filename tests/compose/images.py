"""The images that the compose file names, for a machine that reaches package registries but no image registry.

A stand-in has the public image's tag and what the compose file relies on of it, no more. It is made only if no image has that tag,
so `docker pull` before the test means that the public one is tested.
"""

import os
import pathlib
import re
import shutil
import tempfile

from engine import FOLDER, ROOT, docker, run, say

HERE = pathlib.Path(__file__).resolve().parent
BASE = "debian:bookworm-slim"
# As debian:bookworm-slim leaves them out.
NOT_SLIM = ("var/lib/apt/lists", "var/cache/apt/archives", "var/log", "usr/share/doc", "usr/share/man", "usr/share/info",
            "usr/share/locale", "usr/share/groff", "usr/share/lintian")


def defaults():
    """The variables of .env."""
    return dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env").read_text(), re.MULTILINE))


def exists(tag):
    return docker("image", "inspect", tag, check=False).returncode == 0


def size_of(tag):
    return int(docker("image", "inspect", "--format", "{{.Size}}", tag).stdout)


def build(tag, folder):
    docker("build", "--quiet", "--tag", tag, folder)


def mirror():
    """Where this machine has its packages from."""
    for file in [*pathlib.Path("/etc/apt").glob("sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]:
        found = re.search(r"^(?:URIs:|deb(?: \[[^]]*\])?) *(\S+/debian/?)\s", file.read_text(), re.MULTILINE)
        if found:
            return found.group(1)
    return "http://deb.debian.org/debian"


def take_settings(tree):
    """What this machine needs to reach its registries, containers need as well: proxies and certificates."""
    for file in pathlib.Path("/etc/apt/apt.conf.d").glob("*"):
        if re.search(r"^\s*Acquire::\w+::(?:Proxy|Verify|CaInfo)", file.read_text(), re.MULTILINE | re.IGNORECASE):
            shutil.copy(file, tree / "etc/apt/apt.conf.d")
    certificates = pathlib.Path("/usr/local/share/ca-certificates")
    if certificates.is_dir():
        shutil.copytree(certificates, tree / "usr/local/share/ca-certificates", dirs_exist_ok=True)


def make_base():
    if exists(BASE):
        return
    say(f"no image {BASE}: making a stand-in with debootstrap")
    with tempfile.TemporaryDirectory(dir=FOLDER) as work:
        tree = pathlib.Path(work) / "tree"
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        run("debootstrap", "--variant=minbase", "bookworm", tree, mirror(), env=dict(os.environ, PATH=path))
        take_settings(tree)
        for folder in NOT_SLIM:
            shutil.rmtree(tree / folder, ignore_errors=True)
            (tree / folder).mkdir(parents=True, exist_ok=True)
        (tree / "var/cache/apt/archives/partial").mkdir(exist_ok=True)
        archive = pathlib.Path(work) / "tree.tar"
        run("tar", "-C", tree, "-cf", archive, ".")
        docker("import", "--change", 'CMD ["bash"]', archive, BASE)


def make_kafka(tag):
    if exists(tag):
        return
    say(f"no image {tag}: making a stand-in from the broker of deploy/kafka")
    run(ROOT / "deploy/kafka/kafka", "install")
    version = tag.split(":")[1]
    with tempfile.TemporaryDirectory(dir=FOLDER) as work:
        context = pathlib.Path(work) / "kafka"
        shutil.copytree(HERE / "standin/kafka", context)
        shutil.copytree(ROOT / f"build/deps/kafka-{version}", context / "libs")
        build(tag, context)


def make_prometheus(tag):
    if exists(tag):
        return
    say(f"no image {tag}: making a stand-in from Debian's package")
    build(tag, HERE / "standin/prometheus")


def make_stand_ins():
    images = defaults()
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_base()
    make_kafka(images["KAFKA_IMAGE"])
    make_prometheus(images["PROMETHEUS_IMAGE"])


def make_image_of(binary, tag):
    """The Dockerfile with a binary that is built already in the place of its first stage: for trying things out."""
    runtime = (ROOT / "Dockerfile").read_text().split("FROM debian:bookworm-slim AS runtime", 1)[1]
    with tempfile.TemporaryDirectory(dir=FOLDER) as work:
        context = pathlib.Path(work)
        out = context / "out"
        for folder in ("usr/bin", "usr/lib/millrace", "etc/ld.so.conf.d"):
            (out / folder).mkdir(parents=True)
        run("strip", "-o", out / "usr/bin/millrace", binary)
        for library in ROOT.glob("build/deps/arrow-*/pyarrow/libarrow*.so.*"):
            if library.name.startswith(("libarrow.so", "libarrow_compute.so")):
                shutil.copy(library, out / "usr/lib/millrace")
        (out / "etc/ld.so.conf.d/millrace.conf").write_text("/usr/lib/millrace\n")
        shutil.copytree(ROOT / "examples", context / "examples")
        (context / "Dockerfile").write_text(
            f"FROM {BASE} AS build\nCOPY out /out\nFROM {BASE} AS runtime{runtime}")
        build(tag, context)
