"""The paper's sentence, letter by letter (Elman 1990, fig. 6)."""

from __future__ import annotations

import numpy as np
import torch

from elman_core.analysis.symbol_errors import SentenceErrors, has_sentence
from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.streams import SENTENCE
from elman_core.model.network import ElmanNetwork

__all__ = ["sentence_errors"]


@torch.no_grad()
def sentence_errors(network: ElmanNetwork, dataset: SequenceDataset) -> SentenceErrors | None:
    """Let network 0 read "many years ago a boy and girl lived by the sea they played happily", written without gaps.

    It begins with its initial context. As the streams do, the sentence wraps round: its first letter is predicted from
    its last one. None for other streams.
    """
    if not has_sentence(dataset) or dataset.symbols is None:
        return None
    letters = "".join(SENTENCE)
    first = np.concatenate([np.arange(len(word)) == 0 for word in SENTENCE])
    vocabulary = dataset.symbols.vocabulary
    target = vocabulary.vectors[vocabulary.encoded(letters, "the sentence")]  # (L, C)
    inputs = torch.from_numpy(np.roll(target, 1, axis=0)).to(network.w1)[:, None, None]  # (L, 1, 1, C)
    _, outputs = network.forward(inputs)
    y = outputs[:, 0, 0].double().numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.sqrt(np.square(y - target).mean(axis=1))
    return SentenceErrors(letters, first, errors)
