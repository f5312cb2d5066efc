"""The command: `python -m tests.benchmarks.mutants --count 100000 --seed 1`, run in the root of the repository."""

from __future__ import annotations

import argparse
import faulthandler
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .trial import KINDS, Kind, Nursery, Outcome

_EVERY = 5_000
_MOST_SECONDS = 5.0


def main() -> int:
    """Try all mutants of all kinds, and return 1 where one was neither read nor refused in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many of each kind")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, action="append", help="all kinds by default")
    parser.add_argument("--out", type=Path, help="a folder for the mutants that failed, and what was said of them")
    words = parser.parse_args()
    faulthandler.enable()
    out = words.out or Path(tempfile.mkdtemp(prefix="mutants-"))
    out.mkdir(parents=True, exist_ok=True)
    failures = sum(_tried(kind, words.seed, words.first, words.count, out) for kind in words.kind or KINDS)
    return 1 if failures else 0


def _tried(kind: Kind, seed: int, first: int, count: int, out: Path) -> int:
    """Try the mutants of a kind, report them, and return how many failed."""
    verdicts: Counter[str] = Counter()
    slowest, largest = (0.0, first), (0.0, first)
    # Each mutant lies in this folder while it is tried: one that kills the process is found there.
    nursery, start = Nursery(kind, seed, out, _MOST_SECONDS), time.perf_counter()
    for number in range(first, first + count):
        outcome = nursery.tried(number)
        verdicts[outcome.verdict] += 1
        slowest = max(slowest, (outcome.seconds, number))
        largest = max(largest, (outcome.megabytes, number))
        if outcome.is_failure:
            _write_down(nursery, seed, number, outcome, out)
        if (number + 1 - first) % _EVERY == 0 or number == first + count - 1:
            counts = ", ".join(f"{name} {found:,}" for name, found in verdicts.most_common())
            sys.stdout.write(
                f"{kind}, seed {seed}, {first:,} to {number:,}: {counts}; {time.perf_counter() - start:.0f} s; slowest "
                f"{slowest[0]:.2f} s (number {slowest[1]:,}); greatest memory "
                f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, raised most by number "
                f"{largest[1]:,} ({largest[0]:.0f} MB)\n"
            )
            sys.stdout.flush()
    nursery.path.unlink(missing_ok=True)
    return sum(found for name, found in verdicts.items() if name not in ("read", "refused"))


def _write_down(nursery: Nursery, seed: int, number: int, outcome: Outcome, out: Path) -> None:
    """Keep a mutant that failed, with what was said of it."""
    stem = f"{nursery.kind}-{seed}-{number}-{outcome.verdict}"
    (out / f"{stem}{nursery.path.suffix}").write_bytes(nursery.mutant(number))
    (out / f"{stem}.log").write_text(
        f"{outcome.seconds:.2f} s, {outcome.megabytes:.0f} MB\n{outcome.details}", encoding="utf-8", errors="replace"
    )


if __name__ == "__main__":
    sys.exit(main())
