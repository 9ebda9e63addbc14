"""The analyses beside their targets: pair rules beside mlxtend, the whole report beside the features.

    python benchmarks/analysis.py rules --peer PYTHON_WITH_MLXTEND --data FOLDER
    python benchmarks/analysis.py report --rows 10000000

`rules` times pair rules on the groceries of the data folder and on generated baskets, checks that both
programs find the same rules, and compares CPU seconds from the lines to the table of rules. `report` runs
every theme that transactions alone can give on the generated orders of benchmarks/features.py, in a process
of its own, beside the feature catalogue on the same log. The results go to benchmarks/results/analysis.md.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import features

RESULTS = Path(__file__).parent / "results" / "analysis.md"
PEER = Path(__file__).parent / "analysis_mlxtend.py"
TIMES_FASTER, TIMES_FEATURES = 3, 3
# The customer base itself; the other themes steer, contact, ask, and weigh claims.
BASE = (
    "rfm", "segments", "pyramid", "abc", "accounts", "profitability", "growth", "resources", "retention",
    "value", "cross_selling",
)  # fmt: skip
# Baskets: number, items, how skewed; limits: support, confidence.
GENERATED = {"baskets": 1_000_000, "items": 2_000, "support": 0.001, "confidence": 0.05}
# At .2 mlxtend loses four rules of exactly 1 in 5 to rounding, so the limit lies where no rule is.
GROCERIES = {"support": 0.001, "confidence": 0.19}


def generated_lines(path: Path, baskets: int, items: int) -> None:
    """Write lines of baskets: few items are bought often, and neighbours of an item go along with it."""
    import numpy as np
    import pandas as pd

    generator = np.random.default_rng(0)
    sizes = generator.poisson(4, baskets) + 1
    basket = np.repeat(np.arange(baskets), sizes)
    item = np.minimum(generator.zipf(1.3, len(basket)) - 1, items * 50) % items
    along = generator.random(len(basket)) < 0.2
    item[along] = (np.roll(item, 1)[along] + 1) % items
    pd.DataFrame({"basket": basket, "item": [f"i{one:04d}" for one in item]}).drop_duplicates().to_csv(
        path, index=False
    )


def groceries_lines(path: Path, data: Path) -> None:
    import pandas as pd

    lines = pd.read_parquet(data / "groceries.parquet")[["transaction_id", "item"]]
    lines.set_axis(["basket", "item"], axis=1).drop_duplicates().to_csv(path, index=False)


def our_rules(path: Path, support: float, confidence: float) -> dict[str, object]:
    import pandas as pd

    from crm_ml.models.affinity import association_rules

    lines = pd.read_csv(path, dtype={"basket": "int64", "item": "str"})
    options = {"min_support": support, "min_confidence": confidence, "max_items": 2}
    found, cost = features.timed(lambda: association_rules(lines, **options))
    columns = found.table[["antecedent", "consequent", "count"]].itertuples(index=False, name=None)
    rules = sorted([before[0], then, count] for before, then, count in columns)
    return {"seconds": cost.cpu, "wall": cost.wall, "rules": rules, "lines": len(lines), "n": found.baskets}


def compare_rules(name: str, path: Path, limits: dict[str, float], peer: str) -> str:
    """Return a row of the table; refuse to compare two programs that find different rules."""
    support, confidence = str(limits["support"]), str(limits["confidence"])
    ours = our_rules(path, limits["support"], limits["confidence"])
    done = subprocess.run(
        [peer, PEER, path, support, confidence], check=True, stdout=subprocess.PIPE, text=True
    )
    theirs = json.loads(done.stdout.splitlines()[-1])
    if ours["rules"] != theirs["rules"]:
        raise SystemExit(
            f"{name}: {len(ours['rules'])} rules here, {len(theirs['rules'])} there, not the same"
        )
    encoding, growth, rules = theirs["seconds"]
    whole, core = sum(theirs["seconds"]) / ours["seconds"], growth / ours["seconds"]
    cells = (
        f"{name}, support {support}, confidence {confidence}", f"{ours['n']:,}", f"{len(ours['rules']):,}",
        f"{ours['seconds']:.3f}", f"{growth:.3f}", f"{encoding + growth + rules:.3f}",
        f"{core:.1f}", f"{whole:.1f}", f"at least {TIMES_FASTER}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def rules_section(peer: str, data: Path) -> str:
    version = subprocess.run(
        [peer, "-c", "import mlxtend; print(mlxtend.__version__)"],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.strip()  # fmt: skip
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.csv"
        groceries_lines(path, data)
        rows.append(compare_rules("groceries", path, GROCERIES, peer))
        print(rows[-1], flush=True)
        generated_lines(path, int(GENERATED["baskets"]), int(GENERATED["items"]))
        rows.append(compare_rules("generated", path, GENERATED, peer))
        print(rows[-1], flush=True)
    head = (
        f"## Pair rules beside mlxtend {version}\n\n{machine()}\n\n"
        "CPU seconds. Ours: from the lines (basket, item) to the table of rules. mlxtend: fpgrowth alone "
        "(max_len=2, on the sparse table that it takes), and with the encoding and its association_rules. "
        "Both find the same rules with the same counts.\n\n"
        "| lines | baskets | rules | crm_ml | fpgrowth | mlxtend in all | fpgrowth ÷ crm_ml "
        "| in all ÷ crm_ml | target |\n|---|---|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *rows]) + "\n"


def report(path: Path) -> dict[str, object]:
    """Time the features, and every theme on transactions alone, each CPU seconds on a log in memory."""
    from crm_ml.analysis.company import Company
    from crm_ml.analysis.themes import THEMES, analyse_themes
    from crm_ml.features.build import build_features

    tx, reading = features.timed(lambda: features.read(path, features.WIDE))
    _, catalogue = features.timed(lambda: build_features(tx, features.CUTOFF, output="arrow"))
    themes, company = {}, Company(tx)
    for name in (*BASE, *(one for one in THEMES if one not in BASE)):
        # The first theme also pays for the tables that all share.
        found, cost = features.timed(lambda name=name: list(analyse_themes(company, [name])))
        computed = sum(bool(len(result.table)) for _, results in found for result in results)
        themes[name] = (cost.cpu, cost.wall, computed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "reading": reading.cpu,
        "features": (catalogue.cpu, catalogue.wall),
        "themes": themes,
        "peak": peak,
    }


def report_section(rows: int, lines: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        features.generate(path, rows, lines)
        done = subprocess.run(
            [sys.executable, __file__, "one", "--path", str(path)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    seen = json.loads(done.stdout.splitlines()[-1])
    table = ["| what | analyses computed | CPU s | wall s |", "|---|---|---|---|"]
    table.append(f"| feature catalogue | | {seen['features'][0]:.2f} | {seen['features'][1]:.2f} |")
    for name, (cpu, wall, computed) in seen["themes"].items():
        table.append(f"| theme {name} | {computed} | {cpu:.2f} | {wall:.2f} |")
    ratios = []
    for title, names in (("themes of the customer base", BASE), ("all themes", tuple(seen["themes"]))):
        cpu, wall, computed = (sum(seen["themes"][name][part] for name in names) for part in (0, 1, 2))
        table.append(f"| {title} | {computed} | {cpu:.2f} | {wall:.2f} |")
        times = cpu / seen["features"][0], wall / seen["features"][1]
        ratios.append(f"{title} ÷ feature catalogue: {times[0]:.2f} in CPU, {times[1]:.2f} on the clock")
    ratio = (
        f"{'; '.join(ratios)}; target: at most {TIMES_FEATURES}. Peak of the process: {seen['peak']:.2f} GB."
    )
    head = f"## The report of transactions alone, {rows:,} rows\n\n{machine()}\n"
    return "\n".join([head, *table, "", ratio]) + "\n"


def machine() -> str:
    packages = ("duckdb", "narwhals", "pandas", "numpy", "scipy")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    load = f"{os.cpu_count()} cores under a load of {os.getloadavg()[1]:.0f}"
    return f"{load}, Python {platform.python_version()}, {versions}."


def save(text: str) -> None:
    """Replace the section of the same title, keep the others."""
    title = text.splitlines()[0]
    start = "# Analyses beside their targets\n\nMade by `benchmarks/analysis.py`.\n"
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else start
    head, *sections = re.split(r"(?m)^(?=## )", old)
    kept = [one for one in sections if not one.startswith(re.sub(r" [\d.]+$", "", title))]
    RESULTS.write_text("\n".join(part.strip() + "\n" for part in [head, *kept, text]), encoding="utf-8")
    print(text)


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("what", choices=("rules", "report", "one"))
    arguments.add_argument("--peer", default=sys.executable, help="a Python with mlxtend")
    arguments.add_argument("--data", type=Path, default=Path(os.environ.get("CRM_ML_DATA", ".")))
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--lines", type=float, default=3.5, help="lines an order")
    arguments.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.what == "one":
        print(json.dumps(report(given.path)))
    else:
        rules = given.what == "rules"
        save(rules_section(given.peer, given.data) if rules else report_section(given.rows, given.lines))


if __name__ == "__main__":
    main()
