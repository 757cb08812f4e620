#!/usr/bin/env python3
"""Compares Millrace's SQL parser with Flink's own on generated statements: which are accepted, and as what.

  sql_parser_test.py --probe build/dev/tests/differential/sql_parser_probe [--statements N] [--seed S] [--show]

Prints the 2x2 table; statements that use an addition of ours are counted apart. Fails below 99 % agreement, below 30 % refused
by Flink, and on a disagreement that sql_parser_disagreements.txt does not explain (--show prints all of them).
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

from sql_statements import Statements

HERE = pathlib.Path(__file__).resolve().parent
HOME = next(iter(sorted((HERE / "../../build/deps").resolve().glob("flink-sql-parser-*"))), None)


def answers(command, statements):
    """One answer per statement; a control character ends each, on both sides."""
    data = "".join(text + "\0" for text in statements).encode()
    lines = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode().split("\0")
    assert len(lines) == len(statements) + 1, f"{command[0]}: {len(lines) - 1} answers to {len(statements)} statements"
    return lines[:-1]


def flink(statements):
    subprocess.run([HERE / "flink_parser/install"], check=True)
    home = HOME or next((HERE / "../../build/deps").resolve().glob("flink-sql-parser-*"))
    return answers(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss8m", "-cp", f"{home}:{home}/*", "FlinkParser"], statements)


def read_rules():
    """kind, pattern, reason; of the first rule whose pattern is found in the evidence."""
    rules = []
    for line in (HERE / "sql_parser_disagreements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            kind, pattern, reason = (part.strip() for part in line.split(" ;; "))
            rules.append((kind, re.compile(pattern, re.S), reason))
    return rules


# How Flink writes back what both read alike: its defaults spelled out, its own names, its own ways to write numbers.
NORMAL_FORMS = [(re.compile(pattern), new) for pattern, new in (
    (r"/\*\+.*?\*/ ?", ""), (r" AND (?=\*/)", ""), (r"\b(PREV|NEXT|LAST|FIRST)\(([^()]*), [01]\)", r"\1(\2)"), (r"GROUP BY ROW\(", "GROUP BY ("),
    (r"`\$(TUMBLE|HOP|SESSION)`", r"\1"), (r"\(TABLE ([^()]*)\)", r"TABLE \1"), (r"IS (NOT )?JSON VALUE", r"IS \1JSON"),
    (r" (NULL|ABSENT|ERROR) ON (EMPTY|ERROR|NULL)", ""), (r" FALSE ON ERROR", ""), (r" WITHOUT ARRAY WRAPPER", ""), (r" ELSE NULL END", " END"),
    (r" (RESTRICT)$", ""), (r"TRIM\(BOTH ' ' FROM ", "TRIM("), (r"^ALTER TABLE IF EXISTS", "ALTER TABLE"), (r"CAST\(NULL AS NULL\)", "NULL"),
)]
NUMBER = re.compile(r"(?<![\w'.])(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(?![\w'])")


def normal(text):
    text = re.sub(r" {2,}", " ", text)
    for pattern, new in NORMAL_FORMS:
        text = pattern.sub(new, text)
    text = NUMBER.sub(lambda match: repr(float(match.group())), text)
    if text.startswith("EXPLAIN "):
        text = re.sub(r"CHANGELOG_MODE, JSON_EXECUTION_PLAN|JSON_EXECUTION_PLAN, CHANGELOG_MODE", "DETAILS", text)
    if "PRIMARY KEY" in text:
        text = text.replace(" NOT NULL", "")  # Flink writes it behind the columns of the key.
    if text.startswith("SHOW "):
        text = text.upper()
    if text.startswith("ALTER TABLE"):
        text = re.sub(r" +", " ", re.sub(r"[()]", " ", text)).replace(" ,", ",").strip()
    return re.sub(r" (?=[);]|$)", "", re.sub(r" {2,}", " ", text))


class Comparison:
    def __init__(self, show):
        self.rules = read_rules()
        self.show = show
        self.table = collections.Counter()
        self.reasons = collections.Counter()
        self.unexplained = 0

    def disagree(self, kind, statement, evidence):
        reason = next((reason for rule, pattern, reason in self.rules if rule == kind and pattern.search(evidence)), None)
        self.reasons[(kind, reason or "NOT EXPLAINED")] += 1
        self.unexplained += reason is None
        if reason is None or self.show:
            print(f"{kind}: {statement}\n    {evidence}\n    {reason or 'NOT EXPLAINED'}")


def compare(probe, statements, comparison):
    ours, theirs = answers([probe], statements), flink(statements)
    both = []
    for statement, our, their in zip(statements, ours, theirs):
        additions, _, text = our[1:].partition(" ")
        if our[0] == "A" and additions != "0":
            comparison.table["additions"] += 1
            continue
        comparison.table[our[0] + their[0]] += 1
        if our[0] == "A" and their[0] == "A":
            both.append((statement, text, their[1:]))
        elif our[0] == "A":
            comparison.disagree("only-we-accept", statement, their[1:].partition("\n")[0] + " || " + text)
        elif their[0] == "A":
            comparison.disagree("only-flink-accepts", statement, our[1:] + " || " + their[1:].replace("\n", " "))
    written = [(statement, text, their) for statement, text, their in both if their]
    # The prefix of a character set, which Flink adds and does not need.
    again = answers([probe], [their.replace("_UTF16'", "'") for _, _, their in written])
    for (statement, text, their), read in zip(written, again):
        comparison.table["texts"] += 1
        if read[0] != "A":
            comparison.disagree("text-not-read", statement, read[1:] + " || " + their.replace("\n", " "))
        elif normal(read.partition(" ")[2]) != normal(text):
            comparison.disagree("text-differs", statement, f"{normal(text)} || {normal(read.partition(' ')[2])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probe", required=True)
    parser.add_argument("--statements", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    comparison = Comparison(arguments.show)
    compare(arguments.probe, Statements(arguments.seed).batch(arguments.statements), comparison)

    table, count = comparison.table, arguments.statements - comparison.table["additions"]
    agreement = (table["AA"] + table["RR"]) / count
    refused = (table["AR"] + table["RR"]) / count
    print(f"\n                    Flink accepts  Flink refuses\n"
          f"Millrace accepts    {table['AA']:13}  {table['AR']:13}\n"
          f"Millrace refuses    {table['RA']:13}  {table['RR']:13}\n"
          f"{count} statements, and {table['additions']} with additions of ours; agreement {agreement:.2%}; refused by Flink {refused:.1%}")
    different = sum(n for (kind, _), n in comparison.reasons.items() if kind.startswith("text"))
    print(f"of {table['texts']} texts that Flink wrote back, {table['texts'] - different} are the same tree here\n")
    for (kind, reason), number in sorted(comparison.reasons.items(), key=lambda item: -item[1]):
        print(f"{number:5}  {kind}: {reason}")
    if agreement < 0.99 or refused < 0.3 or comparison.unexplained > 0:
        sys.exit(f"FAILED: {comparison.unexplained} disagreements are not explained")


if __name__ == "__main__":
    main()
