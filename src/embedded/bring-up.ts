/** Brings up what runs on this machine, in order, and says where everything is. */
import { renameSync, writeFileSync } from 'node:fs';
import { runFilePath, type RunFile, type Settings } from '../config.ts';
import { connect, connectionOptions } from '../connection.ts';
import type { Say } from './cannot-start.ts';
import { launchOwn } from './own-process.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { supervise, type Part } from './supervise.ts';
import { temporalExecutable } from './temporal-executable.ts';
import { endTemporalLeftOver, startTemporal } from './temporal.ts';

interface TemporalPlace {
  readonly address: string;
  /** Base address of the Web UI; empty when it is not ours and not known. */
  readonly ui: string;
  readonly ours: boolean;
}

const wanted = { temporal: 7233, ui: 8233, metrics: 9464 };

/** Starts everything, adding each part to `parts` as it comes up, and returns the addresses as a block of text. */
export async function bringUp(settings: Settings, parts: Part[], say: Say): Promise<string> {
  const [temporal, database] = await Promise.all([
    bringUpTemporal(settings, parts, say),
    bringUpPostgres(settings, parts, say),
  ]);
  const inboxPort = await portFor('inbox', settings.port, say);
  const metricsPort = await portFor('metrics', settings.metricsPort === 0 ? wanted.metrics : settings.metricsPort, say);
  const env = {
    ...process.env,
    FERMATA_DATA: settings.dataDir,
    DATABASE_URL: database,
    FERMATA_PORT: String(inboxPort),
    FERMATA_METRICS_PORT: String(metricsPort),
    FERMATA_TEMPORAL_UI: temporal.ui,
    ...(temporal.ours ? { TEMPORAL_ADDRESS: temporal.address } : {}),
  };
  const run: RunFile = {
    pid: process.pid,
    temporalAddress: temporal.address,
    temporalUi: temporal.ui,
    databaseUrl: database,
    inboxUrl: `http://127.0.0.1:${String(inboxPort)}`,
    metricsUrl: `http://127.0.0.1:${String(metricsPort)}/metrics`,
  };
  await bringUpOwn(settings, parts, env, say);
  writeRunFile(settings.dataDir, run);
  return addresses(settings, run, temporal.ours);
}

async function bringUpTemporal(settings: Settings, parts: Part[], say: Say): Promise<TemporalPlace> {
  const { address, profile, ui } = settings.temporal;
  if (address !== undefined || profile !== undefined) {
    const { connection } = await connect(settings);
    await connection.close();
    return { address: connectionOptions(settings).options.address, ui: ui ?? '', ours: false };
  }
  const executable = await temporalExecutable(settings.cacheDir, say);
  await endTemporalLeftOver(settings.dataDir);
  const port = await portFor('Temporal', wanted.temporal, say);
  const uiPort = await portFor('Temporal Web UI', wanted.ui, say, port);
  const start = () => startTemporal({ executable, dataDir: settings.dataDir, port, uiPort });
  const part = await supervise('Temporal server', { launch: async () => (await start()).child, say });
  parts.push(part);
  return { address: `127.0.0.1:${String(port)}`, ui: `http://127.0.0.1:${String(uiPort)}`, ours: true };
}

async function bringUpPostgres(settings: Settings, parts: Part[], say: Say): Promise<string> {
  if (settings.databaseUrl !== undefined) return settings.databaseUrl;
  let url = '';
  const launch = async () => {
    const server = await startPostgres(settings.dataDir);
    url = server.url;
    return server.child;
  };
  parts.push(await supervise('Postgres', { launch, say }));
  return url;
}

/** Worker and inbox do not need each other, so they come up side by side. */
async function bringUpOwn(settings: Settings, parts: Part[], env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  const { dataDir } = settings;
  const own = [
    { name: 'worker', script: '../worker', ready: 'worker ready', patienceMs: 25_000 },
    { name: 'inbox', script: '../server', ready: 'inbox ready', patienceMs: 10_000 },
  ];
  await Promise.all(
    own.map(async (each) => {
      parts.push(await supervise(each.name, { launch: () => launchOwn({ ...each, env, dataDir, say }), say }));
    }),
  );
}

async function portFor(what: string, port: number, say: Say, taken?: number): Promise<number> {
  const free = await freePort(port, new Set(taken === undefined ? [] : [taken]));
  if (port !== 0 && free !== port) say(`${what}: port ${String(port)} is taken; using ${String(free)}`);
  return free;
}

/** Holds the database's password, so it is for our eyes only; appears whole or not at all. */
function writeRunFile(dataDir: string, run: RunFile): void {
  const path = runFilePath(dataDir);
  writeFileSync(`${path}.new`, JSON.stringify(run, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function addresses(settings: Settings, run: RunFile, ours: boolean): string {
  const database = new URL(run.databaseUrl);
  const lines = [
    ['Inbox', run.inboxUrl],
    ['Temporal Web UI', run.temporalUi],
    ['Temporal', ours ? run.temporalAddress : `${run.temporalAddress} (yours)`],
    ['Postgres', `${database.host}${database.pathname}${settings.databaseUrl === undefined ? '' : ' (yours)'}`],
    ['Metrics', run.metricsUrl ?? ''],
    ['Data and logs', settings.dataDir],
  ].filter(([, where]) => where !== '');
  return ['', 'Fermata is up', '', ...lines.map(([name = '', where = '']) => `  ${name.padEnd(17)}${where}`), ''].join(
    '\n',
  );
}
