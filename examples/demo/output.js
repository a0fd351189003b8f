// @ts-check
// The end of what a program prints. It is shown some times a second, so that a program that prints without end leaves the page time for its buttons.

/** Characters that are kept. */
const KEPT = 10_000;
const TURN_MS = 50;

export class Output {
  #element;
  #shown = '';
  #new = '';
  /** @type {Promise<void> | undefined} when it is shown next */ #next;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** @param {string} text @returns {Promise<void> | undefined} to be waited for by a program that prints much */
  print(text) {
    this.#new += text;
    this.#next ??= new Promise((resolve) => setTimeout(() => resolve(this.#show()), TURN_MS));
    return this.#new.length > KEPT ? this.#next : undefined;
  }

  clear() {
    this.#shown = '';
    this.#new = '';
    this.#element.textContent = '';
  }

  #show() {
    this.#next = undefined;
    this.#shown = `${this.#shown}${this.#new}`.slice(-KEPT);
    this.#new = '';
    this.#element.textContent = this.#shown;
    this.#element.scrollTop = this.#element.scrollHeight;
  }
}
