import { z } from 'zod';
import type { patientReport } from '../workflows/patient-report.ts';
import type { Process } from './process.ts';

const patient = z.union(
  [
    z.strictObject({ path: z.string().min(1) }),
    z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    z.strictObject({ server: z.url({ protocol: /^https?$/ }), id: z.string().min(1).max(200) }),
  ],
  { error: 'expected { "path": "bundle.json" }, or { "server": "https://…", "id": "…" } of a FHIR server' },
);
const order = z.strictObject({
  patient,
  requester: z.string().min(1).optional(),
}) satisfies z.ZodType<Parameters<typeof patientReport>[0]>;

export const patientReportProcess: Process = {
  name: 'patient-report',
  title: 'Patient report',
  description: "Reports on a patient from FHIR records: final only after a physician's approval.",
  workflowType: 'patientReport',
  input: order,
  sample: { patient: { path: 'samples/patients/Stephen_McLaughlin_7735ab79-6ac8-4b81-9936-f7ddabd18751.json' } },
  approvers: ['role:physician', 'role:chief-physician'],
  fromFile: ({ hash }) => ({ patient: { hash } }),
};
