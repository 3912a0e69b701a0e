/** One at a time, in the order of asking. */
export class Turns {
  private last: Promise<void> = Promise.resolve();
  private readonly ends: (() => void)[] = [];

  async take(): Promise<void> {
    const before = this.last;
    this.last = new Promise((resolve) => {
      this.ends.push(resolve);
    });
    await before;
  }

  /** Ends the turn of whoever took theirs first. */
  pass(): void {
    this.ends.shift()?.();
  }
}
