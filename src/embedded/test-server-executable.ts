/** Where the time-skipping test server comes from: the environment, our cache, the vendor's download, Maven and Java. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadSettings } from '../config.ts';
import { cached, install, type Attempt, type Entry, type Source } from './cache.ts';
import { CannotStart, type Say } from './cannot-start.ts';
import { freePort } from './ports.ts';
import { findOnPath, isExecutable, lastLine, runCommand } from './run-command.ts';
import { sdkDownload } from './sdk-download.ts';

const version = '1.38.0';
const executable = process.platform === 'win32' ? 'temporal-test-server.exe' : 'temporal-test-server';

/**
 * The path of a time-skipping Temporal server, for `createTimeSkipping`. `FERMATA_TEST_SERVER` names one that is there;
 * else it is fetched once into the cache. Throws `CannotStart` with what to install; never returns without one.
 */
export async function timeSkippingServer(say: Say = sayOnStderr): Promise<string> {
  const named = process.env['FERMATA_TEST_SERVER'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new CannotStart(`FERMATA_TEST_SERVER: ${named} is not an executable file`);
  }
  const { cacheDir } = loadSettings();
  const there = cached(cacheDir, entry);
  if (there !== undefined) return there;
  say('time-skipping test server: not in the cache');
  return install(cacheDir, entry, say);
}

const maven: Source = {
  title: 'time-skipping test server from Maven',
  async make(folder, say): Promise<Attempt> {
    if (process.platform === 'win32') return { status: 'failed', why: 'not possible (needs a Unix shell)' };
    const missing = ['java', 'mvn'].filter((name) => findOnPath(name) === undefined);
    if (missing.length > 0) return { status: 'failed', why: `not possible (no ${missing.join(', no ')} on PATH)` };
    say(`${maven.title}: takes some seconds, once`);
    writeFileSync(join(folder, 'pom.xml'), pom);
    const args = ['-B', '-q', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
    const outcome = await runCommand('mvn', args, {
      cwd: folder,
      timeoutMs: 600_000,
      onTick: (seconds) => {
        say(`${maven.title}: ${String(seconds)} s`);
        return undefined;
      },
    });
    mkdirSync(join(folder, 'lib'), { recursive: true });
    if (!outcome.ok || readdirSync(join(folder, 'lib')).length === 0) {
      return { status: 'failed', why: `failed (${lastLine(outcome.output)})` };
    }
    writeFileSync(join(folder, executable), script, { mode: 0o755 });
    return { status: 'made' };
  },
};

const entry: Entry = {
  name: `temporal-test-server-${version}-${process.platform}-${process.arch}`,
  executable,
  sources: [sdkDownload('time-skipping', executable), maven],
  check: checkServer,
  otherwise:
    'no time-skipping test server could be had. Install Maven and Java 17 or later (Debian: apt install maven\n' +
    'openjdk-17-jre-headless) and try again, or set FERMATA_TEST_SERVER to the path of a temporal-test-server.',
};

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fermata</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

const script = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

/** Starts it once and knocks: jars that do not fit together, or a Java that is too old, show only then. */
async function checkServer(path: string): Promise<string | undefined> {
  const port = await freePort(0);
  const server = spawn(path, [String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  let ended = false;
  server.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  server.once('error', (error) => (output += error.message)).once('close', () => (ended = true));
  const alive = (): boolean => !ended;
  try {
    const deadline = Date.now() + 30_000;
    while (alive() && Date.now() < deadline) {
      if (await answers(port)) return undefined;
      await pause(100);
    }
    return `does not run (${lastLine(output)})`;
  } finally {
    server.kill('SIGKILL');
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
