/**
 * Mail over SMTP: by the configured mail server, else by the embedded one, which keeps every mail for the page /mail.
 *
 * A key is sent once. The one gap that mail has by nature, a crash between the server's yes and our note of it, is
 * closed by the Message-ID: it is made from the key, so that the repeat is recognizable; the embedded server drops it.
 */
import type { Kysely } from 'kysely';
import { createTransport } from 'nodemailer';
import { ConfigError } from '../config.ts';
import { checkLine, checkRecipients } from './mail/addresses.ts';
import { startMailServer } from './mail/embedded-server.ts';
import { failureOf } from './mail/failures.ts';
import { claim, fingerprintOf, leaseMs, markFailed, markSent, messageIdOf } from './mail/outbox.ts';
import type { MailTables } from './migrations/mail.ts';

/** A file that goes with a mail. */
interface Attachment {
  readonly filename: string;
  readonly content: Uint8Array | string;
  /** @default by the name's ending */
  readonly contentType?: string;
}

/** A mail to send. */
export interface OutgoingMail {
  /** Plain addresses, `name@example.com`; at most 100. */
  readonly to: string | readonly string[];
  readonly subject: string;
  /** The body in plain text; always sent, also beside `html`. */
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly Attachment[];
  /** Idempotency key: the same key is sent once, whoever asks and however often. */
  readonly key: string;
}

/** What became of a mail. */
interface MailResult {
  readonly messageId: string;
  /** Recipients that the mail server refused while it took the others. */
  readonly rejected: readonly string[];
  /** Whether it had been sent before, so that nothing was sent now. */
  readonly repeated: boolean;
}

export interface Mailer {
  /**
   * Sends a mail, once per key. Fails with `BadAddress`, `BadHeader`, `MailKeyReused`, `MailRefused` (validation),
   * `MailBusy` (transient), `MailDeferred` (resource) or `MailServerDown` (dependency). On cancellation a send that the
   * server has not taken yet is broken off; its outcome stays open, and the next attempt has the same Message-ID.
   */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<MailResult>;
  close(): Promise<void>;
}

export interface MailOptions {
  readonly db: Kysely<MailTables>;
  /** `smtp://user:password@host:port` or `smtps://…`. @default the embedded mail server */
  readonly smtpUrl?: string | undefined;
  /** Address of the sender. @default fermata@localhost.localdomain */
  readonly from?: string | undefined;
  /** Longest time for one mail, in milliseconds; at most 100 000. @default 60 000 */
  readonly timeoutMs?: number;
}

const defaultFrom = 'fermata@localhost.localdomain';

/** Opens mail, once a worker. Throws {@link ConfigError} when the address of the mail server is not one. */
export async function openMail(options: MailOptions): Promise<Mailer> {
  const { db, from = defaultFrom } = options;
  checkUrl(options.smtpUrl);
  const timeoutMs = Math.min(options.timeoutMs ?? 60_000, leaseMs - 20_000);
  const embedded = options.smtpUrl === undefined ? await startMailServer(db) : undefined;
  const transport = createTransport({
    url: options.smtpUrl ?? embedded?.url,
    pool: true,
    maxConnections: 4,
    // Sending again is the caller's decision: it has the key.
    maxRequeues: 0,
    connectionTimeout: Math.min(10_000, timeoutMs),
    greetingTimeout: Math.min(10_000, timeoutMs),
    dnsTimeout: Math.min(10_000, timeoutMs),
    socketTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const deliver = async (mail: CheckedMail, signal: AbortSignal): Promise<readonly string[]> => {
    const { rejected } = await transport.sendMail({ ...mail, from, signal });
    return rejected;
  };
  return {
    send: async (mail, signal) => sendOnce(db, check(mail, from), { deliver, timeoutMs, signal }),
    async close() {
      transport.close();
      await embedded?.close();
    },
  };
}

function checkUrl(smtpUrl: string | undefined): void {
  if (smtpUrl === undefined) return;
  if (URL.canParse(smtpUrl) && /^smtps?:$/.test(new URL(smtpUrl).protocol)) return;
  // The URL holds a password: it is not repeated.
  throw new ConfigError('FERMATA_SMTP_URL: expected smtp://user:password@host:port or smtps://…');
}

type CheckedMail = ReturnType<typeof check>['mail'];

/** Nothing that is refused here has touched the outbox. */
function check(given: OutgoingMail, from: string) {
  const recipients = checkRecipients(given.to);
  const subject = checkLine('subject', given.subject);
  checkLine('key', given.key);
  const attachments = (given.attachments ?? []).map(({ filename, content, contentType }) => ({
    filename: checkLine('name of an attachment', filename),
    content: typeof content === 'string' ? content : Buffer.from(content),
    ...(contentType === undefined ? {} : { contentType: checkLine('type of an attachment', contentType) }),
  }));
  const messageId = messageIdOf(given.key, from);
  return {
    claim: { key: given.key, fingerprint: fingerprintOf(recipients, subject), messageId },
    mail: {
      to: [...recipients],
      subject,
      text: given.text,
      messageId,
      attachments,
      ...(given.html === undefined ? {} : { html: given.html }),
    },
  };
}

interface Delivery {
  readonly deliver: (mail: CheckedMail, signal: AbortSignal) => Promise<readonly string[]>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function sendOnce(
  db: Kysely<MailTables>,
  checked: ReturnType<typeof check>,
  { deliver, timeoutMs, signal }: Delivery,
): Promise<MailResult> {
  const { key, messageId } = checked.claim;
  signal?.throwIfAborted();
  const claimed = await claim(db, checked.claim);
  if (claimed.status === 'sent') return { messageId, rejected: claimed.rejected, repeated: true };
  const limit = AbortSignal.timeout(timeoutMs);
  let rejected: readonly string[];
  try {
    rejected = await deliver(checked.mail, signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    await markFailed(db, key, claimed.claimedAt, error instanceof Error ? error.message : String(error));
    signal?.throwIfAborted();
    throw failureOf(error, timeoutMs);
  }
  await markSent(db, key, rejected);
  return { messageId, rejected, repeated: false };
}
