"""`elman study`: many networks from many seeds, with settings that are varied, kept as they come and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from elman_core.cli.automatic import AutomaticWish, wish_of
from elman_core.cli.beginning import asked
from elman_core.cli.console import print_json, say
from elman_core.cli.continuing import is_model
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.interruption import interruption
from elman_core.cli.options import (
    TRAINING_SETTINGS,
    Auto,
    Device,
    Engine,
    Features,
    Json,
    number,
    table_format,
    whole_number,
    with_settings,
)
from elman_core.cli.progress import progress_bar, say_which_device_is_faster
from elman_core.cli.saving import check_place
from elman_core.cli.study_reports import print_study, study_object
from elman_core.config import AUTO, Precision
from elman_core.config.study import Keep, SearchKind, StudyConfig, StudyMetric
from elman_core.errors import ConfigError, ElmanError
from elman_core.experiments import BUILT_IN
from elman_core.experiments.factory import read_data
from elman_core.studies.axes import parse_axis
from elman_core.studies.export import write_study
from elman_core.studies.results import StudyResults
from elman_core.studies.runner import refuse_hopeless, run_study
from elman_core.studies.store import STUDY_FILE, StudyStore, check_study_place, is_study
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Outcome
from elman_core.support.text_format import counted, printable

if TYPE_CHECKING:
    from elman_core.studies.cluster import ClusterExecutor

__all__ = ["DETAILS", "run"]

DETAILS = (
    "A STUDY is a folder that --out has made: its results are shown, and --resume trains the runs that are missing. "
    "Every combination of settings is trained from the same seeds, so that they are compared seed by seed; the best is "
    "chosen on the validation part and reported on the test part. A table is learned by Elman networks unless --auto "
    "is given. Ctrl-C stops, and what is finished is kept."
)
_NOT_VARIED = {
    "networks": "--seeds says how many networks there are",
    "learning_rates": "vary them with --grid learning-rate=R,R,...",
    "momenta": "vary them with --grid momentum=M,M,...",
    "weight_decays": "vary them with --grid weight-decay=D,D,...",
}


@with_settings(TRAINING_SETTINGS)
def run(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE|STUDY", help="An experiment of `elman list`, a table (CSV), a text (TXT), or a study."
        ),
    ],
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=whole_number, show_default=False, help="Networks of each combination, by default 10."
        ),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=V,V,...",
            show_default=False,
            help="A setting and its values; may be repeated. With --search a range FIELD=LOW:HIGH or LOW:HIGH:log too. "
            'Several names in one value are joined by "+", as in transforms=log+difference.',
        ),
    ] = None,
    search: Annotated[
        SearchKind | None,
        typer.Option(show_default=False, help="Which combinations are tried; every one if not given."),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number,
            show_default=False,
            help="Combinations that a search tries, by default 20.",
        ),
    ] = None,
    metric: Annotated[
        StudyMetric | None,
        typer.Option(
            show_default=False,
            help="What runs are compared by: the loss of validation (of training where there is no such part), that of "
            "training, or the RMSE of the test part.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            metavar="X", parser=number, show_default=False, help="A run at or below this metric counts as a success."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=whole_number, show_default=False, help="Threads; one for each processor if not given."
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            show_default=False,
            help="Train on the workers of this Dask scheduler, such as tcp://192.168.0.2:8786.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="STUDY", help="Keep the study in this new folder.", show_default=False),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a study that is in its folder.")] = False,
    keep: Annotated[
        Keep | None,
        typer.Option(
            show_default=False, help="Which networks are saved in the folder; by default the best of the chosen cell."
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="RUNS.csv", help="Write a table with a row for each run.", show_default=False)
    ] = None,
    auto: Auto = None,
    features: Features = None,
    device: Device = "auto",
    engine: Engine = "auto",
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train what is missing, and report."""
    if csv is not None:
        check_place(csv)
    if workers is not None and workers < 1:
        raise ConfigError(f"workers must be at least 1, got {workers}")
    if workers is not None and cluster is not None:
        raise ConfigError("--workers is for this machine; a cluster has the workers that it has")
    chosen = {
        "seeds": seeds,
        "search": search,
        "trials": trials,
        "metric": metric,
        "threshold": threshold,
        "keep": keep,
    }
    wanted = {name: value for name, value in chosen.items() if value is not None}
    machine = {"device": device, "engine": engine}
    folder = Path(what) if is_study(Path(what)) else None
    study = None
    if folder is None and out is not None and not is_study(out):
        check_study_place(out)
    if folder is not None:
        _refuse_what_is_for_beginning(what, settings | {"grid": grid, "auto": auto, "features": features, "out": out})
        _refuse_what_is_for_beginning(what, {name: own for name, own in machine.items() if own != "auto"})
        if cluster is not None and not resume:
            raise ConfigError(f"--cluster is for a study that runs; --resume continues {folder}")
    else:
        study = _asked_study(what, wanted, grid or [], auto, features, device, engine, settings)
    with ExitStack() as stack:
        executor = None if cluster is None else stack.enter_context(_cluster(cluster))
        if folder is not None:
            opened = _Opened.again(folder, wanted, resume)
        else:
            assert study is not None
            takes = partial(_told_before, study, workers, executor, out)
            opened = _Opened.begun(study, wanted, out, resume, takes)
        stack.enter_context(opened)
        code = opened.train(executor, workers) if opened.is_to_run else ExitCode.DONE
    if csv is not None:
        write_study(csv, opened.study, opened.results)
        say(f"{counted(len(opened.results), 'run')} written to {csv}")
    automatic = opened.study.base.is_automatic
    if as_json:
        print_json(study_object(opened.results, opened.config, opened.folder, automatic=automatic))
    else:
        print_study(opened.results, opened.config, automatic=automatic)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


