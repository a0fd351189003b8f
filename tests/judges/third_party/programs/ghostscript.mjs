// @ts-check
export const packages = ['@bentopdf/gs-wasm'];
export const does = '`{} loop`';

const ARGS = ['-q', '-dNODISPLAY', '-dBATCH', '-dNOPAUSE', '-c'];

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const { loadGhostscriptWASM } = await use('@bentopdf/gs-wasm');
  const said = /** @type {string[]} */ ([]);
  const print = (/** @type {string} */ line) => said.push(line);
  const load = () => loadGhostscriptWASM({ baseUrl: path('@bentopdf/gs-wasm/assets'), print, printErr: print });
  // A program: its `main` can be called once, so the next instance is loaded beforehand, and its guard is there.
  let next = await load();
  const execute = async (/** @type {string} */ code) => {
    said.length = 0;
    const program = next;
    next = await load();
    return [program.callMain([...ARGS, code]), said];
  };
  return { smoke: () => execute('2 10 exp = [3 1 2] aload pop add add = quit'), long: () => execute('{} loop') };
}
