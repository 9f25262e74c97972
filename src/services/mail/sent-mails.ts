/** The mails that the embedded mail server keeps, for people to read. */
import type { Kysely } from 'kysely';
import PostalMime from 'postal-mime';
import type { MailTables } from '../migrations/mail.ts';

/** A mail in a list. */
export interface SentMail {
  readonly id: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  /** Bytes. */
  readonly size: number;
  readonly receivedAt: string;
}

/** A mail with its content. */
export interface SentMailContent extends SentMail {
  readonly text: string;
  readonly html: string | undefined;
  readonly attachments: readonly {
    readonly name: string;
    readonly content: Uint8Array;
  }[];
}

const columns = ['id', 'sender', 'recipients', 'subject', 'size', 'received_at'] as const;

/** What was sent, newest first. */
export async function listSentMails(db: Kysely<MailTables>, limit: number): Promise<SentMail[]> {
  const rows = await db.selectFrom('mails').select(columns).orderBy('received_at', 'desc').limit(limit).execute();
  return rows.map(toMail);
}

/** One mail with its content; `undefined` if there is none. */
export async function findSentMail(db: Kysely<MailTables>, id: string): Promise<SentMailContent | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return undefined;
  const row = await db
    .selectFrom('mails')
    .select([...columns, 'raw'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { text, html, attachments } = await PostalMime.parse(row.raw, { attachmentEncoding: 'arraybuffer' });
  return {
    ...toMail(row),
    text: text ?? '',
    html,
    attachments: attachments.map(({ filename, content }) => ({
      name: filename ?? 'unnamed',
      content: typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content),
    })),
  };
}

function toMail(row: Omit<SentMail, 'receivedAt'> & { readonly received_at: Date }): SentMail {
  const { id, sender, recipients, subject, size } = row;
  return { id, sender, recipients, subject, size, receivedAt: row.received_at.toISOString() };
}
