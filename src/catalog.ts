/** Every process in one table: client, inbox, run pages and documentation take it from here. */
import { documentIngestionProcess } from './catalog/document-ingestion.ts';
import { expenseApprovalProcess } from './catalog/expense-approval.ts';
import { orderFulfilmentProcess } from './catalog/order-fulfilment.ts';
import { eventProcessorProcess } from './catalog/event-processor.ts';
import type { Process } from './catalog/process.ts';

export type { Process } from './catalog/process.ts';

export const catalog: readonly Process[] = [
  documentIngestionProcess,
  expenseApprovalProcess,
  orderFulfilmentProcess,
  eventProcessorProcess,
];

/** The process of a name on the command line; `undefined` if there is none. */
export function findProcess(name: string): Process | undefined {
  return catalog.find((process) => process.name === name);
}
