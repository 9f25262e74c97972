/** Records of one patient in FHIR R4: from a bundle in a file, or from a server. Only what reports read is looked at. */
import { z } from 'zod';
import { invalid } from '../../failures.ts';
import type { fetchOutside } from '../outside-http.ts';

const coding = z.object({ code: z.string().optional(), display: z.string().optional(), system: z.string().optional() });
const concept = z.object({ coding: z.array(coding).default([]), text: z.string().optional() });
const quantity = z.object({ value: z.number(), unit: z.string().default(''), code: z.string().optional() });
const range = z.object({ low: quantity.partial().optional(), high: quantity.partial().optional() });

const resourceSchema = z.looseObject({
  resourceType: z.string(),
  id: z.string().optional(),
  status: z.string().optional(),
  code: concept.optional(),
  category: z.array(concept).optional().catch(undefined),
  effectiveDateTime: z.string().optional(),
  onsetDateTime: z.string().optional(),
  abatementDateTime: z.string().optional(),
  authoredOn: z.string().optional(),
  occurrenceDateTime: z.string().optional(),
  performedPeriod: z.object({ start: z.string().optional() }).optional(),
  valueQuantity: quantity.optional().catch(undefined),
  valueCodeableConcept: concept.optional(),
  component: z.array(z.object({ code: concept, valueQuantity: quantity.optional() })).optional(),
  referenceRange: z.array(range).optional().catch(undefined),
  medicationCodeableConcept: concept.optional(),
  vaccineCode: concept.optional(),
  name: z
    .array(z.object({ given: z.array(z.string()).default([]), family: z.string().default('') }))
    .optional()
    .catch(undefined),
  birthDate: z.string().optional(),
  gender: z.string().optional(),
  text: z
    .object({ div: z.string().default('') })
    .optional()
    .catch(undefined),
  conclusion: z.string().optional(),
});

/** A FHIR resource, as far as reports read it. */
export type Resource = z.infer<typeof resourceSchema>;

const bundleSchema = z.object({
  resourceType: z.literal('Bundle'),
  entry: z.array(z.object({ resource: z.unknown() })).default([]),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).default([]),
});

/** The kinds of records that are fetched, each with its search on a FHIR server. */
const recordKinds = {
  patient: { type: 'Patient', search: '' },
  labs: { type: 'Observation', search: 'category=laboratory' },
  vitals: { type: 'Observation', search: 'category=vital-signs' },
  medications: { type: 'MedicationRequest', search: '' },
  conditions: { type: 'Condition', search: '' },
  procedures: { type: 'Procedure', search: '' },
  immunizations: { type: 'Immunization', search: '' },
  allergies: { type: 'AllergyIntolerance', search: '' },
  reports: { type: 'DiagnosticReport', search: '' },
  notes: { type: 'DocumentReference', search: '' },
} as const;
export type RecordKind = keyof typeof recordKinds;

/** The records of one kind in a bundle. Fails with `NotFhir` (validation) when it is none. */
export function recordsInBundle(text: string, kind: RecordKind): Resource[] {
  return resourcesOf(readBundle(text)).filter((resource) => belongs(resource, kind));
}

const mostPages = 20;

/** The records of one kind of a patient on a FHIR server; follows its pages on the same server. */
export async function recordsOnServer(
  outside: typeof fetchOutside,
  from: { readonly server: string; readonly id: string },
  kind: RecordKind,
  signal: AbortSignal,
): Promise<Resource[]> {
  const { type, search } = recordKinds[kind];
  const base = from.server.replace(/\/$/, '');
  const who = kind === 'patient' ? `_id=${encodeURIComponent(from.id)}` : `patient=${encodeURIComponent(from.id)}`;
  const found: Resource[] = [];
  let next: string | undefined = `${base}/${type}?${who}${search === '' ? '' : `&${search}`}&_count=200`;
  for (let page = 0; next !== undefined && page < mostPages; page += 1) {
    const answer = await outside(next, { headers: { accept: 'application/fhir+json' }, signal, maxBytes: 20_000_000 });
    const bundle = readBundle(new TextDecoder().decode(answer.body));
    found.push(...resourcesOf(bundle).filter((resource) => belongs(resource, kind)));
    const link: string | undefined = bundle.link.find(({ relation }) => relation === 'next')?.url;
    next = link !== undefined && link.startsWith(`${base}/`) ? link : undefined;
  }
  return found;
}

function readBundle(text: string): z.infer<typeof bundleSchema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw invalid('NotFhir', 'expected a FHIR bundle in JSON');
  }
  const parsed = bundleSchema.safeParse(content);
  if (!parsed.success) throw invalid('NotFhir', 'expected a FHIR R4 resource of the type Bundle');
  return parsed.data;
}

/** Entries that cannot be read are left out; the data's quality then says that they are missing. */
function resourcesOf(bundle: z.infer<typeof bundleSchema>): Resource[] {
  return bundle.entry.flatMap(({ resource }) => {
    const parsed = resourceSchema.safeParse(resource);
    return parsed.success ? [parsed.data] : [];
  });
}

function belongs(resource: Resource, kind: RecordKind): boolean {
  if (resource.resourceType !== recordKinds[kind].type || resource.status === 'entered-in-error') return false;
  if (kind !== 'labs' && kind !== 'vitals') return true;
  const wanted = kind === 'labs' ? 'laboratory' : 'vital-signs';
  return resource.category?.some(({ coding: codes }) => codes.some(({ code }) => code === wanted)) ?? false;
}

/** What a code means in words. */
export function wordsOf(code: z.infer<typeof concept> | undefined): string {
  return code?.text ?? code?.coding[0]?.display ?? code?.coding[0]?.code ?? 'unknown';
}

/** The LOINC or other code itself. */
export function codeOf(code: z.infer<typeof concept> | undefined): string {
  return code?.coding[0]?.code ?? '';
}
