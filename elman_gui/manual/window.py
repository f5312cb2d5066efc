"""ManualWindow: the manual in a window of its own, with contents, search, and a way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from elman_gui.manual.browser import ManualBrowser
from elman_gui.manual.hits import HitList
from elman_gui.manual.pages import CONTENTS, anchor_of, read_manual
from elman_gui.manual.search import Hit, search, words_of

__all__ = ["ManualWindow"]

_NAME = Qt.ItemDataRole.UserRole
_SIDE, _PAGE = 240, 620


class ManualWindow(QWidget):
    """Contents or hits at the left, a page at the right. It is deleted when it is closed.

    Signals
    -------
    action_wanted(str)
        A link asks for what a menu's entry does, by the entry's name in code.
    """

    action_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Manual – Elman")
        self.resize(_SIDE + _PAGE + 40, 680)
        self.setMinimumSize(480, 320)
        self._manual = read_manual()
        self._build()
        self._connect()
        self.browser.show_page(CONTENTS)
        self.contents.setFocus()

    # -- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.back = _button("Back", "The page before", QKeySequence(QKeySequence.StandardKey.Back))
        self.forward = _button(
            "Forward", "The page that you came back from", QKeySequence(QKeySequence.StandardKey.Forward)
        )
        self.home = _button("Contents", "The table of contents", QKeySequence("Alt+Home"))
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search the manual")
        self.field.setAccessibleName("Search the manual")
        self.field.setToolTip("Find words in all pages (Ctrl+F)")
        self.field.setClearButtonEnabled(True)
        top = QHBoxLayout()
        top.setSpacing(8)
        for button in (self.back, self.forward, self.home):
            top.addWidget(button)
        top.addWidget(self.field, 1)
        self.contents = self._tree()
        self.hits = HitList()
        self.side = QStackedWidget()
        self.side.addWidget(self.contents)
        self.side.addWidget(self.hits)
        self.browser = ManualBrowser()
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.side)
        splitter.addWidget(self.browser)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_SIDE, _PAGE])
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setAccessibleName("What was found or done")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 8)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(splitter, 1)
        column.addWidget(self.words)
        self.words.hide()

    def _tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setObjectName("contents")
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setIndentation(12)
        tree.setAccessibleName("Contents")
        for chapter in self._manual.chapters:
            heading = QTreeWidgetItem(tree, [chapter.title])
            heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
            font = heading.font(0)
            font.setBold(True)
            heading.setFont(0, font)
            for page in chapter.pages:
                QTreeWidgetItem(heading, [page.title]).setData(0, _NAME, page.name)
        tree.expandAll()
        return tree

    def _connect(self) -> None:
        self.back.clicked.connect(self.browser.backward)
        self.forward.clicked.connect(self.browser.forward)
        self.home.clicked.connect(lambda: self.browser.show_page(CONTENTS))
        self.browser.backwardAvailable.connect(self.back.setEnabled)
        self.browser.forwardAvailable.connect(self.forward.setEnabled)
        self.browser.page_shown.connect(self._mark_in_contents)
        self.browser.action_wanted.connect(self.action_wanted)
        self.contents.currentItemChanged.connect(self._open_from_contents)
        self.hits.hit_chosen.connect(self._show_hit)
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self.hits.choose_first)
        for keys, slot in (
            (QKeySequence(QKeySequence.StandardKey.Find), self._begin_search),
            (QKeySequence("Ctrl+W"), self.close),
        ):
            QShortcut(keys, self).activated.connect(slot)
        self.back.setEnabled(False)
        self.forward.setEnabled(False)

    # -- pages ----------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Show a page, and the contents beside it."""
        self.field.clear()
        self.browser.show_page(name)

    @Slot(str)
    def say(self, words: str) -> None:
        """Say something in the line at the bottom; nothing to hide it."""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    @Slot(str)
    def _mark_in_contents(self, name: str) -> None:
        self.say(self._count_sentence() if self.field.text().strip() else "")
        item = self._item_of(name)
        if item is not self.contents.currentItem():
            self.contents.blockSignals(True)
            self.contents.setCurrentItem(item)
            self.contents.blockSignals(False)

    def _item_of(self, name: str) -> QTreeWidgetItem | None:
        items = QTreeWidgetItemIterator(self.contents)
        while items.value() is not None:
            if items.value().data(0, _NAME) == name:
                return items.value()
            items += 1
        return None

    @Slot(QTreeWidgetItem)
    def _open_from_contents(self, item: QTreeWidgetItem | None) -> None:
        name = None if item is None else item.data(0, _NAME)
        if name is not None and name != self.browser.page:
            self.browser.show_page(name)

    # -- search ---------------------------------------------------------------------------------

    @Slot()
    def _begin_search(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @Slot(str)
    def _search(self, query: str) -> None:
        self.hits.show_hits(search(self._manual, query), words_of(query))
        is_asked = bool(query.strip())
        self.side.setCurrentWidget(self.hits if is_asked else self.contents)
        self.say(self._count_sentence() if is_asked else "")

    def _count_sentence(self) -> str:
        count = self.hits.count()
        if not count:
            return "No page has all of these words. Try fewer words, or the beginning of one."
        return f"{count:,} {'place' if count == 1 else 'places'} found"

    @Slot(object)
    def _show_hit(self, hit: Hit) -> None:
        self.browser.show_page(hit.page.name, anchor_of(hit.heading), words_of(self.field.text()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter the hits with Down; end the search with Escape, and then close the window with it."""
        if event.key() == Qt.Key.Key_Escape:
            if self.field.text():
                self.field.clear()
                self.contents.setFocus()
            else:
                self.close()
        elif event.key() == Qt.Key.Key_Down and self.field.hasFocus() and self.hits.count():
            self.hits.choose_first()
        else:
            super().keyPressEvent(event)


def _button(text: str, tip: str, keys: QKeySequence) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(f"{tip} ({keys.toString()})")
    button.setShortcut(keys)
    return button
