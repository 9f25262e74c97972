/** For the whole suite: how far it is once a minute, what failed as soon as it has, and a few lines in the end. */
import { basename } from 'node:path';
import ExplorationReporter, { say } from './reporter.js';

const everyMs = 60_000;

export default class BriefReporter extends ExplorationReporter {
  files = 0;
  failed = 0;
  startedAt = Date.now();

  onRunStart(results) {
    say(`${results.numTotalTestSuites} test files`);
    this.timer = setInterval(() => {
      say(`  ${this.took()}: ${this.files} of ${results.numTotalTestSuites} files, ${this.failed} failed`);
    }, everyMs);
  }

  onTestResult(_test, result) {
    this.files += 1;
    const wrong = this.news().filter(({ holds }) => !holds);
    if (result.numFailingTests === 0 && !result.testExecError) return;
    this.failed += 1;
    say(`FAILED ${result.testFilePath}\n${result.failureMessage ?? ''}`);
    for (const { report } of wrong) say(report);
    for (const { type, message, origin } of result.console ?? []) say(`console.${type}: ${message}\n${origin}`);
  }

  onRunComplete(contexts, results) {
    clearInterval(this.timer);
    super.onRunComplete();
    for (const { report, repeats } of this.told) {
      for (const why of repeats) say(`  repeated: ${report.split(':')[0]}: ${why}`);
    }
    const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites, numPendingTests: skipped } = results;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    say(`${this.files} test files in ${this.took()}; longest: ${longest(results.testResults)}`);
    say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }

  took() {
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
}

/** The five test files that took longest. */
function longest(files) {
  const seconds = ({ perfStats }) => Math.round((perfStats.end - perfStats.start) / 1000);
  const first = [...files].sort((a, b) => seconds(b) - seconds(a)).slice(0, 5);
  return first.map((file) => `${basename(file.testFilePath, '.test.ts')} ${seconds(file)} s`).join(', ');
}
