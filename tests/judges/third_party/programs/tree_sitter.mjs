// @ts-check
export const packages = ['web-tree-sitter', 'tree-sitter-javascript', 'tree-sitter-python'];
export const does = 'a source of 40 MB parsed';

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const { Language, Parser } = await use('web-tree-sitter');
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(path('tree-sitter-javascript/tree-sitter-javascript.wasm')));
  const source = 'function f(a, b) { return [a.b(c), { d: 1 }] }\n'.repeat(20_000);
  // Text is asked for in pieces, so one of any size needs no memory.
  const piece = (/** @type {number} */ at) => (at < 40e6 ? source.slice(at % source.length) : null);
  return {
    smoke: () => parser.parse('let a = 1 + f(2);').rootNode.toString(),
    long: () => parser.parse(piece).rootNode.childCount,
    recover: { how: '`parser.reset()`, or it goes on with the old text', call: () => parser.reset() },
  };
}
