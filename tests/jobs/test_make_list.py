"""What a list's job noticed is said in the language of the list."""

from __future__ import annotations

import pandas as pd

from crm_ml.base.notes import said
from crm_ml.base.result import Result
from crm_ml.jobs.make_list import drift_notes


def _drift(*rows: tuple[str, float, float, str]) -> Result:
    names = ["feature", "psi", "missing_now", "verdict"]
    return Result("drift", pd.DataFrame(rows, columns=names).assign(missing_then=0.015))


def test_shifted_features_are_named_in_dutch_too():
    """The index with a comma, and how many more there are."""
    moved = [(f"own_{number}", 0.5, 0.0, "shifted") for number in range(7)]
    (note,) = drift_notes(_drift(*moved, ("orders", 0.0, 0.0, "same")))
    assert note.startswith(
        "customers differ from those of the training: own_0 (PSI 0.50), own_1 (PSI 0.50), "
    )
    assert note.endswith("own_4 (PSI 0.50) and 2 more")
    dutch = said(note, "nl")
    assert dutch.startswith("klanten wijken af van die in de leerperiode: own_0 (PSI 0,50), ")
    assert dutch.endswith("own_4 (PSI 0,50) en nog 2")


def test_a_column_that_came_in_empty_is_named_in_dutch_too():
    """Shares as each language writes them."""
    (note,) = drift_notes(_drift(("discount", 0.0, 0.985, "gone_missing")))
    assert note == "discount is missing for 98% (in training 2%)"
    assert said(note, "nl") == "discount ontbreekt bij 98% (in de leerperiode bij 2%)"


def test_nothing_to_say():
    """The customers of the training have not drifted."""
    assert drift_notes(_drift(("orders", 0.0, 0.0, "same"))) == []
