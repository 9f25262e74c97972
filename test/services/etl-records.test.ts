import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ByteSource } from '../../src/services/etl/byte-source.ts';
import { recordsOf } from '../../src/services/etl/records.ts';
import { parseRows } from '../../src/services/etl/parse.ts';

function sourceOf(text: string): ByteSource {
  const bytes = Buffer.from(text);
  return { size: bytes.length, version: '1', read: (from, to) => Promise.resolve(bytes.subarray(from, to)) };
}

async function textsOf(text: string, windowBytes: number, delimiter?: string): Promise<string[]> {
  const bytes = Buffer.from(text);
  const texts: string[] = [];
  for await (const records of recordsOf(sourceOf(text), { windowBytes, delimiter })) {
    texts.push(...records.map(({ from, to }) => bytes.toString('utf8', from, to)));
  }
  return texts;
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
const needsQuotes = /[",\r\n]/;
const field = fc.string({ unit: fc.constantFrom('a', 'ö', '"', ',', '\n', '\r\n', ' '), maxLength: 6 });
const record = fc.tuple(
  field.map((text) => `x${text}`),
  field,
);

describe('the records of a CSV file', () => {
  it('are the same wherever the windows end, and have the fields that were written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 60, max: 90 }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, windowBytes, lineEnd) => {
          const lines = rows.map((fields) =>
            fields.map((each) => (needsQuotes.test(each) ? quoted(each) : each)).join(','),
          );
          const text = lines.join(lineEnd);
          expect(await textsOf(text, windowBytes, ',')).toEqual(lines);
          const parsed = parseRows(
            Buffer.from(text),
            { kind: 'csv', delimiter: ',', header: ['one', 'two'] },
            rows.length,
          );
          expect(parsed.map(({ values }) => [values?.['one'], values?.['two']])).toEqual(rows);
        },
      ),
    );
  });

  it('spoils one line only when a quote is never closed', async () => {
    const text = 'a,"b\nc,d\n"e",f\ng,"h';
    expect(await textsOf(text, 1_000, ',')).toEqual(['a,"b', 'c,d', '"e",f', 'g,"h']);
    expect(await textsOf(text, 12, ',')).toEqual(['a,"b', 'c,d', '"e",f', 'g,"h']);
  });

  it('refuses a row that is larger than a window', async () => {
    await expect(textsOf(`a,b\n${'x'.repeat(50)}`, 20, ',')).rejects.toThrow(
      'the row at byte 4 is longer than 20 bytes',
    );
  });
});

describe('the records of JSON lines', () => {
  it('end with the line, whatever is quoted', async () => {
    expect(await textsOf('{"a":"\\""}\n\n{"b":1}\r\n', 100)).toEqual(['{"a":"\\""}', '{"b":1}']);
  });
});
