import { MessierError } from '../core/errors.js';
import { Registry } from '../core/registry.js';
import { Network } from '../nn/network.js';
import type { Model } from '../onnx/types.js';
import type { Architecture, ModelOptions, SettledOptions } from './architecture.js';
import { apodCnn } from './apod-cnn.js';
import { convnextAtto, convnextNano, convnextTiny } from './convnext.js';
import { efficientnetB0 } from './efficientnet.js';
import { fourGalaxies } from './four-galaxies.js';
import { galaxyCnn, galaxyCnnLight } from './galaxy-cnn.js';
import { inceptionV3 } from './inception-v3.js';
import { mobilenetV2 } from './mobilenet-v2.js';
import { mobilenetV3Large, mobilenetV3Small } from './mobilenet-v3.js';
import { resnet18, resnet34, resnet50 } from './resnet.js';
import { vgg16 } from './vgg16.js';
import { xception } from './xception.js';

/** Architectures by name. `test/contract/models.test.ts` builds and runs every one of them. */
export const models = new Registry<Architecture>('model')
  .register('four-galaxies', fourGalaxies)
  .register('galaxy-cnn', galaxyCnn)
  .register('galaxy-cnn-light', galaxyCnnLight)
  .register('apod-cnn', apodCnn)
  .register('resnet18', resnet18)
  .register('resnet34', resnet34)
  .register('resnet50', resnet50)
  .register('vgg16', vgg16)
  .register('inception-v3', inceptionV3)
  .register('xception', xception)
  .register('mobilenet-v2', mobilenetV2)
  .register('mobilenet-v3-large', mobilenetV3Large)
  .register('mobilenet-v3-small', mobilenetV3Small)
  .register('efficientnet-b0', efficientnetB0)
  .register('convnext-atto', convnextAtto)
  .register('convnext-nano', convnextNano)
  .register('convnext-tiny', convnextTiny);

/** Names that {@link createModel} takes. */
export function modelNames(): readonly string[] {
  return models.names();
}

/** No side of a picture and no number of channels or classes is larger. */
const most = 65_536;

/** Returns the value of an option where it is allowed, or stops with `model/option`. */
function checked(name: string, option: string, value: number, allowed: boolean, hint: string): number {
  if (allowed) return value;
  throw new MessierError('model/option', `Model "${name}": ${value} received for ${option}. ${hint}`);
}

const between = (value: number, least: number): boolean => Number.isInteger(value) && value >= least && value <= most;

/**
 * A new network with random first weights: input `image` float32 (N, channels, height, width), output `logits` (N, classes).
 * The same name, options and seed give the same bytes on every platform.
 * Throws `model/unknown` for a name that is not registered and `model/option` for an option outside its range.
 *
 * @example
 * const model = createModel('resnet18', { classes: 10, seed: 1 });
 */
export function createModel(name: string, options: ModelOptions = {}): Model {
  return build(name, options, () => true);
}

/**
 * The model that {@link createModel} makes, with zeros for those parameters that `draws` does not name: to count, to look at shapes, and to put other
 * weights into. Zeros cost no time and hardly any memory, so that the largest network is there at once.
 */
export function outlineModel(
  name: string,
  options: ModelOptions = {},
  draws: (parameter: string) => boolean = () => false,
): Model {
  return build(name, options, draws);
}

function build(name: string, options: ModelOptions, draws: (parameter: string) => boolean): Model {
  const architecture = models.get(name);
  const { least } = architecture;
  const { classes = architecture.classes, channels = architecture.channels, dropout = architecture.dropout, seed = 0 } = options;
  const { height = architecture.height, width = architecture.width } = options;
  const side = `A side has ${least} to ${most} pixels; enlarge smaller pictures.`;
  const settled: SettledOptions = {
    classes: checked(name, 'classes', classes, between(classes, 2), 'At least 2 are needed; a yes-or-no question has 2.'),
    channels: checked(name, 'channels', channels, between(channels, 1), 'Grayscale pictures have 1 channel, colour ones 3.'),
    height: checked(name, 'height', height, between(height, least), side),
    width: checked(name, 'width', width, between(width, least), side),
    seed: checked(name, 'seed', seed, Number.isSafeInteger(seed), 'A seed is a whole number within ±2^53.'),
    dropout: checked(name, 'dropout', dropout, dropout >= 0 && dropout < 1, 'A ratio lies in [0, 1); 0.2 drops a fifth.'),
  };
  const net = new Network({ seed: settled.seed, draws });
  architecture.build(net, net.image({ channels, height, width }), settled);
  return net.build({ name, metadata: { 'messier.architecture': name, 'messier.seed': String(settled.seed) } });
}
