/** Runs pattern tests of one copy after the other, in one process: what is slow to load is loaded once. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import '../support/runtime.ts';
import { shared } from '../support/shared/shared.ts';

/** What is asked of this process. */
export interface Job {
  readonly tree: string;
  /** Names of tests, the most telling first; the first red one ends the job. */
  readonly tests: readonly string[];
}

/** What this process says: how a test has ended, `late` when it took too long; and that the job is over. */
export type Said = { readonly ended: string; readonly as: 'green' | 'red' | 'late' } | { readonly over: true };

/** The part of Jest's own runner that is needed. */
interface Circus {
  resetState(): void;
  addEventHandler(handler: (event: CircusEvent) => void): void;
  run(): Promise<unknown>;
}

interface CircusEvent {
  readonly name: string;
  readonly test?: { readonly name: string; readonly errors: readonly unknown[]; mode?: 'skip' };
}

const circus = createRequire(import.meta.url)('jest-circus') as Circus;
/** As long as in Jest. */
const timeoutMs = 60_000;
let current = '';
let failed: string[] = [];

circus.addEventHandler(({ name, test }) => {
  if (!test) return;
  if (name === 'test_start' && failed.length > 0) test.mode = 'skip';
  if (name === 'test_done') {
    const ended = `${current}: ${test.name}`;
    const [error] = test.errors;
    if (error !== undefined) failed.push(ended);
    say({ ended, as: error === undefined ? 'green' : inspect(error).includes('Exceeded timeout') ? 'late' : 'red' });
  }
});

function say(said: Said): void {
  process.send?.(said);
}

async function work({ tree, tests }: Job): Promise<void> {
  process.env[shared.bundles] = join(tree, 'bundles');
  failed = [];
  for (const test of tests) {
    if (failed.length > 0) break;
    current = test;
    circus.resetState();
    await import(pathToFileURL(join(tree, `test/workflows/patterns/${test}.test.ts`)).href);
    await circus.run();
  }
  say({ over: true });
}

Object.assign(globalThis, { [Symbol.for('TEST_TIMEOUT_SYMBOL')]: timeoutMs });
// Calls that a test has left behind fail when its server is gone; that says nothing about the test that runs now.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (job: Job) => {
  work(job).catch((error: unknown) => {
    say({ ended: `${current}: ${String(error)}`, as: 'red' });
    say({ over: true });
  });
});
