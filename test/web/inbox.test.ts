import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { contentPublishingProcess } from '../../src/catalog/content-publishing.ts';
import { describeRun, startRun } from '../../src/runs.ts';
import { findByHash, searchDocuments } from '../../src/services/document-store.ts';
import type { IngestionResult } from '../../src/workflows/document-ingestion.ts';
import { browser } from '../support/browser.ts';
import { patience, until } from '../support/until.ts';
import { startSite, type Site } from './site.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples', 'invoices');
/** Its page says credit note and its data says invoice, so a person has to look at it. */
const contradicting = readFileSync(join(samples, 'Avoir_FR_type380_EN16931.pdf'));
const hostileName = '"><img src=x onerror=alert(1)>.xml';
const hostileSeller = `<script>alert('seller')</script>`;

let site: Site;
let chromium: Browser;
const errors: string[] = [];

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite(), browser()]);
});

afterAll(async () => {
  await chromium.close();
  await site.stop();
});

/** A browser of its own, signed in as one person. */
async function signedIn(name: string): Promise<{ page: Page; context: BrowserContext }> {
  const context = await chromium.newContext();
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => {
    errors.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${site.url}/sign-in`);
  await page.getByRole('button', { name }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return { page, context };
}

/** The same invoice again, but other bytes, so that it is another document. */
function another(mark: string): Uint8Array {
  return Buffer.concat([contradicting, Buffer.from(`\n% ${mark}\n`)]);
}

/** Ingests a document and waits until it is at the review gate. */
async function waiting(content: Uint8Array | string, name: string, requester?: string): Promise<string> {
  return untilGate(await site.ingest(content, name, requester), name);
}

/** Waits until a run is at its first gate. */
async function untilGate(id: string, name: string): Promise<string> {
  return until(async () => {
    const { summary, gates } = await describeRun(site.runs, id);
    if (summary.state !== 'running') throw new Error(`${name} did not wait for a person: ${summary.state}`);
    return gates[0]?.state === 'open' && summary.gates.length > 0 && id;
  }, `${name} did not reach its gate`);
}

/** Waits for a text; what the page says instead is in the failure. */
async function shows(page: Page, text: string): Promise<void> {
  try {
    await page.getByText(text).waitFor();
  } catch (error) {
    throw new Error(`expected '${text}', but the page says: ${await page.locator('body').innerText()}`, {
      cause: error,
    });
  }
}

function resultOf(id: string): Promise<IngestionResult> {
  return site.runs.client.workflow.getHandle(id).result() as Promise<IngestionResult>;
}

describe('the inbox in the browser', () => {
  it('lets a reviewer find a document, mend a field and approve, and stores what was mended', async () => {
    const id = await waiting(another('mend'), 'mend-me.pdf');
    const { page, context } = await signedIn('Ada');
    const entry = page.getByRole('listitem').filter({ hasText: 'mend-me.pdf' });
    expect(await entry.textContent()).toContain('Au bon moulin');
    expect(await entry.textContent()).toContain('-233.47 EUR');
    await entry.getByRole('link').click();

    await shows(page, 'the page says it is a credit note');
    expect(await page.getByRole('button', { name: 'Approve with changes' }).isVisible()).toBe(false);
    await page.getByLabel('Type code').fill('381');
    expect(await page.getByRole('button', { name: 'Approve', exact: true }).isVisible()).toBe(false);
    await page.getByLabel('Description, line 1').fill('Nougat 250 g');
    await page.getByRole('button', { name: 'Approve with changes' }).click();

    await shows(page, 'Approved with your changes.');
    expect(await resultOf(id)).toMatchObject({ status: 'stored', reviewedBy: 'ada' });
    await page.getByRole('link', { name: 'Open the document' }).click();
    expect(await page.getByLabel('Type code').inputValue()).toBe('381');
    expect(await page.getByLabel('Description, line 1').inputValue()).toBe('Nougat 250 g');
    expect(await page.getByLabel('Grand total').inputValue()).toBe('-233.47');
    const [hit] = await searchDocuments(site.services.db, 'nougat', 5);
    expect(hit?.document.fields.type).toBe('381');
    await context.close();
  });

  it('shows a PDF by its pages and by its text', async () => {
    const id = await waiting(another('look'), 'look.pdf');
    const { page, context } = await signedIn('Ada');
    await page.goto(`${site.url}/runs/${id}/gates/review`);
    const address = await page.locator('iframe[name=document]').getAttribute('src');
    const answer = await page.request.get(site.url + String(address));
    expect(answer.headers()).toMatchObject({
      'content-type': 'application/pdf',
      'content-security-policy': expect.stringMatching(/; sandbox$/),
      'x-content-type-options': 'nosniff',
    });
    expect(Buffer.from(await answer.body()).equals(another('look'))).toBe(true);
    await page.getByRole('link', { name: 'Text', exact: true }).click();
    await page.frameLocator('iframe[name=document]').getByText('AV-2017-0005').first().waitFor();
    await context.close();
  });

  it('rejects only with a reason and then keeps no record of the document', async () => {
    const content = another('reject');
    const id = await waiting(content, 'reject-me.pdf');
    const { page, context } = await signedIn('Ada');
    await page.goto(`${site.url}/runs/${id}/gates/review`);
    await page.getByRole('button', { name: 'Reject' }).click();
    expect(page.url()).toContain('/gates/review');
    await page.getByLabel('Reason for rejecting').fill('   ');
    await page.getByRole('button', { name: 'Reject' }).click();
    await shows(page, 'a rejection needs a reason');
    expect((await describeRun(site.runs, id)).gates[0]?.state).toBe('open');

    await page.getByLabel('Reason for rejecting').fill('Not ours');
    await page.getByRole('button', { name: 'Reject' }).click();
    await shows(page, 'Rejected. The reason is kept');
    expect(await resultOf(id)).toMatchObject({ status: 'rejected', reviewedBy: 'ada', reason: 'Not ours' });
    const hash = await site.services.files.put(content);
    expect(await findByHash(site.services.db, hash)).toBeUndefined();
    await context.close();
  });

  it('tells the second person who decided before', async () => {
    const id = await waiting(another('twice'), 'twice.pdf');
    const [ada, grace] = await Promise.all([signedIn('Ada'), signedIn('Grace')]);
    const address = `${site.url}/runs/${id}/gates/review`;
    await Promise.all([ada.page.goto(address), grace.page.goto(address)]);
    await ada.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await shows(ada.page, 'Approved.');
    await grace.page.getByLabel('Reason for rejecting').fill('Too late');
    await grace.page.getByRole('button', { name: 'Reject' }).click();
    await shows(grace.page, 'Already decided: approved by ada');
    expect(await resultOf(id)).toMatchObject({ status: 'stored', reviewedBy: 'ada' });
    await Promise.all([ada.context.close(), grace.context.close()]);
  });

  it('refuses fields that cannot be used and keeps what was typed', async () => {
    const id = await waiting(another('typo'), 'typo.pdf');
    const { page, context } = await signedIn('Ada');
    await page.goto(`${site.url}/runs/${id}/gates/review`);
    await page.getByLabel('Grand total').fill('1.234,50');
    await page.getByRole('button', { name: 'Approve with changes' }).click();
    await shows(page, 'Write an amount like 1234.50');
    expect(await page.getByLabel('Grand total').inputValue()).toBe('1.234,50');
    expect((await describeRun(site.runs, id)).gates[0]?.votes).toEqual([]);
    await context.close();
  });

  it('lets an editor change the texts of an article and approve', async () => {
    const { id } = await startRun(site.runs, contentPublishingProcess, contentPublishingProcess.sample);
    await untilGate(id, 'the article');
    const { page, context } = await signedIn('Ada');
    await page.goto(`${site.url}/runs/${id}/gates/editing`);
    await page.getByLabel('Title').fill('   ');
    await page.getByRole('button', { name: 'Approve with changes' }).click();
    await shows(page, 'Your decision was not accepted');
    await page.getByLabel('Title').fill('Durable tea');
    await page.getByRole('button', { name: 'Approve with changes' }).click();
    await shows(page, 'Approved with your changes.');
    expect(await site.runs.client.workflow.getHandle(id).result()).toMatchObject({ title: 'Durable tea' });
    await context.close();
  });

  it('lets people look but not decide without the role, or for their own request', async () => {
    const id = await waiting(another('own'), 'own.pdf', 'ada');
    const [linus, ada] = await Promise.all([signedIn('Linus'), signedIn('Ada')]);
    const address = `${site.url}/runs/${id}/gates/review`;
    await linus.page.goto(address);
    await shows(linus.page, 'This takes the role reviewer');
    expect(await linus.page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await ada.page.goto(address);
    await ada.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await ada.page.getByRole('alert').getByText('asked for this and cannot decide it').waitFor();
    expect((await describeRun(site.runs, id)).gates[0]?.state).toBe('open');
    await Promise.all([linus.context.close(), ada.context.close()]);
  });

  it('shows hostile names and fields as the text they are', async () => {
    const invoice = readFileSync(join(samples, 'EN16931_Elektron.ubl.xml'), 'utf8');
    const escaped = hostileSeller.replaceAll('<', '&lt;');
    const hostile = invoice
      .replace(/(<cac:AccountingSupplierParty>[\s\S]*?<cbc:RegistrationName>)[^<]*/, `$1${escaped}`)
      .replace(/(<cbc:PayableAmount[^>]*>)[^<]*/, '$1999.99');
    const id = await waiting(hostile, hostileName);
    const { page, context } = await signedIn('Ada');
    await page.getByRole('link', { name: hostileName }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(hostileName);
    expect(await page.getByLabel('Seller', { exact: true }).inputValue()).toBe(hostileSeller);
    await page.frameLocator('iframe[name=document]').getByText('RegistrationName').first().waitFor();
    await page.goto(`${site.url}/runs/${id}`);
    await page.getByRole('heading', { name: 'Progress' }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it('fits a narrow screen', async () => {
    const id = await waiting(another('narrow'), `narrow-${'long'.repeat(30)}.pdf`);
    const context = await chromium.newContext({ viewport: { width: 400, height: 800 } });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    for (const path of ['/', `/runs/${id}/gates/review`, `/runs/${id}`, '/runs', '/sign-in', '/search?q=nougat']) {
      await page.goto(site.url + path);
      const width = await page.evaluate(`document.documentElement.scrollWidth`);
      expect([path, width]).toEqual([path, 400]);
    }
    await context.close();
  });
});
