"""What `elman study` reports: one JSON object, or a table of groups and what may be claimed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.cli.console import print_table, print_text
from elman_core.config.study import StudyConfig, StudyMetric
from elman_core.studies.measure import Measure, measure_of
from elman_core.studies.results import Group, StudyResults
from elman_core.studies.statistics.summaries import Summary, success, summarise_each
from elman_core.studies.study import settings_words, short_names, value_words
from elman_core.studies.trial import Outcome, Settings
from elman_core.studies.verdict import verdict
from elman_core.support.text_format import counted, in_digits

__all__ = ["print_study", "study_object"]

_SHOWN_GROUPS = 40


def study_object(
    results: StudyResults, config: StudyConfig, out: Path | None, *, automatic: bool = False
) -> dict[str, Any]:
    """Return what a study came to. A run that diverged counts as worse than any other, also where that makes null."""
    found = verdict(results, config, automatic=automatic)
    groups, names = results.groups, short_names([axis.field for axis in config.axes])
    summaries = _summaries(groups, config.metric)
    has_test = results.has(StudyMetric.TEST)
    diverged, failed = results.count(Outcome.DIVERGED), results.count(Outcome.FAILED)
    return {
        "runs": len(results),
        "failed": diverged + failed,
        "diverged": diverged,
        "groups": [
            _group_object(group, summary, config, names, has_test)
            for group, summary in zip(groups, summaries, strict=True)
        ],
        "seconds": results.seconds,
        "out": None if out is None else str(out),
        "metric": measure_of(config, automatic=automatic).words(results, config.metric),
        "seeds": config.seeds,
        "chosen": None if found.chosen is None else _named(found.chosen.settings, names),
        "choice": found.choice,
        "comparison": found.difference or None,
        "note": found.note or None,
    }


def _group_object(
    group: Group, summary: Summary, config: StudyConfig, names: dict[str, str], has_test: bool
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "settings": _named(group.settings, names),
        "runs": group.runs,
        "failed": group.runs - group.count(Outcome.FINISHED),
        "diverged": group.count(Outcome.DIVERGED),
        "median": summary.median,
        "iqm": summary.iqm,
        "low": summary.low,
        "high": summary.high,
        "success": None,
    }
    if config.threshold is not None:
        share = success(group.values(config.metric), config.threshold)
        told |= {"success": share.share, "success_low": share.low, "success_high": share.high}
    if has_test:
        told["test"] = group.median(StudyMetric.TEST)
    return told


def print_study(results: StudyResults, config: StudyConfig, *, automatic: bool = False) -> None:
    """Write a table of groups, which one is chosen, and what may be claimed."""
    found, groups = verdict(results, config, automatic=automatic), results.groups
    if groups:
        _print_groups(groups, config, measure_of(config, automatic=automatic))
    print_text(found.words)
    if found.difference:
        print_text(found.difference)
    counts = [(outcome, results.count(outcome)) for outcome in (Outcome.DIVERGED, Outcome.FAILED)]
    told = "".join(f", {count:,} {outcome.value}" for outcome, count in counts if count)
    print_text(f"{counted(len(results), 'run')}{told}; {results.seconds:.3g} s of computing")
    for group in groups[:_SHOWN_GROUPS]:
        message = next((trial.message for trial in _failed(group)), "")
        if message:
            print_text(f"{settings_words(group.settings)}: {message}")


def _print_groups(groups: Sequence[Group], config: StudyConfig, measure: Measure) -> None:
    """Write the best groups first where there is a best, and say how many more there are."""
    results, metric = groups[0].results, config.metric
    order = np.arange(len(groups))
    if measure.is_compared:
        order = np.argsort(results.medians(StudyMetric.VALIDATION), kind="stable")
    shown = [groups[place] for place in order[:_SHOWN_GROUPS].tolist()]
    words = measure.words(results, metric)
    names = short_names([axis.field for axis in config.axes])
    has_test = results.has(StudyMetric.TEST) and metric is not StudyMetric.TEST
    headers = [*(names[axis.field].replace("_", "\n") for axis in config.axes), "Runs"]
    headers += ["Median", "IQM\n(95 % interval)"]
    headers += [f"At most\n{config.threshold:g}"] if config.threshold is not None else []
    headers += ["Test"] if has_test else []
    rows = []
    for group, summary in zip(shown, _summaries(shown, metric), strict=True):
        row = [value_words(group.settings[axis.field]) for axis in config.axes]
        row += [_runs_words(group), _figure(summary.median)]
        row += [f"{_figure(summary.iqm)}{_interval(summary)}"]
        if config.threshold is not None:
            share = success(group.values(metric), config.threshold)
            row += [f"{share.share:.0%} ({100 * share.low:.0f} to {100 * share.high:.0f})"]
        row += [_figure(group.median(StudyMetric.TEST))] if has_test else []
        rows.append(row)
    title = f"{words[:1].upper()}{words[1:]}, {counted(config.seeds, 'seed')} a cell"
    print_table(headers, rows, title=title, words=len(config.axes))
    if len(groups) > len(shown):
        print_text(f"and {len(groups) - len(shown):,} more; --csv writes every run")


def _runs_words(group: Group) -> str:
    """Write "4", or "4 (1 diverged)"."""
    counts = ((outcome, group.count(outcome)) for outcome in (Outcome.DIVERGED, Outcome.FAILED))
    lost = ", ".join(f"{count:,} {outcome.value}" for outcome, count in counts if count)
    return f"{group.runs:,} ({lost})" if lost else f"{group.runs:,}"


def _summaries(groups: Sequence[Group], metric: StudyMetric) -> tuple[Summary, ...]:
    return summarise_each([group.values(metric) for group in groups])


def _failed(group: Group) -> Sequence[Any]:
    return [trial for trial in group.trials if trial.message] if group.count(Outcome.FAILED) else []


def _named(settings: Settings, names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in settings.items()}


def _interval(summary: Summary) -> str:
    """Write the interval behind its estimate; nothing of one run, which has none."""
    return "" if math.isnan(summary.low) else f" ({_figure(summary.low)} to {_figure(summary.high)})"


def _figure(value: float) -> str:
    if math.isnan(value):
        return "-"
    return "∞" if math.isinf(value) else in_digits(value)
