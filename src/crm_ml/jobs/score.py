"""From a bundle and transactions to the risk list in files and in a database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm_ml.base.exceptions import ConfigError
from crm_ml.base.progress import progress
from crm_ml.data.schema import ROLES
from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.inputs import read_log
from crm_ml.jobs.make_list import make_list
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.jobs.sections import DataSection
from crm_ml.jobs.write_list import check_outputs, write_list
from crm_ml.prediction.bundle import check_owner
from crm_ml.prediction.hidden_ids import hide_ids
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.stored_list import StoredList
from crm_ml.reporting.list_text import list_text

__all__ = ["ScoreResult", "data_section", "score"]

_STEPS = 6


@dataclass(frozen=True)
class ScoreResult:
    """The risk list and the files it was written to; the first one is `path`."""

    path: Path
    risk_list: StoredList
    paths: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return list_text(self.risk_list)


def score(config: ScoreConfig | str | os.PathLike[str], *, quiet: bool = False) -> ScoreResult:
    """Score every customer with a bundle and write the list.

    Customers pass in batches, so memory does not grow with their number; only the HTML report takes the list
    as a whole.

    Parameters
    ----------
    config : ScoreConfig or path
        Options, or the YAML file that holds them.
    quiet : bool
        No progress bar.

    Raises
    ------
    BundleError
        When there is no bundle, it was changed, or it has no owner though the config demands one.
    DriftError
        When the customers differ from those of the training by more than the config allows.
    InputError
        When data or mapping are wrong, or `as_of` does not fit them. Nothing is written then.
    """
    chosen = config if isinstance(config, ScoreConfig) else load_config(config, ScoreConfig)
    paths = check_outputs(chosen)
    for path in paths:
        check_folder(path.parent)
    key = chosen.pseudonyms.key()
    beside = chosen.data.quarantine or paths[0].with_name("quarantine.csv")
    with progress(_STEPS, quiet=quiet) as step, refused_rows(beside) as refused:
        step("open the bundle")
        predictor = _open(chosen)
        step("read transactions")
        section = data_section(chosen.data, predictor)
        tx = read_log(section, chosen.engine, quarantine=refused)
        risk_list = hide_ids(make_list(predictor, tx, chosen, section, step), key)
        step("write the list")
        write_list(risk_list, chosen, predictor, tx)
    return ScoreResult(paths[0], risk_list, tuple(paths))


def data_section(data: DataSection, predictor: Predictor) -> DataSection:
    """Return the data section with mapping and rules of the bundle, unless the config has its own mapping."""
    own = {one.name for one in ROLES} & data.model_fields_set
    if own or data.dataset:
        return data
    stored: Mapping[str, Any] = predictor.facts["mapping"]
    known = {name: value for name, value in stored.items() if name in DataSection.model_fields}
    facts = {"currency": predictor.facts["currency"], "basis": predictor.facts["basis"]}
    given = {name: getattr(data, name) for name in data.model_fields_set}
    return DataSection.model_validate({**facts, **known, **given})


def _open(config: ScoreConfig) -> Predictor:
    if not config.bundle:
        raise ConfigError(
            "no bundle is named", do="set bundle, or give --bundle the folder that train printed"
        )
    predictor = Predictor.load(config.bundle)
    if config.card.owner_required:
        check_owner(predictor.bundle)
    return predictor
