"""timm's convnext_atto out of torchvision's ConvNeXt, for the rows train-convnext-atto and infer-convnext-atto."""

from torchvision.models.convnext import CNBlockConfig, ConvNeXt


def convnext_atto(classes):
    blocks = [CNBlockConfig(40, 80, 2), CNBlockConfig(80, 160, 2), CNBlockConfig(160, 320, 6), CNBlockConfig(320, None, 2)]
    return ConvNeXt(blocks, num_classes=classes)
