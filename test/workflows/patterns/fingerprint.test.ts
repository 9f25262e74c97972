import { describe, expect, it } from '@jest/globals';
import { fingerprint } from '../../../src/workflows/patterns/fingerprint.ts';

describe('a fingerprint', () => {
  it('stays what it was: runs that are open carry it', () => {
    expect(fingerprint({ amount: '5', to: ['ada', null, 7, true] })).toBe('ea9a2c2b82f7fbfe');
    expect(fingerprint(null)).toBe('77074ba405da02a0');
    expect(fingerprint(undefined)).toBe('77074ba405da02a0');
    expect(fingerprint('')).toBe('ffcaaa854ea11448');
  });

  it('does not depend on the order of keys, nor on keys without a value', () => {
    expect(fingerprint({ a: 1, b: { c: 2, d: 3 } })).toBe(fingerprint({ b: { d: 3, c: 2, e: undefined }, a: 1 }));
  });

  it('differs where anything else does', () => {
    const values = [
      1,
      '1',
      [1],
      [1, 2],
      [2, 1],
      { a: 1 },
      { a: '1' },
      { b: 1 },
      { a: 1, b: 1 },
      [[1], 2],
      [1, [2]],
      true,
      null,
      '',
    ];
    expect(new Set(values.map(fingerprint)).size).toBe(values.length);
  });
});
