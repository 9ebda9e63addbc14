"""The report: complete, in the asked order, self-contained, escaped, and honest about what is missing."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from crm_ml.base.formats import counted, format_money
from crm_ml.base.plotting import new_figure
from crm_ml.base.result import Result
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.prediction.columns import SINCE_LAST_LIST
from crm_ml.reporting.html import write_report
from crm_ml.reporting.summary import under_threat

from .comparisons import classification, regression
from .lists import make_risk_list

SECTIONS = ["money", "changed", "top", "outcome", "base", "proof", "technique"]
EVIL = "<script>alert('x')</script>"


class Reader(HTMLParser):
    """Collects tags, attributes and text of a page, and checks that tags close."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "path", "use", "rect", "circle"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def risk_list():
    return make_risk_list()


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request, risk_list, tmp_path_factory):
    path = tmp_path_factory.mktemp("html") / "report.html"
    quality = Result("quality", pd.DataFrame({"finding": [EVIL], "rows": [3], "share": [0.25]}), n=200)
    write_report(
        path,
        risk_list,
        comparisons=[classification(), classification("at_risk", "no_model_beats_baseline"), regression()],
        card={
            "owner": EVIL,
            "features": ["recency_days"],
            "versions": {"crm_ml": "0.1.0"},
            "quality": quality,
        },
        language=request.param,
        capacity=10,
    )
    return request.param, path.read_text("utf-8")


def test_sections_in_the_order_in_which_a_marketer_asks(page):
    """Money first, technique last."""
    assert re.findall(r'<section id="(\w+)">', page[1]) == SECTIONS


def test_it_is_well_formed_and_has_every_id_once(page):
    """Drawings beside each other must not steal each other's clip paths."""
    reader = Reader(page[1])
    assert reader.open == []
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = {
        ref.removeprefix("#")
        for ref in re.findall(r'url\((#[^)]+)\)|href="(#[^"]+)"', page[1])
        for ref in ref
        if ref
    }
    assert used <= set(ids)


def test_it_stands_on_its_own(page):
    """No script, nothing fetched: it can be mailed and opened in ten years."""
    reader = Reader(page[1])
    assert not {"script", "iframe", "object", "embed", "link", "base", "form"} & set(reader.tags)
    outside = [
        value for name, value in reader.attributes
        if name in ("src", "href", "action", "xlink:href") and not value.startswith("#")
    ]  # fmt: skip
    assert outside == []
    assert not re.search(r"@import|url\((?!#)", page[1])
    assert not any(name.startswith("on") for name, _ in reader.attributes)


def test_text_from_data_is_text(page):
    """A customer called <script> is called <script>."""
    assert EVIL not in page[1]
    assert EVIL in Reader(page[1]).text


def test_it_says_how_much_with_whom_and_why(page, risk_list):
    """The first screen answers the first question; every called customer has reasons and advice."""
    language, html = page
    words = Reader(html).text
    threatened = risk_list.table[risk_list.table["threat"] != "none"]
    loss = f"{threatened['expected_loss'].sum():,.0f}"
    assert (loss if language == "en" else loss.replace(",", ".")) in words
    assert {"en": "100 customers", "nl": "100 klanten"}[language] in words
    top = html[html.index('<section id="top">') : html.index('<section id="outcome">')]
    assert top.count("<tr>") == 1 + 20
    held = set(risk_list.table.loc[risk_list.table["contact_group"] == "holdout", "customer_id"])
    assert not held & set(re.findall(r"\b\d{5}\b", top)), "held-out customers stand in no list to call"


def test_who_may_have_gone_already_is_told_from_who_can_be_kept(page, risk_list):
    """Silent for a whole horizon is "stopped" by our own definition: calling them is winning back."""
    language, html = page
    threatened = under_threat(risk_list.table)
    silent = threatened[threatened["recency_days"] >= risk_list.meta["horizon_days"]]
    assert 0 < len(silent) < len(threatened)
    lost = format_money(float(silent["expected_loss"].sum()), "EUR", language, decimals=0)
    assert f"({counted(len(silent), 'customer', language)}, {lost})" in Reader(html).text


