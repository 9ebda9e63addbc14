"""Settings of an engine, and the engine made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from crm_ml.base.optional import require
from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    from crm_ml.data.engines.base import Engine

__all__ = ["KINDS", "EngineSettings", "make_engine"]

KINDS = ("duckdb", "polars", "spark")


@dataclass(frozen=True)
class EngineSettings:
    """Where the log lives and what it may use.

    Parameters
    ----------
    kind : {"duckdb", "polars", "spark"}
        DuckDB is embedded and the default; Spark is for what fits on no single machine.
    memory_limit : str, optional
        DuckDB: such as ``"4GB"``; beyond it DuckDB spills. Half as much again holds
        lines that are sorted beside it while features are computed. Spark: driver memory.
    temp_directory : str, optional
        Where an engine spills.
    threads : int, optional
        Number of threads; all cores when not given. DuckDB: fewer where that leaves less than 160 MB of
        memory to each.
    master : str, optional
        Spark master such as ``"spark://host:7077"``; when not given that of ``spark-submit``, or
        ``local[threads]``.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    kind: str = "duckdb"
    memory_limit: str | None = None
    temp_directory: str | None = None
    threads: int | None = None
    master: str | None = None

    def __post_init__(self) -> None:
        check_choice(self.kind, KINDS, what="engine")


def make_engine(
    kind: str = "duckdb",
    memory_limit: str | None = None,
    temp_directory: str | None = None,
    threads: int | None = None,
    master: str | None = None,
    *,
    frame: Any = None,
) -> Engine:
    """Make an engine; see `EngineSettings` for the arguments.

    Parameters
    ----------
    frame : DuckDB relation or Spark DataFrame, optional
        Work where this frame lives: on its connection, in its session.

    Examples
    --------
    >>> make_engine("duckdb", threads=1).name
    'duckdb'
    """
    settings = EngineSettings(kind, memory_limit, temp_directory, threads, master)
    if settings.kind == "polars":
        require("polars", extra="polars")
        from crm_ml.data.engines.polars import PolarsEngine

        return PolarsEngine()
    if settings.kind == "spark":
        require("pyspark", extra="spark")
        from crm_ml.data.engines.spark import SparkEngine

        session = None if frame is None else frame.sparkSession
        return SparkEngine(master, memory_limit, temp_directory, threads, session)
    from crm_ml.data.engines.duckdb import DuckDBEngine

    return DuckDBEngine(memory_limit, temp_directory, threads, relation=frame)
