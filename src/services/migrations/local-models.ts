/** The table of trained models: every version that was ever trained, and which one answers. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** One version of a trained model. */
interface TrainedModelTable {
  name: string;
  /** From 1, by name. */
  version: number;
  /** Who trained it, so that a repeated save finds its version again. */
  key: string;
  /** At most one version of a name is `serving`. */
  state: 'candidate' | 'serving' | 'retired';
  /** Figures of its evaluation. */
  metrics: object;
  /** The version that served before this one; `null` if that was the built-in model. */
  replaced: number | null;
  body: Buffer;
  created_at: Generated<Date>;
}

export interface LocalModelTables {
  trained_models: TrainedModelTable;
}

export const localModelMigrations: Record<string, Migration> = {
  '030-local-models': {
    async up(db: Kysely<unknown>) {
      await sql`create table trained_models (
        name text not null,
        version integer not null,
        key text not null,
        state text not null check (state in ('candidate', 'serving', 'retired')),
        metrics jsonb not null,
        replaced integer,
        body bytea not null,
        created_at timestamptz not null default now(),
        primary key (name, version),
        unique (name, key),
        foreign key (name, replaced) references trained_models (name, version)
      )`.execute(db);
      await sql`create unique index trained_models_serving on trained_models (name) where state = 'serving'`.execute(
        db,
      );
    },
  },
};
