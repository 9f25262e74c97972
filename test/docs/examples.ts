/** The examples of the documentation, found and compiled: what a reader copies has to work. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A fenced block of a document. */
export interface Block {
  /** Path of the document from the project's root. */
  readonly document: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The word after the fence. */
  readonly language: string;
  readonly text: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every Markdown document of the project: those at its root and those under `docs`. */
export async function findDocuments(): Promise<string[]> {
  const top = await readdir(root);
  const below = await readdir(join(root, 'docs'), { recursive: true });
  return [...top, ...below.map((name) => join('docs', name))].filter((name) => name.endsWith('.md')).sort();
}

/** The fenced blocks of one document. */
export async function blocksOf(document: string): Promise<Block[]> {
  return parseBlocks(document, await readFile(join(root, document), 'utf8'));
}

/** The fenced blocks of a Markdown text; a fence that is never closed ends with the text. */
export function parseBlocks(document: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; fence: string; indent: string; language: string; lines: string[] } | undefined;
  const close = (): void => {
    if (open) blocks.push({ document, line: open.line, language: open.language, text: open.lines.join('\n') });
    open = undefined;
  };
  markdown.split(/\r?\n/).forEach((text, index) => {
    const [, indent = '', fence, language = ''] = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)/.exec(text) ?? [];
    if (open) {
      if (fence?.startsWith(open.fence) && language === '') close();
      else open.lines.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text);
    } else if (fence !== undefined) {
      open = { line: index + 1, fence, indent, language, lines: [] };
    }
  });
  close();
  return blocks;
}

/**
 * Compiles each block as a module of its own beside its document, with the project's options, and returns what is wrong
 * as `document:line: message`. Nothing is written: the compiler sees the blocks as files that are there.
 */
export function compile(blocks: readonly Block[]): string[] {
  const examples = new Map(blocks.map((block) => [join(root, `${block.document}.${String(block.line)}.ts`), block]));
  const options = projectOptions();
  const program = ts.createProgram([...examples.keys()], options, hostWith(examples, options));
  return [...examples].flatMap(([path, block]) => {
    const source = program.getSourceFile(path);
    if (!source) throw new Error(`${path} was not compiled`);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((each) => describe(block, source, each));
  });
}

function projectOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const problems: ts.Diagnostic[] = [];
  const parsed = ts.getParsedCommandLineOfConfigFile(path, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => problems.push(problem),
  });
  if (!parsed) throw new Error(ts.flattenDiagnosticMessageText(problems[0]?.messageText, '\n'));
  return parsed.options;
}

function hostWith(examples: ReadonlyMap<string, Block>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    getCurrentDirectory: () => root,
    fileExists: (path) => examples.has(path) || host.fileExists(path),
    readFile: (path) => examples.get(path)?.text ?? host.readFile(path),
    getSourceFile(path, version, ...rest) {
      const example = examples.get(path);
      return example ? ts.createSourceFile(path, example.text, version) : host.getSourceFile(path, version, ...rest);
    },
  };
}

function describe(block: Block, source: ts.SourceFile, found: ts.Diagnostic): string {
  const { line } = source.getLineAndCharacterOfPosition(found.start ?? 0);
  const message = ts.flattenDiagnosticMessageText(found.messageText, '\n');
  return `${block.document}:${String(block.line + 1 + line)}: ${message}`;
}
