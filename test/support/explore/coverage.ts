/** What an exploration covered, and what it found. */
import type { Fault, Point } from './plan.ts';
import type { Outcome } from './session.ts';

export class Coverage {
  readonly name: string;
  /** What did not hold, each with the fault that led to it. */
  readonly violations: string[] = [];
  /** Faults that were planned and never came about. */
  readonly leftOut: string[] = [];
  private readonly points = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  /** Runs that were repeated, each with what went wrong in it and why it tells nothing. */
  readonly repeats: string[] = [];
  /** Faults that could not happen, because the activity failed for good or was cancelled before it had an effect. */
  impossible = 0;
  runs = 0;
  private readonly ends = new Map<string, number>();
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

  repeated(why: string): void {
    this.repeats.push(why);
  }

  ran(faults: readonly Fault[], outcome: Outcome['status']): void {
    this.runs += 1;
    count(this.ends, outcome);
    const last = faults.at(-1);
    if (last) count(this.faults, last.kind);
  }

  /** Everything held, and nothing was left out. */
  get holds(): boolean {
    return this.violations.length === 0 && this.leftOut.length === 0;
  }

  /** How many runs ended in each way. */
  outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.ends);
  }

  /** A line for the test's output, and one for each thing that is wrong; `FERMATA_FAULT_LOG` adds the particulars. */
  report(): string {
    const list = (counts: ReadonlyMap<string, number>): string =>
      [...counts].map(([kind, times]) => `${kind} ${String(times)}`).join(', ');
    const points = [...this.points.values()].reduce((sum, each) => sum + each, 0);
    const seconds = ((Date.now() - this.startedAt) / 1000).toFixed(1);
    const notes = [
      [this.second, 'of the points only after a fault'],
      [this.repeats.length, 'runs repeated'],
      [this.impossible, 'faults after an effect that never came'],
      [this.third.size, 'points seen only after two faults and not explored'],
      [this.passed.size, 'points passed over on purpose'],
    ] as const;
    const told = notes.flatMap(([times, what]) => (times > 0 ? [`${String(times)} ${what}`] : []));
    const line = `${this.name}: ${points} points (${list(this.points)}), ${this.runs} runs (${list(this.ends)}), ${seconds} s${this.bounds}`;
    const particulars = [`  ${list(this.faults)}`, ...[...this.passed].map((label) => `  passed over: ${label}`)];
    return [
      [line, ...told].join('; '),
      ...(process.env['FERMATA_FAULT_LOG'] ? particulars : []),
      ...this.repeats.map((each) => `  repeated: ${each}`),
      ...this.leftOut.map((each) => `  LEFT OUT ${each}`),
      ...this.violations.map((each) => `  BROKEN ${each}`),
    ].join('\n');
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
