/**
 * Tells what the explorations covered: a line for each when its file is done, and the sum in the end. A run of the tests
 * in which the test server lost more than a handful of runs fails.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Repeats are there for a test server that loses a run now and then, not for a fault that shows now and then. Of 4,115 runs
 * 4 were repeated on a machine at rest, and 8 on a busy one.
 */
const handful = 12;

export default class ExplorationReporter {
  told = [];

  /** Lines that have come since the last call. */
  news() {
    const file = join(process.env.FERMATA_TEST_BUNDLES ?? '', 'explorations.jsonl');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    const fresh = lines.slice(this.told.length).map((line) => JSON.parse(line));
    this.told.push(...fresh);
    return fresh;
  }

  onTestResult() {
    for (const { report } of this.news()) say(report);
  }

  onRunComplete() {
    this.news();
    if (this.told.length > 0) say(this.sum());
  }

  sum() {
    const outcomes = {};
    for (const each of this.told) {
      for (const [name, times] of Object.entries(each.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + times;
    }
    const list = Object.entries(outcomes).map(([name, times]) => `${times} ${name}`);
    const runs = `${this.told.length} explorations, ${sumOf(this.told, 'runs')} runs (${list.join(', ')})`;
    return `${runs}; ${this.repeated} repeated`;
  }

  get repeated() {
    return this.told.reduce((sum, { repeats }) => sum + repeats.length, 0);
  }

  /** Jest ends with what this gives. */
  getLastError() {
    if (this.repeated <= handful) return undefined;
    return new Error(`${this.repeated} explored runs were repeated, and more than ${handful} are not chance`);
  }
}

function sumOf(all, name) {
  return all.reduce((sum, each) => sum + each[name], 0);
}

export function say(line) {
  process.stdout.write(`${line}\n`);
}
