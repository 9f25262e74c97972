import { describe, expect, it } from '@jest/globals';
import { fieldInputs, readFields } from '../../src/web/field-form.ts';
import { fieldsSchema, type ShownFields } from '../../src/web/subject.ts';

const shown: ShownFields = fieldsSchema.parse({
  type: '380',
  number: 'R-1',
  issueDate: '2026-03-14',
  seller: 'Lieferant\n GmbH',
  currency: 'EUR',
  grandTotal: '100.00',
  lines: [
    { description: 'Paper\nA4', quantity: '10', unitPrice: '4.50', netAmount: '45.00' },
    { description: 'Ink', quantity: '1', unitPrice: '55.00', netAmount: '55.00' },
  ],
});

/** The form as a browser sends it when nobody touched it: the inputs of the page, without line ends. */
async function formOf(fields: ShownFields): Promise<FormData> {
  const form = new FormData();
  const page = String(await fieldInputs(fields, { problems: [], readOnly: false })).replace(
    /<template>.*<\/template>/s,
    '',
  );
  for (const [, name, value] of page.matchAll(/name="([^"]+)"[^>]*?value="([^"]*)"/g)) {
    form.append(name ?? '', (value ?? '').replaceAll('\n', ''));
  }
  return form;
}

describe('reading the fields of a sent form', () => {
  it('sees no change in a form that was sent as it was shown', async () => {
    const form = await formOf(shown);
    expect([...form.keys()]).toHaveLength(14 + 2 * 6);
    expect(readFields(form, shown)).toEqual({ fields: shown, changed: false, mistakes: {} });
  });

  it('takes what was changed and keeps the rest exactly', async () => {
    const form = await formOf(shown);
    form.set('seller', ' Lieferant  GmbH ');
    form.set('grandTotal', '101.50');
    form.set('number', '');
    const edit = readFields(form, shown);
    expect(edit).toMatchObject({ changed: true, mistakes: {} });
    expect(edit.fields).toMatchObject({ seller: 'Lieferant\n GmbH', grandTotal: '101.50', number: null, type: '380' });
  });

  it.each([
    ['grandTotal', '1.234,50'],
    ['grandTotal', '12'],
    ['issueDate', '14.03.2026'],
    ['issueDate', '2026-13-40'],
    ['currency', 'Euro'],
    ['seller', 'x'.repeat(501)],
  ])('says what is wrong with %s = %s and keeps what was typed', async (name, value) => {
    const form = await formOf(shown);
    form.set(name, value);
    const edit = readFields(form, shown);
    expect(Object.keys(edit.mistakes)).toEqual([name]);
    expect(edit.fields).toMatchObject({ [name]: value });
  });

  it('does not ask for corrections of values that it showed itself', async () => {
    const odd = fieldsSchema.parse({ ...shown, lines: [], grandTotal: '12', issueDate: 'soon' });
    const form = await formOf(odd);
    form.set('number', 'R-2');
    expect(readFields(form, odd).mistakes).toEqual({});
  });

  it('drops a line whose cells are all empty and takes a new one', async () => {
    const form = await formOf(fieldsSchema.parse({ ...shown, lines: [{ description: '' }, shown.lines[1]] }));
    for (const [name, value] of Object.entries({ description: 'Pens', quantity: '2', netAmount: '3.00' })) {
      form.append(`line.${name}`, value);
    }
    for (const name of ['unit', 'unitPrice', 'taxRate']) form.append(`line.${name}`, '');
    expect(readFields(form, shown).fields.lines.map(({ description }) => description)).toEqual(['Ink', 'Pens']);
  });

  it('says which line has a number that is none', async () => {
    const lines = [shown.lines[0], { ...shown.lines[1], netAmount: 'fifty' }];
    const edit = readFields(await formOf(fieldsSchema.parse({ ...shown, lines })), shown);
    expect(edit.mistakes).toEqual({ lines: 'Line 2: write numbers like 1234.50.' });
  });
});
