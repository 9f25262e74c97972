import { setBehaviour } from '../../../src/services/vendors/behaviour.ts';
import type { Harness } from '../../support/harness.ts';
import { approve, type Recording } from './recording.ts';

const applicant = {
  name: 'Highscore Hopper',
  documentNumber: 'C01X00T47',
  birthDate: '1982-03-23',
  country: 'DE',
  referees: ['David Hilbert', 'Felix Klein'],
  requester: 'katherine',
};

const process = { process: 'due-diligence', workflowType: 'dueDiligence' };
const kinds = ['identity', 'credit', 'references', 'background'] as const;

const at = (paceMs: number, given: object) => async (harness: Harness) => {
  for (const kind of kinds) await setBehaviour(harness.services.db, kind, { paceMs });
  return [given];
};

export const recordings: readonly Recording[] = [
  { ...process, name: 'approved', args: at(720_000, applicant) },
  {
    ...process,
    name: 'analysed',
    args: at(0, { ...applicant, name: 'Nofile Noether', referees: ['A silent referee'] }),
    drive: (handle) => approve(handle, 'florence', ['analyst']),
  },
];
