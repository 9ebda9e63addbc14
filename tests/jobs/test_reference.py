"""The reference page is made from the config classes, so it cannot lag behind them."""

from pathlib import Path

import pytest

from crm_ml.jobs.config import CONFIGS
from crm_ml.jobs.reference import config_as_markdown, options

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "config.md"


@pytest.mark.parametrize("kind", list(CONFIGS.values()), ids=list(CONFIGS))
def test_every_option_says_what_it_does(kind):
    """Options of the rooms' own settings too: their docstring is the reference."""
    assert [one.key for one in options(kind) if not one.meaning] == []


def test_the_page_holds_every_option():
    """An option that is not on the page is not known to exist."""
    assert config_as_markdown() in PAGE.read_text(encoding="utf-8"), "run: python docs/reference/make.py"
