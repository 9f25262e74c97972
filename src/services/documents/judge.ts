/** The last step of reading: fields out of their groups, checked against each other, with one confidence. */
import { checkFields } from './check-fields.ts';
import { assess, type Assessment, type Extractions } from './text-assess.ts';
import { fieldsOf } from './text-invoice.ts';
import type { DocumentFields, Reading } from './types.ts';

export interface Judgement extends Assessment {
  readonly fields: DocumentFields;
}

/** Puts the groups of one reading together, checks sums, dates and identifiers, and says how sure the whole is. */
export function judge(reading: Reading, extractions: Extractions): Judgement {
  const fields = fieldsOf(extractions);
  const kind = extractions.kind.value;
  const hasFields = reading.structured !== null || kind === 'invoice' || kind === 'creditNote';
  const found = hasFields ? checkFields(fields) : [];
  return { fields, ...assess(fields, extractions, [...reading.problems, ...found]) };
}
