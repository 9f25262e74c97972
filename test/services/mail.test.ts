import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { categoryOf } from '../../src/failures.ts';
import { openMail, type Mailer, type MailOptions, type OutgoingMail } from '../../src/services/mail.ts';
import { findSentMail, listSentMails } from '../../src/services/mail/sent-mails.ts';
import { mailMigrations, type MailTables } from '../../src/services/migrations/mail.ts';
import { testTables, type TestTables } from '../support/tables.ts';

let tables: TestTables<MailTables>;
const opened: Mailer[] = [];
const servers: Server[] = [];
let count = 0;

beforeAll(async () => {
  tables = await testTables<MailTables>(mailMigrations);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((mailer) => mailer.close()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await tables.db.deleteFrom('mails').execute();
});
afterAll(() => tables.stop());

async function mailer(options: Partial<MailOptions> = {}): Promise<Mailer> {
  const made = await openMail({ db: tables.db, from: 'fermata@example.com', ...options });
  opened.push(made);
  return made;
}

function mail(changes: Partial<OutgoingMail> = {}): OutgoingMail {
  count += 1;
  return { to: 'ada@example.com', subject: 'Your order', text: 'It is on its way.', key: `mail-${count}`, ...changes };
}

/** A mail server that speaks line by line: what it answers to a line decides `answer`; `undefined` stays silent. */
async function scriptedServer(answer: (line: string) => string | undefined): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 scripted\r\n');
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said = answer(line);
        if (said !== undefined) socket.write(`${said}\r\n`);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The usual answers, with others for lines that match. */
function usual(others: Readonly<Record<string, string | undefined>> = {}) {
  let inData = false;
  return (line: string): string | undefined => {
    if (inData) {
      if (line !== '.') return undefined;
      inData = false;
      return '.' in others ? others['.'] : '250 taken';
    }
    const word = line.slice(0, 4).toUpperCase();
    if (word in others) return others[word];
    if (word === 'DATA') {
      inData = true;
      return '354 go on';
    }
    return '250 yes';
  };
}

async function refusal(work: Promise<unknown>): Promise<{ type: string; category: string | undefined }> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { type: (error as { type?: string } | undefined)?.type ?? String(error), category: categoryOf(error) };
}

describe('mail by the embedded server', () => {
  it('keeps what was sent, with text, HTML and attachments', async () => {
    const result = await (
      await mailer()
    ).send(
      mail({
        to: ['ada@example.com', 'bob@example.com', 'ada@example.com'],
        subject: 'Grüße – 5 €',
        text: 'plain ünicode',
        html: '<b>bold</b>',
        attachments: [{ filename: 'Rechnung ü.txt', content: new Uint8Array([1, 2, 250]) }],
      }),
    );
    expect(result).toMatchObject({ rejected: [], repeated: false });
    const [listed] = await listSentMails(tables.db, 10);
    expect(listed).toMatchObject({
      sender: 'fermata@example.com',
      recipients: ['ada@example.com', 'bob@example.com'],
      subject: 'Grüße – 5 €',
    });
    const found = await findSentMail(tables.db, listed!.id);
    expect(found?.text.trim()).toBe('plain ünicode');
    expect(found?.html).toContain('<b>bold</b>');
    expect(found?.attachments.map(({ name }) => name)).toEqual(['Rechnung ü.txt']);
    expect([...found!.attachments[0]!.content]).toEqual([1, 2, 250]);
  });

  it('sends a key once, also when it is asked again later or by another worker', async () => {
    const [one, other] = [await mailer(), await mailer()];
    const same = mail();
    const first = await one.send(same);
    expect(await other.send(same)).toEqual({ ...first, repeated: true });
    // The text may differ between attempts.
    expect((await one.send({ ...same, text: 'another text' })).repeated).toBe(true);
    expect(await listSentMails(tables.db, 10)).toHaveLength(1);
  });

  it('sends once when twenty ask at the same time', async () => {
    const each = await mailer();
    const same = mail();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => each.send(same)));
    const sent = outcomes.filter((outcome) => outcome.status === 'fulfilled' && !outcome.value.repeated);
    expect(sent).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ type: 'MailBusy' });
    }
    expect(await listSentMails(tables.db, 10)).toHaveLength(1);
  });

  it('takes over from an attempt that crashed, and drops the repeat if the mail had been handed over', async () => {
    const each = await mailer();
    const same = mail();
    await each.send(same);
    const crashed = { status: 'sending', sent_at: null } as const;
    await tables.db.updateTable('mail_outbox').set(crashed).where('key', '=', same.key).execute();
    expect(await refusal(each.send(same))).toEqual({ type: 'MailBusy', category: 'transient' });
    await tables.db
      .updateTable('mail_outbox')
      .set({ claimed_at: sql`now() - interval '3 minutes'` })
      .where('key', '=', same.key)
      .execute();
    expect((await each.send(same)).repeated).toBe(false);
    expect(await listSentMails(tables.db, 10)).toHaveLength(1);
    const outbox = await tables.db.selectFrom('mail_outbox').selectAll().where('key', '=', same.key).execute();
    expect(outbox).toMatchObject([{ status: 'sent', attempts: 2 }]);
  });

  it('refuses the same key for another mail', async () => {
    const each = await mailer();
    const same = mail();
    await each.send(same);
    const expected = { type: 'MailKeyReused', category: 'validation' };
    expect(await refusal(each.send({ ...same, to: 'eve@example.com' }))).toEqual(expected);
    expect(await refusal(each.send({ ...same, subject: 'Another' }))).toEqual(expected);
  });

  it.each([
    ['a second recipient in the first', { to: 'ada@example.com, eve@example.com' }, 'BadAddress'],
    ['a header in a recipient', { to: 'ada@example.com\r\nBcc: eve@example.com' }, 'BadAddress'],
    ['a name around the address', { to: 'Ada <ada@example.com>' }, 'BadAddress'],
    ['no recipient', { to: [] }, 'BadAddress'],
    ['too many recipients', { to: Array.from({ length: 101 }, (_, n) => `a${n}@example.com`) }, 'BadAddress'],
    ['a header in the subject', { subject: 'Hello\r\nBcc: eve@example.com' }, 'BadHeader'],
    ['a Unicode line break in the subject', { subject: 'Hello\u2028Bcc: eve@example.com' }, 'BadHeader'],
    ['an empty subject', { subject: '  ' }, 'BadHeader'],
    [
      'a header in the name of an attachment',
      { attachments: [{ filename: 'a.txt"\r\nX-Evil: 1', content: '' }] },
      'BadHeader',
    ],
    [
      'a header in the type of an attachment',
      { attachments: [{ filename: 'a', content: '', contentType: 'text/plain\nX: 1' }] },
      'BadHeader',
    ],
  ])('refuses %s before anything is sent', async (_, changes, type) => {
    const bad = mail(changes);
    expect(await refusal((await mailer()).send(bad))).toEqual({ type, category: 'validation' });
    expect(await tables.db.selectFrom('mail_outbox').selectAll().where('key', '=', bad.key).execute()).toEqual([]);
  });

  it('never reads a file or an address that a body names', async () => {
    const each = await mailer();
    const text = { path: '/etc/passwd' } as unknown as string;
    const same = mail({ text });
    await refusal(each.send(same));
    const [kept] = await listSentMails(tables.db, 10);
    const content = kept && (await findSentMail(tables.db, kept.id));
    expect(content?.text ?? '').not.toContain('root:');
  });
});

