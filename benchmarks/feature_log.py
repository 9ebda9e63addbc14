"""A generated log of orders, and how much an engine spills while it works on one."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path


def generate(path: Path, rows: int, lines: float) -> None:
    """Write unsorted lines of orders; few customers order often, many seldom."""
    import duckdb

    orders = int(rows / lines)
    customers = max(orders // 8, 1)
    duckdb.sql(f"""COPY (
        WITH line AS (
            SELECT hash(i * 7919 + 1) % {orders} AS o, hash(i * 1299709 + 3) AS h FROM range({rows}) t(i)),
        placed AS (
            SELECT *, exp(2.5 + ((h % 10007) / 10007.0 - .5) * 3) AS price,
                floor({customers} * pow((hash(o * 17) % 1000003) / 1000003.0, 1.5))::BIGINT AS c FROM line)
        SELECT 'C' || lpad(c::VARCHAR, 8, '0') AS customer_id,
            DATE '2022-01-01' + (hash(c) % 700
                + (hash(o * 5) % 9973) / 9973.0 * (1095 - hash(c) % 700)::DOUBLE)::INTEGER AS day,
            'O' || lpad(o::VARCHAR, 9, '0') AS order_id,
            'P' || (hash(c) % 50 * 20 + h % 40) AS product_id,
            'K' || h % 12 AS category,
            (1 + h % 5)::DOUBLE AS quantity,
            round(price, 2) AS amount,
            round(price * .6, 2) AS cost,
            (h // 16 % 4)::DOUBLE / 20 AS discount
        FROM placed) TO '{path}' (FORMAT parquet)""")


class Spill:
    """Watches how large a folder becomes while something runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.peak, self._done = folder, 0, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Spill:
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            sizes = []
            for one in self.folder.rglob("*"):
                with contextlib.suppress(OSError):
                    sizes.append(one.stat().st_blocks * 512)
            self.peak = max(self.peak, sum(sizes))
