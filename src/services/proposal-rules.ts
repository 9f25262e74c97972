/** What experience says about a request: effort, price, and rules that apply. Plain tables, so that anybody can mend them. */
import { toCents } from './money.ts';

/** What a client asks for. Money is decimal text such as `48000.00`. */
export interface ProposalRequest {
  readonly client: string;
  readonly title: string;
  readonly need: string;
  readonly requirements: readonly string[];
  /** What the client wants to spend at most. */
  readonly budget: string;
  readonly currency: string;
  /** Time until it must work. */
  readonly weeks: number;
}

/** What a review found. `score`: 0 to 1, how well the request can be served. */
export interface Review {
  readonly score: number;
  /** Sentences for the proposal. */
  readonly findings: readonly string[];
}

/** Effort in days by what a requirement speaks of. */
const effort: readonly (readonly [RegExp, number, string])[] = [
  [/single sign-on|sso|log ?in|identity/iu, 6, 'sign-in against your directory'],
  [/migrat|import|transfer/iu, 10, 'a migration with a rehearsal'],
  [/integrat|interface|api|connect/iu, 8, 'an interface with tests on both sides'],
  [/report|dashboard|figures|analytic/iu, 5, 'reports that are checked against your own figures'],
  [/mobile|phone|app\b/iu, 15, 'screens made for small devices'],
  [/pay|card|invoice|billing/iu, 8, 'payments through a certified provider'],
  [/search|find/iu, 6, 'search that forgives spelling mistakes'],
  [/train|workshop|teach/iu, 3, 'training on the job'],
  [/host|operat|monitor|backup/iu, 5, 'operation with monitoring and tested backups'],
  [/approv|workflow|process/iu, 7, 'a workflow with approvals and an audit'],
];
const usualEffort = 4;

/** Rules by what a request speaks of, and what we commit to. */
const rules: readonly (readonly [RegExp, string])[] = [
  [
    /personal data|customer data|patient|employee|health/iu,
    'Personal data is processed under a data processing agreement (GDPR, Article 28).',
  ],
  [
    /patient|health|medical/iu,
    'Health data is a special category (GDPR, Article 9): access is logged and a privacy assessment is made.',
  ],
  [/card|payment/iu, 'Card data never reaches our systems; the payment provider is certified (PCI DSS).'],
  [/bank|insur|financ/iu, 'Outsourcing and resilience are documented as financial supervision asks (DORA).'],
  [/public|citizen|municipal|website/iu, 'Pages are accessible (EN 301 549).'],
  [
    /\bai\b|machine learning|automatic decision/iu,
    'Automatic decisions are explained and can be reviewed by a person (EU AI Act).',
  ],
];

/** Cents for a day of work. */
const dayRate = 92_000;
const daysPerWeek = 5;
/** People who can work on one project side by side. */
const teamSize = 3;
/** Part of the price that is kept for what nobody foresaw. */
const reserve = 0.15;

/** Days, price and rules of a request. */
export interface Estimate {
  readonly days: number;
  readonly priceCents: number;
  /** Weeks that a full team needs. */
  readonly weeks: number;
  readonly obligations: readonly string[];
}

export function estimateOf(request: ProposalRequest): Estimate {
  const days = request.requirements.reduce((sum, each) => sum + effortOf(each).days, 0);
  const text = [request.need, ...request.requirements].join('\n');
  return {
    days,
    priceCents: Math.round(days * dayRate * (1 + reserve)),
    weeks: Math.max(1, Math.ceil(days / (daysPerWeek * teamSize))),
    obligations: rules.filter(([pattern]) => pattern.test(text)).map(([, obligation]) => obligation),
  };
}

function effortOf(requirement: string): { readonly days: number; readonly means: string | undefined } {
  const known = effort.filter(([pattern]) => pattern.test(requirement)).toSorted((a, b) => b[1] - a[1])[0];
  return { days: known?.[1] ?? usualEffort, means: known?.[2] };
}

/** How demanding a request is; from three points on it is complex. */
export function complexityOf(request: ProposalRequest): {
  readonly points: number;
  readonly reasons: readonly string[];
} {
  const { days, priceCents, weeks, obligations } = estimateOf(request);
  const points: readonly (readonly [number, boolean, string])[] = [
    [1, request.requirements.length > 4, `${request.requirements.length} requirements`],
    [1, days > 25, `${days} days of work`],
    [1, priceCents > 5_000_000, 'a price above 50,000'],
    [1, weeks > request.weeks, `${weeks} weeks of work in ${request.weeks}`],
    [1, priceCents > toCents(request.budget), 'more than the client wants to spend'],
    [2, obligations.length > 0, `${obligations.length} rules that apply`],
  ];
  const applying = points.filter(([, applies]) => applies);
  return {
    points: applying.reduce((sum, [weight]) => sum + weight, 0),
    reasons: applying.map(([, , reason]) => reason),
  };
}

/** Can it be built in time? Only requirements that experience knows get an answer here. */
export function technicalReview(request: ProposalRequest): Review {
  const { days, weeks } = estimateOf(request);
  const known = request.requirements.flatMap((requirement) => {
    const { days: each, means } = effortOf(requirement);
    return means === undefined ? [] : [`${bare(requirement)}: ${means}, in ${each} days.`];
  });
  const time =
    weeks <= request.weeks
      ? `The ${days} days of work fit into ${request.weeks} weeks.`
      : `The ${days} days of work take ${weeks} weeks; we deliver the first part within ${request.weeks}.`;
  return { score: Math.min(1, request.weeks / weeks), findings: [...known, time] };
}

/** Does it pay for both sides? */
export function businessReview(request: ProposalRequest): Review {
  const { priceCents } = estimateOf(request);
  const budget = toCents(request.budget);
  const finding =
    priceCents <= budget
      ? `The price is within your budget and holds a reserve of ${reserve * 100} % for what nobody foresees.`
      : 'The price is above your budget: we propose to begin with the requirements that matter most and to decide on the rest after the first part.';
  return { score: Math.min(1, budget / priceCents), findings: [finding] };
}

/** Which rules apply, and what we commit to. */
export function complianceReview(request: ProposalRequest): Review {
  const { obligations } = estimateOf(request);
  return {
    score: 1 / (1 + obligations.length / 4),
    findings: obligations.length > 0 ? obligations : ['No special rules apply.'],
  };
}

/** A requirement without its full stop. */
export function bare(requirement: string): string {
  return requirement.trim().replace(/[.;,]+$/u, '');
}
