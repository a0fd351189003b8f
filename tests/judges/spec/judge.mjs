// @ts-check
// One script of the specification's tests in three worlds: with the original modules, with the instrumented ones, and with these and a function that is
// called at every check. All must do the same.
import { instrumentSync } from '../../../js/instrument/index.js';
import { InstrumentError } from '../../../js/instrument/instrument_error.js';
import { readSignatures, widthOf } from './calls.mjs';
import { readCommands } from './script.mjs';
import { SET_SAFE_POINT, World } from './world.mjs';

/** @typedef {import('./script.mjs').Command} Command */
/** @typedef {import('./script.mjs').Action} Action */
/** @typedef {import('./script.mjs').Constant} Constant */
/** @typedef {import('./script.mjs').Module} Module */
/** @typedef {import('./world.mjs').Instance} Instance */
/** @typedef {import('./calls.mjs').Signature} Signature */
/** @typedef {(bytes: Uint8Array, options: {validate: boolean}) => {bytes: Uint8Array}} Transform */

/** References that the host can make. */
const HOST_VALUES = ['ref.null', 'ref.extern', 'ref.host'];

/** @type {Transform} */
const injected = (bytes, { validate }) => instrumentSync(bytes, { runtime: 'injected', validate });

/**
 * @typedef {object} FileReport
 * @property {string} file
 * @property {number} modules       that the script instantiates, or asserts about
 * @property {number} instrumented
 * @property {number} refused       modules that the engine does not take; instrument() must refuse them too
 * @property {number} became_valid  of these, if the rewriter is told not to ask the engine
 * @property {number} text          modules whose text no converter takes: the specification wants it refused, or it is of an old proposal
 * @property {number} assertions    compared
 * @property {number} actions       compared that are no assertions
 * @property {number} as_specified  assertions that the original meets
 * @property {string[]} otherwise   assertions that the original does not meet
 * @property {Record<string, number>} not_run  commands, by the reason
 * @property {number} checks        that were called
 * @property {string[]} differences
 */

/**
 * @param {string} file  its name
 * @param {Uint8Array} bytes
 * @param {import('./convert.mjs').Converter} converter
 * @param {Transform} [transform]
 * @returns {FileReport}
 */
export function judgeScript(file, bytes, converter, transform = injected) {
  const run = new Run(file, converter, transform);
  const commands = readCommands(bytes);
  run.constants = converter.constants(
    commands.flatMap(({ action, expected = [] }) => [...(action?.args ?? []), ...expected].map(({ text }) => text)),
  );
  for (const command of commands) run.command(command);
  run.finish();
  return run.report;
}

/** @typedef {{module: WebAssembly.Module, signatures: Map<string, Signature>}} Compiled */
/** @typedef {{original: Compiled, instrumented: Compiled} | {reason: string, kind: 'text' | 'engine' | 'rewriter'}} Prepared */
/** @typedef {{instances: Instance[]} | {reason: string}} Current  an instance in each world */

class Run {
  /** @param {string} file @param {import('./convert.mjs').Converter} converter @param {Transform} transform */
  constructor(file, converter, transform) {
    this.converter = converter;
    this.transform = transform;
    this.worlds = [new World({ asked: false }), new World({ asked: false }), new World({ asked: true })];
    /** @type {Map<string, bigint[]>} */
    this.constants = new Map();
    /** @type {Current} */
    this.current = { reason: 'no module yet' };
    /** @type {Map<string, Current>} */
    this.named = new Map();
    /** @type {FileReport} */
    this.report = {
      file,
      modules: 0,
      instrumented: 0,
      refused: 0,
      became_valid: 0,
      text: 0,
      assertions: 0,
      actions: 0,
      as_specified: 0,
      otherwise: [],
      not_run: {},
      checks: 0,
      differences: [],
    };
    this.line = 0;
  }

  /** @param {string} what */
  differs(what) {
    this.report.differences.push(`${this.report.file}:${this.line}: ${what}`);
  }

