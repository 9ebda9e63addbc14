"""Answers of models that were fitted apart, kept beside the rows, to be judged together later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.evaluation.metrics import Floats
from crm_ml.evaluation.panel import Panel

__all__ = ["Recorded", "record", "recorded", "stack"]

_RANKING = "ranking"
_VALUE = "value"


class Recorded:
    """A model whose answers stand in the columns of a table.

    Parameters
    ----------
    name : str
        Model.
    classes : ndarray, optional
        Class labels; None for amounts.
    """

    def __init__(self, name: str, classes: npt.NDArray[Any] | None) -> None:
        self.name, self.classes = name, classes

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """Class labels in the order of the probabilities."""
        return np.asarray(self.classes)

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the recorded probabilities, shape (n, n_classes)."""
        columns = [f"{self.name}|{label}" for label in self.classes_]
        return X[columns].to_numpy(dtype=float)

    def predict(self, X: pd.DataFrame) -> Floats:
        """Return the recorded amounts, shape (n,)."""
        return X[f"{self.name}|{_VALUE}"].to_numpy(dtype=float)

    def ranking(self, X: pd.DataFrame) -> Floats:
        """Return the recorded scores, shape (n,)."""
        return X[f"{self.name}|{_RANKING}"].to_numpy(dtype=float)


def record(models: Mapping[str, Any], test: Panel) -> Panel:
    """Return the rows with the answers of fitted models in place of the features."""
    answers = [_answers(name, model, test) for name, model in models.items()]
    return Panel(test.task, pd.concat(answers, axis=1), test.y, test.context)


def stack(panels: Sequence[Panel]) -> Panel:
    """Return the rows of several recorded panels below each other."""
    return Panel(
        panels[0].task,
        pd.concat([one.X for one in panels]).fillna(0.0),  # a class that was not there in training: never
        pd.concat([one.y for one in panels]),
        pd.concat([one.context for one in panels]),
    )


def recorded(names: Iterable[str], panel: Panel) -> dict[str, Recorded]:
    """Return the models whose answers a panel holds."""
    return {name: Recorded(name, _classes(name, panel)) for name in names}


def _answers(name: str, model: Any, test: Panel) -> pd.DataFrame:
    if test.task.kind == "regression":
        columns = {_VALUE: np.asarray(model.predict(test.X), dtype=float)}
        ranking = columns[_VALUE]
    else:
        proba = np.asarray(model.predict_proba(test.X), dtype=float)
        columns = {str(label): proba[:, place] for place, label in enumerate(model.classes_)}
        ranking = proba[:, -1]
    columns[_RANKING] = model.ranking(test.X) if hasattr(model, _RANKING) else ranking
    return pd.DataFrame(columns, index=test.X.index).add_prefix(f"{name}|")


def _classes(name: str, panel: Panel) -> npt.NDArray[Any] | None:
    if panel.task.kind == "regression":
        return None
    if panel.task.kind == "binary":
        return np.array([False, True])
    prefix = f"{name}|"
    found = [str(column).removeprefix(prefix) for column in panel.X if str(column).startswith(prefix)]
    return np.array([label for label in found if label != _RANKING], dtype=object)
