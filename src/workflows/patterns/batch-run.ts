import { CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import { failure, rootOf } from '../../failures.ts';
import type { BatchChunk, BatchOptions, BatchResult, BatchSource, ChunkOutcome, ChunkWork } from './batch.ts';
import { continueFromTop, isHistoryLong } from './continuation.ts';
import { carried, carry } from './resume.ts';
import { markPartial, type OpenNode } from './run-state.ts';
import { key } from './stage.ts';

interface Numbered<C> {
  readonly chunk: C;
  readonly index: number;
}

/** A chunk with failures, and what it counted for: doing it again takes that back. */
interface Faulty<C> extends Numbered<C> {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

/** All that a batch knows; it travels whole to a run that goes on with this one. JSON. */
interface Position<C> {
  done: number;
  failed: number;
  skipped: number;
  /** Chunks that the source has given so far. */
  chunks: number;
  failures: BatchResult['failures'][number][];
  faulty: Faulty<C>[];
  /** Given by the source and not ended yet. */
  queue: Numbered<C>[];
  cursor: string | null;
  more: boolean;
  total: number | null;
}

const listedFailures = 100;
/** A redrive does at most this many chunks again; they travel with the run. */
const rememberedChunks = 1_000;

/** One batch at work: lanes that take chunks from a queue, which the source fills. */
export class BatchRun<C extends BatchChunk> {
  private readonly at: Position<C>;
  private readonly underWay = new Set<Numbered<C>>();
  private readonly outer = CancellationScope.current();
  private readonly doneBefore: number;
  private readonly resumedAt = Date.now();
  private failure: unknown;
  private fetching: Promise<void> | undefined;
  private readonly node: OpenNode;
  private readonly source: BatchSource<C>;
  private readonly work: ChunkWork<C>;
  private readonly options: BatchOptions;

  constructor(node: OpenNode, source: BatchSource<C>, work: ChunkWork<C>, options: BatchOptions) {
    this.node = node;
    this.source = source;
    this.work = work;
    this.options = options;
    const saved = carried(node.path) as Position<C> | undefined;
    this.at = saved ?? beginning();
    // A run that continued as new goes on; one that was redriven tries again what failed.
    if (saved && workflowInfo().continuedFromExecutionRunId === undefined) this.takeBack();
    this.doneBefore = this.seen();
  }

  async run(): Promise<BatchResult> {
    const stopSaving = carry(this.node.path, (how) => (how === 'resume' ? this.position() : undefined));
    for (;;) {
      await Promise.all(Array.from({ length: this.options.maxConcurrency }, () => this.lane()));
      await this.fetching;
      this.throwIfOver();
      if (this.at.queue.length === 0 && !this.at.more) break;
      await continueFromTop();
    }
    this.judge(this.seen());
    this.throwIfOver();
    if (this.at.failed === 0) stopSaving();
    else markPartial(this.node);
    const { done, failed, skipped, chunks, failures } = this.at;
    return { done, failed, skipped, total: this.seen(), chunks, failures };
  }

  private throwIfOver(): void {
    if (this.outer.consideredCancelled) throw new CancelledFailure('batch was cancelled');
    if (this.failure !== undefined) throw this.failure as Error;
  }

  private async lane(): Promise<void> {
    while (!this.isHalted()) {
      const next = await this.take();
      if (!next) return;
      await this.process(next);
    }
  }

  private isHalted(): boolean {
    if (this.failure !== undefined || this.outer.consideredCancelled) return true;
    return isHistoryLong(this.options.maxHistoryEvents);
  }

  /** The next chunk, fetched ahead so that no lane waits for the source; `undefined` at the end or when halted. */
  private async take(): Promise<Numbered<C> | undefined> {
    const { at, options } = this;
    while (at.queue.length === 0 && at.more && !this.isHalted()) await (this.fetching ??= this.fetch());
    if (this.isHalted()) return undefined;
    const next = at.queue.shift();
    if (next) this.underWay.add(next);
    if (at.more && at.queue.length < options.maxConcurrency) this.fetching ??= this.fetch();
    return next;
  }

  /** Never rejects: what the source throws ends the batch. */
  private async fetch(): Promise<void> {
    const { at } = this;
    try {
      const page = await this.source(at.cursor, this.options.batchSize);
      if (page.next !== null && page.next === at.cursor) {
        throw failure('logic', `the source gave '${page.next}' as the cursor after itself`, { type: 'SourceStuck' });
      }
      for (const chunk of page.chunks) at.queue.push({ chunk, index: at.chunks++ });
      at.cursor = page.next;
      at.more = page.next !== null;
      at.total = page.total ?? at.total;
    } catch (error) {
      this.failure ??= error;
    } finally {
      this.fetching = undefined;
    }
  }

  private async process(next: Numbered<C>): Promise<void> {
    const { chunk, index } = next;
    let outcome: ChunkOutcome;
    try {
      outcome = await this.work(chunk, { index, key: key(`${this.node.path.slice(1)}/${String(index)}`) });
      if (outcome.done + outcome.failed.length + outcome.skipped !== chunk.size) {
        this.failure ??= miscounted(next, outcome);
        return;
      }
    } catch (error) {
      if (this.outer.consideredCancelled) return;
      const root = rootOf(error);
      const failed = { item: `chunk ${String(index)}`, error: root instanceof Error ? root.message : String(root) };
      this.count(next, { done: 0, failed: chunk.size, skipped: 0 }, [failed]);
      return;
    }
    this.count(next, { ...outcome, failed: outcome.failed.length }, outcome.failed);
  }

  private count(next: Numbered<C>, counts: Omit<Faulty<C>, keyof Numbered<C>>, failures: ChunkOutcome['failed']): void {
    const { at } = this;
    this.underWay.delete(next);
    at.done += counts.done;
    at.failed += counts.failed;
    at.skipped += counts.skipped;
    if (counts.failed > 0) {
      if (at.faulty.length < rememberedChunks) at.faulty.push({ ...next, ...counts });
      for (const each of failures.slice(0, listedFailures - at.failures.length)) {
        at.failures.push({ item: each.item, error: each.error.slice(0, 200), chunk: next.index });
      }
    }
    if (at.total !== null) this.judge(at.total);
    this.node.outcome = this.progress();
  }

  /** Fails the batch when more items failed than are tolerated of `total`. */
  private judge(total: number): void {
    const { toleratedFailures = '100%' } = this.options;
    const limit =
      typeof toleratedFailures === 'number'
        ? toleratedFailures
        : Math.floor((total * Number(toleratedFailures.slice(0, -1))) / 100);
    const { done, failed, skipped, failures } = this.at;
    if (failed <= limit) return;
    this.failure ??= failure('logic', `${String(failed)} items failed, ${String(limit)} are tolerated`, {
      type: 'TooManyFailures',
      details: { done, failed, skipped, failures: failures.slice(0, 10) },
    });
  }

  private takeBack(): void {
    const { at } = this;
    const again = new Set(at.faulty.map(({ index }) => index));
    for (const { chunk, index, done, failed, skipped } of at.faulty) {
      at.done -= done;
      at.failed -= failed;
      at.skipped -= skipped;
      at.queue.push({ chunk, index });
    }
    at.failures = at.failures.filter(({ chunk }) => !again.has(chunk));
    at.faulty = [];
  }

  private position(): Position<C> {
    return { ...this.at, queue: [...this.underWay, ...this.at.queue] };
  }

  private seen(): number {
    return this.at.done + this.at.failed + this.at.skipped;
  }

  private progress(): string {
    const { done, failed, total } = this.at;
    const seconds = (Date.now() - this.resumedAt) / 1_000;
    const rate = seconds > 0 ? (this.seen() - this.doneBefore) / seconds : 0;
    const left = total !== null && rate > 0 ? `, ${String(Math.ceil((total - this.seen()) / rate))} s left` : '';
    const speed = rate > 0 ? `, ${String(Math.round(rate))}/s` : '';
    return `${String(done)} done${failed > 0 ? `, ${String(failed)} failed` : ''}${speed}${left}`;
  }
}

function beginning<C>(): Position<C> {
  return {
    done: 0,
    failed: 0,
    skipped: 0,
    chunks: 0,
    failures: [],
    faulty: [],
    queue: [],
    cursor: null,
    more: true,
    total: null,
  };
}

function miscounted<C extends BatchChunk>({ chunk, index }: Numbered<C>, outcome: ChunkOutcome): Error {
  const { done, failed, skipped } = outcome;
  const parts = `${String(done)} done, ${String(failed.length)} failed and ${String(skipped)} skipped`;
  return failure('logic', `chunk ${String(index)} of ${String(chunk.size)} items reported ${parts}`, {
    type: 'Miscounted',
  });
}
