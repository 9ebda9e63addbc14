"""Texts: every key in both languages, with the same places, and no key that does not exist."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest
import yaml

from crm_ml.base import texts
from crm_ml.base.exceptions import InputError

SOURCE = Path(texts.__file__).parent.parent
ALL_KEYS = [key for theme in texts.themes() for key in texts.keys(theme)]


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("theme", texts.themes())
def test_every_key_has_both_languages_and_the_same_places(theme):
    """A marketer who reads Dutch gets as much as one who reads English."""
    entries = yaml.safe_load((SOURCE / "base" / "languages" / f"{theme}.yaml").read_text("utf-8"))
    assert entries
    for name, entry in entries.items():
        assert isinstance(name, str), f"{name!r}: quote keys that YAML takes for a boolean or number"
        assert set(entry) == set(texts.LANGUAGES), name
        assert all(isinstance(one, str) and one.strip() == one and one for one in entry.values()), name
        assert places(entry["nl"]) == places(entry["en"]), name
        assert entry["nl"].count("|") == entry["en"].count("|"), name


def test_no_key_is_written_twice():
    """YAML keeps the last of two equal keys without a word."""
    for file in sorted((SOURCE / "base" / "languages").glob("*.yaml")):
        names = [pair[0].value for pair in yaml.compose(file.read_text("utf-8")).value]
        assert len(names) == len(set(names)), file.name


def test_every_literal_key_in_the_source_exists():
    """A mistyped key would only fail when a reader opens that page."""
    known = set(ALL_KEYS)
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text" and node.args):
                continue
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                assert key.value in known, f"{file.name}:{node.lineno}: {key.value}"


def test_unknown_key_language_and_value_are_named():
    """An error names what is missing and what is near."""
    with pytest.raises(InputError, match=r"values\.threat\.stops"):
        texts.text("values.threat.stop", "nl")
    with pytest.raises(InputError, match="language"):
        texts.text("values.threat.stops", "de")
    with pytest.raises(InputError, match="theme"):
        texts.text("valeus.threat.stops", "nl")


def test_values_are_not_read_as_places():
    """A customer's name with braces is text, never a place to fill."""
    entry = {"nl": "{name} belt", "en": "{name} calls"}
    assert entry["en"].format_map({"name": "{0.__class__}"}) == "{0.__class__} calls"
