import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { catalog } from '../../src/catalog.ts';
import { readmeWithTable } from './process-table.ts';

describe('the documentation of the processes', () => {
  it('has a table in the README as the catalog is now', async () => {
    const { now, wanted } = await readmeWithTable();
    expect(now).toContain('<!-- processes -->');
    expect(now).toBe(wanted);
  });

  it('has a page for each process', () => {
    const missing = catalog.filter(
      ({ name }) => !existsSync(new URL(`../../docs/processes/${name}.md`, import.meta.url)),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});

describe('the catalog', () => {
  it('has a sample for each process that its own schema takes', () => {
    const wrong = catalog.filter(({ input, sample }) => !input.safeParse(sample).success);
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
