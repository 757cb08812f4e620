#!/usr/bin/env python3
"""Mutates generated statements, byte by byte, against parser and binder: no crash, and every tree is read again as it was written.

  sql_parser_fuzz.py --probe build/asan/tests/differential/sql_parser_probe --cpu-seconds 600 [--seed S]
"""

import argparse
import subprocess
import sys

from sql_statements import Statements


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True)
    parser.add_argument("--cpu-seconds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    corpus = "".join(text + "\0" for text in Statements(arguments.seed).batch(1000)).encode()
    sys.exit(subprocess.run([arguments.probe, "--fuzz", str(arguments.cpu_seconds), str(arguments.seed)], input=corpus).returncode)


if __name__ == "__main__":
    main()
