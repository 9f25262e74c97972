/** Which tests look after a source of the patterns: that of its own name first, then the most telling. */

/** Sources without a test of their own name, or with more that tell of them. */
const others: Readonly<Record<string, readonly string[]>> = {
  'approval-gate': ['redrive', 'iterate'],
  'asked-delay': ['retrying'],
  'bad-argument': ['map'],
  'batch-run': ['batch', 'redrive'],
  batch: ['redrive'],
  budget: ['agent'],
  cancellation: ['fallback', 'with-fallback', 'ladder', 'retrying'],
  continuation: ['iterate', 'redrive', 'batch', 'poll'],
  deadline: ['iterate', 'poll'],
  duration: ['with-timeout', 'retrying', 'parallel'],
  fingerprint: ['gate-votes', 'approval-gate'],
  'gate-deadline': ['approval-gate', 'iterate'],
  'gate-messages': ['approval-gate'],
  'gate-options': ['approval-gate'],
  'gate-shape': ['gate-votes', 'approval-gate'],
  'gate-votes': ['approval-gate', 'redrive'],
  iterate: ['redrive'],
  'joined-failure': ['fallback', 'parallel', 'map', 'retrying'],
  lanes: ['parallel', 'map', 'with-timeout', 'semantics', 'saga'],
  loop: ['iterate', 'poll', 'redrive'],
  map: ['semantics'],
  memory: ['redrive', 'run-state', 'iterate'],
  parallel: ['semantics', 'redrive'],
  path: ['route', 'when'],
  resume: ['redrive', 'redrive-saga', 'iterate', 'run-state', 'batch', 'saga'],
  'run-state': ['redrive', 'redrive-saga', 'map', 'iterate', 'saga', 'parallel', 'with-fallback'],
  saga: ['redrive-saga', 'redrive'],
  stage: ['redrive', 'retrying', 'run-state'],
  tally: ['map', 'pipeline', 'semantics', 'redrive'],
};

/** Names of tests in `test/workflows/patterns`; `all`: those that there are. */
export function testsOf(source: string, all: readonly string[]): readonly string[] {
  const own = all.includes(source) ? [source] : [];
  const tests = [...own, ...(others[source] ?? [])];
  if (tests.length === 0) throw new Error(`no test is named for ${source}.ts: see test/mutants/tests-of.ts`);
  return tests;
}
