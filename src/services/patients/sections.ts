/** The other sections of a report: who it is, medications, vital signs, history, notes. */
import { codeOf, wordsOf, type Resource } from './fhir.ts';

/** Who the report is about. `null` where the record does not say. */
export interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly birthDate: string | null;
  readonly gender: string | null;
}

export interface Medication {
  readonly name: string;
  readonly category: string;
  readonly active: boolean;
  readonly since: string;
}

/** The latest of a vital sign, and how it compares with the one before. */
export interface Vital {
  readonly name: string;
  readonly value: string;
  readonly trend: 'rising' | 'falling' | 'steady' | 'first';
  readonly finding?: string;
  readonly date: string;
}

/** What a person has had. */
export interface History {
  readonly active: readonly string[];
  readonly past: readonly string[];
  readonly procedures: readonly string[];
  readonly immunizations: number;
  readonly allergies: readonly string[];
}

export function readPerson(patients: readonly Resource[]): Person {
  const [patient] = patients;
  const name = patient?.name?.[0];
  const whole = [...(name?.given ?? []), name?.family ?? ''].join(' ').trim();
  return {
    id: patient?.id ?? '',
    name: whole === '' ? null : whole,
    birthDate: patient?.birthDate ?? null,
    gender: patient?.gender ?? null,
  };
}

/** What a medication is for, told by its name (WHO's ATC groups); the first that fits. */
const groups: readonly (readonly [category: string, pattern: RegExp])[] = [
  ['opioid analgesic', /codone|codeine|morphine|fentanyl|tramadol|meperidine|methadone/i],
  ['analgesic', /acetaminophen|ibuprofen|naproxen|aspirin/i],
  ['antiepileptic', /clonazepam|carbamazepine|diazepam|lamotrigine|valpro|levetiracetam/i],
  ['anti-infective', /cillin|mycin|cef|penicillin|cycline|floxacin/i],
  ['antihypertensive', /pril\b|sartan|olol\b|dipine|thiazide/i],
  ['lipid lowering', /statin/i],
  ['antidiabetic', /insulin|metformin|glip/i],
  ['hormonal contraceptive', /contracept|estradiol|norgest|etonogestrel|levonorgestrel|mirena|yaz|camila|errin/i],
  ['respiratory', /albuterol|salbutamol|fluticasone|budesonide/i],
  ['antihistamine', /loratadine|cetirizine|fexofenadine|terfenadine|chlorpheniramine|astemizole/i],
];

export function categorizeMedications(requests: readonly Resource[]): Medication[] {
  return requests
    .map((request) => {
      const name = wordsOf(request.medicationCodeableConcept);
      const category = groups.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
      return { name, category, active: request.status === 'active', since: request.authoredOn ?? '' };
    })
    .sort((a, b) => Number(b.active) - Number(a.active) || b.since.localeCompare(a.since));
}

interface Reading {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly finding?: string;
  readonly date: string;
}

/** Pounds and inches become kilograms and centimetres. */
const metric: Readonly<Record<string, readonly [unit: string, factor: number]>> = {
  lb: ['kg', 0.45359237],
  '[lb_av]': ['kg', 0.45359237],
  in: ['cm', 2.54],
  '[in_i]': ['cm', 2.54],
};

export function summarizeVitals(observations: readonly Resource[]): Vital[] {
  const byName = new Map<string, Reading[]>();
  for (const observation of observations) {
    const reading = codeOf(observation.code) === '55284-4' ? bloodPressure(observation) : simple(observation);
    if (reading) byName.set(reading.name, [...(byName.get(reading.name) ?? []), reading]);
  }
  return [...byName.values()].flatMap((readings) => {
    const [latest, before] = readings.sort((a, b) => b.date.localeCompare(a.date));
    if (latest === undefined) return [];
    const { name, text, finding, date } = latest;
    return [{ name, value: text, trend: trendOf(latest, before), ...(finding === undefined ? {} : { finding }), date }];
  });
}

function trendOf(latest: Reading, before: Reading | undefined): Vital['trend'] {
  if (before === undefined) return 'first';
  const change = (latest.value - before.value) / Math.max(1e-9, Math.abs(before.value));
  if (Math.abs(change) < 0.03) return 'steady';
  return change > 0 ? 'rising' : 'falling';
}

function simple({ code, valueQuantity, effectiveDateTime = '' }: Resource): Reading | undefined {
  if (valueQuantity === undefined) return undefined;
  const [unit, factor] = metric[valueQuantity.unit] ?? [valueQuantity.unit, 1];
  const value = valueQuantity.value * factor;
  const finding = codeOf(code) === '39156-5' ? bodyMass(value) : undefined;
  return {
    name: wordsOf(code),
    value,
    text: `${value.toFixed(1)} ${unit.replace('{score}', '').replace('Cel', '°C')}`.trim(),
    ...(finding === undefined ? {} : { finding }),
    date: effectiveDateTime,
  };
}

/** Classes of the World Health Organization for adults. */
function bodyMass(value: number): string | undefined {
  if (value < 18.5) return 'underweight';
  if (value < 25) return undefined;
  return value < 30 ? 'overweight' : 'obesity';
}

/** Stages of the 2017 guideline of the American College of Cardiology and the American Heart Association. */
function bloodPressure({ component = [], effectiveDateTime = '' }: Resource): Reading | undefined {
  const part = (loinc: string) => component.find(({ code }) => codeOf(code) === loinc)?.valueQuantity?.value;
  const systolic = part('8480-6');
  const diastolic = part('8462-4');
  if (systolic === undefined || diastolic === undefined) return undefined;
  const finding =
    systolic >= 140 || diastolic >= 90
      ? 'hypertension, stage 2'
      : systolic >= 130 || diastolic >= 80
        ? 'hypertension, stage 1'
        : systolic >= 120
          ? 'elevated'
          : undefined;
  return {
    name: 'Blood pressure',
    value: systolic,
    text: `${systolic.toFixed(0)}/${diastolic.toFixed(0)} mmHg`,
    ...(finding === undefined ? {} : { finding }),
    date: effectiveDateTime,
  };
}

export function summarizeHistory(records: {
  readonly conditions: readonly Resource[];
  readonly procedures: readonly Resource[];
  readonly immunizations: readonly Resource[];
  readonly allergies: readonly Resource[];
}): History {
  const since = (date: string | undefined): string => (date === undefined ? '' : ` (${date.slice(0, 10)})`);
  const condition = (each: Resource): string => `${wordsOf(each.code)}${since(each.onsetDateTime)}`;
  const { conditions, procedures, immunizations, allergies } = records;
  return {
    active: conditions.filter((each) => each.abatementDateTime === undefined).map(condition),
    past: conditions.filter((each) => each.abatementDateTime !== undefined).map(condition),
    procedures: procedures.map((each) => `${wordsOf(each.code)}${since(each.performedPeriod?.start)}`),
    immunizations: immunizations.length,
    allergies: allergies.map((each) => wordsOf(each.code)),
  };
}

/** What reports and documents say in words, shortened by whoever asks. */
export function collectNotes(reports: readonly Resource[], notes: readonly Resource[]): string[] {
  return [...reports, ...notes].map((each) => {
    const said =
      each.conclusion ??
      each.text?.div
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim();
    const when = (each.effectiveDateTime ?? '').slice(0, 10);
    return [when, wordsOf(each.code), said].filter((part) => part !== undefined && part !== '').join(': ');
  });
}
