"""All that the window is filled with, in one import: it is made after the first paint, beside the window."""

from elman_gui.controllers.files import Documents
from elman_gui.controllers.inspection import InspectionController
from elman_gui.manual.opening import ManualOpener
from elman_gui.panels.guide_panel import GuidePanel
from elman_gui.panels.inside_panel import InsidePanel
from elman_gui.panels.notice_bar import NoticeBar
from elman_gui.panels.run_status import RunStatus
from elman_gui.panels.score_card import ScoreCard
from elman_gui.panels.scorecard_panel import ScorecardPanel
from elman_gui.panels.settings_panel import SettingsPanel
from elman_gui.panels.tabbed_panel import TabbedPanel
from elman_gui.panels.timeline import Timeline
from elman_gui.panels.transport_bar import TransportBar
from elman_gui.views.time.context_plot import ContextPlot
from elman_gui.views.time.error_plot import ErrorPlot
from elman_gui.views.time.fit_plot import FitPlot
from elman_gui.views.time.next_symbol_plot import NextSymbolPlot
from elman_gui.views.training.loss_plot import LossPlot
from elman_gui.window.linked_selection import LinkedSelection

__all__ = [
    "ContextPlot",
    "Documents",
    "ErrorPlot",
    "FitPlot",
    "GuidePanel",
    "InsidePanel",
    "InspectionController",
    "LinkedSelection",
    "LossPlot",
    "ManualOpener",
    "NextSymbolPlot",
    "NoticeBar",
    "RunStatus",
    "ScoreCard",
    "ScorecardPanel",
    "SettingsPanel",
    "TabbedPanel",
    "Timeline",
    "TransportBar",
]
