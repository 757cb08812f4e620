"""How long functions are, by the indentation that clang-format gives them: a function ends with a line that is nothing but its
closing brace, and begins with the line before it that is indented no further."""

import collections
import re

Function = collections.namedtuple("Function", "path line name length")

CLOSING = re.compile(r"^( {0}| {2}| {4})\}$")
NOT_A_FUNCTION = re.compile(
    r"^(?:namespace|class|struct|enum|union|extern|if|else|for|while|switch|do|case|default|try|catch|return|\}|\{|#|//|public:|private:)\b"
    r"|^[}{#/]|= (?:\[.*)?\{$|= \[")
NAME = re.compile(r"([~\w:]+(?:<[^<>]*>)?|operator\S+)\s*\(")
TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)")


def indentation(line):
    return len(line) - len(line.lstrip(" "))


def opening(lines, closing):
    """The index of the line that the block which closes at `closing` began with."""
    indent = indentation(lines[closing])
    for index in range(closing - 1, -1, -1):
        line = lines[index]
        # Raw strings, labels and directives stand where they like.
        if line.strip() and indentation(line) <= indent and not line.startswith(("#", " public:", " private:")):
            return index
    return None


def functions(path, text):
    lines = text.splitlines()
    found = []
    for closing, line in enumerate(lines):
        if not CLOSING.match(line):
            continue
        start = opening(lines, closing)
        if start is None or indentation(lines[start]) != indentation(line):
            continue
        first = lines[start].strip()
        if NOT_A_FUNCTION.search(first) or "(" not in "".join(lines[start:start + 3]):
            continue
        test = TEST.match(first)
        name = NAME.search(" ".join(lines[start:start + 3]))
        shown = f"{test.group(1)}.{test.group(2)}" if test else name.group(1) if name else first
        found.append(Function(path, start + 1, shown, closing - start + 1))
    return found