  /** @param {string} reason */
  notRun(reason) {
    this.report.not_run[reason] = (this.report.not_run[reason] ?? 0) + 1;
  }

  /** @param {Command} command */
  command(command) {
    this.line = command.line;
    if (command.module) this.report.modules++;
    if (command.kind === 'module') this.define(/** @type {Module} */ (command.module));
    else if (command.kind === 'register') this.register(command);
    else if (command.kind === 'assert_invalid' || command.kind === 'assert_malformed') this.assertRefused(command);
    else if (command.module) this.assertInstantiation(command, command.module);
    else this.act(command, /** @type {Action} */ (command.action));
  }

  /** Compiles the original and the instrumented module. @param {Module} module @returns {Prepared} */
  prepare({ form, content }) {
    const converted = form === 'binary' ? { bytes: new Uint8Array(content) } : this.converter.convert(content);
    if ('refused' in converted) {
      this.report.text++;
      return { kind: 'text', reason: `text: ${firstLine(converted.refused)}` };
    }
    const { bytes } = converted;
    const original = compile(bytes);
    if ('reason' in original) {
      this.report.refused++;
      this.refuses(bytes);
      return { kind: 'engine', reason: `engine: ${original.reason}` };
    }
    try {
      const instrumented = compile(this.transform(bytes, { validate: true }).bytes);
      if ('reason' in instrumented) throw new Error(`the engine refuses the result: ${instrumented.reason}`);
      this.report.instrumented++;
      this.compareInterfaces(original.module, instrumented.module);
      return { original, instrumented };
    } catch (error) {
      const reason = `not instrumented: ${/** @type {Error} */ (error).message}`;
      this.differs(reason);
      return { kind: 'rewriter', reason };
    }
  }

  /**
   * What the engine does not take is not taken. If the engine is not asked, the rewriter alone must not fail in its own way. That something invalid
   * becomes valid is no difference, but is counted: an index that is one too high is that of a type or function that was added.
   *
   * @param {Uint8Array} bytes
   */
  refuses(bytes) {
    for (const validate of [true, false]) {
      try {
        const result = this.transform(bytes, { validate });
        if (validate) this.differs('instrument() takes a module that the engine refuses');
        else if ('module' in compile(result.bytes)) this.report.became_valid++;
      } catch (error) {
        if (!(error instanceof InstrumentError) || error.code === 'internal')
          this.differs(`of a module that the engine refuses: ${/** @type {Error} */ (error).message}`);
      }
    }
  }

  /** @param {WebAssembly.Module} original @param {WebAssembly.Module} instrumented */
  compareInterfaces(original, instrumented) {
    const { imports, exports } = WebAssembly.Module;
    if (JSON.stringify(imports(original)) !== JSON.stringify(imports(instrumented))) this.differs('other imports');
    const wanted = [...exports(original), { name: SET_SAFE_POINT, kind: 'function' }];
    if (JSON.stringify(wanted) !== JSON.stringify(exports(instrumented))) this.differs('other exports');
  }

  /** @param {Compiled} original @param {Compiled} instrumented */
  instantiate(original, instrumented) {
    const results = this.worlds.map((world, i) => {
      const { module, signatures } = i === 0 ? original : instrumented;
      return world.instantiate(module, signatures);
    });
    this.compare(results.map(({ outcome }) => outcome));
    return results;
  }

  /** @param {string[]} outcomes @param {string} [what] */
  compare(outcomes, what = 'the outcome') {
    for (const [i, form] of /** @type {const} */ ([
      [1, 'without a function'],
      [2, 'asked'],
    ]))
      if (outcomes[i] !== outcomes[0])
        this.differs(`${what} differs (${form}): ${excerpt(outcomes[0])} / ${excerpt(outcomes[i])}`);
  }

