"""All that the window is filled with, in one import: it is made after the first paint, beside the window."""

from elman_gui.controllers.damage import DamageController
from elman_gui.controllers.ensemble import EnsembleController
from elman_gui.controllers.files import Documents
from elman_gui.controllers.inspection import InspectionController
from elman_gui.controllers.member_scorecards import MemberScorecards
from elman_gui.controllers.scoring import Scoring
from elman_gui.controllers.standing_backtest import StandingBacktest
from elman_gui.controllers.standing_forecast import StandingForecast
from elman_gui.controllers.study import StudyController
from elman_gui.controllers.what_if import WhatIfController
from elman_gui.manual.opening import ManualOpener
from elman_gui.panels.guide_panel import GuidePanel
from elman_gui.panels.left_panel import LeftPanel
from elman_gui.panels.notice_bar import NoticeBar
from elman_gui.panels.part_bar import PartBar
from elman_gui.panels.run_status import RunStatus
from elman_gui.panels.score_card import ScoreCard
from elman_gui.panels.scorecard_panel import ScorecardPanel
from elman_gui.panels.settings_panel import SettingsPanel
from elman_gui.panels.study_form import StudyForm
from elman_gui.panels.timeline import Timeline
from elman_gui.panels.transport_bar import TransportBar
from elman_gui.views.damage.damage_plot import DamagePlot
from elman_gui.views.damage.kinds_plot import KindsPlot
from elman_gui.views.forecast.coverage_plot import CoveragePlot
from elman_gui.views.forecast.horizon_plot import HorizonPlot
from elman_gui.views.forecast.leaderboard import HorizonTable, Leaderboard
from elman_gui.views.forecast.outlook_plot import OutlookPlot
from elman_gui.views.forecast.residuals_plot import AutocorrelationPlot, ResidualsPlot
from elman_gui.views.forecast.series_errors import SeriesErrorPlot, WorstTable
from elman_gui.views.seeds.distribution_plot import DistributionPlot
from elman_gui.views.seeds.fan_plot import FanPlot
from elman_gui.views.seeds.members_plot import MembersPlot
from elman_gui.views.seeds.members_table import MembersTable
from elman_gui.views.seeds.scorecards_plot import ScorecardsPlot
from elman_gui.views.study.heat_map import HeatMap
from elman_gui.views.study.importance_plot import ImportancePlot
from elman_gui.views.study.parallel_coordinates import ParallelCoordinates
from elman_gui.views.study.parts_plot import PartsPlot
from elman_gui.views.study.profile_plot import ProfilePlot
from elman_gui.views.study.rank_table import RankTable
from elman_gui.views.study.runs_plot import RunsPlot
from elman_gui.views.study.slice_plot import SlicePlot
from elman_gui.views.time.context_plot import ContextPlot
from elman_gui.views.time.error_plot import ErrorPlot
from elman_gui.views.time.fit_plot import FitPlot
from elman_gui.views.time.left_over_plot import LeftOverPlot
from elman_gui.views.time.next_symbol_plot import NextSymbolPlot
from elman_gui.views.time.shared_time import SharedTime
from elman_gui.views.training.loss_plot import LossPlot
from elman_gui.window.linked_selection import LinkedSelection
from elman_gui.window.network_count import NetworkCount
from elman_gui.workspaces.inside_views import InsideViews
from elman_gui.workspaces.message_card import MessageCard

__all__ = [
    "AutocorrelationPlot",
    "ContextPlot",
    "CoveragePlot",
    "DamageController",
    "DamagePlot",
    "DistributionPlot",
    "Documents",
    "EnsembleController",
    "ErrorPlot",
    "FanPlot",
    "FitPlot",
    "GuidePanel",
    "HeatMap",
    "HorizonPlot",
    "HorizonTable",
    "ImportancePlot",
    "InsideViews",
    "InspectionController",
    "KindsPlot",
    "Leaderboard",
    "LeftOverPlot",
    "LeftPanel",
    "LinkedSelection",
    "LossPlot",
    "ManualOpener",
    "MemberScorecards",
    "MembersPlot",
    "MembersTable",
    "MessageCard",
    "NetworkCount",
    "NextSymbolPlot",
    "NoticeBar",
    "OutlookPlot",
    "ParallelCoordinates",
    "PartBar",
    "PartsPlot",
    "ProfilePlot",
    "RankTable",
    "ResidualsPlot",
    "RunStatus",
    "RunsPlot",
    "ScoreCard",
    "ScorecardPanel",
    "ScorecardsPlot",
    "Scoring",
    "SeriesErrorPlot",
    "SettingsPanel",
    "SharedTime",
    "SlicePlot",
    "StandingBacktest",
    "StandingForecast",
    "StudyController",
    "StudyForm",
    "Timeline",
    "TransportBar",
    "WhatIfController",
    "WorstTable",
]
