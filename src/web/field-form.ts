/** The fields of a document as a form: which there are, how they are shown, and how what was sent is read. */
import { html } from 'hono/html';
import type { Html } from './layout.ts';
import type { ShownFields, ShownLine, ShownProblem } from './subject.ts';

type Scalar = Exclude<keyof ShownFields, 'lines'>;
type Check = 'text' | 'date' | 'amount' | 'currency';

interface FieldSpec {
  readonly name: Scalar;
  readonly label: string;
  readonly check: Check;
}

const groups: readonly { readonly title: string; readonly fields: readonly FieldSpec[] }[] = [
  {
    title: 'Document',
    fields: [
      { name: 'number', label: 'Number', check: 'text' },
      { name: 'type', label: 'Type code', check: 'text' },
      { name: 'issueDate', label: 'Issue date', check: 'date' },
      { name: 'dueDate', label: 'Due date', check: 'date' },
      { name: 'orderReference', label: 'Order reference', check: 'text' },
    ],
  },
  {
    title: 'Parties',
    fields: [
      { name: 'seller', label: 'Seller', check: 'text' },
      { name: 'sellerTaxId', label: 'Seller tax id', check: 'text' },
      { name: 'buyer', label: 'Buyer', check: 'text' },
      { name: 'buyerTaxId', label: 'Buyer tax id', check: 'text' },
    ],
  },
  {
    title: 'Amounts',
    fields: [
      { name: 'currency', label: 'Currency', check: 'currency' },
      { name: 'netTotal', label: 'Net total', check: 'amount' },
      { name: 'taxTotal', label: 'Tax total', check: 'amount' },
      { name: 'grandTotal', label: 'Grand total', check: 'amount' },
      { name: 'amountDue', label: 'Amount due', check: 'amount' },
    ],
  },
];

const lineFields: readonly { readonly name: keyof ShownLine; readonly label: string; readonly number: boolean }[] = [
  { name: 'description', label: 'Description', number: false },
  { name: 'quantity', label: 'Quantity', number: true },
  { name: 'unit', label: 'Unit', number: false },
  { name: 'unitPrice', label: 'Unit price', number: true },
  { name: 'netAmount', label: 'Net amount', number: true },
  { name: 'taxRate', label: 'Tax %', number: true },
];

const isoDate = /^\d{4}-\d{2}-\d{2}$/;

/** Every scalar field with its label, in the order of the form. */
export const scalarFields: readonly { readonly name: Scalar; readonly label: string; readonly check: Check }[] =
  groups.flatMap((group) => group.fields);

/** What the form shows besides the values. */
export interface FormState {
  readonly problems: readonly ShownProblem[];
  /** Mistakes in what was just sent, by field name; `lines` for the lines. */
  readonly mistakes?: Readonly<Record<string, string>>;
  readonly readOnly: boolean;
}

/** The inputs of all fields, with the problems at the fields that they concern. */
export function fieldInputs(fields: ShownFields, state: FormState): Html {
  return html`${groups.map(
    (group) =>
      html`<fieldset>
        <legend>${group.title}</legend>
        <div class="fields ${group.title === 'Parties' ? 'names' : ''}">
          ${group.fields.map((spec) => fieldInput(spec, fields[spec.name], state))}
        </div>
      </fieldset>`,
  )}
  ${lineInputs(fields.lines, state)}`;
}

function fieldInput(spec: FieldSpec, value: string | null, state: FormState): Html {
  const problems = state.problems.filter((problem) => problem.field === spec.name);
  const mistake = state.mistakes?.[spec.name];
  const hints = [...problems.map((problem) => problem.message), ...(mistake === undefined ? [] : [mistake])];
  // A date input would drop a value that is no date.
  const type = spec.check === 'date' && (value === null || isoDate.test(value)) && !state.readOnly ? 'date' : 'text';
  const mark = mistake === undefined ? (problems.length > 0 ? 'doubt' : '') : 'wrong';
  return html`<div class="field ${mark}">
    <label for="f-${spec.name}">${spec.label}</label>
    <input
      id="f-${spec.name}"
      name="${spec.name}"
      type="${type}"
      maxlength="500"
      value="${shownText(value)}"
      class="${spec.check === 'amount' ? 'amount' : ''}"
      ${spec.check === 'amount' ? html`inputmode="decimal"` : ''}
      ${state.readOnly ? html`readonly` : ''}
      ${hints.length > 0 ? html`aria-describedby="h-${spec.name}"` : ''}
      ${mistake === undefined ? '' : html`aria-invalid="true"`}
      autocomplete="off"
    />
    ${
      hints.length > 0
        ? html`<span class="hint ${mistake === undefined ? '' : 'bad'}" id="h-${spec.name}">${hints.join(' · ')}</span>`
        : ''
    }
  </div>`;
}

