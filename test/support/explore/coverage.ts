/** What an exploration covered, and what it found. */
import type { Fault, Point } from './plan.ts';

export class Coverage {
  readonly name: string;
  /** What did not hold, each with the fault that led to it. */
  readonly violations: string[] = [];
  /** Faults that were planned and never came about. */
  readonly leftOut: string[] = [];
  private readonly points = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  /** Runs that were repeated, because their fault was not reached or the test server lost them. */
  retried = 0;
  /** Faults that could not happen, because the workflow cancelled the activity before it had an effect. */
  impossible = 0;
  private runs = 0;
  private second = 0;
  private readonly third = new Set<string>();
  private readonly passed = new Set<string>();
  private readonly bounds: string;
  private readonly startedAt = Date.now();

  constructor(name: string, bounds: string) {
    this.name = name;
    this.bounds = bounds;
  }

  found(points: readonly Point[]): void {
    for (const point of points) count(this.points, point.kind);
  }

  foundByFault(points: readonly Point[]): void {
    this.second += points.length;
    this.found(points);
  }

  beyond(points: readonly Point[]): void {
    for (const point of points) this.third.add(point.label);
  }

  /** Points that the test leaves out on purpose. */
  passedOver(points: readonly Point[]): void {
    for (const point of points) this.passed.add(point.label);
  }

  ran(faults: readonly Fault[]): void {
    this.runs += 1;
    const last = faults.at(-1);
    if (last) count(this.faults, last.kind);
  }

  /** A few lines for the test's output. */
  report(): string {
    const list = (counts: ReadonlyMap<string, number>): string =>
      [...counts].map(([kind, times]) => `${kind} ${String(times)}`).join(', ');
    const points = [...this.points.values()].reduce((sum, each) => sum + each, 0);
    return [
      `${this.name}: ${points} points, ${this.runs} runs, ${((Date.now() - this.startedAt) / 1000).toFixed(1)} s${this.bounds}`,
      `  points: ${list(this.points)} (${this.second} of them only after a fault)`,
      `  faults: ${list(this.faults)}`,
      ...(this.retried > 0 ? [`  runs repeated: ${this.retried}`] : []),
      ...(this.impossible > 0 ? [`  faults after an effect that was cancelled before: ${this.impossible}`] : []),
      ...(this.third.size > 0 ? [`  seen only after two faults, not explored: ${this.third.size}`] : []),
      ...(this.passed.size > 0
        ? [`  passed over on purpose: ${this.passed.size} (${[...this.passed].join(', ')})`]
        : []),
      ...this.leftOut.map((each) => `  LEFT OUT ${each}`),
      ...this.violations.map((each) => `  BROKEN ${each}`),
    ].join('\n');
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
