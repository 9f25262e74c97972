import { describe, expect, it } from '@jest/globals';
import { smoothed } from '../../src/services/forecast.ts';

/** The example of the NIST/SEMATECH e-Handbook of Statistical Methods, 6.4.3.1 and 6.4.3.2. */
const values = [71, 70, 69, 68, 64, 65, 72, 78, 75, 75, 75, 70];

describe('smoothed', () => {
  it.each([
    [1, 71],
    [2, 70.9],
    [3, 70.71],
    [6, 69.32],
    [11, 71.67],
    [12, 71.5],
  ])('forecasts from %d values as the handbook does', (count, forecast) => {
    expect(smoothed(values.slice(0, count), 0.1)).toBeCloseTo(forecast, 2);
  });

  it('takes the last value alone with an alpha of 1', () => {
    expect(smoothed(values, 1)).toBe(70);
  });

  it('expects nothing where nothing is known', () => {
    expect(smoothed([], 0.3)).toBe(0);
  });
});
