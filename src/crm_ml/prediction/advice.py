"""What to do next: a table of advice shipped as data, by threat, risk class and segment.

The texts in ``advice.yaml`` are good practice, not measured effects, and every one of them says so; only the
hold-out group of a campaign shows what contacting brings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.base.texts import LANGUAGES, text
from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Advice", "advice_for", "advice_table"]


@dataclass(frozen=True)
class Advice:
    """A row of the table of advice.

    Parameters
    ----------
    threat : {"stops", "buys less", "none"}
        What threatens.
    nl, en : str
        The advice.
    bands, segments : tuple of str
        Risk classes and segments that it is for; empty for all.
    review : bool
        Whether a person must judge it first, because it gives a customer less attention.
    """

    threat: str
    nl: str
    en: str
    bands: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    review: bool = False

    def fits(self, threat: str, band: str, segment: str) -> bool:
        """Whether it is meant for such a customer."""
        return (
            threat == self.threat
            and (not self.bands or band in self.bands)
            and (not self.segments or segment in self.segments)
        )


@cache
def advice_table() -> tuple[Advice, ...]:
    """Return the table of advice, in its order: the first row that fits is taken."""
    import yaml

    rows = yaml.safe_load(resources.files("crm_ml.prediction").joinpath("advice.yaml").read_text("utf-8"))
    lists = ("bands", "segments")
    return tuple(Advice(**{**row, **{name: tuple(row.get(name, ())) for name in lists}}) for row in rows)


def advice_for(
    threat: pd.Series, risk_band: pd.Series, segment: pd.Series, *, language: str = "en"
) -> pd.DataFrame:
    """Return the advice for every customer.

    Parameters
    ----------
    threat, risk_band, segment : Series
        Columns of the risk list, same rows.
    language : {"nl", "en"}
        Language of the advice.

    Returns
    -------
    DataFrame
        Columns ``advice`` (text that says it is untested) and ``human_review_required`` (bool), with the
        index of `threat`.

    Examples
    --------
    >>> import pandas as pd
    >>> one = advice_for(pd.Series(["none"]), pd.Series(["low"]), pd.Series(["regular"]), language="nl")
    >>> one.loc[0, "advice"]
    'Advies (effect niet getoetst): Geen actie nodig: bedien zoals gewoonlijk.'
    """
    import pandas as pd

    check_choice(language, LANGUAGES, what="language")
    codes, different = _cases(threat, risk_band, segment)
    found = [_first_fitting(*case) for case in different]
    texts = [text("advice.untested", language, advice=getattr(one, language)) for one in found]
    review = np.array([one.review for one in found], dtype=bool)
    advice = pd.Series(texts, dtype="str").take(codes).set_axis(threat.index)
    return pd.DataFrame({"advice": advice, "human_review_required": review[codes]})


def _cases(*columns: pd.Series) -> tuple[NDArray[np.intp], list[tuple[str, ...]]]:
    """Return which case every row is, and the different cases: few, however many rows there are."""
    import pandas as pd

    codes = np.zeros(len(columns[0]), dtype=np.intp)
    known: list[tuple[str, ...]] = [()]
    for column in columns:
        own, words = pd.factorize(column.astype("str").fillna(""))
        codes, pairs = pd.factorize(codes * len(words) + own)
        known = [(*known[pair // len(words)], str(words[pair % len(words)])) for pair in pairs.tolist()]
    return codes, known


def _first_fitting(threat: str, band: str, segment: str) -> Advice:
    return next((one for one in advice_table() if one.fits(threat, band, segment)), advice_table()[-1])
