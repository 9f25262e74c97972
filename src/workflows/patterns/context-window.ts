import { badArgument } from './bad-argument.ts';
import { track } from './run-state.ts';

/** One thing that was collected. */
export interface ContextEntry {
  /** Who said it or what it is: `researcher`, `document`, `summary`. */
  readonly role: string;
  readonly text: string;
}

export interface ContextWindowOptions {
  /** Bound on the tokens of everything collected, at least 100. */
  readonly maxTokens: number;
  /** Shortens the oldest entries to at most `maxTokens`; an activity. A longer answer is cut. */
  readonly summarize: (text: string, maxTokens: number) => Promise<string>;
  /** @default a quarter of the characters, rounded up */
  readonly countTokens?: (text: string) => number;
}

export interface ContextWindow {
  /**
   * Collects an entry, and summarizes the oldest ones first if it would overflow. Adds take effect in the order of
   * their calls. If the summary fails, the error leaves here, the entry is not kept, and everything else stays.
   */
  add(role: string, text: string): Promise<void>;
  entries(): readonly ContextEntry[];
  /** Everything as one text, oldest first, for a prompt. */
  text(): string;
  tokens(): number;
  /** A copy of its own for a branch: what either adds later the other does not see. */
  fork(): ContextWindow;
}

/** The summary takes at most this share of the window, and the newest entries that are kept word for word another. */
const summaryShare = 0.25;
const newestShare = 0.5;

/**
 * Collects what steps and agents found, within a number of tokens: when an entry would overflow it, the oldest entries
 * are replaced by a summary, and the newest that fit half of the window stay word for word. It never holds more than
 * `maxTokens`.
 *
 * Cancelling reaches a summary that is being made; the window stays as it was. It has no time limit but that of the
 * activity. On replay it is filled again from the results in the history. A bound below 100 tokens is a `BadArgument`.
 */
export function contextWindow(options: ContextWindowOptions): ContextWindow {
  if (!(options.maxTokens >= 100)) {
    throw badArgument(`maxTokens: expected a number of at least 100, got ${String(options.maxTokens)}`);
  }
  return open(options, []);
}

function open(options: ContextWindowOptions, start: readonly ContextEntry[]): ContextWindow {
  const count = options.countTokens ?? ((text: string) => Math.ceil(text.length / 4));
  const size = (entries: readonly ContextEntry[]): number => count(written(entries));
  let kept = start;
  let last: Promise<unknown> = Promise.resolve();

  const take = async (entry: ContextEntry): Promise<void> => {
    const all = [...kept, entry];
    kept = size(all) <= options.maxTokens ? all : await shortened(all);
  };

  const shortened = async (all: readonly ContextEntry[]): Promise<readonly ContextEntry[]> => {
    let from = all.length;
    while (from > 0 && size(all.slice(from - 1)) <= options.maxTokens * newestShare) from -= 1;
    const bound = Math.floor(options.maxTokens * summaryShare);
    const old = written(all.slice(0, from));
    const summary = await track('context', 'summarize', () => options.summarize(old, bound));
    return [{ role: 'summary', text: cut(summary, bound, count) }, ...all.slice(from)];
  };

  return {
    add(role, text) {
      const next = (): Promise<void> => take({ role, text });
      const added = last.then(next);
      last = added.catch(() => undefined);
      return added;
    },
    entries: () => kept,
    text: () => written(kept),
    tokens: () => size(kept),
    fork: () => open(options, kept),
  };
}

function written(entries: readonly ContextEntry[]): string {
  return entries.map(({ role, text }) => `${role}: ${text}`).join('\n\n');
}

/** The longest beginning within the bound, found by halving. */
function cut(text: string, maxTokens: number, count: (text: string) => number): string {
  if (count(text) <= maxTokens) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (count(`${text.slice(0, middle)}…`) <= maxTokens) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}
