/** Weights of ImageNet that fit our architectures exactly, as published. */
export interface PublishedWeights {
  /** Its name at the publisher. */
  readonly name: string;
  /** A safetensors file. */
  readonly url: string;
  /** Of the file, where it is known beforehand; else the publisher's server states it. */
  readonly sha256: string | undefined;
  /** Where it is described, and on what terms. */
  readonly page: string;
  /** As the page says. */
  readonly licence: string;
  /** What it learned from. */
  readonly trained: string;
  /** Side of the pictures that it was trained on or is best at, in pixels. */
  readonly size: number;
  /** Subtracted from values in [0, 1], one a channel (red, green, blue). */
  readonly mean: readonly number[];
  /** Divides them after that. */
  readonly deviation: readonly number[];
}

const imagenet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;
const half = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const;

/** Of the files as the hub's pages give them; where one is not known here, the hub's server states it. */
const hashes: Readonly<Record<string, string>> = {
  'resnet18.a1_in1k': '80c49dee3da4822c009c5a7fe591e9223c5a2cfcf95a4067ca4dfb5a7b89c612',
  'resnet50.a1_in1k': '773525d5821de224f8f30c33377b7a795d7863e08522698200d3217d3f2a41bb',
  'vgg16.tv_in1k': '57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8',
  'inception_v3.tv_in1k': '9c452c63a67fd03a38a78c401ba12d4be0e926df63c93403de3a29f6df20fefb',
  'mobilenetv2_100.ra_in1k': '55ea4fb3a96010b933710ebf44fc965b070d5cd054d3f35e44f2d1320b4a714e',
  'mobilenetv3_large_100.ra_in1k': 'f425af34cc1cead2b5d6211f789a1f30b94835dc32f9c0fcc5a916e4fd2dde85',
  'convnext_atto.d2_in1k': '0f70bc49f1896c8c15af857d2d1d418abfaf097a62b4e29a35e6e65b752f5953',
  'convnext_nano.in12k_ft_in1k': '1f7a556379b5f6e3356fed18331b98f3d405f9b33607be259c265cf692d94cec',
};

function timm(name: string, changes: Partial<PublishedWeights> = {}): PublishedWeights {
  const page = `https://huggingface.co/timm/${name}`;
  const url = `${page}/resolve/main/model.safetensors`;
  return {
    name,
    url,
    sha256: hashes[name],
    page,
    licence: 'Apache-2.0',
    trained: 'ImageNet-1k',
    size: 224,
    ...imagenet,
    ...changes,
  };
}

/**
 * By architecture. All are timm's on the Hugging Face hub: torchvision's own files are pickles, which can run code and are not read. Left out are
 * weights of networks that pad as TensorFlow does (`tf_...`), whose borders differ from ours. Normalisations and sizes are those of the
 * `default_cfgs` in https://github.com/huggingface/pytorch-image-models/tree/main/timm/models.
 */
export const publishedWeights: Readonly<Record<string, PublishedWeights>> = {
  resnet18: timm('resnet18.a1_in1k'),
  resnet34: timm('resnet34.a1_in1k'),
  resnet50: timm('resnet50.a1_in1k'),
  vgg16: timm('vgg16.tv_in1k', { licence: 'BSD-3-Clause' }),
  'inception-v3': timm('inception_v3.tv_in1k', {
    size: 299,
    ...half,
  }),
  // The Keras weights in a port that pads on all sides, as we do.
  xception: timm('legacy_xception.tf_in1k', { size: 299, ...half }),
  'mobilenet-v2': timm('mobilenetv2_100.ra_in1k'),
  'mobilenet-v3-large': timm('mobilenetv3_large_100.ra_in1k'),
  'mobilenet-v3-small': timm('mobilenetv3_small_100.lamb_in1k'),
  'efficientnet-b0': timm('efficientnet_b0.ra_in1k'),
  'convnext-atto': timm('convnext_atto.d2_in1k'),
  'convnext-nano': timm('convnext_nano.in12k_ft_in1k', { trained: 'ImageNet-12k, then ImageNet-1k' }),
  'convnext-tiny': timm('convnext_tiny.fb_in1k'),
};
