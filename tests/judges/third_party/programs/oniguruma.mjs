// @ts-check
export const packages = ['vscode-oniguruma'];
export const does = '`(?:(?:a|aa)+,?)+b` on 1,000 lines';

/** @param {import('../program.mjs').Access} access */
export async function open({ load, bytes }) {
  const { loadWASM, OnigScanner, OnigString } = load('vscode-oniguruma');
  await loadWASM(bytes('vscode-oniguruma/release/onig.wasm'));
  const scanner = new OnigScanner(['[0-9]+', '(?<=x)y+']);
  const endless = new OnigScanner(['(?:(?:a|aa)+,?)+b']);
  return {
    smoke: () => scanner.findNextMatchSync(new OnigString('axyy12'), 0),
    long() {
      // One search is cut off by the library itself, after ten million steps.
      for (let i = 0; i < 1000; i++) endless.findNextMatchSync(new OnigString('a'.repeat(60 + (i % 2))), 0);
    },
  };
}
