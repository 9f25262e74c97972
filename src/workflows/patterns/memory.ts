/** A value as it is remembered. */
interface Remembered {
  readonly value?: unknown;
}

const deepest = 100;

/**
 * The text under which a value is remembered, taken at once so that later changes to the value do not count.
 * `undefined` for a value that JSON would change: dates, class instances, functions, NaN. Read it with `JSON.parse`,
 * as `{ value }`.
 */
export function remember(value: unknown): string | undefined {
  return isPlain(value, 0) ? JSON.stringify({ value } satisfies Remembered) : undefined;
}

function isPlain(value: unknown, depth: number): boolean {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= deepest) return false;
  if (Array.isArray(value)) return value.every((each) => each !== undefined && isPlain(each, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((each) => isPlain(each, depth + 1));
}
