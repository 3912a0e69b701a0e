import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { modelFolder, smallCard, smallModel } from '../../test/support/deployed.js';
import { encodeManifest, makeManifest } from '../dataset/manifest.js';
import { saveModel } from '../formats/model-file.js';
import { ownSplit } from './own-split.js';

const models = modelFolder();
afterAll(models.remove);

const splitOf = (seed: number) =>
  makeManifest({
    name: 'small',
    rule: smallCard,
    seed,
    shares: { train: 1, validation: 0, test: 0 },
    items: [{ id: 'a', hash: 'a'.repeat(64), label: 'spiral' }],
    parts: ['train'],
  });
const [own, other] = [splitOf(1), splitOf(2)];

async function asked(beside: string | undefined, judged?: typeof own) {
  const folder = join(models.path, crypto.randomUUID());
  await mkdir(folder);
  const card = { ...smallCard, training: { ...smallCard.training, splitHash: own.signature } };
  await saveModel(smallModel(card), join(folder, 'model.onnx'));
  if (beside !== undefined) await writeFile(join(folder, 'split.json'), beside);
  const notices: string[] = [];
  const found = await ownSplit(join(folder, 'model.onnx'), {
    judged: judged && { path: 'given.json', split: judged },
    name: 'small',
    onNotice: (text) => notices.push(text),
  });
  return { signature: found?.split.signature, notices };
}

test('is that beside the model, or that by which it is judged', async () => {
  expect(await asked(encodeManifest(own), other)).toEqual({ signature: own.signature, notices: [] });
  expect(await asked(undefined, own)).toEqual({ signature: own.signature, notices: [] });
  expect(await asked(undefined)).toEqual({ signature: undefined, notices: [] });
});

test('another split than that of the model is told where its own is not there', async () => {
  const told = 'small was trained on another split than given.json and may have learned from what it is judged on.';
  expect(await asked(undefined, other)).toEqual({ signature: undefined, notices: [told] });
  expect(await asked(encodeManifest(other), other)).toEqual({ signature: undefined, notices: [told] });
  const broken = await asked('{', other);
  expect(broken.notices).toEqual([expect.stringContaining('is no JSON'), told]);
});
