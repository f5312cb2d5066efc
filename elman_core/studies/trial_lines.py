"""Trial lines: each run as one line of JSON, written and read quickly, since there may be a million."""

from __future__ import annotations

import json
import math
from typing import Any

from elman_core.studies.trial import Outcome, Settings, Trial
from elman_core.support.text_format import shortened

__all__ = ["line_of", "settings_text", "trial_from"]

_INFINITE = "1e999"
"""JSON has no word for it, but readers take a number that is too large for infinity."""
_WHOLE = ("cell", "seed", "epochs", "best_epoch")
_KEYS = frozenset(
    {"cell", "settings", "seed", "outcome", "epochs", "best_epoch", "train", "validation", "test", "began", "seconds"}
)
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_MOST_WHOLE = 2**63


def settings_text(settings: Settings) -> str:
    """Write the settings of a cell, which all its lines share."""
    return json.dumps(dict(settings), separators=(",", ":"))


def line_of(trial: Trial, settings: str) -> str:
    """Write a run, with its settings as `settings_text` writes them."""
    message = f',"message":{json.dumps(trial.message)}' if trial.message else ""
    return (
        f'{{"cell":{trial.cell},"settings":{settings},"seed":{trial.seed},"outcome":"{trial.outcome.value}",'
        f'"epochs":{trial.epochs},"best_epoch":{trial.best_epoch},"train":{_number(trial.train)},'
        f'"validation":{_number(trial.validation)},"test":{_number(trial.test)},"began":{trial.began!r},'
        f'"seconds":{trial.seconds!r}{message}}}\n'
    )


def trial_from(line: bytes, seeds: int, first_seed: int) -> Trial:
    """Read a line of a study with so many seeds from the first one on.

    Raises
    ------
    ValueError
        With the rest of a sentence that begins with the line's place: "is no JSON object".
    """
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON" if line.strip() else "is empty") from None
    if not isinstance(raw, dict):
        raise ValueError("is no JSON object")
    message = raw.pop("message", "")
    if raw.keys() != _KEYS:
        missing, other = sorted(_KEYS - raw.keys()), sorted(raw.keys() - _KEYS)
        raise ValueError(f"has no {missing[0]!r}" if missing else f"has {shortened(other[0])}, which no run has")
    for name in _WHOLE:
        if type(raw[name]) is not int or not 0 <= raw[name] < _MOST_WHOLE:
            raise ValueError(f"has {name} {shortened(raw[name])}, which must be a whole number from 0 on")
    for name in ("train", "validation", "test", "began", "seconds"):
        raw[name] = _read_number(name, raw[name])
    outcome, settings = raw["outcome"], raw["settings"]
    if not isinstance(outcome, str) or outcome not in _OUTCOMES:
        raise ValueError(f"has outcome {shortened(outcome)}, which must be one of {', '.join(_OUTCOMES)}")
    if not isinstance(settings, dict) or any(isinstance(value, dict | list) for value in settings.values()):
        raise ValueError(f"has settings {shortened(settings)}, which must be names and plain values")
    if not isinstance(message, str):
        raise ValueError(f"has message {shortened(message)}, which must be a text")
    place = raw["seed"] - first_seed
    if not 0 <= place < seeds:
        raise ValueError(f"has seed {raw['seed']:,}, and the seeds are {first_seed:,} to {first_seed + seeds - 1:,}")
    raw["outcome"], raw["message"] = _OUTCOMES[outcome], message
    raw["train"] = math.nan if raw["train"] is None else raw["train"]
    if raw["began"] is None or raw["seconds"] is None:
        raise ValueError("does not say when it began and how long it took")
    return Trial(number=raw["cell"] * seeds + place, **raw)


def _number(value: float | None) -> str:
    if value is None or value != value:
        return "null"
    if math.isinf(value):
        return _INFINITE if value > 0 else f"-{_INFINITE}"
    return repr(value)


def _read_number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or value != value:
        raise ValueError(f"has {name} {shortened(value)}, which must be a number or null")
    return float(value)
