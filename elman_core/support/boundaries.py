"""The outer boundary of what reads files: whatever comes up inside, one sentence leaves it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from elman_core.errors import ElmanError

__all__ = ["refused_if_unexpected"]

_log = logging.getLogger(__name__)


@contextmanager
def refused_if_unexpected(kind: type[ElmanError], name: str) -> Iterator[None]:
    """Turn what a library raises on a file that nobody foresaw into an error of this project, with its cause.

    Parameters
    ----------
    name
        Of the file, for the sentence.

    Raises
    ------
    ElmanError
        Of the given kind. The traceback goes to the log.
    """
    try:
        yield
    except ElmanError:
        raise
    except MemoryError:
        raise kind(f"{name} needs more memory than there is") from None
    except Exception as error:
        _log.info("%s gave an unexpected error", name, exc_info=True)
        raise kind(f"{name} cannot be read: it is damaged in an unexpected way ({error!r:.100})") from error
