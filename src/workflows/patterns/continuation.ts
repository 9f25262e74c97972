/**
 * When a run may continue as new on its own, and how it does. Long loops ask at points where they have nothing under
 * way; everything else that is under way is watched here.
 */
import { allHandlersFinished, log, workflowInfo } from '@temporalio/workflow';
import { unsavable } from './resume.ts';
import { currentNode, hasStragglers, rootNode, type OpenNode } from './run-state.ts';

/** Kinds that carry their own state over to the next run: what they have called or wait for is not lost. */
const selfCarrying: ReadonlySet<string> = new Set(['gate', 'iterate', 'poll', 'batch']);

/** Beyond this many events a run continues as new even when the server does not suggest it. */
const manyEvents = 8_000;

const underWay = new Map<symbol, string>();
let askNextAt = 0;
let warned = false;
let wish: () => void = () => undefined;

/** Says what to do when a loop wants the run to continue as new; called once by the interceptor. */
export function onContinue(act: () => void): void {
  wish = act;
}

/**
 * Notes an activity or child workflow. Until a stage remembers its value the run stays what it is, for it would be
 * called again; what a loop or gate itself calls is watched until it has ended.
 */
export function noteCall(name: string, call: Promise<unknown>): void {
  const at = currentNode();
  if (!at) return;
  at.calls += 1;
  if (selfCarrying.has(at.kind)) watch(name, call);
}

/** Notes a timer: a run that continues as new would wait for it again. Those of loops and gates have an absolute end. */
export function noteTimer(): void {
  const at = currentNode();
  if (at && !selfCarrying.has(at.kind)) at.calls += 1;
}

function watch(name: string, work: Promise<unknown>): void {
  const id = Symbol(name);
  const done = (): void => void underWay.delete(id);
  underWay.set(id, name);
  work.then(done, done);
}

/** Whether the history has grown so long that a loop should look for a point at which the run can continue as new. */
export function isHistoryLong(maxHistoryEvents = manyEvents): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return (continueAsNewSuggested || historyLength >= maxHistoryEvents) && historyLength >= askNextAt;
}

/**
 * Continues the run as new, with everything finished remembered: then this never returns. It returns when that is not
 * possible now: losers of a join are still settling, a message is being handled, a saga is open, or an activity, child
 * workflow or timer that no stage remembers would run again. A log line says so once; the loop goes on and
 * asks again a thousand events later.
 */
export async function continueFromTop(): Promise<void> {
  const obstacle = findObstacle();
  if (obstacle === undefined) {
    wish();
    await new Promise<never>(() => undefined);
  }
  askNextAt = workflowInfo().historyLength + 1_000;
  if (warned) return;
  warned = true;
  log.warn('the history grows long, and the run cannot continue as new yet', { obstacle });
}

function findObstacle(): string | undefined {
  const [first] = underWay.values();
  if (first !== undefined) return `${first} is under way`;
  if (hasStragglers()) return 'losers of a join are still settling';
  if (!allHandlersFinished()) return 'a message is being handled';
  const state = unsavable();
  if (state !== undefined) return `the state of '${state}' is not plain JSON`;
  const root = rootNode();
  return root && obstacleBelow(root);
}

function obstacleBelow(own: OpenNode): string | undefined {
  if (own.value !== undefined) return undefined;
  if (own.kind === 'saga' && own.state === 'running') return `the saga '${own.name}' is open`;
  if (own.calls > 0 && !selfCarrying.has(own.kind)) {
    return `what '${own.name}' has called outside of any finished stage would run again`;
  }
  for (const child of own.children) {
    const obstacle = obstacleBelow(child);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}
