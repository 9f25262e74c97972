/** The client in plain JavaScript, as `npm run build` makes it; it starts in half the time. Made once a run of the tests. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { shared, sharedSetting } from '../support/shared/shared.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Path of the client's main file. */
export async function builtClient(): Promise<string> {
  const folder = join(sharedSetting(shared.bundles), 'built');
  if (!existsSync(folder)) {
    const draft = `${folder}.${String(process.pid)}`;
    await build(join(draft, 'src'));
    // Beside the sources, as it is in the project.
    await symlink(join(root, 'samples'), join(draft, 'samples'), 'junction');
    // Another test file may have been faster.
    await rename(draft, folder).catch(() => undefined);
  }
  return join(folder, 'src', 'client.js');
}

async function build(target: string): Promise<void> {
  const config = ts.readConfigFile(join(root, 'tsconfig.build.json'), (path) => ts.sys.readFile(path));
  const parsed = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const compilerOptions = { ...parsed.options, module: ts.ModuleKind.ESNext, sourceMap: false };
  const source = join(root, 'src');
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  for (const name of files) {
    const text = await readFile(join(source, name), 'utf8');
    const { outputText } = ts.transpileModule(text, { fileName: name, compilerOptions });
    const path = join(target, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, outputText);
  }
}
