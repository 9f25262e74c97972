/**
 * What one run remembers about itself: its progress tree and its stragglers. The only module-level mutable state in
 * workflow code; the sandbox gives every run its own copy.
 */
import { AsyncLocalStorage, CancellationScope, isCancellation, setCurrentDetails } from '@temporalio/workflow';

/** How a node of the progress tree stands. */
export type ProgressState = 'running' | 'done' | 'failed' | 'cancelled' | 'timedOut' | 'defaulted';

/** One node of the progress tree, as the query `progress` returns it. Times are ISO, in workflow time. */
export interface ProgressNode {
  readonly name: string;
  readonly kind: string;
  readonly state: ProgressState;
  readonly start: string;
  readonly end?: string;
  /** What came of it in a few words: a route taken, a vote, an error's message. */
  readonly outcome?: string;
  readonly children: readonly ProgressNode[];
}

/** A node while the run can still change it. */
export interface OpenNode {
  readonly name: string;
  readonly kind: string;
  readonly startedAt: number;
  endedAt?: number;
  state: ProgressState;
  outcome?: string;
  readonly parent: OpenNode | undefined;
  readonly children: OpenNode[];
}

/** Nodes beyond this many are left out of the Markdown that the Web UI shows; the query returns all of them. */
const shownInDetails = 60;

const context = new AsyncLocalStorage<OpenNode>();
const stragglers = new Map<Promise<unknown>, OpenNode | undefined>();
let root: OpenNode | undefined;
let reported = 0;

/** Starts the tree of this run; called once by the interceptor. */
export function openProgress(name: string): void {
  root = node('workflow', name, undefined);
}

/** The tree as it stands, or `undefined` before the run began. */
export function progressTree(): ProgressNode | undefined {
  return root && freeze(root);
}

/** The node that the calling code runs in. */
export function currentNode(): OpenNode | undefined {
  return context.getStore() ?? root;
}

/**
 * Runs `work` as a node of the progress tree. The outcome of `work` passes through unchanged.
 * On cancellation the node is marked cancelled. Replay rebuilds the same tree.
 */
export async function track<T>(kind: string, name: string, work: (node: OpenNode) => Promise<T>): Promise<T> {
  const parent = currentNode();
  const own = node(kind, name, parent);
  parent?.children.push(own);
  show();
  try {
    const value = await context.run(own, () => work(own));
    close(own, 'done');
    return value;
  } catch (error) {
    close(own, isCancellation(error) ? 'cancelled' : 'failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** Marks the whole run's node. */
export function closeProgress(state: ProgressState, outcome?: string): void {
  if (root) close(root, state, outcome);
}

/**
 * Hands over work whose outcome no longer matters: its rejection is swallowed, and the run does not close before it
 * has settled. On replay the same promises are collected again.
 */
export function addStraggler(work: Promise<unknown>): void {
  const settled = work.then(ignore, ignore).finally(() => stragglers.delete(settled));
  stragglers.set(settled, currentNode());
}

/**
 * Waits until every straggler has settled, even when the run is being cancelled. With `within`, only those that work
 * below this node left behind: a saga that is a straggler itself must not wait for itself.
 */
export async function settleStragglers(within?: OpenNode): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      const pending = [...stragglers].filter(([, at]) => within === undefined || isBelow(at, within));
      if (pending.length === 0) return;
      await Promise.all(pending.map(([work]) => work));
    }
  });
}

function isBelow(at: OpenNode | undefined, top: OpenNode): boolean {
  for (let own = at; own; own = own.parent) if (own === top) return true;
  return false;
}

function ignore(): void {
  // A straggler's outcome is nobody's business any more.
}

function node(kind: string, name: string, parent: OpenNode | undefined): OpenNode {
  return { kind, name, parent, startedAt: Date.now(), state: 'running', children: [] };
}

function close(own: OpenNode, state: ProgressState, outcome?: string): void {
  own.endedAt = Date.now();
  if (own.state === 'running') own.state = state;
  if (outcome !== undefined) own.outcome ??= outcome.slice(0, 200);
  show();
}

function freeze(own: OpenNode): ProgressNode {
  return {
    name: own.name,
    kind: own.kind,
    state: own.state,
    start: new Date(own.startedAt).toISOString(),
    ...(own.endedAt === undefined ? {} : { end: new Date(own.endedAt).toISOString() }),
    ...(own.outcome === undefined ? {} : { outcome: own.outcome }),
    children: own.children.map(freeze),
  };
}

const marks: Record<ProgressState, string> = {
  running: '▶',
  done: '✓',
  failed: '✗',
  cancelled: '⊘',
  timedOut: '⏱',
  defaulted: '≈',
};

function show(): void {
  if (!root || reported > 2_000) return;
  reported += 1;
  const lines: string[] = [];
  const write = (own: OpenNode, depth: number): void => {
    if (lines.length >= shownInDetails) return;
    lines.push(`${'  '.repeat(depth)}- ${marks[own.state]} ${own.name}${own.outcome ? ` — ${own.outcome}` : ''}`);
    for (const child of own.children) write(child, depth + 1);
  };
  for (const child of root.children) write(child, 0);
  setCurrentDetails(lines.join('\n'));
}
