#!/usr/bin/env python3
"""Rules for proto/*.proto, those of buf's STANDARD set that matter here, checked without buf.

Names: package millrace.v1, lower_snake_case fields, PascalCase messages and calls, enum values prefixed with the enum's name, the
first one UNSPECIFIED = 0, services ending in Service, each call with request and response types of its own name. Numbers: no
field number twice in a message, none above what fits.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A stream of the cluster's session is named after what it carries in each direction.
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*$")
PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*$")
FIELD = re.compile(r"(?:repeated |optional )?(?:map<[^>]+>|[\w.]+) (\w+) = (\d+);")
CALL = re.compile(r"rpc (\w+)\((?:stream )?([\w.]+)\) returns \((?:stream )?([\w.]+)\)")
NESTED = re.compile(r"^ +message (\w+) \{([^{}]*)\}", re.M)


def upper_snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def blocks(text, keyword):
    """(name, body) of each top-level block; bodies may nest."""
    for match in re.finditer(rf"^{keyword} (\w+) \{{", text, re.M):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield match.group(1), text[match.end():end - 1]


def check_message(name, body, wrong):
    if not PASCAL.match(name):
        wrong(f"message {name} is not PascalCase")
    for nested, fields in NESTED.findall(body):  # Its numbers are its own.
        check_message(f"{name}{nested}", fields, wrong)
    body = NESTED.sub("", body)
    numbers = {}
    for field, number in FIELD.findall(body):
        if not SNAKE.match(field):
            wrong(f"{name}.{field} is not lower_snake_case")
        if number in numbers:
            wrong(f"{name}.{field} has the number {number} of {numbers[number]}")
        numbers[number] = field


def check_enum(name, body, wrong):
    values = re.findall(r"(\w+) = (-?\d+);", body)
    prefix = upper_snake(name) + "_"
    if values[0] != (prefix + "UNSPECIFIED", "0"):
        wrong(f"the first value of {name} is {values[0][0]}, not {prefix}UNSPECIFIED = 0")
    for value, _ in values:
        if not value.startswith(prefix):
            wrong(f"{name}.{value} does not begin with {prefix}")


def check_service(name, body, wrong):
    if not name.endswith("Service"):
        wrong(f"service {name} does not end in Service")
    for call, request, response in CALL.findall(body):
        if not PASCAL.match(call) or request != call + "Request" or response != call + "Response":
            wrong(f"{name}.{call}({request}) returns ({response}): the types are to be {call}Request and {call}Response")


def check_file(path):
    mistakes = []

    def wrong(what):
        mistakes.append(f"{path.relative_to(ROOT)}: {what}")

    text = without_comments(path.read_text())
    if 'syntax = "proto3";' not in text or "package millrace.v1;" not in text:
        wrong("is not proto3 of package millrace.v1")
    if not path.read_text().startswith("//"):
        wrong("does not begin with a comment that says what it is for")
    for keyword, check in (("message", check_message), ("enum", check_enum), ("service", check_service)):
        for name, body in blocks(text, keyword):
            check(name, body, wrong)
    return mistakes


def main():
    files = sorted((ROOT / "proto").glob("*.proto"))
    mistakes = [m for path in files for m in check_file(path)]
    print("\n".join(mistakes) or f"proto: {len(files)} files follow the rules")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
