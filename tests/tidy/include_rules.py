"""Who may include whom. A folder includes itself and what is left of it:

    common:       base < {log, metrics, config, io, columnar} < expr < plan < {checkpoint, kafka} < wire (+ proto) < rpc
    worker:       common < contract < {aggregate, windows, sink/staged, format/column} < {source, format, operator, exchange, state, checkpoint, sink} < task < server < main
    coordinator:  common < {store, catalog, cluster} < sql/{parse < bind < optimize} < planner < {schedule, checkpoint} < job < server
    cli:          common, proto, the server of each role; what it prints
    never:        coordinator <-> worker; a stage of the worker to another; production to tests;
                  generated *.pb.h outside common/{wire,rpc}, worker/exchange, */server, cli
"""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')

# Layers from left to right; those in one tuple do not see each other.
LAYERS = {
    "common": (("base",), ("log", "metrics", "config", "io", "columnar"), ("expr",), ("plan",), ("checkpoint", "kafka"), ("wire",),
               ("rpc",)),
    "worker": (("contract",), ("aggregate", "windows", "sink/staged", "format/column"), ("source", "format", "operator", "exchange", "state", "checkpoint", "sink"), ("task",), ("server",)),
    "coordinator": (("store", "catalog", "cluster"), ("sql/parse",), ("sql/bind",), ("sql/optimize",), ("planner",),
                    ("schedule", "checkpoint"), ("job",), ("server",)),
}
ROOTS = (*LAYERS, "cli", "tests", "proto")

SEES_PROTO = ("common/wire/", "common/rpc/", "worker/exchange/", "worker/server/", "coordinator/server/", "cli/", "tests/")
SEES_KAFKA = ("common/kafka/", "worker/source/kafka/", "worker/sink/kafka/", "cli/", "tests/")
# The one binary links both roles, verifies files as a worker reads them, makes the records that the nexmark connector would make,
# prints the tables of options and settings, and compiles scripts: to check them, and for the shell.
CLI_SEES = ("worker/server/", "coordinator/server/", "worker/task/checkpoint_verification.h", "worker/source/generator/",
            "coordinator/catalog/", "coordinator/planner/job_settings.h", "coordinator/planner/script_compiler.h", "coordinator/sql/parse/")
# The syntax of SQL knows nothing of columns and plans.
SEES_ONLY_BASE = "coordinator/sql/parse/"


def layer_of(path):
    """(root, index of its layer, name in the layer); the index is None for a folder that no layer names."""
    root, _, rest = path.partition("/")
    folder = rest.rpartition("/")[0]
    for index, names in enumerate(LAYERS.get(root, ())):
        for name in names:
            if folder == name or folder.startswith(name + "/"):
                return root, index, name
    return root, None, folder


def stage_of(path, layer):
    """The part of a layer that is one unit: worker/operator/calc is, worker/operator is not."""
    return path.rpartition("/")[0] if layer[0] == "worker" and layer[1] == 2 else layer[2]


def refusal(path, included):
    """Why `path` may not include `included`, or None."""
    root = path.partition("/")[0]
    target = included.partition("/")[0]
    if target not in ROOTS or root == "tests":
        return None
    if target == "tests":
        return "production does not see the tests"
    if target == "proto":
        return None if path.startswith(SEES_PROTO) else "generated messages stay in wire, rpc, exchange, the servers and cli"
    if included.startswith("common/kafka/") and not path.startswith(SEES_KAFKA):
        return "the Kafka client is for the Kafka source and sink, and cli"
    if root == "cli":
        return None if target in ("common", "cli") or included.startswith(CLI_SEES) else "cli sees the servers only"
    if path.startswith(SEES_ONLY_BASE) and not included.startswith(("common/base/", SEES_ONLY_BASE)):
        return "the parser sees common/base only"
    if target == "common" and root != "common":
        return None
    if target != root:
        return f"{root} does not see {target}"
    return within(path, included)


def within(path, included):
    own, other = layer_of(path), layer_of(included)
    if own[1] is None and path.endswith("/main.cc"):
        return None
    if own[1] is None or other[1] is None:
        return f"{own[2] if own[1] is None else other[2]} is in no layer of include_rules.py"
    if other[1] > own[1]:
        return f"{other[2]} stands to the right of {own[2]}"
    if other[1] == own[1] and stage_of(path, own) != stage_of(included, other):
        return f"{stage_of(included, other)} stands beside {stage_of(path, own)}"
    return None


def check(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        why = found and refusal(path, found.group(1))
        if why:
            yield number, f"includes {found.group(1)}: {why}"
