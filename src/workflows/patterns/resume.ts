/**
 * How a run goes on where an earlier one ended: one mechanism for `redrive` and for continuing as new. What is finished
 * travels to the next run in a header; its code starts from the top with the same arguments, and finished work returns
 * its value at once without executing.
 */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { allHandlersFinished, CancellationScope, condition, defineQuery } from '@temporalio/workflow';
import { failure } from '../../failures.ts';
import { remember } from './memory.ts';
import { forgetBelow, fromEarlierRun, rootNode, settleStragglers, type OpenNode } from './run-state.ts';

/** What a run hands to the one that goes on with it. JSON. */
interface ResumeToken {
  /** Values by path in the progress tree. */
  readonly finished: Readonly<Record<string, { readonly value?: unknown }>>;
  /** What patterns save of themselves, by name. */
  readonly carried: Readonly<Record<string, unknown>>;
}

/** The answer to the query `resume`. */
export interface Resumable {
  /** The run went on although something in it did not end well; see `markPartial`. */
  readonly partial: boolean;
  readonly token: ResumeToken;
}

/**
 * How a run goes on. `resume`: from the top with the same arguments, by itself or redriven. `anew`: the workflow called
 * `continueAsNew` with arguments of its own; nothing that is finished goes along, only what is still open.
 */
export type Continuation = 'resume' | 'anew';

const resumeHeader = 'fermata-resume';
export const resumeQuery = defineQuery<Resumable>('resume');

/** Temporal takes headers as part of the run's start, which has to stay far below its limit of 2 MB. */
const largestToken = 1_000_000;

const saves = new Map<string, (how: Continuation) => unknown>();
const arrived = new Map<string, unknown>();

/** Takes over what an earlier run has left for this one; called once by the interceptor, before the workflow starts. */
export function openResume(headers: Headers): void {
  const payload = headers[resumeHeader];
  if (!payload) return;
  const token = defaultPayloadConverter.fromPayload<ResumeToken>(payload);
  const finished = fromEarlierRun();
  for (const [path, value] of Object.entries(token.finished)) finished.set(path, JSON.stringify(value));
  for (const [name, state] of Object.entries(token.carried)) arrived.set(name, state);
}

/**
 * Saves the state of something that waits or loops, under a name that is unique in the run, for a run that goes on with
 * this one. `save` is called when that run is about to start, or when somebody asks for the token of this one; what it
 * gives is JSON, and `undefined` saves nothing. Returns what stops the saving.
 */
export function carry(name: string, save: (how: Continuation) => unknown): () => void {
  saves.set(name, save);
  return () => {
    if (saves.get(name) === save) saves.delete(name);
  };
}

/** What the run before this one has saved under a name; `undefined` if there is nothing. Given once. */
export function carried(name: string): unknown {
  const state = arrived.get(name);
  arrived.delete(name);
  return state;
}

/** Says that everything below a node is about to be undone: none of it counts as finished any more. */
export function markUndone(own: OpenNode): void {
  delete own.value;
  forgetBelow(own);
}

/** The answer to the query `resume`. On a closed run: what a redrive goes on with. */
export function resumable(): Resumable {
  return { partial: rootNode()?.partial ?? false, token: tokenFor('resume') };
}

/**
 * The header for the next run, once everything has settled that must not be lost. Fails with `ResumeTooLarge` when what
 * has to be handed over passes 1 MB. On cancellation it still waits: what is under way cannot be taken along.
 */
export async function headersFor(how: Continuation): Promise<Headers> {
  await settleStragglers();
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  const token = tokenFor(how);
  if (isEmpty(token)) return {};
  const payload = defaultPayloadConverter.toPayload(token);
  const size = payload.data?.length ?? 0;
  if (size <= largestToken) return { [resumeHeader]: payload };
  throw failure(
    'logic',
    `cannot go on in a new run: what is finished takes ${String(size)} bytes; keep results by reference`,
    {
      type: 'ResumeTooLarge',
      details: { bytes: size, limit: largestToken },
    },
  );
}

function tokenFor(how: Continuation): ResumeToken {
  const saved = savedStates(how).filter(([, state]) => state !== undefined && remember(state) !== undefined);
  if (how === 'anew') return { finished: {}, carried: Object.fromEntries(saved) };
  return {
    finished: finishedWork(),
    carried: Object.fromEntries([...arrived, ...saved]),
  };
}

/** The name of something whose state JSON would change, so that no other run can go on with it. */
export function unsavable(): string | undefined {
  return savedStates('resume').find(([, state]) => remember(state) === undefined)?.[0];
}

function savedStates(how: Continuation): (readonly [name: string, state: unknown])[] {
  return [...saves].map(([name, save]) => [name, save(how)] as const);
}

/** What this run has finished, and what an earlier one had finished that this one has not come to. */
function finishedWork(): ResumeToken['finished'] {
  const texts = new Map(fromEarlierRun());
  // Inside an open saga only its steps count: they enter the journal of the next run by being called again, while a
  // stage that is taken for done would hide the steps in it, and nobody could undo them.
  const collect = (own: OpenNode, inSaga: boolean): void => {
    if (own.value !== undefined && (!inSaga || own.kind === 'step')) {
      texts.set(own.path, own.value);
      return;
    }
    const within = inSaga || (own.kind === 'saga' && own.state !== 'done');
    if (!within) for (const [path, value] of own.kept) texts.set(path, value);
    for (const child of own.children) collect(child, within);
  };
  for (const child of rootNode()?.children ?? []) collect(child, false);
  for (const [path, value] of rootNode()?.kept ?? []) texts.set(path, value);
  return Object.fromEntries([...texts].map(([path, text]) => [path, JSON.parse(text) as { value?: unknown }]));
}

function isEmpty({ finished, carried: states }: ResumeToken): boolean {
  return Object.keys(finished).length === 0 && Object.keys(states).length === 0;
}
