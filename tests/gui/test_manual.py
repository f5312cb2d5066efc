"""The manual: every view has its page, every link leads somewhere, and nothing is named that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from driving import TIMEOUT, Driver
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QImage, QPalette, QTextCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from elman_core.cli.app import COMMANDS
from elman_core.cli.app import app as command_line
from elman_core.config import DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.experiments import BUILT_IN
from elman_core.support.jobs import complete
from elman_core.support.resources import resource
from elman_gui.actions import ACTIONS
from elman_gui.controllers.loading import SymbolSource
from elman_gui.dialogs.continue_dialog import ContinueDialog
from elman_gui.dialogs.import_dialog import ImportDialog
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.dialogs.symbol_dialog import SymbolDialog
from elman_gui.dialogs.table_read import read_for_import
from elman_gui.manual.glossary import linked_text, terms_in
from elman_gui.manual.of_views import PAGE_OF_VIEW
from elman_gui.manual.pages import CONTENTS, FOLDER, GLOSSARY, ManualPage, anchor_of, read_manual
from elman_gui.manual.pictures import main
from elman_gui.manual.scenes import SCENES
from elman_gui.manual.search import search
from elman_gui.manual.window import ManualWindow
from elman_gui.theme import DARK, LIGHT, Theme, apply_theme
from elman_gui.views.card import ViewCard

MANUAL = read_manual()
PAGES = (MANUAL.contents, *MANUAL.pages)
LINK = re.compile(r"(!?)\[[^]]*\]\(([^)]*)\)")


def links(page: ManualPage) -> list[str]:
    return [target for is_picture, target in LINK.findall(linked_text(page, MANUAL)) if not is_picture]


# -- pages ------------------------------------------------------------------------------------------


def test_every_file_is_a_page_of_the_contents_and_every_page_has_a_title() -> None:
    files = {path.stem for path in FOLDER.glob("*.md")}
    assert files == {page.name for page in PAGES}
    names = [page.name for page in PAGES]
    assert len(names) == len(set(names))
    for page in PAGES:
        assert page.text.startswith(f"# {page.title}\n") and page.title
        assert len(page.text) > 300, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: ManualPage) -> None:
    actions = {spec.name for spec in ACTIONS}
    for target in links(page):
        if target.startswith("do:"):
            assert target.removeprefix("do:") in actions, target
            continue
        file, _, anchor = target.partition("#")
        found = MANUAL.page(file.removesuffix(".md"))
        assert found is not None, target
        anchors = {anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", found.text, re.MULTILINE)}
        assert not anchor or anchor in anchors, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_is_there_and_is_drawn_by_the_program(page: ManualPage) -> None:
    for is_picture, target in LINK.findall(page.text):
        if is_picture:
            assert Path(target).stem in SCENES
            for file in (target, target.replace(".png", "-dark.png")):
                image = QImage(str(FOLDER / file))
                assert not image.isNull(), file
                assert (FOLDER / file).stat().st_size < 200_000


def test_every_picture_that_is_shipped_is_shown() -> None:
    shown = {Path(target).stem for page in PAGES for is_picture, target in LINK.findall(page.text) if is_picture}
    shipped = {path.stem.removesuffix("-dark") for path in (FOLDER / "pictures").glob("*.png")}
    assert shown == shipped == set(SCENES)


def test_a_picture_is_drawn_anew_from_a_network_that_is_trained(qapp: QApplication, tmp_path: Path) -> None:
    style = qapp.style().objectName()
    try:
        assert main([str(tmp_path), "network"]) == 0
        light, dark = (QImage(str(tmp_path / f"network{ending}.png")) for ending in ("", "-dark"))
        assert light.size() == dark.size() == 2 * SCENES["network"][1]
        assert QColor(light.pixel(20, 300)).lightness() > 200 > 60 > QColor(dark.pixel(20, 300)).lightness()
        assert len({light.pixel(x, y) for x in range(0, light.width(), 3) for y in range(0, light.height(), 3)}) > 20
        assert main([str(tmp_path / "more"), "network", "no such picture"]) == 1  # and the others are drawn
        assert (tmp_path / "more" / "network.png").exists()
    finally:
        apply_theme(qapp, LIGHT)
        qapp.setStyleSheet("")
        qapp.setStyle(style)


def test_every_page_can_be_reached_from_the_contents_by_links() -> None:
    found, left = {CONTENTS}, [MANUAL.contents]
    while left:
        for target in links(left.pop()):
            name = target.partition(".md")[0]
            if ":" not in target and name not in found:
                found.add(name)
                page = MANUAL.page(name)
                assert page is not None
                left.append(page)
    assert found == {page.name for page in PAGES}


# -- glossary ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != GLOSSARY], ids=lambda page: page.name)
def test_every_term_that_a_page_uses_leads_to_its_explanation_once(page: ManualPage) -> None:
    targets = [target for target in links(page) if target.startswith(f"{GLOSSARY}.md#")]
    assert len(targets) == len(set(targets))
    assert set(targets) == {f"{GLOSSARY}.md#{anchor_of(term)}" for term in terms_in(page.text, MANUAL.terms)}


def test_terms_are_linked_in_prose_only() -> None:
    text = (
        "# The lag\n\nTwo lags, another lag and **Lags** or `lag`; see [a lag](fit.md), RMSEs, flags.\n\n    lag = 3\n"
    )
    page = ManualPage("x", "The lag", text)
    assert linked_text(page, MANUAL) == (
        "# The lag\n\nTwo [lags](glossary.md#lag), another lag and **Lags** or `lag`; see [a lag](fit.md), "
        "[RMSEs](glossary.md#rmse), flags.\n\n    lag = 3\n"
    )


def test_the_glossary_explains_every_term_once_and_in_order() -> None:
    assert list(MANUAL.terms) == sorted(MANUAL.terms, key=lambda term: term.lower().replace("-", ""))
    assert len(MANUAL.terms) == len(set(MANUAL.terms)) > 60
    for term in (
        "context unit", "hidden state", "truncated BPTT", "horizon", "lag", "direct connection", "seed", "epoch",
        "persistence", "MASE", "NMSE", "lesion",
    ):  # fmt: skip
        assert term in MANUAL.terms


# -- what the pages name ----------------------------------------------------------------------------


def words_of_widgets(window: QWidget) -> Iterator[str]:
    """Yield all words that a window's controls have."""
    yield window.windowTitle()
    for button in window.findChildren(QAbstractButton):
        yield button.text()
    for box in window.findChildren(QComboBox):
        yield from (box.itemText(index) for index in range(box.count()))
    for bar in window.findChildren(QTabBar):
        yield from (bar.tabText(index) for index in range(bar.count()))
    for label in window.findChildren(QLabel):
        yield label.text()
    for view in window.findChildren(ViewCard):
        yield view.title.text()


