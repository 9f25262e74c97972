/** Where the Temporal server comes from: PATH, our cache, the vendor's download, a build with Go. */
import { cached, install, type Attempt, type Entry, type Source } from './cache.ts';
import type { Say } from './cannot-start.ts';
import { findOnPath, lastLine, runCommand } from './run-command.ts';
import { sdkDownload } from './sdk-download.ts';

// Later versions of the command line replace modules in their go.mod, which `go install` refuses.
const module = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
/** The oldest server that answers updates with start, which approvals need. */
const oldestServer: readonly [number, number] = [1, 26];

/** Finds or gets the `temporal` executable; says what it does. Throws `CannotStart` with what to install. */
export async function temporalExecutable(cacheDir: string, say: Say): Promise<string> {
  const onPath = findOnPath('temporal');
  if (onPath !== undefined) {
    const fault = await checkTemporal(onPath);
    if (fault === undefined) return onPath;
    say(`temporal on PATH (${onPath}): ${fault}`);
  }
  const there = cached(cacheDir, entry);
  if (there !== undefined) return there;
  if (onPath === undefined) say('temporal: neither on PATH nor in the cache');
  return install(cacheDir, entry, say);
}

async function checkTemporal(path: string): Promise<string | undefined> {
  const outcome = await runCommand(path, ['--version'], { timeoutMs: 30_000 });
  if (!outcome.ok) return `does not run (${lastLine(outcome.output)})`;
  const version = /Server (\d+)\.(\d+)/.exec(outcome.output);
  if (version === null) return `is not the temporal command line (${lastLine(outcome.output)})`;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const old = major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1]);
  return old
    ? `holds server ${String(major)}.${String(minor)}, too old (${oldestServer.join('.')} is needed)`
    : undefined;
}

const goBuild: Source = {
  title: 'build of temporal with Go',
  async make(folder, say): Promise<Attempt> {
    const go = findOnPath('go');
    if (go === undefined) return { status: 'failed', why: 'not possible (no go on PATH)' };
    say(`${goBuild.title}: takes about 2 minutes, once (go install ${module})`);
    const outcome = await runCommand(go, ['install', module], {
      cwd: folder,
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
      timeoutMs: 1_800_000,
      onTick: (seconds) => {
        say(`${goBuild.title}: ${String(seconds)} s`);
        return undefined;
      },
    });
    return outcome.ok ? { status: 'made' } : { status: 'failed', why: `failed (${lastLine(outcome.output)})` };
  },
};

const entry: Entry = {
  name: `temporal-cli-1.5.1-${process.platform}-${process.arch}`,
  executable,
  sources: [sdkDownload('dev-server', executable), goBuild],
  check: checkTemporal,
  otherwise:
    'no Temporal server could be had. Put the temporal command line on PATH (https://docs.temporal.io/cli), or\n' +
    'install Go 1.24 or later and start again, or set TEMPORAL_ADDRESS to a server that is up.',
};
