// @ts-check
/**
 * Members of the enumerations Signals, Handlers and Sigmasks. Each member exists once for all module objects, so
 * members can be compared with ===. In arithmetic they are their number (`+signal.SIGINT`, `signal.SIGINT < 3`), as in
 * Python's IntEnum.
 */

/** @template {string} N */
class Member {
  /**
   * @param {N} name
   * @param {number} value
   */
  constructor(name, value) {
    /** "SIGINT" */
    this.name = name;
    /** The number. */
    this.value = value;
    Object.freeze(this);
  }

  valueOf() {
    return this.value;
  }
}

/** A member of Signals. @extends {Member<import('./public_types.js').SignalName>} */
export class Signal extends Member {
  toString() {
    return `Signals.${this.name}`;
  }
}

/** A member of Handlers. @extends {Member<'SIG_DFL' | 'SIG_IGN'>} */
export class Handler extends Member {
  toString() {
    return `Handlers.${this.name}`;
  }
}

/**
 * A member of Sigmasks: the operation of pthread_sigmask().
 * @extends {Member<'SIG_BLOCK' | 'SIG_UNBLOCK' | 'SIG_SETMASK'>}
 */
export class Sigmask extends Member {
  toString() {
    return `Sigmasks.${this.name}`;
  }
}

/**
 * A signal as functions return it: a member of Signals, or a plain number if the signal has no name (SIGRTMIN+1 ...).
 * @typedef {Signal | number} SignalNumber
 */

export const SIG_DFL = new Handler('SIG_DFL', 0);
export const SIG_IGN = new Handler('SIG_IGN', 1);

/** @type {Map<string, Signal>} */
const signals = new Map();
/** @type {Map<string, Sigmask>} */
const sigmasks = new Map();

/** @param {Signal['name']} name @param {number} value */
export function signalMember(name, value) {
  return once(signals, name, () => new Signal(name, value));
}

/** @param {Sigmask['name']} name @param {number} value */
export function sigmaskMember(name, value) {
  return once(sigmasks, name, () => new Sigmask(name, value));
}

/**
 * @template T
 * @param {Map<string, T>} members
 * @param {string} name
 * @param {() => T} make
 * @returns {T}
 */
function once(members, name, make) {
  const member = members.get(name) ?? make();
  members.set(name, member);
  return member;
}
