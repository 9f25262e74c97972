import { TestWorkflowEnvironment } from '@temporalio/testing';
import { timeSkippingServer } from '../../src/embedded/test-server-executable.ts';
import { searchAttributes } from '../../src/search-attributes.ts';

/**
 * A Temporal server that skips time, with Fermata's search attributes. The caller ends it with `teardown()`. Fails when
 * no server can be had: tests are never skipped.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = await timeSkippingServer();
  const environment = await startServer(path);
  // This server cannot list search attributes, so it is told without asking.
  await environment.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  return environment;
}

/** The SDK gives the server five seconds to come up; a busy machine needs a second chance. */
async function startServer(path: string, attempts = 8): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
  } catch (error) {
    if (attempts === 1) throw error;
    return startServer(path, attempts - 1);
  }
}
