import { categoryOf, failure, type Category } from '../../failures.ts';

/**
 * The failure of several pieces of work together. Its details list what each said, in the given order; its cause is the
 * first error, or the last where `cause` says so. It has the category that all of them share, else `logic`: so a
 * default `when: ['dependency']` still applies if every branch failed for that reason. It asks for no delay before a retry:
 * whoever retries all of them knows best.
 */
export function joinedFailure(
  type: string,
  message: string,
  kind: string,
  failed: readonly { readonly name: string | number; readonly error: unknown }[],
  cause: 'first' | 'last' = 'first',
): Error {
  const causes = failed.map(({ name, error }) => ({ [kind]: name, message: messageOf(error) }));
  const said = failed.slice(0, 10).map(({ name, error }) => `${String(name)}: ${messageOf(error)}`);
  if (failed.length > said.length) said.push(`and ${String(failed.length - said.length)} more`);
  return failure(sharedCategory(failed.map((each) => each.error)) ?? 'logic', `${message}: ${said.join('; ')}`, {
    type,
    nextRetryDelay: null,
    details: { causes: causes.slice(0, 100) },
    cause: failed.at(cause === 'first' ? 0 : -1)?.error,
  });
}

/** What went wrong in one line: for an activity's failure, what the activity said. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function sharedCategory(errors: readonly unknown[]): Category | undefined {
  const [first, ...rest] = errors.map(categoryOf);
  return rest.every((each) => each === first) ? first : undefined;
}
