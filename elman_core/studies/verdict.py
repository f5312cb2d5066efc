"""Verdict: which cell of a study is chosen, what it reaches, and whether it is better than the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from elman_core.config.study import StudyConfig, StudyMetric
from elman_core.studies.measure import Measure, measure_of
from elman_core.studies.results import Group, StudyResults
from elman_core.studies.statistics.comparisons import Comparison, compare, in_pairs, others_among, pairs_among
from elman_core.studies.study import settings_words
from elman_core.studies.trial import Outcome, Settings
from elman_core.support.text_format import counted, in_digits

__all__ = ["Verdict", "compare_with_chosen", "verdict"]


@dataclass(frozen=True)
class Verdict:
    """What may be said of a study as a whole.

    Attributes
    ----------
    chosen
        The best cell on validation; None where no run has a result, or cells cannot be compared.
    second
        The next one, which it is compared with; None of a single cell.
    comparison
        Of both on the same seeds, corrected for the number of other cells.
    choice
        Which cell was chosen, by what, and what it reaches on the test part, in a sentence.
    difference
        What may be claimed of the two, in a sentence; empty without a second.
    note
        What runs are compared by where it is not their losses, or why they are not compared; else empty.
    """

    chosen: Group | None
    second: Group | None
    comparison: Comparison | None
    choice: str
    difference: str
    note: str = ""

    @property
    def words(self) -> str:
        """Choice and note."""
        return " ".join(filter(None, (self.choice, self.note)))


def verdict(results: StudyResults, config: StudyConfig, *, automatic: bool = False) -> Verdict:
    """Choose on validation, report on test, and compare the two best cells by the study's metric."""
    measure = measure_of(config, automatic=automatic)
    if len(results) and not measure.is_compared:
        return Verdict(None, None, None, "", "", measure.sentence)
    chosen = results.chosen
    if chosen is None:
        return Verdict(None, None, None, _nothing(results), "", measure.sentence)
    groups, medians = results.groups, results.medians(StudyMetric.VALIDATION)
    order = [groups[place] for place in np.argsort(medians, kind="stable")[:2].tolist()]
    second = next((group for group in order if group.cell != chosen.cell), None)
    comparison, difference = None, ""
    if second is not None:
        comparison, difference = _compared(chosen, second, config.metric, others_among(len(groups)))
    choice = _choice(results, chosen, second is not None, measure)
    return Verdict(chosen, second, comparison, choice, difference, measure.sentence)


def compare_with_chosen(results: StudyResults, chosen: int, cell: int, metric: StudyMetric) -> str:
    """Say how the chosen cell compares with another one, on the seeds that both have.

    The next best is compared as in the verdict. Any other was picked after a look at all cells, so that the comparison
    is corrected for all pairs among them.
    """
    groups, medians = results.groups, results.medians(StudyMetric.VALIDATION)
    of_cell = {group.cell: group for group in groups}
    following = [groups[place].cell for place in np.argsort(medians, kind="stable")[:2].tolist()]
    count = others_among(len(groups)) if cell in following else pairs_among(len(groups))
    return _compared(of_cell[chosen], of_cell[cell], metric, count)[1]


def _compared(first: Group, second: Group, metric: StudyMetric, comparisons: int) -> tuple[Comparison, str]:
    _, own, other = in_pairs(first.seeds, first.values(metric), second.seeds, second.values(metric))
    found = compare(own, other, comparisons)
    names, plural = _names(first.settings, second.settings)
    return found, found.sentence(*names, plural=plural)


def _choice(results: StudyResults, chosen: Group, has_others: bool, measure: Measure) -> str:
    words = measure.words(results, StudyMetric.VALIDATION)
    median = f"median {words} {in_digits(chosen.median(StudyMetric.VALIDATION), 4)} over {counted(chosen.runs, 'run')}"
    said = (
        f"Chosen by {words}: {settings_words(chosen.settings)} ({median})"
        if has_others
        else f"{median[:1].upper()}{median[1:]}"
    )
    if results.has(StudyMetric.TEST):
        said += f"; on the test part its median error is {in_digits(chosen.median(StudyMetric.TEST), 4)}"
    diverged = chosen.count(Outcome.DIVERGED)
    if diverged:
        said += f"; {counted(diverged, 'run')} diverged, and {'counts' if diverged == 1 else 'count'} as the worst"
    return f"{said}."


def _nothing(results: StudyResults) -> str:
    if not len(results):
        return "No run has ended yet."
    count = {outcome: results.count(outcome) for outcome in (Outcome.DIVERGED, Outcome.FAILED)}
    told = [f"{number:,} {outcome.value}" for outcome, number in count.items() if number]
    if results.count(Outcome.FINISHED):
        told.append("no cell has a finite median")
    return f"No cell can be chosen: of {counted(len(results), 'run')}, {' and '.join(told)}."


def _names(first: Settings, second: Settings) -> tuple[tuple[str, str], bool]:
    """Return what two cells are called beside each other, by what they differ in; and whether that is a plural."""
    differ = {name for name in first if first[name] != second.get(name)}
    own, other = ({name: value for name, value in each.items() if name in differ} for each in (first, second))
    hidden = own.get("network.hidden")
    if len(differ) == 1 and isinstance(hidden, int):
        return (counted(hidden, "hidden unit"), str(other["network.hidden"])), hidden != 1
    return (settings_words(own), settings_words(other)), False
