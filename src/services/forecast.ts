/** What will probably be asked for. */

/**
 * Simple exponential smoothing: s₂ = y₁, then sₜ = α·yₜ₋₁ + (1 − α)·sₜ₋₁; the last one is the forecast for the next
 * period. R. G. Brown, Statistical Forecasting for Inventory Control, 1959; NIST/SEMATECH e-Handbook, 6.4.3.1.
 * `alpha` is above 0 and at most 1: the higher, the faster old values are forgotten. Without values it is 0.
 */
export function smoothed(values: readonly number[], alpha: number): number {
  const [first = 0, ...later] = values;
  return later.reduce((level, value) => alpha * value + (1 - alpha) * level, first);
}
