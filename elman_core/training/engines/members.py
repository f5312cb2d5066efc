"""Members: those networks of an ensemble that still learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Members"]


@dataclass(frozen=True, eq=False)
class Members:
    """n of N networks; the others cost nothing.

    Attributes
    ----------
    places : (n,)
        Which of the ensemble they are, in order.
    networks
        N.
    """

    places: NDArray[np.int64]
    networks: int

    @classmethod
    def all_of(cls, networks: int) -> Self:
        """Return all networks of an ensemble."""
        return cls(np.arange(networks), networks)

    @classmethod
    def where(cls, chosen: NDArray[np.bool_]) -> Self:
        """Return the networks that are True in (N,)."""
        return cls(np.flatnonzero(chosen), len(chosen))

    @property
    def are_all(self) -> bool:
        """Whether no network is left out."""
        return len(self.places) == self.networks

    def of(self, whole: Tensor) -> Tensor:
        """Return their part (n, ...) of a tensor (N, ...): itself if they are all, a copy if not."""
        return whole if self.are_all else whole[torch.from_numpy(self.places).to(whole.device)]

    def put(self, whole: Tensor, part: Tensor) -> None:
        """Write their part (n, ...) into a tensor (N, ...)."""
        if self.are_all:
            if whole is not part:
                whole.copy_(part)
        else:
            whole[torch.from_numpy(self.places).to(whole.device)] = part
