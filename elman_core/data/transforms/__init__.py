"""Transforms of a column before a network sees it, each with an exact inverse."""

from elman_core.data.panel import Panel
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.data.transforms.pipeline import TRANSFORMS, Pipeline, parse_transforms

__all__ = ["TRANSFORMS", "FittedPipeline", "Panel", "Pipeline", "parse_transforms"]
