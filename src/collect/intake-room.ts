/**
 * Keeps what is decoded at the same time within bounds: whoever enters waits, in order, until the amounts inside leave room for theirs. A
 * single amount may be larger than the room; it is alone then.
 */
export class IntakeRoom {
  private held = 0;
  private readonly queue: { readonly amount: number; readonly open: () => void }[] = [];

  constructor(private readonly size: number) {}

  async enter(amount: number): Promise<void> {
    if (this.queue.length > 0 || !this.fits(amount)) await new Promise<void>((open) => this.queue.push({ amount, open }));
    else this.held += amount;
  }

  leave(amount: number): void {
    this.held -= amount;
    for (let next = this.queue[0]; next && this.fits(next.amount); next = this.queue[0]) {
      this.queue.shift();
      this.held += next.amount;
      next.open();
    }
  }

  private fits(amount: number): boolean {
    return this.held === 0 || this.held + amount <= this.size;
  }
}
