import { chmodSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt, Source } from './cache.ts';
import { ownScript } from './own-script.ts';
import { lastLine, runCommand } from './run-command.ts';

/** A first byte has to arrive within this time, else the site cannot be reached from here. */
const silenceMs = 30_000;

/** The download that the SDK's own test environment does, as a source of the cache. */
export function sdkDownload(kind: 'dev-server' | 'time-skipping', executable: string): Source {
  const title = `download of ${executable} from the vendor`;
  return {
    title,
    async make(folder, say): Promise<Attempt> {
      say(`${title}: trying`);
      const script = ownScript('download', [kind, folder]);
      const outcome = await runCommand(script.command, script.args, {
        timeoutMs: 900_000,
        onTick: (seconds) => {
          const bytes = sizeOf(folder);
          if (bytes === 0) return seconds * 1000 >= silenceMs ? 'no answer' : undefined;
          say(`${title}: ${(bytes / 1024 / 1024).toFixed(0)} MB after ${String(seconds)} s`);
          return undefined;
        },
      });
      if (!outcome.ok) return { status: 'failed', why: `not possible (${causeOf(outcome.output)})` };
      const [file] = readdirSync(folder);
      if (file === undefined) return { status: 'failed', why: 'brought no file' };
      renameSync(join(folder, file), join(folder, executable));
      chmodSync(join(folder, executable), 0o755);
      return { status: 'made' };
    },
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function causeOf(output: string): string {
  if (/dns|lookup|resolve/i.test(output)) return 'the site cannot be found';
  if (/connect|tunnel|timed out|error sending request/i.test(output)) return 'the site cannot be reached';
  return lastLine(output).slice(0, 120);
}
