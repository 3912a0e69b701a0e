import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './lock.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'messier-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The name of this process's lock: its host, number and start. */
async function ownName(): Promise<string> {
  const lock = await lockFolder(folder);
  const [name = ''] = readdirSync(folder);
  await lock.release();
  return name;
}

describe('lockFolder', () => {
  it('holds a folder until it is released', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'train/locked' });
    expect(readdirSync(folder)).toHaveLength(1);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('is refused while another process lives, and takes over once it was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => other.on('exit', resolve));
    const name = (await ownName()).replace(`-${process.pid}-`, `-${other.pid!}-`);
    // Where the start time is known, it is the other's that counts; 0 stands for "not known".
    const file = path.join(folder, name.replace(/-\d+\.lock$/, '-0.lock'));
    writeFileSync(file, '');
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'train/locked',
      message: expect.stringContaining(`Process ${other.pid!}`) as string,
    });
    expect(readdirSync(folder)).toEqual([path.basename(file)]);
    other.kill('SIGKILL');
    await ended;
    await (await lockFolder(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('takes over from a process whose number another one has now', async () => {
    const name = (await ownName()).replace(`-${process.pid}-`, `-${process.ppid}-`).replace(/-\d+\.lock$/, '-1.lock');
    writeFileSync(path.join(folder, name), '');
    await (await lockFolder(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused while another machine holds the folder', async () => {
    writeFileSync(path.join(folder, 'training-elsewhere.example-1-1.lock'), '');
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'train/locked',
      message: expect.stringContaining('delete "training-elsewhere.example-1-1.lock"') as string,
    });
  });

  it('leaves other files alone', async () => {
    for (const name of ['package.lock', 'training-a.lock', 'notes']) writeFileSync(path.join(folder, name), '');
    await (await lockFolder(folder)).release();
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('fails with a code where nothing can be written', async () => {
    await expect(lockFolder(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'file/write' });
  });
});
