import { failure } from '../../failures.ts';
import { noPath, takePath } from './path.ts';

/** A row of `when`: name of the path, when it applies, what it does. */
export type WhenRow<V> = readonly [name: string, applies: (value: V) => boolean, work: (value: V) => Promise<unknown>];

/**
 * Takes the first row that applies to the value; the path taken is recorded in the progress tree.
 *
 * If none applies, `otherwise` runs; without one it fails with `NoMatchingRoute`, which lists the rows. Losers: none,
 * because one row runs; rows below it are not asked. Cancellation and failures of the row pass through. There is no
 * time-out. On replay the same row is taken, as long as rows decide by the value alone.
 */
export async function when<V, const W extends readonly WhenRow<V>[], O = never>(
  value: V,
  rows: W & readonly WhenRow<V>[],
  options?: { readonly otherwise: (value: V) => Promise<O> },
): Promise<Awaited<ReturnType<W[number][2]>> | O> {
  type Value = Awaited<ReturnType<W[number][2]>>;
  const row = rows.find(([, applies]) => applies(value));
  if (row) return takePath(row[0], () => row[2](value)) as Promise<Value>;
  if (options) return takePath('otherwise', () => options.otherwise(value));
  noPath();
  throw failure('validation', `no row applies; there are: ${rows.map(([name]) => name).join(', ')}`, {
    type: 'NoMatchingRoute',
  });
}
