"""Verdict: what the scores say in a sentence, on how many rows, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping

from elman_core.data.splits import Part
from elman_core.forecasting.chance import could_be_chance
from elman_core.forecasting.scores import ColumnScores, PartScores, Score
from elman_core.support.text_format import counted, joined

__all__ = ["RULERS", "chance_words", "doubt", "figure_of", "judged_part", "verdict"]

RULERS = {"persistence": "persistence", "linear": "linear least squares"}
"""What a network is judged by, and how it is called in sentences."""


def judged_part(scores: Mapping[Part, PartScores | None]) -> tuple[Part, PartScores] | None:
    """Return the last part that has rows, by which a network is judged; None where none has."""
    return next(((part, found) for part in reversed(Part) if (found := scores.get(part)) is not None), None)


def figure_of(score: Score | None, *, scaled: bool) -> float | None:
    """Return the RMSE; over several columns, which have units of their own, the MASE."""
    return None if score is None else score.mase if scaled else score.rmse


def verdict(scores: Mapping[Part, PartScores | None], column: str | None = None) -> str:
    """Say in a sentence or two how the network compares with its baselines, of a column or of all.

    With the number of rows, and what could be chance; see `probability_of_chance`.
    """
    judged = judged_part(scores)
    if judged is None:
        return "No row can be scored."
    part, found = judged
    words = _of_symbols(part, found) if found.symbols is not None else _of_numbers(part, found, column)
    return words + (f" Mean of {found.sequences:,} sequences." if found.sequences > 1 else "")


def chance_words(chances: Mapping[str, float]) -> str:
    """Write the probabilities of chance: "persistence .003, linear least squares .4"; empty without any."""
    names = {"persistence": "persistence", "linear": "linear least squares", "bigrams": "bigrams"}
    return ", ".join(f"{names[name]} {_probability(chances[name])}" for name in names if name in chances)


def doubt(chances: Mapping[str, float], rows: int, names: Mapping[str, str] = RULERS) -> str:
    """Say which differences over some rows could be chance; nothing where none could, or nothing can be said."""
    doubtful = [names[name] for name in names if could_be_chance(chances.get(name), rows)]
    if not doubtful:
        return ""
    if len(doubtful) == len(names):
        return "Both differences could be chance." if len(names) > 1 else "The difference could be chance."
    return f"The difference from {doubtful[0]} could be chance."


def _doubt(part: Part, found: PartScores, chances: Mapping[str, float], names: Mapping[str, str]) -> str:
    """Say what could be chance; of the training part it is no question."""
    return "" if part is Part.TRAIN else doubt(chances, found.rows, names)


def _after(sentence: str) -> str:
    return f" {sentence}" if sentence else ""


def _of_numbers(part: Part, found: PartScores, column: str | None) -> str:
    own: PartScores | ColumnScores | None = found if column is None else found.columns.get(column)
    where, scaled = _where(part, found, "row"), column is None and len(found.columns) > 1
    error = figure_of(getattr(own, "network", None), scaled=scaled)
    others = {name: figure_of(getattr(own, name, None), scaled=scaled) for name in RULERS}
    known = {name: other for name, other in others.items() if other is not None}
    if own is None or error is None or not known:
        return f"{where} there is nothing to compare by."
    said = joined(f"{_difference(error, other)} {RULERS[name]}" for name, other in known.items())
    steps = f" over {found.horizon:,} steps" if found.horizon > 1 else ""
    differing = {name: RULERS[name] for name, other in known.items() if other != error}
    return f"{where} the network's error{steps} is {said}.{_after(_doubt(part, found, own.chance, differing))}"


def _of_symbols(part: Part, found: PartScores) -> str:
    assert found.symbols is not None
    assert found.bigrams is not None
    beats = "beats" if found.symbols.bits < found.bigrams.bits else "does not beat"
    right, others = (f"{100 * score.right:.0f} %" for score in (found.symbols, found.bigrams))
    return (
        f"{_where(part, found, 'symbol')} the network {beats} the bigrams, which know one symbol before: {right} right "
        f"against {others}.{_after(_doubt(part, found, found.chance, {'bigrams': 'the bigrams'}))}"
    )


def _where(part: Part, found: PartScores, what: str) -> str:
    place = f"On the {counted(found.rows, what)} of the {'training' if part is Part.TRAIN else part.value} part"
    return f"{place} (there is no test part)" if part is Part.TRAIN else place


def _difference(error: float, other: float) -> str:
    """Say how far an error lies below or above another: "34 % below"."""
    if not other > 0 or not error < 10 * other:
        return "below" if error < other else "the same as" if error == other else "far above"
    share = round(100 * (error / other - 1))
    return "about that of" if share == 0 else f"{abs(share)} % {'below' if share < 0 else 'above'}"


def _probability(chance: float) -> str:
    return "under .001" if chance < 0.001 else f"{chance:.2g}".removeprefix("0")
