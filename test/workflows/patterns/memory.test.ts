import { describe, expect, it } from '@jest/globals';
import { remember } from '../../../src/workflows/patterns/memory.ts';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
const bare = Object.assign(Object.create(null) as object, { a: 1 });

describe('a value', () => {
  it.each([
    [undefined],
    [null],
    [''],
    [true],
    [-0.5],
    [[]],
    [{ a: [{ b: null }], c: undefined }],
    [bare],
    [nested(100)],
  ])('is remembered: %j', (value) => {
    const text = remember(value);
    expect((JSON.parse(text as string) as { value?: unknown }).value).toEqual(value);
  });

  it.each([
    ['a date', new Date(0)],
    ['a class instance', new Map()],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a large whole number', 1n],
    ['no number', NaN],
    ['no finite number', Infinity],
    ['a gap in a list', [1, undefined]],
    ['a date in a list', [new Date(0)]],
    ['a function in an object', { a: { b: () => 1 } }],
    ['something that goes too deep', nested(101)],
  ])('is not when JSON would change it: %s', (_, value) => {
    expect(remember(value)).toBeUndefined();
  });

  it('is remembered as it was, whatever becomes of it later', () => {
    const value = { a: 1 };
    const text = remember(value);
    value.a = 2;
    expect(text).toBe('{"value":{"a":1}}');
  });
});
