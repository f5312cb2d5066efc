"""Weights as a state dict of torch: tensors by name and nothing else, so that a safe load opens it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from elman_core.config import Activation, NetworkConfig
from elman_core.experiment import Weights
from elman_core.storage.model_file import SavedModel
from elman_core.support.files import replace_file

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["state_dict_of", "write_state_dict"]


def write_state_dict(path: Path, saved: SavedModel) -> None:
    """Write what `state_dict_of` returns; `torch.load(path, weights_only=True)` opens it.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    import torch

    data = io.BytesIO()
    torch.save(state_dict_of(saved), data)
    replace_file(path, data.getvalue())


def state_dict_of(saved: SavedModel) -> dict[str, Tensor]:
    """Return the weights by name.

    With tanh or relu, `rnn.*` are those of `torch.nn.RNN(I, H, nonlinearity=..., bias=...)`, whose second bias is 0;
    with logistic units, which it has not, they are called `cell.*`. `readout.*` are those of `torch.nn.Linear` on
    cat(hidden[, input]). Of several networks each has a prefix `networks.N.`, and of a forecaster each part one of
    `parts.K.`, both from 0.
    """
    found: dict[str, Tensor] = {}
    for place, part in enumerate(saved.parts):
        prefix = f"parts.{place}." if saved.forecaster is not None else ""
        weights = part.model.weights
        for member in range(len(weights.w1)):
            own = f"{prefix}networks.{member}." if len(weights.w1) > 1 else prefix
            found |= {f"{own}{name}": tensor for name, tensor in _of_one(part.model.network, weights, member).items()}
    return found


def _of_one(network: NetworkConfig, weights: Weights, member: int) -> dict[str, Tensor]:
    import torch

    inputs, hidden = network.inputs, network.hidden
    w1, w2 = weights.w1[member], weights.w2[member]
    name = "cell" if network.activation is Activation.LOGISTIC else "rnn"
    rows = hidden + (inputs if network.direct else 0)
    arrays = {
        f"{name}.weight_ih_l0": w1[:inputs].T,
        f"{name}.weight_hh_l0": w1[inputs : inputs + hidden].T,
        "readout.weight": w2[:rows].T,
    }
    if network.biases:
        arrays |= {
            f"{name}.bias_ih_l0": w1[-1],
            f"{name}.bias_hh_l0": np.zeros(hidden, w1.dtype),
            "readout.bias": w2[-1],
        }
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
