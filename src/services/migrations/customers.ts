/** Tables of customers, their workspaces, and the keys that sign links in mails. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

interface CustomerTable {
  /** Idempotency key of the account. */
  id: string;
  email: string;
  name: string;
  company: string | null;
  country: string;
  plan: 'starter' | 'team';
  status: 'open' | 'active';
  /** Who vouches for the identity: the identity service, or a person. */
  verified_by: string | null;
  preferences: unknown;
  created_at: Generated<Date>;
}

interface WorkspaceTable {
  slug: string;
  customer_id: string;
}

/** Shared by workers, which sign, and the web server, which checks. */
interface SigningKeyTable {
  name: string;
  key: Buffer;
}

export interface CustomerTables {
  customers: CustomerTable;
  workspaces: WorkspaceTable;
  signing_keys: SigningKeyTable;
}

export const customerMigrations: Record<string, Migration> = {
  '122-customers': {
    async up(db: Kysely<unknown>) {
      await sql`create table customers (
        id text primary key,
        email text not null,
        name text not null,
        company text,
        country text not null,
        plan text not null,
        status text not null check (status in ('open', 'active')),
        verified_by text,
        preferences jsonb,
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create unique index customers_email on customers (lower(email))`.execute(db);
      await sql`create table workspaces (
        slug text primary key,
        customer_id text not null unique references customers on delete cascade
      )`.execute(db);
    },
  },
  '123-signing-keys': {
    async up(db: Kysely<unknown>) {
      await sql`create table signing_keys (name text primary key, key bytea not null)`.execute(db);
    },
  },
};
