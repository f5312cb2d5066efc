"""NoteList: what a person should know of a table before it is used, with buttons for the choices that notes name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from elman_gui.dialogs.note_choices import NoteChoice, without_options
from elman_gui.dialogs.widgets import button
from elman_gui.messages import as_sentence
from elman_gui.plain_text import PlainLabel, plain

__all__ = ["NoteList"]

_MOST_HEIGHT = 132


class NoteList(QScrollArea):
    """A line for each note; below it a button for each choice.

    Signals
    -------
    choice_wanted(NoteChoice)
        The person clicked on a choice.
    """

    choice_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("formScroll")
        self.setWidgetResizable(True)
        self.setAccessibleName("Notes")
        self.setToolTip("What to know of the table before it is used")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._choices: dict[QPushButton, NoteChoice] = {}
        self._shown: tuple[str, ...] = ()
        self._ground = QWidget()
        self.hide()

    @property
    def text(self) -> str:
        """All notes, as they are read."""
        return "\n".join(self._shown)

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons of all choices."""
        return list(self._choices)

    def show_notes(self, notes: Sequence[str], name: str, problem: str = "") -> None:
        """Show notes without the file's name before them, and the choices that a problem names."""
        self._choices = {}
        self._ground = QWidget()
        self._ground.setObjectName("formGround")
        column = QVBoxLayout(self._ground)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        shown = []
        for note in ([problem] if problem else []) + list(notes):
            words, choices = without_options(note.removeprefix(f"{name}: "))
            if note is not problem:
                label = PlainLabel(as_sentence(words))
                label.setObjectName("warning")
                label.setWordWrap(True)
                shown.append(label.text())
                column.addWidget(label)
            if choices:
                column.addLayout(self._row_of(choices))
        column.addStretch(1)
        self.setWidget(self._ground)
        self._shown = tuple(shown)
        self.setVisible(bool(shown or self._choices))
        self._fit()

    def _row_of(self, choices: Sequence[NoteChoice]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for choice in choices:
            pressed = button(_words_of(choice).replace("&", "&&"), "Read the table with this choice")
            if not choice.has_value:
                pressed.setToolTip("Show the field of this setting")
            pressed.setObjectName("small")
            pressed.setAccessibleName(_words_of(choice))
            pressed.clicked.connect(self._on_button)
            self._choices[pressed] = choice
            row.addWidget(pressed)
        row.addStretch(1)
        return row

    def resizeEvent(self, event: object) -> None:
        """Take the height that the notes need at this width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    def _fit(self) -> None:
        width = max(self.viewport().width(), 200)
        layout = self._ground.layout()
        high = layout.heightForWidth(width) if layout is not None else 0
        self.setFixedHeight(min(_MOST_HEIGHT, max(high, 0) + 2))

    @Slot()
    def _on_button(self) -> None:
        pressed = self.sender()
        assert isinstance(pressed, QPushButton)
        self.choice_wanted.emit(self._choices[pressed])


def _words_of(choice: NoteChoice) -> str:
    """Say what a click does."""
    if not choice.has_value:
        return f"{choice.title}…"
    value = {True: "yes", False: "no", None: "none"}.get(choice.value, choice.value)  # type: ignore[arg-type]
    return plain(f"{choice.title}: {value}")
