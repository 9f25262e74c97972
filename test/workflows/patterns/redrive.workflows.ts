import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineSignal,
  makeContinueAsNewFunc,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { approvalGate } from '../../../src/workflows/patterns/approval-gate.ts';
import {
  batch,
  ranges,
  type BatchResult,
  type ChunkOutcome,
  type ItemRange,
} from '../../../src/workflows/patterns/batch.ts';
import { iterate } from '../../../src/workflows/patterns/iterate.ts';
import { parallel } from '../../../src/workflows/patterns/parallel.ts';
import { saga } from '../../../src/workflows/patterns/saga.ts';
import { key, stage } from '../../../src/workflows/patterns/stage.ts';
import { withTimeout } from '../../../src/workflows/patterns/with-timeout.ts';

export interface Work {
  /** Does a step, unless the test has said that it fails. */
  work(step: string): Promise<string>;
  undo(step: string): Promise<void>;
  importRange(range: ItemRange): Promise<ChunkOutcome>;
}

const steps = proxyActivities<Work>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

const short = (full: string): string => full.slice(full.indexOf('/') + 1);

/** Three stages, one with a stage in it, called with what came before. */
export async function sequence(order: string): Promise<string> {
  const a = await stage('a', () => steps.work(`a ${order}`));
  const b = await stage('b', async () => {
    const inner = await stage('inner', () => steps.work(`inner after ${a}`));
    return steps.work(`b after ${inner}`);
  });
  return stage('c', () => steps.work(`c after ${b}`));
}

/** The same name twice, and a value that JSON would change. */
export async function repeated(): Promise<readonly string[]> {
  const first = await stage('send', () => steps.work('first'));
  const second = await stage('send', () => steps.work('second'));
  const at = await stage('date', async () => {
    const text = await stage('ask', () => steps.work('2026-01-31'));
    return new Date(text);
  });
  const nothing = await stage('nothing', async (): Promise<string | undefined> => {
    await steps.work('nothing');
    return undefined;
  });
  const last = await stage('last', () => steps.work('last'));
  return [first, second, at.toISOString(), String(nothing), last];
}

export async function settled(): Promise<unknown> {
  return stage('ask all', () =>
    parallel({ a: () => steps.work('a'), b: () => steps.work('b'), c: () => steps.work('c') }, { join: 'settled' }),
  );
}

/** The first to answer decides what follows. */
export async function fastest(): Promise<string> {
  const { branch } = await parallel({ a: () => steps.work('a'), b: () => steps.work('b') }, { join: 'firstSuccess' });
  return stage('use', () => steps.work(`use ${branch}`));
}

export async function booking(): Promise<string> {
  await stage('check', () => steps.work('check'));
  return saga(async (tx) => {
    for (const name of ['reserve', 'pay']) {
      await tx.step(
        name,
        (id) => steps.work(short(id)),
        (_, id) => steps.undo(short(id)),
      );
    }
    return steps.work(short(key('ship')));
  });
}

/** A step inside of a stage that is finished while the saga is not. */
export async function stagedBooking(): Promise<string> {
  return saga(async (tx) => {
    const reserve = (): Promise<string> =>
      tx.step(
        'reserve',
        (id) => steps.work(short(id)),
        (_, id) => steps.undo(short(id)),
      );
    await stage('prepare', reserve);
    return steps.work('pay');
  });
}

/** Fails after the pivot, when nothing is undone any more. */
export async function pivoted(): Promise<string> {
  return saga(async (tx) => {
    await tx.step('reserve', (id) => steps.work(short(id)));
    tx.pivot();
    return steps.work('ship');
  });
}

export async function drafting(): Promise<number> {
  const { state } = await iterate(
    0,
    async (sum, round) => {
      await steps.work(`round ${String(round)}`);
      return sum + round;
    },
    { until: () => false, maxIterations: 4 },
  );
  return state;
}

export async function importing(): Promise<BatchResult> {
  return batch(ranges(50), (chunk) => steps.importRange(chunk), { batchSize: 10, maxConcurrency: 1 });
}

/** Asks a person first, and then does what may fail. */
export async function approved(): Promise<string> {
  const gate = approvalGate({ name: 'go', subject: 'go?', approvers: ['role:boss'], timeout: '2 days' });
  const decision = await gate.decision();
  return stage('act', () => steps.work(`act on ${decision.status}`));
}

/** An entity that asks a person in every round. */
export async function askingEntity(round: number): Promise<string> {
  const gate = approvalGate({ name: 'go', subject: 'go?', approvers: ['role:boss'], timeout: '2 days' });
  const { status } = await gate.decision();
  if (round === 2) return status;
  return makeContinueAsNewFunc<typeof askingEntity>()(round + 1);
}

/** An entity that continues as new by itself: with other arguments everything is done anew. */
export async function entity(round: number): Promise<string> {
  const done = await stage('work', () => steps.work(`round ${String(round)}`));
  if (round === 2) return done;
  return makeContinueAsNewFunc<typeof entity>()(round + 1);
}

/** Goes on in a new run without having noticed whether it was cancelled meanwhile. */
export async function unawareEntity(round: number): Promise<string> {
  if (round === 2) return 'went on';
  let told = false;
  setHandler(defineSignal('goOn'), () => {
    told = true;
  });
  await CancellationScope.nonCancellable(() => condition(() => told));
  return makeContinueAsNewFunc<typeof unawareEntity>()(round + 1);
}

/** More than fits into the start of another run. */
export async function tooLarge(): Promise<boolean> {
  await stage('large', async () => 'x'.repeat(1_100_000));
  await iterate(0, async (n) => Number(await steps.work(String(n + 1))), {
    until: (n) => n >= 20,
    maxIterations: 20,
    maxHistoryEvents: 30,
  });
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** Work that is given up after a minute, and is done all the same a minute later. */
export async function givenUp(): Promise<string> {
  const slow = async (): Promise<string> => {
    await sleep('2 minutes');
    return steps.work('slow');
  };
  const inTime = await withTimeout(() => stage('slow', () => CancellationScope.nonCancellable(slow)), '1 minute').then(
    () => true,
    () => false,
  );
  return steps.work(inTime ? 'in time' : 'too late');
}
