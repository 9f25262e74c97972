/** The outbox: which keys have been sent, and who is sending one right now. */
import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { failure, invalid } from '../../failures.ts';
import type { MailTables } from '../migrations/mail.ts';

/** A mail in the outbox that is ours to send, or that has been sent before. */
export type Claim =
  | { readonly status: 'ours'; readonly claimedAt: Date }
  | { readonly status: 'sent'; readonly rejected: readonly string[] };

/** Longer than a send can take: after it, whoever claimed the key has crashed. */
export const leaseMs = 120_000;

/** The Message-ID of a key; the same on every attempt, so that a mail server sees a repeat as one. */
export function messageIdOf(key: string, from: string): string {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return `<fermata.${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`;
}

/** What makes a mail another one; its text may differ between attempts, for instance by a date. */
export function fingerprintOf(recipients: readonly string[], subject: string): string {
  return createHash('sha256')
    .update(JSON.stringify([[...recipients].sort(), subject]))
    .digest('hex');
}

/**
 * Takes a key for sending. A key that was sent stays sent. One that another attempt is sending right now fails with the
 * transient `MailBusy`; one whose sender has not been heard of for {@link leaseMs} is taken over. The same key for
 * another mail fails with `MailKeyReused` (validation).
 */
export async function claim(
  db: Kysely<MailTables>,
  mail: { readonly key: string; readonly fingerprint: string; readonly messageId: string },
): Promise<Claim> {
  const { key, fingerprint, messageId } = mail;
  const made = await db
    .insertInto('mail_outbox')
    .values({
      key,
      fingerprint,
      message_id: messageId,
      status: 'sending',
      rejected: json([]),
      attempts: 1,
      error: null,
      claimed_at: sql`now()`,
      sent_at: null,
    })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({
          status: 'sending',
          attempts: sql`mail_outbox.attempts + 1`,
          claimed_at: sql`now()`,
        })
        .where('mail_outbox.fingerprint', '=', fingerprint)
        .where((eb) =>
          eb.or([
            eb('mail_outbox.status', '=', 'failed'),
            eb.and([
              eb('mail_outbox.status', '=', 'sending'),
              eb('mail_outbox.claimed_at', '<', sql<Date>`now() - ${leaseMs} * interval '1 millisecond'`),
            ]),
          ]),
        ),
    )
    .returning('claimed_at')
    .executeTakeFirst();
  return made === undefined ? standing(db, key, fingerprint) : { status: 'ours', claimedAt: made.claimed_at };
}

async function standing(db: Kysely<MailTables>, key: string, fingerprint: string): Promise<Claim> {
  const row = await db.selectFrom('mail_outbox').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
  if (row.fingerprint !== fingerprint) {
    throw invalid('MailKeyReused', `the key ${key} belongs to a mail with other recipients or another subject`);
  }
  if (row.status === 'sent') return { status: 'sent', rejected: row.rejected };
  throw failure('transient', `another attempt is sending the mail ${key}`, {
    type: 'MailBusy',
    nextRetryDelay: '2 seconds',
  });
}

/** Notes that the mail server took the mail. */
export async function markSent(db: Kysely<MailTables>, key: string, rejected: readonly string[]): Promise<void> {
  await db
    .updateTable('mail_outbox')
    .set({ status: 'sent', sent_at: sql`now()`, rejected: json(rejected), error: null })
    .where('key', '=', key)
    .where('status', '!=', 'sent')
    .execute();
}

/** Gives the key back after a failed attempt, unless somebody else has it by now. */
export async function markFailed(db: Kysely<MailTables>, key: string, claimedAt: Date, error: string): Promise<void> {
  await db
    .updateTable('mail_outbox')
    .set({ status: 'failed', error: error.replaceAll('\0', ' ').slice(0, 500) })
    .where('key', '=', key)
    .where('status', '=', 'sending')
    // A Date has milliseconds, the column has microseconds.
    .where(sql<boolean>`date_trunc('milliseconds', claimed_at) = ${claimedAt}`)
    .execute();
}

function json(value: readonly string[]) {
  return sql<readonly string[]>`${JSON.stringify(value)}::jsonb`;
}
