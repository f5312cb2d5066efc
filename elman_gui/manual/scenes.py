"""What the manual's pictures show, all of it."""

from elman_gui.manual import view_scenes, window_scenes
from elman_gui.manual.scene import SCENES, WIDTH, rest
from elman_gui.manual.window_scenes import main_window_if_made

__all__ = ["SCENES", "WIDTH", "main_window_if_made", "rest", "view_scenes", "window_scenes"]
