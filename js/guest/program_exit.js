// @ts-check

/** The exception with which proc_exit leaves the program. */
export class ProgramExit extends Error {
  /** @param {number} code */
  constructor(code) {
    super(`the program exited with ${code}`);
    this.code = code;
  }
}
