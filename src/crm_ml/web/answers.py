"""JSON as it leaves: what is not a number is null, dates are ISO texts."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from starlette.responses import Response

__all__ = ["JsonAnswer", "plain"]


class JsonAnswer(Response):
    """A response that is written once, without being checked against its own schema at every call."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the content; NaN would be no JSON and is refused."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Examples
    --------
    >>> plain({"clv": float("nan"), "as_of": dt.date(1998, 7, 1), "n": np.int64(3)})
    {'clv': None, 'as_of': '1998-07-01', 'n': 3}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool) else str(value)
