import { MessierError } from '../core/errors.js';
import { Registry } from '../core/registry.js';
import { Network } from '../nn/network.js';
import type { Model } from '../onnx/types.js';
import type { Architecture, ModelOptions } from './architecture.js';
import { fourGalaxies } from './four-galaxies.js';
import { galaxyCnn } from './galaxy-cnn.js';
import { resnet18, resnet34, resnet50 } from './resnet.js';

/** Architectures by name. `test/contract/models.test.ts` builds and runs every one of them. */
export const models = new Registry<Architecture>('model')
  .register('four-galaxies', fourGalaxies)
  .register('galaxy-cnn', galaxyCnn)
  .register('resnet18', resnet18)
  .register('resnet34', resnet34)
  .register('resnet50', resnet50);

/** Names that {@link createModel} takes. */
export function modelNames(): readonly string[] {
  return models.names();
}

/** No side of a picture and no number of channels or classes is larger. */
const most = 65_536;

function checked(name: string, option: string, value: number, least: number, hint: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new MessierError(
    'model/option',
    `Model "${name}": ${option} must be a whole number from ${least} to ${most}, ${value} received. ${hint}`,
  );
}

/**
 * A new network with random first weights: input `image` float32 (N, channels, height, width), output `logits` (N, classes).
 * The same name, options and seed give the same bytes on every platform.
 * Throws `model/unknown` for a name that is not registered and `model/option` for an option outside its range.
 *
 * @example
 * const model = createModel('resnet18', { classes: 10, seed: 1 });
 */
export function createModel(name: string, options: ModelOptions = {}): Model {
  const architecture = models.get(name);
  const { least } = architecture;
  const settled: Required<ModelOptions> = {
    classes: checked(name, 'classes', options.classes ?? architecture.classes, 2, 'A question with two answers has 2 classes.'),
    channels: checked(
      name,
      'channels',
      options.channels ?? architecture.channels,
      1,
      'Grayscale pictures have 1 channel, colour ones 3.',
    ),
    height: checked(
      name,
      'height',
      options.height ?? architecture.height,
      least,
      `Enlarge the pictures to ${least} pixels or more.`,
    ),
    width: checked(name, 'width', options.width ?? architecture.width, least, `Enlarge the pictures to ${least} pixels or more.`),
    seed: options.seed ?? 0,
    dropout: options.dropout ?? architecture.dropout,
  };
  const net = new Network({ seed: settled.seed });
  const { channels, height, width } = settled;
  architecture.build(net, net.image({ channels, height, width }), settled);
  return net.build({ name, metadata: { 'messier.architecture': name, 'messier.seed': String(settled.seed) } });
}
