"""All that the window is filled with, in one import: it is made after the first paint, beside the window."""

from elman_gui.documents import Documents
from elman_gui.exploration import Exploration
from elman_gui.insight import Insight
from elman_gui.panels.guide_panel import GuidePanel
from elman_gui.panels.inside_panel import InsidePanel
from elman_gui.panels.notice_bar import NoticeBar
from elman_gui.panels.paper_card import PaperCard
from elman_gui.panels.run_status import RunStatus
from elman_gui.panels.score_card import ScoreCard
from elman_gui.panels.settings_panel import SettingsPanel
from elman_gui.panels.tabbed_panel import TabbedPanel
from elman_gui.panels.timeline import Timeline
from elman_gui.panels.transport_bar import TransportBar
from elman_gui.plots.context_plot import ContextPlot
from elman_gui.plots.error_plot import ErrorPlot
from elman_gui.plots.fit_plot import FitPlot
from elman_gui.plots.foretold_plot import ForetoldPlot
from elman_gui.plots.loss_plot import LossPlot

__all__ = [
    "ContextPlot",
    "Documents",
    "ErrorPlot",
    "Exploration",
    "FitPlot",
    "ForetoldPlot",
    "GuidePanel",
    "InsidePanel",
    "Insight",
    "LossPlot",
    "NoticeBar",
    "PaperCard",
    "RunStatus",
    "ScoreCard",
    "SettingsPanel",
    "TabbedPanel",
    "Timeline",
    "TransportBar",
]
