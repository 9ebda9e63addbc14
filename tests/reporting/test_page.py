"""Pages: drawings stand beside each other, text is escaped, nothing is left of the machine that made it."""

from __future__ import annotations

import re

from crm_ml.base.plotting import new_figure
from crm_ml.reporting.page import KeyFigures, Page, Picture, Section, Table, Words, write_page
from crm_ml.reporting.shown import ShownColumn, ShownTable

EVIL = "<img src=x onerror=alert(1)>"


def picture(title):
    figure, (axes,) = new_figure(2, 2)
    axes.plot([1, 2], [1, 2])
    axes.set_title(title)
    return Picture(figure, title)


def render(tmp_path, *blocks):
    page = Page("en", EVIL, EVIL, (Section("one", EVIL, blocks),), EVIL, EVIL)
    return write_page(page, tmp_path / "page.html").read_text("utf-8")


def test_text_is_escaped_in_every_kind_of_block(tmp_path):
    """Markup from data never becomes markup, wherever it stands."""
    table = ShownTable((ShownColumn("a", EVIL, "text"),), ((EVIL,),), EVIL)
    blocks = [Words(EVIL, style) for style in ("plain", "lead", "heading", "note", "missing", "warning")]
    html = render(
        tmp_path, *blocks, KeyFigures(((EVIL, EVIL),)), Table(table, EVIL, cards=True), picture(EVIL)
    )
    assert "<img" not in html
    assert html.count("&lt;img") >= 16


def test_two_equal_drawings_have_ids_of_their_own(tmp_path):
    """Browsers take the first of two equal ids: the second drawing would lose its clip path."""
    html = render(tmp_path, picture("a"), picture("a"))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_drawings_scale_and_carry_no_metadata(tmp_path):
    """A drawing fits a phone, and does not tell when or with what it was made."""
    html = render(tmp_path, picture("a"))
    opening = re.search(r"<svg[^>]*>", html)[0]
    assert "viewBox" in opening
    assert not re.search(r' (?:width|height)="', opening)
    assert "<metadata>" not in html
    assert "matplotlib.org" not in html
