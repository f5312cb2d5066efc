"""What a model file holds of symbols: told in its metadata, and as tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from elman_core.config import Config, SymbolConfig
from elman_core.data.text.vocabulary import MAXIMUM_NAME, MAXIMUM_SYMBOLS, Symbols, Vocabulary
from elman_core.errors import ModelFileError

__all__ = ["SymbolsMetadata", "symbols_from", "symbols_metadata", "tensors_of"]


class SymbolsMetadata(Config):
    """What the metadata say of symbols; their vectors are a tensor where they are not one-hot in their order."""

    names: tuple[Annotated[str, Field(min_length=1, max_length=MAXIMUM_NAME)], ...] = Field(
        min_length=2, max_length=MAXIMUM_SYMBOLS
    )
    classes: dict[Annotated[str, Field(max_length=MAXIMUM_NAME)], Annotated[str, Field(max_length=MAXIMUM_NAME)]]
    config: SymbolConfig
    group: str = Field(max_length=40)
    openings: tuple[Annotated[int, Field(ge=0, le=2**53)], ...] = Field((), max_length=MAXIMUM_SYMBOLS)

    @field_validator("names")
    @classmethod
    def _check_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each symbol must be named once only")
        return value


def symbols_metadata(symbols: Symbols) -> SymbolsMetadata:
    """Return what the metadata are to say."""
    vocabulary = symbols.vocabulary
    return SymbolsMetadata(
        names=vocabulary.names,
        classes=dict(vocabulary.classes),
        config=symbols.config,
        group=symbols.group,
        openings=() if symbols.openings is None else tuple(symbols.openings.tolist()),
    )


def tensors_of(symbols: Symbols, *, pasted: bool) -> dict[str, NDArray[Any]]:
    """Return the tensors: vectors that are not one-hot in their order, and the stream itself where it was pasted."""
    vocabulary = symbols.vocabulary
    tensors: dict[str, NDArray[Any]] = {}
    if not np.array_equal(vocabulary.vectors, np.eye(len(vocabulary.names))):
        tensors["symbols.vectors"] = vocabulary.vectors
    if pasted:  # a pasted text is nowhere else
        tensors["symbols.codes"] = symbols.codes.astype(np.int64)
        if symbols.position is not None:
            tensors["symbols.position"] = symbols.position
    return tensors


def symbols_from(metadata: SymbolsMetadata, columns: tuple[str, ...], arrays: Mapping[str, NDArray[Any]]) -> Symbols:
    """Return the symbols of a file, without a stream where it has none.

    Raises
    ------
    ModelFileError
        When a tensor has values that it cannot have.
    """
    vectors = arrays.get("symbols.vectors")
    if vectors is not None and not ((vectors >= 0) & (vectors <= 1)).all():
        raise ModelFileError("symbols.vectors must have numbers from 0 to 1")
    codes = arrays.get("symbols.codes", np.empty(0, np.int64))
    if "symbols.codes" in arrays and not len(codes):
        raise ModelFileError("symbols.codes must have a symbol, got none")
    if len(codes) and not (codes.min() >= 0 and codes.max() < len(metadata.names)):
        raise ModelFileError(f"symbols.codes must be from 0 to {len(metadata.names) - 1:,}")
    position = arrays.get("symbols.position")
    if position is not None and not (position.min() >= 0 and position.max() < len(codes)):
        raise ModelFileError(f"symbols.position must be from 0 to {len(codes) - 1:,}")
    vectors = np.eye(len(metadata.names)) if vectors is None else vectors.copy()
    vocabulary = Vocabulary(metadata.names, vectors, columns, metadata.classes)
    openings = np.array(metadata.openings, np.int64) if metadata.openings else None
    if openings is not None and (len(openings) != len(metadata.names) or not openings.any()):
        raise ModelFileError(f"openings must count each of {len(metadata.names):,} symbols, got {len(openings):,}")
    return Symbols(vocabulary, codes.astype(np.int32), metadata.config, position, metadata.group, openings)
