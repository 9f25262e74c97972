/**
 * What is found out about an applicant, and what risk it adds up to. Every rule is here: points for each finding, and
 * the points from which the risk is medium or high.
 */
import type { Answer } from './vendors/contract.ts';

/** Who checks; each is a vendor of its own. */
export type CheckKind = 'identity' | 'credit' | 'references' | 'background';

/** What a vendor reports. */
export type Report =
  | Answer<'identity', 'verify'>
  | Answer<'credit', 'report'>
  | Answer<'references', 'check'>
  | Answer<'background', 'check'>;

/** The check could not be made: this is the default in place of its outcome. */
interface Unavailable {
  readonly status: 'unavailable';
}

/** An entry of the sanctions list that has a name like the applicant's. */
interface ListedName {
  /** Number on the list. */
  readonly entry: number;
  /** The name as the list writes it. */
  readonly name: string;
  /** How it was found: `name` and `alias` have the same words, `fuzzy` is spelt alike. */
  readonly by: 'name' | 'alias' | 'fuzzy';
  /** How alike, 0 to 1. */
  readonly score: number;
}

/** What the sanctions list says. */
export interface Screening {
  readonly status: 'screened';
  readonly matches: readonly ListedName[];
}

/** All that was found out. */
export type Findings = Readonly<Record<CheckKind, Report | Unavailable>> & {
  readonly sanctions: Screening | Unavailable;
};

/** Why there are points. */
interface Reason {
  readonly check: keyof Findings;
  readonly points: number;
  readonly why: string;
}

export interface Risk {
  readonly level: 'low' | 'medium' | 'high';
  readonly points: number;
  readonly reasons: readonly Reason[];
  /** Checks that could not be made, and count as a risk instead. */
  readonly defaulted: readonly (keyof Findings)[];
}

/** From these points on a risk is medium, or high. */
const levels = { medium: 25, high: 60 };

/** As many as make the risk medium: nobody is approved without every check. */
const unavailable = levels.medium;

/** Adds up the risk of what was found. */
export function riskOf(findings: Findings): Risk {
  const checks = ['identity', 'credit', 'references', 'background', 'sanctions'] as const;
  const reasons = checks.map((check) => ({ check, ...judge(findings[check]) })).filter(({ points }) => points > 0);
  const points = reasons.reduce((sum, reason) => sum + reason.points, 0);
  const level = points >= levels.high ? 'high' : points >= levels.medium ? 'medium' : 'low';
  return { level, points, reasons, defaulted: checks.filter((check) => findings[check].status === 'unavailable') };
}

interface Points {
  readonly points: number;
  readonly why: string;
}

function judge(finding: Findings[keyof Findings]): Points {
  switch (finding.status) {
    case 'verified':
      return { points: finding.confidence < 0.95 ? 5 : 0, why: `verified with confidence ${finding.confidence}` };
    case 'failed':
      return { points: 60, why: finding.reason };
    case 'reported':
      return {
        points: creditPoints(finding.score) + Math.min(15, 5 * finding.defaults),
        why: `credit score ${finding.score}, ${finding.defaults} defaults`,
      };
    case 'no-file':
      return { points: 20, why: 'no credit file' };
    case 'checked':
      return judgeReferences(finding.replies.map(({ verdict }) => verdict));
    case 'clear':
      return { points: 0, why: 'no records' };
    case 'found':
      return { points: 40, why: `records: ${finding.records.join('; ')}` };
    case 'screened':
      return judgeMatches(finding.matches);
    case 'unavailable':
      return { points: unavailable, why: 'could not be checked' };
  }
}

function creditPoints(score: number): number {
  if (score >= 700) return 0;
  if (score >= 640) return 10;
  return score >= 580 ? 20 : 45;
}

function judgeReferences(verdicts: readonly string[]): Points {
  const count = (verdict: string): number => verdicts.filter((each) => each === verdict).length;
  const [negative, silent] = [count('negative'), count('no-reply')];
  return {
    points: Math.min(40, 20 * negative) + Math.min(24, 8 * silent),
    why: `references: ${negative} negative, ${silent} without reply`,
  };
}

/** The same name decides; a name that is only spelt alike is for a person to look at. */
function judgeMatches(matches: readonly ListedName[]): Points {
  const [best] = matches;
  if (best === undefined) return { points: 0, why: 'not on the sanctions list' };
  const why = `on the sanctions list by ${best.by}: ${best.name} (${best.score.toFixed(2)})`;
  return { points: best.by === 'fuzzy' ? 30 : 100, why };
}