describe('mail by a server of its own', () => {
  it('says which recipients the server refused while it took the others, also when asked again', async () => {
    const url = await scriptedServer((line) => (line.startsWith('RCPT TO:<bob@') ? '550 no bob here' : takes(line)));
    const takes = usual();
    const each = await mailer({ smtpUrl: url });
    const same = mail({ to: ['ada@example.com', 'bob@example.com'] });
    expect(await each.send(same)).toMatchObject({ rejected: ['bob@example.com'], repeated: false });
    expect(await each.send(same)).toMatchObject({ rejected: ['bob@example.com'], repeated: true });
  });

  it.each([
    ['refuses every recipient', { RCPT: '550 nobody here' }, { type: 'MailRefused', category: 'validation' }],
    ['refuses the message', { '.': '554 spam' }, { type: 'MailRefused', category: 'validation' }],
    ['has no room right now', { MAIL: '452 full' }, { type: 'MailDeferred', category: 'resource' }],
  ])('says so when the server %s, and the key can be tried again', async (_, answers, expected) => {
    const failing = await mailer({ smtpUrl: await scriptedServer(usual(answers)) });
    const same = mail();
    expect(await refusal(failing.send(same))).toEqual(expected);
    const working = await mailer({ smtpUrl: await scriptedServer(usual()) });
    expect(await working.send(same)).toMatchObject({ repeated: false });
  });

  it('counts a server that is not there as a dependency that is down', async () => {
    const each = await mailer({ smtpUrl: 'smtp://127.0.0.1:1' });
    expect(await refusal(each.send(mail()))).toEqual({ type: 'MailServerDown', category: 'dependency' });
  });

  it('gives up on a server that says nothing', async () => {
    const each = await mailer({ smtpUrl: await scriptedServer(usual({ DATA: undefined })), timeoutMs: 300 });
    expect(await refusal(each.send(mail()))).toEqual({ type: 'MailServerDown', category: 'dependency' });
  });

  it('breaks off when it is cancelled, with the reason of the cancellation', async () => {
    const cancelled = new AbortController();
    const answer = usual();
    const url = await scriptedServer((line) => {
      if (!line.startsWith('MAIL')) return answer(line);
      cancelled.abort(new Error('the run was cancelled'));
      return undefined;
    });
    await expect((await mailer({ smtpUrl: url })).send(mail(), cancelled.signal)).rejects.toThrow(
      'the run was cancelled',
    );
  });

  it('sends the same Message-ID on every attempt of a key', async () => {
    const seen: string[] = [];
    const answers = ['451 later', '250 taken'];
    const url = await scriptedServer((line) => {
      if (line.startsWith('Message-ID:')) seen.push(line);
      return line === '.' ? (script(line), answers.shift()) : script(line);
    });
    const script = usual();
    const each = await mailer({ smtpUrl: url });
    const same = mail();
    expect(await refusal(each.send(same))).toMatchObject({ type: 'MailDeferred' });
    await each.send(same);
    expect(seen).toHaveLength(2);
    expect(new Set(seen).size).toBe(1);
  });

  it('does not repeat the password of an address that is not one', async () => {
    await expect(openMail({ db: tables.db, smtpUrl: 'http://me:secret@example.com' })).rejects.toThrow(
      'FERMATA_SMTP_URL: expected smtp://',
    );
  });
});
