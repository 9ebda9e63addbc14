"""The report, scorecard and card of the simulated company: files, contents, phone, desktop and paper."""

from __future__ import annotations

import html
import re
import subprocess

import openpyxl
import pandas as pd
import pytest

from crm_ml.base.exceptions import ConfigError, InputError
from crm_ml.jobs.analyse import run_analyse
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.customer_card import run_card

THEMES = ("scorecard", "pyramid", "resources", "contacts", "service", "complaints", "retention", "market")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """The same analysis in both languages."""
    folder = tmp_path_factory.mktemp("company")
    config = load_config("configs/company.yaml", AnalyseConfig)
    made = {}
    for language in ("nl", "en"):
        update = {
            "language": language,
            "out": str(folder / language),
            "themes": THEMES,
            "tracking": config.tracking.model_copy(update={"enabled": False}),
        }
        chosen = config.model_copy(update=update)
        made[language] = run_analyse(chosen, quiet=True).folder
        run_card(chosen, "C0000076")
    return made


def opened(chromium, page, width, profile, *more):
    """Open a page in a browser and return the document as it stands there."""
    options = [f"--user-data-dir={profile}", f"--window-size={width},1200", *more]
    run = subprocess.run(
        [chromium, *FLAGS, *options, page.resolve().as_uri()], capture_output=True, text=True, check=True
    )
    return run.stdout


def test_one_command_computes_everything(reports):
    """Every analysis of the chosen themes stands in the folder, by the nine steps."""
    contents = pd.read_parquet(reports["nl"] / "contents.parquet")
    steps = [step for step in dict.fromkeys(contents["step"]) if step[0].isdigit()]
    assert steps == sorted(steps)
    assert contents["step"].iloc[0] == "Stuurinformatie"
    assert (contents["files"] != "").all()
    for name in ("basis", "count", "period"):
        assert (contents[name] != "").all(), name
    files = {file for row in contents["files"] for file in row.split(", ")}
    assert files == {path.name for path in (reports["nl"] / "tables").iterdir()}


def test_the_page_leads_to_every_theme_by_step_and_by_question(reports):
    """Two tables of contents; every link has a target; every result says basis, n and period."""
    page = (reports["nl"] / "analysis.html").read_text("utf-8")
    assert "Inhoud naar de negen stappen" in page
    assert "Verdienen we aan ze?" in page
    assert set(re.findall(r'href="#(theme-\d+)"', page)) == set(
        re.findall(r'<section id="(theme-\d+)"', page)
    )
    notes = re.findall(r'<p class="note">(Bedragen zijn.*?)</p>', page)
    assert len(notes) == len(pd.read_parquet(reports["nl"] / "contents.parquet"))
    assert all("Aantal (n)" in note and "Periode" in note for note in notes)


def test_the_workbook_has_the_same_contents(reports):
    """Steps head their analyses, and below each table stands what its numbers are."""
    book = openpyxl.load_workbook(reports["en"] / "analysis.xlsx", read_only=True)
    first = [row[0].value for row in book["Contents"].iter_rows(min_row=2, max_col=1)]
    assert first[0] == "Steering information"
    assert [one for one in first if re.match(r"\d\. ", str(one))] == sorted(
        one for one in first if re.match(r"\d\. ", str(one))
    )
    last = [row[0] for row in book[book.sheetnames[1]].iter_rows(max_col=1, values_only=True)][-1]
    assert re.match(
        r"Amounts are: revenue · Number \(n\): .* · Period: 2 January 2024 to 31 December 2024", last
    )


def test_the_card_tells_what_is_known(reports):
    """History, classes, money, interval, contacts and complaint; no judgement beside the name."""
    page = (reports["nl"] / "card_C0000076.html").read_text("utf-8")
    for said in (
        "Klantprofiel C0000076",
        "Laatste aankoop",
        "Klantwaarde (CLV)",
        "Klantenpiramide",
        "Contacten",
        "Klachten",
        "Per aspect",
        "Per aspect",
    ):
        assert said in page, said
    for sharp in ("terror", "chicaneur", "criticaster", "energievreter", "concurrent"):
        assert sharp not in page.lower(), sharp


def test_unknown_customers_and_double_scores_are_refused(tmp_path):
    """A wrong number names the nearest one; scores from two places are one too many."""
    config = load_config("configs/company.yaml", AnalyseConfig, {"out": str(tmp_path)})
    with pytest.raises(InputError, match=r"unknown customer.*did you mean 'C0000"):
        run_card(config, "C000001")
    twice = config.model_copy(update={"bundle": "somewhere", "tables": {"scores": "scores.csv"}})
    with pytest.raises(ConfigError, match="scores come from a table and from a bundle"):
        run_card(twice, "C0000001")


def test_a_number_is_never_a_path(tmp_path):
    """The file of a card stays in its folder, and a suppressed customer is told at the top."""
    (tmp_path / "out.csv").write_text("customer_id\nC0000076\n")
    config = load_config(
        "configs/company.yaml",
        AnalyseConfig,
        {"out": str(tmp_path / "cards"), "data.suppression.path": str(tmp_path / "out.csv")},
    )
    page = run_card(config, "C0000076")
    assert page.parent == tmp_path / "cards"
    assert "niet benaderen" in page.read_text("utf-8")
    with pytest.raises(InputError, match="unknown customer"):
        run_card(config, "../../C0000076")


@pytest.mark.chromium
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_phone_and_desktop(reports, chromium, tmp_path, language, width):
    """Nothing is wider than the window: wide tables scroll by themselves, the page does not."""
    text = (reports[language] / "analysis.html").read_text("utf-8")
    # A browser without a display has no window below 500 points: the phone is a frame in it.
    measure = "f.contentDocument.documentElement.scrollWidth+'/'+f.contentWindow.innerWidth"
    page = tmp_path / "measured.html"
    page.write_text(
        f'<!doctype html><title></title><iframe id="f" width="{width}" height="900" '
        f'srcdoc="{html.escape(text, quote=True)}" onload="document.title={measure}"></iframe>',
        "utf-8",
    )
    shown = opened(chromium, page, 1400, tmp_path / "profile", "--dump-dom")
    content, window = map(int, re.search(r"<title>(\d+)/(\d+)</title>", shown).groups())
    assert window <= width
    assert content <= window


@pytest.mark.chromium
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", ["scorecard", "card_C0000076"])
def test_scorecard_and_card_fit_on_one_paper(reports, chromium, tmp_path, language, name):
    """The page of the month and the card of a customer are one sheet of A4."""
    pdf = tmp_path / "paper.pdf"
    more = ("--no-pdf-header-footer", f"--print-to-pdf={pdf}")
    opened(chromium, reports[language] / f"{name}.html", 1000, tmp_path / "profile", *more)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
