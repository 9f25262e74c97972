/** Tables of the circuit breakers. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** One breaker, shared by every worker. */
interface CircuitTable {
  name: string;
  state: Generated<'closed' | 'open' | 'halfOpen'>;
  /** Grows with every change of the state; whoever changes it has to name the one that he saw. */
  version: Generated<number>;
  /** Failures in a row since the circuit was closed. */
  failures: Generated<number>;
  /** When the first of them was counted. */
  failing_since: Date | null;
  /** `open`: when a probe may go. `halfOpen`: until when the probe that is under way is waited for. */
  until: Date | null;
  changed_at: Generated<Date>;
}

export interface CircuitTables {
  circuits: CircuitTable;
}

export const circuitMigrations: Record<string, Migration> = {
  '010-circuits': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('circuits')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) =>
          column
            .notNull()
            .defaultTo('closed')
            .check(sql`state in ('closed', 'open', 'halfOpen')`),
        )
        .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
        .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('failing_since', 'timestamptz')
        .addColumn('until', 'timestamptz')
        .addColumn('changed_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
        .execute();
    },
  },
};
