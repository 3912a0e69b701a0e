import { describe, expect, it } from 'vitest';
import { Lane, Lanes } from './rate.js';

describe('Lane', () => {
  it('lets in by the order of asking, and closes up where one gives up', async () => {
    const lane = new Lane(1e6, 1);
    const order: string[] = [];
    const leave = await lane.enter();
    const stop = new AbortController();
    const enter = async (name: string, signal?: AbortSignal): Promise<void> => {
      const done = await lane.enter(signal);
      order.push(name);
      done();
      // Whoever says so twice frees one place alone.
      done();
    };
    const [first, second, third] = [enter('first'), enter('second', stop.signal), enter('third')];
    stop.abort(new Error('never mind'));
    await expect(second).rejects.toThrow('never mind');
    expect(order).toEqual([]);
    leave();
    await Promise.all([first, third]);
    expect(order).toEqual(['first', 'third']);
    expect(lane.isIdle).toBe(true);
  });

  it('frees its place when the wait for a turn is broken off', async () => {
    const lane = new Lane(1e6, 1);
    lane.hold(60_000);
    const stop = new AbortController();
    const waiting = lane.enter(stop.signal);
    stop.abort(new Error('never mind'));
    await expect(waiting).rejects.toThrow('never mind');
    await expect(lane.enter(stop.signal)).rejects.toThrow('never mind');
    expect(lane.isIdle).toBe(false);
  });
});

describe('Lanes', () => {
  it('has one for each host and port, and forgets those that are idle', async () => {
    const lanes = new Lanes(1e6, 1);
    const held = lanes.of(new URL('http://held/'));
    const leave = await held.enter();
    const idle = lanes.of(new URL('http://host-0/a'));
    expect(lanes.of(new URL('https://host-0/b'))).toBe(idle);
    expect(lanes.of(new URL('http://host-0:81/'))).not.toBe(idle);
    for (let n = 1; n <= 2000; n++) lanes.of(new URL(`http://host-${n}/`));
    expect(lanes.of(new URL('http://held/'))).toBe(held);
    expect(lanes.of(new URL('http://host-0/'))).not.toBe(idle);
    leave();
  });
});
