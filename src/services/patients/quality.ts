/** How much a report can rest on its data, and what it finds. */
import type { LabValue } from './laboratory.ts';
import type { History, Medication, Person, Vital } from './sections.ts';

/** The sections there are; `null` for one that could not be had. */
export interface Sections {
  readonly person: Person;
  readonly labs: readonly LabValue[] | null;
  readonly medications: readonly Medication[] | null;
  readonly vitals: readonly Vital[] | null;
  readonly history: History | null;
  readonly notes: readonly string[] | null;
}

export interface Quality {
  readonly level: 'high' | 'low' | 'insufficient';
  /** 0 to 1: the share of what a report needs that is there. */
  readonly score: number;
  /** What is missing, in words. */
  readonly missing: readonly string[];
}

/**
 * What a full report needs, each with its weight: who it is 3, five laboratory values 3, half of them judged 1, height,
 * weight and blood pressure 2, medications 1, history 1. From 0.85 the quality is high, from 0.5 low.
 */
export function assessQuality({ person, labs, medications, vitals, history }: Sections): Quality {
  const judged = labs?.filter(({ judgement }) => judgement !== 'unknown').length ?? 0;
  const checks: readonly (readonly [weight: number, holds: boolean, missing: string])[] = [
    [3, person.name !== null && person.birthDate !== null && person.gender !== null, 'name, birth date or sex'],
    [3, (labs?.length ?? 0) >= 5, 'at least five laboratory values'],
    [1, labs !== null && labs.length > 0 && judged * 2 >= labs.length, 'units or ranges of laboratory values'],
    [2, (vitals?.length ?? 0) >= 3, 'height, weight and blood pressure'],
    [1, medications !== null, 'medications'],
    [1, history !== null, 'history'],
  ];
  const whole = checks.reduce((sum, [weight]) => sum + weight, 0);
  const score = checks.reduce((sum, [weight, holds]) => sum + (holds ? weight : 0), 0) / whole;
  const missing = checks.filter(([, holds]) => !holds).map(([, , what]) => what);
  const level = score >= 0.85 ? 'high' : score >= 0.5 && person.id !== '' ? 'low' : 'insufficient';
  return { level, score: Number(score.toFixed(2)), missing };
}

export interface Analysis {
  readonly kind: 'standard' | 'limited';
  readonly findings: readonly string[];
  /** What it does not cover, and why. */
  readonly limits: readonly string[];
}

/** Everything that stands out, in the order of a physician's reading. Facts only: no diagnosis, no advice. */
export function analyse(sections: Sections, quality: Quality, kind: Analysis['kind']): Analysis {
  const { labs, medications, vitals, history } = sections;
  const findings = [
    ...(labs ?? [])
      .filter(({ judgement }) => judgement === 'low' || judgement === 'high')
      .map(({ name, value, unit, judgement }) => `${name} ${judgement}: ${String(value)} ${unit}`),
    ...(vitals ?? []).flatMap(({ name, value, finding }) =>
      finding === undefined ? [] : [`${name} ${value}: ${finding}`],
    ),
    ...repeated(medications ?? []),
    ...(kind === 'standard' ? (history?.active ?? []).map((each) => `active: ${each}`) : []),
  ];
  const unjudged = (labs ?? []).filter(({ judgement }) => judgement === 'unknown').map(({ name }) => name);
  return {
    kind,
    findings,
    limits: [
      ...quality.missing.map((each) => `missing: ${each}`),
      ...(unjudged.length === 0 ? [] : [`without a range: ${unjudged.join(', ')}`]),
    ],
  };
}

function repeated(medications: readonly Medication[]): string[] {
  const active = medications.filter((each) => each.active && each.category !== 'other');
  const groups = new Set(active.map(({ category }) => category));
  return [...groups].flatMap((group) => {
    const names = active.filter(({ category }) => category === group).map(({ name }) => name);
    return names.length < 2
      ? []
      : [`${String(names.length)} active medications of one group, ${group}: ${names.join('; ')}`];
  });
}
