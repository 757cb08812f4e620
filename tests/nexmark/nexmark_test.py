#!/usr/bin/env python3
"""The Nexmark queries over a thousand events, against what Apache Flink made of them. Run by ctest; README.md says how that was made.

    nexmark_test.py --binary build/dev/cli/millrace [QUERY ...]
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
EVENTS = FOLDER / "events.json"
CSV = ("'connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv', 'csv.field-delimiter' = '\t', "
       "'csv.null-literal' = '\\N', 'csv.disable-quote-character' = 'true'")


def rows_of(folder):
    """All rows of the files below `folder`, sorted by their bytes; those of a partition end with its path."""
    rows = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith(("_", ".")):
            partition = path.parent.relative_to(folder).as_posix()
            end = "" if partition == "." else f"\t{partition}"
            rows += [line + end for line in path.read_text().splitlines()]
    return sorted(rows, key=str.encode)


def run(binary, query, parallelism):
    """The rows of the query's sink."""
    with tempfile.TemporaryDirectory(prefix="millrace-") as scratch:
        scratch = pathlib.Path(scratch)
        script = scratch / f"{query}.sql"
        script.write_text((FOLDER / "tables.sql").read_text() + (FOLDER / f"{query}.sql").read_text())
        sink = scratch / "out"
        result = subprocess.run(
            [binary, "run", str(script), "-p", str(parallelism), "--var", f"events={EVENTS}", "--var", f"sink={CSV.format(path=sink)}"],
            capture_output=True, text=True, timeout=100)
        if result.returncode != 0:
            raise RuntimeError(result.stderr or result.stdout)
        return rows_of(sink)


def difference(query, rows):
    """What is wrong with `rows`; nothing if they are Flink's."""
    if query == "q12":  # Which window a bid falls into is a matter of time; that it is counted once is not.
        counted = collections.Counter()
        for row in rows:
            bidder, bids = row.split("\t")[:2]
            counted[int(bidder)] += int(bids)
        bids = (json.loads(line)["bid"] for line in EVENTS.read_text().splitlines())
        wanted = collections.Counter(bid["bidder"] for bid in bids if bid)
        return {bidder: (counted[bidder], wanted[bidder]) for bidder in counted | wanted if counted[bidder] != wanted[bidder]}
    expected = (FOLDER / f"golden/{query}.tsv").read_text().splitlines()
    if rows == expected:
        return None
    found, wanted = collections.Counter(rows), collections.Counter(expected)
    return {"rows": len(rows), "expected": len(expected), "too many": list(found - wanted)[:3], "missing": list(wanted - found)[:3]}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("queries", nargs="*")
    options = arguments.parse_args()
    queries = options.queries or sorted((path.stem for path in FOLDER.glob("q*.sql")), key=lambda name: int(name[1:]))
    wrong = 0
    for query in queries:
        for parallelism in (1, 2):
            rows = run(options.binary, query, parallelism)
            what = difference(query, rows)
            wrong += bool(what)
            print(f"{query} -p {parallelism}: {len(rows)} rows, {what or 'as Flink has them'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