  /** @param {Module} module */
  define(module) {
    const prepared = this.prepare(module);
    if ('reason' in prepared) {
      this.current = { reason: prepared.reason };
      if (!this.report.file.endsWith('.fail.wast')) this.notRun(prepared.reason);
    } else {
      const results = this.instantiate(prepared.original, prepared.instrumented);
      const instances = results.map(({ instance }) => instance).filter((instance) => instance !== undefined);
      this.current = instances.length === this.worlds.length ? { instances } : { reason: results[0].outcome };
      if ('reason' in this.current) this.notRun(this.current.reason);
      this.report.actions++;
    }
    if (module.id) this.named.set(module.id, this.current);
  }

  /** @param {string | undefined} id @returns {Current} */
  find(id) {
    return id === undefined ? this.current : (this.named.get(id) ?? { reason: `no module ${id}` });
  }

  /** @param {Command} command */
  register({ id, as = '' }) {
    const found = this.find(id);
    if ('reason' in found) return this.notRun(found.reason);
    for (const [i, world] of this.worlds.entries()) world.register(as, found.instances[i]);
    this.report.actions++;
  }

  /** @param {Command} command */
  assertRefused({ module }) {
    const prepared = this.prepare(/** @type {Module} */ (module));
    if ('reason' in prepared && prepared.kind !== 'engine')
      return prepared.kind === 'text'
        ? this.notRun('text: refused before there are bytes, as it should be')
        : undefined;
    this.report.assertions++;
    this.judge('reason' in prepared, 'the engine takes it'); // and then the rewriter does
  }

  /** @param {Command} command @param {Module} module */
  assertInstantiation({ kind }, module) {
    const prepared = this.prepare(module);
    if ('reason' in prepared) return this.notRun(prepared.reason);
    const [{ outcome }] = this.instantiate(prepared.original, prepared.instrumented);
    this.report.assertions++;
    this.judge(kind === 'assert_unlinkable' ? /^(Link|Type)Error/.test(outcome) : isAs(kind, outcome), outcome);
  }

  /** @param {Command} command @param {Action} action */
  act({ kind, expected = [] }, action) {
    const found = this.find(action.id);
    if ('reason' in found) return this.notRun(found.reason);
    const unread = action.args.find(({ kind, text }) => !HOST_VALUES.includes(kind) && !this.constants.has(text));
    if (unread) return this.notRun(`text: an argument ${unread.text}`);
    const results = this.worlds.map((world, i) => {
      const instance = found.instances[i];
      if (action.kind === 'get') return { outcome: world.get(instance, action.name) };
      const argument = (/** @type {number | undefined} */ type, /** @type {number} */ at) =>
        this.argument(action.args[at], type, world);
      return world.invoke(instance, action.name, argument, action.args.length);
    });
    this.compare(results.map(({ outcome }) => outcome));
    if (!kind.startsWith('assert')) return void this.report.actions++;
    this.report.assertions++;
    const [{ outcome, values, signature }] =
      /** @type {{outcome: string, values?: unknown[], signature?: Signature}[]} */ (results);
    if (!kind.startsWith('assert_return')) this.judge(isAs(kind, outcome), outcome);
    else if (!values || !signature) this.judge(action.kind === 'get' || values !== undefined, outcome);
    else this.judge(this.meets(kind, expected, values, signature), outcome);
  }

  /** @param {boolean} met @param {string} outcome */
  judge(met, outcome) {
    if (met) this.report.as_specified++;
    else this.report.otherwise.push(`${this.report.file}:${this.line}: ${excerpt(outcome)}`);
  }

  /** @param {Constant} constant @param {number | undefined} type @param {World} world @returns {unknown[]} */
  argument({ kind, text }, type, world) {
    if (kind === 'ref.null') return [null];
    if (kind === 'ref.extern' || kind === 'ref.host') return [world.extern(/\d+/.exec(text)?.[0] ?? '0')];
    const bits = /** @type {bigint[]} */ (this.constants.get(text));
    if (type === undefined) return [asJavaScript(kind, bits[0])];
    return bits.map((each) =>
      /32/.test(kind) && kind !== 'v128.const' ? Number(BigInt.asIntN(32, each)) : BigInt.asIntN(64, each),
    );
  }

