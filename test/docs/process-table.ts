/** The README's table of processes, made from the catalog: `npm run docs` writes it. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { catalog } from '../../src/catalog.ts';

const readme = new URL('../../README.md', import.meta.url);
const marked = /(<!-- processes -->\n)[\s\S]*?(\n<!-- \/processes -->)/;

/** The README with the table as the catalog has it now. */
export async function readmeWithTable(): Promise<{ readonly now: string; readonly wanted: string }> {
  const now = await readFile(readme, 'utf8');
  const rows = catalog.map(
    ({ name, description, approvers }) =>
      `| [\`${name}\`](docs/processes/${name}.md) | ${description} | ${approvers.map((each) => `\`${each}\``).join(', ')} |`,
  );
  const table = ['| name | what it does | who decides |', '| --- | --- | --- |', ...rows].join('\n');
  const replaced = now.replace(marked, `$1\n${table}\n$2`);
  const options = await prettier.resolveConfig(fileURLToPath(readme));
  return { now, wanted: await prettier.format(replaced, { ...options, parser: 'markdown' }) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(readme, (await readmeWithTable()).wanted);
