"""Reference figures for distance to default and failure probability, by other means than the project's own.

Merton: the asset value of every session by bracketing (scipy.optimize.brentq) instead of Newton's method, the normal distribution from
scipy.stats. Campbell-Hilscher-Szilagyi: numpy, the paper's formulas. Run it to write reference.json beside it.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.stats import norm


def equity(start, drift, size):
    i = np.arange(252)
    change = drift + size * np.sin(1.7 * i) + 0.55 * size * np.cos(0.37 * i**1.1)
    return start * np.exp(np.concatenate([[0.0], np.cumsum(change)]))


def debt(start, later):
    return np.where(np.arange(253) < 120, start, later).astype(float)


def merton(e, f, rate):
    def value(v, sigma, face):
        d1 = (np.log(v / face) + (rate + sigma**2 / 2)) / sigma
        return v * norm.cdf(d1) - np.exp(-rate) * face * norm.cdf(d1 - sigma)

    annual = lambda x: np.std(np.diff(np.log(x)), ddof=1) * np.sqrt(252)
    sigma = annual(e) * e[-1] / (e[-1] + f[-1])
    for _ in range(1000):
        v = np.array([brentq(lambda x: value(x, sigma, b) - a, a, 1.01 * (a + b), xtol=1e-12, rtol=1e-14) for a, b in zip(e, f)])
        new = annual(v)
        if abs(new - sigma) < 1e-9:
            break
        sigma = new
    mu = np.mean(np.diff(np.log(v))) * 252 + sigma**2 / 2
    dd = (np.log(v[-1] / f[-1]) + mu - sigma**2 / 2) / sigma
    se = annual(e)
    sn = e[-1] / (e[-1] + f[-1]) * se + f[-1] / (e[-1] + f[-1]) * (0.05 + 0.25 * se)
    past = e[-1] / e[0] - 1
    dn = (np.log((e[-1] + f[-1]) / f[-1]) + past - sn**2 / 2) / sn
    return {"assets": v[-1], "volatility": sigma, "distance": dd, "naive": dn}


def chs(net_income, market_assets, me, tl, cash, be, excess, daily, index, price):
    phi = 2 ** (-1 / 3)
    q = (1 - phi**3) / (1 - phi**12) * phi ** (3 * np.arange(4))
    m = (1 - phi) / (1 - phi**12) * phi ** np.arange(12)
    adjusted = be + 0.1 * (me - be)
    x = np.array([
        q @ (np.array(net_income) / np.array(market_assets)),
        tl / (me + tl),
        m @ np.array(excess),
        np.sqrt(252 / (len(daily) - 1) * np.sum(np.square(daily))),
        np.log(me / index),
        cash / (me + tl),
        me / adjusted,
        np.log(min(price, 15.0)),
    ])
    beta = np.array([-20.264, 1.416, -7.129, 1.411, -0.045, -2.132, 0.075, -0.058])
    return float(1 / (1 + np.exp(-(-9.164 + beta @ x))))


FIRMS = [
    {"equity": [1000.0, 0.0004, 0.010], "debt": [200.0, 250.0], "rate": 0.05},
    {"equity": [1000.0, -0.0010, 0.022], "debt": [900.0, 1400.0], "rate": 0.05},
    {"equity": [300.0, -0.0040, 0.045], "debt": [2500.0, 2500.0], "rate": 0.02},
    {"equity": [50.0, 0.0010, 0.030], "debt": [5.0, 1.0], "rate": 0.0},
]
CHS = [
    dict(net_income=[-12, 4, -30, 8], market_assets=[1900, 2000, 2100, 2300], me=400.0, tl=1500.0, cash=90.0, be=250.0,
         excess=[-0.05, 0.02, -0.11, 0.03, 0.0, -0.07, 0.04, -0.02, 0.01, -0.06, 0.05, -0.03],
         daily=[0.02, -0.03, 0.01, -0.04, 0.025, -0.015], index=4.0e4, price=6.5),
    dict(net_income=[55, 60, 48, 52], market_assets=[9000, 8800, 8700, 8500], me=6200.0, tl=2800.0, cash=700.0, be=2400.0,
         excess=[0.01, 0.02, -0.01, 0.0, 0.03, 0.01, -0.02, 0.02, 0.0, 0.01, 0.0, -0.01],
         daily=[0.005, -0.004, 0.011, -0.012, 0.003, 0.001, -0.007], index=4.0e7, price=88.0),
]

if __name__ == "__main__":
    firms = [{**f, **merton(equity(*f["equity"]), debt(*f["debt"]), f["rate"])} for f in FIRMS]
    tests = [{**c, "probability": chs(**c)} for c in CHS]
    made = {"made_with": f"scipy {scipy.__version__}, numpy {np.__version__}", "merton": firms, "chs": tests}
    Path(__file__).with_name("reference.json").write_text(json.dumps(made, indent=1) + "\n")
