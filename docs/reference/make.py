"""Write the generated pages of this folder again: `.venv/bin/python docs/reference/make.py`."""

from pathlib import Path

from crm_ml.analysis.reference import analysis_as_markdown, tables_as_markdown
from crm_ml.cli.exit_codes import as_markdown as exit_codes
from crm_ml.jobs.reference import config_as_markdown

FOLDER = Path(__file__).parent
TABLES = {
    "analysis.md": analysis_as_markdown,
    "config.md": config_as_markdown,
    "exit_codes.md": exit_codes,
    "tables.md": tables_as_markdown,
}

for name, table in TABLES.items():
    page = FOLDER / name
    text = page.read_text(encoding="utf-8")
    # A page is prose, one table, and nothing after it.
    page.write_text(text[: text.index("\n| ") + 1] + table() + "\n", encoding="utf-8")
