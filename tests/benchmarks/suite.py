"""All cases, and the machine they were measured on."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

import torch

from .chaos import chaos_cases
from .damage import damage_cases
from .estimates import estimate_cases
from .forecasts import forecast_cases
from .kept import kept_cases
from .lanes import lane_cases
from .many_series import many_series_cases
from .measure import Result
from .memory import memory_cases
from .settings import settings_cases
from .single_series import single_series_cases
from .statistics import statistics_cases
from .studies import study_cases
from .training import training_cases
from .window import window_cases

__all__ = ["machine", "results"]


def results() -> Iterator[Result]:
    """Measure everything, one thread unless a case says otherwise."""
    torch.set_num_threads(1)
    yield from training_cases()
    yield from lane_cases()
    yield from chaos_cases()
    yield from window_cases()
    yield from memory_cases()
    yield from estimate_cases()
    yield from settings_cases()
    yield from kept_cases()
    yield from damage_cases()
    yield from many_series_cases()
    yield from forecast_cases()
    yield from single_series_cases()
    yield from study_cases()
    yield from statistics_cases()


def machine() -> str:
    """Say what the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = f"{names[0]}, {len(names)} logical cores" if names else model
    return f"{model}; Python {platform.python_version()}, torch {torch.__version__}"
