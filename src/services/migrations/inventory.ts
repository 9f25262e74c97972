/** Table of what we order from suppliers. */
import { sql, type ColumnType, type Generated, type Kysely, type Migration } from 'kysely';

interface SupplyOrderTable {
  /** Idempotency key of the order. */
  key: string;
  /** The supplier's own number. */
  supplier_order: string;
  sku: string;
  warehouse: string;
  quantity: number;
  unit_cents: number;
  total_cents: ColumnType<string, number, number>;
  status: 'ordered' | 'received' | 'cancelled';
  created_at: Generated<Date>;
}

export interface InventoryTables {
  supply_orders: SupplyOrderTable;
}

export const inventoryMigrations: Record<string, Migration> = {
  '151-inventory': {
    async up(db: Kysely<unknown>) {
      await sql`create table supply_orders (
        key text primary key,
        supplier_order text not null,
        sku text not null references products,
        warehouse text not null references warehouses,
        quantity integer not null check (quantity > 0),
        unit_cents integer not null check (unit_cents > 0),
        total_cents bigint not null check (total_cents > 0),
        status text not null check (status in ('ordered', 'received', 'cancelled')),
        created_at timestamptz not null default now()
      )`.execute(db);
      await sql`create index supply_orders_sku on supply_orders (sku) where status = 'ordered'`.execute(db);
    },
  },
};
