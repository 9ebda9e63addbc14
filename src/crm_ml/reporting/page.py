"""A self-contained page of sections and blocks: escaped everywhere, no script, nothing fetched.

The reports say *what* stands on a page as a list of sections; this module and the template say how it looks,
on a screen, on a phone and on paper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from crm_ml.base.files import write_text
from crm_ml.base.plotting import to_svg
from crm_ml.reporting.shown import ShownTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Block",
    "Index",
    "KeyFigures",
    "Page",
    "Picture",
    "Section",
    "Table",
    "Words",
    "page_text",
    "write_page",
]


@dataclass(frozen=True)
class Words:
    """Text: a paragraph, or with another `style` the lead, a subheading, a note or what is missing."""

    words: str
    style: str = "plain"
    block: ClassVar[str] = "words"


@dataclass(frozen=True)
class KeyFigures:
    """A few large numbers, each with what it counts."""

    figures: tuple[tuple[str, str], ...]
    block: ClassVar[str] = "key_figures"


@dataclass(frozen=True)
class Table:
    """A table; `cards` makes a card of every row on a phone."""

    table: ShownTable
    caption: str = ""
    cards: bool = False
    block: ClassVar[str] = "table"


@dataclass(frozen=True)
class Picture:
    """A figure with the sentence that a reader who cannot see it gets."""

    figure: Figure
    alt: str
    block: ClassVar[str] = "picture"


Block: TypeAlias = Words | KeyFigures | Table | Picture


@dataclass(frozen=True)
class Section:
    """A heading with its blocks; sections that share a `group` stand under a heading of that group."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    group: str = ""


@dataclass(frozen=True)
class Index:
    """A table of contents: under a title, entries that each lead to some sections."""

    title: str
    entries: tuple[tuple[str, tuple[Section, ...]], ...]


@dataclass(frozen=True)
class Page:
    """Everything on a page.

    The layout ``sheet`` has one section without heading or contents and fits on one paper; ``card`` puts its
    sections in two columns, so that all of them stand on one paper. Notices stand at the top: what a reader
    must know before anything else.
    """

    language: str
    title: str
    subtitle: str
    sections: Sequence[Section]
    contents: str
    footer: str
    indexes: tuple[Index, ...] = ()
    notices: tuple[str, ...] = ()
    layout: str = ""


def write_page(page: Page, path: str | PathLike[str]) -> Path:
    """Render a page as one HTML file, atomically and the same bytes every time."""
    return write_text(path, page_text(page))


def page_text(page: Page) -> str:
    """Return a page as HTML."""
    made: str = _template().render(page=page, style=_resource("style.css"), svg=_Drawings())
    return made


class _Drawings:
    """Turn figures into SVG that can stand together on a page: every drawing gets ids of its own."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, picture: Picture) -> Any:
        from markupsafe import Markup

        self.count += 1
        prefix = f"f{self.count}-"
        svg = to_svg(picture.figure)
        svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
        svg = re.sub(r'\bid="', f'id="{prefix}', svg)
        svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", svg)
        size = re.search(r'viewBox="0 0 ([\d.]+)', svg)
        width = f"{float(size[1]) / 72:.1f}in" if size else "auto"
        opening, rest = svg.split(">", 1)
        svg = re.sub(r' (?:width|height)="[^"]*"', "", opening) + ">" + rest
        # Names from data reach a drawing only through matplotlib, which escapes them.
        return Markup(svg.replace("<svg", f'<svg role="img" style="width:{width}"', 1))  # noqa: S704


@cache
def _template() -> Any:
    import jinja2

    loader = jinja2.FunctionLoader(_resource)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html")


def _resource(name: str) -> str:
    return resources.files("crm_ml.reporting").joinpath("templates", name).read_text("utf-8")
