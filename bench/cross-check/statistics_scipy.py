"""Writes what SciPy and statsmodels compute for the tests of src/stats: test/stats/scipy.json.

    python3 bench/cross-check/statistics_scipy.py

Needs numpy, scipy and statsmodels.
"""

import json
import math
import pathlib

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

random = np.random.default_rng(1)


def sample(count, middle, deviation, digits=2):
    """Accuracies in percent, with as many digits as 10,000 test images give: some are equal."""
    return [round(float(value), digits) for value in random.normal(middle, deviation, count)]


def distributions():
    ts = [(0.3, 1), (2.776, 4), (-1.5, 7.3), (12.0, 2), (60.0, 9), (1e-4, 30), (3.5, 1000)]
    nct = [(2, 9, 1.5), (-1, 9, 1.5), (35, 500, 30), (2.1, 18, -0.7), (1.7, 59, 2.8), (0.0, 5, 1.0), (4, 1, 3)]
    return {
        "normal": [[z, stats.norm.cdf(z)] for z in (-10, -3.1, -1.96, -0.2, 0, 0.7, 2.5, 7)],
        "studentTwoSided": [[t, df, 2 * stats.t.sf(abs(t), df)] for t, df in ts],
        "studentCritical": [[p, df, stats.t.isf(p / 2, df)] for p in (0.5, 0.05, 0.001, 1e-9) for df in (1, 4, 9.5, 59)],
        "noncentralT": [[t, df, shift, stats.nct.cdf(t, df, shift)] for t, df, shift in nct],
        "fUpper": [[f, a, b, stats.f.sf(f, a, b)] for f, a, b in ((0.5, 3, 9), (4.2, 4, 36), (30, 2, 7), (0, 2, 5))],
        "chiSquareUpper": [[x, df, stats.chi2.sf(x, df)] for x, df in ((0, 3), (0.5, 1), (9.49, 4), (70, 10), (3, 2))],
        "rangeProbability": [[q, k, stats.studentized_range.cdf(q, k, 1e7)] for q, k in ((1, 2), (3.3, 3), (4, 10))],
        "logGamma": [[x, math.lgamma(x)] for x in (0.5, 1, 2, 3.5, 10, 171.5, 10001)],
        "incompleteBeta": [
            [x, a, b, stats.beta.cdf(x, a, b)] for x, a, b in ((0.3, 2, 5), (0.99, 0.5, 0.5), (0.001, 30, 0.5), (0.6, 200, 150))
        ],
    }


def t_test(result, estimate, interval):
    return {"estimate": float(estimate), "t": float(result.statistic), "p": float(result.pvalue), "degrees": float(result.df),
            "interval": [float(interval.low), float(interval.high)]}