function lineInputs(lines: readonly ShownLine[], state: FormState): Html {
  const hints = state.problems.filter((problem) => problem.field === 'lines').map((problem) => problem.message);
  const mistake = state.mistakes?.['lines'];
  return html`<fieldset>
    <legend>Lines</legend>
    ${hints.map((hint) => html`<span class="hint">${hint}</span>`)}
    ${mistake === undefined ? '' : html`<span class="hint bad">${mistake}</span>`}
    ${lines.length === 0 ? html`<p class="soft small">No lines were read.</p>` : ''}
    <ol class="lines">
      ${lines.map((line, index) => lineInput(line, index + 1, state))}
    </ol>
    ${
      state.readOnly
        ? ''
        : html`<template>${lineInput(emptyLine, undefined, state)}</template>
            <p><button type="button" class="tiny" data-line="add" hidden>Add a line</button></p>`
    }
  </fieldset>`;
}

const emptyLine: ShownLine = {
  description: '',
  quantity: null,
  unit: null,
  unitPrice: null,
  netAmount: null,
  taxRate: null,
};

function lineInput(line: ShownLine, position: number | undefined, state: FormState): Html {
  const which = position === undefined ? 'new line' : `line ${position.toString()}`;
  return html`<li class="line">
    ${lineFields.map(
      ({ name, label, number }) =>
        html`<label class="${name === 'description' ? 'what' : ''}"
          >${label}
          <input
            name="line.${name}"
            value="${shownText(line[name])}"
            aria-label="${label}, ${which}"
            maxlength="${name === 'description' ? '2000' : '500'}"
            class="${number ? 'amount' : ''}"
            ${number ? html`inputmode="decimal"` : ''}
            ${state.readOnly ? html`readonly` : ''}
            autocomplete="off"
        /></label>`,
    )}
    ${
      state.readOnly
        ? ''
        : html`<button type="button" class="tiny" data-line="remove" aria-label="Remove ${which}" hidden>
            Remove
          </button>`
    }
  </li>`;
}

/** What a sent form says about the fields. */
export interface FieldEdit {
  /** The fields as sent; where nothing was changed, exactly the value that was shown. */
  readonly fields: ShownFields;
  readonly changed: boolean;
  /** By field name, what to write instead; empty when all can be used. */
  readonly mistakes: Readonly<Record<string, string>>;
}

/** Reads the fields of a sent form against those that were shown. A line with nothing in it is left out. */
export function readFields(form: FormData, shown: ShownFields): FieldEdit {
  const mistakes: Record<string, string> = {};
  const fields = structuredClone(shown);
  let changed = false;
  for (const { name, check } of scalarFields) {
    const sent = form.get(name);
    if (typeof sent !== 'string' || same(sent, shown[name])) continue;
    changed = true;
    fields[name] = tidy(sent);
    const mistake = mistakeIn(fields[name], check);
    if (mistake !== undefined) mistakes[name] = mistake;
  }
  const lines = readLines(form, shown.lines);
  if (lines !== undefined) {
    changed = true;
    fields.lines = lines;
    const wrong = lines.findIndex((line, index) => lineMistake(line, shown.lines[index]));
    if (wrong >= 0) mistakes['lines'] = `Line ${(wrong + 1).toString()}: write numbers like 1234.50.`;
  }
  return { fields, changed, mistakes };
}

/** The lines as sent, or `undefined` when they are as shown. */
function readLines(form: FormData, shown: readonly ShownLine[]): ShownLine[] | undefined {
  const columns = lineFields.map(({ name }) => form.getAll(`line.${name}`));
  const count = columns[0]?.length ?? 0;
  if (columns.some((column) => column.length !== count)) return undefined;
  const lines: ShownLine[] = [];
  for (let row = 0; row < count; row++) {
    const line: ShownLine = { ...emptyLine };
    lineFields.forEach(({ name }, column) => {
      const cell = columns[column]?.[row];
      const sent = typeof cell === 'string' ? cell : '';
      const before = shown[row]?.[name] ?? null;
      const value = same(sent, before) ? before : tidy(sent);
      if (name === 'description') line.description = value ?? '';
      else line[name] = value;
    });
    if (Object.values(line).some((value) => value !== null && value !== '')) lines.push(line);
  }
  return JSON.stringify(lines) === JSON.stringify(shown) ? undefined : lines;
}

function lineMistake(line: ShownLine, before: ShownLine | undefined): boolean {
  return lineFields.some(({ name, number }) => {
    const value = line[name];
    return number && value !== null && value !== before?.[name] && !/^-?\d+(\.\d+)?$/.test(value);
  });
}

function mistakeIn(value: string | null, check: Check): string | undefined {
  if (value === null) return undefined;
  switch (check) {
    case 'amount':
      return /^-?\d+\.\d{2,}$/.test(value) ? undefined : 'Write an amount like 1234.50: a dot, two places.';
    case 'date':
      return isoDate.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : 'Write a date like 2026-03-31.';
    case 'currency':
      return /^[A-Z]{3}$/.test(value) ? undefined : 'Write the three letters of the currency, like EUR.';
    case 'text':
      return value.length <= 500 ? undefined : 'Write at most 500 characters.';
  }
}

/** A value on one line: an input would drop line ends, and words would run together. */
function shownText(value: string | null): string {
  return value === null ? '' : (tidy(value) ?? '');
}

/** People add blanks; that is no edit. */
function same(sent: string, shown: string | null): boolean {
  return tidy(sent) === tidy(shown ?? '');
}

function tidy(value: string): string | null {
  const text = value.replaceAll(/\s+/g, ' ').trim();
  return text === '' ? null : text;
}
