"""The part files of the job (sql/filed.sql), judged as the topic of the pass-through is: every row once, a key's rows in order.

A reader takes whatever has a visible name, at once, and never looks at a file again.
"""

import pathlib
import re

from oracle import KINDS, PrefixCheck, Violations

PART = re.compile(r"part-.+-\d+-(\d+)-(\d+)\.json")  # Task and epoch.


class PartFiles:
    def __init__(self, folder, workload):
        self.folder = pathlib.Path(folder)
        self.violations = Violations()
        self._check = PrefixCheck(workload, self.violations, prefixes=False)
        self._read = set()

    def read(self):
        """What has become visible since the last time."""
        parts = []
        for path in self.folder.glob("part-*") if self.folder.exists() else ():
            if path.name not in self._read:
                self._read.add(path.name)
                task, epoch = (int(number) for number in PART.fullmatch(path.name).groups())
                parts.append((epoch, task, path))
        for epoch, task, path in sorted(parts):
            for line, row in enumerate(path.read_text().splitlines()):
                self._check.record((task, f"epoch {epoch}, line {line + 1}"), row)

    def complete(self, written):
        self.read()
        return self._check.missing(written) == 0

    def judge(self, written):
        """Counts and examples of each kind."""
        self.read()
        self._check.ended(written)
        counts, examples = self.violations.counts, self.violations.examples
        return {kind: counts[kind] for kind in KINDS}, {kind: [f"part files, {example}" for example in examples[kind]] for kind in KINDS}
