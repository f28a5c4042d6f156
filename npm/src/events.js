// Changes as an async iterable.

export class Events {
  #cursor;
  #read;
  #changed;
  #kept = [];
  #turn = Promise.resolve();
  #ended = false;
  #end;
  #over = new Promise((resolve) => (this.#end = resolve));

  /**
   * @param cursor where to go on from
   * @param read answers what came after a cursor, or nothing when there will be no more
   * @param changed resolves when it is worth reading again
   */
  constructor(cursor, { read, changed }) {
    this.#cursor = cursor;
    this.#read = read;
    this.#changed = changed;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    const turn = this.#turn.then(() => this.#take());
    this.#turn = turn.catch(() => this.return());
    return turn;
  }

  async return(value) {
    this.#ended = true;
    this.#kept = [];
    this.#end();
    return { done: true, value };
  }

  async #take() {
    while (!this.#ended && this.#kept.length === 0) {
      const found = this.#read(this.#cursor);
      if (!found) break;
      this.#cursor = found.cursor;
      this.#kept = found.data;
      if (found.data.length === 0) await Promise.race([this.#changed(), this.#over]);
    }
    const value = this.#kept.shift();
    return value === undefined ? this.return() : { done: false, value };
  }
}
