/** Tables of mail: what was handed to a mail server, and what the embedded one keeps. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';

/** One row a key: whether its mail has been handed over. */
interface MailOutboxTable {
  key: string;
  /** SHA-256 over recipients and subject: the same key for another mail is a mistake. */
  fingerprint: string;
  message_id: string;
  status: 'sending' | 'sent' | 'failed';
  /** Recipients that the mail server refused while it took the others. */
  rejected: readonly string[];
  attempts: number;
  /** Why the last attempt failed. */
  error: string | null;
  claimed_at: Date;
  sent_at: Date | null;
}

/** A mail that the embedded mail server took. */
interface MailTable {
  id: Generated<string>;
  message_id: string;
  sender: string;
  recipients: readonly string[];
  subject: string;
  /** The whole message as it came. */
  raw: Uint8Array;
  size: number;
  received_at: Generated<Date>;
}

export interface MailTables {
  mail_outbox: MailOutboxTable;
  mails: MailTable;
}

export const mailMigrations: Record<string, Migration> = {
  '040-mail': {
    async up(db: Kysely<unknown>) {
      await sql`create table mail_outbox (
        key text primary key,
        fingerprint text not null,
        message_id text not null unique,
        status text not null check (status in ('sending', 'sent', 'failed')),
        rejected jsonb not null default '[]',
        attempts integer not null default 1,
        error text,
        claimed_at timestamptz not null default now(),
        sent_at timestamptz,
        check ((status = 'sent') = (sent_at is not null))
      )`.execute(db);
      await sql`create table mails (
        id uuid primary key default gen_random_uuid(),
        message_id text not null unique,
        sender text not null,
        recipients jsonb not null,
        subject text not null,
        raw bytea not null,
        size integer not null,
        received_at timestamptz not null default now()
      )`.execute(db);
      await sql`create index mails_received on mails (received_at desc)`.execute(db);
    },
  },
};
