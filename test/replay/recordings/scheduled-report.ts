import type { Recording } from './recording.ts';

const report = {
  from: '2026-11-20T07:00:00.000Z',
  to: '2026-11-21T07:00:00.000Z',
  runs: 0,
  failed: 0,
  microUsd: 0,
  cut: false,
  processes: [],
};

export const recordings: readonly Recording[] = [
  {
    process: 'scheduled-report',
    workflowType: 'scheduledReport',
    name: 'mailed',
    args: () => Promise.resolve([{ hours: 24, to: ['role:manager'] }]),
    // The server that skips time cannot list runs.
    faults: () => ({ aggregateRuns: () => Promise.resolve(report) }),
  },
];
