"""The table of tasks: every label of the room is in it once and gives what its kind promises."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.data.windows import Window
from crm_ml.labels.behaviour import behaviour
from crm_ml.labels.tasks import TASKS

from ..data.logs import log_of, steady_base


@pytest.mark.parametrize("name", TASKS)
def test_a_task_gives_labels_of_its_kind(name):
    task = TASKS[name]
    rows = [row for row in steady_base(100, 500) if row[1] < 400 or int(row[0][1:]) % 3]
    tx, window = log_of(rows, first=0, last=499), Window(400, 90)
    label = task.label(tx, window, None)
    assert label.name == task.name == name
    known = label.dropna()
    if task.read is not None:
        assert task.read(behaviour(tx, window)).equals(label)
    if task.kind == "binary":
        assert str(label.dtype) == "boolean"
        assert known.eq(task.positive).any()
    elif task.kind == "multiclass":
        assert isinstance(label.dtype, pd.CategoricalDtype)
        assert task.positive is None or task.positive in label.cat.categories
    else:
        assert str(label.dtype) == "Float64"
