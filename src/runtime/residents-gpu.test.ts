import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { GpuResidents } from './residents-gpu.js';

it('frees the results of a run that could not be brought back', async () => {
  const ended: string[] = [];
  const lost = (name: string): Partial<OrtTensor> => ({
    get location(): OrtTensor['location'] {
      throw new Error('lost');
    },
    dispose: () => {
      ended.push(name);
    },
  });
  const session: Partial<InferenceSession> = {
    run: () => Promise.resolve({ loss: lost('loss') as OrtTensor, next: lost('next') as OrtTensor }),
  };
  const carry = new Map([['next', 'w']]);
  const residents = new GpuResidents({ session: session as InferenceSession, carry, sentinel: false });
  await expect(residents.run({}, ['loss'])).rejects.toThrow('lost');
  expect(ended).toEqual(['loss', 'next']);
  expect(residents.names()).toEqual([]);
  await residents.release();
});
