import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Option, type Command } from 'commander';
import { BadInput } from '../connection.ts';
import { self, show, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

interface GraphFlags extends CommonOptions {
  readonly format: 'mermaid' | 'svg' | 'ascii';
}

/** `graph`: a process as a diagram, before it runs. */
export function addGraph(program: Command): void {
  example(program.command('graph'), ['graph document-ingestion', 'graph document-ingestion --format svg > process.svg'])
    .description('a process as a flow chart, read from its source')
    .argument('<process>', 'name in the catalog')
    .addOption(new Option('--format <format>', 'what to print').choices(['mermaid', 'svg', 'ascii']).default('mermaid'))
    .action(async (name: string, options: GraphFlags) => {
      const mermaid = await chartOf(name);
      const text = await rendered(mermaid, options.format);
      show(options, { process: name, format: options.format, graph: text }, text);
    });
}

async function chartOf(name: string): Promise<string> {
  const { catalog, findProcess } = await import('../catalog.ts');
  const process = findProcess(name);
  if (!process) {
    const names = catalog.map((each) => each.name).join(', ');
    throw new BadInput(`there is no process '${name}'; there are ${names}.\n\`${self} processes\` describes them.`);
  }
  const chart = (await graphs())[process.workflowType];
  if (chart === undefined) throw new BadInput(`there is no graph of '${name}': it is not in src/workflows/index.ts.`);
  return chart;
}

/** What the build has read from the sources, or read from them now. */
async function graphs(): Promise<Readonly<Record<string, string>>> {
  const built = fileURLToPath(new URL('../graphs.json', import.meta.url));
  if (existsSync(built)) return JSON.parse(readFileSync(built, 'utf8')) as Record<string, string>;
  const { readGraphs } = await import('../graph/read-process.ts');
  return readGraphs(fileURLToPath(new URL('../workflows/index.ts', import.meta.url)));
}

async function rendered(mermaid: string, format: GraphFlags['format']): Promise<string> {
  if (format === 'mermaid') return mermaid;
  const { renderMermaidASCII, renderMermaidSVG } = await import('beautiful-mermaid');
  if (format === 'svg') return renderMermaidSVG(mermaid);
  return renderMermaidASCII(mermaid.replaceAll('&lt;', '<').replaceAll('&gt;', '>'));
}
