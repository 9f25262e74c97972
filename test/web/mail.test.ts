import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.ts';
import { migrate, openDatabase, type Database } from '../../src/services/database.ts';
import { loadDirectory } from '../../src/services/directory.ts';
import { openFileStore } from '../../src/services/files.ts';
import { openMail, type Mailer } from '../../src/services/mail.ts';
import { listSentMails } from '../../src/services/mail/sent-mails.ts';
import { createApp } from '../../src/web/app.ts';
import { testDatabase } from '../support/postgres.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'fermata-mail-'));
let database: Awaited<ReturnType<typeof testDatabase>>;
let db: Database;
let mailer: Mailer;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase(database.url);
  await migrate(db);
  mailer = await openMail({ db });
  const settings = loadSettings({ FERMATA_DATA: dataDir });
  app = createApp({
    runs: undefined,
    db,
    files: openFileStore(settings),
    directory: loadDirectory('samples/users.json'),
    settings,
  });
});

afterAll(async () => {
  await mailer.close();
  await db.destroy();
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function get(path: string): Promise<Response> {
  return Promise.resolve(app.request(`http://localhost${path}`));
}

/** Sends a mail to ourselves and returns its id. */
async function sent(mail: {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}): Promise<string> {
  const attachments = [{ filename: 'evil.html', content: '<script>alert(1)</script>' }];
  await mailer.send({ to: 'ada@example.com', key: mail.subject, attachments, ...mail });
  const mails = await listSentMails(db, 10);
  return mails.find(({ subject }) => subject === mail.subject)?.id ?? 'not found';
}

describe('the mail page', () => {
  it('says that nothing was sent yet', async () => {
    expect(await (await get('/mail')).text()).toContain('Nothing was sent yet.');
  });

  it('lists what was sent and shows its text, escaped, with its links', async () => {
    const id = await sent({
      subject: 'Please <confirm>',
      text: 'Click https://127.0.0.1:8080/confirm/abc?x=1&y=2. Not javascript:alert(1) <script>',
    });
    const list = await (await get('/mail')).text();
    expect(list).toContain('Please &lt;confirm&gt;');
    expect(list).toContain(`/mail/${id}`);
    const page = await (await get(`/mail/${id}`)).text();
    expect(page).toContain('to ada@example.com');
    expect(page).toContain('href="https://127.0.0.1:8080/confirm/abc?x=1&amp;y=2"');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('href="javascript:');
    expect(page).not.toContain('<iframe');
  });

  it('shows HTML in a sandboxed frame that can run and load nothing', async () => {
    const id = await sent({ subject: 'Hostile', text: 'x', html: '<script>alert(1)</script><b>bold</b>' });
    const page = await (await get(`/mail/${id}`)).text();
    expect(page).toContain(`sandbox="" src="/mail-content/${id}"`);
    expect(page).not.toContain('<b>bold</b>');
    const frame = await get(`/mail-content/${id}`);
    expect(await frame.text()).toContain('<b>bold</b>');
    const policy = frame.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain('sandbox');
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).not.toContain('script-src');
    expect(frame.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('hands attachments out as downloads only', async () => {
    const id = await sent({ subject: 'Attached', text: 'x' });
    const answer = await get(`/mail-content/${id}/attachments/0`);
    expect(await answer.text()).toBe('<script>alert(1)</script>');
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="evil\.html"/);
  });

  it.each(['/mail/none', '/mail/00000000-0000-0000-0000-000000000000', '/mail-content/none'])(
    'answers 404 at %s',
    async (path) => {
      const answer = await get(path);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('There is no such mail.');
    },
  );
});
