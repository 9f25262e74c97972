/**
 * Each pattern as a good engineer writes it on the bare SDK: correct at the failure points that matter, without
 * Fermata's patterns and without its interceptors.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  log,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Decision } from '../../src/workflows/patterns/gate-messages.ts';
import { steps } from './steps.ts';

/** All or nothing: the first failure cancels the others and waits for them, so that no effect lands after the end. */
async function all<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    const running = works.map((work) => work());
    try {
      return await Promise.all(running);
    } catch (error) {
      scope.cancel();
      await CancellationScope.nonCancellable(() => Promise.allSettled(running));
      throw error;
    }
  });
}

export async function parallelBranches(count: number): Promise<number[]> {
  return all(Array.from({ length: count }, (_, index) => () => steps.echo(index)));
}

export async function mapItems(count: number): Promise<number[]> {
  const results: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await steps.echo(index);
    }
  };
  await all(Array.from({ length: Math.min(50, count) }, () => lane));
  return results;
}

export async function sagaUndone(): Promise<{ status: string }> {
  const undos: (() => Promise<void>)[] = [];
  try {
    for (const step of ['stock', 'payment']) {
      // Recorded first: a step that timed out may have worked.
      undos.unshift(() => steps.unbook(step));
      await steps.book(step);
    }
    await steps.refuse('parcel');
    return { status: 'done' };
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      for (const undo of undos) {
        try {
          await undo();
        } catch (failed) {
          log.error('could not undo', { error: String(failed) });
        }
      }
    });
    if (isCancellation(error)) throw error;
    return { status: 'undone' };
  }
}

const decide = defineSignal<[Decision]>('decide');
const gatesKey = defineSearchAttributeKey('FermataGates', SearchAttributeType.KEYWORD_LIST);
const dueKey = defineSearchAttributeKey('FermataDue', SearchAttributeType.DATETIME);

export async function gateToResult(): Promise<{ status: string; by: readonly string[] }> {
  const approvers = ['role:reviewer'];
  const requester = 'grace';
  const day = 24 * 60 * 60 * 1_000;
  let decision: Decision | undefined;
  setHandler(decide, (vote) => {
    const names = [`user:${vote.by}`, ...(vote.roles ?? []).map((role) => `role:${role}`)];
    const allowed = vote.by !== requester && names.some((name) => approvers.includes(name));
    if (allowed) decision ??= vote;
    else log.warn('vote refused', { by: vote.by });
  });
  upsertSearchAttributes([
    { key: gatesKey, value: ['gate:review', ...approvers] },
    { key: dueKey, value: new Date(Date.now() + day) },
  ]);
  await condition(() => decision !== undefined, day);
  upsertSearchAttributes([
    { key: gatesKey, value: null },
    { key: dueKey, value: null },
  ]);
  if (!decision) return { status: 'expired', by: [] };
  return { status: decision.vote === 'approve' ? 'approved' : 'rejected', by: [decision.by] };
}

export async function routed(): Promise<string> {
  const kind = await steps.classify('an invoice');
  switch (kind) {
    case 'invoice':
      return steps.book('invoice');
    case 'letter':
      return steps.book('letter');
  }
}

export async function iterated(rounds: number): Promise<number> {
  let state = 0;
  for (let round = 0; round < rounds && state < 1_000; round += 1) state = await steps.echo(state + 1);
  return state;
}
