/** Bundled workflow code, made once a run of the tests: the sources do not change meanwhile. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundlePath } from '@temporalio/worker';
import { shared, sharedSetting } from './shared/shared.ts';

/** `workflowsPath` and `interceptors`: files with the workflows, and with their interceptors, outermost first. */
export async function workflowBundle(
  workflowsPath: string,
  interceptors: readonly string[],
): Promise<WorkflowBundlePath> {
  const name = createHash('sha256')
    .update([workflowsPath, ...interceptors].join('\n'))
    .digest('hex');
  const codePath = join(sharedSetting(shared.bundles), `${name}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      workflowInterceptorModules: [...interceptors],
      logger: new DefaultLogger('ERROR'),
    });
    const draft = `${codePath}.${randomUUID()}`;
    await writeFile(draft, code);
    await rename(draft, codePath);
  }
  return { codePath };
}
