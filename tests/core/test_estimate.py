"""What a training takes: told before, refused where there is not enough, and near what the engines really hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elman_core.cli import main
from elman_core.config import ALL, NetworkConfig, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment
from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.factory import begin_named
from elman_core.support.jobs import complete
from elman_core.support.memory import free_memory
from elman_core.training.engines.lane_library import programs_now
from elman_core.training.estimate import (
    DataSizes,
    check_memory,
    estimate_training,
    memory_text,
    time_text,
)
from elman_core.training.trainer import Trainer

SIZES = DataSizes(rows=100, steps=70, longest=70)
MEGABYTE = 10**6


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten megabytes are free, of which seven may be taken."""
    monkeypatch.setattr("elman_core.training.estimate.free_memory", lambda: 10 * MEGABYTE)


# -- what the engines hold --------------------------------------------------------------------------


def arrays_of(thing: Any, found: dict[int, int], seen: set[int]) -> dict[int, int]:
    """Collect the bytes of all arrays and tensors below an object, each piece of memory once."""
    if id(thing) in seen:
        return found
    seen.add(id(thing))
    if hasattr(thing, "data_ptr"):
        thing = thing.numpy()
    if isinstance(thing, np.ndarray):
        base = thing
        while isinstance(base.base, np.ndarray):
            base = base.base
        found[base.__array_interface__["data"][0]] = base.nbytes
        return found
    if isinstance(thing, dict):
        things = list(thing.values())
    elif isinstance(thing, list | tuple):
        things = list(thing)
    else:
        is_ours = type(thing).__module__.startswith("elman_core")
        things = list(vars(thing).values()) if is_ours and hasattr(thing, "__dict__") else []
    for each in things:
        arrays_of(each, found, seen)
    return found


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd", "momentum": 0.5}, {"optimizer": "adam"}, {"optimizer": "adam", "precision": "float64"},
        {"optimizer": "rprop", "update_every": ALL, "truncation": ALL},
    ],
    ids=str,
)  # fmt: skip
def test_the_estimate_is_near_the_bytes_of_all_arrays(engine: str, training: dict[str, Any]) -> None:
    sine = BUILT_IN["sine"]
    network = NetworkConfig(hidden=24, biases=True)
    config = sine.training.replace(epochs=3, networks=300, **training)
    experiment = begin("sine", sine.table(), sine.data, network, config)
    trainer, updates = Trainer(experiment, engine=engine), []
    rule = getattr(trainer._engine, "lane_rule", None)
    if rule is not None:
        programs_now(rule)  # else the networks would be in lanes from whenever these are compiled
    updates = list(trainer.updates(snapshot_seconds=0.0))
    first, last = complete(trainer.snapshot()), complete(trainer.snapshot())
    held = arrays_of([trainer, trainer.weights(), first, last, [update.train_losses for update in updates]], {}, set())
    expected = estimate_training(experiment.network, config, DataSizes.of(experiment.dataset), engine)
    assert expected.bytes == pytest.approx(sum(held.values()), rel=0.5)


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("network", "training", "advice"),
    [
        ({}, {"networks": 100_000}, "lower networks to"), ({"hidden": 4096}, {}, "lower hidden to"),
        ({}, {"epochs": 1_000_000}, "lower epochs to"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_to_lower(
    network: dict[str, Any], training: dict[str, Any], advice: str
) -> None:
    network, training = NetworkConfig(**network), TrainingConfig(**training)
    with pytest.raises(
        ConfigError, match=f"needs about .* and 7 MB may be taken .70% of what is free.: {advice}"
    ) as error:
        check_memory(network, training, SIZES)
    name, _, number = str(error.value).partition("lower ")[2].partition(" at most")[0].split(" or ")[0].split()
    lower = int(number.replace(",", ""))
    config = network.replace(hidden=lower) if name == "hidden" else network
    changed = training if name == "hidden" else training.replace(**{name: lower})
    check_memory(config, changed, SIZES)


@pytest.mark.usefixtures("little_memory")
def test_where_one_setting_is_not_enough_two_are_named() -> None:
    with pytest.raises(ConfigError, match="lower networks and hidden"):
        check_memory(NetworkConfig(hidden=1024), TrainingConfig(networks=100_000), SIZES)


@pytest.mark.usefixtures("little_memory")
def test_a_series_too_large_says_to_take_less_of_it() -> None:
    with pytest.raises(ConfigError, match="take fewer rows, columns or lags"):
        check_memory(NetworkConfig(), TrainingConfig(epochs=1), replace(SIZES, rows=10_000_000))


@pytest.mark.usefixtures("little_memory")
def test_what_fits_is_trained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "sine", "--epochs", "2", "--json"]) == 0


