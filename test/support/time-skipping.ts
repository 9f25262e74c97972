import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { timeSkippingServer } from '../../src/embedded/test-server-executable.ts';

const { INDEXED_VALUE_TYPE_DATETIME, INDEXED_VALUE_TYPE_KEYWORD_LIST } = proto.temporal.api.enums.v1.IndexedValueType;

/**
 * A Temporal server that skips time, with Fermata's search attributes. The caller ends it with `teardown()`. Fails when
 * no server can be had: tests are never skipped.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = await timeSkippingServer();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: {
      FermataGates: INDEXED_VALUE_TYPE_KEYWORD_LIST,
      FermataDue: INDEXED_VALUE_TYPE_DATETIME,
    },
  });
  return environment;
}
