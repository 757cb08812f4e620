#!/usr/bin/env python3
"""Runs clang-tidy (.clang-tidy: an allowlist) over the sources that git knows, or over those named.

    clang_tidy.py [--build build/dev] [--jobs N] [FILE...]

The compile commands of the build folder are used without GCC's precompiled headers, which mean nothing to clang, and without its
warnings, which the build gives already.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOR_GCC = re.compile(r" -include \S*cmake_pch\S*| -fpch-preprocess| -W[\w-]+")
CCACHE = re.compile(r"^.*?\S*ccache ")


def plain_commands(build):
    """The entries of compile_commands.json as clang understands them."""
    entries = json.loads((build / "compile_commands.json").read_text())
    for entry in entries:
        entry["command"] = CCACHE.sub("", FOR_GCC.sub("", entry["command"]))
    return entries


def tracked_sources():
    listed = subprocess.run(["git", "ls-files", "*.cc"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


def check(clang_tidy, source, commands):
    run = subprocess.run([clang_tidy, "-p", commands, "--quiet", source], cwd=ROOT, capture_output=True, text=True)
    # What remains on stderr is the count of warnings that nobody asked for.
    return run.returncode, run.stdout if run.stdout.strip() or run.returncode == 0 else run.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/dev", type=pathlib.Path)
    parser.add_argument("--jobs", default=os.cpu_count(), type=int)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()

    clang_tidy = shutil.which("clang-tidy") or shutil.which("clang-tidy-14")
    if clang_tidy is None:
        print("clang-tidy is not installed: deploy/install build", file=sys.stderr)
        return 2

    entries = plain_commands(ROOT / arguments.build)
    known = {os.path.relpath(entry["file"], ROOT) for entry in entries}
    sources = [source for source in arguments.files or tracked_sources() if source in known]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(entries))
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for code, output in pool.map(lambda source: check(clang_tidy, source, folder), sources):
                failed += code != 0
                if output.strip():
                    print(output.strip(), flush=True)
    print(f"clang-tidy: {len(sources)} files, {failed} with errors")
    return 1 if failed or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
