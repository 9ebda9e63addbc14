"""Pair rules by mlxtend's fpgrowth, run by a Python that has it.

`python benchmarks/analysis_mlxtend.py LINES.csv SUPPORT CONFIDENCE` prints a line of JSON: version, CPU
seconds of encoding, of fpgrowth and of the rules, and the rules as [if, then, orders]. The table has the
columns basket and item. `benchmarks/analysis.py --peer PYTHON` calls it.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import mlxtend  # noqa: E402
import pandas as pd  # noqa: E402
from mlxtend.frequent_patterns import association_rules, fpgrowth  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402


def main() -> None:
    lines = pd.read_csv(sys.argv[1], dtype={"basket": "int64", "item": "str"})
    support, confidence = float(sys.argv[2]), float(sys.argv[3])
    marks = [time.process_time()]
    # The fastest encoding that mlxtend takes: a sparse table of booleans.
    basket, baskets = pd.factorize(lines["basket"])
    item, items = pd.factorize(lines["item"], sort=True)
    matrix = csr_matrix(([True] * len(lines), (basket, item)), shape=(len(baskets), len(items)), dtype=bool)
    table = pd.DataFrame.sparse.from_spmatrix(matrix, columns=items)
    marks.append(time.process_time())
    sets = fpgrowth(table, min_support=support, use_colnames=True, max_len=2)
    marks.append(time.process_time())
    rules = association_rules(sets, metric="confidence", min_threshold=confidence)
    marks.append(time.process_time())
    found = [
        [next(iter(before)), next(iter(then)), round(share * len(baskets))]
        for before, then, share in zip(
            rules["antecedents"], rules["consequents"], rules["support"], strict=True
        )
    ]
    seconds = [after - before for before, after in itertools.pairwise(marks)]
    print(json.dumps({"version": mlxtend.__version__, "seconds": seconds, "rules": sorted(found)}))


if __name__ == "__main__":
    main()
