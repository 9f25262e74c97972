import { approve, type Recording } from './recording.ts';

const order = {
  patient: { path: 'samples/patients/Stephen_McLaughlin_7735ab79-6ac8-4b81-9936-f7ddabd18751.json' },
};

export const recordings: readonly Recording[] = [
  {
    process: 'patient-report',
    workflowType: 'patientReport',
    name: 'final',
    args: () => Promise.resolve([order]),
    drive: (handle) => approve(handle, 'linus', ['physician']),
  },
];
