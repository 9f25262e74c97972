import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { recordsInBundle, type RecordKind, type Resource } from '../../src/services/patients/fhir.ts';
import { normalizeLabs } from '../../src/services/patients/laboratory.ts';
import { assessQuality, type Sections } from '../../src/services/patients/quality.ts';
import { categorizeMedications, readPerson, summarizeVitals } from '../../src/services/patients/sections.ts';

const folder = 'samples/patients';
const bundles = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string, kind: RecordKind): Resource[] =>
  recordsInBundle(readFileSync(join(folder, name), 'utf8'), kind);

function lab(code: string, value: number, unit: string, more: Partial<Resource> = {}): Resource {
  return {
    resourceType: 'Observation',
    code: { coding: [{ code }], text: code },
    effectiveDateTime: '2020-01-01',
    valueQuantity: { value, unit },
    ...more,
  };
}

describe('the records of a patient', () => {
  it.each(bundles)('are read from %s with name, vital signs and laboratory values', (name) => {
    expect(readPerson(read(name, 'patient'))).toMatchObject({ name: expect.any(String), gender: expect.any(String) });
    expect(summarizeVitals(read(name, 'vitals')).map((each) => each.name)).toContain('Blood pressure');
    const labs = normalizeLabs(read(name, 'labs'));
    expect(new Set(labs.map(({ code }) => code)).size).toBe(labs.length);
  });

  it('refuse what is no FHIR bundle', () => {
    expect(() => recordsInBundle('{}', 'labs')).toThrow(/FHIR/);
    expect(() => recordsInBundle('not json', 'labs')).toThrow(/JSON/);
  });
});

describe('a laboratory value', () => {
  it('is converted to one unit and judged', () => {
    expect(normalizeLabs([lab('718-7', 100, 'g/L')])).toMatchObject([{ value: 10, unit: 'g/dL', judgement: 'low' }]);
    expect(normalizeLabs([lab('2093-3', 6, 'mmol/L')])).toMatchObject([{ unit: 'mg/dL', judgement: 'high' }]);
    expect(normalizeLabs([lab('777-3', 250, '10*9/L')])).toMatchObject([{ value: 250, judgement: 'normal' }]);
  });

  it('is not judged when its unit is strange or its code has no range', () => {
    expect(normalizeLabs([lab('718-7', 10, 'spoons')])).toMatchObject([{ value: 10, judgement: 'unknown' }]);
    expect(normalizeLabs([lab('0000-0', 10, 'g/dL')])).toMatchObject([{ judgement: 'unknown' }]);
  });

  it('is judged by the range of its laboratory where there is one', () => {
    const own = lab('718-7', 13, 'g/dL', { referenceRange: [{ low: { value: 14 }, high: { value: 18 } }] });
    expect(normalizeLabs([own])).toMatchObject([{ judgement: 'low', low: 14, high: 18 }]);
  });

  it('is the latest of its kind', () => {
    const labs = [lab('718-7', 12, 'g/dL'), lab('718-7', 15, 'g/dL', { effectiveDateTime: '2021-01-01' })];
    expect(normalizeLabs(labs)).toMatchObject([{ value: 15 }]);
  });
});

describe('a medication', () => {
  it('is sorted into its group by name', () => {
    const request = (text: string): Resource => ({
      resourceType: 'MedicationRequest',
      status: 'active',
      medicationCodeableConcept: { coding: [], text },
    });
    const found = categorizeMedications([
      request('Clonazepam [Klonopin]'),
      request('Simvastatin 10 MG'),
      request('Stone'),
    ]);
    expect(found.map(({ category }) => category)).toEqual(['antiepileptic', 'lipid lowering', 'other']);
  });
});

describe('the quality of the data', () => {
  const labs = ['718-7', '777-3', '789-8', '787-2', '785-6'].map((code) => lab(code, 1, 'x'));
  const full: Sections = {
    person: { id: 'p', name: 'Ada', birthDate: '1980-01-01', gender: 'female' },
    labs: normalizeLabs(labs).map((each) => ({ ...each, judgement: 'normal' as const })),
    medications: [],
    vitals: ['Height', 'Weight', 'BP'].map((name) => ({ name, value: '1', trend: 'first' as const, date: '' })),
    history: { active: [], past: [], procedures: [], immunizations: 0, allergies: [] },
    notes: [],
  };

  it('is high when everything is there, low without laboratory, insufficient when nobody knows who it is', () => {
    expect(assessQuality(full)).toMatchObject({ level: 'high', score: 1, missing: [] });
    expect(assessQuality({ ...full, labs: null })).toMatchObject({ level: 'low' });
    const nobody = { id: '', name: null, birthDate: null, gender: null };
    expect(assessQuality({ ...full, labs: null, person: nobody }).level).toBe('insufficient');
  });
});
