/** The embedded mail server: takes what we send on this machine and keeps it in the database, for the page /mail. */
import type { AddressInfo } from 'node:net';
import { sql, type Kysely } from 'kysely';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import type { MailTables } from '../migrations/mail.ts';

/** A mail server that listens on the loopback interface. */
export interface EmbeddedMailServer {
  /** `smtp://127.0.0.1:port`. */
  readonly url: string;
  /** Stops listening; open sessions get a second to end. */
  close(): Promise<void>;
}

const maxBytes = 25 * 1024 * 1024;
const loopback = '127.0.0.1';

/**
 * Starts it on a free port. A mail whose Message-ID it has already is taken and dropped. While the database does not
 * answer, it refuses with 451: try again.
 */
export async function startMailServer(db: Kysely<MailTables>): Promise<EmbeddedMailServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxBytes,
    rejectOversized: true,
    logger: false,
    socketTimeout: 60_000,
    closeTimeout: 1_000,
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = {
        sender: mailFrom === false ? '' : mailFrom.address,
        recipients: rcptTo.map(({ address }) => address),
      };
      take(db, stream, envelope).then(
        () => done(),
        () => done(tryAgain()),
      );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, loopback, resolve);
  });
  // A session that breaks off is its client's to report.
  server.on('error', () => undefined);
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://${loopback}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

interface Envelope {
  readonly sender: string;
  readonly recipients: readonly string[];
}

async function take(db: Kysely<MailTables>, stream: SMTPServerDataStream, envelope: Envelope): Promise<void> {
  const chunks: Buffer[] = [];
  // A mail that is too large is read to its end, not kept; the server then answers 552.
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk as Buffer);
  if (stream.sizeExceeded) return;
  const raw = Buffer.concat(chunks);
  const { messageId, subject } = await PostalMime.parse(raw);
  await db
    .insertInto('mails')
    .values({
      message_id: messageId ?? `<${crypto.randomUUID()}@unnamed>`,
      sender: envelope.sender,
      recipients: sql`${JSON.stringify(envelope.recipients)}::jsonb`,
      subject: (subject ?? '').replaceAll('\0', ' '),
      raw,
      size: raw.length,
    })
    .onConflict((conflict) => conflict.column('message_id').doNothing())
    .execute();
}

function tryAgain(): Error {
  return Object.assign(new Error('the mail cannot be kept right now; try again'), { responseCode: 451 });
}