@pytest.fixture
def controls(driver: Driver, qtbot: QtBot) -> set[str]:
    """The words of every control of the program."""
    found = {spec.text.replace("&", "") for spec in ACTIONS} | {"Pause", "Continue"}
    found |= {experiment.title for experiment in BUILT_IN.values()}
    for config in (DataConfig, NetworkConfig, TrainingConfig, SymbolConfig):
        found |= {field.title for field in config.model_fields.values() if field.title}
    driver.build_pages()
    found |= set(words_of_widgets(driver.window))
    source = SymbolSource(path=resource("data/sentences.txt"))
    dialogs: list[QWidget] = [
        ImportDialog(complete(read_for_import(resource("data/co2.csv")))),
        PredictDialog(driver.session.experiment.untrained(), LIGHT),
    ]
    symbols = SymbolDialog(source)
    dialogs.append(symbols)
    driver.until(symbols.bar.isHidden)
    for dialog in dialogs:
        found |= set(words_of_widgets(dialog))
        dialog.close()
    driver.learn_text("abcabcabd" * 30)
    driver.train()
    words = driver.continue_dialog()
    assert isinstance(words, ContinueDialog)
    found |= set(words_of_widgets(words))
    words.close()
    return {word.strip() for word in found} | {"Adam"}


def test_every_control_that_a_page_names_is_there(controls: set[str]) -> None:
    """Pages write the names of controls in bold, and nothing else."""
    known = {word.rstrip("…").lower() for word in controls}
    named = {(page.name, name) for page in PAGES for name in re.findall(r"\*\*([^*]+)\*\*", page.text)}
    assert len(named) > 150
    assert not {(page, name) for page, name in named if name.rstrip("…").lower() not in known}


def test_every_key_that_a_page_names_does_what_a_menu_says() -> None:
    keys = {spec.shortcut for spec in ACTIONS if spec.shortcut}
    for page in PAGES:
        for key in re.findall(r"`((?:Ctrl|Shift|Alt)\+[^`]+|F\d+)`", page.text):
            assert key in keys, f"{page.name}: {key}"


