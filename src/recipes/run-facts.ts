import { arch, cpus, platform } from 'node:os';
import type { FinishOptions } from './finish-options.js';
import { runtimeVersion, version } from './version.js';

/** What made a run, in the order in which people ask. */
export function factsOf({
  recipe,
  prepared,
  training,
  threads,
  commandLine,
  pretrained,
}: FinishOptions): (readonly [string, string])[] {
  const { dataset, manifest } = prepared;
  return [
    ['command', commandLine],
    ['data', dataset.location],
    ['data hash', manifest.dataset.hash],
    ['split hash', manifest.signature],
    ...(pretrained ? ([['weights', `${pretrained.name}, SHA-256 ${pretrained.hash}`]] as const) : []),
    ['seed of the split', String(manifest.seed)],
    ['seed of training', String(recipe.training.seed)],
    // A head on features has no epochs.
    ...(training.history.length === 0
      ? ([['training time', `${training.seconds.toFixed(1)} s`]] as const)
      : ([
          ['kept epoch', `${training.bestEpoch} of ${training.history.length}`],
          [
            'training time',
            `${training.seconds.toFixed(1)} s, ${(100 * training.waited).toFixed(1)} % of it waiting for pictures`,
          ],
        ] as const)),
    ['threads', String(threads)],
    ['device', 'cpu'],
    ['processor', cpus()[0]?.model.trim() ?? 'unknown'],
    ['system', `${platform()} ${arch()}, Node ${process.versions.node}`],
    ['messier', version],
    ['ONNX Runtime', runtimeVersion()],
  ];
}
