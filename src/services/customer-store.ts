/** Customers as rows: an account for each address, and a workspace for each account. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { once, undo, type Trx } from './effects.ts';

/** What somebody says who wants to become a customer. */
export interface Application {
  readonly email: string;
  readonly name: string;
  readonly company?: string | undefined;
  /** ISO 3166, two letters. */
  readonly country: string;
  /** Of an identity document. */
  readonly documentNumber: string;
  readonly birthDate?: string | undefined;
  readonly plan: 'starter' | 'team';
  /** @default what is spoken in the country, else English */
  readonly language?: 'en' | 'de' | 'fr' | undefined;
}

/** How an account is set up for a customer. */
export interface Preferences {
  readonly language: 'en' | 'de' | 'fr';
  readonly currency: string;
  readonly template: 'personal' | 'company';
}

/** `taken`: there is a customer with this address. */
export type Opening = { readonly status: 'opened'; readonly customer: string } | { readonly status: 'taken' };

/** Opens an account, once for each id. */
export function openAccount(db: Database, id: string, application: Application): Promise<Opening> {
  const { email, name, company, country, plan } = application;
  return once<Opening>(db, id, async (trx) => {
    const values = { id, email, name, company: company ?? null, country, plan, verified_by: null, preferences: null };
    const opened = await trx
      .insertInto('customers')
      .values({ ...values, status: 'open' })
      .onConflict((conflict) => conflict.expression(sql`lower(email)`).doNothing())
      .returning('id')
      .executeTakeFirst();
    return opened ? { status: 'opened', customer: id } : { status: 'taken' };
  });
}

/** Takes an account back with its workspace; fine if it never was opened, and then it never is. */
export function removeAccount(db: Database, id: string): Promise<void> {
  return undo(db, id, (trx) => trx.deleteFrom('customers').where('id', '=', id).execute());
}

/** Makes the account's workspace under a short name that is free; the same account again gets the same. */
export async function makeWorkspace(db: Database, customer: string, wanted: string): Promise<string> {
  return db.transaction().execute(async (trx) => {
    const own = await trx
      .selectFrom('workspaces')
      .select('slug')
      .where('customer_id', '=', customer)
      .executeTakeFirst();
    return own?.slug ?? nextFree(trx, customer, slugOf(wanted));
  });
}

async function nextFree(trx: Trx, customer: string, wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const slug = number === 1 ? wanted : `${wanted}-${number.toString()}`;
    const made = await trx
      .insertInto('workspaces')
      .values({ slug, customer_id: customer })
      .onConflict((conflict) => conflict.column('slug').doNothing())
      .returning('slug')
      .executeTakeFirst();
    if (made) return slug;
  }
}

/** Makes an open account one that can be used. */
export async function activateAccount(db: Database, id: string, verifiedBy: string): Promise<void> {
  await db
    .updateTable('customers')
    .set({ status: 'active', verified_by: verifiedBy })
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** Writes down how the account is set up. */
export async function keepPreferences(db: Database, id: string, preferences: Preferences): Promise<void> {
  const value = sql`${JSON.stringify(preferences)}::jsonb`;
  await db.updateTable('customers').set({ preferences: value }).where('id', '=', id).execute();
}

function slugOf(name: string): string {
  const letters = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const slug = letters.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return slug.slice(0, 40) || 'workspace';
}
