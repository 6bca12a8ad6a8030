import * as fc from 'fast-check';
import { Activity } from '../../src/account';
import { LatencySample } from '../../src/account/latency-sample';
import { TrafficHistory } from '../../src/account/traffic-history';

describe('the sample of latencies', () => {
  test('of what fits in it, the figures are exact', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 256 }), values => {
      const sample = new LatencySample();
      values.forEach(value => sample.add(value));
      const sorted = [...values].sort((a, b) => a - b);
      expect(sample.take()).toEqual({
        median: sorted[Math.floor(values.length / 2)], p95: sorted[Math.floor(0.95 * values.length)], longest: sorted.at(-1), measured: values.length,
      });
      expect(sample.take()).toBeUndefined();
    }));
  });

  test('of many more, late ones count as much as early ones, and the longest is never lost', () => {
    const sample = new LatencySample();
    for (let at = 0; at < 20_000; at++) sample.add(at);
    const { median, p95, longest, measured } = sample.take()!;
    expect([longest, measured]).toEqual([19_999, 20_000]);
    // Ten standard deviations of a fair sample of 256.
    expect(Math.abs(median - 10_000)).toBeLessThan(6_300);
    expect(p95).toBeGreaterThan(16_000);
  });
});

test('each second has what was counted in it, and a quarter of an hour is kept', () => {
  let now = 0;
  const clock = { now: () => now };
  const activity = new Activity(clock);
  const traffic = new TrafficHistory(activity, clock);
  for (let second = 1; second <= 1000; second++) {
    now = second * 1000;
    activity.count('messagesIn', second);
    traffic.sample();
  }
  const kept = traffic.since(0);
  expect([kept.length, kept[0].time]).toEqual([900, 101_000]);
  expect(kept.at(-1)).toMatchObject({ time: 1_000_000, messagesIn: 1000, recordsDelivered: 0 });
  expect(traffic.since(999_000).map(({ messagesIn }) => messagesIn)).toEqual([1000]);
  expect(kept[0]).not.toHaveProperty('latency');
});