  /**
   * Whether the original's results are what the script expects.
   *
   * @param {string} kind @param {Constant[]} expected @param {unknown[]} values @param {Signature} signature
   */
  meets(kind, expected, values, { results }) {
    if (/nan/.test(kind)) return isNan(values[0], results[0]);
    if (expected.length !== results.length) return false;
    let at = 0;
    return results.every((type, i) => {
      const found = values.slice(at, (at += widthOf(type)));
      const { kind: wanted, text } = expected[i];
      const bits = this.constants.get(text);
      if (bits) return bits.every((each, k) => each === toBits(found[k], type));
      if (/nan:/.test(text)) return wanted === 'v128.const' || isNan(found[0], type);
      return wanted === 'ref.null' ? found[0] === null : found[0] !== null;
    });
  }

  /** Compares what the instances hold in the end. */
  finish() {
    this.line = 0;
    const states = this.worlds.map((world) => world.state());
    this.compare(
      states.map(({ text }) => text),
      'what the exports hold',
    );
    for (const [i, memory] of states[0].memories.entries())
      for (const { memories } of states.slice(1))
        if (!memories[i] || Buffer.compare(memory, memories[i]) !== 0) this.differs(`memory ${i} differs`);
    this.report.checks = Number(this.worlds[2].checks);
  }
}

/** @param {Uint8Array} bytes @returns {Compiled | {reason: string}} */
function compile(bytes) {
  try {
    const module = new WebAssembly.Module(/** @type {BufferSource} */ (bytes));
    return { module, signatures: readSignatures(bytes) };
  } catch (error) {
    return { reason: firstLine(/** @type {Error} */ (error).message) };
  }
}

/** Without what is of one module: places, indices and names. @param {string} text */
function firstLine(text) {
  const lines = text.split('\n').filter((line) => !/^Error: parseWat failed|^parseWat failed|^\s*$/.test(line));
  return (lines[0] ?? text)
    .replace(/^WebAssembly\.Module\(\): /, '')
    .replace(/^test\.wast:\d+:\d+: (error: )?/, '')
    .replace(/@\+\d+/g, '')
    .replace(/(function|global|Import|memory|table) #\d+(:"[^"]*")?/g, '$1 #')
    .replace(/\b(\d{2,}|0x[0-9a-f]+)\b/g, 'N')
    .trim();
}

/** @param {string} text */
const excerpt = (text) => (text.length > 300 ? `${text.slice(0, 300)}...` : text);

/** Whether an original failed as the assertion says. @param {string} kind @param {string} outcome */
function isAs(kind, outcome) {
  if (kind === 'assert_exhaustion') return outcome.startsWith('RangeError');
  if (kind === 'assert_exception') return outcome === 'exception';
  return outcome.startsWith('RuntimeError') || outcome.startsWith('RangeError');
}

/** @param {unknown} value @param {number} type */
function toBits(value, type) {
  const width = type === 0x7f || type === 0x7d ? 32 : 64;
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt.asUintN(width, BigInt(value)) : undefined;
}

/** @param {unknown} value @param {number} type */
function isNan(value, type) {
  const bits = toBits(value, type);
  const quiet = type === 0x7d ? 0x7fc00000n : 0x7ff8000000000000n;
  return bits !== undefined && (bits & quiet) === quiet;
}

/** @param {string} kind @param {bigint} bits */
function asJavaScript(kind, bits) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  if (kind === 'i32.const') return view.getInt32(0, true);
  if (kind === 'f32.const') return view.getFloat32(0, true);
  return kind === 'f64.const' ? view.getFloat64(0, true) : view.getBigInt64(0, true);
}
