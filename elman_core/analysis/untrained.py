"""The untrained network of the same seed, a control for what is seen in the trained one."""

from __future__ import annotations

from elman_core.analysis.types import InspectionRequest, Untrained
from elman_core.forecasting.prediction import hidden_states
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.events import Response

__all__ = ["untrained_beside"]


def untrained_beside(request: InspectionRequest, response: Response) -> Job[Untrained]:
    """Return what network 0 did before training at a response's rows, or more of them.

    What the look brings of it is handed back where it will do: to run through 30,000 rows takes a third of a second.
    """
    known = request.untrained
    if (
        known is not None
        and known.belongs_to(request.dataset, request.network, request.seed)
        and known.beside(response) is not None
    ):
        return known
    network = ElmanNetwork.initialized(request.network, request.seed)
    hidden = yield from hidden_states(network, request.dataset, response.first_row, len(response.hidden))
    return Untrained(request.dataset, request.network, request.seed, response.first_row, hidden)
