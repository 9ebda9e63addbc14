"""Make the pictures of the README again from a demo: `.venv/bin/python docs/images/make.py crm-demo`.

Needs Chromium; the list is drawn as a page, since a workbook shows itself only in an office program.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
ROWS = 12
COLUMNS = (
    "rank", "customer_id", "expected_loss", "risk_band", "threat", "reason_1", "reason_2", "usual_spend",
    "expected_spend", "p_stopped", "p_drying_up",
)  # fmt: skip
STYLE = """body{font:13px sans-serif;margin:16px;color:#1c2b3a}table{border-collapse:collapse}
th,td{padding:5px 9px;border-bottom:1px solid #d8dee4;text-align:left;white-space:nowrap}
th{background:#eef2f5}"""
CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


def shot(page: Path, picture: Path, width: int, height: int) -> None:
    """Take a screenshot of the top of a page."""
    with tempfile.TemporaryDirectory() as profile:
        options = [f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={picture}"]
        subprocess.run([*CHROMIUM, *options, page.resolve().as_uri()], check=True, capture_output=True)  # noqa: S603


def list_page(table: pd.DataFrame) -> str:
    """Return the first rows of the list as a page."""
    top = table.loc[table["threat"] != "none", list(COLUMNS)].head(ROWS)
    body = top.to_html(index=False, border=0, float_format=lambda value: f"{value:,.2f}", na_rep="")
    return f"<!doctype html><meta charset=utf-8><title>risk list</title><style>{STYLE}</style>{body}"


def main(folder: Path) -> None:
    """Write both pictures beside this file."""
    with tempfile.TemporaryDirectory() as place:
        page = Path(place) / "list.html"
        page.write_text(list_page(pd.read_parquet(folder / "risk_list.parquet")), encoding="utf-8")
        shot(page, HERE / "risk_list.png", 2010, 370)
    shot(folder / "report.html", HERE / "report.png", 1100, 1150)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
