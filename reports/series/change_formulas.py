"""What changes.csv says and how it follows from the measurements, for researchers who compute it again."""

from typing import Any, Final

COLUMNS: Final = {
    "question": "As in tables.csv.",
    "by": "As in tables.csv.",
    "cohort": "As in tables.csv; cohorts of no answer are left out.",
    "rank": "For a ranking 1, or top_m: ranked at all, m being the most that could be; empty for other kinds.",
    "answer": "As in tables.csv.",
    "from_round": "Id of the round that is compared with: of two rounds of one form the earlier, else that of "
    "another form.",
    "to_round": "Id of the round that is compared: of two rounds of one form the later, else that of this release.",
    "from_share": "The share as the release of from_round displays it, 0 to 1, not weighted. Empty, like all numbers "
    "of the row, unless both releases show it.",
    "to_share": "The same in the release of to_round.",
    "difference": "to_share less from_share, -1 to 1.",
    "low": "Lower end of the difference's interval for noise and, if respondents were random samples, sampling. All "
    "intervals of a family hold at once with about 95 % confidence: those of everyone are one, those of cohorts "
    "another.",
    "high": "Upper end of the same interval.",
    "status": "differs: shown in both, and the interval leaves out 0; shown: it does not, which is no proof that "
    "nothing changed; hidden or uncertain: as in tables.csv, the worse of both releases.",
}
WORDS: Final = (
    "Compared are each round of this form that reached its minimum with the next one and with this round, and this "
    "round with each of another form, "
    "as beside.json holds them: shares of one axis (for an okr its objective and key_result), of questions that both "
    "and the form of this release ask alike, for everyone and for cohorts that both have. Alike are questions of the "
    "same id, kind, answers, limits and unit; within one form also asked of the same people; across forms a choice, "
    "choices or ranking with the same limits and other answers is compared in the answers that both have. For each of "
    "the two releases let y, n, s^2, V and C be as in estimates.words of its release.json (for top_m: y the sum of "
    "the answer's cells over the ranks, n the sum of the first rank's answer cells, s^2, V, C their variances and "
    "covariance), A = max(n, 1), r = y / A, N(p) = max(s^2 - 2 p C + p^2 V, 0), p' = p cut to lie between sqrt(N(0)) "
    "/ A and 1 - sqrt(N(1)) / A (1/2 if these cross), U(p) = N(p) / A^2 + p' (1 - p') / A and K(p) = p (1 - p) (1 - 2 "
    "p) / A^2. Index 1 is from_round, 2 is to_round. Let g = (A1 r1 + A2 r2) / (A1 + A2), cut to 0 and 1, w = 1 / "
    "U(g) of each. For a true difference d: p1 = (w1 r1 + w2 (r2 - d)) / (w1 + w2), cut to lie between max(0, -d) and "
    "min(1, 1 - d), and p2 = p1 + d; the measured difference is t = (r2 - r1 - d) / S standard deviations away, S^2 = "
    "U1(p1) + U2(p2), of skewness k = (K2(p2) - K1(p1)) / S^3, which is taken off: t' = 6 / k (cbrt(1 + k t / 2) - 1) "
    "+ k / 6, never further from 0 than t nor beyond it. Low and high are the least and the greatest d for which t' "
    "lies within the standard normal quantile at 1 - 0.05 / (2 m), widened to hold the displayed difference; m is the "
    "number of rows with numbers in the family (Bonferroni). Releases count as independent samples. If the same "
    "people answered in both and mostly alike, the intervals are wider than they need be."
)

CODEBOOK: Final[dict[str, Any]] = {"changes": {"columns": COLUMNS, "words": WORDS}}
"""What the codebook of a release with changes.csv says of it, beside everything else."""
