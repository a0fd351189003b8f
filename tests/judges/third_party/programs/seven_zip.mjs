// @ts-check
export const packages = ['7z-wasm'];
export const does = '20 MB compressed with level 5';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const print = () => {};
  const create = () => load('7z-wasm')({ print, printErr: print });
  const large = new Uint8Array(20e6).map((_, i) => (i * i) >> 7);
  let next = await create();
  return {
    async smoke() {
      const seven = next;
      seven.FS.writeFile('a.txt', 'abc'.repeat(99));
      seven.callMain(['a', 'a.7z', 'a.txt']);
      next = await create();
      next.FS.writeFile('a.7z', seven.FS.readFile('a.7z'));
      next.callMain(['x', 'a.7z']);
      const found = next.FS.readFile('a.txt', { encoding: 'utf8' });
      next = await create();
      return found;
    },
    long() {
      next.FS.writeFile('large', large);
      return next.callMain(['a', '-mx=5', 'a.7z', 'large']);
    },
    recover: {
      renews: true,
      how: 'a new instance, as after each `callMain`',
      call: async () => (next = await create()),
    },
  };
}
