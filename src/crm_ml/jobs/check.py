"""What is wrong with the rows of a transaction table, before anything is built on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crm_ml.base.result import Result
from crm_ml.jobs.config import JobConfig
from crm_ml.jobs.inputs import read_log
from crm_ml.jobs.refused_rows import refused_rows

__all__ = ["CheckResult", "check"]


@dataclass(frozen=True)
class CheckResult:
    """Counts that add up, what was found in the rows, how complete the table is."""

    counts: dict[str, int]
    findings: Result
    completeness: Result
    quarantine: Path | None

    def __str__(self) -> str:
        read, accepted, rejected = (self.counts[name] for name in ("read", "accepted", "quarantined"))
        lines = [f"{read:,} rows read = {accepted:,} accepted + {rejected:,} quarantined"]
        for result in (self.findings, self.completeness):
            body = result.table.to_string(index=False) if len(result.table) else "nothing found"
            lines += ["", result.name, body, *result.warnings]
        return "\n".join(lines)


def check(config: JobConfig, quarantine: str | None = None) -> CheckResult:
    """Read a transaction table and report its quality; rejected rows go to the quarantine file.

    Parameters
    ----------
    config : JobConfig
        Source, mapping and rules.
    quarantine : str, optional
        Where rejected rows go when the config does not say it.
    """
    from crm_ml.data.quality import completeness

    place = config.data.quarantine or quarantine
    if place is None:
        tx = read_log(config.data, config.engine)
    else:
        with refused_rows(place) as temporary:
            tx = read_log(config.data, config.engine, quarantine=temporary)
    rejected = Path(place) if place and tx.counts["quarantined"] else None
    return CheckResult(dict(tx.counts), tx.quality(), completeness(tx), rejected)
