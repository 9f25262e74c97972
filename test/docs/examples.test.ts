import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { findProcess } from '../../src/catalog.ts';
import { inputFor } from '../../src/client/input.ts';
import { blocksOf, compile, findDocuments, parseBlocks } from './examples.ts';

const documents = await findDocuments();
const blocks = (await Promise.all(documents.map(blocksOf))).flat();

/** A document as it might stand in `docs`, with one example in it. */
function documentWith(...code: string[]): ReturnType<typeof parseBlocks> {
  return parseBlocks('docs/broken.md', ['# Title', '', '```ts', ...code, '```', ''].join('\n'));
}

describe('the examples of the documentation', () => {
  it('are all found, as many in each document as it has lines that open one', async () => {
    const counted = new Map<string, number>();
    for (const document of documents) {
      const lines = (await readFile(document, 'utf8')).split('\n');
      counted.set(document, lines.filter((line) => line.trim() === '```ts').length);
    }
    const ofGuide = [...counted].filter(([, count]) => count > 0).map(([document]) => document);
    expect(ofGuide).toEqual(expect.arrayContaining(['docs/guide.md', 'docs/testing.md', 'docs/workflow-patterns.md']));
    const found = (document: string): number =>
      blocks.filter((block) => block.document === document && block.language === 'ts').length;
    expect(documents.map((document) => [document, found(document)])).toEqual([...counted]);
  });

  it('compile with the options of the project', () => {
    expect(compile(blocks.filter(({ language }) => language === 'ts'))).toEqual([]);
  });

  it('are marked ts when they are TypeScript, so that none is left out', () => {
    const unknown = blocks.filter(({ language }) => !['ts', 'sh', 'text', 'json', 'mermaid'].includes(language));
    expect(unknown.map(({ document, line, language }) => `${document}:${String(line)}: '${language}'`)).toEqual([]);
  });
});

describe('the commands of the documentation', () => {
  const starts = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .flatMap((line) => /^npm run client -- start ([^#]*)/.exec(line)?.[1] ?? []);

  it.each([...new Set(starts)].filter((line) => !/--(file|input)/.test(line)))(
    'start with what %s says',
    async (line) => {
      const [name = '', ...words] = [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) =>
        word.replaceAll('"', ''),
      );
      const process = findProcess(name)!;
      const input = await inputFor(process, { set: words.filter((word) => word.includes('=')) });
      expect(process.input.safeParse(input)).toMatchObject({ success: true });
    },
  );
});

describe('a broken example', () => {
  it('is reported with its document and line when a type is wrong', () => {
    const broken = documentWith(
      "import { byConfidence } from '../src/workflows/patterns/route.ts';",
      'export const way: number = byConfidence(0.5, { auto: 0.9, review: 0.7 });',
    );
    expect(compile(broken)).toEqual([expect.stringMatching(/^docs\/broken\.md:5: .*not assignable to type 'number'/)]);
  });

  it('is reported when it imports what is not there', () => {
    const broken = documentWith("export { nothing } from '../src/workflows/patterns/nowhere.ts';");
    expect(compile(broken)).toEqual([expect.stringMatching(/^docs\/broken\.md:4: Cannot find module/)]);
  });

  it('is reported when it uses a value that may be missing', () => {
    const broken = documentWith('export const first = (names: string[]): string => names[0];');
    expect(compile(broken)).toEqual([expect.stringMatching(/^docs\/broken\.md:4: Type 'string \| undefined'/)]);
  });

  it('is reported when it does not parse', () => {
    expect(compile(documentWith('export const open = (;'))[0]).toMatch(/^docs\/broken\.md:4: Expression expected/);
  });
});

describe('the blocks of a document', () => {
  it('keep their line and language, also when they are indented or quote a fence', () => {
    const markdown = ['1. Run', '', '   ```sh', '   npm start', '   ```', '', '````text', '```ts', '````'].join('\n');
    expect(parseBlocks('docs/some.md', markdown)).toEqual([
      { document: 'docs/some.md', line: 3, language: 'sh', text: 'npm start' },
      { document: 'docs/some.md', line: 7, language: 'text', text: '```ts' },
    ]);
  });
});
