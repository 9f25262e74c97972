/**
 * What one run remembers about itself: its progress tree with the values of finished work, and its stragglers. With
 * `resume.ts` the only module-level mutable state in workflow code; the sandbox gives every run its own copy.
 */
import { AsyncLocalStorage, CancellationScope, isCancellation, setCurrentDetails } from '@temporalio/workflow';
import { remember } from './memory.ts';

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
  /** Names from the root, each with an ordinal from its second use on: the same in a run that goes on with this one. */
  readonly path: string;
  /** Something below did not end well, though the work went on: see {@link markPartial}. */
  partial: boolean;
  /** The node's value as JSON, once it ended whole; a run that goes on with this one does not execute it again. */
  value?: string;
  /** Values of whole children that left the tree. */
  readonly kept: Map<string, string>;
  /** Activities and child workflows that were called right here and not in a node below. */
  calls: number;
  readonly names: Map<string, number>;
}

/** Nodes beyond this many are left out of the Markdown that the Web UI shows; the query returns all of them. */
const shownInDetails = 60;

const context = new AsyncLocalStorage<OpenNode>();
const stragglers = new Map<Promise<unknown>, OpenNode | undefined>();
const received = new Map<string, string>();
let root: OpenNode | undefined;

/** Kinds whose value is not remembered: a gate carries its votes itself, a round belongs to its loop. */
const unremembered: ReadonlySet<string> = new Set(['gate', 'round', 'undo']);

/** Starts the tree of this run; called once by the interceptor. */
export function openProgress(name: string): void {
  root = node('workflow', name, undefined);
}

/** The root of the tree; `undefined` before the run began. */
export function rootNode(): OpenNode | undefined {
  return root;
}

