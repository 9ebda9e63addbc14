"""The risk list that is served and the earlier ones: pages, one customer, and what became of the customer."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crm_ml.base.exceptions import FileError, InputError
from crm_ml.data.engines.list_file import Condition, ListFile, Position
from crm_ml.data.pseudonyms import pseudonyms
from crm_ml.prediction.columns import column_names

__all__ = ["ABOUT", "HISTORY", "ScoredLists"]

#: What is the same for every customer of a list.
ABOUT = ("as_of", "horizon_days", "clv_horizon_days", "basis", "currency", "model_version")
#: What a customer's history tells of each list.
HISTORY = (
    "as_of", "rank", "expected_loss", "risk_band", "threat", "p_stopped", "p_drying_up", "p_at_risk",
    "usual_spend", "expected_spend", "clv", "clv_low", "clv_high", "revenue_12m", "model_version",
)  # fmt: skip
_MOST = 60  # earlier lists: five years of months


class ScoredLists:
    """Parquet risk lists, asked without loading them.

    Parameters
    ----------
    data : str
        The list that is served.
    history : sequence of str
        Earlier lists: files or globs.
    key : str
        Key of the pseudonyms that stand in answers and questions instead of ids; empty: ids.
    memory : str
        What one question may use.

    Raises
    ------
    FileError
        When a file is missing or is no Parquet file.
    InputError
        When a file is no risk list, or one has twice the same day.
    """

    def __init__(
        self, data: str, history: Sequence[str] = (), *, key: str = "", memory: str = "512MB"
    ) -> None:
        self._key, self._memory = key, memory
        self._list = self._open(data)
        self._about: tuple[str, dict[str, Any]] = ("", {})
        served = self._list.path
        earlier = sorted(
            {Path(one).resolve() for pattern in history for one in glob.glob(pattern)} - {served}
        )
        dated = [(str((one.first(["as_of"]) or {}).get("as_of")), one) for one in map(self._open, earlier)]
        self._earlier = [one for _, one in sorted(dated, key=lambda pair: pair[0])][-_MOST:]
        self.columns = [name for name in column_names() if not (key and name == "name")]

    def __len__(self) -> int:
        return len(self._list)

    @property
    def stamp(self) -> str:
        """What changes when the list is replaced."""
        try:
            found = self._list.path.stat()
        except OSError as error:
            raise FileError("the list is gone", got=self._list.path.name) from error
        text = f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def about(self) -> dict[str, Any]:
        """Return day, horizons, currency and model of the list; empty for an empty list."""
        stamp = self.stamp
        if self._about[0] != stamp:
            self._about = (stamp, self._list.first(ABOUT) or {})
        return self._about[1]

    def page(
        self,
        columns: Sequence[str],
        conditions: Sequence[Condition],
        *,
        sort: str,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Return a page of the list; see :meth:`crm_ml.data.engines.list_file.ListFile.page`."""
        rows = self._list.page(
            columns, conditions=conditions, sort=sort, descending=descending, after=after, limit=limit
        )
        return self._hidden(rows)

    def customer(self, customer_id: str) -> dict[str, Any] | None:
        """Return the row of a customer (by id, or by pseudonym where there is a key), or None."""
        row = self._list.row(self.columns, customer_id, key=self._key)
        return None if row is None else self._hidden([row])[0]

    def history(self, customer_id: str) -> list[dict[str, Any]]:
        """Return what each list said of a customer, oldest first, the present one last."""
        lists = [*self._earlier, self._list]
        rows = (one.row(HISTORY, customer_id, key=self._key) for one in lists)
        return [row for row in rows if row is not None]

    def _hidden(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not self._key:
            return rows
        for row in rows:
            if "customer_id" in row:
                row["customer_id"] = pseudonyms([row["customer_id"]], self._key)[0]
        return rows

    def _open(self, path: str | Path) -> ListFile:
        if not Path(path).is_file():
            raise FileError("there is no list", got=str(path), do="score with --out list.parquet")
        opened = ListFile(path, memory_limit=self._memory)
        missing = sorted(set(column_names()) - set(opened.columns))
        if missing:
            raise InputError(
                "this is not a risk list",
                got=f"{path} without {', '.join(missing[:5])}",
                do="give the Parquet file that `crm-ml score` wrote",
            )
        return opened
