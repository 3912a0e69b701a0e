import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ByteRoom } from './byte-room.js';

describe('ByteRoom', () => {
  it('lets bytes in while they fit, and the first to the end whatever its size', async () => {
    const room = new ByteRoom(10);
    const done: string[] = [];
    const [first, second, third] = [room.hold(), room.hold(), room.hold()];
    const take = (name: string, held: typeof first, bytes: number) => held.take(bytes).then(() => void done.push(name));
    await Promise.all([take('first', first, 4), take('second', second, 5)]);
    const waits = [take('second more', second, 5), take('third', third, 2), take('first more', first, 100)];
    await setImmediate();
    expect(done).toEqual(['first', 'second', 'first more']);
    expect([first.bytes, second.bytes, third.bytes]).toEqual([104, 5, 0]);
    first.clear();
    await setImmediate();
    // Second is the first one now; with it the room is full.
    expect(done).toEqual(['first', 'second', 'first more', 'second more']);
    second.clear();
    await Promise.all(waits);
    expect(third.bytes).toBe(2);
    third.clear();
    await take('anew', first, 10);
    expect(first.bytes).toBe(10);
  });

  it('holds no more than its size and one thing more, and everything comes to its end', async () => {
    const room = new ByteRoom(50);
    const sizes = Array.from({ length: 60 }, (_, at) => (at * 37) % 80);
    const all = new Map<number, number>();
    let most = 0;
    const read = async (size: number, at: number): Promise<void> => {
      const held = room.hold();
      for (let taken = 0; taken < size; taken += 5) {
        await held.take(5);
        all.set(at, held.bytes);
        const sum = [...all.values()].reduce((a, b) => a + b, 0);
        most = Math.max(most, sum);
        expect(sum).toBeLessThanOrEqual(50 + 80);
        if (at % 3 === 0) await setImmediate();
      }
      all.delete(at);
      held.clear();
    };
    await Promise.all(sizes.map(read));
    expect(most).toBeGreaterThan(40);
  });

  it('can be left while waiting', async () => {
    const room = new ByteRoom(1);
    const [first, second, third] = [
      room.hold(),
      room.hold(AbortSignal.timeout(5)),
      room.hold(AbortSignal.abort(new Error('no'))),
    ];
    await first.take(1);
    await expect(second.take(1)).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(third.take(1)).rejects.toThrow('no');
    second.clear();
    third.clear();
    first.clear();
    const last = room.hold();
    await last.take(3);
    expect(last.bytes).toBe(3);
  });
});
