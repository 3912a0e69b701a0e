import type { Command } from 'commander';
import { MessierError } from '../core/errors.js';
import { toCommander, type CommandDefinition } from './command.js';
import { openProgress } from './progress.js';

/** Adds a command to the program; running it prints its output. */
export function addCommand(program: Command, name: string, definition: CommandDefinition, json: boolean): void {
  const command = toCommander(name, definition, async (args, options) => {
    const progress = openProgress();
    const interrupt = new AbortController();
    const stop = (): void => {
      // The second time the user means it.
      if (interrupt.signal.aborted) process.exit(130);
      progress.log('Stopping when everything done is safe. Press Ctrl-C again to stop at once.');
      interrupt.abort(new DOMException('Interrupted.', 'AbortError'));
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      const context = { signal: interrupt.signal, progress: progress.listener, log: progress.log };
      const output = await definition.run(args, options, context);
      progress.done();
      await print(json ? JSON.stringify(output.data, undefined, 2) : output.text);
      process.exitCode = output.code ?? 0;
    } finally {
      progress.done();
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  });
  program.addCommand(command.exitOverride().showHelpAfterError('Add --help for the usage.'));
}

/**
 * Waits until the text is out: a pipe may take it in pieces. A reader that closed the pipe (`head`) has seen enough.
 *
 * @throws MessierError `output/write` where the output is a file on a full disk.
 */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text === '' ? '' : `${text}\n`, (error?: NodeJS.ErrnoException | null) => {
      if (!error || error.code === 'EPIPE') resolve();
      else reject(new MessierError('output/write', `Standard output can't be written: ${error.message}.`, { cause: error }));
    });
  });
}
