"""Schedulers act on exit codes, so the page that documents them cannot lag behind."""

from pathlib import Path

from crm_ml.cli.exit_codes import ExitCode, as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exit_codes.md"


def test_the_page_holds_the_table_of_the_code():
    """The documented table is the code's own."""
    assert as_markdown() in PAGE.read_text(encoding="utf-8")


def test_conventional_numbers():
    """0 is success, 2 is a usage error (as typer itself says it), 130 is Ctrl-C."""
    assert (ExitCode.DONE, ExitCode.WRONG_INPUT, ExitCode.INTERRUPTED) == (0, 2, 130)


def test_a_fault_in_one_table_ends_with_a_code_of_its_own(tmp_path):
    """A scheduler must see that part is missing, and a person the name of the table."""
    from typer.testing import CliRunner

    from crm_ml.cli.main import app

    (tmp_path / "complaints.csv").write_text("customer_id,day\n00004,1998-03-01\n")
    config = tmp_path / "analyse.yaml"
    config.write_text(
        f"data: {{dataset: cdnow_sample}}\nthemes: [abc]\nout: {tmp_path / 'out'}\n"
        f"tables: {{complaints: {tmp_path / 'complaints.csv'}}}\ntracking: {{enabled: false}}\n"
    )
    found = CliRunner().invoke(app, ["analyse", str(config), "--quiet"])
    assert found.exit_code == ExitCode.INCOMPLETE
    assert "the complaints table is not used" in found.stderr
    assert (tmp_path / "out" / "analysis.html").exists()
