import { mkdtemp, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeAtomically } from '../formats/atomic.js';
import { applyManifest } from './manifest-apply.js';
import { dataHash, decodeManifest, encodeManifest, makeManifest, readManifest, type SplitManifest } from './manifest.js';
import type { Part } from './types.js';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const items = ['a.png', 'b.png', 'ü/c.png', 'd.png'].map((id, index) => ({
  id,
  hash: digest(index === 3 ? 'b.png' : id),
  label: index === 0 ? 'ring' : 'spiral',
  ...(index === 2 ? { group: 'M 51' } : {}),
}));
const parts: Part[] = ['train', 'validation', 'test', 'train'];
const source = {
  name: 'galaxies',
  rule: { classes: ['ring', 'spiral'], labels: { spiral_cw: 'spiral', dont_know: null } },
  seed: 222,
  shares: { train: 0.8, validation: 0.1, test: 0.1 },
  items,
  parts,
  duplicates: [[1, 3]],
};
const manifest = makeManifest(source);

const thrown = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return undefined;
};

describe('split manifests', () => {
  test('are written and read back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'messier-'));
    try {
      const path = join(folder, 'split.json');
      await writeAtomically(path, encodeManifest(manifest));
      expect(await readManifest(path)).toEqual(manifest);
      await expect(readManifest(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'file/absent' });
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(manifest.duplicates).toEqual([['b.png', 'd.png']]);
    expect(decodeManifest(encodeManifest(makeManifest({ ...source, items: [], parts: [], duplicates: [] })), 'x').items).toEqual(
      [],
    );
  });

  test('the signature is the SHA-256 of the sorted JSON of the rest', () => {
    // As `python3 -c "json.dumps(body, sort_keys=True, separators=(',', ':'), ensure_ascii=False)"` writes it.
    const { signature, ...body } = makeManifest({ ...source, items: items.slice(0, 1), parts: ['train'], duplicates: [] });
    const written =
      `{"classes":["ring","spiral"],"dataset":{"hash":"${body.dataset.hash}","name":"galaxies"},"duplicates":[],` +
      `"format":"messier-split/1","items":[{"hash":"${digest('a.png')}","id":"a.png","label":"ring","part":"train"}],` +
      `"labels":{"dont_know":null,"spiral_cw":"spiral"},"seed":222,"shares":{"test":0.1,"train":0.8,"validation":0.1}}`;
    expect(signature).toBe(digest(written));
  });

  test('the data hash depends on contents and labels alone', () => {
    const [first, second] = [digest('a.png'), digest('b.png')].toSorted();
    const lines = `${first} "ring"\n${second} "ring"\n`;
    expect(
      dataHash([
        { hash: second as string, label: 'ring' },
        { hash: first as string, label: 'ring' },
      ]),
    ).toBe(digest(lines));
    expect(dataHash(items.toReversed())).toBe(dataHash(items));
    expect(dataHash(items.map((item) => ({ ...item, label: 'ring' })))).not.toBe(dataHash(items));
  });

  test('changed, newer and other files are refused', () => {
    const decode = (change: Partial<Record<keyof SplitManifest, unknown>>) =>
      thrown(() => decodeManifest(JSON.stringify({ ...manifest, ...change }), 'split.json'))?.code;
    expect(decode({})).toBeUndefined();
    expect(decode({ seed: 223 })).toBe('split/signature');
    expect(decode({ items: [{ ...manifest.items[0], part: 'test' }, ...manifest.items.slice(1)] })).toBe('split/signature');
    expect(decode({ format: 'messier-split/2' })).toBe('split/newer');
    expect(decode({ format: 'messier-split/x' })).toBe('split/format');
    expect(decode({ items: [{ id: 'a' }] })).toBe('split/format');
    expect(decode({ signature: undefined })).toBe('split/format');
    for (const text of ['', '[]', 'null', '3', '{"format":1}', '\0']) {
      expect(thrown(() => decodeManifest(text, 'split.json'))?.code).toBe('split/format');
    }
  });
});

describe('a split used again', () => {
  test('in any order, and where pictures have moved', () => {
    expect(applyManifest(manifest, items)).toEqual(parts);
    expect(applyManifest(manifest, items.toReversed())).toEqual(parts.toReversed());
    expect(
      applyManifest(
        manifest,
        items.map((item) => ({ ...item, id: `moved/${item.id}` })),
      ),
    ).toEqual(parts);
    // One of two copies has moved: the other one keeps its own entry.
    const moved = items.map((item) => (item.id === 'b.png' ? { ...item, id: 'z.png' } : item));
    expect(applyManifest(manifest, moved.toReversed())).toEqual(parts.toReversed());
  });

  test('refuses changed, missing and new pictures, and names some', () => {
    const [first, ...rest] = items;
    const changed = [{ id: 'a.png', hash: digest('other') }, ...rest];
    expect(thrown(() => applyManifest(manifest, changed))).toMatchObject({ code: 'split/changed' });
    expect(thrown(() => applyManifest(manifest, rest))).toMatchObject({ code: 'split/missing' });
    const news = Array.from({ length: 9 }, (_, index) => ({ id: `new ${index}`, hash: digest(`new ${index}`) }));
    const error = thrown(() => applyManifest(manifest, [...items, ...news]));
    expect(error).toMatchObject({ code: 'split/new' });
    expect(error?.message).toContain('9 pictures are not in the split: new 0, new 1, new 2, new 3, new 4 and 4 more');
    const left = applyManifest(manifest, [...news, ...items], { leaveOutNew: true });
    expect(left).toEqual([...news.map(() => undefined), ...parts]);
    expect(first?.id).toBe('a.png');
  });
});
