// @ts-check
/** The classes of wasmsig/signal, in Node and elsewhere. */

export { Handler, Signal, Sigmask } from './enums.js';
export {
  ItimerError,
  Killed,
  KeyboardInterrupt,
  OSError,
  OverflowError,
  RuntimeError,
  ValueError,
} from './python_errors.js';
