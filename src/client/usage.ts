import { InvalidArgumentError, Option, type Command } from 'commander';
import { self } from './terminal.ts';

/** Gives a command `--json` and the examples under its help. */
export function example(command: Command, lines: readonly string[]): Command {
  return command
    .addOption(new Option('--json', 'print one JSON document and nothing else'))
    .addHelpText(
      'after',
      `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  ${self} ${line}`).join('\n')}`,
    );
}

/** Parses the number of an option such as `--limit`. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
