import { setBehaviour } from '../../../src/services/vendors/behaviour.ts';
import type { Harness } from '../../support/harness.ts';
import { approve, type Recording } from './recording.ts';

const process = { process: 'incident-response', workflowType: 'incidentResponse' };
const alert = (service: string) => async (harness: Harness) => {
  await setBehaviour(harness.services.db, 'infrastructure', { paceMs: 0 });
  return [{ service, severity: 'critical', title: 'Requests fail', description: 'Every request fails with 502.' }];
};

export const recordings: readonly Recording[] = [
  {
    ...process,
    name: 'resolved',
    args: alert('flaky-3-search'),
    drive: (handle) => approve(handle, 'hedy', ['on-call']),
  },
  { ...process, name: 'escalated', args: alert('broken-billing') },
];
