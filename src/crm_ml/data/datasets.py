"""Data to try things on: CDNOW as the installed lifetimes package carries it, and simulated bases."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import MissingPackageError
from crm_ml.data.reading import read_transactions
from crm_ml.data.simulation import make_transactions

if TYPE_CHECKING:
    import pyarrow as pa

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.transactions import Transactions

__all__ = ["cdnow_path", "cdnow_table", "load_cdnow", "make_transactions"]


def cdnow_path(sample: bool = False) -> Path:
    """Return where the CDNOW file lies inside the installed lifetimes package.

    The package is located, never imported.

    Raises
    ------
    MissingPackageError
        When lifetimes, or its data file, is not installed.

    Examples
    --------
    >>> cdnow_path(sample=True).name
    'CDNOW_sample.txt'
    """
    spec = importlib.util.find_spec("lifetimes")
    name = "CDNOW_sample.txt" if sample else "CDNOW_master.txt"
    folder = Path(spec.origin).parent / "datasets" if spec and spec.origin else Path()
    if not (folder / name).is_file():
        raise MissingPackageError(
            f"{name} of the lifetimes package was not found", do="install it with: pip install lifetimes"
        )
    return folder / name


def cdnow_table(sample: bool = False) -> pa.Table:
    """Return the CDNOW purchases as a table.

    Parameters
    ----------
    sample : bool
        The tenth of the customers that the BG/NBD papers use, instead of all 23,570.

    Returns
    -------
    pyarrow.Table
        customer_id (string), date (date32), cds (int64), amount_usd (float64); one row a purchase.

    Examples
    --------
    >>> cdnow_table(sample=True).num_rows
    6919
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # The sample has a second id column (its own numbering) and no header line.
    lines = cdnow_path(sample).read_text("ascii").split("\n")[0 if sample else 1 :]
    cells = [line.split() for line in lines if line.strip()]
    customer, day, count, money = zip(*((row[0], *row[-3:]) for row in cells), strict=True)
    moment = pc.strptime(pa.array(day), format="%Y%m%d", unit="s")
    return pa.table(
        {
            "customer_id": pa.array(customer),
            "date": moment.cast(pa.date32()),
            "cds": pa.array(count).cast(pa.int64()),
            "amount_usd": pa.array(money).cast(pa.float64()),
        }
    )


def load_cdnow(sample: bool = False, engine: Engine | str | None = None) -> Transactions:
    """Load the purchases of new CDNOW customers, January 1997 to June 1998.

    All customers bought for the first time in the first quarter of 1997. The file is read from the
    installed lifetimes package; nothing is downloaded.

    Parameters
    ----------
    sample : bool
        The 2,357 customers that the BG/NBD papers use, instead of all 23,570.
    engine : Engine or str, optional
        Where the log lives; DuckDB when not given.

    Returns
    -------
    Transactions
        69,659 rows (6,919 for the sample) in US dollars.

    References
    ----------
    Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).

    Examples
    --------
    >>> load_cdnow(sample=True).counts["customers"]
    2357
    """
    return read_transactions(
        cdnow_table(sample),
        customer_id="customer_id",
        timestamp="date",
        amount="amount_usd",
        quantity="cds",
        engine=engine,
        currency="USD",
        basis="revenue",
    )
