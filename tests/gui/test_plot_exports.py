"""Every row of a view's numbers says what it belongs to, and which network it is of."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from driving import Driver

from elman_core.analysis.units import Layer, Unit
from elman_core.export.stamp import Stamp
from elman_gui.views.card import PlotData
from elman_gui.views.export import stamped
from elman_gui.window.main_window import MainWindow


def table_of(data: PlotData) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in zip(data.names, data.columns, strict=True)}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_rows_of_symbols_have_their_symbol_class_and_the_one_predicted(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("word-classes")
    symbols = driver.session.experiment.dataset.symbols
    assert symbols is not None
    errors = table_of(window.errors.data())
    rows = [int(row) - 1 for row in errors["row"][:50]]
    assert errors["symbol"][:50] == [symbols.name(row) for row in rows]
    assert errors["class"][:50] == [symbols.vocabulary.classes[symbols.name(row)] for row in rows]
    assert set(errors["predicted"]) <= set(symbols.vocabulary.names)
    context, fit = table_of(window.context.data()), table_of(window.fit.data())
    assert context["symbol"][:3] == fit["symbol"][:3] == [symbols.name(row) for row in range(3)]
    assert fit["symbol"][-1] == ""  # beyond the text
    following = table_of(window.next_symbol.data())
    assert following["symbol"][0] == symbols.name(int(following["row"][0]) - 1)
    window.show_inside()
    window.inside.show_view("next")
    after = table_of(window.inside.next.data())
    assert set(after["symbol"]) == set(symbols.vocabulary.names) and len(set(after["after"])) == 1
    came = after["symbol"][after["came"].index(1.0)]
    assert came == symbols.name(window.inside.next._row + 1)


def test_states_weights_and_eigenvalues_name_what_they_are_of(driver: Driver, window: MainWindow) -> None:
    window.show_inside()
    window.inside.show_view("states")
    driver.until(lambda: window.inside.states.data().names)
    states, axis = table_of(window.inside.states.data()), driver.session.experiment.dataset.axis
    assert states[axis.label][:2] == [axis.text(axis.positions[int(row) - 1]) for row in states["row"][:2]]
    weights = table_of(window.inside.weights.data())
    assert (weights["from"][0], weights["to"][0], weights["to"][-1]) == ("input", "hidden 1", "output")
    window.inside.show_view("dynamics")
    driver.until(lambda: window.inside.eigenvalues.data().names)
    assert table_of(window.inside.eigenvalues.data())["eigenvalue"] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_what_is_exported_is_the_network_that_is_shown(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    driver.configure(epochs=20)
    driver.train()
    plain = window.context.data().columns[1].copy()
    window.inspection.hold({Unit(Layer.HIDDEN, 1): 0.0}, "Lesion")
    driver.until(lambda: not np.array_equal(window.context.data().columns[2], window.context.data().columns[1]))
    driver.until(lambda: not window.context.data().columns[2].any())
    for action, name in (("export_data", "plot.csv"), ("export_states", "states.csv")):
        driver.file_dialogs_give(tmp_path / name)
        driver.use(window.context)
        driver.trigger(action)
        driver.until(lambda name=name: window.notice.text.text() == f"Saved as {tmp_path / name}")
        rows = rows_of(tmp_path / name)
        assert {(row["epoch"], row["held"]) for row in rows} == {("20", "hidden unit 2 lesioned")}
        layer = "context" if action == "export_data" else "hidden"
        assert {float(row[f"{layer} 2"]) for row in rows} == {0.0}
        assert [float(row[f"{layer} 1"]) for row in rows[: len(plain)]] != plain.tolist()


def test_a_view_with_epochs_of_its_own_gets_the_network_only() -> None:
    losses = PlotData(("epoch", "loss"), (np.arange(3.0), np.ones(3)))
    assert stamped(losses, Stamp(network=2, epoch=9, held="x")).names == ("epoch", "loss", "network")
    nothing = PlotData((), ())
    assert stamped(nothing, Stamp(epoch=9)) is nothing


def test_the_surprisal_of_each_symbol_is_written_for_every_network(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    action = window.actions_by_name["export_surprisal"]
    assert not action.isEnabled(), "the sine has no symbols"
    driver.learn_text("the cat sees a dog " * 9)
    driver.configure(epochs=1, networks=2)
    assert not action.isEnabled(), "nothing is learned yet"
    driver.train()
    driver.file_dialogs_give(tmp_path / "surprisal.csv")
    driver.trigger("export_surprisal")
    driver.until(lambda: window.notice.text.text() == f"Saved as {tmp_path / 'surprisal.csv'}")
    dataset, seed = driver.session.experiment.dataset, driver.session.experiment.training.seed
    rows = rows_of(tmp_path / "surprisal.csv")
    assert [int(row["seed"]) for row in rows] == [seed] * (dataset.rows - 1) + [seed + 1] * (dataset.rows - 1)
    assert {row["symbol"] for row in rows} == set("the cat sees a dog")
    assert all(0 < float(row["probability"]) < 1 and float(row["bits"]) > 0 for row in rows)
