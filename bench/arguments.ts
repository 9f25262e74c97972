/** What every bench has in common: its options, and figures as one JSON document. */
import { Command } from 'commander';

/** A bench's command line with `--json`, which every bench takes. */
export function benchCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'print the figures as one JSON document on stdout, and nothing else')
    .showHelpAfterError();
}

/** Prints figures as the one JSON document of a bench. */
export function printJson(figures: unknown): void {
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
}
