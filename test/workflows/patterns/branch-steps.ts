/** Activities for the tests of branch combinators and collections, with a record of what they did. */
import { setTimeout } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { beforeEach } from '@jest/globals';
import { failure, type Category } from '../../../src/failures.ts';
import { patternTests, type PatternTests } from '../../support/pattern-tests.ts';

export interface BranchSteps {
  /** Waits, books the name, answers with it; notices cancellation. */
  work(name: string, ms?: number): Promise<string>;
  /** Fails at once; `delay`: seconds that the failure asks to wait before the next attempt. */
  fail(name: string, category: Category, delay?: number): Promise<string>;
  /** Fails as `transient` until it is called for the `times`-th time under this name. */
  flaky(name: string, times: number): Promise<string>;
}

/** What the steps did. */
interface Done {
  /** Names in the order in which their effects landed. */
  readonly booked: string[];
  /** Names in the order of calls. */
  readonly called: string[];
}

/** {@link patternTests} with these steps as activities; what they did is forgotten before each test. */
export function branchTests(workflows: URL): PatternTests & Done {
  const { steps, booked, called } = branchSteps();
  beforeEach(() => {
    booked.length = 0;
    called.length = 0;
  });
  return Object.assign(patternTests(workflows, steps), { booked, called });
}

function branchSteps(): Done & { readonly steps: BranchSteps } {
  const booked: string[] = [];
  const called: string[] = [];
  const steps: BranchSteps = {
    async work(name, ms = 0) {
      called.push(name);
      const signal = cancellationSignal();
      await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
        throw signal.aborted ? (signal.reason as Error) : error;
      });
      booked.push(name);
      return name;
    },
    async fail(name, category, delay) {
      called.push(name);
      throw failure(category, `${name} failed`, {
        type: 'Broken',
        ...(delay === undefined ? {} : { nextRetryDelay: `${delay} seconds` as const }),
      });
    },
    async flaky(name, times) {
      called.push(name);
      const calls = called.filter((each) => each === name).length;
      if (calls < times) throw failure('transient', `${name} failed`, { type: 'Broken' });
      return name;
    },
  };
  return { steps, booked, called };
}
