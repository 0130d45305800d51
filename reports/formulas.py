"""How statistics.csv is computed, in words: enough to compute it again without this software."""

from __future__ import annotations

from typing import Final

_GENERAL: Final = (
    "Everything is computed at full precision from the unbiased tables (y and its covariances, as in estimates.words)"
    " and rounded to four decimals where it is written. Cells that an axis lists as outside are left out; cells are "
    "numbered from 0. z = 1.959963984540054, z1 = 1.644853626951472. Weighted sums of two different tables with the "
    "same 'by', each over one and the same cohort, have the covariance of estimates.words, added up over only those "
    "residuals that both tables are made of; an axis that only one of the tables has, with weights a, gives the "
    "factor mean(a). So do sums over a cohort and over everyone: the axes of 'by', with a 1 for the cohort, "
    "are then axes that only one of the tables has. 'Variance' and 'covariance' below are of noise, within one "
    "cohort, and the same in each. "
)
_SHOWING: Final = (
    "SHOWING. A quantile or a mean is shown if A reaches c = max(min_cohort + u sqrt(V), W / usable_margin), W being "
    "z sqrt(the largest N) of a quantile and z sqrt(N((a + b) / 2)) / (b - a) of a mean, whatever its value. Of "
    "cohorts about as large as c those are shown whose noise is high. Let d = (A - c) / sqrt(V), v the number between"
    " 0 and 8 with 1 - Phi(v) = (1 - Phi(v - d)) / 2, Phi being the standard normal distribution function (v = 0 if d"
    " >= 8), found by halving 40 times (the upper end is taken), and E = v sqrt(V), but not above A / 2: what noise "
    "is likely to have added to A. The ends of every interval are computed twice, as below, and with A less E for A "
    "(B = max(A - E, 1)), and y_k less E / K for every y_k or X less E times its covariance with A by V for X; low is"
    " the lower, high the higher of the two. "
)
_QUANTILES: Final = (
    "QUANTILES (p10 to p90, of an amount; q is the part, 0.1 to 0.9). y_0 to y_(K-1) are the bracket counts of a "
    "cohort, in the codebook's order, A their sum, V its variance, S_j the sum of the first j. s^2 is the variance of"
    " one bracket, c the covariance of two. A place k + t is the part t (0 to 1) of bracket k. If the place had the "
    "part q below it, T = S_k + t y_k - q A would be around 0; its noise variance is N = (s^2 - c) (k (1 - q)^2 + (t "
    "- q)^2 + (K - k - 1) q^2) + c (k + t - q K)^2 and its sampling variance, if respondents were a random sample, A "
    "(q (1 - q) - f t (1 - t)), f being y_k / A but not below 0 and neither above q / t nor above (1 - q) / (1 - t). "
    "Let G = T + z sqrt(N + sampling variance). The lower place lies in the first bracket whose upper end (t = 1) has"
    " G >= 0 (the last bracket if none of the others has): it is where G = 0, found by halving 40 times the part of "
    "the bracket where G changes sign (the end with G >= 0 is taken), or t = 0 if G >= 0 there already. The upper "
    "place is K less the lower place of the same counts in reverse with 1 - q for q. The quantile's place: let R_j be"
    " half the sum of the largest of S_0 to S_j and the smallest of S_j to S_K; it lies in the last bracket k with "
    "R_k < q A, at t = (q A - R_k) / (R_(k+1) - R_k), but not outside the lower and the upper place. All three are "
    "rounded to nine decimals. Column answer is the bracket of the place. A place becomes an amount by interpolation:"
    " low (high / low)^t if the codebook calls the question's interpolation geometric and low > 0, low + t (high - "
    "low) if not. How amounts lie within their bracket was never asked: the interpolation is an assumption, and the "
    "interval is one for the interpolated amount. A bracket that is open has no amounts: value is empty, low is the "
    "edge of the open bracket above and empty in the one below all edges, high is the edge of the one below and empty"
    " in the one above. An empty low or high means that there is no limit. Uncertain if z sqrt(the largest N over k ="
    " 0 to K at t = 0, with k (1 - q)^2 + (K - k) q^2 and c (k - q K)^2) / A exceeds usable_margin: the same whatever"
    " the quantile, so that figures are not chosen by their value. "
)
_MEANS: Final = (
    "MEANS are ratios X / A. mean (of a scale or a score): X is the sum of the answer counts, each times its point, "
    "or the middle of its bin, A the sum of the answer counts; a and b are the first and last of these points. top_m "
    "and mean_score (of a ranking, one option): A is the sum of the answer counts of the first rank, X the option's "
    "counts added over ranks 1 to m, or over all ranks r, each times top - r + 1; a = 0, b = 1 or top. mean_score is "
    "the mean number of points, where the first of top ranks gives top points, the last 1, and not being ranked 0. "
    "progress (of an okr, one objective and one progress): X is their count in objective|progress, A that of the "
    "objective in objective; a = 0, b = 1; who has an objective in several rows may count in several kinds of "
    "progress. Let N(m) = max(variance of X - 2 m covariance of X and A + m^2 variance of A, 0), V the variance of A,"
    " B = max(A, 1). value = X / B, cut to lie between a and b. Sampling variance of X if the mean is m: max(A, 0) D "
    "(m - a) (b - m), D being the variance of an answer as a part of the largest it can be: with counts g (y, or 0 "
    "where negative; of a ranking's option also A less these, for not being ranked) of answers worth w, P = sum(g) "
    "and M = sum(g w) / P, D = (sum(g w^2) / P - M^2) / ((M - a) (b - M)), cut to lie between 0 and 1, and 1 if M is "
    "a or b; for top_m and progress D = 1. l(z) and h(z) are the smallest and the largest m with (X - m A)^2 <= z^2 "
    "(N(m) + sampling variance); l(z) = a if X <= a A, h(z) = b if X >= b A, and both a and b if A <= 0 or A^2 - z^2 "
    "V + z^2 max(A, 0) D <= 0; if no m is like that, both are the m where they differ least. e = a + sqrt(N(a)) / B "
    "and f = b - sqrt(N(b)) / B, or e = a and f = b if that e is not below that f. low = min(max(min(l(z1), e), "
    "l(z)), f), high = max(min(max(h(z1), f), h(z)), e), both cut to lie between a and b, and neither beyond value. "
    "Uncertain if z sqrt(N((a + b) / 2)) / (B (b - a)) exceeds usable_margin. "
)
_DIFFERENCES: Final = (
    "DIFFERENCES of a cohort's share of an answer from everyone's, in tables with one axis in 'of' that is tabled "
    "with an empty 'by' as well; column question is that axis. y and A are the cohort's cell and number who answered "
    "(n as in estimates.words), Y and T those of everyone; n1 = max(A, 1), n0 = max(T, n1), w = n1 / n0, P = Y / n0 "
    "cut to lie between 0 and 1. value = (y / n1 cut to lie between 0 and 1) - P. A difference d would be true if the"
    " cohort's share were p = P + d, cut to lie between 0 and 1, and that of the others o = (P - w p) / (1 - w), cut "
    "likewise. The measured difference y / n1 - Y / n0 then has the noise variance max(a / n1^2 + b / n0^2 - 2 g / "
    "(n1 n0), 0), a = max(variance of y - 2 p covariance of y and A + p^2 variance of A, 0), b the same of Y, T and "
    "P, g = covariance of y and Y - P covariance of y and T - p covariance of A and Y + p P covariance of A and T; "
    "and, if respondents were a random sample, the sampling variance (1 - w)^2 p (1 - p) / n1 + (1 - w) o (1 - o) / "
    "n0 and the third moment M = (1 - w)^3 p (1 - p) (1 - 2 p) / n1^2 - (1 - w) o (1 - o) (1 - 2 o) / n0^2. Let s be "
    "the root of the sum of both variances, x = (y / n1 - Y / n0 - d) / s, k = M / s^3 and h = 6 / k ((1 + k x / "
    "2)^(1/3) - 1) + k / 6 (Wilson and Hilferty; the real root; h = x if |k| < 10^-6). D(d) has the sign of x and the"
    " size of x or, if that is nearer to 0, of h; it is 0 if h has the other sign. The family of a comparison is all "
    "comparisons of its table, one axis in one set of cohorts, that are shown; c is how many. low and high are the "
    "least and the greatest d from -1 to 1 with |D(d)| <= K, 1 - Phi(K) = 0.025 / c (Bonferroni): -1 or 1 if that is "
    "within K, else found by halving 30 times between it and the measured difference; neither beyond value. All "
    "intervals of a family hold together with 95 percent confidence. The page marks a cohort as higher or lower than "
    "all by Holm's test at 0.05 over the same family: the chances 2 (1 - Phi(|D(0)|)) in rising order are compared "
    "with 0.05 / c, 0.05 / (c - 1), ..., and those before the first that is larger are marked. So whatever has an "
    "interval without 0 is marked, and now and then more. A comparison has the worse status that its two figures have"
    " in tables.csv: hidden, else uncertain, else shown. "
)
_HIDDEN: Final = (
    "HIDDEN, before all that but differences, unless A - u sqrt(V) >= min_cohort, u as in threshold.words. Rows that "
    "are not shown have no numbers, and quantiles no answer."
)
STATISTICS: Final = _GENERAL + _SHOWING + _QUANTILES + _MEANS + _DIFFERENCES + _HIDDEN
INTERPOLATION: Final = {True: "geometric", False: "linear"}
COLUMNS: Final = {
    "question": "The question's id; of an okr with `.objective|progress`. Of a difference the axis, as the codebook "
    "lists it: it names the rank of a ranking and the part of an okr.",
    "by": "As in tables.csv.",
    "cohort": "As in tables.csv.",
    "statistic": "Which figure it is, one of `statistics.kinds`.",
    "answer": "Of a ranking the option, of an okr the objective and the progress joined with |, of an amount the "
    "bracket in which the quantile lies; empty for a mean. Of a difference the answer, as in tables.csv.",
    "value": "The figure, in the unit of the question; a share from 0 to 1 for top_ and progress; the cohort's share "
    "less everyone's, from -1 to 1, for a difference. Made from the unbiased counts, so it may differ a little from "
    "what the displayed counts of tables.csv would give. Empty as well where a quantile lies in an open bracket.",
    "low": "Lower end of its 95 % interval, for noise and, if respondents were a random sample, for sampling. "
    "Of a difference: for all of its table at once, so each is wider. Empty as well where an amount has no lower "
    "limit.",
    "high": "Upper end of the same interval. Empty as well where an amount has no upper limit.",
    "status": "shown; hidden: perhaps fewer than min_cohort answered (for progress: named the objective; for a "
    "difference: in the cohort or in all); uncertain: the noise alone is more than usable_margin, as "
    "release.json, statistics.words says. Rows that are not shown have no numbers.",
}
KINDS: Final = {
    "p10, p20, … p90, p25, p75": "Of an amount: this many in 100 of those who answered have less. p50 is the "
    "median, p25 and p75 are the quartiles. Interpolated within a bracket.",
    "mean": "Of a scale: the mean point. Of a score: the mean sum, everyone in a bin taken for its middle.",
    "top_1, top_2, …": "Of a ranking: the share of those who answered who have the option among their first ranks. "
    "top_1 is about the same people as `share` of rank 1 in tables.csv, and may differ from it: top_m is the "
    "`unbiased` counts of the option over those of all options, `share` the displayed ones, which were moved so that "
    "none is below 0 and all tables add up. To compute with, take top_1; on one page with other shares, take `share`.",
    "mean_score": "Of a ranking: the mean points of an option: as many as there are ranks for the first, one less "
    "for each further one, none for not being ranked.",
    "difference": "Of every answer in every cohort: the share there less the share of everyone, both without what is "
    "done for display. The intervals of one table hold all at once, so that the largest may be "
    "picked out; release.json, statistics.words, says how.",
    "progress": "Of an okr: of those who named the objective, the share who are that far with it.",
}
