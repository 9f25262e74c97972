import { sleep } from '@temporalio/workflow';
import { when } from '../../../src/workflows/patterns/when.ts';

/** Which row an amount takes; names the rows that were asked. */
export async function amount(value: number, otherwise: boolean): Promise<{ path: string; asked: string[] }> {
  const asked: string[] = [];
  const below =
    (name: string, limit: number) =>
    (own: number): boolean => {
      asked.push(name);
      return own < limit;
    };
  const path = await when(
    value,
    [
      ['small', below('small', 100), async (own) => `small ${own}`],
      ['medium', below('medium', 1_000), async (own) => `medium ${own}`],
      ['medium too', below('medium too', 1_000), async (own) => `never ${own}`],
    ],
    otherwise ? { otherwise: async (own) => `large ${own}` } : undefined,
  );
  return { path, asked };
}

export async function waiting(): Promise<void> {
  return when(1, [['only', () => true, () => sleep('1 day')]]);
}
