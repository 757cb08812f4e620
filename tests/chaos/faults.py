"""Which faults happen, and when: a function of the seed. Pure.

A fault is a list of steps, in seconds from its begin. Faults are dealt from a deck that holds every kind in its share and is
shuffled by the seed, so that a short run sees all kinds as well. Every process that is killed is started again after a pause; the next
fault begins when the job has come back, and after some quiet.
"""

import dataclasses
import random

TARGETS = ("worker", "coordinator", "broker", "mixed")
# Longer than the coordinator waits for a silent worker.
PAUSE_SECONDS = (3.0, 6.0)
RESTART_SECONDS = (0.0, 3.0)
SECOND_KILL_SECONDS = (0.0, 3.0)
QUIET_SECONDS = (0.0, 2.0)

DECKS = {
    "worker": ["kill worker"] * 5 + ["kill worker, then any"] * 3 + ["kill two workers", "pause worker"],
    "coordinator": ["kill coordinator"] * 4 + ["kill coordinator, then any", "pause coordinator"],
    "broker": ["kill broker"] * 3 + ["kill broker, then any"],
    "mixed": ["kill worker"] * 3 + ["kill worker, then any"] * 2 + ["kill coordinator", "kill coordinator, then any", "kill broker",
                                                                  "kill worker and coordinator", "pause worker", "pause coordinator"],
}


@dataclasses.dataclass(frozen=True)
class Step:
    at: float
    action: str  # kill, start, pause, resume
    process: str  # coordinator, broker or broker-1, worker-1, ...


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    steps: tuple
    quiet: float  # Afterwards.

    @property
    def kills(self):
        return sum(step.action == "kill" for step in self.steps)


class Plan:
    """Faults with `kills` kills in all. Of several brokers one at a time is down."""

    def __init__(self, seed, kills, target, workers, brokers=1):
        self._random = random.Random(f"{seed}/{target}")
        self._left = kills
        self._target = target
        self._workers = [f"worker-{n}" for n in range(1, workers + 1)]
        self._brokers = [f"broker-{n}" for n in range(1, brokers + 1)] if brokers > 1 else ["broker"]
        self._deck = []

    def __iter__(self):
        while self._left > 0:
            fault = self._fault()
            self._left -= fault.kills
            yield fault

    def _fault(self):
        if not self._deck:
            self._deck = list(DECKS[self._target])
            self._random.shuffle(self._deck)
        name = self._deck.pop()
        steps = sorted(self._steps(name), key=lambda step: step.at)
        return Fault(name, tuple(steps), self._between(QUIET_SECONDS))

    def _steps(self, name):
        if name.startswith("pause"):
            process = self._pick(name.split()[1])
            return [Step(0, "pause", process), Step(self._between(PAUSE_SECONDS), "resume", process)]
        if name == "kill worker and coordinator":
            victims = [self._pick("worker"), "coordinator"]
        elif name == "kill two workers":
            victims = self._random.sample(self._workers, 2)
        else:
            victims = [self._pick(name.split()[1].rstrip(","))]
        victims = victims[:self._left]
        steps = [step for victim in victims for step in self._kill(victim, 0)]
        if name.endswith("then any") and self._left > 1:
            others = [process for process in self._targets() if process not in victims]
            at = self._between(SECOND_KILL_SECONDS)
            steps += self._kill(self._random.choice(others), at)
        return steps

    def _targets(self):
        return self._workers + ([] if self._target == "worker" else ["coordinator"])

    def _kill(self, process, at):
        return [Step(at, "kill", process), Step(at + self._between(RESTART_SECONDS), "start", process)]

    def _pick(self, role):
        processes = {"worker": self._workers, "broker": self._brokers}.get(role, [role])
        return self._random.choice(processes) if len(processes) > 1 else processes[0]

    def _between(self, bounds):
        return round(self._random.uniform(*bounds), 3)
