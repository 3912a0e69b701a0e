import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { openHdf5Images } from './hdf5-images.js';
import { imageArrayLimits, type ImageArray } from './image-array.js';
import { openFile } from './read-file.js';
import { unpackToScratch } from './scratch.js';

/**
 * Opens a gzipped HDF5 file of pictures, as GalaxyMNIST is published: it is unpacked into a temporary file, which is removed on `close`.
 * That file lies in the folder that TMPDIR names, so that one needs room for it.
 *
 * @throws MessierError `packed/damaged`, `packed/limit`, and what openHdf5Images throws.
 */
export async function openPackedHdf5Images(path: string): Promise<ImageArray> {
  const file = await openFile(path);
  await file.close();
  const scratch = await unpackToScratch(
    createReadStream(path, { highWaterMark: 2 ** 18 }),
    createGunzip({ chunkSize: 2 ** 18 }),
    imageArrayLimits.bytes,
    `"${path}"`,
  );
  try {
    const images = await openHdf5Images(scratch.path);
    return {
      count: images.count,
      width: images.width,
      height: images.height,
      channels: images.channels,
      labels: images.labels,
      classes: images.classes,
      names: images.names,
      read: (index) => images.read(index),
      close: async () => {
        await images.close();
        await scratch.remove();
      },
    };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}
