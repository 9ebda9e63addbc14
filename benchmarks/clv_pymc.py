"""BG/NBD by pymc-marketing: MAP with flat priors, run by a Python that has it.

`python benchmarks/clv_pymc.py SUMMARY.csv` prints a line of JSON: version, seconds, parameters. The summary
has the columns frequency, recency and T. `benchmarks/clv.py --summary-csv FILE` writes one.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import pandas as pd  # noqa: E402
import pymc_marketing  # noqa: E402
from pymc_extras.prior import Prior  # noqa: E402
from pymc_marketing import clv  # noqa: E402


def main() -> None:
    data = pd.read_csv(sys.argv[1]).reset_index(names="customer_id")
    flat = Prior("HalfFlat")
    priors = dict.fromkeys(("r", "alpha", "a", "b"), flat)
    seconds = []
    for _ in range(2):  # the first fit compiles
        start = time.process_time()
        model = clv.BetaGeoModel(data=data, model_config=priors)
        found = model.fit(method="map", progressbar=False)
        seconds.append(time.process_time() - start)
    posterior = found.posterior if hasattr(found, "posterior") else model.idata.posterior
    params = {name: float(posterior[name].mean()) for name in priors}
    print(json.dumps({"version": pymc_marketing.__version__, "seconds": seconds, "params": params}))


if __name__ == "__main__":
    main()