def test_proof_stands_beside_baselines_and_chance_and_is_put_in_words(page):
    """A number without its baseline is no result."""
    language, html = page
    words = Reader(html).text
    for name in ("lightgbm", "recency_only", "naive_rate", "base_rate", "chance"):
        assert text(f"values.model.{name}", language) in words
    sentence = {
        "nl": "Van de klanten aan wie wij 90% kans op stoppen gaven, stopte 88%",
        "en": "Of those we gave 90% of stopping, 88% stopped",
    }
    assert sentence[language] in words
    assert {"nl": "0,77 (0,76 tot 0,79)", "en": "0.77 (0.76 to 0.79)"}[language] in words
    assert html.count("<svg") >= 8


def test_missing_input_is_named(risk_list, tmp_path):
    """Nothing is invented for what was not given."""
    table = risk_list.table.assign(since_last_list="", revenue_12m=float("nan"))
    bare = dataclasses.replace(risk_list, table=table)
    words = Reader(write_report(tmp_path / "report.html", bare, language="en").read_text("utf-8")).text
    for what in (
        "missing_last_list",
        "missing_outcome",
        "missing_comparison",
        "missing_card",
        "missing_money",
    ):
        assert f"Not computed: {text(f'report.{what}', 'en')} missing." in words


def test_changes_since_the_last_list(page, risk_list):
    """Who is new or rose stands by name."""
    language, html = page
    changed = html[html.index('<section id="changed">') : html.index('<section id="top">')]
    for move in SINCE_LAST_LIST:
        assert text(f"values.since_last_list.{move}", language) in changed
    risen = risk_list.table
    risen = risen[risen["since_last_list"].isin(["new", "risen"]) & (risen["threat"] != "none")]
    assert risen["customer_id"].iloc[0] in changed


def test_results_of_analyses_are_drawn_without_naming_customers(risk_list, tmp_path):
    """A suppressed customer must not come back through an analysis of the whole base."""

    def plot(result, language):
        figure, _ = new_figure()
        return figure

    tables = {"by_customer": pd.DataFrame({"customer_id": ["suppressed-1"], "revenue": [10.0]})}
    abc = Result("abc", pd.DataFrame({"class": ["A"], "customers": [3]}), tables=tables, plotter=plot, n=3)
    html = write_report(
        tmp_path / "report.html", risk_list, base=[abc], last_outcome=abc, changes=abc
    ).read_text("utf-8")
    base = html[html.index('<section id="base">') : html.index('<section id="proof">')]
    assert "<svg" in base
    assert "suppressed-1" not in base


def test_the_same_input_gives_the_same_bytes(risk_list, tmp_path):
    """No clock, no random ids."""
    one = write_report(tmp_path / "a.html", risk_list, comparisons=[classification()]).read_bytes()
    assert one == write_report(tmp_path / "b.html", risk_list, comparisons=[classification()]).read_bytes()


@pytest.mark.parametrize(
    "verdict", ["beats_baseline", "no_model_beats_baseline", "withheld", "too_few_cases"]
)
def test_every_verdict_is_said(risk_list, tmp_path, verdict):
    """A ranking that is withheld is said to be withheld, with the reason."""
    comparison = dataclasses.replace(classification(verdict=verdict), reason="because of it")
    words = Reader(
        write_report(tmp_path / "r.html", risk_list, comparisons=[comparison]).read_text("utf-8")
    ).text
    assert text(f"report.verdict.{verdict}", "nl").split("{")[0].strip() in words
    assert ("because of it" in words) == (verdict in ("withheld", "too_few_cases"))


def test_lists_of_nobody_one_and_no_money(risk_list, tmp_path):
    """The extremes open too, and say what they are."""
    empty = dataclasses.replace(risk_list, table=risk_list.table.iloc[:0])
    assert text("report.money_nobody", "nl") in write_report(tmp_path / "0.html", empty).read_text("utf-8")
    one = dataclasses.replace(risk_list, table=risk_list.table.iloc[:1])
    assert "1 klant." in write_report(tmp_path / "1.html", one).read_text("utf-8")
    counts = {**risk_list.meta, "currency": "", "basis": "purchases"}
    html = write_report(tmp_path / "c.html", dataclasses.replace(risk_list, meta=counts)).read_text("utf-8")
    assert "aantal aankopen (geen bedragen)" in html


def test_texts_of_a_bundle_s_facts_are_cut_not_dumped(risk_list, tmp_path):
    """A card with edges of a thousand numbers stays readable."""
    card = {"edges": list(range(5000)), "nested": {"a": {"b": [1.23456789, None]}}, "empty": {}}
    words = Reader(write_report(tmp_path / "r.html", risk_list, card=card).read_text("utf-8")).text
    assert "4999" not in words
    assert "b: 1.23457," in words
