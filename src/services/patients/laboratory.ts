/**
 * Laboratory values in one unit each, judged against a range. A range that the laboratory itself sent goes first. Ours
 * are general ranges for adults: blood count and chemistry as MedlinePlus (U.S. National Library of Medicine) gives them,
 * lipids after NCEP ATP III, glucose and HbA1c after the American Diabetes Association, GFR after KDIGO. They do not
 * depend on sex or age, so a value near a bound is for the physician to judge.
 */
import { codeOf, wordsOf, type Resource } from './fhir.ts';

/** One value. `judgement` is `unknown` where there is no range for its code or its unit cannot be converted. */
export interface LabValue {
  readonly code: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly low?: number;
  readonly high?: number;
  readonly judgement: 'low' | 'normal' | 'high' | 'unknown';
  /** ISO. */
  readonly date: string;
}

interface Reference {
  readonly unit: string;
  readonly low?: number;
  readonly high?: number;
  /** Other units, and what a value in them is multiplied with. */
  readonly from?: Readonly<Record<string, number>>;
}

const cells = { unit: '10*3/uL', from: { '10*9/L': 1, 'K/uL': 1 } };
const lipid = { unit: 'mg/dL', from: { 'mmol/L': 38.67 } };

/** By LOINC code. */
const references: Readonly<Record<string, Reference>> = {
  '6690-2': { ...cells, low: 4.5, high: 11 },
  '777-3': { ...cells, low: 150, high: 450 },
  '789-8': { unit: '10*6/uL', low: 3.9, high: 5.9, from: { '10*12/L': 1, 'M/uL': 1 } },
  '718-7': { unit: 'g/dL', low: 12, high: 17.5, from: { 'g/L': 0.1, 'mmol/L': 1.611 } },
  '4544-3': { unit: '%', low: 36, high: 50, from: { 'L/L': 100 } },
  '787-2': { unit: 'fL', low: 80, high: 100 },
  '785-6': { unit: 'pg', low: 27, high: 33 },
  '786-4': { unit: 'g/dL', low: 32, high: 36, from: { 'g/L': 0.1 } },
  '32623-1': { unit: 'fL', low: 7, high: 12 },
  '2093-3': { ...lipid, high: 200 },
  '18262-6': { ...lipid, high: 130 },
  '2085-9': { ...lipid, low: 40 },
  '2571-8': { unit: 'mg/dL', high: 150, from: { 'mmol/L': 88.57 } },
  '2339-0': { unit: 'mg/dL', low: 70, high: 100, from: { 'mmol/L': 18.016 } },
  '4548-4': { unit: '%', high: 5.7 },
  '38483-4': { unit: 'mg/dL', low: 0.6, high: 1.3, from: { 'umol/L': 0.01131 } },
  '33914-3': { unit: 'mL/min/{1.73_m2}', low: 60 },
};

/** The latest value of each code, by name. Values without a number are left out. */
export function normalizeLabs(observations: readonly Resource[]): LabValue[] {
  const latest = new Map<string, LabValue>();
  for (const observation of observations) {
    const value = toValue(observation);
    if (value === undefined) continue;
    const known = latest.get(value.code);
    if (known === undefined || known.date < value.date) latest.set(value.code, value);
  }
  return [...latest.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function toValue(observation: Resource): LabValue | undefined {
  const { valueQuantity: given, code, effectiveDateTime: date = '' } = observation;
  if (given === undefined) return undefined;
  const about = { code: codeOf(code), name: wordsOf(code), date };
  const reference = references[about.code];
  const own = observation.referenceRange?.[0];
  if (own !== undefined) {
    const bounds = boundsOf(own.low?.value, own.high?.value);
    return { ...about, value: given.value, unit: given.unit, ...bounds, judgement: judge(given.value, bounds) };
  }
  const factor = reference && factorFor(reference, given.unit);
  if (reference === undefined || factor === undefined) {
    return { ...about, value: given.value, unit: given.unit, judgement: 'unknown' };
  }
  const value = Number((given.value * factor).toPrecision(6));
  const bounds = boundsOf(reference.low, reference.high);
  return { ...about, value, unit: reference.unit, ...bounds, judgement: judge(value, bounds) };
}

function factorFor({ unit, from }: Reference, given: string): number | undefined {
  if (given === unit) return 1;
  return from !== undefined && Object.hasOwn(from, given) ? from[given] : undefined;
}

function boundsOf(low: number | undefined, high: number | undefined): { low?: number; high?: number } {
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

function judge(value: number, { low, high }: { low?: number; high?: number }): LabValue['judgement'] {
  if (low === undefined && high === undefined) return 'unknown';
  if (low !== undefined && value < low) return 'low';
  return high !== undefined && value > high ? 'high' : 'normal';
}
