import type { Command } from 'commander';
import { show, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

/** `processes`: what there is to start. */
export function addProcesses(program: Command): void {
  example(program.command('processes'), ['processes'])
    .description('every process: name, what it does, who approves')
    .action(async (options: CommonOptions) => {
      const [{ catalog }, { z }] = await Promise.all([import('../catalog.ts'), import('zod')]);
      const processes = catalog.map(({ name, title, description, approvers, sample, input, fromFile }) => ({
        name,
        title,
        description,
        approvers,
        takesFiles: fromFile !== undefined,
        sample,
        input: z.toJSONSchema(input, { unrepresentable: 'any' }),
      }));
      const text = processes.map(
        ({ name, description, approvers, takesFiles }) =>
          `${name}\n  ${description}\n  Approvers: ${approvers.join(', ') || 'nobody'}.${takesFiles ? ' Takes documents with --file.' : ''}`,
      );
      show(options, { processes }, text.join('\n\n'));
    });
}