def test_keys_stand_beside_the_entry_that_they_are_for() -> None:
    keys = {spec.text.replace("&", "").rstrip("…").lower(): spec.shortcut for spec in ACTIONS}
    for page in PAGES:
        for name, key in re.findall(r"\*\*([^*]+?)…?\*\*(?: in \*Edit\*)? \(`([^`]+)`\)", page.text):
            assert keys[name.lower()] == key, f"{page.name}: {name}"


def test_every_command_and_option_of_the_page_on_the_command_line_is_there() -> None:
    page = MANUAL.page("command-line")
    assert page is not None
    group = typer.main.get_command(command_line)
    options = {}
    for name in COMMANDS:
        command = group.get_command(None, name)  # type: ignore[attr-defined]
        options[name] = {word for each in command.params for word in (*each.opts, *each.secondary_opts)}
    for name, rest in re.findall(r"`elman (\w+)([^`]*)`", page.text):
        assert set(re.findall(r"--[a-z-]+", rest)) <= options[name], name
    table = page.text.partition("| option of `train` |")[2].partition("\n\n")[0]
    of_train = re.findall(r"(--[a-z-]+)", "".join(re.findall(r"`[^`]+`", table)))
    assert len(of_train) > 15 and set(of_train) <= options["train"]
    everywhere = set().union(*options.values()) | {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)", page.text)) <= everywhere


# -- views ------------------------------------------------------------------------------------------


def test_every_view_has_a_page_that_exists(driver: Driver) -> None:
    driver.build_pages()
    for view in driver.window.findChildren(ViewCard):
        assert type(view).__name__ in PAGE_OF_VIEW, type(view).__name__
    for name in PAGE_OF_VIEW.values():
        assert MANUAL.page(name) is not None, name


def test_the_explanation_of_a_view_leads_to_its_page(driver: Driver) -> None:
    driver.train()
    for view, page in ((driver.window.fit, "fit"), (driver.window.inside.diagram, "network")):
        driver.click(view.button("help"))
        assert "Read more in the manual" in view.about.text()
        QDesktopServices.openUrl(QUrl(re.findall(r'href="([^"]+)"', view.about.text())[0]))
        manual = driver.window.manual.window
        assert manual is not None and manual.isVisible()
        assert manual.browser.page == page


def test_a_click_on_the_link_opens_the_manual(driver: Driver) -> None:
    fit = driver.window.fit
    driver.click(fit.button("help"))
    for x in range(fit.about.width() - 4, 0, -8):
        for y in range(fit.about.height() - 8, 0, -6):
            if driver.window.manual.window is None:
                driver.qtbot.mouseClick(fit.about, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    assert driver.window.manual.window is not None
    assert driver.window.manual.window.browser.page == "fit"


def test_the_link_is_reached_and_pressed_by_keyboard(driver: Driver) -> None:
    loss = driver.window.loss
    driver.use(loss)
    loss.button("help").setFocus()
    driver.qtbot.keyClick(loss.button("help"), Qt.Key.Key_Space)
    loss.about.setFocus(Qt.FocusReason.TabFocusReason)
    driver.until(loss.about.hasFocus)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Return):  # choose the link, and follow it
        driver.qtbot.keyClick(loss.about, key)
    assert driver.window.manual.window is not None
    assert driver.window.manual.window.browser.page == "loss"


# -- the window -------------------------------------------------------------------------------------


@pytest.fixture
def manual(qtbot: QtBot) -> Iterator[ManualWindow]:
    window = ManualWindow()
    with qtbot.waitExposed(window, timeout=TIMEOUT):
        window.show()
    yield window
    window.close()


def test_the_menu_opens_one_manual_and_the_windows_end_closes_it(driver: Driver) -> None:
    driver.trigger("manual")
    first = driver.window.manual.window
    assert first is not None and first.isVisible() and not first.isModal()
    driver.trigger("manual")
    assert driver.window.manual.window is first
    first.close()
    driver.until(lambda: driver.window.manual.window is None)
    driver.trigger("manual")
    assert driver.window.manual.window is not None
    driver.window.documents._closing = True
    driver.window.close()
    driver.until(lambda: driver.window.manual.window is None)


