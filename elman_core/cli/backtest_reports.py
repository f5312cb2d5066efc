"""A backtest as the object that --json prints, and as tables for people to read."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from elman_core.cli.console import print_table, print_text
from elman_core.forecasting.backtest.results import Backtest, Contestant, Figures
from elman_core.support.text_format import counted, joined

__all__ = ["backtest_object", "print_backtest"]

_WIDTH = 80
_WORST = 10
_SHOWN_LAGS = 12
_SHOWN_PARTS = 3


def backtest_object(found: Backtest) -> dict[str, Any]:
    """Return the figures of a backtest; those of a part without values are None."""
    return {
        "horizons": [
            {"horizon": step, **_figures_object(figures)} for step, figures in enumerate(found.model.horizons, start=1)
        ],
        "leaderboard": [
            {"model": own.name, "title": own.title, **_figures_object(own.overall)} for own in found.leaderboard
        ],
        "verdict": found.verdict,
        "warnings": list(found.warnings),
        "notes": list(found.notes),
        "horizon": found.horizon,
        "origins": len(found.origins),
        "complete_origins": int(np.count_nonzero(found.complete)),
        "refitted": found.refitted,
        "folds": [None if own is None else _figures_object(own) for own in found.model.folds],
        "residuals": [
            {"column": own.column, "autocorrelation": own.autocorrelation.tolist(), "bound": own.bound}
            for own in found.residuals
        ],
        "sequences": len(found.model.by_sequence.scored),
        **({"by_sequence": _by_sequence_object(found)} if found.dataset.panel.has_several else {}),
    }


def _figures_object(figures: Figures) -> dict[str, Any]:
    return {
        "rmse": figures.rmse,
        "mae": figures.mae,
        "mase": figures.mase,
        "smape": figures.smape,
        "skill": figures.skill,
        "quantile_loss": figures.quantile_loss,
        "coverage": _by_level(figures.coverage),
        **({"spread_coverage": _by_level(figures.spread_coverage)} if figures.spread_coverage else {}),
        "rows": figures.rows,
    }


def _by_level(shares: Mapping[float, float]) -> dict[str, float]:
    return {f"{level:g}": share for level, share in shares.items()}


def _by_sequence_object(found: Backtest) -> dict[str, Any]:
    """Return the distribution of MASE over sequences, and those with the greatest."""
    own, names = found.model.by_sequence, found.dataset.panel
    mase = own.mase[np.isfinite(own.mase)]
    quantiles = (5, 25, 50, 75, 95)
    worst = own.worst_first()[:_WORST]
    return {
        "mase": dict(zip(map(str, quantiles), np.percentile(mase, quantiles).tolist(), strict=True))
        if len(mase)
        else {},
        "worst": [
            {"sequence": names.title(place), "mase": float(own.mase[place]), "rmse": float(own.rmse[place])}
            for place in worst.tolist()
        ],
    }


def print_backtest(found: Backtest) -> None:
    """Write the leaderboard, the errors at each number of steps, and the verdict."""
    levels = [level for level in found.levels if level in found.model.overall.coverage]
    print_table(
        ("Model", "RMSE", "MAE", "MASE", "sMAPE", "Quantile\nloss", "Skill"),
        _leaderboard_rows(found),
        title=f"{found.dataset.name}, {_steps(found)}, {counted(int(np.count_nonzero(found.complete)), 'origin')}",
    )
    rows = [
        [
            f"{step:,}",
            f"{own.rows:,}",
            *map(_number, (own.rmse, own.mae, own.mase, own.smape)),
            _skill(own.skill),
            *(_share(own.coverage.get(level)) for level in levels),
        ]
        for step, own in enumerate(found.model.horizons, start=1)
    ]
    headers = ["Steps\nahead", "Rows", "RMSE", "MAE", "MASE", "sMAPE", "Skill"]
    title = _capital(f"{found.model.title}, by the number of steps ahead")
    print_table([*headers, *(f"Within\n{level:g} %" for level in levels)], rows, title=title, words=0)
    spread = found.model.overall.spread_coverage
    if spread:
        held = joined(f"{_share(share)} for {level:g} %" for level, share in spread.items())
        _print_sentence(f"Intervals by the spread of the networks alone hold {held} of the values.")
    _print_folds(found)
    if found.dataset.panel.has_several:
        _print_sequences(found)
    for own in found.residuals:
        beyond = np.flatnonzero(np.abs(own.autocorrelation) > own.bound) + 1
        if len(beyond):
            lags = ", ".join(f"{lag:,}" for lag in beyond[:_SHOWN_LAGS].tolist())
            what = f" of {own.column}" if len(found.residuals) > 1 else ""
            _print_sentence(
                f"One-step residuals{what} are still correlated at lag {lags}"
                f"{' and more' if len(beyond) > _SHOWN_LAGS else ''}: there is something left to learn."
            )
    for note in found.notes:
        _print_sentence(f"{_capital(note)}.")
    for warning in found.warnings:
        _print_sentence(warning)
    _print_sentence(found.verdict)


def _steps(found: Backtest) -> str:
    return "one step ahead" if found.horizon == 1 else f"1 to {found.horizon:,} steps ahead"


def _leaderboard_rows(found: Backtest) -> list[list[str]]:
    """Return a row for the model, each baseline, and the best of the model's parts."""
    is_part = {own.name: own is not found.model and not own.is_baseline for own in found.contestants}
    parts = [own.name for own in found.leaderboard if is_part[own.name]]
    rows = [_leaderboard_row(own) for own in found.leaderboard if own.name not in parts[_SHOWN_PARTS:]]
    left = len(parts) - _SHOWN_PARTS
    return rows + ([[f"... {counted(left, 'more part')}", *[""] * 6]] if left > 0 else [])


def _leaderboard_row(own: Contestant) -> list[str]:
    figures = own.overall
    numbers = (figures.rmse, figures.mae, figures.mase, figures.smape, figures.quantile_loss)
    return [own.title, *map(_number, numbers), _skill(figures.skill)]


def _print_folds(found: Backtest) -> None:
    """Write the errors of each fold, where there are several."""
    if len(found.model.folds) < 2:
        return
    rows = []
    for place, own in enumerate(found.model.folds):
        figures = (None,) * 4 if own is None else (own.rmse, own.mae, own.mase, own.smape)
        rows.append([f"{place + 1:,}", f"{np.count_nonzero(found.fold == place):,}", *map(_number, figures)])
    print_table(
        ("Fold", "Origins", "RMSE", "MAE", "MASE", "sMAPE"), rows, title=_capital(f"{_steps(found)}, by fold"), words=0
    )


def _print_sequences(found: Backtest) -> None:
    """Write how MASE is distributed over the sequences, and which are the worst."""
    told = _by_sequence_object(found)
    if told["mase"]:
        shares = ", ".join(f"{value:.3g} ({share} %)" for share, value in told["mase"].items())
        _print_sentence(f"MASE of {found.model.title} by sequence, quantiles: {shares}.")
    rows = [[own["sequence"], _number(own["mase"]), _number(own["rmse"])] for own in told["worst"]]
    print_table(("Sequence", "MASE", "RMSE"), rows, title="The worst sequences")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _number(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.4g}"


def _skill(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3g}"


def _share(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{100 * value:.1f} %"


def _print_sentence(text: str) -> None:
    for line in textwrap.wrap(text, _WIDTH):
        print_text(line)
