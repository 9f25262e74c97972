/** Checks of people in test mode: the answer follows from what is asked, so that every outcome can be had on purpose. */
import { type Sandbox, shareOf } from './sandbox-call.ts';

/** Document numbers that end in 000 are not known. */
export const identity: Sandbox<'identity'> = {
  verify({ body: { name, documentNumber } }) {
    if (documentNumber.endsWith('000')) return { status: 'failed', reason: 'document not known' };
    return { status: 'verified', confidence: 0.9 + Math.floor(shareOf(`identity ${name}`) * 10) / 100 };
  },
};

/** `lowscore`, `highscore` or `nofile` in a name decide; every other name has a score of its own from 580 to 820. */
export const credit: Sandbox<'credit'> = {
  report({ body }) {
    const name = body.name.toLowerCase();
    if (name.includes('nofile')) return { status: 'no-file' };
    if (name.includes('lowscore')) return { status: 'reported', score: 420, defaults: 3 };
    if (name.includes('highscore')) return { status: 'reported', score: 810, defaults: 0 };
    return { status: 'reported', score: 580 + Math.floor(shareOf(`credit ${name}`) * 241), defaults: 0 };
  },
};

/** `negative` or `silent` in a referee's name decide; the others are full of praise. */
export const references: Sandbox<'references'> = {
  check({ body: { referees } }) {
    const verdictOf = (referee: string) => {
      if (/negative/i.test(referee)) return 'negative';
      return /silent/i.test(referee) ? 'no-reply' : 'positive';
    };
    return { status: 'checked', replies: referees.map((referee) => ({ referee, verdict: verdictOf(referee) })) };
  },
};

/** `convicted` in a name decides. */
export const background: Sandbox<'background'> = {
  check({ body: { name } }) {
    return /convicted/i.test(name) ? { status: 'found', records: ['fraud, 2019'] } : { status: 'clear' };
  },
};
