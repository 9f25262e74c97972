/** What a classifier's raw score is worth: the share of right answers among those that scored like it. */

/** Answers that score this much are right with at least this confidence. */
export interface CalibrationPoint {
  readonly score: number;
  readonly confidence: number;
}

/** An answer whose truth is known. */
export interface ScoredAnswer {
  readonly score: number;
  readonly right: boolean;
}

/** Answers in one group; fewer would make the bound below too wide to ever be sure of anything. */
const groupSize = 100;

/** 95 %, one-sided. */
const z = 1.645;

/** Lower bound of a share that was seen in `count` draws (Wilson). */
function lowerBound(right: number, count: number): number {
  const share = right / count;
  const spread = z * Math.sqrt((share * (1 - share) + z ** 2 / (4 * count)) / count);
  return (share + z ** 2 / (2 * count) - spread) / (1 + z ** 2 / count);
}

interface Group {
  /** Sum of the members' scores. */
  readonly scores: number;
  readonly right: number;
  readonly count: number;
}

/**
 * Fits confidence to score on answers that training did not see. Answers are grouped by score; a group's confidence is
 * the lower bound (95 %) of its share of right answers, and never above that of a group that scored higher
 * (isotonic regression by pooling). So confidence errs on the safe side, the more the fewer answers there are.
 */
export function calibrate(answers: readonly ScoredAnswer[]): readonly CalibrationPoint[] {
  const sorted = [...answers].sort((a, b) => a.score - b.score);
  const groups: Group[] = [];
  for (let start = 0; start < sorted.length; start += groupSize) {
    const members = sorted.slice(start, start + groupSize);
    groups.push({
      scores: members.reduce((sum, { score }) => sum + score, 0),
      right: members.filter(({ right }) => right).length,
      count: members.length,
    });
    poolBack(groups);
  }
  return groups.map(({ scores, right, count }) => ({ score: scores / count, confidence: lowerBound(right, count) }));
}

/** Joins the last group with the one before it while it is right less often. */
function poolBack(groups: Group[]): void {
  for (;;) {
    const [before, last] = groups.slice(-2);
    if (before === undefined || last === undefined) return;
    if (lowerBound(last.right, last.count) > lowerBound(before.right, before.count)) return;
    const joined = {
      scores: before.scores + last.scores,
      right: before.right + last.right,
      count: before.count + last.count,
    };
    groups.splice(-2, 2, joined);
  }
}

/**
 * The confidence of a score, in a straight line between the points, the first of which is reached from 0: a score lower
 * than all that were seen is a text unlike them. Where nothing was calibrated, it is the score itself.
 */
export function confidenceOf(score: number, points: readonly CalibrationPoint[]): number {
  if (points.length === 0) return score;
  const above = points.findIndex((point) => point.score > score);
  const low = (above === -1 ? points.at(-1) : points[above - 1]) ?? { score: 0, confidence: 0 };
  const high = points[above] ?? low;
  if (high.score === low.score) return low.confidence;
  return low.confidence + ((score - low.score) / (high.score - low.score)) * (high.confidence - low.confidence);
}
