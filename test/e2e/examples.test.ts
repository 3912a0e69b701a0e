import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findShared } from '../support/shared-data.js';

/** Every example runs to its end; each checks its own result and fails where that is wrong. */
describe.skipIf(!findShared('gz1_256'))('examples', () => {
  it.each(readdirSync('examples').filter((file) => file.endsWith('.ts')))('%s', async (file) => {
    const child = spawn(process.execPath, ['--import', 'tsx', `examples/${file}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, output).toBe(0);
  });
});
