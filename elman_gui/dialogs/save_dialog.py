"""SaveDialog: asks for the name of a file to write."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QSplitter, QWidget

__all__ = ["SaveDialog"]

_PLACES = 120


class SaveDialog(QFileDialog):
    """Qt's own dialog says "Look in" of the folder to save in, and asks about a file before its ending is added."""

    def __init__(self, parent: QWidget, title: str, proposed: str, kinds: str) -> None:
        super().__init__(parent, title, str(Path(proposed).parent), kinds)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setFileMode(QFileDialog.FileMode.AnyFile)
        self.setLabelText(QFileDialog.DialogLabel.LookIn, "Save in:")
        self.setLabelText(QFileDialog.DialogLabel.Accept, "Save")
        self.selectFile(Path(proposed).name)
        for halves in self.findChildren(QSplitter):  # Qt's own; the places at the left would be cut
            halves.setSizes([_PLACES, self.width() - _PLACES])
        self.finished.connect(self.deleteLater)
        self.filterSelected.connect(self._take_ending_of)
        self._take_ending_of(self.selectedNameFilter())

    @Slot(str)
    def _take_ending_of(self, kind: str) -> None:
        """Add the ending of the chosen kind of file where none is typed."""
        found = re.search(r"\*\.(\w+)", kind)
        self.setDefaultSuffix(found[1] if found else "")

    @staticmethod
    def ask(parent: QWidget, title: str, proposed: str, kinds: str) -> tuple[str, str]:
        """Return the path and the kind that the person chose; two empty words where it was cancelled."""
        dialog = SaveDialog(parent, title, proposed, kinds)
        chosen = dialog.selectedFiles() if dialog.exec() else []
        return (chosen[0], dialog.selectedNameFilter()) if chosen else ("", "")
