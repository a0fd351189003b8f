// @ts-check
// Binaryen as a judge.

/**
 * @returns {Promise<{validates: (bytes: Uint8Array) => boolean}>} with all of its features
 */
export async function loadJudge() {
  const binaryen = (await import('binaryen')).default;
  return { validates: (bytes) => quietly(() => validates(binaryen, bytes)) };
}

/** @param {typeof import('binaryen').default} binaryen @param {Uint8Array} bytes */
function validates(binaryen, bytes) {
  const module = binaryen.readBinary(bytes);
  try {
    module.setFeatures(binaryen.Features.All);
    return Boolean(module.validate());
  } finally {
    module.dispose();
  }
}

/** Without what it prints. @template T @param {() => T} work */
export function quietly(work) {
  const { error, log } = console;
  const { write } = process.stderr;
  console.error = console.log = () => {};
  process.stderr.write = () => true;
  try {
    return work();
  } finally {
    Object.assign(console, { error, log });
    process.stderr.write = write;
  }
}
