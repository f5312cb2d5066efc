"""ManualBrowser: shows one page, with its pictures in the colours of the window."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, Qt, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QFont,
    QImage,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextFrameFormat,
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
        """Return a picture as wide as the page allows, with as many pixels as the screen has there."""
        is_dark = self.palette().color(QPalette.ColorRole.Base).lightness() < _DARK
        picture = _read_picture(f"{name}-dark" if is_dark else name)
        width = min(self.viewport().width() - 2 * _MARGIN, picture.width() / _PIXELS_A_POINT)
        ratio = self.devicePixelRatioF()
        scaled = picture.scaledToWidth(max(1, round(ratio * width)), Qt.TransformationMode.SmoothTransformation)
        scaled.setDevicePixelRatio(ratio)
        return scaled

    def doSetSource(self, address: QUrl, kind: QTextDocument.ResourceType) -> None:
        """Show a page, with air between its lines, and go to the anchor if one is named."""
        super().doSetSource(address, _PAGE)
        self.setExtraSelections([])
        self._space_out()
        if address.hasFragment():
            self.scrollToAnchor(address.fragment())

    def _space_out(self) -> None:
        """Put air between lines and paragraphs, which Markdown alone does not, and name the headings."""
        whole = QTextCursor(self.document())
        whole.beginEditBlock()  # so that the page is laid out once
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            table = cursor.currentTable()
            if table is not None:
                self._draw_lines_of(table)
            elif _picture_in(block) is None:
                _space_out(cursor, block)
            block = block.next()
        self._fit_pictures()
        whole.endEditBlock()

    def _draw_lines_of(self, table: QTextTable) -> None:
        form = table.format()
        if not form.borderCollapse() or form.borderBrush().color() != self.palette().color(QPalette.ColorRole.Mid):
            form.setBorderCollapse(True)
            form.setBorder(1.0)
            form.setBorderBrush(self.palette().color(QPalette.ColorRole.Mid))
            form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            form.setCellPadding(5.0)
            form.setBottomMargin(_BELOW)
            table.setFormat(form)

    def _fit_pictures(self) -> None:
        """Give pictures the width there is."""
        document = self.document()
        block = document.begin()
        while block.isValid():
            piece = _picture_in(block)
            if piece is not None:
                form = piece.charFormat().toImageFormat()
                picture = self._picture(_name(QUrl(form.name())))
                kind = QTextDocument.ResourceType.ImageResource.value
                document.addResource(kind, document.baseUrl().resolved(QUrl(form.name())), picture)
                form.setWidth(picture.deviceIndependentSize().width())
                cursor = QTextCursor(document)
                cursor.setPosition(piece.position())
                cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
                cursor.setCharFormat(form)
                below = QTextBlockFormat()
                below.setBottomMargin(_BELOW)
                cursor.mergeBlockFormat(below)
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
            self.reload()
            self._mark_words()
            self.verticalScrollBar().setValue(at)


def _space_out(cursor: QTextCursor, block: QTextBlock) -> None:
    """Put air around a paragraph, and let links find it if it is a heading."""
    level = block.blockFormat().headingLevel()
    room = QTextBlockFormat()
    room.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    room.setBottomMargin(_BELOW)
    room.setTopMargin(_ABOVE_HEADING if level > 1 else 0.0)
    cursor.mergeBlockFormat(room)
    if level:
        named = QTextCharFormat()
        named.setAnchor(True)
        named.setAnchorNames([anchor_of(block.text())])
        named.setFontWeight(QFont.Weight.DemiBold)
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        cursor.mergeCharFormat(named)


def _picture_in(block: QTextBlock) -> QTextFragment | None:
    """Return the picture that a block is, if it is one; each stands in a block of its own."""
    pieces = block.begin()
    fragment = QTextFragment() if pieces.atEnd() else pieces.fragment()
    return fragment if fragment.charFormat().isImageFormat() else None


@cache
def _read_picture(name: str) -> QImage:
    return QImage(str(FOLDER / "pictures" / f"{name}.png"))


def _name(address: QUrl) -> str:
    """Return a page's or picture's name from its address."""
    return address.fileName().rpartition(".")[0]
