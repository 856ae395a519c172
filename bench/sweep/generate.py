"""Made-up daily data: 98 years, one price that wanders with changing volatility, a bill rate of zero.

Every day but Sundays has a row: the reader refuses those without a session, and the peer is given only the days that were taken.
"""
import csv
import datetime
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
day, last, days = datetime.date(1926, 7, 1), datetime.date(2024, 6, 28), []
while day <= last:
    if day.weekday() < 6:
        days.append(day.isoformat())
    day += datetime.timedelta(days=1)
rng = np.random.default_rng(1876)
n = len(days)
volatility = 0.006 + 0.012 * np.abs(np.sin(np.arange(n) / 700.0))
price = 100.0 * np.exp(np.cumsum(rng.standard_normal(n) * volatility + 0.0003))
for name, values in [("WANDER", price), ("^IRX", np.zeros(n))]:
    with open(folder / f"{name}.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["date", "adj_close"])
        out.writerows((d, repr(float(v))) for d, v in zip(days, values))
