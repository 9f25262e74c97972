import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.ts';
import { openDatabase, type Database } from '../../src/services/database.ts';
import { openFileStore } from '../../src/services/files.ts';
import { loadDirectory } from '../../src/services/directory.ts';
import { createApp, type Parts } from '../../src/web/app.ts';
import { documentViewer } from '../../src/web/document-view.ts';
import { loadSecret } from '../../src/web/session.ts';

const origin = 'http://localhost';
const dataDir = mkdtempSync(join(tmpdir(), 'fermata-app-'));
const settings = loadSettings({ FERMATA_DATA: dataDir, DATABASE_URL: 'postgres://127.0.0.1:1/none' });
const files = openFileStore(settings);
const directory = loadDirectory('samples/users.json');

let db: Database;
let app: ReturnType<typeof createApp>;

beforeAll(() => {
  db = openDatabase('postgres://127.0.0.1:1/none');
  const parts: Parts = { runs: undefined, db, files, directory, settings };
  app = createApp(parts);
});

afterAll(async () => {
  await db.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return Promise.resolve(app.request(`${origin}${path}`, { headers }));
}

function post(path: string, fields: Readonly<Record<string, string>>, headers = { origin }): Promise<Response> {
  return Promise.resolve(
    app.request(`${origin}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers }),
  );
}

/** The addresses that the page of a document hands out. */
async function linksTo(content: string, name: string, format: string): Promise<string[]> {
  const hash = await files.put(new TextEncoder().encode(content));
  const page = String(await documentViewer({ hash, name, format }, loadSecret(dataDir)));
  return [...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => (link ?? '').replaceAll('&amp;', '&'));
}

describe('pages while something is down', () => {
  it('says on the inbox that Temporal and the database do not answer, without an error page', async () => {
    const answer = await get('/');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain('No Temporal server answers yet.');
    expect(text).toContain('The database does not answer (ECONNREFUSED).');
  });

  it.each([
    ['/runs', 'No Temporal server answers yet.'],
    ['/runs/any', 'No Temporal server answers yet.'],
    ['/search?q=paper', 'The database does not answer'],
    ['/documents/7e0c1b44-0000-4000-8000-000000000000', 'The database does not answer'],
  ])('answers %s with 503 and what is down', async (path, sentence) => {
    const answer = await get(path);
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(text).toContain(sentence);
    expect(text).not.toMatch(/ at .+:\d+:\d+/);
  });
});

describe('files', () => {
  const page = '<html><script>alert(1)</script></html>';

  it('gives active content only as plain text or inside a page that may run nothing', async () => {
    const links = await linksTo(page, 'a.html', 'html');
    expect(links).toHaveLength(3);
    for (const link of links) {
      const answer = await get(link);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const text = await answer.text();
      if (answer.headers.get('content-type')?.startsWith('text/html')) expect(text).not.toContain('<script>');
      else expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    }
  });

  it('never shows SVG as an image', async () => {
    const [link = ''] = await linksTo('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'a.svg', 'xml');
    const answer = await get(link.replace('/source', ''));
    expect(answer.headers.get('content-type')).not.toContain('svg');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it('keeps a hostile name out of its headers', async () => {
    const links = await linksTo('hello', 'a"\r\nSet-Cookie: x=1; é.txt', 'text');
    const answer = await get(links.at(-1) ?? '');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="a___Set-Cookie_ x_1_ _.txt"; filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x%3D1%3B%20%C3%A9.txt`,
    );
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('refuses a link that no page handed out', async () => {
    const [link = ''] = await linksTo('secret', 'a.txt', 'text');
    const other = await files.put(new TextEncoder().encode('another secret'));
    expect((await get(link.replace(/key=[^&]+/, 'key=x'))).status).toBe(403);
    expect((await get(link.replace(/[0-9a-f]{64}/, other))).status).toBe(403);
    expect((await get(`/files/${other}`)).status).toBe(403);
  });
});

describe('signing in', () => {
  it('gives a session that scripts cannot read, and goes back to where one came from', async () => {
    const answer = await post('/sign-in', { name: 'ada', next: '/runs?x=1' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/runs?x=1');
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    const page = await get('/sign-in', { cookie: cookie.split(';')[0] ?? '' });
    expect(await page.text()).toContain('Ada Lovelace</span>');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/.//evil.example', 'javascript:alert(1)'])(
    'does not lead to %s afterwards',
    async (next) => {
      expect((await post('/sign-in', { name: 'ada', next })).headers.get('location')).toBe('/');
    },
  );

  it('takes no made-up session and no name that the directory does not know', async () => {
    const forged = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJhdWQiOiJzZXNzaW9uIn0.';
    const page = await get('/sign-in', { cookie: `fermata_session=${forged}` });
    expect(await page.text()).not.toContain('Sign out');
    expect((await post('/sign-in', { name: 'mallory' })).headers.get('set-cookie')).toBeNull();
  });

  it('keeps the key that signs sessions to its owner', () => {
    expect(statSync(join(dataDir, 'session-secret')).mode & 0o777).toBe(0o600);
    expect(loadSecret(dataDir)).toHaveLength(32);
    expect(Buffer.from(loadSecret(dataDir)).equals(loadSecret(dataDir))).toBe(true);
  });
});

describe('requests from elsewhere', () => {
  it('refuses a form that another site sends', async () => {
    const answer = await post('/sign-in', { name: 'ada' }, { origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('refuses to be called by another name, so that no site can rebind its name to this machine', async () => {
    const answer = await app.request('http://evil.example/');
    expect(answer.status).toBe(421);
  });

  it('lets no page be framed or run scripts that are not its own', async () => {
    const policy = (await get('/')).headers.get('content-security-policy');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("script-src 'self'");
  });
});
