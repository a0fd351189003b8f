// @ts-check
import binaryen from 'binaryen';

/** The module that a text describes. @param {string} text */
export function wasm(text) {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  const bytes = Uint8Array.from(module.emitBinary());
  module.dispose();
  return bytes;
}
