/** Tables of goods and orders: products, stock in warehouses, reservations, orders, ledger; and a few goods to begin with. */
import { sql, type ColumnType, type Generated, type Kysely, type Migration } from 'kysely';

/** Cents come from the database as strings: they may be larger than 32 bits. */
type Cents = ColumnType<string, number, number>;

interface ProductTable {
  /** Article number. */
  sku: string;
  name: string;
  price_cents: number;
  weight_grams: number;
}

interface WarehouseTable {
  id: string;
  city: string;
}

/** What lies where; `reserved` of it is promised. The database keeps to 0 ≤ reserved ≤ on_hand. */
interface StockTable {
  warehouse: string;
  sku: string;
  on_hand: number;
  reserved: Generated<number>;
}

/** Every change of `on_hand`; their sum is what is on hand. */
interface StockMoveTable {
  id: Generated<string>;
  /** Idempotency key of the effect that moved it. */
  key: string;
  warehouse: string;
  sku: string;
  /** Positive comes in, negative goes out. */
  quantity: number;
  reason: 'opening' | 'order' | 'receipt';
  moved_at: Generated<Date>;
}

/** A part of an order in one warehouse. */
interface ReservationTable {
  /** Idempotency key of the reservation that it belongs to. */
  key: string;
  order_number: string;
  warehouse: string;
  sku: string;
  quantity: number;
  status: 'held' | 'released' | 'shipped';
}

interface OrderTable {
  number: Generated<string>;
  /** Idempotency key of the step that placed it. */
  key: string;
  customer: string;
  email: string;
  currency: string;
  total_cents: Cents;
  status: 'open' | 'shipped' | 'refused' | 'cancelled';
  reason: string | null;
  /** Numbers to follow the parcels by, separated by commas. */
  tracking: string | null;
  created_at: Generated<Date>;
}

interface OrderLineTable {
  order_number: string;
  sku: string;
  quantity: number;
  unit_cents: number;
}

/** A booking of an amount from one account to another: debit and credit in one row, so that the books always balance. */
interface LedgerTable {
  /** Idempotency key. */
  key: string;
  /** What it is about: an order, a delivery. */
  reference: string;
  debit: string;
  credit: string;
  amount_cents: Cents;
  currency: string;
  booked_at: Generated<Date>;
}

/** An effect by its key. `undone` without an answer is a tombstone: undone before it came. */
interface EffectTable {
  key: string;
  state: 'done' | 'undone';
  answer: unknown;
  at: Generated<Date>;
}

export interface OrderTables {
  products: ProductTable;
  warehouses: WarehouseTable;
  stock: StockTable;
  stock_moves: StockMoveTable;
  reservations: ReservationTable;
  orders: OrderTable;
  order_lines: OrderLineTable;
  ledger: LedgerTable;
  effects: EffectTable;
}

const tables = [
  `create table products (
    sku text primary key,
    name text not null,
    price_cents integer not null check (price_cents > 0),
    weight_grams integer not null check (weight_grams > 0)
  )`,
  `create table warehouses (id text primary key, city text not null)`,
  `create table stock (
    warehouse text not null references warehouses,
    sku text not null references products,
    on_hand integer not null check (on_hand >= 0),
    reserved integer not null default 0 check (reserved between 0 and on_hand),
    primary key (sku, warehouse)
  )`,
  `create table stock_moves (
    id bigint generated always as identity primary key,
    key text not null,
    warehouse text not null,
    sku text not null,
    quantity integer not null check (quantity <> 0),
    reason text not null check (reason in ('opening', 'order', 'receipt')),
    moved_at timestamptz not null default now(),
    unique (key, warehouse, sku)
  )`,
  `create index stock_moves_sku on stock_moves (sku, moved_at)`,
  `create sequence order_numbers start 1001`,
  `create table orders (
    number text primary key default 'F-' || nextval('order_numbers'),
    key text not null unique,
    customer text not null,
    email text not null,
    currency text not null,
    total_cents bigint not null check (total_cents > 0),
    status text not null check (status in ('open', 'shipped', 'refused', 'cancelled')),
    reason text,
    tracking text,
    created_at timestamptz not null default now()
  )`,
  `create table order_lines (
    order_number text not null references orders,
    sku text not null references products,
    quantity integer not null check (quantity > 0),
    unit_cents integer not null check (unit_cents > 0),
    primary key (order_number, sku)
  )`,
  `create table reservations (
    key text not null,
    order_number text not null references orders,
    warehouse text not null,
    sku text not null,
    quantity integer not null check (quantity > 0),
    status text not null check (status in ('held', 'released', 'shipped')),
    primary key (key, warehouse, sku)
  )`,
  `create index reservations_order on reservations (order_number)`,
  `create table ledger (
    key text primary key,
    reference text not null,
    debit text not null,
    credit text not null check (credit <> debit),
    amount_cents bigint not null check (amount_cents > 0),
    currency text not null,
    booked_at timestamptz not null default now()
  )`,
  `create index ledger_reference on ledger (reference)`,
  `create table effects (
    key text primary key,
    state text not null check (state in ('done', 'undone')),
    answer jsonb,
    at timestamptz not null default now()
  )`,
];

/** Something to sell from the first minute on. */
const goods = [
  `insert into warehouses (id, city) values ('turin', 'Turin'), ('lyon', 'Lyon'), ('graz', 'Graz')`,
  `insert into products (sku, name, price_cents, weight_grams) values
    ('TEA-ASSAM', 'Assam tea, 250 g', 890, 280),
    ('TEA-SENCHA', 'Sencha tea, 100 g', 1450, 130),
    ('POT-CAST-IRON', 'Cast iron teapot, 1.1 l', 6900, 1900),
    ('CUP-STONEWARE', 'Stoneware cup', 1290, 320),
    ('KETTLE-STEEL', 'Steel kettle, 1.7 l', 4900, 1150)`,
  `insert into stock (warehouse, sku, on_hand) values
    ('turin', 'TEA-ASSAM', 40000), ('lyon', 'TEA-ASSAM', 25000), ('graz', 'TEA-ASSAM', 12000),
    ('turin', 'TEA-SENCHA', 9000), ('graz', 'TEA-SENCHA', 14000),
    ('lyon', 'POT-CAST-IRON', 3000), ('graz', 'POT-CAST-IRON', 4500),
    ('turin', 'CUP-STONEWARE', 20000), ('lyon', 'CUP-STONEWARE', 8000),
    ('turin', 'KETTLE-STEEL', 9), ('lyon', 'KETTLE-STEEL', 3)`,
  `insert into stock_moves (key, warehouse, sku, quantity, reason)
    select 'opening', warehouse, sku, on_hand, 'opening' from stock`,
];

export const orderMigrations: Record<string, Migration> = {
  '150-orders': {
    async up(db: Kysely<unknown>) {
      for (const statement of [...tables, ...goods]) await sql.raw(statement).execute(db);
    },
  },
};