def _refuse_what_is_for_beginning(study: str, settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if value not in (None, []):
            option = {"columns": "target", "inputs": "input", "unit": "symbols"}.get(name, name).replace("_", "-")
            raise ConfigError(f"--{option} is for a study that begins; {study} continues as it was begun")


def _asked_study(
    what: str,
    wanted: Mapping[str, Any],
    grid: Sequence[str],
    auto: bool | None,
    features: Path | None,
    device: str,
    engine: str,
    settings: Mapping[str, Any],
) -> Study:
    """Return the study that the options ask for."""
    if Path(what).is_dir():
        raise ConfigError(f"{what} is a folder, but not that of a study: it has no {STUDY_FILE}")
    if is_model(what):
        raise ConfigError(f"{what} is a model; a study begins from a NAME or a FILE, and continues from a STUDY")
    for name, advice in _NOT_VARIED.items():
        if settings.get(name) not in (None, []) and not auto:
            raise ConfigError(f"--{name.replace('_', '-')} is not for a study: {advice}")
    wish = wish_of(what, bool(auto), features, settings)
    given: dict[str, Any] = asked(settings)._asdict() if wish is None else _of_recipe(wish)
    searches = wanted.get("search", SearchKind.GRID) is not SearchKind.GRID
    axes = tuple(parse_axis(text, automatic=wish is not None, ranges=searches) for text in grid)
    for axis in axes:
        group, _, name = axis.field.partition(".")
        if name in given.get(group, {}):
            raise ConfigError(f"{name} is varied by --grid and given as an option too: leave one of them out")
    if "trials" in wanted and not searches:
        raise ConfigError("--trials is for --search random or tpe; a grid tries every combination")
    is_built_in = what in BUILT_IN
    base = StudyBase(
        name=what if is_built_in else Path(what).stem,
        what=what if is_built_in else str(Path(what).absolute()),
        **given,
        features=None if features is None else str(features.absolute()),
        format=table_format(settings),
        device=device,
        engine=engine,
    )
    table = None if is_built_in else read_data(what, given["data"], given.get("symbols"), features, base.format)
    return Study(base, StudyConfig(**wanted, axes=axes), table)


def _of_recipe(wish: AutomaticWish) -> dict[str, Any]:
    """Return what is asked of the automatic recipe as the settings of a study's base."""
    given = {name: getattr(wish, name).model_dump(exclude_unset=True) for name in ("data", "automatic")}
    # What is to be chosen is said in words, which are as good as nothing given: an axis may take its place.
    given["automatic"] = {name: value for name, value in given["automatic"].items() if value != AUTO}
    return {**given, "network": wish.network, "training": wish.training}


@dataclass(frozen=True)
class _Opened:
    """A study that is at work, or only looked at."""

    study: Study
    results: StudyResults
    config: StudyConfig
    store: StudyStore | None
    folder: Path | None
    is_to_run: bool
    told: tuple[str, ...] = ()

    @classmethod
    def again(cls, folder: Path, wanted: Mapping[str, Any], resume: bool) -> Self:
        """Open the folder of a study: to go on with it, or else to look at it."""
        if not resume:
            for name in ("seeds", "search", "trials", "keep"):
                if name in wanted:
                    raise ConfigError(f"--{name} is for a study that runs; --resume continues {folder}")
        store = StudyStore.opened(folder, to_write=resume)
        own = store.study.config
        try:
            config = own.replace(**wanted)
            if resume:
                store.check_data()
                store.extend(config)
        except BaseException:
            store.close()
            raise
        missing = own.runs - len(store.results)
        if not resume and missing:
            say(f"{folder}: {counted(missing, 'run')} of {own.runs:,} not finished; --resume continues the study")
        return cls(store.study, store.results, config, store, folder, is_to_run=resume)

    @classmethod
    def begun(
        cls, study: Study, wanted: Mapping[str, Any], out: Path | None, resume: bool, tell: Callable[[], object]
    ) -> Self:
        """Begin a study, in a folder if one is given; with `resume` go on with it where it has been begun there.

        `tell` says what it takes, or refuses it, before anything is made.
        """
        if out is not None and is_study(out):
            if not resume:
                raise ConfigError(f"{out} already holds a study: --resume continues it, or give another folder")
            _refuse_another_study(out, study)
            return cls.again(out, wanted, resume)
        if resume and out is None:
            raise ConfigError("--resume continues a study in a folder: give --out STUDY, or the folder itself")
        told = refuse_hopeless(study)
        for note in (*_notes(study), *told, study.measure.sentence):
            if note:
                say(note)
        tell()
        store = None if out is None else StudyStore.created(out, study)
        results = StudyResults() if store is None else store.results
        return cls(study, results, study.config, store, out, True, tuple(told))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.store is not None:
            self.store.close()

    def train(self, executor: ClusterExecutor | None, workers: int | None) -> ExitCode:
        """Train what is missing, with progress on standard error; return by which signal it was stopped."""
        study, total = self.study, self.config.runs
        if executor is None:
            _prepare_engine(study)
        else:
            workers = executor.workers
            say(f"{counted(workers, 'worker')} at {executor.address}")
        cells = f"{counted(self.config.cells, 'cell')} x {counted(self.config.seeds, 'seed')}"
        done = f", {len(self.results):,} are finished" if len(self.results) else ""
        say(f"study of {study.base.name}: {cells} = {counted(total, 'run')}{done}")
        updates = run_study(study, self.store, executor, results=self.results, workers=workers)
        with interruption() as interrupted, progress_bar() as progress:
            bar = progress.add_task(printable(study.base.name), total=total, completed=len(self.results), loss="")
            for update in updates:
                if update.message and update.message not in self.told:
                    say(update.message)
                lost = self.results.count(Outcome.DIVERGED) + self.results.count(Outcome.FAILED)
                progress.update(bar, completed=update.done, loss=f"{lost:,} lost" if lost else "")
                if interrupted.code:
                    break
            updates.close()
            progress.stop()
            if interrupted.code:
                continues = "; --resume continues it" if self.store is not None else ""
                say(f"interrupted after {len(self.results):,} of {counted(total, 'run')}{continues}")
        return interrupted.code


def _told_before(study: Study, workers: int | None, executor: ClusterExecutor | None, out: Path | None) -> None:
    """Say what a study will take, and refuse one for which there is no room."""
    from elman_core.devices import choose_device
    from elman_core.studies.estimate import check_study, estimate_of, first_run, study_estimate
    from elman_core.studies.pace import MOST_TOGETHER
    from elman_core.training.engines.choice import choose_engine

    device = choose_device(study.base.device)
    if executor is not None:
        workers = executor.workers
    run, engine = first_run(study), choose_engine(study.base.engine, device)
    if run is not None:
        estimate = study_estimate(run, study.config, workers, engine=engine, is_elsewhere=executor is not None)
    else:
        of_forecasters = estimate_of(study, workers, is_elsewhere=executor is not None)
        if of_forecasters is None:  # one that is refused with its cells
            return
        estimate = of_forecasters
    check_study(estimate, out)
    say(estimate.sentence if out is not None else estimate.sentence_without_folder)
    if run is not None and executor is None and study.base.engine == "auto":
        together = run.training.replace(networks=min(study.config.seeds, MOST_TOGETHER))
        say_which_device_is_faster(replace(run, training=together), str(device), estimate.seconds)


def _cluster(address: str) -> ClusterExecutor:
    from elman_core.studies.cluster import ClusterExecutor  # whose library is slow to import

    return ClusterExecutor(address)


def _refuse_another_study(out: Path, study: Study) -> None:
    """Refuse to go on with a study that has other settings than those that are given now."""
    kept = StudyStore.opened(out).study
    now, then = (each.base.model_dump(mode="json") for each in (study, kept))
    groups = ("data", "network", "training", "symbols")
    differ = [name for group in groups for name, value in now[group].items() if then[group].get(name) != value]
    differ += [name for name in ("what", "device", "engine") if now[name] != then[name]]
    differ += ["grid"] if study.config.axes and study.config.axes != kept.config.axes else []
    if differ:
        raise ConfigError(
            f"the study in {out} was begun with another {differ[0].replace('_', '-')}: `elman study {out} --resume` "
            "continues it as it is; another study needs another folder"
        )


def _notes(study: Study) -> list[str]:
    """Return what is to be said of the data, as they are for the settings that are not varied."""
    with suppress(ElmanError):  # an axis may be needed to make the settings go together
        return list(study.table.notes) if study.base.is_automatic else study.begin({})[1]
    return []


def _prepare_engine(study: Study) -> None:
    """Have the compiled loops ready before blocks are timed."""
    import torch

    from elman_core.devices import choose_device
    from elman_core.training.engines.choice import choose_engine
    from elman_core.training.engines.kernel_cache import prepare_for

    torch.set_num_threads(1)
    if choose_engine(study.base.engine, choose_device(study.base.device)) != "compiled":
        return
    varied = next((axis.values for axis in study.config.axes if axis.field == "training.precision"), ())
    for precision in varied or (study.base.training.get("precision", Precision.SINGLE),):
        prepare_for(Precision(str(precision)), say)
