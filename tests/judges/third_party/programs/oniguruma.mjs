// @ts-check
export const packages = ['vscode-oniguruma'];
export const does = '`(?:(?:a|aa)+,?)+b` on 300,000 letters';

/** @param {import('../program.mjs').Access} access */
export async function open({ load, bytes }) {
  const { loadWASM, OnigScanner, OnigString } = load('vscode-oniguruma');
  await loadWASM(bytes('vscode-oniguruma/release/onig.wasm'));
  const scanner = new OnigScanner(['[0-9]+', '(?<=x)y+']);
  const endless = new OnigScanner(['(?:(?:a|aa)+,?)+b']);
  return {
    smoke: () => scanner.findNextMatchSync(new OnigString('axyy12'), 0),
    long: () => endless.findNextMatchSync(new OnigString('a'.repeat(300_000)), 0),
  };
}
