import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { leftOpen } from '../support/history.ts';
import { startPatternHarness, type PatternHarness } from '../support/pattern-harness.ts';
import { plans } from './generator.ts';
import { predict } from './model.ts';
import type { Ending, Plan } from './program.ts';
import type { Ledger } from './programs.workflows.ts';

const programs = Number(process.env['FERMATA_PROGRAMS'] ?? 1_000);
const given = process.env['FERMATA_SEED'];
const seed = Number(given ?? Date.now() % 2 ** 31);
/** Programs that run beside each other in one run. */
const together = 50;

/** What the programs of one run did, in order. */
let log: { readonly run: number; readonly op: 'book' | 'unbook'; readonly key: string }[] = [];

const failed = (category: string): ApplicationFailure =>
  ApplicationFailure.create({ message: 'broke', type: 'Broke', nonRetryable: true, details: [{ category }] });

const ledger: Ledger = {
  async book({ run, key, fails }) {
    if (!fails || fails.booked) log.push({ run, op: 'book', key });
    if (fails) throw failed(fails.category);
  },
  async unbook({ run, key, fails }) {
    if (fails) throw failed('logic');
    log.push({ run, op: 'unbook', key });
  },
};

/** Runs programs beside each other and compares what each did with what the model says. */
async function compare(harness: PatternHarness, all: readonly Plan[]): Promise<void> {
  log = [];
  await harness.run('runPrograms', [all], async (handle) => {
    const endings = (await handle.result()) as Ending[];
    expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    all.forEach((plan, run) => {
      const { ending, booked, undone } = predict(plan);
      const keys = (op: 'book' | 'unbook'): string[] =>
        log.filter((each) => each.run === run && each.op === op).map((each) => each.key);
      expect({ ending: endings[run], booked: keys('book') }).toEqual({ ending, booked });
      const takenBack = keys('unbook');
      expect(undone.map((own) => takenBack.filter((key) => own.includes(key)))).toEqual(undone);
      expect([...takenBack].sort()).toEqual(undone.flat().sort());
    });
  });
}

/** Throws with programs that do not do what the model says; with the smallest, which takes minutes, if the seed was given. */
async function check(harness: PatternHarness, count: number, endOnFailure = given === undefined): Promise<void> {
  const batches = fc.array(plans, { minLength: together, maxLength: together, size: 'max' });
  let done = 0;
  const property = fc.asyncProperty(batches, async (all) => {
    await compare(harness, all);
    done += all.length;
    if (done % 1_000 === 0)
      process.stdout.write(`${String(done)} of ${String(count)} programs did as the model says\n`);
  });
  await fc.assert(property, { seed, numRuns: Math.ceil(count / together), endOnFailure });
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = new URL('./programs.workflows.ts', import.meta.url);
const harnesses: PatternHarness[] = [];
const copies: string[] = [];

async function harnessOf(workflows: URL): Promise<PatternHarness> {
  const harness = await startPatternHarness(workflows, ledger);
  harnesses.push(harness);
  return harness;
}

/** The workflows over a copy of the patterns with one change. */
async function changed(file: string, change: (source: string) => string): Promise<URL> {
  await mkdir(join(root, '.fermata'), { recursive: true });
  const folder = await mkdtemp(join(root, '.fermata/random-'));
  copies.push(folder);
  await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
  await cp(join(root, 'test/random'), join(folder, 'test/random'), { recursive: true });
  const path = join(folder, 'src/workflows/patterns', file);
  const before = await readFile(path, 'utf8');
  expect(change(before)).not.toBe(before);
  await writeFile(path, change(before));
  return pathToFileURL(join(folder, 'test/random/programs.workflows.ts'));
}

afterAll(async () => {
  for (const harness of harnesses) await harness.stop();
  for (const folder of copies) await rm(folder, { recursive: true, force: true });
});

describe('random programs of patterns', () => {
  it('do what the model says', async () => {
    process.stdout.write(`${String(programs)} programs, FERMATA_SEED=${String(seed)}\n`);
    await check(await harnessOf(here), programs);
  });

  it('do not when a saga undoes its steps in the order of their start', async () => {
    const workflows = await changed('saga.ts', (source) =>
      source.replace(`!== 'refused').reverse()`, `!== 'refused')`),
    );
    await expect(check(await harnessOf(workflows), 500, true)).rejects.toThrow(/Property failed/);
  });
});