/** Values, by path, that an earlier run has remembered and that nothing in this run has asked for yet. */
export function fromEarlierRun(): Map<string, string> {
  return received;
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
 * Runs `work` as a node of the progress tree. The outcome of `work` passes through unchanged; a node that an earlier
 * run has finished returns that run's value and executes nothing. On cancellation the node is marked cancelled. Replay
 * rebuilds the same tree.
 */
export function track<T>(kind: string, name: string, work: (node: OpenNode) => Promise<T>): Promise<T> {
  return execute(begin(kind, name), work, finish);
}

/**
 * {@link track} for one of many: a node that ended well leaves the tree, and only its value is remembered. A thousand
 * items cost the memory and the time of those that are under way.
 */
export function trackItem<T>(kind: string, name: string, work: (node: OpenNode) => Promise<T>): Promise<T> {
  return execute(begin(kind, name), work, finishItem);
}

/** How the work of a node ended. */
type Ending =
  { readonly status: 'fulfilled'; readonly value: unknown } | { readonly status: 'rejected'; readonly error: unknown };

/** Not async, with one `then`: the SDK takes a stack trace for every promise that workflow code makes. */
function execute<T>(
  own: OpenNode,
  work: (node: OpenNode) => Promise<T>,
  finished: (own: OpenNode, ending: Ending) => void,
): Promise<T> {
  return within(own, work).then(
    (value) => {
      finished(own, { status: 'fulfilled', value });
      return value;
    },
    (error: unknown) => {
      finished(own, { status: 'rejected', error });
      throw error;
    },
  );
}

/**
 * Opens a node below the one that the calling code runs in. {@link track} in three steps, for those that await the work
 * themselves and so do without another promise: begin, {@link within}, {@link finish}.
 */
export function begin(kind: string, name: string): OpenNode {
  const parent = currentNode();
  const own = node(kind, name, parent);
  parent?.children.push(own);
  return own;
}

/** Runs the work of a node, unless an earlier run has finished it. */
export function within<T>(own: OpenNode, work: (node: OpenNode) => Promise<T>): Promise<T> {
  const earlier = received.get(own.path);
  if (earlier === undefined) return context.run(own, started, own, work);
  received.delete(own.path);
  own.value = earlier;
  own.outcome = 'from an earlier run';
  return Promise.resolve((JSON.parse(earlier) as { value: T }).value);
}

/** Closes a node. */
export function finish(own: OpenNode, ending: Ending): void {
  if (ending.status === 'rejected') {
    const { error } = ending;
    const message = error instanceof Error ? error.message : String(error);
    close(own, isCancellation(error) ? 'cancelled' : 'failed', message);
    return;
  }
  close(own, 'done');
  if (!own.partial && !unremembered.has(own.kind)) keep(own, ending.value);
}

/** Closes the node of one of many: see {@link trackItem}. */
export function finishItem(own: OpenNode, ending: Ending): void {
  finish(own, ending);
  const { parent } = own;
  if (!parent || own.state !== 'done' || own.partial) return;
  parent.children.splice(parent.children.indexOf(own), 1);
  if (own.value !== undefined) parent.kept.set(own.path, own.value);
}

/** A throw before the first wait is a rejection like any other. */
function started<T>(own: OpenNode, work: (node: OpenNode) => Promise<T>): Promise<T> {
  try {
    return work(own);
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it is
    return Promise.reject(error);
  }
}

/** Remembers what a node gave, unless nobody waits for it any more or it does not survive JSON. */
function keep(own: OpenNode, value: unknown): void {
  if (CancellationScope.current().consideredCancelled) return;
  const remembered = remember(value);
  if (remembered === undefined) return;
  own.value = remembered;
  forgetBelow(own);
}

/** Forgets the values of everything below a node. */
export function forgetBelow(own: OpenNode): void {
  own.kept.clear();
  for (const child of own.children) {
    if (child.value === undefined) forgetBelow(child);
    else delete child.value;
  }
  for (const path of received.keys()) if (path.startsWith(`${own.path}/`)) received.delete(path);
}

/**
 * Says that the work of a node goes on although something in it did not end well: a branch failed that a join
 * tolerates, a default took the place of a value. The node and all above it are then not finished: a run that is
 * redriven executes them again, but not what ended well below them.
 */
export function markPartial(own: OpenNode | undefined = currentNode()): void {
  for (let each = own; each; each = each.parent) each.partial = true;
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

/** Whether losers of a join are still on their way. */
export function hasStragglers(): boolean {
  return stragglers.size > 0;
}

/**
 * Waits until every straggler has settled, even when the run is being cancelled. With `within`, only those that work
 * below this node left behind: a saga that is a straggler itself must not wait for itself.
 */
export async function settleStragglers(within?: OpenNode): Promise<void> {
  if (stragglersBelow(within).length === 0) return;
  await CancellationScope.nonCancellable(async () => {
    let pending = stragglersBelow(within);
    while (pending.length > 0) {
      await Promise.all(pending);
      pending = stragglersBelow(within);
    }
  });
}

function stragglersBelow(top: OpenNode | undefined): Promise<unknown>[] {
  const all = [...stragglers];
  return all.filter(([, at]) => top === undefined || isBelow(at, top)).map(([work]) => work);
}

function isBelow(at: OpenNode | undefined, top: OpenNode): boolean {
  for (let own = at; own; own = own.parent) if (own === top) return true;
  return false;
}

function ignore(): void {
  // A straggler's outcome is nobody's business any more.
}

function node(kind: string, name: string, parent: OpenNode | undefined): OpenNode {
  return {
    kind,
    name,
    parent,
    path: parent ? `${parent.path}/${ordinalName(name, parent.names)}` : '',
    startedAt: Date.now(),
    state: 'running',
    children: [],
    partial: false,
    kept: new Map(),
    calls: 0,
    names: new Map(),
  };
}

function ordinalName(name: string, names: Map<string, number>): string {
  const count = (names.get(name) ?? 0) + 1;
  names.set(name, count);
  // As in a JSON pointer, so that no name can be taken for a path or an ordinal.
  const escaped = /[~/#]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('#', '~2') : name;
  return count === 1 ? escaped : `${escaped}#${String(count)}`;
}

function close(own: OpenNode, state: ProgressState, outcome?: string): void {
  own.endedAt = Date.now();
  if (own.state === 'running') own.state = state;
  if (outcome !== undefined) own.outcome ??= outcome.slice(0, 200);
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

/** Shows the tree as it stands in Temporal's Web UI; called by the interceptor at the end of every task. */
export function showProgress(): void {
  if (!root) return;
  const lines: string[] = [];
  const write = (own: OpenNode, depth: number): void => {
    if (lines.length >= shownInDetails) return;
    lines.push(`${'  '.repeat(depth)}- ${marks[own.state]} ${own.name}${own.outcome ? ` — ${own.outcome}` : ''}`);
    for (const child of own.children) write(child, depth + 1);
  };
  for (const child of root.children) write(child, 0);
  setCurrentDetails(lines.join('\n'));
}
