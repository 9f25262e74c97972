/** Worker and inbox as child processes: ready when they say so, their warnings shown in one line, all else in a log. */
import { join } from 'node:path';
import { z } from 'zod';
import { CannotStart, type Say } from './cannot-start.ts';
import { endRecorded, startChild, type Child } from './child.ts';
import { complaint, logEnd } from './log.ts';
import { ownScript } from './own-script.ts';

/** One of our own processes. */
export interface OwnProcess {
  readonly name: string;
  /** Its file, relative to this folder, without extension. */
  readonly script: string;
  /** The log message by which it says that it is ready. */
  readonly ready: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly say: Say;
  /** How long it may take to end before it is killed, in ms. */
  readonly patienceMs: number;
}

const readyMs = 60_000;
const warning = 40;
const withMessage = z.object({ message: z.string() });
const logLine = z.object({
  level: z.number(),
  msg: z.string().default(''),
  err: withMessage.optional(),
  /** As the SDK calls it. */
  error: withMessage.optional().catch(undefined),
  activityType: z.string().optional(),
});
type LogLine = z.infer<typeof logLine>;

/** Starts it and waits until it is ready. Throws {@link CannotStart} with its own words when it is not. */
export async function launchOwn(own: OwnProcess): Promise<Child> {
  const recordFile = join(own.dataDir, 'run', `${own.name}.json`);
  const logFile = join(own.dataDir, 'logs', `${own.name}.log`);
  await endRecorded(recordFile, 'SIGTERM');
  const from = logEnd(logFile);
  const show = warningsOf(own);
  let saidReady = (): void => undefined;
  const ready = new Promise<'ready'>((resolve) => {
    saidReady = () => {
      resolve('ready');
    };
  });
  const child = await startChild({
    ...ownScript(own.script),
    env: own.env,
    recordFile,
    logFile,
    patienceMs: own.patienceMs,
    onLine(text) {
      const line = parse(text);
      if (line?.msg === own.ready) saidReady();
      if (line !== undefined && line.level >= warning) show(line);
    },
  });
  const timer = setTimeout(() => {
    child.kill();
  }, readyMs);
  const outcome = await Promise.race([ready, child.ended]);
  clearTimeout(timer);
  if (outcome === 'ready') return child;
  throw new CannotStart(`the ${own.name} did not start (${outcome}): ${complaint(logFile, from)}\nIts log: ${logFile}`);
}

function parse(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return logLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Shows a warning once; the same again only after half a minute. */
function warningsOf(own: OwnProcess): (line: LogLine) => void {
  const shown = new Map<string, number>();
  return ({ level, msg, activityType, err, error }) => {
    const parts = [msg, activityType, (err ?? error)?.message].filter((part) => part !== undefined);
    const text = parts.join(': ').split('\n')[0] ?? '';
    const now = Date.now();
    if (now - (shown.get(text) ?? 0) < 30_000) return;
    if (shown.size > 200) shown.clear();
    shown.set(text, now);
    own.say(`${own.name} ${level > warning ? 'error' : 'warning'}: ${text.slice(0, 160)}`);
  };
}
