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
  let next = await load();
  return {
    async smoke() {
      said.length = 0;
      const status = next.callMain([...ARGS, '2 10 exp = [3 1 2] aload pop add add = quit']);
      next = await load();
      return [status, said];
    },
    long: () => next.callMain([...ARGS, '{} loop']),
    recover: { renews: true, how: 'a new instance, as after each `callMain`', call: async () => (next = await load()) },
  };
}
