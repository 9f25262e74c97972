/**
 * The PostgreSQL database: connection and migrations. One dialect, one driver, one code path; each domain keeps its
 * tables in `migrations/<domain>.ts`.
 */
import { Kysely, Migrator, PostgresDialect, type Migration } from 'kysely';
import pg from 'pg';
import { patientMigrations, type PatientTables } from './migrations/patients.ts';
import { fraudMigrations, type FraudTables } from './migrations/fraud.ts';
import { enrichmentMigrations, type EnrichmentTables } from './migrations/enrichment.ts';
import { adviceMigrations, type AdviceTables } from './migrations/advice.ts';
import { customerMigrations, type CustomerTables } from './migrations/customers.ts';
import { proposalMigrations, type ProposalTables } from './migrations/proposals.ts';
import { incidentMigrations, type IncidentTables } from './migrations/incidents.ts';
import { publishingMigrations, type PublishingTables } from './migrations/publishing.ts';
import { invoiceMigrations, type InvoiceTables } from './migrations/invoices.ts';
import { dueDiligenceMigrations, type DueDiligenceTables } from './migrations/due-diligence.ts';
import { requestMigrations, type RequestTables } from './migrations/requests.ts';
import { ticketMigrations, type TicketTables } from './migrations/tickets.ts';
import { syncMigrations, type SyncTables } from './migrations/sync.ts';
import { etlMigrations, type EtlTables } from './migrations/etl.ts';
import { eventMigrations, type EventTables } from './migrations/events.ts';
import { inventoryMigrations, type InventoryTables } from './migrations/inventory.ts';
import { orderMigrations, type OrderTables } from './migrations/orders.ts';
import { sanctionMigrations, type SanctionTables } from './migrations/sanctions.ts';
import { localModelMigrations, type LocalModelTables } from './migrations/local-models.ts';
import { modelMigrations, type ModelTables } from './migrations/models.ts';
import { circuitMigrations, type CircuitTables } from './migrations/circuits.ts';
import { vendorMigrations, type VendorTables } from './migrations/vendors.ts';
import { mailMigrations, type MailTables } from './migrations/mail.ts';
import { expenseMigrations, type ExpenseTables } from './migrations/expenses.ts';
import { documentMigrations, type DocumentTables } from './migrations/documents.ts';

type Tables = DocumentTables &
  ExpenseTables &
  MailTables &
  VendorTables &
  CircuitTables &
  ModelTables &
  LocalModelTables &
  SanctionTables &
  OrderTables &
  InventoryTables &
  EventTables &
  EtlTables &
  SyncTables &
  TicketTables &
  RequestTables &
  DueDiligenceTables &
  InvoiceTables &
  PublishingTables &
  IncidentTables &
  ProposalTables &
  CustomerTables &
  AdviceTables &
  EnrichmentTables &
  FraudTables &
  PatientTables;

export type Database = Kysely<Tables>;

/** Opens a pool of connections; `destroy()` closes it. `max` bounds the connections. */
export function openDatabase(url: string, options: { readonly max?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    types,
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** A calendar date (type 1082) stays the text it is: a `Date` would move it through the machine's time zone. */
const dateType = 1082;
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    (id as number) === dateType
      ? (value: unknown) => value
      : (pg.types.getTypeParser(id, format) as (value: unknown) => unknown),
};

/** Brings the tables up to date; safe to call from several processes at once. */
export async function migrate(db: Database): Promise<void> {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    allowUnorderedMigrations: true,
  }).migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error('the database could not be migrated', { cause: error });
}

/** Every domain's migrations; names are unique and never change once released. */
const migrations: Record<string, Migration> = {
  ...documentMigrations,
  ...expenseMigrations,
  ...mailMigrations,
  ...vendorMigrations,
  ...circuitMigrations,
  ...modelMigrations,
  ...localModelMigrations,
  ...sanctionMigrations,
  ...orderMigrations,
  ...inventoryMigrations,
  ...eventMigrations,
  ...etlMigrations,
  ...syncMigrations,
  ...ticketMigrations,
  ...requestMigrations,
  ...dueDiligenceMigrations,
  ...invoiceMigrations,
  ...publishingMigrations,
  ...incidentMigrations,
  ...proposalMigrations,
  ...customerMigrations,
  ...adviceMigrations,
  ...enrichmentMigrations,
  ...fraudMigrations,
  ...patientMigrations,
};
