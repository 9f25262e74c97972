/** Random programs. */
import fc from 'fast-check';
import type { Category } from '../../src/failures.ts';
import { predict } from './model.ts';
import type { Booking, Plan, Program } from './program.ts';

const categories: readonly Category[] = ['transient', 'validation', 'resource', 'dependency', 'logic'];
const category = fc.constantFrom<Category[]>(...categories);
const window = fc.integer({ min: 1, max: 4 });

const fails: fc.Arbitrary<NonNullable<Booking['fails']>> = fc
  .record({ category, attempts: fc.integer({ min: 1, max: 3 }), booked: fc.boolean() })
  // What was refused has not booked.
  .map((each) => ({ ...each, booked: each.booked && each.category !== 'validation' }));

const booking: fc.Arbitrary<Program> = fc.record({
  kind: fc.constant('book' as const),
  key: fc.constant<string>(''),
  minutes: fc.integer({ min: 1, max: 400 }),
  fails: fc.option(fails, { freq: 2, nil: null }),
  undoFails: fc.integer({ min: 0, max: 9 }).map((each) => each === 9),
});

const { program } = fc.letrec<{ program: Program }>((tie) => {
  const one = tie('program');
  const some = fc.array(one, { minLength: 1, maxLength: 3, size: 'max' });
  return {
    program: fc.oneof(
      { maxDepth: 4, depthSize: 'medium', withCrossShrink: true },
      { arbitrary: booking, weight: 3 },
      { arbitrary: fc.record({ kind: fc.constantFrom('sequence', 'fallback'), of: some }), weight: 2 },
      { arbitrary: fc.record({ kind: fc.constant('saga'), of: some }), weight: 3 },
      {
        arbitrary: fc.record({
          kind: fc.constant('parallel'),
          join: fc.constantFrom('all', 'settled', 'any', 'firstSuccess', 'quorum'),
          window,
          of: some,
        }),
        weight: 3,
      },
      {
        arbitrary: fc.record({
          kind: fc.constant('map'),
          join: fc.constantFrom('all', 'settled', 'quorum'),
          window,
          of: some,
        }),
        weight: 1,
      },
      {
        arbitrary: fc.record({
          kind: fc.constant('withFallback'),
          when: fc.option(fc.subarray([...categories], { minLength: 1 })),
          of: one,
        }),
        weight: 1,
      },
      {
        arbitrary: fc.record({
          kind: fc.constant('retrying'),
          maxAttempts: fc.integer({ min: 1, max: 3 }),
          minutes: fc.integer({ min: 1, max: 60 }),
          of: one,
        }),
        weight: 1,
      },
    ),
  };
});

/** Programs of at most 14 bookings in which no two things happen in the same minute. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    root: program.map(named),
    cancelledAt: fc.option(fc.integer({ min: 1, max: 600 }), { freq: 2 }),
  })
  .filter((plan) => sizeOf(plan.root) <= 14 && !predict(plan).ambiguous);

/** Gives every booking a key of its own. */
function named(root: Program): Program {
  let count = 0;
  const name = (each: Program): Program => {
    if (each.kind === 'book') return { ...each, key: `k${String((count += 1))}` };
    if (each.kind === 'withFallback' || each.kind === 'retrying') return { ...each, of: name(each.of) };
    return { ...each, of: each.of.map(name) };
  };
  return name(root);
}

function sizeOf(program: Program): number {
  if (program.kind === 'book') return 1;
  if (program.kind === 'withFallback') return sizeOf(program.of);
  if (program.kind === 'retrying') return program.maxAttempts * sizeOf(program.of);
  return program.of.reduce((sum, each) => sum + sizeOf(each), 0);
}
