#!/usr/bin/env python3
"""The reference pages of docs/ are what the binary prints.

    reference_pages.py BINARY            prints how they differ; exit code 1 if any does
    reference_pages.py BINARY --write    writes them anew
"""

import argparse
import difflib
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("configuration", "metrics", "connectors", "sql-functions")


def printed(binary, page):
    return subprocess.run([binary, "reference", page], capture_output=True, text=True, check=True).stdout


def differences(name, kept, now):
    """Lines of a diff; none if the page is right."""
    return list(difflib.unified_diff(kept.splitlines(), now.splitlines(), name, "what the code says", lineterm="", n=0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    wrong = []
    for page in PAGES:
        file = ROOT / "docs" / f"{page}.md"
        now = printed(options.binary, page)
        if options.write:
            file.write_text(now)
            continue
        diff = differences(f"docs/{page}.md", file.read_text() if file.is_file() else "", now)
        if diff:
            wrong.append(file.name)
            print("\n".join(diff))
    if wrong:
        print(f"\n{', '.join(wrong)} in docs/ differ from the code. Write them anew: deploy/dev docs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
