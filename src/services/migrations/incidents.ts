/** Tables of incidents, and of the services that they are about. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** A service that somebody looks after. */
interface ServiceTable {
  name: string;
  area: string;
  /** Whether a restart may be tried without asking. */
  restartable: boolean;
}

/** Who is called for an area. */
interface OnCallTable {
  area: string;
  /** User name. */
  person: string;
}

interface IncidentTable {
  /** Idempotency key of the step that opened it. */
  id: string;
  service: string;
  severity: 'info' | 'warning' | 'critical';
  title: string;
  status: 'open' | 'resolved' | 'escalated' | 'withdrawn';
  /** User name of the person who has it; `null` while nobody has. */
  owner: string | null;
  /** What was done and why, for people. */
  report: string | null;
  created_at: Generated<Date>;
  ended_at: Date | null;
}

export interface IncidentTables {
  services: ServiceTable;
  on_call: OnCallTable;
  incidents: IncidentTable;
}

export const incidentMigrations: Record<string, Migration> = {
  '161-incidents': {
    async up(db: Kysely<unknown>) {
      await sql`create table on_call (area text primary key, person text not null)`.execute(db);
      await sql`create table services (
        name text primary key,
        area text not null references on_call,
        restartable boolean not null
      )`.execute(db);
      await sql`create table incidents (
        id text primary key,
        service text not null,
        severity text not null check (severity in ('info', 'warning', 'critical')),
        title text not null,
        status text not null check (status in ('open', 'resolved', 'escalated', 'withdrawn')),
        owner text check (owner is not null or status <> 'escalated'),
        report text,
        created_at timestamptz not null default now(),
        ended_at timestamptz
      )`.execute(db);
      await sql`insert into on_call (area, person) values
        ('application', 'hedy'), ('database', 'grace'), ('network', 'grace'), ('other', 'hedy')`.execute(db);
      await sql`insert into services (name, area, restartable) values
        ('checkout-api', 'application', true), ('search-api', 'application', true), ('mailer', 'application', true),
        ('flaky-3-search', 'application', true), ('broken-billing', 'application', true), ('fixed-vault', 'application', true),
        ('orders-db', 'database', false), ('edge-proxy', 'network', true)`.execute(db);
    },
  },
};
