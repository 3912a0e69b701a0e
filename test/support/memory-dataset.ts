import { createHash } from 'node:crypto';
import type { Picture } from '../../src/core/picture.js';
import { MessierError } from '../../src/core/errors.js';
import type { Dataset, Item, LoadedItem } from '../../src/dataset/types.js';
import { pattern } from './pattern.js';

/** A picture of the pattern of its name. */
export function patternPicture(name: string, width: number, height: number, channels: 1 | 3): Picture {
  return { width, height, channels, data: Uint8Array.from(pattern(name, [height, width, channels], 128, 128)) };
}

/** A dataset whose pictures are made when they are asked for; `null` for one that is broken. */
export function memoryDataset(
  pictures: Readonly<Record<string, Picture | null>>,
  options: { readonly location?: string; readonly onLoad?: (id: string) => void } = {},
): Dataset {
  const { location = '/nowhere/memory', onLoad } = options;
  return {
    name: 'memory',
    location,
    items: Object.keys(pictures).map((id, index): Item => ({ id, label: index % 2 === 0 ? 'even' : 'odd' })),
    skipped: [{ id: 'gone', code: 'file/absent', reason: 'There is no file.' }],
    load({ id }: Item): Promise<LoadedItem> {
      onLoad?.(id);
      const picture = pictures[id];
      if (!picture) return Promise.reject(new MessierError('picture/broken', `"${id}" is broken.`));
      return Promise.resolve({ picture, hash: createHash('sha256').update(picture.data).digest('hex') });
    },
    close: () => Promise.resolve(),
  };
}
