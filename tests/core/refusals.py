"""How a refusal has to read: one sentence, on one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from elman_core.errors import DataError, ElmanError


def refusal_of(job: Callable[[], object], kind: type[ElmanError] = DataError) -> str:
    """Return what a person is told by what has to be refused."""
    with pytest.raises(kind) as caught:
        job()
    sentence = str(caught.value)
    assert sentence and sentence.isprintable() and len(sentence) < 450, sentence
    return sentence
