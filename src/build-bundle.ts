/** Builds the workflow bundle and the processes' graphs ahead, so that neither needs the sources. Part of `npm run build`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { readGraphs } from './graph/read-process.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: path('./workflows/index.js'),
  workflowInterceptorModules: [path('./workflows/interceptors.js')],
});
await writeFile(path('./workflow-bundle.js'), code);
await writeFile(path('./graphs.json'), JSON.stringify(readGraphs(path('../src/workflows/index.ts'))));
console.log(`workflow bundle: ${(code.length / 1024 / 1024).toFixed(1)} MB`);
