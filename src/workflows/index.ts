/** The bundle's entry: every workflow, and nothing else. */
export { documentIngestion } from './document-ingestion.ts';
export { eventProcessor } from './event-processor.ts';
export { expenseApproval } from './expense-approval.ts';
export { orderFulfilment } from './order-fulfilment.ts';
