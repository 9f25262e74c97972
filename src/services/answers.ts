/** Ready answers to customers, by what they want. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config.ts';

const answersSchema = z.object({
  /** Name by short name. */
  departments: z.record(z.string(), z.string().min(1)),
  answers: z
    .array(
      z.object({
        intents: z.array(z.string().min(1)).min(1),
        department: z.string(),
        /** Cannot wait for the queue when the customer is unhappy. @default false */
        urgent: z.boolean().default(false),
        text: z.string().min(1),
      }),
    )
    .min(2),
});

/** What is to be said and done about an intent. */
export interface ReadyAnswer {
  /** Name of the department, for people. */
  readonly department: string;
  readonly urgent: boolean;
  readonly text: string;
}

/** Reads the answers by intent; throws {@link ConfigError} when the file is missing or not as expected. */
export function loadAnswers(path: string): ReadonlyMap<string, ReadyAnswer> {
  const where = `answers file ${path}`;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cannot read the ${where}: ${reason}; set FERMATA_ANSWERS to its path`);
  }
  const parsed = answersSchema.safeParse(content);
  if (!parsed.success) throw new ConfigError(`${where}: ${z.prettifyError(parsed.error)}`);
  const { departments, answers } = parsed.data;
  const byIntent = new Map<string, ReadyAnswer>();
  for (const { intents, department, urgent, text } of answers) {
    const name = departments[department];
    if (name === undefined) throw new ConfigError(`${where}: there is no department '${department}'`);
    for (const intent of intents) {
      if (byIntent.has(intent)) throw new ConfigError(`${where}: '${intent}' has two answers`);
      byIntent.set(intent, { department: name, urgent, text });
    }
  }
  return byIntent;
}
