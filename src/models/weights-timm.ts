/**
 * Names of timm (PyTorch Image Models, https://github.com/huggingface/pytorch-image-models) for the parameters of our architectures, which have
 * those of torchvision. ResNet, InceptionV3 and Xception are called the same there.
 */

/** From a layer of ours, without `.weight` or `.bias`, to timm's. */
type Rule = (layer: string, layers: ReadonlySet<string>) => string;

/** Where the blocks of each stage begin among `features.1`, `features.2`, ... */
const starts = {
  'mobilenet-v2': [1, 2, 4, 7, 11, 14, 17],
  'mobilenet-v3-large': [1, 2, 4, 7, 11, 13, 16],
  'mobilenet-v3-small': [1, 2, 4, 7, 9, 12],
} as const;

/** `blocks.2.1` for the `feature`th block. */
function stageAndBlock(feature: number, stages: readonly number[]): string {
  const stage = stages.findLastIndex((start) => feature >= start);
  return `blocks.${stage}.${feature - (stages[stage] ?? 0)}`;
}

/** Convolutions of a block with the norm behind each; the first only where the block expands. */
const expanding = ['conv_pw', 'bn1', 'conv_dw', 'bn2', 'conv_pwl', 'bn3'] as const;
const plain = ['conv_dw', 'bn1', 'conv_pw', 'bn2'] as const;

const mobilenetV2: Rule = (layer, layers) => {
  const [, feature = '', inner = ''] = /^features\.(\d+)\.(.+)$/.exec(layer) ?? [];
  if (feature === '0') return inner === '0' ? 'conv_stem' : 'bn1';
  if (feature === '18') return inner === '0' ? 'conv_head' : 'bn2';
  if (feature === '') return layer.replace('classifier.1', 'classifier');
  const isExpanding = layers.has(`features.${feature}.conv.3`);
  const order = isExpanding
    ? ['conv.0.0', 'conv.0.1', 'conv.1.0', 'conv.1.1', 'conv.2', 'conv.3']
    : ['conv.0.0', 'conv.0.1', 'conv.1', 'conv.2'];
  const own = (isExpanding ? expanding : plain)[order.indexOf(inner)] ?? inner;
  return `${stageAndBlock(Number(feature), starts['mobilenet-v2'])}.${own}`;
};

/** A layer inside a block of MobileNetV3 or EfficientNet: `block.2.fc1` -> `se.conv_reduce`. */
function inBlock(prefix: string, part: number, inner: string, layers: ReadonlySet<string>): string {
  if (inner === 'fc1') return 'se.conv_reduce';
  if (inner === 'fc2') return 'se.conv_expand';
  const convolutions = [0, 1, 2, 3].filter((index) => layers.has(`${prefix}.block.${index}.0`));
  const names = convolutions.length === 3 ? expanding : plain;
  return names[2 * convolutions.indexOf(part) + Number(inner)] ?? inner;
}

const mobilenetV3 =
  (stages: readonly number[]): Rule =>
  (layer, layers) => {
    if (layer === 'classifier.0') return 'conv_head';
    if (layer === 'classifier.3') return 'classifier';
    const [, feature = '', inner = ''] = /^features\.(\d+)\.(.+)$/.exec(layer) ?? [];
    if (feature === '0') return inner === '0' ? 'conv_stem' : 'bn1';
    const place = stageAndBlock(Number(feature), stages);
    const [, part, own = ''] = /^block\.(\d+)\.(.+)$/.exec(inner) ?? [];
    if (part === undefined) return `${place}.${inner === '0' ? 'conv' : 'bn1'}`;
    return `${place}.${inBlock(`features.${feature}`, Number(part), own, layers)}`;
  };

const efficientnet: Rule = (layer, layers) => {
  const [, stage = '', inner = ''] = /^features\.(\d+)\.(.+)$/.exec(layer) ?? [];
  if (stage === '') return layer.replace('classifier.1', 'classifier');
  if (stage === '0') return inner === '0' ? 'conv_stem' : 'bn1';
  if (stage === '8') return inner === '0' ? 'conv_head' : 'bn2';
  const [, block = '', part = '', own = ''] = /^(\d+)\.block\.(\d+)\.(.+)$/.exec(inner) ?? [];
  return `blocks.${Number(stage) - 1}.${block}.${inBlock(`features.${stage}.${block}`, Number(part), own, layers)}`;
};

const inConvnextBlock: Readonly<Record<string, string>> = {
  layer_scale: 'gamma',
  'block.0': 'conv_dw',
  'block.2': 'norm',
  'block.3': 'mlp.fc1',
  'block.5': 'mlp.fc2',
};

const convnext: Rule = (layer) => {
  if (layer === 'classifier.0') return 'head.norm';
  if (layer === 'classifier.2') return 'head.fc';
  const [, feature = '', index = '', inner = ''] = /^features\.(\d+)\.(\d+)\.?(.*)$/.exec(layer) ?? [];
  const stage = Math.floor(Number(feature) / 2);
  if (feature === '0') return `stem.${index}`;
  if (inner === '') return `stages.${stage}.downsample.${index}`;
  return `stages.${stage}.blocks.${index}.${inConvnextBlock[inner] ?? inner}`;
};

const vgg: Rule = (layer) => {
  const heads: Readonly<Record<string, string>> = {
    'classifier.0': 'pre_logits.fc1',
    'classifier.3': 'pre_logits.fc2',
    'classifier.6': 'head.fc',
  };
  return heads[layer] ?? layer;
};

const rules: Readonly<Record<string, Rule>> = {
  vgg16: vgg,
  'mobilenet-v2': mobilenetV2,
  'mobilenet-v3-large': mobilenetV3(starts['mobilenet-v3-large']),
  'mobilenet-v3-small': mobilenetV3(starts['mobilenet-v3-small']),
  'efficientnet-b0': efficientnet,
  'convnext-atto': convnext,
  'convnext-nano': convnext,
  'convnext-tiny': convnext,
};

/** timm's MobileNetV3 adds another number to the variance than torchvision's, 0.001. */
const epsilons: Readonly<Record<string, number>> = { 'mobilenet-v3-large': 1e-5, 'mobilenet-v3-small': 1e-5 };

/** timm's name of each parameter and statistic of an architecture; `undefined` where they are ours. */
export function timmNames(architecture: string, names: readonly string[]): ReadonlyMap<string, string> | undefined {
  const rule = rules[architecture];
  if (!rule) return undefined;
  const split = names.map(
    (name) => [name, ...(/^(.*?)(\.(?:weight|bias|running_mean|running_var))?$/.exec(name)?.slice(1) ?? [])] as const,
  );
  const layers = new Set(split.map(([, layer = '']) => layer));
  return new Map(split.map(([name, layer = '', ending = '']) => [name, rule(layer, layers) + ending]));
}

/** The number that timm's batch norms of an architecture add to the variance, where it is not ours. */
export function timmEpsilon(architecture: string): number | undefined {
  return epsilons[architecture];
}
