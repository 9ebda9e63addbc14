"""Counters for Prometheus, in its text format; nothing in them names a customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What was asked and how long it took.

    Parameters
    ----------
    model_version : str
        Of the bundle that is served.

    Examples
    --------
    >>> metrics = Metrics("crm-1998-07-01-1a2b3c4d")
    >>> metrics.request("GET", "/health", 200, 0.0004)
    >>> 'crm_ml_requests_total{method="GET",route="/health",status="200"} 1' in metrics.text()
    True
    """

    def __init__(self, model_version: str) -> None:
        self.in_flight = 0
        self.rows = 0
        self._model_version = model_version
        self._requests: dict[tuple[str, str, str], int] = defaultdict(int)
        self._seconds: dict[str, list[int]] = defaultdict(lambda: [0] * (len(_BUCKETS) + 1))
        self._sums: dict[str, float] = defaultdict(float)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests[method, route, str(status)] += 1
        self._sums[route] += seconds
        place = next((i for i, most in enumerate(_BUCKETS) if seconds <= most), len(_BUCKETS))
        self._seconds[route][place] += 1

    def text(self) -> str:
        """Return all of them as Prometheus reads them."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from _head("crm_ml_model_info", "gauge", "the bundle that is served")
        yield _sample("crm_ml_model_info", {"version": self._model_version}, 1)
        yield from _head("crm_ml_requests_in_flight", "gauge", "requests that are being answered")
        yield _sample("crm_ml_requests_in_flight", {}, self.in_flight)
        yield from _head("crm_ml_rows_scored_total", "counter", "customers scored on request")
        yield _sample("crm_ml_rows_scored_total", {}, self.rows)
        yield from _head("crm_ml_requests_total", "counter", "answered requests")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = {"method": method, "route": route, "status": status}
            yield _sample("crm_ml_requests_total", labels, count)
        yield from _head("crm_ml_request_seconds", "histogram", "time to answer")
        for route, counts in sorted(self._seconds.items()):
            yield from self._histogram(route, counts)

    def _histogram(self, route: str, counts: list[int]) -> Iterator[str]:
        total = 0
        for most, count in zip((*map(str, _BUCKETS), "+Inf"), counts, strict=True):
            total += count
            yield _sample("crm_ml_request_seconds_bucket", {"route": route, "le": most}, total)
        yield _sample("crm_ml_request_seconds_sum", {"route": route}, round(self._sums[route], 6))
        yield _sample("crm_ml_request_seconds_count", {"route": route}, total)


def _head(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    shown = ",".join(f'{key}="{_escaped(one)}"' for key, one in labels.items())
    return f"{name}{{{shown}}} {value}" if shown else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
