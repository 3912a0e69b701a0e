/**
 * Pictures and where they come from: files, datasets, splits, pixel caches and batches; the simulated sky.
 *
 * @example
 * import { openDataset, makePixelCache, duplicatesInCache, splitItems } from 'messier/data';
 * const dataset = await openDataset('pictures/');
 * const cache = await makePixelCache(dataset, { side: 96, channels: 3, folder: 'cache' });
 */
export type { Counts, Picture } from './core/picture.js';
export type { Progress, ProgressListener, WorkOptions } from './core/progress.js';
export { fitsCounts, openFits, type FitsFile } from './formats/fits.js';
export { readPicture, type PictureLimits } from './formats/picture.js';
export { encodePicture, type PictureEncoding } from './formats/picture-encode.js';
export { decodeSafetensors, encodeSafetensors } from './formats/safetensors.js';
export { luptonColour, type LuptonOptions } from './sky/lupton.js';
export { galaxyKinds, galaxyPicture, simulateGalaxy, type GalaxyKind, type SimulatedGalaxy } from './sky/simulate.js';
export { applyStretch, defaultStretch, type Stretch } from './sky/stretch.js';
export { openBlobs } from './catalogue/open-blobs.js';
export type { BlobStore, StoredBlob } from './catalogue/blob-types.js';
export type { Catalogue } from './catalogue/catalogue.js';
export type { CatalogueOptions } from './catalogue/database.js';
export { formatLocation, parseLocation } from './catalogue/location.js';
export { openCatalogue } from './catalogue/open.js';
export { resolveLabels } from './catalogue/resolve.js';
export { ThumbnailFolder } from './catalogue/thumbnails.js';
export type { ExportOptions } from './catalogue/transfer/export.js';
export type { Imported } from './catalogue/transfer/import.js';
export type { ExportManifest } from './catalogue/transfer/manifest.js';
export type {
  Added,
  CatalogueDataset,
  Item as CatalogueItem,
  ItemCount,
  ItemQuery,
  Label,
  LabelOrigin,
  ModelRecord,
  NewItem,
  NewLabel,
  PageOptions,
  Refusal,
  Review as ReviewState,
  RunRecord,
  SplitRecord,
} from './catalogue/types.js';
export { verifyBlobs, type BlobVerification, type VerifyOptions } from './catalogue/verify.js';
export { collect } from './collect/collect.js';
export { copyPictures, type CopiedPictures, type CopyOptions } from './collect/copy-pictures.js';
export { createFetcher } from './collect/http/fetcher.js';
export type { Fetcher, FetcherOptions } from './collect/http/types.js';
export type { Collected, CollectOptions, Offer, Source } from './collect/source.js';
export { apodSource } from './collect/sources/apod-api.js';
export { archiveSource } from './collect/sources/archive.js';
export { folderSource } from './collect/sources/folder.js';
export { parseNasaClasses } from './collect/sources/nasa-classes.js';
export { nasaSource } from './collect/sources/nasa.js';
export { urlsSource } from './collect/sources/urls.js';
export { download, type Checksum, type Download } from './collect/download.js';
export { collectApod, type ApodOptions, type ApodResult } from './collect/apod.js';
export { fetchWeights, hasWeights, openWeights, type OpenedWeights, type WeightsOptions } from './collect/weights.js';
export { publishedWeights, type PublishedWeights } from './collect/published-weights.js';
export { importPublicSet, publicSets, type PublicSet, type PublicSetName } from './collect/public-sets.js';
export { openBatches, type BatchOptions } from './dataset/batches.js';
export { applyLabels, inferClasses, type LabelledItems } from './dataset/labels.js';
export { applyManifest } from './dataset/manifest-apply.js';
export { dataHash, encodeManifest, makeManifest, readManifest, type SplitManifest } from './dataset/manifest.js';
export { makeFeatureCache, type FeatureCache, type FeatureCacheOptions } from './dataset/feature-cache.js';
export { meanFeatures, selectFeatures } from './dataset/features.js';
export { duplicatesInCache } from './dataset/near-duplicates-cache.js';
export { nearDuplicates, type NearDuplicateOptions } from './dataset/near-duplicates.js';
export { openDataset } from './dataset/open.js';
export type { OpenOptions } from './dataset/open-options.js';
export { openVotes, pickVotes, type OpenedVotes, type OpenVotesOptions, type VoteTable } from './dataset/open-votes.js';
export { openOrdered } from './dataset/ordered.js';
export { rowBatches, rowOrder, type RowBatchOptions } from './dataset/row-batches.js';
export { perceptualHash } from './dataset/perceptual-hash.js';
export { makePixelCache, type MadePixelCache, type PixelCacheOptions } from './dataset/pixel-cache.js';
export { kFold, splitItems, type SplitItem } from './dataset/split.js';
export { surveyDataset } from './dataset/survey.js';
export type * from './dataset/types.js';
