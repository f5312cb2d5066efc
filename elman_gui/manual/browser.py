"""ManualBrowser: shows one page, with its pictures in the colours of the window."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QFont,
    QImage,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit

from elman_gui.manual.glossary import linked_text
from elman_gui.manual.pages import FOLDER, anchor_of, read_manual
from elman_gui.manual.search import word_pattern

__all__ = ["ManualBrowser"]

_LINE_HEIGHT, _BELOW, _ABOVE_HEADING = 130.0, 8.0, 12.0
_MARGIN = 24.0
_PIXELS_A_POINT = 2.0
"""Pictures are drawn twice as fine as they are shown."""
_DARK = 128
"""A ground whose lightness is below this is dark."""
_PAGE, _FILE = QTextDocument.ResourceType.MarkdownResource, ".md"


class ManualBrowser(QTextBrowser):
    """Follows links between pages, and goes back and forward.

    Signals
    -------
    action_wanted(str)
        A link asks for what a menu's entry does, by the entry's name in code.
    page_shown(str)
        Another page is shown.
    """

    action_wanted = Signal(str)
    page_shown = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._words: tuple[str, ...] = ()
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Page of the manual")
        self.document().setDocumentMargin(_MARGIN)
        self.anchorClicked.connect(self._follow)
        self.sourceChanged.connect(lambda address: self.page_shown.emit(_name(address)))

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return _name(self.source())

    def show_page(self, name: str, anchor: str = "", words: tuple[str, ...] = ()) -> None:
        """Show a page, from an anchor on, with some words marked."""
        self._words = words
        address = QUrl.fromLocalFile(str(FOLDER / f"{name}{_FILE}"))
        address.setFragment(anchor)
        self.setSource(address, _PAGE)
        self._mark_words()

    @Slot(QUrl)
    def _follow(self, address: QUrl) -> None:
        if address.scheme() == "do":
            self.action_wanted.emit(address.path())
        elif address.isLocalFile():
            self.show_page(_name(address), address.fragment())
        else:
            QDesktopServices.openUrl(address)

    # -- what is shown --------------------------------------------------------------------------

    def loadResource(self, kind: int, address: QUrl) -> Any:
        """Give out a page with its terms linked, or a picture in the window's colours."""
        if address.path().endswith(_FILE):
            manual = read_manual()
            page = manual.page(_name(address))
            return "" if page is None else linked_text(page, manual)
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return self._picture(_name(address))
        return super().loadResource(kind, address)

    def _picture(self, name: str) -> QImage:
        is_dark = self.palette().color(QPalette.ColorRole.Base).lightness() < _DARK
        return _read_picture(f"{name}-dark" if is_dark else name)

    def doSetSource(self, address: QUrl, kind: QTextDocument.ResourceType) -> None:
        """Show a page, with air between its lines, and go to the anchor if one is named."""
        super().doSetSource(address, _PAGE)
        self.setExtraSelections([])
        self._space_out()
        if address.hasFragment():
            self.scrollToAnchor(address.fragment())

    def _space_out(self) -> None:
        """Put air between lines and paragraphs, which Markdown alone does not, and name the headings."""
        room = QTextBlockFormat()
        room.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        room.setBottomMargin(_BELOW)
        whole = QTextCursor(self.document())
        whole.beginEditBlock()  # so that the page is laid out once
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            if not isinstance(cursor.currentTable(), QTextTable):
                cursor.mergeBlockFormat(room)
            level = block.blockFormat().headingLevel()
            if level:
                above = QTextBlockFormat()
                above.setTopMargin(_ABOVE_HEADING if level > 1 else 0.0)
                cursor.mergeBlockFormat(above)
                named = QTextCharFormat()
                named.setAnchor(True)
                named.setAnchorNames([anchor_of(block.text())])
                named.setFontWeight(QFont.Weight.DemiBold)
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(named)
            block = block.next()
        self._fit_pictures()
        whole.endEditBlock()

    def _fit_pictures(self) -> None:
        """Make pictures smaller that are wider than the page."""
        room = self.viewport().width() - 2 * _MARGIN
        block = self.document().begin()
        while block.isValid():
            for piece in block:
                form = piece.fragment().charFormat()
                if form.isImageFormat():
                    picture = form.toImageFormat()
                    width = min(room, self._picture(_name(QUrl(picture.name()))).deviceIndependentSize().width())
                    if picture.width() != width:
                        picture.setWidth(width)
                        cursor = QTextCursor(self.document())
                        cursor.setPosition(piece.fragment().position())
                        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
                        cursor.setCharFormat(picture)
                        break  # what comes after it in this block is no longer what it was
            block = block.next()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give pictures the width there is."""
        super().resizeEvent(event)
        self._fit_pictures()

    def _mark_words(self) -> None:
        """Mark every place of the words that were searched for."""
        marks: list[QTextEdit.ExtraSelection] = []
        for found in word_pattern(self._words).finditer(self.document().toPlainText()):
            cursor = QTextCursor(self.document())
            cursor.setPosition(found.start())
            cursor.setPosition(found.end(), QTextCursor.MoveMode.KeepAnchor)
            mark = QTextEdit.ExtraSelection()
            mark.cursor = cursor
            mark.format.setBackground(self.palette().color(QPalette.ColorRole.Highlight))
            mark.format.setForeground(self.palette().color(QPalette.ColorRole.HighlightedText))
            marks.append(mark)
        self.setExtraSelections(marks)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the page again in other colours, where it was."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and not self.source().isEmpty():
            at = self.verticalScrollBar().value()
            self.document().clear()  # pictures are kept by their addresses otherwise
            self.reload()
            self._mark_words()
            self.verticalScrollBar().setValue(at)


@cache
def _read_picture(name: str) -> QImage:
    picture = QImage(str(FOLDER / "pictures" / f"{name}.png"))
    picture.setDevicePixelRatio(_PIXELS_A_POINT)
    return picture


def _name(address: QUrl) -> str:
    """Return a page's or picture's name from its address."""
    return address.fileName().rpartition(".")[0]
