import { basename, join } from 'node:path';
import type { Picture } from '../core/picture.js';
import { featureMaps } from '../explain/feature-maps.js';
import { mosaic } from '../explain/mosaic.js';
import { writeAtomically } from '../formats/atomic.js';
import { loadModel } from '../formats/model-file.js';
import { encodePicture } from '../formats/picture-encode.js';
import { makeFolders } from '../formats/make-folders.js';

/** Writes one PNG a layer with the feature maps of a picture: `FOLDER/m51.jpg-conv1.png`. Resolves to the paths. */
export async function writeMaps(
  model: string,
  { file, picture }: { readonly file: string; readonly picture: Picture },
  { layers, folder }: { readonly layers: readonly string[]; readonly folder: string },
): Promise<string[]> {
  await makeFolders(folder);
  const written: string[] = [];
  for (const { layer, maps } of await featureMaps(loadModel(model), picture, layers)) {
    const path = join(folder, `${basename(file)}-${layer.replaceAll('/', '.')}.png`);
    await writeAtomically(path, await encodePicture(mosaic(maps), { format: 'png' }));
    written.push(path);
  }
  return written;
}
