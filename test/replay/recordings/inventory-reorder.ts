import { inventoryReorderProcess } from '../../../src/catalog/inventory-reorder.ts';
import { setBehaviour } from '../../../src/services/vendors/behaviour.ts';
import { approve, type Recording } from './recording.ts';

export const recordings: readonly Recording[] = [
  {
    process: 'inventory-reorder',
    workflowType: 'inventoryReorder',
    name: 'received',
    async args({ services }) {
      await setBehaviour(services.db, 'supplier', { paceMs: 0 });
      return [inventoryReorderProcess.sample];
    },
    async drive(handle) {
      await handle.signal('change', { threshold: 50 });
      await approve(handle, 'joan', ['buyer']);
      await handle.signal('stop');
    },
  },
];
