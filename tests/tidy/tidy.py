#!/usr/bin/env python3
"""The rules of the tree that a program can check. Prints each breach as path:line: what, and the longest functions and files.

    tidy.py [ROOT]      checks the files that git knows; exit code 1 if any rule is broken

The rules: include directions (include_rules.py); no clock, sleep, random or thread outside common/base; sizes of files and
functions; headers open with a comment and #pragma once; names of files; words that must not stay; no paths of one machine.
"""

import pathlib
import re
import subprocess
import sys

import function_lengths
import include_rules

MAX_LINES = 450
MAX_TEST_LINES = 600
MAX_FUNCTION_LINES = 120
LONGEST_SHOWN = 10

# The world is an argument: only these files touch it.
WORLD = re.compile(
    r"\b(?:system_clock|steady_clock|high_resolution_clock|random_device|mt19937(?:_64)?|minstd_rand|default_random_engine)\b"
    r"|\bstd::(?:thread|jthread|async|this_thread)\b|\bstd::(?:s?rand|time|clock)\("
    r"|\babsl::(?:Now|GetCurrentTimeNanos|SleepFor|BitGen|InsecureBitGen|Uniform)\b"
    r"|(?<![\w:.>])(?:s?rand|rand_r|sleep|usleep|nanosleep|gettimeofday|clock_gettime|pthread_create|fork)\s*\(")
WORLD_ALLOWED = ("common/base/",)

WORDS = re.compile("|".join((r"\b" + "TO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bHA" + r"CK\b", r"(?:^|[#/*] ?)\bXX" + r"X\b")))
FILE_NAME = re.compile(r"_(?:utils?|helpers?|misc|common)\.\w+$")
SOURCE_NAME = re.compile(r"^[a-z][a-z0-9_]*\.(?:h|cc)$")
MACHINE_PATH = re.compile(r"(?<![\w.$}/~-])/(?:work|root|home/\w+|Users/\w+)/\w")
LINE_COMMENT = re.compile(r"//.*$")
STRING = re.compile(r'"(?:\\.|[^"\\])*"')

TEXT_SUFFIXES = {".cc", ".h", ".py", ".md", ".txt", ".cmake", ".proto", ".sql", ".sh", ".ts", ".tsx", ".json", ".yml", ".yaml",
                 ".test", ".toml", ""}


def is_test(path):
    return path.startswith("tests/")


def code_lines(text):
    """(number, line) without comments and the contents of strings."""
    for number, line in enumerate(text.splitlines(), 1):
        yield number, LINE_COMMENT.sub("", STRING.sub('""', line))


def check_world(path, text):
    if path.startswith(WORLD_ALLOWED) or is_test(path):
        return
    for number, line in code_lines(text):
        found = WORLD.search(line)
        if found:
            yield number, f"{found.group().strip('( ')}: clocks, random numbers and threads come from common/base, passed in"


def check_header(path, text):
    if not path.endswith(".h"):
        return
    lines = text.splitlines()
    if not lines or not lines[0].startswith("//"):
        yield 1, "a header begins with a comment that says what it is"
    if lines.count("#pragma once") != 1:
        yield 1, "a header has one #pragma once"


def check_length(path, text):
    limit = MAX_TEST_LINES if is_test(path) else MAX_LINES
    length = text.count("\n")
    if length > limit:
        yield limit + 1, f"the file has {length} lines, more than {limit}"


def check_name(path, text):
    name = path.rsplit("/", 1)[-1]
    if FILE_NAME.search(name):
        yield 1, "a file is named after its idea, not *_utils, *_helpers, *_common or *_misc"
    if not SOURCE_NAME.match(name):
        yield 1, "sources are named in snake_case"


def check_functions(path, text):
    for function in function_lengths.functions(path, text):
        if function.length > MAX_FUNCTION_LINES:
            yield function.line, f"{function.name} has {function.length} lines, more than {MAX_FUNCTION_LINES}"


def check_includes(path, text):
    yield from include_rules.check(path, text)


def check_words(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        found = WORDS.search(STRING.sub('""', line))
        if found:
            yield number, f"{found.group().strip('#/* ')} must not stay"


def check_machine_paths(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        found = MACHINE_PATH.search(line)
        if found:
            yield number, f"{found.group()}... is a path of one machine"


SOURCE_CHECKS = (check_includes, check_world, check_header, check_length, check_name, check_functions)
TEXT_CHECKS = (check_words, check_machine_paths)


def is_source(path):
    return path.endswith((".h", ".cc"))


def breaches(path, text):
    """[(line, what)] of one file; `path` is relative to the root."""
    checks = TEXT_CHECKS + (SOURCE_CHECKS if is_source(path) else ())
    return [breach for check in checks for breach in check(path, text)]


def tracked_files(root):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    for path in sorted(filter(None, listed.stdout.split("\0"))):
        if pathlib.PurePath(path).suffix not in TEXT_SUFFIXES or not (root / path).is_file():
            continue
        try:
            yield path, (root / path).read_text()
        except UnicodeDecodeError:
            continue  # Golden bytes.


def main():
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    sources, functions, broken = 0, [], 0
    lengths = []
    for path, text in tracked_files(root):
        for line, what in breaches(path, text):
            print(f"{path}:{line}: {what}")
            broken += 1
        if is_source(path):
            sources += 1
            lengths.append((text.count("\n"), path))
            functions += function_lengths.functions(path, text)
    print(f"\nthe longest of {len(functions)} functions:")
    for function in sorted(functions, key=lambda f: -f.length)[:LONGEST_SHOWN]:
        print(f"  {function.length:4} {function.path}:{function.line} {function.name}")
    print(f"the longest of {sources} sources:")
    for length, path in sorted(lengths, reverse=True)[:LONGEST_SHOWN]:
        print(f"  {length:4} {path}")
    print(f"tidy: {broken} breaches")
    return 1 if broken or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
