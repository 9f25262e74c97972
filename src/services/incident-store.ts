/** Incidents as rows, and what is known of services. */
import type { Database } from './database.ts';

/** What a monitor reports. */
export interface Alert {
  /** Name of the service, as the infrastructure knows it. */
  readonly service: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string;
  readonly description: string;
  /** The monitor's own number; the same alert again is the same incident. */
  readonly id?: string | undefined;
}

/** How an incident ended. */
export interface IncidentEnding {
  readonly status: 'resolved' | 'escalated';
  readonly owner: string | null;
  readonly report: string;
}

/** Opens an incident under `id`; the same id again changes nothing. */
export async function insertIncident(db: Database, id: string, alert: Alert): Promise<void> {
  const { service, severity, title } = alert;
  await db
    .insertInto('incidents')
    .values({ id, service, severity, title, status: 'open' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Writes down who has an open incident. */
export async function ownIncident(db: Database, id: string, owner: string): Promise<void> {
  await db.updateTable('incidents').set({ owner }).where('id', '=', id).where('status', '=', 'open').execute();
}

/** Writes down how an open incident ended. */
export async function endIncident(db: Database, id: string, ending: IncidentEnding): Promise<void> {
  await db
    .updateTable('incidents')
    .set({ ...ending, ended_at: new Date() })
    .where('id', '=', id)
    .where('status', '=', 'open')
    .execute();
}

/** Marks an incident whose run was stopped; makes it if it is not there yet, so that it does not come later. */
export async function withdrawIncident(db: Database, id: string, alert: Alert): Promise<void> {
  const { service, severity, title } = alert;
  const withdrawn = { status: 'withdrawn' as const, ended_at: new Date() };
  await db
    .insertInto('incidents')
    .values({ id, service, severity, title, ...withdrawn })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(withdrawn).where('incidents.status', '=', 'open'))
    .execute();
}

/** What is known of a service; `undefined` if it is not known. */
export function findService(
  db: Database,
  name: string,
): Promise<{ readonly area: string; readonly restartable: boolean } | undefined> {
  return db.selectFrom('services').select(['area', 'restartable']).where('name', '=', name).executeTakeFirst();
}

/** The person who is called for an area; `undefined` if there is none. */
export async function onCallFor(db: Database, area: string): Promise<string | undefined> {
  const row = await db.selectFrom('on_call').select('person').where('area', '=', area).executeTakeFirst();
  return row?.person;
}