def test_back_and_forward_go_where_one_came_from(manual: ManualWindow, qtbot: QtBot) -> None:
    assert manual.browser.page == CONTENTS
    assert not manual.back.isEnabled() and not manual.forward.isEnabled()
    manual.show_page("fit")
    manual.browser.anchorClicked.emit(manual.browser.source().resolved(QUrl("scores.md")))
    assert manual.browser.page == "scores"
    qtbot.mouseClick(manual.back, Qt.MouseButton.LeftButton)
    assert manual.browser.page == "fit"
    qtbot.mouseClick(manual.forward, Qt.MouseButton.LeftButton)
    assert manual.browser.page == "scores"
    qtbot.mouseClick(manual.home, Qt.MouseButton.LeftButton)
    assert manual.browser.page == CONTENTS


def test_the_contents_follow_the_page_and_the_page_follows_the_contents(manual: ManualWindow, qtbot: QtBot) -> None:
    manual.show_page("loss")
    assert manual.contents.currentItem().text(0) == "Loss"
    manual.contents.setFocus()
    qtbot.keyClick(manual.contents, Qt.Key.Key_Down)
    assert manual.browser.page == "scores"


def test_a_link_to_a_term_shows_its_place(manual: ManualWindow) -> None:
    manual.resize(800, 600)
    address = manual.browser.source().resolved(QUrl("glossary.md#truncated-bptt"))
    manual.browser.anchorClicked.emit(address)
    assert manual.browser.page == GLOSSARY
    block = manual.browser.document().begin()
    while block.text() != "truncated BPTT":
        block = block.next()
    place = manual.browser.cursorRect(QTextCursor(block)).top()
    assert 0 <= place < manual.browser.viewport().height()


def test_search_finds_words_in_all_pages_with_the_sentence_around(manual: ManualWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(manual, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(manual.field, "persist")
    titles = [hit.title for hit in manual.hits._hits]
    assert titles[0] == "Glossary › persistence" and any(title.startswith("Scores") for title in titles)
    assert all("persist" in f"{hit.heading} {hit.sentence}".lower() for hit in manual.hits._hits)
    assert manual.side.currentWidget() is manual.hits
    qtbot.keyClick(manual.field, Qt.Key.Key_Return)
    assert manual.browser.page == GLOSSARY
    marks = [mark.cursor.selectedText().lower() for mark in manual.browser.extraSelections()]
    assert marks and set(marks) == {"persist"}
    qtbot.keyClick(manual.hits, Qt.Key.Key_Down)
    assert manual.browser.page == manual.hits._hits[1].page.name
    qtbot.keyClick(manual, Qt.Key.Key_Escape)
    assert manual.side.currentWidget() is manual.contents and not manual.field.text()


def test_a_search_for_several_words_gives_pages_with_all_of_them() -> None:
    assert search(MANUAL, "") == search(MANUAL, "zebra lag") == ()
    hits = search(MANUAL, "unit circle")
    assert hits[0].page.name == "eigenvalues"
    assert "unit circle" in hits[0].sentence


def test_nothing_found_is_said(manual: ManualWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(manual.field, "zebra")
    assert manual.words.text() == "No page has all of these words. Try fewer words, or the beginning of one."


def test_a_link_presses_the_windows_own_button_and_says_so(driver: Driver) -> None:
    driver.trigger("manual")
    manual = driver.window.manual.window
    assert manual is not None
    with driver.signal(driver.window.inspection.clamps_changed):
        manual.browser.anchorClicked.emit(QUrl("do:lesion_context"))
    assert manual.words.text() == "Done: Lesion the Context"
    manual.browser.anchorClicked.emit(QUrl("do:pause"))
    assert manual.words.text() == "Pause is not possible just now."


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_pages_and_pictures_take_on_the_colours_of_the_window(
    qapp: QApplication, manual: ManualWindow, theme: Theme
) -> None:
    before = qapp.styleSheet()
    try:
        manual.show_page("fit")
        apply_theme(qapp, theme)
        qapp.processEvents()
        assert manual.browser.page == "fit"
        picture = manual.browser._picture("fit")
        assert (QColor(picture.pixel(6, picture.height() // 2)).lightness() < 128) == (theme is DARK)
        ink = manual.browser.palette().color(QPalette.ColorRole.Text)
        assert (ink.lightness() > 128) == (theme is DARK)
    finally:
        apply_theme(qapp, LIGHT)
        qapp.setStyleSheet(before)


def test_every_page_fits_into_a_small_window(manual: ManualWindow) -> None:
    manual.resize(800, 600)
    for page in PAGES:
        manual.show_page(page.name)
        QApplication.processEvents()
        assert manual.browser.horizontalScrollBar().maximum() == 0, page.name
