/** The bundle's entry: every workflow, and nothing else. */
export { documentIngestion } from './document-ingestion.ts';
export { expenseApproval } from './expense-approval.ts';
