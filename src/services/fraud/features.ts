/**
 * What the fraud model looks at. Each part comes from a lookup of its own, so that one may be missing: then the parts
 * that are there are scored, and the missing one is taken at its worst usual value.
 */

/** From the transaction alone. */
export interface TransactionFeatures {
  /** Natural logarithm of the amount. */
  readonly logAmount: number;
  /** 1 between midnight and five o'clock, UTC. */
  readonly night: number;
  /** 1 if the card is used outside the customer's country. */
  readonly abroad: number;
  /** 1 for goods that are easily turned into money. */
  readonly riskyGoods: number;
}

/** From the customer's earlier transactions. */
export interface HistoryFeatures {
  /** Logarithm of the amount against the customer's average; 0 without earlier transactions. */
  readonly logRatio: number;
  /** Transactions in the last hour, at most 10. */
  readonly lastHour: number;
  /** 1 without any earlier transaction. */
  readonly newCustomer: number;
}

/** From the device and who else has used it. */
export interface DeviceFeatures {
  /** 1 if the customer never used it before. */
  readonly newDevice: number;
  /** Other customers who used it, at most 5. */
  readonly others: number;
}

/** The parts, and the names of their features; in this order they stand in the training data. */
export const parts = {
  transaction: ['logAmount', 'night', 'abroad', 'riskyGoods'],
  history: ['logRatio', 'lastHour', 'newCustomer'],
  device: ['newDevice', 'others'],
} as const;

export type Part = keyof typeof parts;

/** What is known of a transaction; a part that could not be had is left out. */
export interface Facts {
  readonly transaction?: TransactionFeatures;
  readonly history?: HistoryFeatures;
  readonly device?: DeviceFeatures;
}
