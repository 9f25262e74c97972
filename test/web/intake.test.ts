import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { takeIn, watchFolder } from '../../src/intake.ts';
import { listRuns } from '../../src/runs.ts';
import { browser } from '../support/browser.ts';
import { patience, until } from '../support/until.ts';
import { startSite, type Site } from './site.ts';

const certain = 'samples/invoices/EN16931_Elektron.ubl.xml';
let site: Site;
let chromium: Browser;

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite(), browser()]);
});
afterAll(async () => {
  await chromium.close();
  await site.stop();
});

const stored = async (): Promise<string[]> => {
  const rows = await site.services.db.selectFrom('documents').select(['name', 'status']).orderBy('name').execute();
  return rows.map((row) => `${row.name} ${row.status}`);
};

/** What is stored as soon as a document is among it. */
const untilStored = (name: string): Promise<string[]> =>
  until(async () => {
    const rows = await stored();
    return rows.includes(`${name} stored`) && rows;
  }, `${name} was not stored`);

describe('documents that arrive by themselves', () => {
  it('are taken from the watched folder, each once, and a bad one is reported once', async () => {
    const folder = join(site.settings.dataDir, 'watched');
    await mkdir(folder);
    await copyFile(certain, join(folder, 'first.xml'));
    await writeFile(join(folder, 'empty.pdf'), '');
    const said: string[] = [];
    const note = (fields: object, message: string): void => void said.push(`${message} ${JSON.stringify(fields)}`);
    const stop = new AbortController();
    const watching = watchFolder(folder, {
      runs: () => site.runs,
      log: { info: note, warn: note } as Parameters<typeof watchFolder>[1]['log'],
      signal: stop.signal,
    });
    await untilStored('first.xml');
    await copyFile(certain, join(folder, 'again.xml'));
    const later = Buffer.concat([await readFile(certain), Buffer.from('<!-- another -->')]);
    await writeFile(join(folder, 'second.xml'), later);
    expect(await untilStored('second.xml')).toEqual(['first.xml stored', 'second.xml stored']);
    stop.abort();
    await watching;
    expect(said.filter((line) => line.startsWith('document not taken'))).toEqual([expect.stringContaining('is empty')]);
    expect(await listRuns(site.runs, {})).toHaveLength(2);
  });

  it('are refused when empty or too large, before anything is kept', async () => {
    const small = {
      ...site.runs,
      settings: { ...site.settings, documents: { ...site.settings.documents, maxBytes: 10 } },
    };
    await expect(takeIn(small, { bytes: new Uint8Array(11), name: 'big.pdf' })).rejects.toThrow(
      /^big\.pdf: larger than/,
    );
    await expect(takeIn(small, { bytes: new Uint8Array(0), name: 'no.pdf' })).rejects.toThrow('no.pdf: is empty');
  });

  it('are handed in through the browser by somebody who is signed in, who may then not review them', async () => {
    const page = await chromium.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(site.url);
    expect(await page.getByLabel('Hand in documents').count()).toBe(0);
    await page.goto(`${site.url}/sign-in`);
    await page.getByRole('button', { name: 'Ada' }).click();
    await page
      .getByLabel('Hand in documents')
      .setInputFiles(['samples/invoices/con-bollo.xml', 'samples/invoices/Facture_FR_BASIC.pdf']);
    await page.getByRole('button', { name: 'Hand in', exact: true }).click();
    await page.getByText('con-bollo.xml: taken').waitFor();
    await untilStored('con-bollo.xml');
    await page.getByRole('link', { name: 'Facture_FR_BASIC.pdf' }).waitFor();
    await page.getByRole('link', { name: 'Facture_FR_BASIC.pdf' }).click();
    await page.getByRole('button', { name: 'Approve' }).first().click();
    await page.getByText('Your decision was not accepted: ada asked for this').waitFor();
  });
});
