import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ArticleRequest, PublishingResult } from '../../src/workflows/content-publishing.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { startModelServer, type ModelRequest, type ModelServer } from '../support/model-server.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { broken, decide, runProcess, untilOpen, type Faults, type Handle } from '../support/process.ts';

const kennedy = {
  path: 'samples/articles/inaugural-1961-kennedy.txt',
  title: 'What together we can do',
  requester: 'grace',
};
const short = { path: 'samples/documents/letter.txt', title: 'A letter' };
const editor = { by: 'ada', roles: ['editor'] } as const;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ FERMATA_OUTSIDE_ALLOW: '127.0.0.1' });
});
afterAll(() => harness.stop());

const write = <T>(request: ArticleRequest, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
  runProcess(harness, 'contentPublishing', request, work, faults);
const result = (handle: Handle): Promise<PublishingResult> => handle.result() as Promise<PublishingResult>;
const folder = (name: string): string => join(harness.settings.dataDir, 'published', name);
const index = (): Promise<string> => readFile(folder('index.html'), 'utf8').catch(() => '');
const rowOf = ({ workflowId }: Handle) =>
  harness.services.db.selectFrom('articles').selectAll().where('key', 'like', `${workflowId}/%`).executeTakeFirst();

describe('content-publishing', () => {
  it('writes an article from a long speech, and publishes page, cover and index once an editor has approved', async () => {
    await write(kennedy, async (handle) => {
      const gate = await untilOpen(handle);
      expect(gate.subject).toMatchObject({ title: kennedy.title, team: 'composed', summarized: true });
      await decide(handle, { vote: 'approve', ...editor });
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'published', by: ['ada'], cost: { microUsd: 0 } });
      expect(ended.cost.tokens).toBeGreaterThan(1000);
      if (ended.status !== 'published') return;
      const page = await readFile(folder(`${ended.slug}.html`), 'utf8');
      expect(page).toContain('<h1>What together we can do</h1>');
      expect(page).toContain('<h2>');
      expect(page).toContain(`${ended.slug}.svg`);
      expect(await readFile(folder(`${ended.slug}.svg`), 'utf8')).toMatch(/^<svg .*What together we can.*<\/svg>\n$/su);
      expect(await index()).toContain(`${ended.slug}.html`);
      const mails = await harness.services.db
        .selectFrom('mails')
        .selectAll()
        .where('subject', '=', `Published: ${kennedy.title}`)
        .execute();
      expect(mails).toHaveLength(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('does not summarize a source that is short enough', async () => {
    await write(short, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { vote: 'approve', ...editor });
      expect(await result(handle)).toMatchObject({ status: 'published', summarized: false });
    });
  });

  it('publishes the article as the editor has changed it', async () => {
    await write(short, async (handle) => {
      await untilOpen(handle);
      const edited = { title: 'Changed <title>', text: '## Part one\n\nShort & plain.' };
      await decide(handle, { vote: 'approve', ...editor, edited });
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'published', title: 'Changed <title>' });
      if (ended.status !== 'published') return;
      const page = await readFile(folder(`${ended.slug}.html`), 'utf8');
      expect(page).toContain('<h1>Changed &lt;title&gt;</h1>');
      expect(page).toContain('<p>Short &amp; plain.</p>');
    });
  });

  it('publishes nothing that the editor has rejected, nor what nobody has decided on in three days', async () => {
    await write(short, async (handle) => {
      await untilOpen(handle);
      await decide(handle, { vote: 'reject', ...editor, reason: 'too thin' });
      expect(await result(handle)).toMatchObject({ status: 'rejected', by: 'ada', reason: 'too thin' });
      expect(await rowOf(handle)).toBeUndefined();
    });
    await write(short, async (handle) => {
      const start = await harness.env.currentTimeMs();
      expect(await result(handle)).toMatchObject({ status: 'expired' });
      expect((await harness.env.currentTimeMs()) - start).toBeGreaterThanOrEqual(72 * 3_600_000);
      expect(await rowOf(handle)).toBeUndefined();
    });
  });

  it('does not let whoever asked for the article be its editor, and answers a late vote with what was decided', async () => {
    await write({ ...short, requester: 'alan' }, async (handle) => {
      await untilOpen(handle);
      const own = await decide(handle, { vote: 'approve', by: 'alan', roles: ['editor'] });
      expect(own).toMatchObject({ status: 'refused', code: 'ownRequest' });
      await decide(handle, { vote: 'approve', ...editor });
      const late = await decide(handle, { vote: 'reject', by: 'zoe', roles: ['editor'], reason: 'no' });
      expect(late.status).toBe('alreadyDecided');
      expect(await result(handle)).toMatchObject({ status: 'published', by: ['ada'] });
    });
  });

  it('says that there is no source when no stored document speaks of the topic', async () => {
    await write({ topic: 'zeppelin maintenance' }, async (handle) =>
      expect(await result(handle)).toMatchObject({ status: 'noSource', cost: { tokens: 0, microUsd: 0 } }),
    );
  });

  it('never fetches from a private address, and does not try twice', async () => {
    await write({ url: 'http://10.0.0.8/secret' }, async (handle) => {
      expect(await failureOf(handle.result())).toContain('OutsideForbidden');
    });
  });

  it('reads a page from an address, and takes the title that it gives itself', async () => {
    const site = createServer((_, response) => {
      const text = 'The lighthouse was built in 1871. It is forty metres high. Ships see it from twenty miles. ';
      response.setHeader('content-type', 'text/html');
      response.end(
        `<html><head><title>The lighthouse</title></head><body><p>${text}</p><script>x</script></body></html>`,
      );
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    try {
      const { port } = site.address() as AddressInfo;
      await write({ url: `http://127.0.0.1:${String(port)}/light.html` }, async (handle) => {
        const { subject } = await untilOpen(handle);
        expect(subject).toMatchObject({ title: 'The lighthouse', summarized: false });
        expect((subject as { text: string }).text).toContain('built in 1871');
        await decide(handle, { vote: 'reject', ...editor, reason: 'only a test' });
        await result(handle);
      });
    } finally {
      site.close();
    }
  });

  it('goes without a cover when none can be drawn', async () => {
    await write(
      short,
      async (handle) => {
        await untilOpen(handle);
        await decide(handle, { vote: 'approve', ...editor });
        expect(await result(handle)).toMatchObject({ status: 'published' });
        expect(await rowOf(handle)).toMatchObject({ cover: null });
      },
      broken('drawCover'),
    );
  });

  it('takes the page back when the index cannot be written', async () => {
    await write(
      { ...short, title: 'Taken back' },
      async (handle) => {
        await untilOpen(handle);
        await decide(handle, { vote: 'approve', ...editor });
        expect(await failureOf(handle.result())).toContain('updateSite broke');
        expect(await rowOf(handle)).toMatchObject({ status: 'withdrawn' });
        expect(await index()).not.toContain('Taken back');
      },
      broken('updateSite'),
    );
  });

  it('publishes nothing when it is cancelled while the editor reads', async () => {
    await write(short, async (handle) => {
      await untilOpen(handle);
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(await rowOf(handle)).toBeUndefined();
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});

/** What a model is asked, in one text. */
const asked = ({ body }: ModelRequest): string => JSON.stringify(body.messages);

describe('content-publishing with a model that converses', () => {
  let agents: Harness;
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer();
    agents = await startHarness({
      FERMATA_MODEL: `compatible:writer@${server.url}`,
      FERMATA_MODEL_PRICES: 'writer=1/2',
      FERMATA_MODEL_CACHE_HOURS: '0',
    });
  });
  afterAll(async () => {
    await agents.stop();
    await server.stop();
  });

  it('lets researcher, writer and editor work over one context, until the score is reached', async () => {
    let scores = 0;
    server.script((sent) => {
      const text = asked(sent);
      const reply = (value: object) => ({ text: JSON.stringify({ ...value, confidence: 0.9 }) });
      if (text.includes('Judge the text')) {
        scores += 1;
        const mark = scores > 1 ? 0.95 : 0.5;
        const criteria = { readability: mark, length: mark, structure: mark, variety: mark };
        return reply({ criteria, remarks: ['Say who wrote the letter.'] });
      }
      if (text.includes('Choose the one route')) return reply({ route: 'steps', reason: 'business' });
      if (text.includes('You research')) return { text: 'note of the researcher' };
      if (text.includes('Give an outline')) return { text: '- Who wrote\n- What about' };
      if (text.includes('You edit')) return { text: 'Name the sender.' };
      if (text.includes('Revise the article')) return { text: '## Who wrote\n\nThe revised article.' };
      return { text: '## Who wrote\n\nThe first article.' };
    });
    await runProcess(agents, 'contentPublishing', short, async (handle) => {
      const { subject } = await untilOpen(handle);
      expect(subject).toMatchObject({
        team: 'agents',
        score: 0.95,
        rounds: 1,
        text: '## Who wrote\n\nThe revised article.',
      });
      await decide(handle, { vote: 'approve', ...editor });
      const ended = await result(handle);
      expect(ended.status).toBe('published');
      const writing = server.requests.filter((sent) => asked(sent).includes('Write the article'));
      expect(asked(writing[0] as ModelRequest)).toContain('note of the researcher');
      expect(asked(writing[0] as ModelRequest)).toContain(
        'Headings, each marked with \\"## \\": Who wrote; What about',
      );
      const revising = server.requests.filter((sent) => asked(sent).includes('Revise the article'));
      expect(asked(revising[0] as ModelRequest)).toContain('Name the sender.');
      // Eight requests of 100 tokens in and 20 out.
      expect(ended.cost).toEqual({ tokens: 120 * server.requests.length, microUsd: 140 * server.requests.length });
    });
  });

  it('fails when the model is out of order for good, instead of publishing what nobody wrote', async () => {
    server.script(() => ({ status: 404, message: 'no such model' }));
    await runProcess(agents, 'contentPublishing', short, async (handle) => {
      expect(await failureOf(handle.result())).toContain('ModelUnknown');
    });
  });
});
