"""Writing the script of a model: its parts, transforms and table format, and the text that makes forecasts of them."""

from __future__ import annotations

import base64
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import elman_core
from elman_core.data.calendar import Calendar
from elman_core.data.calendar_inputs import is_calendar_column
from elman_core.data.csv.first_year import yearless_pattern
from elman_core.data.csv.month_names import MONTHS
from elman_core.data.csv.patterns import pattern_of
from elman_core.data.encoding import Encoding
from elman_core.data.scaling import pipelines_of
from elman_core.data.table import AxisKind, TableFormat
from elman_core.data.table_format import Layout
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.errors import ConfigError
from elman_core.storage.model_file import SavedModel, SavedPart
from elman_core.support.files import replace_file

__all__ = ["script_of", "write_script"]

_MODULES = ("export/script/reading", "export/script/transforms", "export/script/forecasting")
_OF_TIMES_ACROSS = (
    "export/script/across_uses", "data/csv/tail", "data/csv/month_names", "data/csv/layout", "export/script/across",
)  # fmt: skip
"""Beside these, where the header of a table has times; the program's own modules of such tables are among them."""
_BEGIN = re.compile(r"^# -- ", re.MULTILINE)
_HEAD = '''"""Forecasts of {name}, with numpy alone; written by elman {version}.

    python {file} DATA.csv [--steps N] [--future FUTURE.csv] [--out FORECAST.csv]

DATA.csv has the columns {columns}. The model: {parts}.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import re
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def _array(told: dict[str, Any]) -> Any:
    """Return the numbers that stand in the script as letters."""
    if "letters" not in told:
        return told
    return np.frombuffer(base64.b64decode(told["letters"]), told["type"]).reshape(told["shape"])


'''
_TAIL = '''

MODEL = json.loads(
    r"""{model}""",
    object_hook=_array,
)

if __name__ == "__main__":
    main()
'''
_COUNTS = {
    "epoch-s": (1.0, 0), "epoch-ms": (1e3, 0), "epoch-us": (1e6, 0), "epoch-ns": (1e9, 0),
    "excel": (1 / 86_400, 25_569),
}  # fmt: skip
"""How many counts are a second, and which of them is the beginning of 1970."""


def write_script(path: Path, saved: SavedModel) -> None:
    """Write the script, all of it or nothing.

    Raises
    ------
    ConfigError
        When the model is one that no script can be made of.
    ModelFileError
        When the file cannot be written.
    """
    replace_file(path, script_of(saved, path.name).encode())


def script_of(saved: SavedModel, file: str = "forecast.py") -> str:
    """Return the text of the script.

    Raises
    ------
    ConfigError
        When the model is one of symbols.
    """
    if saved.symbols is not None:
        raise ConfigError(f"{saved.name} was trained on symbols; a script forecasts numbers")
    head = _HEAD.format(
        name=_plain(saved.name),
        version=elman_core.__version__,
        file=_plain(file),
        columns=_plain(", ".join(_read_columns(saved))),
        parts=f"{len(saved.parts)} parts, whose forecasts are weighted" if len(saved.parts) > 1 else "one network",
    )
    form, folder = saved.source.format, resources.files("elman_core")
    names = [*_MODULES, *(_OF_TIMES_ACROSS if form is not None and form.layout is Layout.ACROSS else ())]
    texts = [_body(folder.joinpath(f"{name}.py").read_text(encoding="utf-8")) for name in names]
    model = json.dumps(_model(saved), indent=1, ensure_ascii=True)
    return head + "\n\n".join(texts).rstrip() + _TAIL.replace("{model}", model)


def _read_columns(saved: SavedModel) -> list[str]:
    """Return the columns that a table has to have, apart from time and sequence."""
    data = saved.data
    return [name for name in (*data.columns, *data.inputs, *data.known) if not is_calendar_column(name)]


def _body(text: str) -> str:
    """Return what is copied of a module: all after the first mark, but for the call of its main."""
    found = _BEGIN.search(text)
    assert found is not None
    return text[found.start() :].partition('if __name__ == "__main__"')[0].rstrip() + "\n"


def _plain(text: str) -> str:
    """Return a text that cannot end a docstring, nor mean anything in it."""
    return "".join(sign if sign.isprintable() and sign not in '\\"' else "?" for sign in text)


def _model(saved: SavedModel) -> dict[str, Any]:
    data = saved.data
    parts = [_part(part) for part in saved.parts]
    return {
        "columns": list(data.columns),
        "inputs": list(data.inputs),
        "known": list(data.known),
        "horizon": max(part.model.data.horizon for part in saved.parts),
        "sequences": list(saved.fitted.names) or [""] * saved.fitted.sequences,
        "format": _format(saved),
        "time": _time(saved),
        "gaps": _gaps(saved),
        "parts": parts,
        "intervals": _intervals(saved),
    }


