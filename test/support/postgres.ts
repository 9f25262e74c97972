import { throwAwayPostgres } from '../../src/embedded/postgres.ts';

/** A PostgreSQL with an empty database of its own; the caller ends it with `stop()`. Takes a second. */
export function testDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  return throwAwayPostgres();
}
