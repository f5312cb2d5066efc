"""FormScroll: a form that is scrolled up and down where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

__all__ = ["FormScroll"]


class FormScroll(QScrollArea):
    """Shows what stands on its ground as wide as itself; Tab goes to the fields there, not to the area."""

    def __init__(self, ground: QWidget) -> None:
        super().__init__()
        ground.setObjectName("formGround")
        self.setObjectName("formScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(ground)

    def bring_into_view(self, field: QWidget) -> None:
        """Scroll to a field, once all that was just unfolded has its place."""
        QTimer.singleShot(0, field, lambda: self.ensureWidgetVisible(field))
