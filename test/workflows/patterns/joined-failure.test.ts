import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from '@jest/globals';
import { categoryOf, failure, type Category } from '../../../src/failures.ts';
import { joinedFailure } from '../../../src/workflows/patterns/joined-failure.ts';

const broken = (category: Category, message: string): Error => failure(category, message, { type: 'Broken' });
const join = (errors: readonly unknown[], cause?: 'first' | 'last'): ApplicationFailure => {
  const failed = errors.map((error, name) => ({ name, error }));
  const joined = joinedFailure('AllFailed', 'all failed', 'branch', failed, cause);
  if (!(joined instanceof ApplicationFailure)) throw joined;
  return joined;
};

describe('the failure of several pieces of work', () => {
  it('says what each of them said, and what lies behind it', () => {
    const inner = new Error('activity failed', { cause: new Error('no stock') });
    const { type, message, details } = join([inner, 'text', broken('logic', 'no money')]);
    expect([type, message]).toEqual(['AllFailed', 'all failed: 0: no stock; 1: text; 2: no money']);
    expect(details?.[0]).toMatchObject({
      causes: [
        { branch: 0, message: 'no stock' },
        { branch: 1, message: 'text' },
        { branch: 2, message: 'no money' },
      ],
    });
  });

  it('is caused by the first, or by the last where that is said', () => {
    const errors = [new Error('first'), new Error('second'), new Error('third')];
    expect(join(errors).cause).toBe(errors[0]);
    expect(join(errors, 'last').cause).toBe(errors[2]);
  });

  it('has the category that all of them share, and else is one of logic', () => {
    expect(categoryOf(join([broken('resource', 'a'), broken('resource', 'b')]))).toBe('resource');
    expect(categoryOf(join([broken('resource', 'a'), broken('resource', 'b'), broken('transient', 'c')]))).toBe(
      'logic',
    );
  });

  it('names ten in its message and a hundred in its details', () => {
    const all = (count: number): ApplicationFailure => join(Array.from({ length: count }, () => new Error('no')));
    expect(all(10).message).toMatch(/; 9: no$/);
    expect(all(11).message).toMatch(/; 9: no; and 1 more$/);
    expect((all(120).details?.[0] as { causes: unknown[] }).causes).toHaveLength(100);
  });
});
