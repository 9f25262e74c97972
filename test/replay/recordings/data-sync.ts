import type { Recording } from './recording.ts';

const stock = { name: 'stock', kind: 'file', path: 'documents/stock-list.csv', format: 'csv', key: 'sku' };
const suppliers = { name: 'suppliers', kind: 'file', path: 'sync/suppliers.jsonl', format: 'jsonl', key: 'id' };
const process = { process: 'data-sync', workflowType: 'dataSync' };
const sources = (...all: object[]) => Promise.resolve([{ sources: all, tell: ['role:engineer'] }]);

export const recordings: readonly Recording[] = [
  { ...process, name: 'complete', args: () => sources(stock, suppliers) },
  { ...process, name: 'partial', args: () => sources(stock, { ...suppliers, path: 'sync/missing.jsonl' }) },
];
