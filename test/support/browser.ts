/**
 * A real Chromium for browser tests: `FERMATA_CHROMIUM`, else an installed one, else our cache, else playwright's
 * download, else the Debian package where it may install. A browser test is never skipped: without a browser it fails
 * with one line that says what to install.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { loadSettings } from '../../src/config.ts';

const run = promisify(execFile);
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];
const usualPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ...[process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']].flatMap((root) =>
    root === undefined
      ? []
      : [
          join(root, 'Google', 'Chrome', 'Application', 'chrome.exe'),
          join(root, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
        ],
  ),
];
const flags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-gpu',
];
const missing =
  'no browser for the browser tests: install Chromium (Debian: apt install chromium), or set FERMATA_CHROMIUM to its path.';

/** Starts a browser; the caller closes it. */
export async function browser(): Promise<Browser> {
  const executablePath = await findBrowser();
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: isRoot ? ['--no-sandbox', ...flags] : flags });
}

/** The path of a browser, fetched or installed if there is none. Fails with one line that says what to install. */
async function findBrowser(): Promise<string> {
  const named = process.env['FERMATA_CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new Error(`FERMATA_CHROMIUM: there is no program at ${named}.`);
  }
  const cache = join(loadSettings().cacheDir, 'browsers');
  const found = installed() ?? (await inCache(cache)) ?? (await download(cache)) ?? (await debianPackage());
  if (found === undefined) throw new Error(missing);
  return found;
}

/** A browser on the PATH or where its installer puts it. */
function installed(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  return [...onPath, ...usualPlaces].find(isExecutable);
}

/** What playwright has put into our cache; it marks a folder when its download is whole. */
async function inCache(cache: string): Promise<string | undefined> {
  if (!existsSync(cache)) return undefined;
  const files = await readdir(cache, { recursive: true });
  const programs = /[\\/](chrome-headless-shell|headless_shell|chrome)(\.exe)?$/;
  return files
    .filter(
      (file) => programs.test(file) && existsSync(join(cache, file.split(/[\\/]/)[0] ?? '', 'INSTALLATION_COMPLETE')),
    )
    .map((file) => join(cache, file))
    .find(isExecutable);
}

async function download(cache: string): Promise<string | undefined> {
  say('no browser is installed; downloading one for the browser tests');
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  await mkdir(cache, { recursive: true });
  try {
    await run(process.execPath, [cli, 'install', 'chromium-headless-shell'], {
      env: { ...process.env, PLAYWRIGHT_BROWSERS_PATH: cache },
      timeout: 5 * 60_000,
    });
    return await inCache(cache);
  } catch (error) {
    say(`the download did not work (${reason(error)})`);
    return undefined;
  }
}

async function debianPackage(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  say('installing the package chromium with apt-get');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update'], { env, timeout: 3 * 60_000 });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env, timeout: 10 * 60_000 });
    return installed();
  } catch (error) {
    say(`apt-get did not work (${reason(error)})`);
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function reason(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr?.trim() ? stderr : (message ?? 'no reason given')).trim().split('\n');
  return (lines.find((line) => /error|fail|unable/i.test(line)) ?? lines[0] ?? '').trim().slice(0, 200);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