def hodges_lehmann(each, confidence=0.95):
    """As R's wilcox.test(each, conf.int = TRUE) without ties: Walsh averages, cut by qsignrank((1 - confidence) / 2, n)."""
    n = len(each)
    means = sorted((each[i] + each[j]) / 2 for i in range(n) for j in range(i, n))
    chances = np.zeros(n * (n + 1) // 2 + 1)
    chances[0] = 1
    for rank in range(1, n + 1):
        shifted = np.zeros_like(chances)
        shifted[rank:] = chances[:-rank]
        chances = (chances + shifted) / 2
    quantile = int(np.searchsorted(np.cumsum(chances), (1 - confidence) / 2))
    ends = [means[quantile - 1], means[len(means) - quantile]] if quantile > 0 else None
    return {"estimate": float(np.median(means)), "interval": ends}


def improvement(a, b, confidence=0.95):
    m, n = len(a), len(b)
    found = float(stats.mannwhitneyu(a, b).statistic) / (m * n)
    z = stats.norm.ppf((1 + confidence) / 2)
    others = (m + n) / 2 - 1

    def reach(part):
        return z * math.sqrt(part * (1 - part) * (1 + others * ((1 - part) / (2 - part) + part / (1 + part))) / (m * n))

    low = 0 if found == 0 else optimize.brentq(lambda part: part + reach(part) - found, 0, found, xtol=1e-14)
    high = 1 if found == 1 else optimize.brentq(lambda part: part - reach(part) - found, found, 1, xtol=1e-14)
    return {"estimate": found, "interval": [low, high]}


def pair(a, b):
    each = np.subtract(a, b)
    each = np.round(each, 10)
    paired = stats.ttest_1samp(each, 0)
    welch = stats.ttest_ind(a, b, equal_var=False)
    everything = stats.PermutationMethod(n_resamples=np.inf)
    flips = stats.permutation_test((each,), np.mean, permutation_type="samples", n_resamples=np.inf)
    left = each[each != 0]
    exact_sum = math.comb(len(a) + len(b), len(a)) <= 200_000
    return {
        "a": a,
        "b": b,
        "pairedT": t_test(paired, each.mean(), paired.confidence_interval()),
        "welch": t_test(welch, np.mean(a) - np.mean(b), welch.confidence_interval()),
        "signedRank": {
            "statistic": float(np.sum(stats.rankdata(np.abs(left))[left > 0])),
            "p": float(stats.wilcoxon(left, method=everything).pvalue),
        },
        "signFlip": float(flips.pvalue),
        "rankSum": {
            "statistic": float(stats.mannwhitneyu(a, b).statistic),
            "p": float(stats.mannwhitneyu(a, b, method=everything).pvalue) if exact_sum else None,
        },
        "hodgesLehmann": hodges_lehmann(list(each)),
        "cohenDz": float(each.mean() / each.std(ddof=1)),
        "improvement": improvement(a, b),
    }


def approximations():
    """Beyond the exact range: normal approximations with ties."""
    a, b = sample(230, 99.1, 0.1), sample(230, 99.12, 0.1)
    each = np.round(np.subtract(a, b), 10)
    return {
        "a": a,
        "b": b,
        "signedRank": float(stats.wilcoxon(each[each != 0], method="approx", correction=False).pvalue),
        "rankSum": float(stats.mannwhitneyu(a, b, method="asymptotic").pvalue),
    }


def bca():
    values = sample(12, 99.0, 0.2)
    chosen = [np.random.default_rng(seed).choice(values, 12) for seed in range(199)]
    results = np.array([each.mean() for each in chosen])

    class Given:
        bootstrap_distribution = results

    found = stats.bootstrap((values,), np.mean, n_resamples=0, bootstrap_result=Given(), method="BCa")
    many = stats.bootstrap((values,), np.mean, n_resamples=200_000, method="BCa", rng=1).confidence_interval
    return {
        "values": values,
        "results": [float(each) for each in results],
        "interval": [float(found.confidence_interval.low), float(found.confidence_interval.high)],
        "many": [float(many.low), float(many.high)],
    }


def power():
    paired, unpaired = TTestPower(), TTestIndPower()
    sizes = [0.1, 0.3, 0.5, 1.0, 2.0, 4.0]
    return {
        "power": [[d, n, paired.power(d, n, 0.05), unpaired.power(d, n, 0.05)] for d in sizes for n in (2, 5, 10, 60)],
        "seeds": [
            [d, math.ceil(paired.solve_power(d, None, 0.05, 0.8)), math.ceil(unpaired.solve_power(d, None, 0.05, 0.8))]
            for d in (0.05, 0.1, 0.3, 0.5, 1.0)
        ],
        "detectable": [
            [n, float(paired.solve_power(None, n, 0.05, 0.8)), float(unpaired.solve_power(None, n, 0.05, 0.8))]
            for n in (3, 5, 10, 60)
        ],
    }


def noise():
    """Variance components of a small table, from the mean squares of a two-way analysis of variance."""
    skill, ease = random.normal(0, 0.4, 6), random.normal(1, 1, 40)
    table = (skill[:, None] + ease[None, :] + random.normal(0, 0.7, (6, 40)) > 0).astype(int)
    s, n = table.shape
    rows, columns, middle = table.mean(1), table.mean(0), table.mean()
    rest = ((table - rows[:, None] - columns[None, :] + middle) ** 2).sum() / ((s - 1) * (n - 1))
    seeds = max(0, (n * rows.var(ddof=1) - rest) / n)
    images = max(0, (s * columns.var(ddof=1) - rest) / s)
    return {
        "table": table.tolist(),
        "mean": middle,
        "betweenRuns": rows.std(ddof=1),
        "expected": math.sqrt((columns * (1 - columns)).sum() * s / (s - 1)) / n,
        "seeds": math.sqrt(seeds),
        "images": math.sqrt(images),
        "rest": math.sqrt(rest),
        "total": math.sqrt(seeds / s + images / n + rest / (s * n)),
    }


def friedman():
    table = [sample(9, middle, 0.1) for middle in (99.0, 99.05, 99.2, 98.6)]
    table[1][2] = table[0][2]
    result = stats.friedmanchisquare(*table)
    k, n = len(table), len(table[0])
    f = (n - 1) * result.statistic / (n * (k - 1) - result.statistic)
    return {
        "table": table,
        "ranks": stats.rankdata(-np.array(table), axis=0).mean(1).tolist(),
        "statistic": float(result.statistic),
        "p": float(result.pvalue),
        "f": float(f),
        "fP": float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
    }


def correlation():
    x, y = sample(15, 0, 1), sample(15, 0, 1)
    y = [round(0.6 * u + v, 2) for u, v in zip(x, y)]
    x[3] = x[4]
    p, s = stats.pearsonr(x, y), stats.spearmanr(x, y)
    interval = p.confidence_interval()
    return {
        "x": x,
        "y": y,
        "pearson": [float(p.statistic), float(p.pvalue), float(interval.low), float(interval.high)],
        "spearman": [float(s.statistic), float(s.pvalue)],
    }


p_values = [0.01, 0.04, 0.03, 0.005, 0.6, 0.04]
figures = {
    "distributions": distributions(),
    "pairs": [
        pair(sample(5, 99.1, 0.1), sample(5, 99.0, 0.1)),
        pair(sample(10, 99.1, 0.05), sample(10, 99.0, 0.05)),
        pair([99.1, 99.2, 99.3, 99.1, 99.0, 99.2, 99.4], [99.0, 99.1, 99.3, 99.2, 98.9, 99.1, 11.35]),
        pair(sample(12, 99.4, 0.05, 1), sample(12, 99.0, 0.05, 1)),
        pair(sample(14, 98, 1, 4), sample(14, 98.4, 0.3, 4)),
    ],
    "approximations": approximations(),
    "bca": bca(),
    "power": power(),
    "holm": [p_values, multipletests(p_values, method="holm")[1].tolist()],
    "fisher": [[a, m, b, n, float(stats.fisher_exact([[a, m - a], [b, n - b]]).pvalue)]
               for a, m, b, n in ((1, 10, 8, 10), (0, 5, 5, 5), (3, 20, 1, 40), (2, 9, 2, 9), (0, 9, 0, 4), (12, 300, 30, 280))],
    "mcnemar": [[b, c, float(mcnemar([[0, b], [c, 0]], exact=True).pvalue)]
                for b, c in ((0, 0), (3, 9), (12, 12), (31, 55), (400, 460))],
    "trimmed": [[values, float(stats.trim_mean(values, 0.25))] for values in (sample(n, 99, 1) for n in (1, 4, 5, 7, 10))],
    "noise": noise(),
    "friedman": friedman(),
    "nemenyi": [[k, float(stats.studentized_range.isf(0.05, k, np.inf)) / math.sqrt(2)] for k in (2, 3, 5, 10)],
    "correlation": correlation(),
    # Two looks, at 5 and at 10 values: the first spends 0.05 · (5/10)².
    "firstLook": float(stats.t.isf(0.05 * (5 / 10) ** 2 / 2, 4)),
}

target = pathlib.Path(__file__).parents[2] / "test" / "stats" / "scipy.json"
target.write_text(json.dumps(figures) + "\n")