def _intervals(saved: SavedModel) -> dict[str, Any] | None:
    """Return half the widths of intervals, (L, S, H, C), as the file alone gives them; None where it gives none."""
    from elman_core.forecasting.kept_intervals import kept_intervals  # imports torch

    found = kept_intervals(saved)
    return None if found is None else {"levels": list(found.levels), "radii": _letters(found.radii)}


def _part(part: SavedPart) -> dict[str, Any]:
    model = part.model
    network, encoding = model.network, Encoding.of(model.data, len(model.data.columns))
    of_targets, of_covariates = pipelines_of(model.data)
    assert all(own.transforms == of_targets.transforms for own in model.fitted.targets)
    assert all(own.transforms == of_covariates.transforms for own in model.fitted.covariates)
    return {
        "kind": part.kind.value,
        "one_step": part.one_step,
        "several": part.several,
        "lags": encoding.lags,
        "steps": encoding.steps,
        "relative": encoding.relative,
        "hidden": network.hidden,
        "activation": network.activation.value,
        "output": network.output.value,
        "biases": network.biases,
        "direct": network.direct,
        "initial_context": network.initial_context,
        "w1": _letters(model.weights.w1),
        "w2": _letters(model.weights.w2),
        "targets": [_transforms(own) for own in model.fitted.targets],
        "covariates": [_transforms(own) for own in model.fitted.covariates],
    }


def _transforms(fitted: FittedPipeline) -> list[dict[str, Any]]:
    found = []
    for transform, parameters in zip(fitted.transforms, fitted.parameters, strict=True):
        own: dict[str, Any] = {"kind": transform.kind}
        if "season" in type(transform).model_fields:
            own["season"] = getattr(transform, "season")  # noqa: B009 - of some transforms only
        found.append(own | {name: _letters(array) for name, array in parameters.items()})
    return found


def _letters(array: NDArray[Any]) -> dict[str, Any]:
    """Return an array with all its digits, as letters."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "type": little.dtype.str,
        "shape": list(array.shape),
        "letters": base64.b64encode(little.tobytes()).decode("ascii"),
    }


def _format(saved: SavedModel) -> dict[str, Any]:
    form = saved.source.format or TableFormat()
    return {
        "encoding": form.encoding,
        "delimiter": form.delimiter,
        "decimal": form.decimal,
        "thousands": form.thousands,
        "header": form.header,
        "header_rows": form.header_rows,
        "skip_rows": form.skip_rows,
        "comments": form.comments in (True, "skip"),
        "missing": list(form.missing),
        "time_columns": list(form.time_columns),
        "sequence_column": form.sequence_column,
        "order": form.order,
        "insert_missing": form.insert_missing,
        "layout": form.layout.value,
    }


def _time(saved: SavedModel) -> dict[str, Any]:
    form, axis = saved.source.format or TableFormat(), saved.axis
    kind = AxisKind.STEP if not form.time_columns else AxisKind.NUMBER if form.date_format is None else AxisKind.DATE
    calendar = Calendar() if axis is None else axis.calendar
    pattern = None if form.date_format is None else pattern_of(form.date_format)
    without_year = None if form.date_format is None else yearless_pattern(form.date_format)
    pattern = without_year or pattern
    fields = () if pattern is None else pattern.fields
    per_second, first = _COUNTS.get(form.date_format or "", (None, 0))
    return {
        "kind": kind.value,
        "label": form.time_column or "time step" if axis is None else axis.label,
        "per_second": per_second,
        "from": first,
        "pattern": None if pattern is None else pattern.regular_expression,
        "fields": list(fields),
        "months": dict(MONTHS) if "month_name" in fields else {},
        "newest_year": form.newest_year,
        "first_year": None if without_year is None else form.first_year,
        "frequency": calendar.frequency,
        "unit": calendar.unit,
        "offset": calendar.offset,
        "season_from": _season_from(saved, calendar),
    }


def _season_from(saved: SavedModel, calendar: Calendar) -> list[list[float]] | None:
    """Return a time of each sequence and its place in the season; None where that is counted from a first row."""
    ends = saved.ends
    if ends is None or calendar.frequency is None:
        return None
    places = ends.phases + ends.rows.shape[1] - 1
    return [[float(time), int(place)] for time, place in zip(ends.times[:, 0], places, strict=True)]


def _gaps(saved: SavedModel) -> dict[str, Any]:
    data = saved.data if saved.forecaster is None else saved.forecaster.data
    return {
        "fill": data.fill_gaps,
        "file": Path(saved.source.path).name if saved.source.path else "",
        "train_percent": data.train_percent,
        "validation_percent": data.validation_percent,
        "validation_rows": data.validation_rows,
        "test_rows": data.test_rows,
    }
