/** Builds the workflow bundle ahead, so that a worker starts without a bundler. Part of `npm run build`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: path('./workflows/index.js'),
  workflowInterceptorModules: [path('./workflows/interceptors.js')],
});
await writeFile(path('./workflow-bundle.js'), code);
console.log(`workflow bundle: ${(code.length / 1024 / 1024).toFixed(1)} MB`);
