"""HitList: the places that a search found, each with the sentence around the words."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from elman_gui.manual.search import Hit, word_pattern

__all__ = ["HitList"]

_WORDS = Qt.ItemDataRole.UserRole
_MARGIN = 6.0


class HitList(QListWidget):
    """The arrow keys go from hit to hit.

    Signals
    -------
    hit_chosen(Hit)
        The person wants to see a hit in its page.
    """

    hit_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._hits: tuple[Hit, ...] = ()
        self.setObjectName("hits")
        self.setAccessibleName("Places found")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_HitDelegate(self))
        self.currentRowChanged.connect(self._choose)
        self.itemClicked.connect(lambda item: self._choose(self.row(item)))

    def show_hits(self, hits: tuple[Hit, ...], words: tuple[str, ...]) -> None:
        """Show these, with the words marked."""
        self.blockSignals(True)
        self.clear()
        self._hits = hits
        for hit in hits:
            item = QListWidgetItem(f"{hit.title}: {hit.sentence}", self)  # what a screen reader reads
            item.setData(_WORDS, _written(hit, words))
        self.blockSignals(False)

    def choose_first(self) -> None:
        """Go to the first hit, if there is one."""
        if self._hits:
            self.setCurrentRow(0)
            self.setFocus()

    def _choose(self, row: int) -> None:
        if row >= 0:
            self.hit_chosen.emit(self._hits[row])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class _HitDelegate(QStyledItemDelegate):
    """Draws a title, and under it a sentence of as many lines as it takes."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        document = self._document(index, option)
        return QSize(0, round(document.size().height()))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        palette, is_chosen = option.palette, bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen:
            painter.fillRect(option.rect, palette.color(QPalette.ColorRole.Highlight))
        document = self._document(index, option)
        role = QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.Text
        document.setDefaultStyleSheet(f"body {{ color: {palette.color(role).name()}; }}")
        document.setHtml(f"<body>{index.data(_WORDS)}</body>")
        painter.save()
        painter.translate(option.rect.topLeft())
        document.drawContents(painter, QRectF(0, 0, option.rect.width(), option.rect.height()))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(0, option.rect.height() - 1, option.rect.width(), option.rect.height() - 1)
        painter.restore()

    def _document(self, index: QModelIndex | QPersistentModelIndex, option: QStyleOptionViewItem) -> QTextDocument:
        document = QTextDocument()
        widget: QWidget = self._view.viewport()
        document.setDefaultFont(option.font)
        document.setDocumentMargin(_MARGIN)
        document.setTextWidth(widget.width())
        document.setHtml(index.data(_WORDS))
        return document


def _written(hit: Hit, words: tuple[str, ...]) -> str:
    marked, at = "", 0
    for found in word_pattern(words).finditer(hit.sentence):
        marked += f"{escape(hit.sentence[at : found.start()])}<b>{escape(found[0])}</b>"
        at = found.end()
    return f"<b>{escape(hit.title)}</b><br>{marked}{escape(hit.sentence[at:])}"