@pytest.mark.parametrize("engine", ["compiled", "tensors"])
def test_the_command_line_refuses_before_it_allocates(
    engine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("training.trainer.draw_networks", "training.engines.kernel_cache.prepare_for"):
        monkeypatch.setattr(f"elman_core.{name}", lambda *_: pytest.fail("something was made ready"))
    assert main(["train", "sine", "--hidden", "1024", "--networks", "100000", "--engine", engine]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "memory" in line]
    assert line.startswith("elman train: this needs about ") and "lower networks to" in line


def test_nothing_is_refused_where_nobody_knows_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elman_core.training.estimate.free_memory", lambda: None)
    check_memory(NetworkConfig(hidden=4096), TrainingConfig(networks=100_000), SIZES)


# -- what is free -----------------------------------------------------------------------------------


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MACHINE = {"proc/meminfo": "MemTotal:  8000000 kB\nMemAvailable:  4000000 kB\n"}
GIB = 2**30


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, 4_096_000_000),
        ({"proc/self/cgroup": "0::/\n"}, 4_096_000_000),
        (
            {
                "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/b/memory.current": "5\n", "sys/fs/cgroup/a/memory.max": f"{2 * GIB}\n",
                "sys/fs/cgroup/a/memory.current": f"{GIB}\n",
                "sys/fs/cgroup/a/memory.stat": f"anon 7\ninactive_file {GIB // 4}\n",
            },
            GIB + GIB // 4,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/x\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{GIB}\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB // 2}\n",
                "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 100\n",
            },
            GIB // 2 + 100,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": "5\n",
            },
            4_096_000_000,
        ),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "100\n", "sys/fs/cgroup/memory.current": "200"}, 0),
        ({"proc/self/cgroup": "nonsense\n"}, 4_096_000_000),
    ],
    ids=["machine", "no limit", "version 2", "version 1", "no limit in version 1", "over it", "nonsense"],
)  # fmt: skip
def test_the_limit_of_a_container_counts(files: dict[str, str], free: int, tmp_path: Path) -> None:
    assert free_memory(write(tmp_path, MACHINE | files)) == free


def test_where_linux_says_nothing_half_of_the_memory_is_free(tmp_path: Path) -> None:
    found = free_memory(tmp_path)
    assert found is None or found > 0


# -- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "1 kB"), (69_800, "70 kB"), (999_400, "1 MB"), (1_449_000, "1.4 MB"), (123e6, "120 MB"), (3.4e12, "3.4 TB")],
)
def test_bytes_are_written_with_two_digits(count: float, text: str) -> None:
    assert memory_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "less than a second"), (4.4, "about 4.4 s"), (66, "about 66 s"), (720, "about 12 min"),
        (3 * 3600, "about 3 h"), (1e6, "about 12 days"),
    ],
)  # fmt: skip
def test_a_time_is_written_in_a_unit_that_suits(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def seconds_of(experiment: Experiment, data: DataSizes | None = None, **training: Any) -> float:
    sizes = data or DataSizes.of(experiment.dataset)
    return estimate_training(experiment.network, experiment.training.replace(**training), sizes).seconds


def test_the_time_grows_with_what_is_done() -> None:
    experiment, _ = begin_named("sunspots", {}, {}, {})
    start, once, twice = (seconds_of(experiment, epochs=epochs) for epochs in (1, 10_001, 20_001))
    assert twice - once == pytest.approx(once - start)
    larger = replace(experiment, network=experiment.network.replace(hidden=200))
    assert seconds_of(larger, epochs=10_001) > 5 * once


def test_a_short_run_takes_the_time_of_its_start_and_of_its_epochs_as_such() -> None:
    experiment, _ = begin_named("sine", {}, {}, {})
    steps = 0.2e-6 * 300 * DataSizes.of(experiment.dataset).steps
    assert seconds_of(experiment, epochs=1) > 100 * steps
    assert seconds_of(experiment, epochs=301) - seconds_of(experiment, epochs=1) > 10 * steps


def test_validation_after_each_epoch_takes_its_time() -> None:
    experiment, _ = begin_named("sunspots", {}, {}, {})
    sizes = DataSizes.of(experiment.dataset)
    assert sizes.validation_steps == experiment.dataset.validation_steps > 0
    assert seconds_of(experiment) > seconds_of(experiment, replace(sizes, validation_steps=0))


def test_a_line_search_takes_longer_than_a_step() -> None:
    experiment, _ = begin_named("sunspots", {}, {}, {})
    full = {"update_every": ALL, "truncation": ALL, "epochs": 1_000}
    assert seconds_of(experiment, optimizer="lbfgs", **full) > 2 * seconds_of(experiment, optimizer="adam", **full)


def test_networks_in_lanes_take_less_time_and_more_memory_and_the_limits_are_those_of_the_engine() -> None:
    from elman_core.training import estimate
    from elman_core.training.engines import lane_rule, lanes

    limits = (estimate._LANE_UNITS, estimate._LANE_WEIGHTS, estimate._LANE_BYTES)
    assert limits == (lanes._MOST_UNITS, lanes._MOST_WEIGHTS, lane_rule.LANE_BYTES)
    alone, together = TrainingConfig(), TrainingConfig(networks=1_600)
    small, large = NetworkConfig(hidden=6), NetworkConfig(hidden=33)
    for network, most in ((small, 0.15), (large, 1.0)):
        share = estimate.steps_seconds(network, together, SIZES) / estimate.steps_seconds(network, alone, SIZES) / 1_600
        assert share == pytest.approx(most, rel=0.4), network.hidden
    per_weight = [
        estimate.estimate_training(network, together, SIZES).weights / network.weight_count
        for network in (small, large)
    ]
    assert per_weight[0] > 1.4 * per_weight[1]
