/** Tables of events: the log, what the events brought about, and counts for a dashboard. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** One row an event, whatever is repeated. */
interface EventLogTable {
  /** Workflow id of the run that handles it. */
  run_id: string;
  source: string;
  event_id: string;
  type: string;
  occurred_at: Date;
  data: unknown;
  outcome: 'handled' | 'unknown' | 'invalid' | 'failed' | 'cancelled';
  /** What it brought about, or why it did not. */
  detail: string;
  /** Workflow id of the process that it started. */
  started: string | null;
  /** The outcome under which it is in the counts. */
  counted_as: string | null;
  logged_at: Generated<Date>;
}

interface EventMetricTable {
  /** Day the event occurred, UTC. */
  day: string;
  source: string;
  type: string;
  outcome: string;
  count: number;
}

interface AppUserTable {
  source: string;
  user_id: string;
  email: string | null;
  name: string | null;
  actions: Generated<number>;
  last_action: string | null;
  last_action_at: Date | null;
}

interface ReceivedPaymentTable {
  source: string;
  payment_id: string;
  order_id: string;
  amount_cents: number;
  currency: string;
}

interface OrderCancellationTable {
  source: string;
  order_id: string;
  reason: string;
}

interface ServiceAlertTable {
  key: string;
  service: string;
  severity: string;
  message: string;
  occurred_at: Date;
}

interface BusinessFigureTable {
  day: string;
  name: string;
  count: number;
  /** Decimal text. */
  total: string;
}

export interface EventTables {
  event_log: EventLogTable;
  event_metrics: EventMetricTable;
  app_users: AppUserTable;
  received_payments: ReceivedPaymentTable;
  order_cancellations: OrderCancellationTable;
  service_alerts: ServiceAlertTable;
  business_figures: BusinessFigureTable;
}

const statements = [
  sql`create table event_log (
    run_id text primary key, source text not null, event_id text not null, type text not null,
    occurred_at timestamptz not null, data jsonb not null,
    outcome text not null check (outcome in ('handled', 'unknown', 'invalid', 'failed', 'cancelled')),
    detail text not null, started text, counted_as text, logged_at timestamptz not null default now())`,
  sql`create index event_log_type on event_log (type, occurred_at)`,
  sql`create table event_metrics (
    day date not null, source text not null, type text not null, outcome text not null,
    count integer not null check (count >= 0), primary key (day, source, type, outcome))`,
  sql`create table app_users (
    source text not null, user_id text not null, email text, name text, actions integer not null default 0,
    last_action text, last_action_at timestamptz, primary key (source, user_id))`,
  sql`create table received_payments (
    source text not null, payment_id text not null, order_id text not null,
    amount_cents integer not null check (amount_cents >= 0), currency text not null, primary key (source, payment_id))`,
  sql`create table order_cancellations (
    source text not null, order_id text not null, reason text not null, primary key (source, order_id))`,
  sql`create table service_alerts (
    key text primary key, service text not null, severity text not null, message text not null,
    occurred_at timestamptz not null)`,
  sql`create table business_figures (
    day date not null, name text not null, count integer not null, total numeric not null, primary key (day, name))`,
];

export const eventMigrations: Record<string, Migration> = {
  '170-events': {
    async up(db: Kysely<unknown>) {
      for (const statement of statements) await statement.execute(db);
    },
  },
};
