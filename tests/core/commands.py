"""How a command of the command line ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    output: str
    messages: str

    @property
    def result(self) -> Any:
        """The one JSON object of standard output, which must be strictly valid."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        found = json.loads(self.output, parse_constant=refuse)
        assert isinstance(found, dict)
        return found


Elman = Callable[..., Ended]
