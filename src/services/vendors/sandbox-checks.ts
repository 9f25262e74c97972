/** Checks of people in test mode: the answer follows from what is asked, so that every outcome can be had on purpose. */
import type { Answer, Body } from './contract.ts';
import { refused } from './failures.ts';
import { idOf, recall, remember, type Sandbox, type SandboxCall, shareOf, stageOf } from './sandbox-call.ts';

type Checker = 'identity' | 'credit' | 'references' | 'background';

/** Takes an order; the vendor's set pace is how long the answer takes. */
async function take(
  vendor: Checker,
  { db, key, body, behaviour }: SandboxCall<object>,
): Promise<Answer<'identity', 'order'>> {
  const order = idOf('chk', key);
  await remember(db, { vendor, id: order, key, data: body });
  return { status: 'ordered', order, turnaroundMs: behaviour.paceMs };
}

/** What was asked with an order, once the answer is ready; until then `undefined`. */
async function dueOrder(
  vendor: Checker,
  { db, body: { order, waitedMs }, behaviour }: SandboxCall<Body<Checker, 'collect'>>,
): Promise<unknown> {
  const ordered = await recall(db, vendor, order);
  if (ordered === undefined) throw refused(vendor, 'VendorNotFound', `there is no order ${order}`);
  const aged = { ...ordered, ageMs: Math.max(ordered.ageMs, waitedMs) };
  return stageOf(['pending', 'ready'], aged, behaviour) === 'ready' ? ordered.data : undefined;
}

/** Ordering and collecting for a vendor that answers by `answer`; what was asked was checked against its schema. */
function orders<A>(vendor: Checker, answer: (asked: never) => A) {
  return {
    order: (call: SandboxCall<object>) => take(vendor, call),
    async collect(call: SandboxCall<Body<Checker, 'collect'>>): Promise<A | { readonly status: 'pending' }> {
      const asked = await dueOrder(vendor, call);
      return asked === undefined ? { status: 'pending' } : answer(asked as never);
    },
  };
}

/** Document numbers that end in 000 are not known. */
function verify({ name, documentNumber }: Body<'identity', 'verify'>): Answer<'identity', 'verify'> {
  if (documentNumber.endsWith('000')) return { status: 'failed', reason: 'document not known' };
  return { status: 'verified', confidence: 0.9 + Math.floor(shareOf(`identity ${name}`) * 10) / 100 };
}

/** `lowscore`, `highscore` or `nofile` in a name decide; every other name has a score of its own from 580 to 820. */
function rate(body: Body<'credit', 'report'>): Answer<'credit', 'report'> {
  const name = body.name.toLowerCase();
  if (name.includes('nofile')) return { status: 'no-file' };
  if (name.includes('lowscore')) return { status: 'reported', score: 420, defaults: 3 };
  if (name.includes('highscore')) return { status: 'reported', score: 810, defaults: 0 };
  return { status: 'reported', score: 580 + Math.floor(shareOf(`credit ${name}`) * 241), defaults: 0 };
}

/** `negative` or `silent` in a referee's name decide; the others are full of praise. */
function askReferees({ referees }: Body<'references', 'check'>): Answer<'references', 'check'> {
  const verdictOf = (referee: string) => {
    if (/negative/i.test(referee)) return 'negative';
    return /silent/i.test(referee) ? 'no-reply' : 'positive';
  };
  return { status: 'checked', replies: referees.map((referee) => ({ referee, verdict: verdictOf(referee) })) };
}

/** `convicted` in a name decides. */
function lookUp({ name }: Body<'background', 'check'>): Answer<'background', 'check'> {
  return /convicted/i.test(name) ? { status: 'found', records: ['fraud, 2019'] } : { status: 'clear' };
}

export const identity: Sandbox<'identity'> = { verify: ({ body }) => verify(body), ...orders('identity', verify) };
export const credit: Sandbox<'credit'> = { report: ({ body }) => rate(body), ...orders('credit', rate) };
export const references: Sandbox<'references'> = {
  check: ({ body }) => askReferees(body),
  ...orders('references', askReferees),
};
export const background: Sandbox<'background'> = {
  check: ({ body }) => lookUp(body),
  ...orders('background', lookUp),
};
