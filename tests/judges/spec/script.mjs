// @ts-check
// Scripts of the specification's tests (*.wast): S-expressions whose top-level ones are commands.

/**
 * @typedef {object} Node a list, a string or a word
 * @property {Node[]} [list]
 * @property {Uint8Array} [string]
 * @property {string} [word]
 * @property {number} start  the offset of its first byte
 * @property {number} end
 */

const ESCAPES = new Map([
  ['t', 9],
  ['n', 10],
  ['r', 13],
  ['"', 34],
  ["'", 39],
  ['\\', 92],
]);

/** @param {Uint8Array} bytes @returns {Node[]} */
export function readScript(bytes) {
  // One character a byte, so that offsets are of the file.
  const text = Buffer.from(bytes).toString('latin1');
  let pos = 0;

  function skipSpace() {
    for (;;) {
      if (/\s/.test(text[pos] ?? '')) pos++;
      else if (text.startsWith(';;', pos)) pos = text.indexOf('\n', pos) < 0 ? text.length : text.indexOf('\n', pos);
      else if (text.startsWith('(;', pos)) skipComment();
      else return;
    }
  }

  function skipComment() {
    let depth = 0;
    do {
      if (pos >= text.length) throw new Error('a comment has no end');
      if (text.startsWith('(;', pos)) depth++;
      else if (text.startsWith(';)', pos)) depth--;
      else pos--;
      pos += 2;
    } while (depth > 0);
  }

  /** @returns {Node} */
  function read() {
    const start = pos;
    if (text[pos] === '(') {
      const list = [];
      pos++;
      for (skipSpace(); text[pos] !== ')'; skipSpace()) {
        if (pos >= text.length) throw new Error(`the list at byte ${start} has no end`);
        list.push(read());
      }
      return { list, start, end: ++pos };
    }
    if (text[pos] === '"') return { string: readString(), start, end: pos };
    while (pos < text.length && !/[\s()";]/.test(text[pos])) pos++;
    if (pos === start) throw new Error(`an unexpected ${text[pos]} at byte ${pos}`);
    return { word: text.slice(start, pos), start, end: pos };
  }

  function readString() {
    /** @type {number[]} */
    const content = [];
    for (pos++; text[pos] !== '"'; pos++) {
      if (pos >= text.length) throw new Error('a string has no end');
      if (text[pos] !== '\\') content.push(text.charCodeAt(pos));
      else if (ESCAPES.has(text[++pos])) content.push(/** @type {number} */ (ESCAPES.get(text[pos])));
      else if (text.startsWith('u{', pos)) {
        const end = text.indexOf('}', pos);
        const point = Number.parseInt(text.slice(pos + 2, end), 16);
        content.push(...Buffer.from(String.fromCodePoint(point)));
        pos = end;
      } else content.push(Number.parseInt(text.slice(pos, ++pos + 1), 16));
    }
    pos++;
    return Uint8Array.from(content);
  }

  const nodes = [];
  for (skipSpace(); pos < text.length; skipSpace()) nodes.push(read());
  return nodes;
}

/**
 * @typedef {object} Module
 * @property {'text' | 'quote' | 'binary'} form
 * @property {string | undefined} id
 * @property {Uint8Array} content  text or binary
 */
/** @typedef {{kind: string, text: string}} Constant  its text is WebAssembly's, as `(f32.const 0x1p-3)` */
/** @typedef {{kind: 'invoke' | 'get', id: string | undefined, name: string, args: Constant[]}} Action */

/**
 * @typedef {object} Command
 * @property {string} kind       of the script, as `assert_return`; `module` of a module
 * @property {number} line
 * @property {Module} [module]
 * @property {Action} [action]
 * @property {Constant[]} [expected]
 * @property {string} [as]       the name that `register` gives
 * @property {string} [id]       the module that `register` names
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Command[]}
 */
export function readCommands(bytes) {
  const nodes = readScript(bytes);
  const lineOf = lines(bytes);
  // A file may be one module, without its parentheses.
  if (nodes.length > 0 && !nodes.every((node) => isCommand(node)))
    return [{ kind: 'module', line: 1, module: { form: 'quote', id: undefined, content: bytes } }];
  return nodes.map((node) => ({ ...readCommand(node, bytes), line: lineOf(node.start) }));
}

const COMMANDS = /^(module|register|invoke|get|assert_\w+)$/;

/** @param {Node} node */
const isCommand = (node) => COMMANDS.test(node.list?.[0]?.word ?? '');

/** @param {Node} node @param {Uint8Array} bytes @returns {Omit<Command, 'line'>} */
function readCommand(node, bytes) {
  const list = /** @type {Node[]} */ (node.list);
  const kind = /** @type {string} */ (list[0].word);
  if (kind === 'module') return { kind, module: readModule(node, bytes) };
  if (kind === 'register') return { kind, as: string(list[1]), id: list[2]?.word };
  if (kind === 'invoke' || kind === 'get') return { kind, action: readAction(node, bytes) };
  if (list[1].list?.[0].word === 'module') return { kind, module: readModule(list[1], bytes) };
  const expected = list.slice(2).filter((each) => each.list);
  return { kind, action: readAction(list[1], bytes), expected: expected.map((each) => readConstant(each, bytes)) };
}

/** @param {Node} node @param {Uint8Array} bytes @returns {Module} */
function readModule(node, bytes) {
  const list = /** @type {Node[]} */ (node.list).slice(1);
  const id = list[0]?.word?.startsWith('$') ? list.shift()?.word : undefined;
  const form = list[0]?.word;
  if (form !== 'quote' && form !== 'binary') return { form: 'text', id, content: bytes.subarray(node.start, node.end) };
  const parts = list.slice(1).map(({ string: part }) => /** @type {Uint8Array} */ (part));
  return { form, id, content: Buffer.concat(parts) };
}

/** @param {Node} node @param {Uint8Array} bytes @returns {Action} */
function readAction(node, bytes) {
  const list = /** @type {Node[]} */ (node.list).slice(1);
  const kind = /** @type {'invoke' | 'get'} */ (node.list?.[0].word);
  const id = list[0].word ? list.shift()?.word : undefined;
  return { kind, id, name: string(list[0]), args: list.slice(1).map((each) => readConstant(each, bytes)) };
}

/** @param {Node} node @param {Uint8Array} bytes @returns {Constant} */
function readConstant(node, bytes) {
  const text = Buffer.from(bytes.subarray(node.start, node.end)).toString('latin1');
  return { kind: node.list?.[0].word ?? 'nothing', text };
}

/** @param {Node} node */
const string = (node) => new TextDecoder().decode(node.string);

/** @param {Uint8Array} bytes */
function lines(bytes) {
  let line = 1;
  let at = 0;
  return (/** @type {number} */ offset) => {
    for (; at < offset; ++at) if (bytes[at] === 10) line++;
    return line;
  };
}
